import pytest

from api.cases.content import Content
from api.cases.kinds import KINDS, RECORDABLE
from api.cases.ratings.draft_content import AssessmentDraft
from tests.api.routes.records.desk import CASES, Desk
from tests.api.shapes import assert_problem

INTAKE = {"reporter": "school", "received_on": "2026-11-01", "preliminary_assessment": "open"}
CLOSING = {
    "closed_on": "2026-11-10",
    "result": "investigation_opened",
    "possible_sig_question": True,
    "reasons": "Flera tecken.",
}
CONSENT = {
    "person": "youth",
    "recipient": "police",
    "status": "given",
    "answered_on": "2026-11-02",
    "form": "written",
    "content": "Möten och plan.",
}


SENT = (*RECORDABLE, "consent", "consent_withdrawn", "second_rating_requested", "second_rating_withdrawn", "review")


@pytest.mark.parametrize("kind", [*(KINDS[name] for name in SENT), AssessmentDraft], ids=lambda kind: kind.KIND)
def test_every_part_that_is_sent_says_what_it_means(kind: type[Content]) -> None:
    own = {"screening_sha256", "needs_second_person"}
    assert [name for name, part in kind.model_fields.items() if not part.description and name not in own] == []


def test_an_intake_is_closed_and_handed_over(desk: Desk) -> None:
    case = desk.case()
    north = desk.person("eva", "social_secretary", unit="north")
    intake = desk.anna.made(f"{case}/intakes", INTAKE)
    assert north.get(case).status_code == 403
    closing = {**CLOSING, "hand_over": {"unit": "north", "ground": "SIG-fråga."}}
    closed = desk.anna.made(f"{case}/intakes/{intake['id']}/closing", closing)
    assert closed["about"] == intake["id"]
    assert north.get(case).get_json()["units"] == ["north", "sig"]
    assert_problem(desk.anna.post(f"{case}/intakes/{intake['id']}/closing", CLOSING), 409, "already-closed")
    assert_problem(desk.anna.post(f"{case}/hand-overs", {"unit": "north", "ground": "x"}), 409, "already-handed-over")
    told = {"due": True, "suitable": True, "reasons": "Skolan.", "given_on": "2026-11-10", "told": "opened"}
    assert desk.anna.made(f"{case}/intakes/{intake['id']}/feedback", told)["content"] == told


def test_a_key_without_hand_overs_closes_without_one(desk: Desk) -> None:
    case = desk.case()
    intake = desk.anna.made(f"{case}/intakes", INTAKE)["id"]
    visitor = desk.house.logged_in("anna@kommun.example")
    body = {"name": "e-tjänst", "actions": ["intake:write"], "days": 1}
    made = visitor.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": visitor.api_token()})
    desk.anna.key = made.get_json()["token"]
    closing = {**CLOSING, "hand_over": {"unit": "sig", "ground": "x"}}
    assert_problem(desk.anna.post(f"{case}/intakes/{intake}/closing", closing), 403, "forbidden")
    assert desk.anna.post(f"{case}/intakes/{intake}/closing", CLOSING).status_code == 201


def test_every_fault_of_an_entry_is_told_with_its_place_and_nothing_is_kept(desk: Desk) -> None:
    case = desk.case()
    for body, expected in (
        (
            {},
            {("/reporter", "missing-key"), ("/received_on", "missing-key"), ("/preliminary_assessment", "missing-key")},
        ),
        ({**INTAKE, "reporter": "x", "made_by": "eve"}, {("/reporter", "not-a-choice"), ("/made_by", "unknown-key")}),
        ({**INTAKE, "received_on": "2027-01-01"}, {("/received_on", "date-ahead")}),
        ({**INTAKE, "hidden_from_guardians": 1}, {("/hidden_from_guardians", "wrong-type")}),
    ):
        answer = desk.anna.post(f"{case}/intakes", body)
        assert set(assert_problem(answer, 422, "invalid-input")) == expected
    assert desk.anna.get(f"{case}/entries").get_json() == {"entries": [], "next": None}


def test_the_journal_is_read_page_by_page(desk: Desk) -> None:
    case = desk.case()
    made = [desk.anna.made(f"{case}/intakes", INTAKE)["id"] for _ in range(5)]
    seen, cursor = [], None
    for _ in range(4):
        page = desk.rita.get(f"{case}/entries?limit=2" + (f"&after={cursor}" if cursor else "")).get_json()
        seen += [each["id"] for each in page["entries"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made
    for bad in ("x", "LTE", "MA", "MXwx", "%F0%9F%98%80"):
        answer = desk.rita.get(f"{case}/entries?after={bad}")
        assert assert_problem(answer, 400, "bad-request") == [("?after", "bad-cursor")]
    answer = desk.rita.get(f"{case}/entries?kind=note")
    assert assert_problem(answer, 400, "bad-request") == [("?kind", "not-a-choice")]


def test_the_work_is_followed_from_start_to_ending(desk: Desk) -> None:
    case = desk.case()
    work = f"{case}/participation"
    meeting = {"held_on": "2026-10-20", "present": ["youth", "school"], "plan_followed_up": True}
    assert_problem(desk.cecilia.post(f"{work}/network-meetings", meeting), 409, "not-participating")
    start = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
    desk.cecilia.made(f"{work}/starts", start)
    desk.cecilia.made(f"{work}/network-meetings", meeting)
    [period] = desk.cecilia.get(work).get_json()["periods"]
    assert (period["next_meeting_by"], period["is_overdue"]) == ("2026-11-17", True)
    assert [each["kind"] for each in period["events"]] == ["network_meeting"]
    desk.cecilia.made(f"{work}/endings", {"ended_on": "2026-11-20", "reason": "completed"})
    outcome = {"observed_on": "2026-11-21", "months_after_ending": 0, "new_reports": "none"}
    desk.cecilia.made(f"{work}/outcomes", outcome)
    [period] = desk.cecilia.get(work).get_json()["periods"]
    assert (period["ended_on"], period["next_meeting_by"], period["is_overdue"]) == ("2026-11-20", None, False)


def test_a_view_holds_while_the_consent_does_and_no_longer(desk: Desk) -> None:
    case = desk.case()
    desk.anna.made(f"{case}/guardians", {"guardians": []})
    view = {"recipient": "police"}
    refused = desk.anna.post(f"{case}/views", view).get_json()
    assert refused["view"] is None
    assert refused["sharing"]["persons"] == [{"person": "youth", "status": "not_recorded"}]
    consent = desk.anna.made(f"{case}/consents", CONSENT)
    shared = desk.cecilia.post(f"{case}/views", view).get_json()
    assert shared["sharing"]["is_allowed"]
    assert shared["view"]["consented_to"] == ["Möten och plan."]
    gone = {"withdrawn_on": "2026-11-21", "withdrawn_by": "youth"}
    desk.cecilia.made(f"{case}/consents/{consent['id']}/withdrawals", gone)
    after = desk.anna.post(f"{case}/views", view).get_json()
    assert (after["view"], after["sharing"]["persons"][0]["status"]) == (None, "withdrawn")
    again = desk.anna.post(f"{case}/consents/{consent['id']}/withdrawals", gone)
    assert_problem(again, 409, "already-withdrawn")
    answer = desk.anna.post(f"{case}/views", {"recipient": "press"})
    assert assert_problem(answer, 422, "invalid-input") == [("/recipient", "unknown-recipient")]


def test_a_guardians_extract_leaves_out_what_guardians_are_not_to_see(desk: Desk) -> None:
    case = desk.case(registered_sex="female")
    desk.anna.made(f"{case}/guardians", {"guardians": ["g1"]})
    hidden = desk.anna.made(f"{case}/intakes", {**INTAKE, "note": "Skyddad adress.", "hidden_from_guardians": True})
    desk.anna.made(f"{case}/entries/{hidden['id']}/counter-statements", {"stated_by": "youth", "text": "Stämmer inte."})
    desk.anna.made(f"{case}/entries/{hidden['id']}/corrections", {"text": "Rättat.", "ground": "Fel dag."})
    own = desk.dag.post(f"{case}/extracts", {"reader": "youth"}).get_json()
    assert len(own["extract"]["entries"]) == 4
    assert own["extract"]["monitoring"] == {"registered_sex": "female"}
    guardian = desk.dag.post(f"{case}/extracts", {"reader": "g1"})
    assert guardian.get_json()["left_out"] == 3
    assert "Skyddad" not in guardian.text
    assert "female" not in guardian.text
    assert_problem(desk.dag.post(f"{case}/extracts", {"reader": "g2"}), 409, "not-a-party")


def test_a_case_is_purged_when_it_is_due_and_nothing_holds_it(desk: Desk) -> None:
    case, other = desk.case(), desk.case()
    key = case.rpartition("/")[2]
    hold = desk.anna.made(f"{case}/holds", {"reason": "Tvist."})
    assert desk.anna.get(case).status_code == 200
    desk.years_pass()
    dag, anna = desk.dag, desk.person("anja", "social_secretary")
    body = {"cases": [key], "dry_run": False}
    first = dag.get("/api/v1/retention/proposals?limit=1").get_json()
    [last] = dag.get(f"/api/v1/retention/proposals?after={first['next']}").get_json()["proposals"]
    found = {each["case"]: each["held_by"] for each in (*first["proposals"], last)}
    assert found == {key: hold["id"], other.rpartition("/")[2]: None}
    assert_problem(dag.post("/api/v1/retention/purges", body), 409, "held")
    lifted = anna.made(f"{case}/holds/{hold['id']}/lifting", {"reason": "Avslutad."})
    assert lifted["about"] == hold["id"]
    assert_problem(dag.post("/api/v1/retention/purges", body), 409, "not-due")
    due = {"cases": [other.rpartition("/")[2]], "dry_run": True}
    assert dag.post("/api/v1/retention/purges", due).get_json()["dry_run"]
    assert dag.get(other).status_code == 200
    assert dag.post("/api/v1/retention/purges", {**due, "dry_run": False}).status_code == 200
    assert_problem(dag.get(other), 404, "not-found")
    assert_problem(dag.post("/api/v1/retention/purges", {**due, "dry_run": False}), 404, "not-found")
    assert [each["id"] for each in dag.get(CASES).get_json()["cases"]] == [key]
    for cases, place in (([], "/cases"), (["x"], "/cases/0")):
        answer = dag.post("/api/v1/retention/purges", {"cases": cases, "dry_run": True})
        assert [where for where, _ in assert_problem(answer, 422, "invalid-input")] == [place]


def test_answers_on_the_work_come_from_another_system_by_the_questions_that_were_asked(desk: Desk) -> None:
    case = desk.case()
    work = f"{case}/participation"
    told = {"told_on": "2026-10-20", "told_by": "guardian", "way": "paper", "definition": "experience@1.0"}
    answered = {**told, "answers": {"gets_help": "in_part"}}
    assert_problem(desk.cecilia.post(f"{work}/experiences", answered), 409, "not-participating")
    start = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
    desk.cecilia.made(f"{work}/starts", start)
    for wrong, place in (
        ({**answered, "definition": "experience@9.0"}, "/definition"),
        ({**answered, "answers": {"gets_help": "mostly"}}, "/answers/gets_help"),
        ({**answered, "answers": {"likes_us": "agree"}}, "/answers/likes_us"),
        ({**answered, "told_by": "anna"}, "/told_by"),
        ({**told, "answers": {}}, "/answers/listened_to"),
        ({**answered, "told_on": "2031-01-01"}, "/told_on"),
    ):
        answer = desk.cecilia.post(f"{work}/experiences", wrong)
        assert [where for where, _ in assert_problem(answer, 422, "invalid-input")] == [place], wrong
    made = desk.cecilia.made(f"{work}/experiences", answered)
    assert made["content"] == {**answered, "own_words": None}
