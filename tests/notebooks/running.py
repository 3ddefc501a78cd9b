"""Running a notebook from top to bottom. As a program, it keeps what every notebook shows today in its file:

.venv/bin/python -m tests.notebooks.running
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("**/*.ipynb"))
MOST_SECONDS = 300
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs, run in a folder; nothing in it tells who ran it and when."""
    notebook = read(path)
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = []
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, timeout=MOST_SECONDS, kernel_name="python3", record_timing=False, resources=where
    ).execute()
    notebook.metadata = METADATA
    return notebook


if __name__ == "__main__":
    for each in NOTEBOOKS:
        with TemporaryDirectory() as empty:
            nbformat.write(run(each, Path(empty)), each)
        print(each.relative_to(ROOT))
