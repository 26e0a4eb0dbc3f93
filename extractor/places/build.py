"""Build rules/places/units.tsv from the tables of the package vietnamadminunits (MIT), version 1.0.4.

    pip install vietnamadminunits==1.0.4
    python -m extractor.places.build

The package is needed for building only. Its legacy side is the state of the first half of 2025 (63 provinces, 696
districts, 10,040 communes); its new side is what has been in force since 1 July 2025 (34 provinces, 3,321 communes).
"""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from extractor.data import rules_dir
from extractor.errors import InputError

_KINDS = ("Thành phố", "Tỉnh", "Quận", "Huyện", "Thị xã", "Phường", "Xã", "Thị trấn", "Đặc khu")
HEADER = "system\tlevel\tcode\ttype\tname\tprovince\tdistrict\tsuccessor"


def _package_data() -> Path:
    spec = importlib.util.find_spec("vietnamadminunits")
    if spec is None or spec.origin is None:
        raise InputError("vietnamadminunits is not installed: pip install vietnamadminunits==1.0.4")
    return Path(spec.origin).parent / "data"


def _parts(full: str) -> tuple[str, str]:
    """Return (type, bare name) of a full name; numbered units lose leading zeros."""
    for kind in _KINDS:
        if full.lower().startswith(kind.lower() + " "):
            name = full[len(kind) + 1 :]
            return kind.lower(), name.lstrip("0") if name.isdigit() else name
    return "", full


def _successors(data: Path, connection: sqlite3.Connection) -> tuple[dict[str, str], dict[str, str]]:
    """Return (old province key -> new province code, old commune key -> new commune code where there is one only)."""
    mapping: dict[str, Any] = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    provinces = dict(connection.execute("SELECT DISTINCT provinceKey, provinceCode FROM admin_units"))
    wards = {(p, w): c for p, w, c in connection.execute("SELECT provinceKey, wardKey, wardCode FROM admin_units")}
    province = {old: provinces[new] for new, olds in mapping["DICT_PROVINCE"].items() for old in olds}
    commune: dict[str, str] = {}
    parts: Counter[str] = Counter()
    for new_province, news in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for new_ward, olds in news.items():
            for old in olds:
                parts[old] += 1
                commune[old] = wards[new_province, new_ward]
    divided = {old for olds in mapping["DICT_PROVINCE_WARD_DIVIDED"].values() for old in olds}
    return province, {k: c for k, c in commune.items() if parts[k] == 1 and k not in divided}


def build() -> list[str]:
    """Return the lines of the table, sorted; InputError where the package is missing."""
    data = _package_data()
    connection = sqlite3.connect(data / "dataset.db")
    new_province, new_commune = _successors(data, connection)
    rows: set[tuple[str, ...]] = set()
    legacy = (
        "SELECT province, provinceKey, provinceCode, district, districtKey, districtCode, ward, wardKey, wardCode "
        "FROM admin_units_legacy"
    )
    for province, p_key, p_code, district, d_key, d_code, ward, w_key, w_code in connection.execute(legacy):
        rows.add(("2024", "province", p_code, *_parts(province), "", "", new_province[p_key]))
        if district:
            rows.add(("2024", "district", d_code, *_parts(district), p_code, "", ""))
        if ward:
            key = f"{p_key}_{d_key}_{w_key}"
            rows.add(("2024", "commune", w_code, *_parts(ward), p_code, d_code, new_commune.get(key, "")))
    new = "SELECT province, provinceCode, ward, wardCode FROM admin_units"
    for province, p_code, ward, w_code in connection.execute(new):
        rows.add(("2025", "province", p_code, *_parts(province), "", "", ""))
        rows.add(("2025", "commune", w_code, *_parts(ward), p_code, "", ""))
    return [HEADER, *("\t".join(row) for row in sorted(rows))]


def main() -> None:
    """Write the table."""
    target = rules_dir() / "places" / "units.tsv"
    source = "# source: vietnamadminunits 1.0.4 (MIT), 2025-10-08; built by python -m extractor.places.build"
    target.write_text("\n".join([source, *build()]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
