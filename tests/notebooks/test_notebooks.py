"""The notebooks run, and what they show is what they print today."""

import ast
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.running import METADATA, NOTEBOOKS, ROOT, read, run

MAY_IMPORT = {"instruments", "screening", "numpy", "pandas"} | set(sys.stdlib_module_names)

# Put together, so that this file does not contain what it looks for.
FOLDERS = ("ho" + "me", "ro" + "ot", "wo" + "rk", "tmp", "usr", "var", "opt", "srv", "mnt", "private", "Users")
MACHINE_PATH = re.compile(rf"(?<![\w.<])/(?:{'|'.join(FOLDERS)})/|\b[A-Z]:\\|file://")
HERE = [path for path in (str(ROOT), sys.prefix, str(Path.home())) if len(path) > 1]
ADDRESS_IN_MEMORY = re.compile(r"\b0x[0-9a-f]{6,}")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


#: What of a number stands behind its tenth decimal.
LAST_DIGITS = re.compile(r"(\.\d{10})\d+")


def texts_of(cell: nbformat.NotebookNode) -> dict[str, str]:
    """What a cell shows, by kind: printed text in one piece, however many pieces it arrived in.

    Of a picture's coordinates the last digits differ from processor to processor, and are left out.
    """
    texts: dict[str, str] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            texts[output.name] = texts.get(output.name, "") + output.text
        else:
            for kind, shown in output.get("data", {}).items():
                texts[kind] = texts.get(kind, "") + (shown if isinstance(shown, str) else json.dumps(shown))
    return {kind: LAST_DIGITS.sub(r"\1", text) for kind, text in texts.items()}


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@each_notebook
def test_a_notebook_runs_and_shows_what_is_kept_in_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    fresh, kept = run(path, elsewhere), read(path)
    is_stale = [
        ours.id
        for ours, theirs in zip(code_cells(kept), code_cells(fresh), strict=True)
        if texts_of(ours) != texts_of(theirs)
    ]
    assert not is_stale, "these cells show something else today; `python -m tests.notebooks.running` keeps it"
    assert not list(elsewhere.iterdir())


@each_notebook
def test_a_notebook_keeps_the_outputs_of_one_run_from_top_to_bottom(path: Path) -> None:
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell.outputs for cell in cells)


@each_notebook
def test_a_notebook_shows_no_error_warning_or_trace_of_a_machine(path: Path) -> None:
    for cell in code_cells(read(path)):
        assert not [output for output in cell.outputs if output.output_type == "error"]
        texts = texts_of(cell)
        assert "stderr" not in texts
        for text in texts.values():
            assert not MACHINE_PATH.search(text)
            assert not [path for path in HERE if path in text]
            assert not ADDRESS_IN_MEMORY.search(text)


@each_notebook
def test_a_notebook_tells_nothing_of_who_ran_it_and_when(path: Path) -> None:
    notebook = read(path)
    assert notebook.metadata == METADATA
    assert not [cell.id for cell in notebook.cells if cell.metadata]


@each_notebook
def test_a_notebook_needs_no_more_than_the_library_and_pandas(path: Path) -> None:
    for cell in code_cells(read(path)):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= MAY_IMPORT
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] in MAY_IMPORT


@each_notebook
def test_every_person_in_a_notebook_is_plainly_invented(path: Path) -> None:
    keys = re.findall(r"\b[A-ZÅÄÖ]{4,}-\d+\b", "".join(str(texts_of(cell)) for cell in code_cells(read(path))))
    assert {key.partition("-")[0] for key in keys} <= {"PAHITT"}
