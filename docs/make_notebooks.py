"""Runs the notebooks and writes them with their pictures: `python docs/make_notebooks.py [NAME...]`.

The source of a notebook is `notebooks/NAME.py` in the percent format; `notebooks/NAME.ipynb` beside it is made from it
here, so that it can be read where no Python runs. The same source gives the same file, but for what a newer matplotlib
draws differently.
"""

import base64
import io
import sys
from pathlib import Path

import jupytext
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

FOLDER = Path(__file__).parent.parent / "notebooks"
MOST_SECONDS = 600

HEAVY = 100_000
"""Characters of a picture from which it is kept as a JPEG: photographs, which nobody needs to the last bit here."""


def load_notebook(source: Path) -> NotebookNode:
    """Return a source as a notebook whose cells are numbered, so that the same source gives the same file."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number:02}"
    return notebook


def run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run all cells in order; nothing of when and where stays in the file."""
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=MOST_SECONDS, resources=where, record_timing=False).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for cell in notebook.cells:
        cell["metadata"] = {}
        for output in cell.get("outputs", ()):
            lighten(output.get("data", {}))
    return notebook


def lighten(data: dict[str, str]) -> None:
    """Put a JPEG in place of a heavy picture."""
    if len(data.get("image/png", "")) < HEAVY:
        return
    with Image.open(io.BytesIO(base64.b64decode(data.pop("image/png")))) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=82, subsampling=0, optimize=True)
    data["image/jpeg"] = base64.b64encode(out.getvalue()).decode()


def write(source: Path) -> Path:
    """Run a source and write the notebook beside it."""
    target = source.with_suffix(".ipynb")
    jupytext.write(run(load_notebook(source), source.parent), target, fmt="ipynb")
    return target


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for path in sorted(FOLDER.glob("*.py")):
        if not wanted or path.stem in wanted:
            made = write(path)
            sys.stdout.write(f"{made.name}: {made.stat().st_size / 1e3:.0f} kB\n")
