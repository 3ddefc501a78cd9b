"""My work, opening a case, and its page, on both databases."""

import pytest

from tests.api.accounts.people import House
from tests.api.pages.work.working import ANNA, BO, CECILIA, INTAKE, at_work

NUMBER = "20100314-2385"


def test_whoever_is_logged_in_begins_at_their_work_and_others_at_the_try_out(house: House) -> None:
    anna = at_work(house)
    assert anna.visitor.get("/").headers["Location"] == "/work"
    assert house.visitor().get("/").status_code == 200
    assert anna.visitor.get("/prova").status_code == 200


def test_the_try_out_works_for_somebody_who_is_logged_in(house: House) -> None:
    anna = at_work(house)
    shown = anna.send("/samlad-bedomning", {"guidance": "skl_2015"}, shown_at="/formular?example=clear")
    assert shown.status_code == 200


def test_a_case_is_opened_and_waits_are_told(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    assert "16 år" in anna.see(case)
    assert "anmälan från polisen" in anna.see(case)
    anna.begin(case)
    page = anna.see("/work")
    assert "Fortsätt bedömningen" in page
    assert "2026-117" in page


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(house: House) -> None:
    anna = at_work(house)
    answer = anna.send("/cases/new", {"reference": "2026-5", "number": "20100314-0000", "note": "Kom per telefon."})
    assert answer.status_code == 422
    for kept in ("2026-5", "20100314-0000", "Kom per telefon."):
        assert kept in answer.text
    assert 'id="number-error"' in answer.text
    assert 'href="#reporter"' in answer.text


def test_the_same_person_is_found_again_before_a_second_case_is_opened(house: House) -> None:
    anna = at_work(house)
    anna.open_case(number=NUMBER)
    again = {"reference": "2026-118", "number": NUMBER, **INTAKE}
    asked = anna.send("/cases/new", again)
    assert asked.status_code == 409
    assert "Personen har redan ett ärende" in asked.text
    assert anna.send("/cases/new", {**again, "is_another": "yes"}).status_code == 303


def test_a_reference_is_taken_once_in_a_unit(house: House) -> None:
    anna = at_work(house)
    anna.open_case()
    answer = anna.send("/cases/new", {"reference": "2026-117", **INTAKE})
    assert answer.status_code == 409
    assert "Beteckningen finns redan i enheten" in answer.text


def test_a_case_is_searched_for_by_its_reference_and_no_address_holds_it(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    anna.open_case("2026-118")
    answer = anna.send("/work", {"reference": "2026-117"})
    assert answer.headers["Location"] == case
    several = anna.send("/work", {"reference": "6-11"})
    assert "2026-117" in several.text
    assert "2026-118" in several.text
    assert "6-11" not in several.request.path


def test_a_personal_number_is_not_searched_for_and_not_shown_again(house: House) -> None:
    anna = at_work(house)
    anna.open_case()
    shown = anna.send("/work", {"reference": "20100314-2385"})
    assert "ser ut som ett personnummer" in shown.text
    assert "2385" not in shown.text


def test_work_stands_by_its_day_and_by_whose_it_is(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO)
    case = anna.open_case("2026-sen", received_on="2026-11-01")
    anna.open_case("2026-snart", received_on="2026-11-08")
    anna.open_case("2026-senare")
    anna.open_case("2026-utan", preliminary_assessment="not_needed")
    page = anna.see("/work")
    parts = ("Försenat", "2026-sen", "försenad 6 dagar", "Denna vecka", "2026-snart", "Senare", "2026-senare")
    places = [page.index(each) for each in (*parts, "Utan datum", "2026-utan")]
    assert places == sorted(places)
    assert "2026-sen<" not in bo.see("/work")
    assert "2026-sen<" in bo.see("/work?view=sig")
    assert bo.send(f"{case}/take", {}, shown_at=case).status_code == 303
    assert "2026-sen<" in bo.see("/work")
    assert "2026-sen<" not in anna.see("/work")
    only = anna.see("/work?view=sig&step=gather_facts&sort=reference")
    assert ("2026-utan" in only, "2026-senare" in only) == (True, False)


def test_lists_go_on_where_they_stopped(house: House) -> None:
    anna = at_work(house)
    for number in range(27):
        house.clock.pass_by(minutes=1)
        anna.open_case(f"2026-{200 + number}")
    first = anna.see("/work?sort=last")
    assert "2026-226" in first
    assert "2026-201" not in first
    address = first.split("Visa fler ärenden")[0].rpartition('href="')[2].partition("#")[0]
    assert "2026-201" in anna.see(address)


@pytest.mark.parametrize("address", ["/work?after=x", "/work?after=-1", "/work?step=nowhere&sort=x&view=y"])
def test_an_address_that_makes_no_sense_shows_the_list_from_its_beginning(house: House, address: str) -> None:
    anna = at_work(house)
    anna.open_case()
    assert "2026-117" in anna.see(address)


def test_a_form_changes_its_language_and_keeps_what_is_written(house: House) -> None:
    anna = at_work(house)
    answer = anna.send("/cases/new", {"reference": "2026-9", "note": "Kom per brev.", "change_language": "en"})
    assert answer.status_code == 200
    assert 'lang="en"' in answer.text
    assert "Kom per brev." in answer.text
    assert "My work" in anna.see("/work")


def test_the_language_goes_back_to_where_one_was_and_nowhere_else(house: House) -> None:
    anna = at_work(house)
    back = anna.send("/language", {"language": "en", "next": "/work?stage=intake&language=sv"}, shown_at="/work")
    assert back.headers["Location"] == "/work?stage=intake"
    away = anna.send("/language", {"language": "en", "next": "https://elsewhere.example/"}, shown_at="/work")
    assert away.headers["Location"] == "/work"


def test_an_entry_is_corrected_and_both_are_kept(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    entry = anna.see(case).partition("/entries/")[2].partition("/")[0]
    address = f"/entries/{entry}/correction"
    assert anna.send(address, {"text": "Det var skolan.", "ground": ""}).status_code == 422
    assert anna.send(address, {"text": "Det var skolan.", "ground": "Samtal."}).status_code == 303
    assert "Det var skolan." in anna.see(case)
    assert "anmälan från polisen" in anna.see(case)


def test_another_unit_is_asked_for_its_ground(house: House) -> None:
    case = at_work(house).open_case()
    house.add(BO, "social_secretary", unit="north")
    assert house.logged_in(BO).get(case).status_code == 403
    house.add(CECILIA, "administrator")
    assert house.logged_in(CECILIA).get(case).status_code == 403
    assert ANNA not in house.logged_in(CECILIA).get("/permissions").text
