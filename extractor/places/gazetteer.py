"""The dated gazetteer: units of the 63-province system and of the one in force since 1 July 2025, by name and level."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.data import rules_dir
from extractor.errors import RuleError
from extractor.text import fold

NEW_SYSTEM = dt.date(2025, 7, 1)
# Cities that are provinces; Huế only since 2025, but its name was a district's city before.
PROVINCE_CITIES = frozenset({"hà nội", "hồ chí minh", "đà nẵng", "hải phòng", "cần thơ"})
_OLDER_PROVINCE_NAME = {"46": "Thừa Thiên Huế"}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of one system ("2024": before July 2025, "2025": since). Codes of parents are "" where there is none."""

    system: str
    level: str
    code: str
    type: str
    name: str
    province: str
    district: str
    successor: str

    @property
    def province_code(self) -> str:
        """The code of its province, or its own."""
        return self.code if self.level == "province" else self.province


class Gazetteer:
    """All units, looked up by folded name; `communes_of` maps (system, code of the district, since 2025 of the province)
    to communes; `spellings` maps every other way to write a name to the canonical one."""

    def __init__(self) -> None:
        self.units: dict[tuple[str, str], list[Unit]] = {}
        self.by_code: dict[tuple[str, str, str], Unit] = {}
        self.communes_of: dict[tuple[str, str], list[Unit]] = {}
        self.spellings: dict[str, str] = {}
        self.regions: dict[str, str] = {}
        self.countries: dict[str, str] = {}
        for unit in read_units():
            self._add(unit)
        for fields in _read_lines("other.tsv", 6):
            self._add_other(fields)

    def _add(self, unit: Unit) -> None:
        self.units.setdefault((unit.level, _key(unit.name)), []).append(unit)
        self.by_code[unit.system, unit.level, unit.code] = unit
        if unit.level == "commune":
            self.communes_of.setdefault((unit.system, unit.district or unit.province), []).append(unit)

    def _add_other(self, fields: list[str]) -> None:
        level, name, kind, code, province, aliases = fields
        others = [a.strip() for a in aliases.split(",") if a.strip()]
        if level == "alias":
            self.spellings.update(dict.fromkeys(others, name))
        elif level in {"region", "country"}:
            names = self.regions if level == "region" else self.countries
            names.update(dict.fromkeys([name, *others], name))
        else:
            successor = "01" if code == "28" else ""
            self._add(Unit("2024", level, code, kind, name, province, "", successor))

    def find(self, level: str, name: str) -> list[Unit]:
        """Return the units of that level and name, in any spelling."""
        return self.units.get((level, _key(self.spellings.get(name, name))), [])

    def successor(self, unit: Unit) -> tuple[str | None, str | None]:
        """Return the codes of the province and commune of 2025 that the unit went into, None where not exactly one."""
        if unit.system == "2025":
            return unit.province_code, unit.code if unit.level == "commune" else None
        province = self.by_code.get(("2024", "province", unit.province_code))
        commune = (unit.successor or None) if unit.level == "commune" else None
        return (province.successor or None) if province else None, commune


def _key(name: str) -> str:
    return fold(name).replace("đăk", "đắk")


def _read_lines(name: str, width: int) -> Iterator[list[str]]:
    path = rules_dir() / "places" / name
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line or line.startswith("system\t"):
            continue
        fields = line.split("\t")
        if len(fields) > width:
            raise RuleError(f"places/{name}, line {number}: {len(fields)} fields, {width} at most")
        yield fields + [""] * (width - len(fields))


def read_units() -> Iterator[Unit]:
    """Yield the units of both systems, as rules/places/units.tsv has them."""
    for fields in _read_lines("units.tsv", 8):
        unit = Unit(*fields)
        if unit.system == "2024" and unit.level == "province" and unit.code in _OLDER_PROVINCE_NAME:
            yield Unit("2024", "province", unit.code, "tỉnh", _OLDER_PROVINCE_NAME[unit.code], "", "", unit.successor)
            yield Unit("2024", "district", "474", "thành phố", unit.name, unit.code, "", "")
        else:
            yield unit


@functools.cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, read once."""
    return Gazetteer()
