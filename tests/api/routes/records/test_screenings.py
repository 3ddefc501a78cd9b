from api.cases.screenings.receipts import signing_key, verify_receipt
from tests.api.accounts.people import SIGNING_KEY
from tests.api.records.world import FACTS, LIBRARY
from tests.api.routes.records.desk import Desk
from tests.api.shapes import assert_problem

DEVIATION = {
    "verdict": "deviate",
    "applies": "not_target_group",
    "deviation": "safety",
    "reasons": "Skyddet går före.",
}


def test_facts_are_recorded_together_and_the_latest_stands(desk: Desk) -> None:
    case = desk.case()
    first = desk.anna.made(f"{case}/facts", {"facts": FACTS})["entries"]
    assert {each["content"]["fact"] for each in first} == set(FACTS)
    [later] = desk.cecilia.made(f"{case}/facts", {"facts": {"gang_ties": "none"}, "hidden_from_guardians": True})[
        "entries"
    ]
    assert later["hidden_from_guardians"]
    assert later["takes_the_place_of"] in {each["id"] for each in first}
    now = {each["content"]["fact"]: each["content"]["given"] for each in desk.anna.get(f"{case}/facts").json["entries"]}
    assert now == {**FACTS, "gang_ties": "none"}


def test_a_fault_in_a_fact_is_told_with_its_place(desk: Desk) -> None:
    case = desk.case()
    for body, places in (
        ({"facts": {"gang_ties": "maybe", "sex": "x"}}, {"/facts/gang_ties", "/facts/sex"}),
        ({"facts": {"birth_date": "2010-01-01"}}, {"/facts/birth_date"}),
        ({"facts": {}}, {"/facts"}),
        ({"facts": []}, {"/facts"}),
        ({}, {"/facts"}),
        ({"facts": FACTS, "hidden_from_guardians": "no"}, {"/hidden_from_guardians"}),
        ({"facts": FACTS, "made_by": "eve"}, {"/made_by"}),
    ):
        answer = desk.anna.post(f"{case}/facts", body)
        assert {place for place, _ in assert_problem(answer, 422, "invalid-input")} == places
    assert desk.anna.get(f"{case}/facts").get_json() == {"entries": []}


def test_the_result_alone_is_that_of_the_same_screening(desk: Desk) -> None:
    case = desk.case()
    made = desk.screened(case)
    sent = {"guidance": "stockholm_2012"}
    answer = desk.anna.post(f"{case}/screenings/result", sent, Idempotency_Key="once")
    brief = answer.get_json()
    again = desk.anna.post(f"{case}/screenings/result", sent, Idempotency_Key="once")
    assert (again.status_code, again.get_json()) == (201, brief)
    assert answer.headers["Location"] == brief["explanation"] == again.headers["Location"]
    shown = desk.rita.get(brief["explanation"])
    assert shown.headers["ETag"] == answer.headers["ETag"] == f'"{brief["sha256"]}"'
    assert shown.get_json()["explanation"] == made["explanation"]
    assert (shown.get_json()["id"], shown.get_json()["number"]) == (brief["id"], made["number"] + 1)
    for name in ("outcome", "flags", "flags_open", "definitions", "reference_date", "guidance", "sha256"):
        assert brief[name] == made["explanation"][name]
    assert desk.rita.get(brief["best_before"]).status_code == 200
    desk.rita.made(brief["reviews"], {"verdict": "agree"}, If_Match=answer.headers["ETag"])


def test_a_screening_is_explained_and_works_out_to_the_same_again(desk: Desk) -> None:
    case = desk.case()
    made = desk.screened(case)
    path = f"{case}/screenings/{made['id']}"
    read = desk.rita.get(path)
    assert read.get_json() == made
    digest = made["explanation"]["sha256"]
    assert read.headers["ETag"] == f'"{digest}"'
    assert desk.rita.get(path, If_None_Match=f'"{digest}"').status_code == 304
    assert made["explanation"]["outcome"] == made["content"]["outcome"]
    replayed = desk.rita.get(f"{path}/replay").get_json()
    assert replayed["agrees"]
    assert replayed["from_codes"] == digest
    receipt = desk.dag.get(f"{path}/receipt").get_json()
    assert verify_receipt(receipt, signing_key(SIGNING_KEY).public_key(), LIBRARY).holds
    assert "2010-03-14" not in str(receipt)
    assert desk.anna.get(case).get_json()["stage"] == "screened"


def test_what_cannot_be_screened_by_is_told(desk: Desk) -> None:
    case = desk.case()
    for body, fault in (
        ({"guidance": "lost"}, ("/guidance", "unknown-definition")),
        ({}, ("/guidance", "missing-key")),
        ({"guidance": "stockholm_2012", "outcome": "supports_offer"}, ("/outcome", "unknown-key")),
        ({"guidance": "stockholm_2012", "reference_date": "yesterday"}, ("/reference_date", "impossible-date")),
    ):
        assert assert_problem(desk.anna.post(f"{case}/screenings", body), 422, "invalid-input") == [fault]
    assert_problem(desk.anna.get(f"{case}/screenings/{'0' * 32}"), 404, "not-found")


def test_a_review_is_signed_against_the_explanation_that_was_read(desk: Desk) -> None:
    case = desk.case()
    screening = desk.screened(case)
    path, tag = f"{case}/screenings/{screening['id']}/reviews", f'"{screening["explanation"]["sha256"]}"'
    assert_problem(desk.rita.post(path, {"verdict": "agree"}), 428, "precondition-required")
    assert_problem(desk.rita.post(path, {"verdict": "agree"}, If_Match="*"), 428, "precondition-required")
    wrong = desk.rita.post(path, {"verdict": "agree"}, If_Match='"' + "0" * 64 + '"')
    assert wrong.status_code == 412
    assert wrong.get_json()["saved"] == {"screening": screening["id"], "sha256": screening["explanation"]["sha256"]}
    assert wrong.get_json()["refused"] == {"sha256": "0" * 64, "verdict": "agree"}
    signed = desk.rita.made(path, {"verdict": "agree"}, If_Match=tag)
    assert signed["content"]["screening_sha256"] == tag.strip('"')
    newer = desk.anna.made(f"{case}/screenings", {"guidance": "skl_2015"})
    stale = desk.rita.post(path, {"verdict": "agree"}, If_Match=tag)
    assert (stale.status_code, stale.get_json()["saved"]["screening"]) == (412, newer["id"])


def test_a_deviation_needs_its_reason_and_a_second_person(desk: Desk) -> None:
    case = desk.case()
    screening = desk.screened(case)
    path, tag = f"{case}/screenings/{screening['id']}/reviews", f'"{screening["explanation"]["sha256"]}"'
    answer = desk.dag.post(path, {"verdict": "deviate"}, If_Match=tag)
    assert {place for place, _ in assert_problem(answer, 422, "invalid-input")} == {
        "/applies",
        "/deviation",
        "/reasons",
    }
    own = desk.dag.post(path, {**DEVIATION, "needs_second_person": False}, If_Match=tag)
    assert assert_problem(own, 422, "invalid-input") == [("/needs_second_person", "unknown-key")]
    review = desk.dag.made(path, DEVIATION, If_Match=tag)
    assert review["content"]["needs_second_person"]
    countersignature = f"{case}/reviews/{review['id']}/countersignatures"
    assert_problem(desk.dag.post(countersignature, {}, If_Match=tag), 409, "same-person")
    assert_problem(desk.rita.post(countersignature, {}, If_Match=tag), 403, "forbidden")
    second = desk.person("disa", "decider")
    assert second.made(countersignature, {"note": "Instämmer."}, If_Match=tag)["about"] == review["id"]
    assert_problem(second.post(countersignature, {}, If_Match=tag), 409, "already-countersigned")
    told = [desk.anna.get(each).get_json() for each in (case, path.removesuffix("/reviews"))]
    for each in told:
        assert [each[name] for name in ("applies", "outcome", "review")] == [
            "not_target_group",
            "supports_offer",
            "deviate",
        ]
    assert told[1]["explanation"]["outcome"] == "supports_offer"


def test_a_deviation_is_rejected_with_a_reason_and_what_was_read_before_is_no_longer_fresh(desk: Desk) -> None:
    case = desk.case()
    screening = desk.screened(case)
    path, digest = f"{case}/screenings/{screening['id']}", screening["explanation"]["sha256"]
    unreviewed = desk.anna.get(path).headers["ETag"]
    review = desk.rita.made(f"{path}/reviews", DEVIATION, If_Match=unreviewed)
    waiting = desk.anna.get(path, If_None_Match=unreviewed)
    assert (waiting.status_code, waiting.get_json()["review"]) == (200, "awaits_second_person")
    rejections = f"{case}/reviews/{review['id']}/rejections"
    tag = waiting.headers["ETag"]
    assert tag.startswith(f'"{digest}-')
    assert assert_problem(desk.dag.post(rejections, {}, If_Match=tag), 422, "invalid-input") == [
        ("/reasons", "missing-key")
    ]
    assert desk.dag.made(rejections, {"reasons": "Inte så."}, If_Match=tag)["kind"] == "review_rejected"
    told = desk.anna.get(case).get_json()
    assert [told[name] for name in ("applies", "outcome", "review", "stage")] == [
        "supports_offer",
        "supports_offer",
        "rejected",
        "screened",
    ]


def test_whoever_rated_may_not_review(desk: Desk) -> None:
    case, all_roles = desk.case(), desk.person("alma", "social_secretary", "reviewer", "decider")
    desk.anna.made(f"{case}/facts", {"facts": FACTS})
    desk.signed(case, by=all_roles)
    made = all_roles.made(f"{case}/screenings", {"guidance": "stockholm_2012"})
    path, tag = f"{case}/screenings/{made['id']}/reviews", f'"{made["explanation"]["sha256"]}"'
    assert_problem(all_roles.post(path, {"verdict": "agree"}, If_Match=tag), 409, "own-assessment")
    review = desk.rita.made(path, DEVIATION, If_Match=tag)
    second = f"{case}/reviews/{review['id']}/countersignatures"
    assert_problem(all_roles.post(second, {}, If_Match=tag), 409, "own-assessment")


def test_change_between_two_screenings_is_told_by_its_cause(desk: Desk) -> None:
    case = desk.case()
    earlier = desk.screened(case)
    desk.anna.made(f"{case}/facts", {"facts": {"gang_ties": "none"}})
    later = desk.anna.made(f"{case}/screenings", {"guidance": "stockholm_2012"})
    found = desk.rita.get(f"{case}/screenings/{later['id']}/changes-since/{earlier['id']}").get_json()
    assert {"what": "fact.gang_ties", "before": "suspected", "after": "none", "cause": "person"} in found["inputs"]
    backwards = desk.rita.get(f"{case}/screenings/{earlier['id']}/changes-since/{later['id']}")
    assert_problem(backwards, 409, "not-in-order")
    elsewhere = desk.case()
    other = desk.anna.made(f"{elsewhere}/screenings", {"guidance": "stockholm_2012"})
    mixed = desk.rita.get(f"{case}/screenings/{later['id']}/changes-since/{other['id']}")
    assert_problem(mixed, 404, "not-found")
