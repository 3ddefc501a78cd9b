"""The pages of an action plan: written without scripts, changed without losing anything, followed up at a meeting."""

import html
import re
from typing import Any

import pytest

from api.cases.plans.kinds import MOST_GOALS
from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, Worker, at_work
from tests.thoroughness import a_few

STARTED = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
PLAN = {
    "planned_on": "2026-11-01",
    "goals.0.text": "Jag vill klara nian.",
    "goals.0.area": "education",
    "goals.0.shared.school": "yes",
    "goals.0.measures.0.what": "Mentorssamtal varje vecka",
    "goals.0.measures.0.who": "school",
    "goals.0.measures.0.by": "2026-12-10",
    "beside.functional_family_therapy": "yes",
}
SECOND = {
    "goals.0.measures.1.what": "Ringer på morgonen",
    "goals.0.measures.1.who": "other",
    "goals.0.measures.1.who_other": "mormor",
    "goals.0.measures.1.by": "2026-11-10",
}


@pytest.fixture
def anna(house: House) -> Worker:
    return at_work(house)


@pytest.fixture
def case(anna: Worker) -> str:
    case = anna.open_case()
    started = anna.send(f"{case}/follow-up/participation_started", STARTED)
    assert started.status_code == 303, html.unescape(started.text)
    return case


def shown(answer: Any, status: int) -> str:
    page = html.unescape(answer.text)
    assert answer.status_code == status, re.findall(r'field-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return page


def save(anna: Worker, case: str, **fields: str) -> None:
    answer = anna.send(f"{case}/plan/change", {**PLAN, **fields})
    assert answer.status_code == 303, shown(answer, 303)


def written(page: str) -> dict[str, str]:
    """Every field of the form that is filled in."""
    lines = dict(re.findall(r'<input class="form-control[^>]*name="([^"]+)"[^>]*value="([^"]+)"', page))
    lines |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]+)</textarea>', page))
    lines |= dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)"[^>]* checked', page), "yes")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        if chosen := re.search(r'value="([^"]+)" selected', options):
            lines[name] = chosen[1]
    return lines


def test_a_goal_and_a_measure_are_added_by_buttons_and_nothing_that_was_written_is_lost(
    anna: Worker, case: str
) -> None:
    path = f"{case}/plan/change"
    page = shown(anna.send(path, {**PLAN, "add": "0"}), 200)
    assert written(page) == PLAN
    assert 'name="goals.0.measures.1.what"' in page
    page = shown(anna.send(path, {**PLAN, **SECOND, "add": "goal"}), 200)
    assert written(page) == {**PLAN, **SECOND}
    assert 'name="goals.1.text"' in page
    assert "Ingen plan är skriven" in anna.see(f"{case}/plan"), "adding saves nothing"
    page = shown(anna.send(path, {**PLAN, **SECOND, "goals.1.text": "", "change_language": "en"}), 200)
    assert written(page) == {**PLAN, **SECOND}
    assert "Goal 2" in page


def test_nothing_that_was_written_is_lost_by_asking_for_more_than_a_plan_can_hold(anna: Worker, case: str) -> None:
    full = {**PLAN, **{f"goals.{number}.text": f"Mål {number}" for number in range(1, MOST_GOALS)}}
    assert written(shown(anna.send(f"{case}/plan/change", {**full, "add": "goal"}), 200)) == full


def test_who_does_a_measure_is_one_and_what_was_written_beside_a_choice_is_not_dropped(anna: Worker, case: str) -> None:
    both = {**PLAN, "goals.0.measures.0.who_other": "fotbollstränaren"}
    page = shown(anna.send(f"{case}/plan/change", both), 422)
    assert written(page) == both
    assert "Välj ”någon annan”, eller ta bort det du skrev." in page


def test_the_plan_is_shown_with_its_goals_measures_and_the_decision(anna: Worker, case: str) -> None:
    save(anna, case, **SECOND)
    for page in (anna.see(f"{case}/plan"), anna.see(case), anna.see(f"{case}/follow-up")):
        assert "Jag vill klara nian." in page
        assert "Mentorssamtal varje vecka" in page
        assert "mormor" in page
        assert "Försenade åtgärder: 1." in page
    assert "Funktionell familjeterapi (FFT)" in anna.see(f"{case}/plan")
    assert "Barnets utveckling: Utbildning" in anna.see(f"{case}/plan/change")


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    a_few(
        [
            ({"planned_on": ""}, "planned_on", "Ange ett svar."),
            ({"planned_on": "i går"}, "planned_on", "Skriv dagen som 2026-11-21."),
            ({"goals.0.text": ""}, "goals.0.text", "Ange ett svar."),
            ({"goals.0.measures.0.by": ""}, "goals.0.measures.0.by", "Ange ett svar."),
            ({"goals.0.measures.0.by": "snart"}, "goals.0.measures.0.by", "Skriv dagen som 2026-11-21."),
            ({"goals.0.measures.0.who": ""}, "goals.0.measures.0.who", "Ange ett svar."),
            ({"goals.0.measures.0.who": "other"}, "goals.0.measures.0.who_other", "Ange ett svar."),
            ({"goals.0.area": "football"}, "goals.0.area", "Välj ett av svaren."),
            # a goal that was left blank between two others does not move what is said of the third
            ({"goals.2.text": "Jag vill spela fotboll."}, "goals.2.measures.0.what", "Ange ett svar."),
            (
                {"goals.2.text": "Fotboll.", "goals.2.measures.1.what": "Tränar", "goals.2.measures.1.who": "youth"},
                "goals.2.measures.1.by",
                "Ange ett svar.",
            ),
        ]
    ),
)
def test_what_is_wrong_is_said_at_its_field_and_all_else_is_kept(
    anna: Worker, case: str, wrong: dict[str, str], field: str, said: str
) -> None:
    page = shown(anna.send(f"{case}/plan/change", {**PLAN, **SECOND, **wrong}), 422)
    beside = re.search(rf'id="{re.escape(field.replace(".", "-"))}-error">(.*?)</p>', page, re.DOTALL)
    assert beside, re.findall(r'id="([\w-]+-error)"', page)
    assert said in beside[1]
    kept = {name: value for name, value in {**PLAN, **SECOND, **wrong}.items() if value and value != "football"}
    assert kept.items() <= written(page).items()


def test_a_plan_without_a_goal_is_no_plan(anna: Worker, case: str) -> None:
    page = shown(anna.send(f"{case}/plan/change", {"planned_on": "2026-11-01"}), 422)
    assert 'id="goals-0-text-error"' in page


def test_a_changed_plan_says_in_words_what_was_changed_and_the_old_one_can_be_read(anna: Worker, case: str) -> None:
    save(anna, case, **SECOND)
    page = anna.see(f"{case}/plan/change")
    assert written(page).items() >= {**PLAN, "planned_on": "2026-11-21", "goals.0.measures.1.who": "mormor"}.items()
    kept = {**written(page), "goals.0.measures.0.by": "2026-12-20", "goals.0.measures.1.remove": "yes"}
    more = {
        "goals.1.text": "Jag vill spela igen.",
        "goals.1.measures.0.what": "Tränar",
        "goals.1.measures.0.who": "youth",
    }
    answer = anna.send(f"{case}/plan/change", {**kept, **more, "goals.1.measures.0.by": "2026-12-24"})
    assert answer.status_code == 303, shown(answer, 303)
    page = anna.see(f"{case}/plan")
    for said in (
        "Version 2",
        "Mentorssamtal varje vecka: till 2026-12-20 i stället för 2026-12-10",
        "Åtgärden är borttagen: Ringer på morgonen (mormor, 2026-11-10)",
        "Nytt mål: Jag vill spela igen.",
        "Ny åtgärd: Tränar (Den unge, 2026-12-24)",
    ):
        assert said in page
    [first] = set(re.findall(rf"{case}/plan/versions/(\w+)", page))
    before = anna.see(f"{case}/plan/versions/{first}")
    assert "Det här är en tidigare version." in before
    assert "Ringer på morgonen" in before
    assert "Ändrad åtgärdsplan" in anna.see(case)


def test_whoever_changes_a_plan_that_was_changed_meanwhile_is_told_and_loses_nothing(
    house: House, anna: Worker, case: str
) -> None:
    save(anna, case)
    opened = anna.visitor.get(f"{case}/plan/change").text
    bo = at_work(house, BO)
    save(bo, case, **{"goals.0.text": "Jag vill gå ut nian."})
    before = re.search(r'name="before" value="(\w+)"', opened)[1]  # type: ignore[index]
    mine = {**PLAN, "goals.0.text": "Jag vill ha betyg."}
    page = shown(anna.send(f"{case}/plan/change", {**mine, "before": before}), 409)
    assert "Någon annan har ändrat planen" in page
    assert mine.items() <= written(page).items()
    again = re.search(r'name="before" value="(\w+)"', page)[1]  # type: ignore[index]
    assert anna.send(f"{case}/plan/change", {**mine, "before": again}).status_code == 303
    assert "Version 3" in anna.see(f"{case}/plan")


MEETING = {"held_on": "2026-11-20", "plan_followed_up": "yes", "present": "youth, school"}


def test_a_network_meeting_follows_the_measures_up_and_what_is_left_blank_stays_blank(anna: Worker, case: str) -> None:
    save(anna, case, **SECOND)
    path = f"{case}/follow-up/network_meeting"
    assert "Planens åtgärder" in anna.see(path)
    page = shown(anna.send(path, {**MEETING, "measure.m1.status": "stopped"}), 422)
    assert 'id="measure-m1-why-error"' in page
    assert re.search(r'name="measure.m1.status"[^>]*value="stopped" checked', page)
    said = {"measure.m1.status": "stopped", "measure.m1.why": "Mentorn slutade"}
    page = shown(anna.send(path, {**MEETING, **said, "plan_followed_up": "no", "why_not": "Hann inte"}), 422)
    assert 'id="plan_followed_up-error"' in page
    assert "Mentorn slutade" in page
    assert anna.send(path, {**MEETING, **said, "measure.m2.status": ""}).status_code == 303
    page = anna.see(f"{case}/plan")
    assert "Avbruten (2026-11-20): Mentorn slutade" in page
    assert "Inte uppföljd än" in page
    assert "Åtgärder följdes upp 2026-11-20" in anna.see(case)


def test_a_meeting_in_which_no_measure_was_followed_up_is_recorded_as_before(anna: Worker, case: str) -> None:
    save(anna, case)
    assert anna.send(f"{case}/follow-up/network_meeting", MEETING).status_code == 303
    assert "Åtgärder följdes upp" not in anna.see(case)


def test_measures_are_followed_up_between_meetings_too(anna: Worker, case: str) -> None:
    save(anna, case)
    path = f"{case}/plan/follow-up"
    page = shown(anna.send(path, {"followed_up_on": "2026-11-20"}), 422)
    assert 'id="measure-m1-status-error"' in page
    assert anna.send(path, {"followed_up_on": "2026-11-20", "measure.m1.status": "done"}).status_code == 303
    assert "Gjord (2026-11-20)" in anna.see(f"{case}/plan")
