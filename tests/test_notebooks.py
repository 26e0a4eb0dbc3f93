"""The notebooks run on the sample data; they are stored without output, and both halves of a pair say the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Give the data folder that the main job makes of the sample pages."""
    folder = tmp_path_factory.mktemp("notebooks") / "data"
    subprocess.run([sys.executable, "-m", "extractor", "run", "--data", str(folder), "-q"], check=True, capture_output=True)
    return folder


def test_there_are_five_pairs():
    assert len(NOTEBOOKS) == 5
    assert [p.stem for p in NOTEBOOKS] == [p.stem for p in sorted(FOLDER.glob("*.py"))]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_stored_without_output_and_equals_its_pair(path):
    notebook = nbformat.read(path, as_version=4)
    pair = jupytext.read(path.with_suffix(".py"))

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    assert [(c.cell_type, c.source) for c in notebook.cells] == [(c.cell_type, c.source) for c in pair.cells], "run: jupytext --sync notebooks/*.py"
    assert "*English summary:" in notebook.cells[0].source


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_on_the_sample_data(path, sample, monkeypatch):
    monkeypatch.setenv("MTTQ_DATA", str(sample))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")])))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(sample.parent)}}).execute()

    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("vegaEmbed" in o.get("data", {}).get("text/html", "") for o in shown)
    assert not [o for o in shown if o.output_type == "error"]
