"""How much a run tries: `make check` a part of what is alike, `make test` all of it, `make soak` more.

What is drawn at random is drawn less often: `examples`, and the number of every property that names none. Of what is
tried in the same way on many definitions, a few are: `a_few`. What is dear, and is tried more cheaply by another test
too, bears the mark ``thorough``; so does what goes through many parts, such as a command from its file to its page, a
publication or draws on several processes, where each part has tests of its own. What takes long to set up is listed in
`tests.conftest`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

#: The profiles of a run, by name. The examples of each are the same every time.
EVERY, QUICK = "same_every_time", "quick"
#: A quick run tries one of so many.
ONE_OF = 5


def register_profiles() -> None:
    """Make both profiles known; a run is thorough until it is said to be quick."""
    settings.register_profile(
        EVERY,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    every = settings.get_profile(EVERY)
    settings.register_profile(QUICK, parent=every, max_examples=every.max_examples // ONE_OF)
    settings.load_profile(EVERY)


def is_quick() -> bool:
    """Whether this run is `make check`."""
    return settings.get_current_profile_name() == QUICK


def examples(number: int) -> int:
    """How many of a number of examples this run draws: for a test that says its own number."""
    return max(1, number // ONE_OF) if is_quick() else number


def a_few(values: Iterable[Any]) -> Sequence[Any]:
    """Parameters of a test that does the same with each: every fifth as it is, and the others for a thorough run.

    A tuple stands for several parameters.
    """
    return [value if place % ONE_OF == 0 else _thorough(value) for place, value in enumerate(values)]


def _thorough(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.thorough)
