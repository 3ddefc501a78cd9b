"""One journey through the API that calls every route of the records, with the same words in every free text."""

from typing import Any

from tests.api.records.world import FACTS, assessment
from tests.api.routes.records.desk import CASES, NUMBER, Desk

TOLD = {"told_on": "2026-11-03", "told_by": "youth", "way": "paper", "definition": "experience@1.0", "answers": {}}
MEETING = {"held_on": "2026-11-02", "present": ["youth"]}


def walk_everything(desk: Desk, words: str, reference: str) -> list[str]:
    """Call every route at least once so that it succeeds.

    Parameters
    ----------
    words : str
        Stand wherever something can be said freely.

    Returns
    -------
    list of str
        The addresses of both cases.
    """
    anna, rita, dag = desk.anna, desk.rita, desk.dag
    body = {"unit": "sig", "reference": reference, "personal_number": NUMBER, "registered_sex": "female"}
    case = f"{CASES}/{anna.made(CASES, body)['id']}"
    get(desk, CASES, case)
    assert anna.post(f"{CASES}/search", {"personal_number": NUMBER}).status_code == 200
    _intake(desk, case, words)
    _rate(desk, case, words)
    anna.made(f"{case}/facts", {"facts": {**FACTS, "coordinated_need": {"value": "yes", "reason": words}}})
    anna.made(f"{case}/screenings/result", {"guidance": "stockholm_2012"})
    first, later = (anna.made(f"{case}/screenings", {"guidance": "stockholm_2012"}) for _ in range(2))
    one = f"{case}/screenings/{later['id']}"
    get(desk, f"{case}/facts", one)
    for path in (f"{one}/replay", f"{one}/best-before", f"{one}/receipt", f"{one}/changes-since/{first['id']}"):
        assert dag.get(path).status_code in (200, 403), path
    assert rita.get(f"{one}/changes-since/{first['id']}").status_code == 200
    tag = f'"{later["explanation"]["sha256"]}"'
    applies = "not_target_group" if later["outcome"] != "not_target_group" else "supports_offer"
    deviation = {"verdict": "deviate", "applies": applies, "deviation": "other", "reasons": words}
    asked = rita.made(f"{one}/questions", {"question": words}, If_Match=tag)
    anna.made(f"{case}/questions/{asked['id']}/answers", {"reply": words})
    rejected = rita.made(f"{one}/reviews", deviation, If_Match=tag)
    dag.made(f"{case}/reviews/{rejected['id']}/rejections", {"reasons": words}, If_Match=tag)
    review = rita.made(f"{one}/reviews", deviation, If_Match=tag)
    dag.made(f"{case}/reviews/{review['id']}/countersignatures", {"note": words}, If_Match=tag)
    _take_part(desk, case, words)
    _disclose(desk, case, words)
    return [case, _purge(desk, reference)]


def get(desk: Desk, *paths: str) -> None:
    for path in paths:
        assert desk.anna.get(path).status_code == 200, path


def _intake(desk: Desk, case: str, words: str) -> None:
    anna = desk.anna
    came = {"reporter": "police", "received_on": "2026-11-01", "preliminary_assessment": "open", "note": words}
    intake = anna.made(f"{case}/intakes", came)["id"]
    closing = {"closed_on": "2026-11-02", "result": "no_investigation", "possible_sig_question": True, "reasons": words}
    anna.made(f"{case}/intakes/{intake}/closing", closing)
    anna.made(f"{case}/intakes/{intake}/feedback", {"due": False, "reasons": words})
    desk.person("eva", "social_secretary", unit="north")
    anna.made(f"{case}/hand-overs", {"unit": "north", "ground": words})
    anna.made(f"{case}/caseworkers", {"caseworker": desk.bo.account, "co_worker": desk.anna.account, "note": words})
    anna.made(f"{case}/entries/{intake}/corrections", {"text": words, "ground": words})
    anna.made(f"{case}/entries/{intake}/counter-statements", {"stated_by": "youth", "text": words})
    get(desk, f"{case}/entries", f"{case}/entries/{intake}")


def _rate(desk: Desk, case: str, words: str) -> None:
    full: dict[str, Any] = assessment(own_view=words, best_interests=words, helping=words, confidence_note=words)
    for person, drafts, signed in (
        (desk.anna, "drafts", "assessments"),
        (desk.rita, "second-rating-drafts", "second-ratings"),
    ):
        if person is desk.rita:
            asked = desk.anna.made(f"{case}/second-rating-requests", {"rater": desk.bo.account})["id"]
            desk.anna.made(f"{case}/second-rating-requests/{asked}/withdrawal", {"reasons": words})
            desk.bo.made(f"{case}/second-rating-requests", {"rater": person.account})
        gone = person.made(f"{case}/{drafts}", {})["id"]
        assert person.send("DELETE", f"/api/v1/{drafts}/{gone}", If_Match='"1"').status_code == 204
        key = person.made(f"{case}/{drafts}", {})["id"]
        one = f"/api/v1/{drafts}/{key}"
        assert person.send("PUT", one, full, If_Match='"1"').status_code == 200
        for path in (one, f"{one}/counts", f"{case}/{drafts}"):
            assert person.get(path).status_code == 200, path
        person.made(f"{case}/{signed}", {"draft": key}, If_Match='"2"')


def _take_part(desk: Desk, case: str, words: str) -> None:
    start = {"started_on": "2026-11-01", "part_of_decision": "no", "court_ordered": "unknown", "note": words}
    taken = {"taken_on": "2026-11-01", "position": "offer", "answer": "accepted", "reasons": words}
    desk.anna.made(f"{case}/positions", taken)
    for path, body in (
        ("officials-meetings", {**MEETING, "note": words}),
        ("starts", start),
        ("network-meetings", {**MEETING, "plan_followed_up": False, "why_not": words}),
        ("plan-follow-ups", {"followed_up_on": "2026-11-03", "text": words}),
        ("family-support", {"offered_on": "2026-11-03", "text": words}),
        ("results", {"observed_on": "2026-11-03", "new_reports": "none", "source": words, "note": words}),
        ("experiences", {**TOLD, "own_words": words}),
        ("resources", {"recorded_on": "2026-11-03", "placement_avoided": "unknown", "how_counted": words}),
        ("endings", {"ended_on": "2026-11-04", "reason": "other", "note": words}),
        ("outcomes", {"observed_on": "2026-11-05", "months_after_ending": 0, "new_reports": "none", "source": words}),
    ):
        if path == "endings":
            _plan(desk, case, words)
        desk.cecilia.made(f"{case}/participation/{path}", body)
    get(desk, f"{case}/participation")
    desk.anna.made(f"{case}/closings", {"closed_on": "2026-11-05", "reasons": words})


def _plan(desk: Desk, case: str, words: str) -> None:
    measure = {"id": "m1", "what": words, "who": "youth", "by": "2026-12-01"}
    goals = [{"id": "g1", "text": words, "measures": [measure]}]
    plan = {"planned_on": "2026-11-03", "goals": goals, "beside_note": words, "why_changed": words}
    made = desk.cecilia.made(f"{case}/participation/plans", plan)["id"]
    stopped = [{"measure": "m1", "status": "stopped", "why": words}]
    path = f"{case}/participation/plans/{made}/follow-ups"
    desk.cecilia.made(path, {"followed_up_on": "2026-11-03", "measures": stopped})


def _disclose(desk: Desk, case: str, words: str) -> None:
    anna = desk.anna
    anna.made(f"{case}/guardians", {"guardians": []})
    answered = {"status": "given", "answered_on": "2026-11-02", "form": "oral", "content": words}
    consent = anna.made(f"{case}/consents", {"person": "youth", "recipient": "school", **answered})["id"]
    assert anna.post(f"{case}/views", {"recipient": "school"}).get_json()["view"] is not None
    gone = {"withdrawn_on": "2026-11-03", "withdrawn_by": "youth", "note": words}
    anna.made(f"{case}/consents/{consent}/withdrawals", gone)
    assert anna.post(f"{case}/extracts", {"reader": "youth"}).status_code == 200
    given = {"recipient": "school", "disclosed_on": "2026-11-03", "ground": words, "what": words}
    anna.made(f"{case}/disclosures", given)
    hold = anna.made(f"{case}/holds", {"reason": words})["id"]
    anna.made(f"{case}/holds/{hold}/lifting", {"reason": words})


def _purge(desk: Desk, reference: str) -> str:
    old = desk.anna.made(CASES, {"unit": "sig", "reference": f"{reference}-2"})["id"]
    desk.years_pass()
    later = desk.person("disa", "decider")
    assert later.get("/api/v1/retention/proposals").status_code == 200
    assert later.post("/api/v1/retention/purges", {"cases": [old], "dry_run": False}).status_code == 200
    return f"{CASES}/{old}"
