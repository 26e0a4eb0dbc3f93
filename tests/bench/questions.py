"""How long the twenty questions take on a million facts: `python tests/bench/questions.py DATA WORK [FACTS]`.

DATA is a data folder (`mttq run` makes one); its articles are multiplied into WORK until FACTS facts are there: each copy on
a site of its own and a day earlier than the last, over ten years, so that the tables lie in as many months as a crawl's; two of
ten copies tell of one day. Each question is asked three times as `mttq ask` asks it, the connection made anew: the median
counts, with what a run keeps beside the tables (`kept`) and without (`anew`). Beside each the processor's seconds, which tell more
than the clock's where other programs are at work.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow as pa

from extractor.query import connect, query
from extractor.query.asking import answer, questions
from extractor.query.kept import keep
from extractor.schema import FACT_TABLES, TABLES
from extractor.tables import Store, arrow_schema

_IDS = {"article_id", "fact_id", "activity_id", "part_of", "location_fact_id", "check_id", "duplicate_of", "source", "content_sha256"}
_LISTS = {"money_ids", "participant_ids", "quantity_ids", "fact_ids"}
_MOMENTS = {"published_at", "updated_at", "as_of", "start_date", "end_date", "date", "date_start", "date_end"}
_EARLIER = "to_days(((k - (k % 10 = 9)::INTEGER) % 3650)::INTEGER)"


def _column(field: pa.Field) -> str:
    quoted = f'"{field.name}"'
    if field.name in _IDS:
        return f"{quoted} || '.' || k AS {quoted}"
    if field.name in _LISTS:
        return f"list_transform({quoted}, lambda x: x || '.' || k) AS {quoted}"
    if field.name in _MOMENTS:
        return f"({quoted} - {_EARLIER})::{'DATE' if pa.types.is_date(field.type) else 'TIMESTAMPTZ'} AS {quoted}"
    # a copy's text ends in words of its own: a text that is told twice costs nothing to read
    return "text || ' (' || k || ')' AS text" if field.name == "text" else quoted


def multiplied(data: Path, work: Path, facts: int) -> int:
    """Write the multiplied tables; return how many facts they hold."""
    union = " + ".join(f"(SELECT count(*) FROM {name})" for name in FACT_TABLES)
    times = -(-facts // query(data, f"SELECT {union} AS n").to_pylist()[0]["n"])
    tables = {}
    with connect(data) as views:
        for name in TABLES:
            schema = arrow_schema(name)
            tables[name] = views.arrow(f'SELECT {", ".join(map(_column, schema))} FROM "{name}", range({times}) r(k)').cast(schema)
    Store(work).write(tables)
    return sum(tables[name].num_rows for name in FACT_TABLES)


def asked(work: Path) -> dict[str, tuple[float, float, int]]:
    """Return the medians of three times, by the clock and of the processor, and the number of rows of each question."""
    found = {}
    for name in questions():
        clock, processor = [], []
        for _ in range(3):
            begun, worked = time.perf_counter(), time.process_time()
            rows = answer(partial(query, work), name).num_rows
            clock.append(time.perf_counter() - begun)
            processor.append(time.process_time() - worked)
        found[name] = (statistics.median(clock), statistics.median(processor), rows)
    return found


def main() -> None:
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    begun = time.perf_counter()
    if not (work / "tables").exists():
        print(f"{multiplied(data, work, int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000):,} facts, written in {time.perf_counter() - begun:.0f} s")
    keep(work)
    kept = asked(work)
    folder = Store(work).derived
    folder.rename(folder.with_name("derived-aside"))
    anew = asked(work)
    folder.with_name("derived-aside").rename(folder)
    print(f"{'':<18} {'kept':>7} {'cpu':>7} {'anew':>7} {'cpu':>7} {'rows':>8}")
    for name, (seconds, worked, rows) in kept.items():
        print(f"{name:<18} {seconds:>5.2f} s {worked:>5.2f} s {anew[name][0]:>5.2f} s {anew[name][1]:>5.2f} s {rows:>8}")
    slowest = [max(of[i] for of in found.values()) for found in (kept, anew) for i in (0, 1)]
    print(f"{'slowest':<18} " + " ".join(f"{seconds:>5.2f} s" for seconds in slowest))


if __name__ == "__main__":
    main()
