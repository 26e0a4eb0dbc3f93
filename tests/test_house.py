"""The house: which room may import which, who alone imports a package, and what stands at the front door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import extractor

ROOT = Path(extractor.__file__).parent
FILES = sorted(p for p in ROOT.rglob("*.py"))

# From the ground up; a room imports its own row's packages, and rooms of the rows below.
STOREYS = [
    {"errors"},
    {"schema", "page", "text", "data", "encoding", "beginnings"},
    {"url", "reading", "anchors"},
    {"rules", "confidence"},
    {"places"},
    {"sites"},
    {"clean"},
    {"read"},
    {"facts"},
    {"link", "duplicates"},
    {"tables"},
    {"extraction"},
    {"privacy"},
    {"archive", "files", "inputs", "poison", "worker"},
    {"crawl"},
    {"engine", "probe"},
    {"score", "score_pages", "score_report"},
    {"floors"},
    {"workbench", "corpus"},
    {"query"},
    {"report"},
    {"explorer"},
    {"demo"},
    {"run", "shown", "progress"},
    {"cli", "__main__"},
]
STOREY = {room: number for number, rooms in enumerate(STOREYS) for room in rooms}
ONLY = {
    "httpx": {"crawl"},
    "protego": {"crawl"},
    "selectolax": {"clean"},
    "spacy": {"read"},
    "underthesea": {"read"},
    "ahocorasick_rs": {"anchors", "places"},
    "rensa": {"duplicates"},
    "pyarrow": {"tables", "query", "files", "shown"},
    "duckdb": {"query", "report"},
    "warcio": {"archive"},
    "fastwarc": {"archive"},
    "typer": {"cli"},
    "jinja2": {"report"},
    "starlette": {"explorer"},
    "uvicorn": {"explorer"},
    "xlsxwriter": {"explorer"},
    "tomllib": {"rules", "sites"},
    "dask": {"engine"},
    "distributed": {"engine"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def runtime_imports(path: Path) -> set[str]:
    """Return the modules that a file imports when it runs: those for type checkers alone are no dependency."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in checked:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
            if node.module == "extractor":
                names |= {f"extractor.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_what_lies_below(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in STOREY, f"{room} has no place in the house"
    for name in runtime_imports(path):
        parts = name.split(".")
        if parts[0] != "extractor" or len(parts) < 2 or parts[1] not in STOREY or parts[1] == room:
            continue
        assert STOREY[parts[1]] <= STOREY[room], f"{path.name} imports {name}, which lies above"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_packages_have_one_importer(path: Path) -> None:
    for name in runtime_imports(path):
        rooms = ONLY.get(name.split(".")[0])
        assert rooms is None or room_of(path) in rooms, f"{path.name} imports {name}; only {rooms} may"


def test_the_front_door() -> None:
    for name in extractor.__all__:
        assert getattr(extractor, name).__doc__, name
    with pytest.raises(AttributeError, match="nothing"):
        extractor.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import extractor", {"pandas", "pyarrow", "spacy", "underthesea", "httpx", "duckdb", "selectolax", "typer"}),
        ("import extractor.cli", {"pandas", "pyarrow", "spacy", "underthesea", "httpx", "duckdb", "selectolax"}),
        ("from extractor import extract; extract('Trao 5 suất quà.')", {"pandas", "pyarrow", "httpx", "duckdb"}),
    ],
)
def test_heavy_packages_are_loaded_when_they_work(code: str, heavy: set[str]) -> None:
    script = f"import sys\n{code}\nprint(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_exception_is_swallowed(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"{path.name}:{node.lineno}"
