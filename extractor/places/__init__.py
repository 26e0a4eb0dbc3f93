"""Places: the dated gazetteer, where the text names them, which units they are."""

from __future__ import annotations

from extractor.places.gazetteer import gazetteer, read_units
from extractor.places.mentions import find_mentions
from extractor.places.resolve import codes, resolve
from extractor.places.roles import settle_listed as settle_listed
from extractor.places.roles import settle_roles as settle_roles
from extractor.reading import Found, Owner, Reading, make_reading


def find_places(reading: Reading) -> list[Found]:
    """Return the places that the text names (table "locations"), with the codes of the units they stand for."""
    mentions = find_mentions(reading)
    found = []
    for mention, resolution in zip(mentions, resolve(reading, mentions), strict=True):
        units, how = resolution.units, resolution.how
        if mention.level in {"country", "region"}:
            names = gazetteer().countries if mention.level == "country" else gazetteer().regions
            name, settled = names.get(mention.name, mention.name), "unique"
        else:
            name, settled = (units[0].name if len({u.name for u in units}) == 1 else mention.name), how
        columns = {
            "name": name,
            "type": mention.type,
            "level": mention.level,
            "resolution": settled,
            "role": "mention",  # settle_roles tells, once bodies and people are known
        }
        rule = f"places: {'after ' + mention.type if mention.type else 'known name'}"
        confidence = {"unique": 0.95, "context": 0.9, "ambiguous": 0.6, "unknown": 0.6}[settled]
        found.append(
            Found(
                table="locations",
                start=mention.start,
                end=mention.end,
                rule=rule,
                confidence=confidence,
                columns={**columns, **codes(resolution)},
            )
        )
    return found


def is_place(name: str) -> bool:
    """Tell whether a unit of any level bears the name.

    >>> is_place("Hạ Lang"), is_place("Hạ")
    (True, False)
    """
    return any(gazetteer().find(level, name) for level in ("province", "district", "commune"))


def canonical_name(name: str) -> str:
    """Return the canonical spelling of a place's name, the name itself where none is known.

    >>> canonical_name("Đắc Lắc")
    'Đắk Lắk'
    """
    places = gazetteer()
    return places.spellings.get(name) or places.countries.get(name) or places.regions.get(name) or name


def owner_of(name: str) -> Owner | None:
    """Return the owner that a text such as "huyện Hạ Lang, tỉnh Cao Bằng" names, with its codes; None where it names none.

    >>> owner_of("huyện Hạ Lang, tỉnh Cao Bằng")
    Owner(level='district', province_code='04', district_code='048', commune_code=None)
    """
    found = [
        f
        for f in find_places(make_reading(name, ((0, len(name)),)))
        if f.columns["level"] in {"province", "district", "commune"}
    ]
    if not found:
        return None
    first = found[0].columns
    return Owner(
        level=first["level"],
        province_code=first.get("province_code") or next((f.columns.get("province_code") for f in found), None),
        district_code=first.get("district_code"),
        commune_code=first.get("commune_code"),
    )


def provinces(*, new: bool) -> list[tuple[str, str, str]]:
    """Return (code, name, code of the province of 2025 that it went into) of the 63 provinces, or of the 34 (`new`)."""
    wanted = ("2025" if new else "2024", "province")
    return [(unit.code, unit.name, unit.successor) for unit in read_units() if (unit.system, unit.level) == wanted]


def province_name(code: str, *, new: bool = False) -> str | None:
    """Return the name of the province of a code, of the system before July 2025 or (`new`) of the one since."""
    unit = gazetteer().by_code.get(("2025" if new else "2024", "province", code))
    return unit.name if unit else None
