"""Which unit a name stands for: by what stands beside it, by the article's other places, by the site's owner and its date."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import regex

from extractor.places.gazetteer import Gazetteer, Unit, gazetteer
from extractor.places.names import Mention, is_since
from extractor.reading import Reading

_NEAR = 90
_RANK = {"country": 0, "region": 1, "province": 2, "district": 3, "commune": 4, "village": 5}
# Between a place and the unit it lies in: "thôn 5, xã Bình Thành", "khóm Bà Bài (phường Vĩnh Tế".
_BEHIND = regex.compile(r",? ?\(?(?:thuộc |của |ở |tại )?")


@dataclass(slots=True)
class _Context:
    """The codes that the article's own places and its site's owner speak for, most often named first."""

    provinces: Counter[str] = field(default_factory=Counter)
    districts: Counter[str] = field(default_factory=Counter)
    owner_province: str | None = None
    owner_district: str | None = None


def _candidates(places: Gazetteer, mention: Mention, since: bool) -> list[Unit]:
    units = places.find(mention.level, mention.name)
    new = [u for u in units if u.system == "2025"]
    old = [u for u in units if u.system == "2024"]
    if mention.level == "province":
        return old or new
    if mention.level == "commune" and since and new:
        return new
    return old or new


def _filter(units: list[Unit], codes: list[str], attribute: str) -> list[Unit]:
    for code in codes:
        kept = [u for u in units if getattr(u, attribute) == code]
        if kept:
            return kept
    return []


def _neighbours(mentions: list[Mention], index: int, settled: dict[int, list[Unit]], level: str) -> list[str]:
    """Return the codes of places of the level that stand right after or before the mention, the nearer first."""
    here, found = mentions[index], []
    for step in (1, -1):
        at = index + step
        while 0 <= at < len(mentions) and abs(mentions[at].start - here.start) < _NEAR:
            units = settled.get(at, [])
            if mentions[at].level == level and len(units) == 1:
                found.append((abs(mentions[at].start - here.start) + (0 if step > 0 else 30), units[0].code))
            at += step
    return [code for _, code in sorted(found)]


def _narrow(units: list[Unit], context: _Context, near_districts: list[str], near_provinces: list[str]) -> list[Unit]:
    if len({u.code for u in units}) <= 1:
        return units
    tries = [
        ("district", near_districts),
        ("province", near_provinces),
        ("district", [context.owner_district] if context.owner_district else []),
        ("district", [c for c, _ in context.districts.most_common()]),
        ("province", [context.owner_province] if context.owner_province else []),
        ("province", [c for c, _ in context.provinces.most_common()]),
    ]
    for attribute, codes in tries:
        kept = _filter(units, codes, attribute) if codes else []
        if kept:
            units = kept
            if len({u.code for u in units}) == 1:
                break
    return units


@dataclass(frozen=True, slots=True)
class Resolution:
    """The units a mention may stand for, how that was settled (unique, context, ambiguous, unknown), and the smallest
    unit that it surely lies within, where it is none of the gazetteer's itself or several bear its name."""

    units: list[Unit]
    how: str
    within: Unit | None = None


def resolve(reading: Reading, mentions: list[Mention]) -> list[Resolution]:
    """Return what each mention stands for."""
    places = gazetteer()
    since = is_since(reading)
    context = _Context(owner_province=reading.owner.province_code, owner_district=reading.owner.district_code)
    settled: dict[int, list[Unit]] = {}
    result = [Resolution([], "unknown")] * len(mentions)
    for level in ("province", "district", "commune"):
        for index, mention in enumerate(mentions):
            if mention.level != level:
                continue
            units = _candidates(places, mention, since)
            near_provinces = _neighbours(mentions, index, settled, "province")
            near_districts = _neighbours(mentions, index, settled, "district")
            narrowed = _narrow(units, context, near_districts, near_provinces)
            settled[index] = narrowed
            result[index] = Resolution(narrowed, _how(units, narrowed))
            if len({u.code for u in narrowed}) == 1:
                counter = context.provinces if level == "province" else context.districts
                if level != "commune":
                    counter[narrowed[0].code] += 1
                if level == "district":
                    context.provinces[narrowed[0].province] += 1
    return [
        one if one.how in {"unique", "context"} else Resolution(one.units, one.how, _within(reading, mentions, i, result, context))
        for i, one in enumerate(result)
    ]


def _within(
    reading: Reading, mentions: list[Mention], index: int, result: list[Resolution], context: _Context
) -> Unit | None:
    """Return the unit that a hamlet, or a place of doubtful name, lies within: the one named right behind it ("thôn 5, xã
    Bình Thành"), else the one that all its candidates share, else the province that the article is about."""
    here = mentions[index]
    if here.level in {"country", "region", "province"}:
        return None
    if index + 1 < len(mentions) and _RANK[mentions[index + 1].level] < _RANK[here.level]:
        gap = reading.folded[here.end : mentions[index + 1].start]
        following = result[index + 1]
        if _BEHIND.fullmatch(gap) and following.how in {"unique", "context"} and following.units:
            return following.units[0]
    places = gazetteer()
    provinces = {u.province_code for u in result[index].units} or {c for c, _ in context.provinces.most_common(1)}
    if context.owner_province and not result[index].units:
        provinces = {context.owner_province}
    code = next(iter(provinces)) if len(provinces) == 1 else ""
    system = result[index].units[0].system if result[index].units else "2024"
    return places.by_code.get((system, "province", code))


def _how(units: list[Unit], narrowed: list[Unit]) -> str:
    if not units:
        return "unknown"
    if len({u.code for u in narrowed}) > 1:
        return "ambiguous"
    return "unique" if len({u.code for u in units}) == 1 else "context"


def codes(resolution: Resolution) -> dict[str, Any]:
    """Return the code columns of a mention: those of its unit, or of the unit that it surely lies within."""
    settled = resolution.how in {"unique", "context"} and resolution.units
    unit = resolution.units[0] if settled else resolution.within
    if unit is None:
        return {}
    province_2025, commune_2025 = gazetteer().successor(unit)
    columns: dict[str, Any] = {"province_code_2025": province_2025, "commune_code_2025": commune_2025}
    if unit.system == "2024":
        columns["province_code"] = unit.province_code
        columns["district_code"] = (unit.code if unit.level == "district" else unit.district) or None
        columns["commune_code"] = unit.code if unit.level == "commune" else None
    return columns
