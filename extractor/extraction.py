"""The front door to reading, facts and links: `extract(text)`, the whole on one screen."""

from __future__ import annotations

import bisect
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from extractor.clean.identity import article_for_text
from extractor.confidence import confidence
from extractor.facts.amounts import find_amounts
from extractor.facts.dates import find_dates
from extractor.facts.documents import find_documents
from extractor.facts.match import find_matches, spans
from extractor.facts.organisations import find_organisations
from extractor.facts.people import find_people
from extractor.facts.programmes import find_programmes
from extractor.link.activities import Clause, find_activities, organiser_of
from extractor.link.again import told_again
from extractor.link.belongs import correct_links
from extractor.link.checks import Reckoning, find_checks
from extractor.link.funds import link_funds
from extractor.link.parts import link_dates, link_parts
from extractor.link.settle import settle
from extractor.places import find_places, settle_listed, settle_roles
from extractor.read.sentences import sentences
from extractor.reading import Found, Owner, Reading, between, make_reading
from extractor.rules import load as load_rules
from extractor.schema import (
    FACT_TABLES,
    Activity,
    Article,
    Check,
    DateSpan,
    Document,
    Location,
    Money,
    NonFact,
    Organisation,
    Participants,
    Person,
    Programme,
    Quantity,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from spacy.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """One article and what it states, one tuple of rows per table, each in text order."""

    article: Article
    money: tuple[Money, ...] = ()
    participants: tuple[Participants, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    locations: tuple[Location, ...] = ()
    dates: tuple[DateSpan, ...] = ()
    documents: tuple[Document, ...] = ()
    people: tuple[Person, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    programmes: tuple[Programme, ...] = ()
    activities: tuple[Activity, ...] = ()
    checks: tuple[Check, ...] = ()
    non_facts: tuple[NonFact, ...] = ()

    def rows(self) -> dict[str, tuple[Any, ...]]:
        """Return the rows by table, the article first."""
        tables = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "article"}
        return {"articles": (self.article,), **tables}

    def to_arrow(self) -> dict[str, pa.Table]:
        """Return one Arrow table per table of the schema."""
        from extractor.tables import to_arrow

        return {name: to_arrow(name, rows) for name, rows in self.rows().items()}

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """Return one data frame per table of the schema."""
        return {name: table.to_pandas() for name, table in self.to_arrow().items()}


def extract(text: str, url: str | None = None, published: dt.date | dt.datetime | str | None = None) -> Extraction:
    """Return what a plain text states.

    `published` (a date, or ISO text) resolves "chiều nay" and days without a year. Offsets refer to
    `extraction.article.text`, which is the text in NFC.
    """
    return extract_article(article_for_text(text, url=url, published=_moment(published)))


def _moment(published: dt.date | dt.datetime | str | None) -> dt.datetime | None:
    if published is None or isinstance(published, dt.datetime):
        return published
    if isinstance(published, str):
        return dt.datetime.fromisoformat(published)
    return dt.datetime(published.year, published.month, published.day)


def extract_article(article: Article, *, owner: Owner | None = None) -> Extraction:
    """Return what an article states; pages of other kinds than article state nothing."""
    if article.kind != "article":
        return Extraction(article=article)
    reading = make_reading(
        article.text,
        sentences(article.text),
        published=article.published_at.date() if article.published_at else None,
        owner=owner or Owner(level=article.source_level, province_code=article.source_province_code),
        title=article.title,
    )
    found, clauses = read_facts(reading)
    return _assemble(article, reading, found, clauses, find_checks(reading, found))


def read_facts(reading: Reading) -> tuple[list[Found], list[Clause]]:
    """Return all facts and non-facts of a reading in text order, and the activities that they belong to."""
    found = find_facts(reading)
    return found, link_facts(reading, found)


def link_facts(reading: Reading, found: Sequence[Found]) -> list[Clause]:
    """Settle what the findings are for, and return the activities that they belong to."""
    clauses = find_activities(reading, found)
    types = settle(reading, found, clauses)
    settle_listed(reading, found)
    link_funds(reading, found)
    return correct_links(reading, found, clauses, types)


def find_facts(reading: Reading) -> list[Found]:
    """Return all facts and non-facts of a reading, linked to totals and running dates, in text order.

    What they are for, and whether they belong to an activity, is what the rules alone say.
    """
    people = find_people(reading)
    documents = find_documents(reading)
    programmes = find_programmes(reading)
    dates = _outside(find_dates(reading), documents)
    names = _outside(find_matches(load_rules("non_facts"), reading, {}), [*documents, *dates])
    places = _outside(find_places(reading), [*people, *documents])
    names = _outside(names, places)
    claimed = [*documents, *dates, *names, *places]
    amounts = [_within_bounds(one) for one in find_amounts(reading, spans(claimed))]
    _end_before(amounts, [*documents, *dates, *names], reading.text)
    link_parts(reading, amounts)
    found = [*claimed, *people, *find_organisations(reading, [*places, *people, *documents]), *programmes, *amounts]
    found.sort(key=lambda f: (f.start, f.end, f.table))
    settle_roles(reading, found)
    link_dates(reading, found)
    return found


_MOST = 10**18  # far beyond every sum of the country, and within what every column of the tables holds


def _within_bounds(one: Found) -> Found:
    """Return the amount, or a non-fact in its place where it is too large for anything told in earnest."""
    numbers: list[int | Decimal] = [v for v in one.columns.values() if isinstance(v, int | Decimal)]
    if all(-_MOST < number < _MOST for number in numbers):
        return one
    return Found(table="non_facts", start=one.start, end=one.end, rule=one.rule, columns={"reason": "other"})


def _end_before(amounts: Sequence[Found], claimed: Sequence[Found], text: str) -> None:
    """End each amount's mention, whose noun phrase may run on, where another number's begins."""
    starts = [start for start, _ in spans(claimed)]
    for one in amounts:
        index = bisect.bisect_right(starts, one.start)
        if index < len(starts) and starts[index] < one.end:
            one.end = one.start + len(text[one.start : starts[index]].rstrip())


def _outside(found: Sequence[Found], taken: Sequence[Found]) -> list[Found]:
    """Return the findings that do not overlap the taken ones."""
    merged = spans(taken)
    kept, index = [], 0
    for one in sorted(found, key=lambda f: f.start):
        while index < len(merged) and merged[index][1] <= one.start:
            index += 1
        if index == len(merged) or merged[index][0] >= one.end:
            kept.append(one)
    return kept


def _stable_id(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


def _base(article: Article, reading: Reading, one: Found) -> dict[str, Any]:
    number = reading.sentence_no(one.start)
    return {
        "article_id": article.article_id,
        "fact_id": _stable_id(article.article_id, one.table, one.start, one.end, one.rule),
        "sentence_no": number,
        "start": one.start,
        "end": one.end,
        "mention": reading.text[one.start : one.end],
        "sentence": reading.sentence(number),
        "rule": one.rule,
        "confidence": confidence(one.table, one.rule, one.confidence),
    }


_PLACES = {"money": Decimal("0.01"), "quantities": Decimal("0.0001")}


def _values(one: Found) -> dict[str, Any]:
    """Return the columns with decimals in the scale of their table."""
    unit = _PLACES.get(one.table)
    if unit is None:
        return one.columns
    return {k: v.quantize(unit) if isinstance(v, Decimal) else v for k, v in one.columns.items()}


def _assemble(
    article: Article, reading: Reading, found: list[Found], clauses: list[Clause], checks: list[Reckoning]
) -> Extraction:
    bases = {id(f): _base(article, reading, f) for f in found}
    ids = {of: base["fact_id"] for of, base in bases.items()}
    again = told_again(reading, found, clauses)
    once = {of: fact_id for of, fact_id in ids.items() if of not in again}
    activities = tuple(_activity(article, reading, clause, found, once) for clause in clauses)
    activity_of = {id(f): a.activity_id for c, a in zip(clauses, activities, strict=True) for f in c.facts}
    rows: dict[str, list[Any]] = {name: [] for name in FACT_TABLES}
    non_facts = []
    for one in found:
        if one.table == "non_facts":
            mention = reading.text[one.start : one.end]
            non_facts.append(NonFact(article_id=article.article_id, start=one.start, end=one.end, mention=mention, **one.columns))
            continue
        part_of = ids[id(one.part_of)] if one.part_of else None
        of = activity_of.get(id(one))
        rows[one.table].append(FACT_TABLES[one.table](**bases[id(one)], activity_id=of, part_of=part_of, as_of=one.as_of, **_values(one)))
    rows["activities"] = list(activities)
    tables = {name: tuple(values) for name, values in rows.items()}
    return Extraction(article=article, **tables, non_facts=tuple(non_facts), checks=tuple(_check(article, c, ids) for c in checks if abs(c.expected) < _MOST))


def _activity(article: Article, reading: Reading, clause: Clause, found: list[Found], ids: dict[int, str]) -> Activity:
    trigger = Found(table="activities", start=clause.start, end=clause.end, rule=clause.rule, confidence=0.75)
    base = _base(article, reading, trigger)
    here = between(found, *reading.sentence_span(clause.start))
    first = {f.table: f for f in reversed(here) if f.table != "locations" or f.columns["role"] == "setting"}
    date, place, programme = (first.get(table) for table in ("dates", "locations", "programmes"))
    counted = [f for f in clause.facts if id(f) in ids]
    money, people, things = (tuple(ids[id(f)] for f in counted if f.table == table) for table in ("money", "participants", "quantities"))
    return Activity(
        **base,
        activity_id=base["fact_id"],
        type=clause.type,
        trigger=base["mention"],
        status=clause.status,
        occurrences=clause.occurrences,
        organiser=organiser_of(clause, here),
        date_start=date.columns["start_date"] if date else None,
        date_end=date.columns["end_date"] if date else None,
        location_fact_id=ids[id(place)] if place else None,
        programme=programme.columns["name"] if programme else None,
        money_ids=money,
        participant_ids=people,
        quantity_ids=things,
    )


def _check(article: Article, check: Reckoning, ids: dict[int, str]) -> Check:
    facts = tuple(ids[id(f)] for f in check.facts)
    unit = _PLACES["quantities"]
    return Check(
        article_id=article.article_id,
        check_id=_stable_id(article.article_id, check.kind, *facts),
        kind=check.kind,
        fact_ids=facts,
        expected=check.expected.quantize(unit),
        stated=check.stated.quantize(unit),
        holds=check.holds,
    )


def with_source(extraction: Extraction, **columns: Any) -> Extraction:
    """Return the extraction with columns of its article set, such as where its page is archived."""
    return replace(extraction, article=replace(extraction.article, **columns))


def load() -> Language:
    """Return a spaCy pipeline whose docs carry the facts as spans: `doc.spans["money"]`, one group a table.

    `span._.mttq` holds the exact offsets, the rule and the fact_id, by which `extract(doc.text)` knows the fact too.
    Takes seconds, and is worth keeping.
    """
    from extractor.read.pipeline import pipeline

    return pipeline(_fact_spans)


def _fact_spans(text: str) -> Iterator[tuple[str, int, int, str, str]]:
    extraction = extract(text)
    for table in FACT_TABLES:
        yield from ((table, fact.start, fact.end, fact.rule, fact.fact_id) for fact in getattr(extraction, table))
    yield from (("non_facts", one.start, one.end, one.reason, "") for one in extraction.non_facts)
