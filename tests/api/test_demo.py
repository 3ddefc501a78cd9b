"""The demo: an account for each role and invented cases in every stage, made once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from api.access.permission_table import the_permissions
from api.cases.process.evaluation import Recorded, evaluation_of, finished_half_years
from api.cli import main
from api.demo.making import the_demo
from api.settings.clock import local_now
from api.store.audit_chain import verify_audit
from api.store.database import Database
from api.store.schema import Case, CaseSummary, CaseUnit, Draft, Entry, SecrecyUnit
from api.store.trend_tables import TrendPeriod
from api.trends.microaggregates import altered_microaggregates, years_written
from screening.trends.lattice import lattice_on

#: What the evaluation of a unit counts.
COUNTED = ("consent", "participation_started", "network_meeting", "participation_ended")


def underlag(*arguments: str, **environment: str) -> Result:
    return CliRunner(env={"UNDERLAG_DEMO": "yes", **environment}).invoke(main, [*arguments, "--language", "sv"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("demo")
        patch.chdir(place)
        for name in ("DATABASE_URL", "SECRET_KEY", "SIGNING_KEY", "IDENTITY_KEY"):
            patch.delenv(f"UNDERLAG_{name}", raising=False)
        yield place


@pytest.fixture(scope="module")
def calls(folder: Path) -> tuple[Result, Result]:
    return underlag("demo"), underlag("demo")


@pytest.fixture(scope="module")
def database(calls: tuple[Result, Result], folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder / 'var' / 'demo.sqlite'}")
    yield database
    database.close()


def passwords(told: Result) -> dict[str, str]:
    return dict(re.findall(r"^\s*(\S+@demo\.example)\s+(\S{16})\s", told.stdout, re.MULTILINE))


def test_there_is_an_account_for_each_role_with_a_new_password_at_each_call(calls: tuple[Result, Result]) -> None:
    assert [call.exit_code for call in calls] == [0, 0], calls[0].output + calls[1].output
    first, second = (passwords(call) for call in calls)
    assert first.keys() == second.keys()
    assert len(first) == len(the_permissions().roles) + 1
    assert not set(first.values()) & set(second.values())
    for role in the_permissions().roles:
        assert role.title.sv in calls[0].stdout


def test_a_second_call_adds_no_case_twice(calls: tuple[Result, Result], database: Database) -> None:
    assert f"lades upp nu: {len(the_demo().cases)}" in calls[0].stdout
    assert "lades upp nu: 0" in calls[1].stdout
    with database.looking() as session:
        earlier = session.scalars(select(Case.reference).where(Case.reference.like("DEMO-2%"))).all()
        assert len(earlier) == the_demo().earlier.half_years * len(the_demo().earlier.born) >= 40
        there = session.scalar(select(func.count()).select_from(Case)) or 0
        assert there - len(earlier) == len(the_demo().cases) >= 8


def test_every_half_year_of_the_last_four_has_meetings_plans_and_endings_to_tell_of(database: Database) -> None:
    today, lattice = local_now().date(), lattice_on(local_now().date()).content
    with database.looking() as session:
        chosen = select(Entry.case_id, Entry.kind, Entry.content).where(Entry.kind.in_(COUNTED))
        events = [Recorded(*row) for row in session.execute(chosen.order_by(Entry.case_id, Entry.number))]
    for half_year in finished_half_years(today, 8):
        told = evaluation_of(events, half_year, lattice)
        assert min(told["network_meetings"], told["starts"]["number"], told["endings"]["number"]) >= 5, half_year
        assert 0 < told["plan_followed"]["number"] < told["plan_followed"]["of"], half_year
        assert told["starts"]["median"] is not None


def test_the_cases_stand_in_every_stage(database: Database) -> None:
    today = local_now().date()
    with database.looking() as session:
        stages = set(session.scalars(select(CaseSummary.stage)))
        kinds = set(session.scalars(select(Entry.kind)))
        overdue = session.scalars(select(CaseSummary.next_meeting_by).where(CaseSummary.next_meeting_by < today)).all()
        verdicts = {entry.content["verdict"] for entry in session.scalars(select(Entry).where(Entry.kind == "review"))}
        outcomes = {each.content["outcome"] for each in session.scalars(select(Entry).where(Entry.kind == "screening"))}
        consents = [each.content["valid_to"] for each in session.scalars(select(Entry).where(Entry.kind == "consent"))]
        units = set(session.scalars(select(CaseUnit.unit_id)))
        drafts = session.scalar(select(func.count()).select_from(Draft))
        born = set(session.scalars(select(Case.birth_date)))
    assert len(stages) >= 5
    assert {"second_rating_requested", "consent_withdrawn", "outcome_after_ending", "participation_ended"} <= kinds
    assert {"action_plan", "measures_followed_up"} <= kinds
    assert overdue
    assert verdicts == {"agree", "deviate"}
    assert outcomes == {"supports_offer", "more_information_needed", "not_target_group"}
    soon = [day for day in consents if day and day <= (today + timedelta(days=14)).isoformat()]
    assert soon
    assert units == {"sig", "utredning"}
    assert drafts == 1
    ages = {(today - day).days // 365 for day in born if day}
    assert {age < 18 for age in ages} == {True, False}


def test_the_audit_of_the_demo_is_whole_and_it_knows_no_personal_number(database: Database) -> None:
    with database.looking() as session:
        assert verify_audit(session).is_whole
        assert set(session.scalars(select(Case.identity_digest))) == {None}


def test_outside_demo_mode_nothing_is_invented(folder: Path) -> None:
    refused = underlag("demo", UNDERLAG_DEMO="no")
    assert (refused.exit_code, "UNDERLAG_DEMO=yes" in refused.stderr) == (1, True)


def test_a_database_with_real_accounts_is_left_alone(calls: tuple[Result, Result], folder: Path) -> None:
    address = f"sqlite:///{folder / 'real.sqlite'}"
    assert underlag("db", "upgrade", UNDERLAG_DATABASE_URL=address).exit_code == 0
    added = underlag("users", "add", "anna@kommun.example", "--name", "Anna", UNDERLAG_DATABASE_URL=address)
    assert added.exit_code == 0, added.output
    refused = underlag("demo", UNDERLAG_DATABASE_URL=address)
    assert (refused.exit_code, "inte hör till demon" in refused.stderr) == (1, True)


def test_the_dashboard_has_invented_years_that_no_case_is_behind(
    calls: tuple[Result, Result], database: Database
) -> None:
    assert "Påhittade år i sammanställningarna" in calls[0].stdout
    assert "Påhittade år i sammanställningarna" not in calls[1].stdout
    with database.looking() as session:
        units = {unit.id: unit.name for unit in session.scalars(select(SecrecyUnit))}
        behind = set(session.scalars(select(Case.unit_id)))
        periods = session.scalars(select(TrendPeriod)).all()
        years = years_written(session)
        assert altered_microaggregates(session) == []
    assert {period.revision for period in periods} == {1}
    assert len(years) == 4
    invented = {unit for unit in units if units[unit].endswith("(påhittad)")}
    assert len(invented) == 6
    assert not invented & behind


def test_the_numbers_of_the_demo_stay_when_they_are_rebuilt(calls: tuple[Result, Result], folder: Path) -> None:
    assert underlag("trends", "rebuild").stdout.startswith("Publicerade: 0. ")
    assert underlag("trends", "verify").exit_code == 0
