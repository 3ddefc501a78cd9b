"""The examples in the docstrings print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import instruments
import screening

#: The modules that have any.
MODULES = sorted(
    ".".join(path.relative_to(Path(package.__file__).parents[1]).with_suffix("").parts)
    for package in (instruments, screening)
    for path in Path(package.__file__).parent.rglob("[a-z]*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
