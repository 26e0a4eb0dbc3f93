"""The time line as SVG shapes: a bar a month that has a record, on an axis of all months, so that a gap is seen as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 960, 180
_MOST_WIDE = 40.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: its figure, and where its bar stands; `height` is at least 1, since there is a record."""

    month: str
    figure: Any
    x: float
    y: float
    width: float
    height: float


def _number(month: str) -> int:
    """Return which month it is, counted from the year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def timeline(months: Sequence[tuple[str, Any]]) -> tuple[list[Bar], list[tuple[int, float]]]:
    """Return the bars of (month, figure) in their order, and each January's (year, x) within them.

    >>> bars, years = timeline([("2023-11", 10), ("2024-02", 40)])
    >>> [(bar.month, bar.x, bar.height) for bar in bars], years
    ([('2023-11', 0.0, 45.0), ('2024-02', 120.0, 180.0)], [(2024, 80.0)])
    """
    if not months:
        return [], []
    first, last = _number(months[0][0]), _number(months[-1][0])
    step = min(_MOST_WIDE, WIDTH / (last - first + 1))
    most = max(figure for _, figure in months)
    heights = [max(1.0, round(float(figure / most) * HEIGHT, 1)) if most > 0 else 1.0 for _, figure in months]
    bars = [
        Bar(month, figure, round((_number(month) - first) * step, 1), round(HEIGHT - height, 1), round(max(step * 0.8, 0.6), 2), height)
        for (month, figure), height in zip(months, heights, strict=True)
    ]
    return bars, [(year, round((year * 12 - first) * step, 1)) for year in range(first // 12, last // 12 + 1) if year * 12 >= first]
