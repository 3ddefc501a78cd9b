"""A municipality's own policies hold wherever Underlag is asked, in the service as on the command line."""

import ast
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import api
from api.cli import records_command, store
from api.policies.policies import Policies
from api.settings.accounts import AccountSettings
from api.settings.clock import ZONE
from api.store.database import Database
from tests.api.accounts.people import KEY, Clock, House, Visitor, make_app
from tests.api.oversight.cases import DANA, make_town
from tests.api.own_policies import put_own_version
from tests.api.records.world import work_goes_on

SIX_YEARS = timedelta(days=366 * 6)


def with_own_retention(local: Path, years: int) -> Path:
    """A folder of local definitions in which cases are kept for other years than those that ship."""
    changes = {
        "valid_from: 2025-07-01": "valid_from: 2026-01-01",
        "years_after_last_entry: 5": f"years_after_last_entry: {years}",
    }
    return put_own_version(local, "retention/social_services/1.0", changes)


@click.group()
def underlag() -> None:
    """What `underlag` is, as far as this command goes."""


underlag.add_command(store.purge)


def run(*arguments: str) -> Result:
    who = ("--unit", "sig", "--as", DANA, "--ground", "Gallring", "--language", "en")
    return CliRunner().invoke(underlag, [*arguments, *who])


def answered(dana: Visitor, case: str) -> int:
    """What the service answers to a dry run of the same."""
    body = {"cases": [case], "dry_run": True}
    token = {"X-CSRF-Token": dana.api_token()}
    return dana.json("POST", "/api/v1/retention/purges", body, **token).status_code


@pytest.mark.parametrize(("years", "is_due"), [(30, False), (5, True)])
def test_the_command_and_the_service_purge_by_the_same_rule(
    database: Database, tmp_path: Path, years: int, is_due: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, definitions = Clock(), with_own_retention(tmp_path / "own", years)
    settings = AccountSettings(KEY, mail=f"folder:{tmp_path / 'letters'}")
    house = House(make_app(database, clock, settings, definitions), database, tmp_path / "letters", clock)
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("UNDERLAG_DEFINITIONS", str(definitions))
    monkeypatch.setattr(records_command, "local_now", lambda: clock().astimezone(ZONE))
    town = make_town(house)
    work_goes_on(database, clock(), clock() + SIX_YEARS)
    clock.pass_by(days=SIX_YEARS.days)
    dana = town.visitor(DANA)

    shown = dana.get("/api/v1/retention/proposals").get_json()["proposals"]
    listed = run("purge")
    assert [each["case"] for each in shown] == ([town.case] if is_due else [])
    assert (town.case in listed.output) is is_due, listed.output

    assert answered(dana, town.case) == (200 if is_due else 409)
    purged = run("purge", town.case, "--dry-run")
    assert purged.exit_code == (0 if is_due else 2), purged.output
    assert ("not due" in purged.output) is not is_due


def test_nothing_falls_back_on_what_ships_when_it_is_not_told_what_the_municipality_has() -> None:
    makers = {"Policies", "Library", "Governance", "Settings", "RecordSettings"}
    falling_back = []
    for path in sorted(Path(api.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.arguments):
                defaults = [each for each in (*node.defaults, *node.kw_defaults) if each is not None]
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                defaults = [node.value]  # of a dataclass
            elif isinstance(node, ast.BoolOp):
                defaults = node.values[1:]  # given or made here
            else:
                continue
            named = {each.id for value in defaults for each in ast.walk(value) if isinstance(each, ast.Name)}
            falling_back += [(path.name, name) for name in named & makers]
    assert falling_back == []


@pytest.mark.parametrize(
    ("last_day", "on", "expected"),
    [
        ("null", date(2026, 5, 31), "research_export@1.0"),
        ("null", date(2026, 11, 30), "research_export@2.0"),
        ("2026-12-31", date(2026, 12, 31), "research_export@2.0"),
        ("2026-12-31", date(2027, 1, 1), "research_export@1.1"),
    ],
)
def test_what_ships_later_does_not_replace_what_the_municipality_has_decided(
    last_day: str, on: date, expected: str, tmp_path: Path
) -> None:
    changes = {"valid_from: 2026-01-01": "valid_from: 2026-06-01", "valid_to: null": f"valid_to: {last_day}"}
    own = put_own_version(tmp_path, "research_export/1.0", changes)
    assert Policies(own).research_export_on(on).reference == expected
