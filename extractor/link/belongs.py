"""Which activity a figure belongs to, as the clauses' rules say and annotated texts teach (rules/learned/activity.tsv)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from extractor.facts.blocks import Blocks
from extractor.facts.context import PURPOSES, Contexts, Features
from extractor.facts.learned import chosen, learned, revised, scores
from extractor.facts.plans import Plans
from extractor.link.activities import Clause
from extractor.reading import Found, Reading

# The type of what belongs to no activity.
NONE = "-"
# Words of giving and helping leave open which of these is done; what other words name is what they name.
_OPEN = frozenset({"fundraising", "gift_giving", "relief", "housing", "construction", "livelihood", "other"})


class Figure(NamedTuple):
    """A figure that may belong to an activity: the one before it with the type of its clause, what it says of itself, and the
    type of its own clause."""

    found: Found
    before: tuple[Found, str | None] | None
    own: Features
    stated: str


def figures(found: Iterable[Found], clauses: Iterable[Clause]) -> Iterator[Figure]:
    """Yield each figure that may belong to an activity, in text order."""
    clause_of = {id(fact): clause for clause in clauses for fact in clause.facts}
    taken = {id(clause.times) for clause in clauses if clause.times}
    before: tuple[Found, str | None] | None = None
    for one in found:
        if one.table in PURPOSES and id(one) not in taken:
            stated = clause_of[id(one)].type if id(one) in clause_of else NONE
            yield Figure(one, before, [("own:", [str(one.columns.get(PURPOSES[one.table]))]), ("table:", [one.table])], stated)
            before = one, stated


def correct_links(reading: Reading, found: Sequence[Found], clauses: Sequence[Clause], contexts: Contexts) -> list[Clause]:
    """Return the activities with each figure where the rules and the words around it together put it.

    A clause whose words leave its type open is of the type of its figures; a figure whose type no clause of its paragraph
    has reports an activity by itself.
    """
    clause_of = {id(fact): clause for clause in clauses for fact in clause.facts}
    types = _types(reading, list(figures(found, clauses)), contexts)
    for clause in clauses:
        settled = {types.get(id(fact), clause.type) for fact in clause.facts}
        if len(settled) == 1 and (not clause.spoken or {clause.type, *settled} <= _OPEN) and NONE not in settled:
            clause.type = settled.pop()
    homes = _Homes(reading, clauses)
    for one in found:
        wanted, where = types.get(id(one)), clause_of.get(id(one))
        if wanted is None or wanted == (where.type if where else NONE):
            continue
        if where:
            where.facts.remove(one)
        if wanted != NONE:
            homes.of(one, wanted).facts.append(one)
    return sorted((c for c in homes.clauses if c.facts or c.spoken), key=lambda c: c.start)


def _types(reading: Reading, asked: Sequence[Figure], contexts: Contexts) -> dict[int, str]:
    """Return by id the type of the activity that each figure belongs to: first each for itself, then in the company it keeps."""
    known = learned().vocabulary
    rows = [[*contexts.rows(one.found, before=one.before, known=known), *known.rows(one.own)] for one in asked]
    first = scores("activity", [(row, one.stated) for row, one in zip(rows, asked, strict=True)])
    company = neighbours(places(reading, asked), [one.stated for one in asked], chosen("activity", first))
    second = revised("neighbours", first, [known.rows(features) for features in company])
    return {id(one.found): label for one, label in zip(asked, chosen("neighbours", second), strict=True)}


def places(reading: Reading, asked: Iterable[Figure]) -> list[tuple[int, int]]:
    """Return the number of each figure's sentence, and where its paragraph begins."""
    blocks = Blocks.of(reading)
    return [(reading.sentence_no(one.found.start), blocks.start(one.found.start)) for one in asked]


def neighbours(where: Sequence[tuple[int, int]], stated: Sequence[str], first: Sequence[str]) -> list[Features]:
    """Return what is known of each figure by its company: what the two before it and the two behind it, the first and most of
    its sentence and of its paragraph came to at first."""
    sentences, paragraphs = _gathered([s for s, _ in where], first), _gathered([p for _, p in where], first)
    return [
        [
            ("own:", [first[at]]),
            ("rules:", [stated[at]]),
            *((f"{step:+d}{_nearness(where, at, at + step)}:", [first[at + step]]) for step in (-2, -1, 1, 2) if 0 <= at + step < len(where)),
            *_company("sentence", sentences[sentence], first[at]),
            *_company("paragraph", paragraphs[paragraph], first[at]),
        ]
        for at, (sentence, paragraph) in enumerate(where)
    ]


def _nearness(where: Sequence[tuple[int, int]], one: int, other: int) -> str:
    same_sentence, same_paragraph = (a == b for a, b in zip(where[one], where[other], strict=True))
    return "s" if same_sentence else "p" if same_paragraph else "-"


def _gathered(places: Sequence[int], first: Sequence[str]) -> dict[int, Counter[str]]:
    """Return by place how many of its figures came to each type, that of the first one first."""
    gathered: dict[int, Counter[str]] = {}
    for place, label in zip(places, first, strict=True):
        gathered.setdefault(place, Counter())[label] += 1
    return gathered


def _company(kind: str, counted: Counter[str], own: str) -> Features:
    others = {label: left for label, count in counted.items() if (left := count - (label == own))}
    if not others:
        return [("", [f"alone in {kind}"])]
    most = min(others, key=lambda label: (-others[label], label))
    return [(f"in {kind}:", sorted(others)), (f"most of {kind}:", [most]), (f"opens {kind}:", [next(iter(counted))])]


class _Homes:
    """The clauses of a text by paragraph, with those that its figures still call for."""

    def __init__(self, reading: Reading, clauses: Iterable[Clause]) -> None:
        self.clauses = list(clauses)
        self._blocks, self._plans = Blocks.of(reading), reading.once(Plans)
        self._by_block: dict[tuple[int, str], list[Clause]] = {}
        for clause in self.clauses:
            self._by_block.setdefault((self._blocks.start(clause.start), clause.type), []).append(clause)

    def of(self, fact: Found, wanted: str) -> Clause:
        """Return the nearest clause of the type in the fact's paragraph, a new one where there is none."""
        here = self._by_block.setdefault((self._blocks.start(fact.start), wanted), [])
        if not here:
            status = "planned" if self._plans.covers(fact.start) else "done"
            here.append(Clause(fact.start, fact.end, wanted, status, fact.rule, spoken=False))
            self.clauses.append(here[0])
        return min(here, key=lambda clause: abs(clause.start - fact.start))
