"""Requests that nobody thought of, made out of the documentation."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)

from api.application import create_app
from api.settings.service import Settings
from tests.api.conftest import NOW

# A request can have the documented shape and still contradict itself (a birth date against an age, an item of another
# instrument), or name a definition that is not there.
CHECKS = ChecksConfig(
    positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=["2xx", "304", "404", "422"])
)


def schema_of(*, covers_every_limit: bool) -> Any:
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=covers_every_limit))
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(checks=CHECKS, phases=phases)))
    app = create_app(Settings(), now=lambda: NOW)
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)


at_random = schema_of(covers_every_limit=False)
at_every_limit = schema_of(covers_every_limit=True)


@at_random.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_is_answered_as_documented(case: schemathesis.Case) -> None:
    case.call_and_validate()


@pytest.mark.soak
@at_every_limit.parametrize()
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_documented_limit_is_kept_from_both_sides(case: schemathesis.Case) -> None:
    case.call_and_validate()
