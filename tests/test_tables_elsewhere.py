"""Tables at an address: the same bytes as in a folder, whenever the run that takes them there ends."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from typer.testing import CliRunner

from extractor import open_tables
from extractor.cli import app
from extractor.errors import StoreError
from extractor.tables import Store, elsewhere
from extractor.tables.check import check_tables

STORIES = [f"Ngày {n}/3/2024, Ủy ban MTTQ xã Ea Bar trao {n} suất quà, mỗi suất 500.000 đồng cho hộ nghèo." for n in range(1, 6)]


def lines(folder, stories):
    """Return a file of articles, one a line."""
    path = folder / "articles.jsonl"
    told = [{"url": f"https://mattran.example/{n}.html", "text": text, "published": f"2024-0{n % 3 + 1}-05"} for n, text in enumerate(stories)]
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    return str(path)


def extract(path, to):
    return CliRunner().invoke(app, ["extract", path, "--format", "parquet", "--workers", "0", "--to", to])


def bytes_of(data):
    files = [path for path in (data / "tables").rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_bytes_as_in_a_folder(tmp_path):
    here, there = tmp_path / "here", tmp_path / "kho lưu" / "there"
    for stories in (STORIES[:3], [*STORIES[:2], STORIES[3].replace("Ea Bar", "Ea Ly"), STORIES[4]]):
        path = lines(tmp_path, stories)
        assert extract(path, str(here)).exit_code == 0
        done = extract(path, f"{there.as_uri()}/")
        assert done.exit_code == 0, done.output
        assert f"{there.as_uri()}/tables;" in done.output
        assert bytes_of(there) == bytes_of(here)
    assert check_tables(there) == []
    assert open_tables(there)["articles"].count_rows() == 4


@pytest.mark.parametrize("moved", range(0, 9, 2))
@pytest.mark.parametrize("by", ["the next run", "a reader there"])
def test_what_a_killed_run_began_is_finished(tmp_path, monkeypatch, moved, by):
    there = tmp_path / "there"
    assert extract(lines(tmp_path, STORIES[:2]), f"file://{there}").exit_code == 0
    before = bytes_of(there)
    path = lines(tmp_path, STORIES)
    moves = []

    class Killed(BaseException):
        """Ends a run at once, as a kill does."""

    class Breaking:
        """A file system that is gone after some moves."""

        def __init__(self, system):
            self.system = system

        def move(self, *names):
            moves.append(names)
            if len(moves) > moved:
                raise Killed
            self.system.move(*names)

        def __getattr__(self, name):
            return getattr(self.system, name)

    real = elsewhere.fs.FileSystem.from_uri
    with monkeypatch.context() as patched:
        patched.setattr(elsewhere.fs, "FileSystem", type("Patched", (), {"from_uri": staticmethod(lambda address: (Breaking(real(address)[0]), real(address)[1]))}))
        with pytest.raises(Killed), elsewhere.brought_here(f"file://{there}") as folder:
            assert extract(path, str(folder)).exit_code == 0

    if moved == 0:  # before the journal: the state before
        assert {name: digest for name, digest in bytes_of(there).items() if ".staging" not in name} == before
    if by == "a reader there" and moved:
        assert Store(there).settled(patience=0)["files"]
        assert open_tables(there)["articles"].count_rows() == 5
    assert extract(path, f"file://{there}").exit_code == 0
    assert extract(path, str(tmp_path / "here")).exit_code == 0
    assert bytes_of(there) == bytes_of(tmp_path / "here")


def test_nothing_is_taken_there_where_the_run_fails(tmp_path):
    with pytest.raises(RuntimeError), elsewhere.brought_here(f"file://{tmp_path}/there") as folder:
        assert extract(lines(tmp_path, STORIES), str(folder)).exit_code == 0
        raise RuntimeError
    assert not (tmp_path / "there").exists()


def test_what_is_damaged_there_is_told(tmp_path):
    there = tmp_path / "there"
    path = lines(tmp_path, STORIES)
    assert extract(path, f"file://{there}").exit_code == 0
    damaged = next((there / "tables" / "money").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"money.* is not what the manifest says"), elsewhere.brought_here(f"file://{there}"):
        pass
    damaged.unlink()
    with pytest.raises(StoreError, match="cannot be read"), elsewhere.brought_here(f"file://{there}"):
        pass
    shutil.rmtree(there)
    (there / "tables").mkdir(parents=True)
    for manifest in ("{", "{}", "[]", '{"files": [1]}', '{"files": [{"path": "../../x", "sha256": "0"}]}', '{"files": [{"path": "/x", "sha256": "0"}]}'):
        (there / "tables" / "manifest.json").write_text(manifest, encoding="utf-8")
        with pytest.raises(StoreError, match="cannot be read"), elsewhere.brought_here(f"file://{there}"):
            pass


@pytest.mark.parametrize("address", ["s3nix://bucket/data", "file://"])
def test_an_address_that_is_none_is_told(tmp_path, address):
    done = extract(lines(tmp_path, STORIES), address)
    assert done.exit_code == 1
    assert address.rstrip("/") in str(done.exception) + done.output
