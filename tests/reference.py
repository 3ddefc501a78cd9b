"""The reference of classes and functions, made from their docstrings: ``python -m tests.reference FOLDER``."""

import sys
import warnings
from pathlib import Path
from types import GenericAlias

import pandas as pd
import pdoc

#: The packages that researchers and developers build on; pdoc follows each to all that is in it.
DOCUMENTED = ("instruments", "screening")


def make_reference(folder: Path) -> None:
    """Write the reference as pages.

    Raises
    ------
    UserWarning
        For a docstring or a type that cannot be read, or a module that cannot be imported.
    """
    # The types say what a Series holds; pandas itself cannot.
    pd.Series.__class_getitem__ = classmethod(GenericAlias)
    pdoc.render.configure(docformat="numpy", show_source=False, footer_text="Underlag")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        # Written as a call, since one of its names is a word of Python's own, it has no lines of a class to read.
        warnings.filterwarnings("ignore", r"Cannot determine where screening\.rendered\.Change\.", UserWarning)
        pdoc.pdoc(*DOCUMENTED, output_directory=folder)


if __name__ == "__main__":
    make_reference(Path(sys.argv[1]))
