"""How long the twenty questions take on a million facts: `python tests/bench/questions.py DATA WORK [FACTS]`.

DATA is a data folder (`mttq run` makes one); its articles are multiplied, each copy on a site of its own, into WORK until
FACTS facts are there. Each question is asked three times, as `mttq ask` asks it, the connection and its views made anew: the median counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from pathlib import Path

from extractor.query import connect, query
from extractor.query.asking import answer, questions
from extractor.schema import FACT_TABLES, TABLES
from extractor.tables import Store, arrow_schema

_IDS = {"article_id", "fact_id", "activity_id", "part_of", "location_fact_id", "check_id", "duplicate_of", "source", "content_sha256"}
_LISTS = {"money_ids", "participant_ids", "quantity_ids", "fact_ids"}


def multiplied(data: Path, work: Path, facts: int) -> int:
    """Write the multiplied tables; return how many facts they hold."""
    union = " + ".join(f"(SELECT count(*) FROM {name})" for name in FACT_TABLES)
    times = -(-facts // query(data, f"SELECT {union} AS n").to_pylist()[0]["n"])
    tables = {}
    with connect(data) as connection:
        for name in TABLES:
            columns = []
            for column in arrow_schema(name).names:
                quoted = f'"{column}"'
                if column in _IDS:
                    columns.append(f"{quoted} || '.' || k AS {quoted}")
                elif column in _LISTS:
                    columns.append(f"list_transform({quoted}, lambda x: x || '.' || k) AS {quoted}")
                elif column == "text":  # a copy's text ends in words of its own: a text that is told twice costs nothing to read
                    columns.append("text || ' (' || k || ')' AS text")
                else:
                    columns.append(quoted)
            found = connection.sql(f'SELECT {", ".join(columns)} FROM "{name}", range({times}) r(k)').to_arrow_table()
            tables[name] = found.cast(arrow_schema(name))
    Store(work).write(tables)
    return sum(tables[name].num_rows for name in FACT_TABLES)


def main() -> None:
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    begun = time.perf_counter()
    if not (work / "tables").exists():
        print(f"{multiplied(data, work, int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000):,} facts, written in {time.perf_counter() - begun:.0f} s")
    for name in questions():
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            rows = answer(partial(query, work), name).num_rows
            times.append(time.perf_counter() - begun)
        print(f"{name:<18} {statistics.median(times):6.2f} s  {rows} rows")


if __name__ == "__main__":
    main()
