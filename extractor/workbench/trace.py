"""Why a number or a place came out as it did: the rules that took it, those that lost to them, the cues that were heard."""

from __future__ import annotations

from collections.abc import Iterator

from extractor.extraction import find_facts, read_facts
from extractor.facts.amounts import candidates
from extractor.facts.context import PURPOSES, UNKNOWN, Contexts
from extractor.facts.cues import Cues
from extractor.facts.learned import heaviest, learned
from extractor.facts.number import Number, read_numbers
from extractor.link.activities import find_activities
from extractor.link.figures import apart, figures
from extractor.places.gazetteer import Unit, gazetteer
from extractor.places.mentions import find_mentions
from extractor.places.resolve import Resolution, resolve
from extractor.reading import Found, Reading
from extractor.rules import load

_CUED = {"money": ("flow", "form"), "participants": ("role",)}
_MOST_WORDS = 4
_MATCHING = ("non_facts", "dates", "documents", "programmes")
_MOST_UNITS = 12
_NOTHING = "no rule: number words that count nothing here"


def trace(reading: Reading) -> Iterator[str]:
    """Yield, for each number and then each place, what it came to and why."""
    (found, _), ruled = read_facts(reading), find_facts(reading)
    end = 0
    for number in read_numbers(reading.folded, []):
        if number.start >= end:  # the 2 of m2 is no number of its own
            yield from _number(reading, number, found, ruled)
            end = number.end
    mentions = find_mentions(reading)
    for mention, resolution in zip(mentions, resolve(reading, mentions), strict=True):
        yield from _place(reading.text[mention.start : mention.end], mention.level, mention.name, resolution)


def _number(reading: Reading, number: Number, found: list[Found], ruled: list[Found]) -> Iterator[str]:
    winner = next((f for f in found if f.start < number.end and number.start < f.end and f.table not in {"people", "organisations"}), None)
    said = f"value {number.value}" + "".join(f", {name} {value}" for name, value in _parts(number))
    yield f"number «{reading.text[number.start : number.end]}»: {said}"
    if winner is None:
        yield f"  {_NOTHING}"
        return
    yield f"  won   {winner.rule}: «{reading.text[winner.start : winner.end]}»"
    yield from _losers(reading, number, winner)
    alone = next(f for f in ruled if (f.start, f.table) == (winner.start, winner.table))
    for column in _CUED.get(winner.table, ()):
        yield from _cues(reading, alone, column)
    if winner.table in PURPOSES:
        yield from _learned(reading, winner, ruled, PURPOSES[winner.table])


def _learned(reading: Reading, winner: Found, ruled: list[Found], column: str) -> Iterator[str]:
    """Yield what the rules said of the winner's purpose, and the words around it that speak most for what it came to."""
    asked = figures(reading, ruled, find_activities(reading, ruled))
    figure = next((f for f in asked if (f.found.start, f.found.table) == (winner.start, winner.table)), None)
    if figure is None:
        return  # it tells how many times an activity took place
    contexts, value = Contexts(reading, learned().vocabulary), str(winner.columns[column])
    rows = [row for row in (*contexts.all(figure.found), *apart(figure, contexts)[column]) if row != UNKNOWN]
    words = heaviest(learned().alone, rows, column, value, most=_MOST_WORDS)
    said = ", ".join(f"{feature} +{weight:.2f}" for feature, weight in words) or "nothing"
    stated = figure.stated[column]
    yield f"  {column} = {value} at last: the rules said {stated}; of what stands around, these speak most for {value}: {said}"
    if (first := winner.same_as) and column == "flow":
        yield f"    in the list of «{reading.text[first.start : first.end]}»: all its sums are what that one is"


def _parts(number: Number) -> Iterator[tuple[str, object]]:
    yield from (("to", number.value_max),) if number.value_max is not None else ()
    yield from (("of", number.total),) if number.total is not None else ()
    yield from (("hedge", number.modifier),) if number.modifier != "exact" else ()


def _losers(reading: Reading, number: Number, winner: Found) -> Iterator[str]:
    taken = list(candidates(reading, number))
    decided = next((end for rule, end, _, _ in taken if rule.id == winner.rule), None)
    for rule, end, mention_end, _ in taken:
        if rule.id == winner.rule:
            continue
        why = (
            f"the words were taken by {winner.table} before numbers were read" if decided is None
            else "reads less far" if end < decided
            else "reads as far and stands later in the rules"
        )  # fmt: skip
        yield f"  lost  {rule.id}: «{reading.text[number.start : mention_end]}»: {why}"
    for name in _MATCHING:
        for rule in load(name).rules:
            for match in rule.match.finditer(reading.folded) if rule.match and not rule.off and rule.id != winner.rule else ():
                if match.start() < number.end and number.start < match.end():
                    yield f"  lost  {rule.id}: «{reading.text[slice(*match.span())].strip()}»: shorter, later, or not settled by its reader"


def _cues(reading: Reading, winner: Found, column: str) -> Iterator[str]:
    value = winner.columns.get(column)
    sentence = reading.sentence_span(winner.start)
    heard = sorted(
        Cues(load(winner.table), reading).heard(winner.start, winner.end, sentence, column), key=lambda h: (h[0], -h[1][0])
    )
    yield f"  {column} = {value}" + ("" if heard else ": no cue in its sentence" if value is not None else "")
    for distance, (low, high, cue) in heard:
        mark = "heard" if cue.set[column] == value else "lost "
        yield f"    {mark} «{reading.text[low:high]}» says {cue.set[column]} at distance {distance} (cost {cue.cost}, {cue.scope or cue.side})"
    if heard and heard[0][1][2].set[column] != value:
        yield f"    {column} is not the nearest cue's: the list or paragraph it stands in, or a plan, settled it"


def _place(words: str, level: str, name: str, resolution: Resolution) -> Iterator[str]:
    yield f"place «{words}»: {level} {name}, {resolution.how}"
    word = "maybe" if resolution.how == "ambiguous" else "won  "
    yield from (f"  {word} {_unit(unit)}" for unit in resolution.units[:_MOST_UNITS])
    if len(resolution.units) > _MOST_UNITS:
        yield f"  {word} {len(resolution.units) - _MOST_UNITS} more of that name"
    kept = {(u.system, u.code) for u in resolution.units}
    others = [u for u in gazetteer().find(level, name) if (u.system, u.code) not in kept]
    for unit in others[:_MOST_UNITS]:
        yield f"  lost  {_unit(unit)}: {'of the other system of units' if _other_system(unit, resolution) else 'the places around, the site or the article speak for another'}"
    if len(others) > _MOST_UNITS:
        yield f"  lost  {len(others) - _MOST_UNITS} more of that name"
    if resolution.within:
        yield f"  lies within {_unit(resolution.within)}"


def _other_system(unit: Unit, resolution: Resolution) -> bool:
    return bool(resolution.units) and unit.system != resolution.units[0].system


def _unit(unit: Unit) -> str:
    places = gazetteer()
    above = [places.by_code.get((unit.system, level, code)) for level, code in (("district", unit.district), ("province", unit.province)) if code]
    names = ", ".join(f"{u.type} {u.name}" for u in above if u)
    return f"{unit.type} {unit.name} ({unit.code}{', ' + names if names else ''}; {'until June' if unit.system == '2024' else 'since July'} 2025)"
