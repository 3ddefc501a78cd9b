"""The export for research: what leaves, what never does, and what the commands of research make of it."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import func, select

from api.cli import main
from api.policies.policies import Policies
from api.research_export.export import Export, Purpose, export_ratings, read_earlier
from api.research_export.files import codebook, columns_told, zipped
from api.research_export.follow_ups import Earlier
from api.research_export.rows import FIRST_FOLLOW_UPS
from api.settings.clock import ZONE
from api.store.actors import Actor
from api.store.audit_chain import record_event, verify_audit
from api.store.database import Database
from api.store.refusals import RuleError
from api.store.schema import Audit, Case, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.accounts.stored import store_account
from tests.api.exporting.town import ANNA, BO, CARL, ITEM, START, WORDS, Town
from tests.api.records.world import LIBRARY, YOUTH_SPJ

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RESEARCHER = Actor("fia-forskare", frozenset({"sig"}), request_id="request-9")
PURPOSE = Purpose("research_approved", "2026-01234-01")
POLICY = Policies().research_export_on(NOW.date())
SECRET = bytes(range(32))
TABLE = "youth_spj@1.0.csv"
ITEM_COLUMNS = {f"item.{item.id}" for item in YOUTH_SPJ.items} | {item.id for item in YOUTH_SPJ.items}
Make = Callable[..., Export]


def exported(database: Database, actor: Actor = RESEARCHER, purpose: Purpose = PURPOSE) -> Export:
    return export_ratings(database, NOW, actor, purpose, library=LIBRARY, policy=POLICY, secret=SECRET)


@pytest.fixture
def make(town: Town) -> Make:
    return partial(exported, town.database)


def rows(made: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.files[TABLE].decode())))


def about(made: Export) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load(made.files["about.yaml"])
    return content


def research(command: str, folder: Path, *more: str) -> dict[str, object]:
    data, mapping = folder / TABLE, folder / TABLE.replace(".csv", ".mapping.yaml")
    result = CliRunner().invoke(main, ["research", command, str(data), "--mapping", str(mapping), "--json", *more])
    assert result.exit_code == 0, result.output
    report: dict[str, object] = json.loads(result.stdout)
    return report


def written(made: Export, folder: Path) -> Path:
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.thorough
def test_reliability_of_the_blind_double_ratings_is_what_is_worked_out_by_hand(
    town: Town, make: Make, tmp_path: Path
) -> None:
    report = research("reliability", written(make(), tmp_path))
    sections = {each["section"]: each["rows"] for each in report["sections"]}  # type: ignore[attr-defined]
    row = next(each for each in sections["agreement"] if each["item"] == ITEM)
    figures = {each["figure"]: each for each in row["figures"]}
    # 16 of 20 alike; by hand: linear 1 - 0.1 / 0.43, quadratic 1 - 0.05 / 0.305
    assert (figures["percent_agreement"]["value"], figures["percent_agreement"]["n"]) == (0.8, 20)
    assert figures["kappa_linear"]["value"] == pytest.approx(1 - 0.1 / 0.43, abs=1e-12)
    assert figures["kappa_quadratic"]["value"] == pytest.approx(1 - 0.05 / 0.305, abs=1e-12)


@pytest.mark.thorough
def test_a_new_assessment_later_is_not_taken_for_a_double_rating(town: Town, make: Make, tmp_path: Path) -> None:
    later = START + timedelta(days=200)
    for case in town.cases.values():
        town.rate(case, "high", CARL, later)
    report = research("reliability", written(make(), tmp_path))
    sections = {each["section"]: each["rows"] for each in report["sections"]}  # type: ignore[attr-defined]
    row = next(each for each in sections["agreement"] if each["item"] == ITEM)
    value = next(each["value"] for each in row["figures"] if each["figure"] == "percent_agreement")
    assert value == 0.8


def test_check_and_validity_run_on_it_and_the_outcome_is_that_of_the_records(
    town: Town, make: Make, tmp_path: Path
) -> None:
    folder = written(make(), tmp_path)
    report = research("check", folder)
    assert report["about"]["persons"] == 20  # type: ignore[index]
    validity = json.dumps(research("validity", folder, "--outcome", "reported_again", "--draws", "200"))
    assert '"events": 10' in validity or '"n": 20' in validity
    told = {row["person"]: row["reported_again"] for row in rows(make())}
    assert sorted(told.values()) == ["no"] * 10 + ["yes"] * 10


def test_csv_and_parquet_hold_the_same(town: Town, make: Make, tmp_path: Path) -> None:
    made = make()
    table = pd.read_parquet(io.BytesIO(made.files["youth_spj@1.0.parquet"]))
    assert table.to_dict("records") == rows(made)
    columns = {each for each in table if not each.startswith("item.")}
    assert columns == set(yaml.safe_load(made.files["about.yaml"])["columns"]) - {"item.*"}
    assert not columns & set(FIRST_FOLLOW_UPS)


def test_columns_of_the_first_follow_up_are_there_where_the_policy_names_a_period_for_them() -> None:
    before, now = (columns_told(Policies().research_export_on(day).content) for day in (NOW.date(), date(2027, 1, 1)))
    assert now.keys() - before.keys() == set(FIRST_FOLLOW_UPS)
    assert now == codebook()["columns"]


def test_nothing_that_names_anyone_or_was_written_freely_leaves(town: Town, make: Make) -> None:
    numbered = town.open("numbered", number="20100314-2393")
    town.rate(numbered, "low")
    made = make()
    whole = "\n".join(each.decode("utf-8", "replace") for each in made.files.values())
    with town.database.looking() as session:
        cases = session.scalars(select(Case)).all()
        keys = [*(case.id for case in cases), *(case.reference for case in cases), *session.scalars(select(Entry.id))]
        digests = [case.identity_digest for case in cases if case.identity_digest]
    for secret in (*keys, *digests, ANNA.id, BO.id, CARL.id, "rita", "DNR-", "2393", SECRET.hex(), "fia-forskare"):
        assert secret not in whole, secret
    for word in (*WORDS.split(), "Flera allvarliga", "Två myndigheter"):
        if word != "om":
            assert word not in whole, word
    table = made.files[TABLE].decode()
    assert not re.search(r"\d{4}-\d{2}-\d{2}|\d{8}", table.replace("_", "")), "no exact date stands in a row"
    for born in ("2010-03", "20100314", "100314"):
        assert born not in whole


def test_a_month_or_less_close_is_all_that_is_told_of_when(town: Town, make: Make) -> None:
    assert {row["period"] for row in rows(make())} <= {"2026-01", "2026-Q1", "2026", "undisclosed"}


def test_everybody_shares_what_others_can_know_with_enough_others(town: Town, make: Make) -> None:
    town.rate(town.open("old", born=date(1999, 1, 1), sex="female"), "high")
    town.rate(town.open("twice"), "high")
    town.rate(town.cases["twice"], "low", now=START + timedelta(days=90))
    first = pd.DataFrame(rows(make())).query("rating_kind == 'first'")
    known = first.groupby("person")[["unit", "sex", "age_band", "period", "guidance"]].agg(tuple)
    assert known.apply(tuple, axis=1).value_counts().min() >= POLICY.content.smallest_group


def test_what_was_generalised_and_left_out_is_said_without_saying_how_few(town: Town, make: Make) -> None:
    town.rate(town.open("gone"), "high")
    town.withdraw(town.cases["gone"])
    told = about(make())
    assert told["left_out"]["cases_with_a_withdrawn_consent"] == "under 5"  # type: ignore[index]
    assert told["rare_values_undisclosed"] == {"deviation": ["safety"], "ending": ["completed", "moved"]}
    assert sum(each["persons"] for each in told["described"]) == told["persons"]  # type: ignore[attr-defined]
    assert told["policy"] == {"name": "research_export@1.0", "sha256": POLICY.sha256}


def test_a_withdrawn_consent_a_hidden_assessment_and_an_open_double_rating_stay(town: Town, make: Make) -> None:
    before = len(rows(make()))
    withdrawn, hidden, awaited = (town.open(name) for name in ("withdrawn", "hidden", "awaited"))
    town.rate(withdrawn, "high")
    town.withdraw(withdrawn)
    town.rate(hidden, "high", hidden=True)
    town.rate(awaited, "high")
    town.ask_again(awaited)
    assert len(rows(make())) == before
    town.rate(awaited, "low", BO)
    newcomers(town, 4)  # in whose company whoever is new may leave
    assert len(rows(make())) == before + 2 + 4, "both ratings leave when both have signed"


def test_cases_of_other_units_are_not_in_it(town: Town, make: Make) -> None:
    for place in range(6):
        case = town.open(f"north{place}", unit="north")
        town.rate(case, "high", Actor("nora", frozenset({"north"})))
    assert {row["unit"] for row in rows(make())} <= {"sig", "undisclosed"}
    both = make(Actor("fia", frozenset({"sig", "north"})))
    assert {row["unit"] for row in rows(both)} == {"sig", "north"}
    assert {row["rater"].partition("-")[0] for row in rows(both)} == {"rater"}


def test_no_outcome_is_told_of_a_rating_made_after_the_ending(town: Town, make: Make) -> None:
    later = START + timedelta(days=300)
    for case in town.cases.values():
        town.rate(case, "low", now=later)
    every = pd.DataFrame(rows(make()))
    late = every[every["period"].isin(["2026-11", "2026-Q4"])]
    assert len(late) == 20
    assert set(late["reported_again"]) | set(late["ending"]) == {""}


def test_pseudonyms_differ_between_exports_unless_they_are_of_the_same_study(town: Town, make: Make) -> None:
    def persons(purpose: Purpose) -> set[str]:
        return {row["person"] for row in rows(make(purpose=purpose))}

    study = Purpose("research_approved", "2026-01234-01", "savry-2026")
    assert persons(PURPOSE).isdisjoint(persons(PURPOSE))
    assert persons(study) == persons(study)
    assert persons(study).isdisjoint(persons(Purpose("research_approved", "2026-01234-01", "another-one")))


def test_the_cases_of_a_person_in_a_unit_are_one_person(town: Town, make: Make) -> None:
    first, second = (town.open(name, number="20100314-2393") for name in ("one", "two"))
    town.rate(first, "low")
    town.rate(second, "high", now=START + timedelta(days=3))
    made = make()
    assert made.persons == 21


def test_the_log_knows_of_the_export_and_of_every_case_in_it(town_of_each: Town) -> None:
    town = town_of_each
    made = exported(town.database)
    assert len(rows(made)) == 40
    with town.database.looking() as session:
        lines = session.scalars(select(Audit).where(Audit.record_id == made.id, Audit.action != "tell")).all()
        assert verify_audit(session).is_whole
    assert {(line.action, line.kind, line.actor, line.outcome) for line in lines} == {
        ("export", "ratings", "fia-forskare", "done")
    }
    assert {line.ground for line in lines} == {"research_approved 2026-01234-01"}
    assert {line.case_id for line in lines} == {*town.cases.values(), None}


def test_too_few_leave_nothing_but_a_line_in_the_log(database: Database) -> None:
    town = Town.founded(database)
    town.rate(town.open("alone"), "low")
    with pytest.raises(RuleError, match="export-too-small"):
        exported(database)
    with town.database.looking() as session:
        refused = session.scalars(select(Audit).where(Audit.kind == "ratings")).all()
    assert [(line.action, line.outcome) for line in refused] == [("export", "refused")]


@pytest.mark.parametrize(
    ("purpose", "where"),
    [
        (Purpose("curiosity", "2026-01234-01"), "/ground"),
        (Purpose("research_approved", "  "), "/decision"),
        (Purpose("research_approved", "gäller 20100314-2393"), "/decision"),
        (Purpose("research_approved", "2026-01234-01", "Kattuggla!"), "/study"),
    ],
)
def test_an_export_without_ground_or_decision_is_refused(make: Make, purpose: Purpose, where: str) -> None:
    with pytest.raises(InputError) as refused:
        make(purpose=purpose)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed() -> None:
    from api.research_export.files import make_files

    row = {"rating": "=1+1", "person": "@x", "item.substance_use": "low"}
    files = make_files({"youth_spj@1.0": [row]}, {})
    assert b"'=1+1,'@x,low" in files[TABLE]


def test_the_archive_holds_every_file_with_its_digest(town: Town, make: Make) -> None:
    from hashlib import sha256

    made = make()
    with zipfile.ZipFile(io.BytesIO(zipped(made.files))) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    digests = yaml.safe_load(content.pop("about.yaml"))["files"]
    assert digests == {name: sha256(each).hexdigest() for name, each in content.items()}


def test_the_command_writes_what_the_other_commands_read(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", town.database.url.render_as_string(hide_password=False))
    folder = tmp_path / "export"
    fia = store_account(town.database, "fia@kommun.example", "researcher", units=("sig",))
    who = ["--as", "fia@kommun.example", "--unit", "sig", "--ground", "own_follow_up", "--decision", "SN 2026/117"]
    result = CliRunner().invoke(main, ["research", "export", "-o", str(folder), *who, "--language", "en"])
    assert result.exit_code == 0, result.output
    assert "40 assessments of 20 young people" in result.output
    assert research("check", folder)["about"]["rows"] == 40  # type: ignore[index]
    again = CliRunner().invoke(main, ["research", "export", "-o", str(folder), *who, "--language", "en"])
    assert (again.exit_code, "exists already" in again.output) == (2, True)
    with town.database.looking() as session:
        count = select(func.count()).select_from(Audit).where(Audit.kind == "ratings", Audit.actor == fia)
        assert session.scalar(count) == 21


# --- what is new between two exports ---------------------------------------------------------------------------------


def newcomers(town: Town, number: int) -> None:
    for _ in range(number):
        town.rate(town.open(f"new-{len(town.cases)}"), "moderate")


def without_pseudonyms(made: Export) -> set[tuple[str, ...]]:
    """The ratings themselves, by which any two exports can be joined."""
    return {tuple(value for name, value in row.items() if name in ITEM_COLUMNS) for row in rows(made)}


def test_one_person_who_is_new_is_not_found_as_the_difference_between_two_exports(town: Town, make: Make) -> None:
    """The attack of somebody with two exports of one study, who knows that one young person was rated in between."""
    study = Purpose("research_approved", "2026-01234-01", "sig-lund")
    first = rows(make(purpose=study))
    newcomers(town, 1)
    second = make(purpose=study)
    assert {row["person"] for row in rows(second)} == {row["person"] for row in first}
    assert rows(second) == first
    assert about(second)["left_out"]["persons_new_since_an_earlier_export"] == "under 5"  # type: ignore[index]


@pytest.mark.parametrize("purpose", [PURPOSE, Purpose("own_follow_up", "2026-9", "another")])
def test_another_study_or_none_does_not_help(town: Town, make: Make, purpose: Purpose) -> None:
    first = make()
    newcomers(town, 4)
    assert without_pseudonyms(make(purpose=purpose)) == without_pseudonyms(first)


def test_those_who_were_held_back_come_along_when_they_are_five(town: Town, make: Make) -> None:
    before = {row["rating"] for row in rows(make())}
    newcomers(town, 4)
    make()
    newcomers(town, 1)
    made = make()
    assert len(rows(made)) == len(before) + 5
    assert about(made)["left_out"]["persons_new_since_an_earlier_export"] == 0  # type: ignore[index]


def test_the_log_names_the_cases_of_those_who_left_and_of_nobody_else(town: Town, make: Make) -> None:
    make()
    new = town.open("new")
    town.rate(new, "moderate")
    make()
    with town.database.looking() as session:
        named = set(session.scalars(select(Audit.case_id).where(Audit.kind == "ratings", Audit.case_id.is_not(None))))
    assert new not in named
    assert named == set(town.cases.values()) - {new}


def test_the_log_knows_which_first_follow_ups_an_export_was_the_first_to_tell(town: Town, make: Make) -> None:
    with town.database.looking() as session:
        assert read_earlier(session) == Earlier()
    told = {row["rating"] for row in rows(make()) if row["reported_again"]}
    with town.database.looking() as session:
        earlier = read_earlier(session)
    assert (len(earlier.periods), earlier.told_at_once) == (len(told), {})
    make()
    with town.database.looking() as session:
        assert read_earlier(session) == earlier


def test_an_export_of_before_that_was_logged_is_taken_to_have_told_each_at_once(town: Town) -> None:
    case = next(iter(town.cases.values()))
    with open_transaction(town.database) as session:
        record_event(session, RESEARCHER.event(NOW, "export", "ratings", case=case, record="old"))
        record_event(session, RESEARCHER.event(NOW, "export", "ratings", record="old"))
    with town.database.looking() as session:
        earlier = read_earlier(session)
    assert earlier == Earlier(frozenset([case]), {}, {case: NOW.astimezone(ZONE).date()})
