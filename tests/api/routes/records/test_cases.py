from tests.api.routes.records.desk import CASES, NUMBER, Desk
from tests.api.shapes import assert_problem

INTAKE = {"reporter": "own", "received_on": "2026-11-01", "preliminary_assessment": "open"}
NEW = {"unit": "sig", "reference": "2026-117", "personal_number": NUMBER}


def test_a_case_is_opened_and_read_without_its_number(desk: Desk) -> None:
    made = desk.anna.post(CASES, {**NEW, "registered_sex": "male"})
    assert made.status_code == 201
    data = made.get_json()
    assert (data["reference"], data["birth_date"], data["stage"]) == ("2026-117", "2010-03-14", "opened")
    assert data["units"] == ["sig"]
    read = desk.anna.get(made.headers["Location"])
    assert read.get_json() == data
    assert read.headers["Cache-Control"] == "no-store"
    for answer in (made, read):
        assert "2393" not in answer.text + str(answer.headers)
        assert "male" not in answer.text


def test_what_was_read_is_not_sent_again_until_it_changes(desk: Desk) -> None:
    case = desk.case()
    tag = desk.anna.get(case).headers["ETag"]
    assert not tag.startswith("W/")
    again = desk.anna.get(case, If_None_Match=tag)
    assert (again.status_code, again.text, again.headers["ETag"]) == (304, "", tag)
    desk.anna.made(
        f"{case}/intakes", {"reporter": "own", "received_on": "2026-11-01", "preliminary_assessment": "open"}
    )
    assert desk.anna.get(case, If_None_Match=tag).status_code == 200


def test_a_person_is_found_by_the_number_in_a_body(desk: Desk) -> None:
    made = desk.anna.made(CASES, NEW)
    desk.case()
    for written in (NUMBER, "100314-2393", "201003142393"):
        found = desk.anna.post(f"{CASES}/search", {"personal_number": written}).get_json()["cases"]
        assert [each["id"] for each in found] == [made["id"]]
    stranger = desk.person("eva", "social_secretary", unit="north")
    assert stranger.post(f"{CASES}/search", {"personal_number": NUMBER}).get_json() == {"cases": []}


FAULTS_OF_A_NEW_CASE = [
    ({"personal_number": "20100314-2397"}, ("/personal_number", "impossible-personal-number")),
    ({"personal_number": 7}, ("/personal_number", "wrong-type")),
    ({"reference": " "}, ("/reference", "text-missing")),
    ({"reference": NUMBER}, ("/reference", "personal-number-as-reference")),
    ({"reference": f"Anna {NUMBER} b"}, ("/reference", "personal-number-as-reference")),
    ({"reference": "x" * 81}, ("/reference", "text-too-long")),
    ({"birth_date": "2009-01-01"}, ("/birth_date", "birth-date-of-another")),
    ({"birth_date": "2009-02-30"}, ("/birth_date", "impossible-date")),
    ({"registered_sex": "x"}, ("/registered_sex", "not-a-choice")),
    ({"id": "0" * 32}, ("/id", "unknown-key")),
    ({"opened_by": "eve"}, ("/opened_by", "unknown-key")),
]


def test_a_fault_in_a_new_case_is_told_with_its_place(desk: Desk) -> None:
    for changed, fault in FAULTS_OF_A_NEW_CASE:
        answer = desk.anna.post(CASES, {**NEW, **changed})
        assert assert_problem(answer, 422, "invalid-input") == [fault]
        assert "2397" not in answer.text


def test_all_faults_of_a_new_case_are_told_at_once(desk: Desk) -> None:
    answer = desk.anna.post(CASES, {"unit": "", "reference": " ", "personal_number": "1"})
    places = [place for place, _ in assert_problem(answer, 422, "invalid-input")]
    assert places == ["/unit", "/reference", "/personal_number"]


def test_a_reference_is_used_once_in_a_unit_and_another_unit_is_not_written_to(desk: Desk) -> None:
    desk.anna.made(CASES, NEW)
    assert_problem(desk.anna.post(CASES, NEW), 409, "reference-taken")
    assert_problem(desk.anna.post(CASES, {**NEW, "unit": "north"}), 403, "other-unit")


def test_the_list_is_read_page_by_page_and_by_stage(desk: Desk) -> None:
    cases = [desk.case().rpartition("/")[2] for _ in range(5)]
    desk.anna.made(f"{CASES}/{cases[0]}/intakes", INTAKE)
    seen, cursor = [], None
    while True:
        page = desk.anna.get(f"{CASES}?limit=2" + (f"&after={cursor}" if cursor else "")).get_json()
        assert len(page["cases"]) <= 2
        seen += [each["id"] for each in page["cases"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(cases)
    assert len(seen) == 5
    at_intake = desk.anna.get(f"{CASES}?stage=intake").get_json()["cases"]
    assert [each["id"] for each in at_intake] == [cases[0]]


FAULTS_OF_A_LIST = [
    ("after=x", ("?after", "bad-cursor")),
    ("after=AAAA", ("?after", "bad-cursor")),
    ("after=%C3%A5", ("?after", "bad-cursor")),
    ("after=MjAyNi0xMS0yMVQxMjowMDowMCswMDowMHwxJyBPUiAxPTE", ("?after", "bad-cursor")),
    ("after=" + "x" * 201, ("?after", "text-too-long")),
    ("limit=0", ("?limit", "bad-page-size")),
    ("limit=201", ("?limit", "bad-page-size")),
    ("limit=many", ("?limit", "wrong-type")),
    ("stage=lost", ("?stage", "not-a-choice")),
    ("unit=north", ("?unit", "unknown-key")),
]


def test_a_fault_in_what_a_list_is_asked_for_with_is_told(desk: Desk) -> None:
    for query, fault in FAULTS_OF_A_LIST:
        assert assert_problem(desk.anna.get(f"{CASES}?{query}"), 400, "bad-request") == [fault]


def test_a_case_of_another_unit_is_not_there_until_a_ground_is_stated(desk: Desk) -> None:
    case = desk.case()
    stranger = desk.person("eva", "social_secretary", unit="north")
    reviewer = desk.person("rut", "reviewer", unit="north")
    assert_problem(stranger.get(case), 403, "ground-required")
    assert_problem(reviewer.get(case), 404, "not-found")
    assert stranger.post(f"{case}/ground", {"ground": "consent", "note": "Muntligt."}).status_code == 201
    assert stranger.get(case).status_code == 200
    assert stranger.get(CASES).get_json()["cases"] == []
    assert [row.ground for row in desk.house.audit(action="read", actor=stranger.account)] == ["consent"]
