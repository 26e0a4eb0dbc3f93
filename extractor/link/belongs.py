"""Which activity a figure belongs to: its clause's by the rules, or where the type settled for it puts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from extractor.facts.blocks import Blocks
from extractor.link.activities import Clause, status_at
from extractor.link.figures import NONE
from extractor.reading import Found, Reading

# Words of giving and helping leave open which of these is done; what other words name is what they name.
_OPEN = frozenset({"fundraising", "gift_giving", "relief", "housing", "construction", "livelihood", "other"})


def correct_links(reading: Reading, found: Sequence[Found], clauses: Sequence[Clause], types: Mapping[int, str]) -> list[Clause]:
    """Return the activities with each figure where its type, by its id, puts it.

    A clause whose words leave its type open is of the type of its figures; a figure whose type no clause of its paragraph
    has reports an activity by itself.
    """
    clause_of = {id(fact): clause for clause in clauses for fact in clause.facts}
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


class _Homes:
    """The clauses of a text by paragraph, with those that its figures still call for."""

    def __init__(self, reading: Reading, clauses: Iterable[Clause]) -> None:
        self.clauses = list(clauses)
        self._reading, self._blocks = reading, Blocks.of(reading)
        self._by_block: dict[tuple[int, str], list[Clause]] = {}
        for clause in self.clauses:
            self._by_block.setdefault((self._blocks.start(clause.start), clause.type), []).append(clause)

    def of(self, fact: Found, wanted: str) -> Clause:
        """Return the nearest clause of the type in the fact's paragraph, a new one where there is none."""
        here = self._by_block.setdefault((self._blocks.start(fact.start), wanted), [])
        if not here:
            status = status_at(self._reading, fact.start, fact.end)
            here.append(Clause(fact.start, fact.end, wanted, status, fact.rule, spoken=False))
            self.clauses.append(here[0])
        return min(here, key=lambda clause: abs(clause.start - fact.start))
