"""The map of provinces as SVG paths, with the classes of a choropleth."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WEST, _EAST, _SOUTH, _NORTH = 101.8, 116.3, 7.2, 23.6
_SCALE = 42.0
_NARROW = math.cos(math.radians(16))
WIDTH, HEIGHT = round((_EAST - _WEST) * _SCALE * _NARROW), round((_NORTH - _SOUTH) * _SCALE)
CLASSES = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """One province: code, name, path, figure (None: no record), class of the figure (0 least), and where a pin fits."""

    code: str
    name: str
    path: str
    figure: Any
    rank: int | None


@functools.cache
def outlines() -> dict[str, Any]:
    """Return provinces.json: GeoJSON of "63" and "34" provinces, its source, and the labels of the archipelagos."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "provinces.json").read_text(encoding="utf-8"))
    return found


def _at(point: Sequence[float]) -> tuple[float, float]:
    return round((point[0] - _WEST) * _SCALE * _NARROW, 1), round((_NORTH - point[1]) * _SCALE, 1)


@functools.cache
def _paths(units: int) -> tuple[tuple[str, str, str], ...]:
    found = []
    for feature in outlines()[str(units)]["features"]:
        rings = [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]
        path = "".join("M" + "L".join(f"{x} {y}" for x, y in map(_at, ring)) + "Z" for ring in rings)
        found.append((feature["properties"]["code"], feature["properties"]["name"], path))
    return tuple(found)


def bounds(figures: Sequence[Any]) -> list[Any]:
    """Return the least figure of each class, of equal size as far as figures differ.

    >>> bounds([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    [1, 3, 5, 7, 9]
    >>> bounds([4, 4])
    [4]
    """
    ordered = sorted(figures)
    return sorted({ordered[len(ordered) * n // CLASSES] for n in range(CLASSES)}) if ordered else []


def shapes(units: int, figures: Mapping[str, Any]) -> list[Shape]:
    """Return the provinces with their figures and classes."""
    limits = bounds(list(figures.values()))

    def rank(figure: Any) -> int | None:
        return None if figure is None else sum(figure >= limit for limit in limits) - 1

    return [Shape(code, name, path, figures.get(code), rank(figures.get(code))) for code, name, path in _paths(units)]


def labels() -> list[tuple[str, float, float]]:
    """Return the names of Hoàng Sa and Trường Sa and where they stand on the map."""
    return [(label["name"], *_at(label["at"])) for label in outlines()["labels"]]
