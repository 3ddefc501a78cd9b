"""Requests about records that nobody thought of, made out of the documentation, by a stranger and by somebody known."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from api.settings.accounts import AccountSettings
from api.store.database import Database
from tests.api.accounts.people import KEY, Clock, House, make_app
from tests.api.accounts.walking import record_in
from tests.api.routes.records.desk import Desk

# A request of the documented shape can still be about a case that is not there or not ours, come too late, or ask for
# what the case does not allow now.
_REFUSALS = ["401", "403", "404", "409", "412", "422", "428"]
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "400", *_REFUSALS]},
    "negative_data_rejection": {"expected-statuses": ["400", "405", "406", "415", *_REFUSALS]},
    "missing_required_header": {"expected-statuses": ["400", "406", *_REFUSALS]},
}
#: Operations of records; those that need no account have a fuzz test of their own.
OURS = r"^/api/v1/(cases|drafts|second-rating-drafts|retention)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("fuzzed")
    database = Database(f"sqlite:///{copy(sqlite_with_tables, folder / 'underlag.sqlite')}")
    clock = Clock()
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{folder}"))
    app.config["UNDERLAG_FAILURES_BY_ADDRESS"] = 1_000_000
    yield House(app, database, folder, clock)
    database.close()


@pytest.fixture(scope="module")
def known(served: House) -> Mapping[str, str]:
    """The key of somebody who may do everything with records, and a case to do it with."""
    person = Desk(served).person("alla", "social_secretary", "coordinator", "reviewer", "decider")
    return {"key": person.key, **record_in(served.database, "sig")}


@pytest.fixture(scope="module")
def documented(served: House) -> Any:
    config = SchemathesisConfig.from_dict({"checks": CHECKS, "phases": {"coverage": {"enabled": False}}})
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", served.app, config=config)
    return schema.include(path_regex=OURS)


def try_every_operation(schema: Any, examples: int, mode: GenerationMode, send: Callable[[Any], None]) -> int:
    """Send made-up requests to each operation; how many operations there are."""
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            send(case)

        try:
            ask()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label  # nothing about it can be wrong
        tried += 1
    return tried


def as_a_stranger(case: schemathesis.Case) -> None:
    assert case.call_and_validate().status_code in (400, 401, 404, 405, 406)


def as_somebody(known: Mapping[str, str]) -> Callable[[Any], None]:
    """Send it with a key; where the address has the form of one, of a case that is there."""

    def send(case: schemathesis.Case) -> None:
        for name, value in case.path_parameters.items():
            if name in known and len(str(value)) == 32:
                case.path_parameters[name] = known[name]
        case.call_and_validate(headers={"Authorization": f"Bearer {known['key']}"})

    return send


def test_a_stranger_is_answered_as_documented(documented: Any) -> None:
    """Whoever is not known is refused before anything is read, so that a few of each show what two hundred do."""
    assert try_every_operation(documented, 5, GenerationMode.POSITIVE, as_a_stranger) > 40


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_somebody_known_is_answered_as_documented(documented: Any, known: Mapping[str, str], mode: Any) -> None:
    """Ten of each operation: five of the documented shape, five that miss it; `make soak` sends four hundred."""
    assert try_every_operation(documented, 5, mode, as_somebody(known)) > 40


@pytest.mark.soak
def test_a_stranger_is_answered_as_documented_at_length(documented: Any) -> None:
    assert try_every_operation(documented, 200, GenerationMode.POSITIVE, as_a_stranger) > 40


@pytest.mark.soak
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_somebody_known_is_answered_as_documented_at_length(
    documented: Any, known: Mapping[str, str], mode: Any
) -> None:
    assert try_every_operation(documented, 200, mode, as_somebody(known)) > 40
