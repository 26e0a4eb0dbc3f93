"""What all tests share: hypothesis draws the same examples everywhere, and a small fixed data set written by hand.

`tests/fixed/*.txt` holds one article a file: columns of the article, its title, its text with the facts marked as
`[words]{table column=value …}`, one inside another where they overlap. `id` names a fact within its article.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import shlex
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("repeatable")

FIXED = Path(__file__).parent / "fixed"
_READ = {
    "int": int, "Decimal": Decimal, "float": float, "str": str, "bool": lambda v: v == "true", "date": dt.date.fromisoformat,
}  # fmt: skip


def _typed(row_type: type, values: dict[str, str]) -> dict[str, Any]:
    kinds = {f.name: str(f.type).split(" ")[0].removeprefix("dt.") for f in dataclasses.fields(row_type)}
    return {name: _READ[kinds[name]](value) for name, value in values.items()}


def _unmarked(marked: str) -> tuple[str, list[tuple[int, int, str, dict[str, str]]]]:
    """Return the text without its marks, and (start, end, table, columns) of each."""
    text, opened, facts = "", [], []
    position = 0
    while position < len(marked):
        sign = marked[position]
        if sign == "[":
            opened.append(len(text))
        elif sign == "]":
            end = marked.index("}", position)
            table, *words = shlex.split(marked[position + 2 : end])
            facts.append((opened.pop(), len(text), table, dict(word.split("=", 1) for word in words)))
            position = end
        else:
            text += sign
        position += 1
    return text, facts


def fixed_article(name: str, written: str, *, suffix: str = "") -> dict[str, list[Any]]:
    """Return the rows by table of one article of the fixed data set."""
    from extractor.read.sentences import sentences
    from extractor.schema import FACT_TABLES, Article

    head, title, _, marked = written.split("\n", 3)
    text, facts = _unmarked(marked.strip())
    about = dict(word.split("=", 1) for word in head.split())
    article_id = name + suffix
    site, published = about["source"] + suffix, about.get("published")
    article = Article(
        article_id=article_id, url=f"https://{site}.example/{name}.html", canonical_url=f"https://{site}.example/{name}.html",
        source=site, source_level=about["level"], source_province_code=about.get("province"), title=title, text=text,
        published_at=dt.datetime.fromisoformat(f"{published}+07:00") if published else None, fetched_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        content_sha256=hashlib.sha256((suffix + text).encode()).hexdigest(), damage=float(about.get("damage", 0)),
        duplicate_of=about["duplicate_of"] + suffix if "duplicate_of" in about else None, extractor_version="0.1.0", http_status=200,
    )  # fmt: skip
    rows: dict[str, list[Any]] = {"articles": [article], **{table: [] for table in FACT_TABLES}}
    spans = sentences(text)
    for number, (start, end, table, columns) in enumerate(sorted(facts, key=lambda f: (f[0], f[1]))):
        sentence = next(i for i, (a, b) in enumerate(spans) if a <= start < b)
        fact_id = f"{article_id}.{columns.pop('id', number)}"
        activity = columns.pop("activity", None)
        for column in ("part_of", "location_fact_id"):
            if column in columns:
                columns[column] = f"{article_id}.{columns[column]}"
        base = {
            "article_id": article_id, "fact_id": fact_id, "sentence_no": sentence, "start": start, "end": end, "mention": text[start:end],
            "sentence": text[slice(*spans[sentence])], "rule": f"{table}: fixed", "confidence": 0.9, "activity_id": f"{article_id}.{activity}" if activity else None,
        }  # fmt: skip
        if table == "activities":
            base |= {"activity_id": fact_id, "trigger": text[start:end]}
        rows[table].append(FACT_TABLES[table](**{**base, **_typed(FACT_TABLES[table], columns)}))
    lists = {"money": "money_ids", "participants": "participant_ids", "quantities": "quantity_ids"}
    rows["activities"] = [
        dataclasses.replace(a, **{c: tuple(f.fact_id for f in rows[t] if f.activity_id == a.fact_id) for t, c in lists.items()}) for a in rows["activities"]
    ]
    return rows


def fixed_articles(*, suffix: str = "") -> list[dict[str, list[Any]]]:
    """Return the rows of every article of the fixed data set; `suffix` makes another set of the same."""
    return [fixed_article(path.stem, path.read_text(encoding="utf-8"), suffix=suffix) for path in sorted(FIXED.glob("*.txt"))]


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder that holds the fixed data set; it is only read."""
    from extractor.schema import TABLES, Check
    from extractor.tables import Store, to_arrow

    folder = tmp_path_factory.mktemp("fixed")
    articles = fixed_articles()
    holds = [("k1", "product", ("a02.moi", "a02.nha"), True), ("k2", "sum", ("a08.than2", "a08.thu"), False)]
    checks = [
        Check(article_id=f[0][:3], check_id=i, kind=kind, fact_ids=f, expected=Decimal("1.0000"), stated=Decimal("2.0000"), holds=ok) for i, kind, f, ok in holds
    ]
    rows = {name: [row for one in articles for row in one.get(name, ())] for name in TABLES} | {"checks": checks}
    Store(folder).write({name: to_arrow(name, of) for name, of in rows.items()})
    return folder


@pytest.fixture
def store_of() -> Callable[[Path, dict[str, str]], None]:
    """Give what writes articles, written as in tests/fixed, into a data folder."""

    def write(folder: Path, written: dict[str, str]) -> None:
        from extractor.tables import Store, to_tables

        Store(folder).write(to_tables(fixed_article(name, text) for name, text in written.items()))

    return write


@pytest.fixture(scope="session")
def ask(fixed: Path) -> Iterator[Callable[..., Any]]:
    """Give what answers SELECTs over the fixed data set."""
    from extractor.query import one_state

    with one_state(fixed) as answers:
        yield answers
