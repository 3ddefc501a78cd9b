from tests.api.records.world import assessment
from tests.api.routes.records.desk import Desk
from tests.api.shapes import assert_problem

UNRATED = assessment(summary={"reoffending_risk": None, "reasons": ""})


def test_a_draft_is_saved_version_by_version_and_nobody_overwrites_another(desk: Desk) -> None:
    case = desk.case()
    made = desk.anna.post(f"{case}/drafts", {"own_view": "Vill sluta."})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    draft = made.headers["Location"]
    saved = desk.anna.send("PUT", draft, {"own_view": "Vill sluta helt."}, If_Match='"1"')
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"2"')
    for late in ('"1"', '"9"', 'W/"2"', '"2", "1"', "2", '"x"', '"' + "9" * 80 + '"'):
        answer = desk.bo.send("PUT", draft, {"own_view": "Vet inte."}, If_Match=late)
        assert answer.status_code == 409, late
        told = answer.get_json()
        assert told["type"] == "/problems/stale-draft"
        assert (told["saved"]["version"], told["saved"]["content"]["own_view"]) == (2, "Vill sluta helt.")
        assert told["refused"]["own_view"] == "Vet inte."
    for without in ({}, {"If_Match": "*"}):
        assert_problem(desk.bo.send("PUT", draft, {}, **without), 428, "precondition-required")
        assert_problem(desk.bo.send("DELETE", draft, **without), 428, "precondition-required")
    read = desk.bo.get(draft)
    assert (read.get_json()["content"]["own_view"], read.headers["ETag"]) == ("Vill sluta helt.", '"2"')
    assert desk.bo.get(draft, If_None_Match='"2"').status_code == 304
    assert desk.bo.send("DELETE", draft, If_Match='"1"').status_code == 409
    assert desk.bo.send("DELETE", draft, If_Match='"2"').status_code == 204
    assert_problem(desk.bo.get(draft), 404, "not-found")


def test_nothing_is_counted_before_the_professional_has_rated(desk: Desk) -> None:
    case = desk.case()
    made = desk.anna.made(f"{case}/drafts", UNRATED)
    draft = f"/api/v1/drafts/{made['id']}"
    assert_problem(desk.anna.get(f"{draft}/counts"), 409, "summary-rating-missing")
    answers = [
        desk.anna.get(draft),
        desk.anna.get(f"{case}/drafts"),
        desk.anna.get(case),
        desk.anna.send("PUT", draft, UNRATED, If_Match='"1"'),
        desk.anna.send("PUT", draft, UNRATED, If_Match='"1"'),
        desk.anna.post(f"{case}/assessments", {"draft": made["id"]}, If_Match='"2"'),
    ]
    assert [each.status_code for each in answers] == [200, 200, 200, 200, 409, 422]
    for each in answers:
        assert not any(word in each.text for word in ("profile", "moderate_or_high", "bounds", "complete_to_sign"))
    assert desk.anna.send("PUT", draft, assessment(), If_Match='"2"').status_code == 200
    counted = desk.anna.get(f"{draft}/counts").get_json()
    assert counted["version"] == 3
    assert counted["profile"]["own_behaviour"]["moderate_or_high"]["rated"] == 7
    changed = assessment(summary={"reoffending_risk": "low", "reasons": "Ändrade mig."})
    desk.anna.send("PUT", draft, changed, If_Match='"3"')
    signed = desk.anna.made(f"{case}/assessments", {"draft": made["id"]}, If_Match='"4"')
    assert signed["content"]["summary"]["reoffending_risk"] == "low"
    assert signed["content"]["summary_before_counts"]["reoffending_risk"] == "high"


def test_what_is_missing_in_a_draft_is_told_all_at_once_when_it_is_signed(desk: Desk) -> None:
    case = desk.case()
    draft = desk.anna.made(f"{case}/drafts", {})
    answer = desk.anna.post(f"{case}/assessments", {"draft": draft["id"]}, If_Match='"1"')
    places = {place for place, _ in assert_problem(answer, 422, "invalid-input")}
    assert {"/assessed_on", "/instrument", "/ratings", "/summary", "/own_view", "/best_interests"} <= places


def test_a_draft_is_signed_in_its_own_case_and_as_what_it_is(desk: Desk) -> None:
    case, other = desk.case(), desk.case()
    draft = desk.anna.made(f"{case}/drafts", assessment())["id"]
    for path in (f"{other}/assessments", f"{case}/second-ratings"):
        assert_problem(desk.anna.post(path, {"draft": draft}, If_Match='"1"'), 404, "not-found")
    assert_problem(desk.anna.get(f"/api/v1/second-rating-drafts/{draft}"), 404, "not-found")
    late = desk.anna.post(f"{case}/assessments", {"draft": draft}, If_Match='"3"')
    assert (late.status_code, late.get_json()["saved"]["version"]) == (409, 1)
    assert desk.anna.post(f"{case}/assessments", {"draft": draft}).status_code == 428


def test_an_assessment_that_comes_later_takes_the_place_of_the_one_before(desk: Desk) -> None:
    case = desk.case()
    first, second = desk.signed(case), desk.signed(case)
    assert second["takes_the_place_of"] == first["id"]
    listed = desk.anna.get(f"{case}/entries?kind=assessment").get_json()["entries"]
    assert [each["id"] for each in listed] == [first["id"], second["id"]]


def test_a_second_rating_is_made_unseen_on_every_route(desk: Desk) -> None:
    case = desk.case()
    draft = desk.anna.made(f"{case}/drafts", assessment())["id"]
    desk.anna.made(f"{case}/second-rating-requests", {"rater": desk.rita.account})
    first = desk.anna.made(f"{case}/assessments", {"draft": draft}, If_Match='"1"')["id"]
    screening = desk.anna.made(f"{case}/screenings", {"guidance": "stockholm_2012"})
    begun = desk.rita.post(f"{case}/second-rating-drafts", assessment())
    mine = begun.headers["Location"]
    assert begun.get_json()["kind"] == "second_rating"
    # the second rater sees neither the first rating nor anything that rests on it
    shown = desk.rita.get(case).get_json()
    assert shown["is_blind"]
    assert (shown["guidance"], shown["outcome"], shown["review"]) == (None, None, None)
    [listed] = desk.rita.get("/api/v1/cases").get_json()["cases"]
    assert (listed["is_blind"], listed["outcome"]) == (True, None)
    kinds = [each["kind"] for each in desk.rita.get(f"{case}/entries").get_json()["entries"]]
    assert kinds == ["second_rating_requested"]
    for path in (
        f"{case}/entries/{first}",
        f"{case}/screenings/{screening['id']}",
        f"{case}/screenings/{screening['id']}/replay",
        f"{case}/screenings/{screening['id']}/receipt",
        f"{case}/screenings/{screening['id']}/changes-since/{first}",
    ):
        answer = desk.rita.get(path)
        assert_problem(answer, 403, "blind-until-both-signed")
    for tag in (screening["content"]["sha256"], "x"):  # whether a guess of the digest is right is not told either
        guess = desk.rita.post(
            f"{case}/screenings/{screening['id']}/reviews", {"verdict": "agree"}, If_Match=f'"{tag}"'
        )
        assert_problem(guess, 403, "blind-until-both-signed")
    # the first rater does not see the second one
    assert desk.anna.get(mine).status_code == 403
    assert desk.anna.get(f"{case}/second-rating-drafts").get_json() == {"drafts": []}
    assert [row.outcome for row in desk.house.audit(actor=desk.anna.account, record_id=mine[-32:])] == ["refused"]
    second = desk.rita.made(f"{case}/second-ratings", {"draft": mine[-32:]}, If_Match='"1"')
    assert second["kind"] == "second_rating"
    assert desk.rita.get(f"{case}/entries/{first}").status_code == 200
    assert desk.anna.get(f"{case}/entries/{second['id']}").status_code == 200
    assert not desk.rita.get(case).get_json()["is_blind"]


def test_only_who_was_asked_begins_a_second_rating(desk: Desk) -> None:
    case = desk.case()
    assert_problem(desk.rita.post(f"{case}/second-rating-drafts", {}), 409, "not-asked-to-rate")
    stranger = desk.person("rut", "reviewer", unit="north")
    for rater in (stranger.account, desk.cecilia.account, "nobody", "", 7, None, ["x"], "0" * 32):
        answer = desk.anna.post(f"{case}/second-rating-requests", {"rater": rater})
        assert assert_problem(answer, 422, "invalid-input") == [("/rater", "unknown-rater")]
    answer = desk.anna.post(f"{case}/second-rating-requests", {"rater": desk.bo.account, "about": "x"})
    assert assert_problem(answer, 422, "invalid-input") == [("/about", "unknown-key")]
    desk.signed(case)
    assert_problem(
        desk.anna.post(f"{case}/second-rating-requests", {"rater": desk.anna.account}), 409, "own-second-rater"
    )
