import re
from pathlib import Path

import pytest

from api.access.permission_table import FILE, PUBLIC, read_permissions, the_permissions
from api.access.units import the_grounds
from api.cases.caseworkers import carrying_roles
from instruments.faults import InputError
from tests.api.accounts.people import House

CASE_ACTIONS = re.compile(r"^(case|intake|facts|assessment|screening|review|consent|participation|view|extract)")


def test_the_administrator_and_the_log_reviewer_read_no_case() -> None:
    for role in ("administrator", "log_reviewer", "researcher", "statistics"):
        assert not [action for action in the_permissions().actions_of([role]) if CASE_ACTIONS.match(action)]


def test_only_the_log_reviewer_reads_the_log_and_never_administers() -> None:
    table = the_permissions()
    assert [role for role in table.role_names() if "audit:read" in table.actions_of([role])] == ["log_reviewer"]
    assert table.excluded_pair(["administrator", "statistics", "log_reviewer"]) == ("log_reviewer", "administrator")
    assert table.excluded_pair(["administrator", "statistics"]) is None


def test_a_unit_manager_opens_a_case_on_a_ground_only_and_writes_in_none() -> None:
    table = the_permissions()
    on_cases = {action for action in table.actions_of(["unit_manager"]) if CASE_ACTIONS.match(action)}
    assert on_cases == {"case:read", "case:cross_unit"}
    needing = [("unit_manager",), ("unit_manager", "statistics"), ("unit_manager", "social_secretary"), ("statistics",)]
    assert [table.needs_ground(roles) for roles in needing] == [True, True, False, False]


def test_whoever_can_carry_a_case_can_answer_its_reviewer() -> None:
    table = the_permissions()
    for role in carrying_roles():
        assert "review:answer" in table.actions_of([role]), f"{role} would be told to answer, and not be let"


def test_nobody_without_an_account_may_do_more_than_what_concerns_nobody() -> None:
    assert the_permissions().actions_of(None) == {PUBLIC}


def test_police_school_and_guardians_have_no_role() -> None:
    assert set(the_permissions().role_names()) == {
        "social_secretary",
        "coordinator",
        "reviewer",
        "decider",
        "unit_manager",
        "log_reviewer",
        "researcher",
        "statistics",
        "administrator",
    }


def test_every_yes_has_a_reason_in_both_languages() -> None:
    for action in the_permissions().actions:
        for reason in action.roles.values():
            assert all(len(text) > 10 and text.endswith(".") for text in (reason.sv, reason.en)), action.id


def test_an_unknown_role_and_a_repeated_action_are_told_with_their_lines(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    broken = text.replace("      researcher:\n", "      reseacher:\n", 1)
    broken += "  - id: public\n    title: {sv: x, en: x}\n    roles:\n      anyone: {sv: x, en: x}\n"
    path = tmp_path / "broken.yaml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_permissions(path)
    codes = {fault.code for fault in raised.value.faults}
    assert codes == {"unknown-role", "repeated-id"}
    assert all(re.search(r"line \d+", fault.where) for fault in raised.value.faults)


def test_an_action_that_nobody_may_do_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    broken = FILE.read_text(encoding="utf-8") + "  - id: nobody:does\n    title: {sv: x, en: x}\n    roles: {}\n"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_permissions(path)
    assert [re.search(r"line \d+", fault.where) is not None for fault in raised.value.faults] == [True]


def test_the_table_is_shown_by_the_api_and_as_a_page(house: House) -> None:
    shown = house.visitor().get("/api/v1/permissions").get_json()
    assert [action["id"] for action in shown["actions"]] == list(the_permissions().action_names())
    assert {role["id"]: role["never_with"] for role in shown["roles"]}["log_reviewer"] == ["administrator"]
    for language, word in (("sv", "Loggranskare"), ("en", "Log reviewer")):
        page = house.visitor().get("/permissions", headers={"Accept-Language": language}).text
        assert word in page
        for action in the_permissions().actions:
            assert action.title.in_language(language).replace("'", "&#39;") in page


def test_whoever_is_logged_in_sees_their_own_roles_first_and_any_role_when_asked(house: House) -> None:
    house.add("lo@kommun.example", "log_reviewer")
    visitor = house.logged_in("lo@kommun.example")
    titles = {action.id: action.title.sv for action in the_permissions().actions}
    for path, is_of_role in (("/permissions", "log_reviewer"), ("/permissions?role=decider", "decider")):
        page = visitor.get(path).text
        shown = {action for action, title in titles.items() if f'rowheader">{title}<' in page}
        assert shown == {action.id for action in the_permissions().actions if is_of_role in action.roles}
    assert all(title in visitor.get("/permissions?role=all").text for title in titles.values())


def test_every_ground_for_crossing_a_unit_has_a_source() -> None:
    assert all(ground.source for ground in the_grounds().grounds)
