"""The examples in the docstrings print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import instruments

MODULES = sorted(f"instruments.{path.stem}" for path in Path(instruments.__file__).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
