"""A recommendation is sent back with a question and answered for over the API; on both databases."""

from tests.api.routes.records.desk import Desk
from tests.api.shapes import assert_problem


def test_a_question_goes_to_who_answers_for_the_case_and_back(desk: Desk) -> None:
    case = desk.case()
    screening = desk.screened(case)
    path, digest = f"{case}/screenings/{screening['id']}", screening["explanation"]["sha256"]
    body = {"question": "Vad säger skolan?"}
    assert_problem(desk.rita.post(f"{path}/questions", body), 428, "precondition-required")
    assert_problem(desk.anna.post(f"{path}/questions", body, If_Match=f'"{digest}"'), 403, "forbidden")
    empty = desk.rita.post(f"{path}/questions", {}, If_Match=f'"{digest}"')
    assert assert_problem(empty, 422, "invalid-input") == [("/question", "missing-key")]
    unasked = desk.anna.get(path).headers["ETag"]
    question = desk.rita.made(f"{path}/questions", body, If_Match=unasked)
    assert (question["kind"], question["about"]) == ("review_returned", screening["id"])
    assert_problem(desk.rita.post(f"{path}/questions", body, If_Match=f'"{digest}"'), 409, "already-returned")
    told = desk.anna.get(path, If_None_Match=unasked)
    assert [told.get_json()[name] for name in ("applies", "review")] == [screening["outcome"], "returned"]
    assert desk.anna.get(case).get_json()["review"] == "returned"
    answers = f"{case}/questions/{question['id']}/answers"
    assert_problem(desk.rita.post(answers, {"reply": "Närvaro varje dag."}), 403, "forbidden")
    assert desk.anna.made(answers, {"reply": "Närvaro varje dag."})["about"] == question["id"]
    assert_problem(desk.anna.post(answers, {"reply": "Igen."}), 409, "nothing-to-answer")
    assert desk.anna.get(case).get_json()["review"] == "answered"
    desk.rita.made(f"{path}/reviews", {"verdict": "agree"}, If_Match=f'"{digest}"')
    assert_problem(desk.rita.post(f"{path}/questions", body, If_Match=f'"{digest}"'), 409, "already-reviewed")
