"""A request that is sent again, since its answer was lost, is not carried out again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from api.cases.repeating import KEPT
from api.store.request_tables import AnsweredRequest
from api.store.schema import Entry
from tests.api.accounts.people import Clock
from tests.api.records.world import FACTS, assessment
from tests.api.routes.records.desk import CASES, NUMBER, Desk
from tests.api.shapes import assert_problem

INTAKE = {"reporter": "school", "received_on": "2026-11-01", "preliminary_assessment": "open"}


def kept(desk: Desk) -> list[AnsweredRequest]:
    with desk.house.database.looking() as session:
        return list(session.scalars(select(AnsweredRequest)))


def test_the_same_request_gives_the_same_answer_and_makes_nothing_more(desk: Desk) -> None:
    case = desk.case()
    for path, body, headers in (
        (CASES, {"unit": "sig", "reference": "2026-900", "personal_number": NUMBER}, {}),
        (f"{case}/intakes", INTAKE, {}),
        (f"{case}/facts", {"facts": FACTS}, {}),
        (f"{case}/drafts", assessment(), {}),
        (f"{case}/screenings", {"guidance": "stockholm_2012"}, {}),
    ):
        first, again = (desk.anna.post(path, body, Idempotency_Key=f"key:{path}", **headers) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201), first.text
        for name in ("ETag", "Location"):
            assert first.headers[name] == again.headers[name], path
        assert first.get_json() == again.get_json()
    draft = desk.anna.get(f"{case}/drafts").get_json()["drafts"][0]["id"]
    signed = [
        desk.anna.post(f"{case}/assessments", {"draft": draft}, Idempotency_Key="sign", If_Match='"1"')
        for _ in range(2)
    ]
    assert [each.status_code for each in signed] == [201, 201]
    assert signed[0].get_json() == signed[1].get_json()
    kinds = [each["kind"] for each in desk.anna.get(f"{case}/entries").get_json()["entries"]]
    assert kinds == ["intake", *["fact"] * len(FACTS), "screening", "assessment"]
    assert len(desk.anna.get(CASES).get_json()["cases"]) == 2


def test_a_key_that_was_used_for_something_else_is_refused(desk: Desk) -> None:
    case, other = desk.case(), desk.case()
    desk.anna.made(f"{case}/intakes", INTAKE, Idempotency_Key="k")
    for path, body in (
        (f"{case}/intakes", {**INTAKE, "reporter": "own"}),
        (f"{other}/intakes", INTAKE),
        (f"{case}/holds", {"reason": "Forskning."}),
    ):
        assert_problem(desk.anna.post(path, body, Idempotency_Key="k"), 409, "idempotency-key-reused")
    # a key is one account's own
    assert desk.bo.post(f"{case}/intakes", INTAKE, Idempotency_Key="k").status_code == 201
    for key in ("", "a b", "å", "x" * 81):
        answer = desk.anna.post(f"{case}/intakes", INTAKE, Idempotency_Key=key)
        assert assert_problem(answer, 400, "bad-request") == [("?Idempotency-Key", "bad-idempotency-key")]


def test_what_was_refused_may_be_tried_again_with_the_same_key(desk: Desk) -> None:
    case = desk.case()
    assert desk.anna.post(f"{case}/intakes", {}, Idempotency_Key="k").status_code == 422
    assert desk.anna.post(f"{case}/intakes", INTAKE, Idempotency_Key="k").status_code == 201


def test_the_same_request_at_the_same_moment_is_carried_out_once(desk: Desk) -> None:
    case = desk.case()
    together = Barrier(4)
    anna = desk.anna

    def send(_: int) -> tuple[int, str]:
        together.wait()
        answer = anna.post(f"{case}/intakes", INTAKE, Idempotency_Key="k")
        return answer.status_code, answer.get_json()["id"]

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    with desk.house.database.looking() as session:
        assert len(session.scalars(select(Entry)).all()) == 1


def test_a_key_is_forgotten_after_a_day(desk: Desk, clock: Clock) -> None:
    case = desk.case()
    first = desk.anna.made(f"{case}/intakes", INTAKE, Idempotency_Key="k")
    clock.pass_by(seconds=KEPT.total_seconds() + 1)
    assert desk.anna.made(f"{case}/intakes", INTAKE, Idempotency_Key="k")["id"] != first["id"]


def test_what_is_kept_of_a_request_is_no_content_and_goes_with_its_case(desk: Desk, clock: Clock) -> None:
    made = desk.anna.made(CASES, {"unit": "sig", "reference": "2026-1", "personal_number": NUMBER}, Idempotency_Key="k")
    [row] = kept(desk)
    assert (row.case_id, row.records) == (made["id"], made["id"])
    assert NUMBER not in str(vars(row))
    desk.years_pass()
    purged = desk.dag.post("/api/v1/retention/purges", {"cases": [made["id"]], "dry_run": False})
    assert purged.get_json() == {"cases": [{"case": made["id"], "entries": 0}], "dry_run": False, "silent_days": 0}
    assert kept(desk) == []
