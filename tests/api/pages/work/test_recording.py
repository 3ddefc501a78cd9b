"""Handing a case over, disclosing and keeping it longer, on both databases."""

from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, CECILIA, DAVID, at_work

NORTH = "north"


def test_a_preliminary_assessment_is_closed_with_a_hand_over_and_its_ground(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    house.add(BO, "social_secretary", unit=NORTH)
    form = {"closed_on": "2026-11-21", "result": "investigation_opened", "reasons": "Oro.", "hand_over.unit": NORTH}
    address = f"{case}/intake/preliminary_assessment_closed"
    without_ground = anna.send(address, {**form, "possible_sig_question": "yes", "hand_over.ground": ""})
    assert without_ground.status_code == 422
    assert 'id="hand_over-ground-error"' in without_ground.text
    assert f'value="{NORTH}" selected' in without_ground.text
    grounded = {**form, "hand_over.ground": "Möjlig SIG-fråga."}
    without_question = anna.send(address, {**grounded, "possible_sig_question": "no"})
    assert without_question.status_code == 422
    assert 'id="hand_over-unit-error"' in without_question.text
    assert "Möjlig SIG-fråga." in without_question.text
    assert house.logged_in(BO).get(case).status_code == 403
    assert anna.send(address, {**grounded, "possible_sig_question": "yes"}).status_code == 303
    page = anna.see(case)
    assert "Ärendet lämnades över till enheten NORTH" in page
    assert "Också hos NORTH" in page
    assert house.logged_in(BO).get(case).status_code == 200


def test_a_case_that_is_not_handed_over_stays_where_it_is(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    house.add(BO, "social_secretary", unit=NORTH)
    form = {"closed_on": "2026-11-21", "result": "no_investigation", "possible_sig_question": "no", "reasons": "Ingen."}
    assert anna.send(f"{case}/intake/preliminary_assessment_closed", form).status_code == 303
    assert house.logged_in(BO).get(case).status_code == 403


def test_a_case_is_handed_over_once_to_a_unit_with_a_ground(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    assert "Det finns ingen annan enhet" in anna.see(f"{case}/hand-over")
    house.add(BO, "social_secretary", unit=NORTH)
    refused = anna.send(f"{case}/hand-over", {"unit": "", "ground": ""})
    assert refused.status_code == 422
    assert 'href="#unit"' in refused.text
    assert 'href="#ground"' in refused.text
    handed = {"unit": NORTH, "ground": "SoL 14 kap."}
    assert anna.send(f"{case}/hand-over", handed).status_code == 303
    assert "Ärendet lämnades över till enheten NORTH" in anna.see(case)
    assert "Det finns ingen annan enhet" in anna.see(f"{case}/hand-over")
    again = anna.send(f"{case}/hand-over", handed, shown_at=f"{case}/hold")
    assert again.status_code == 409
    assert "SoL 14 kap." in again.text


def test_a_disclosure_says_to_whom_when_what_and_on_what_ground(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    house.add(BO, "social_secretary", unit=NORTH)
    given = {"recipient": "school", "disclosed_on": "2026-11-20", "what": "Närvaro", "ground": "Samtycke 2026-11-19"}
    ahead = anna.send(f"{case}/disclosure", {**given, "disclosed_on": "2026-12-01"})
    assert ahead.status_code == 422
    assert 'id="disclosed_on-error"' in ahead.text
    assert "Samtycke 2026-11-19" in ahead.text
    assert anna.send(f"{case}/disclosure", {**given, "ground": ""}).status_code == 422
    assert anna.send(f"{case}/disclosure", given).status_code == 303
    assert anna.send(f"{case}/disclosure", {**given, "recipient": "NORTH"}).status_code == 303
    page = anna.see(case)
    assert "Uppgifter lämnades ut till Skolan 2026-11-20" in page
    assert "Uppgifter lämnades ut till NORTH 2026-11-20" in page
    assert "Samtycke 2026-11-19" in page


def test_a_case_is_kept_beyond_its_time_until_the_reason_is_removed(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    assert anna.send(f"{case}/hold", {"reason": ""}).status_code == 422
    assert anna.send(f"{case}/hold", {"reason": "Prövas i domstol.", "until": ""}).status_code == 303
    page = anna.see(case)
    assert "Ärendet gallras inte: Prövas i domstol." in page
    assert f'href="{case}/hold"' not in page
    address = f"/holds/{page.partition('/holds/')[2].partition('/')[0]}/lift"
    assert anna.send(address, {"reason": ""}).status_code == 422
    assert anna.send(address, {"reason": "Domen är klar."}).status_code == 303
    assert "Ärendet gallras inte" not in anna.see(case)
    assert anna.send(address, {"reason": "Igen."}).status_code == 409


def test_the_timeline_says_whom_a_consent_is_towards(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    given = {"consent.youth.school": "given", "answered_on": "2026-11-20", "form": "oral"}
    anna.send(f"{case}/consents", {**given, "content": "Närvaro"})
    consent = anna.see(f"{case}/consents").partition("/consents/")[2].partition("/")[0]
    anna.send(f"/consents/{consent}/withdraw", {"withdrawn_on": "2026-11-21"})
    page = anna.see(case)
    assert "Svar om samtycke (Skolan)" in page
    assert "Samtycke (Skolan) återkallades 2026-11-21" in page


def test_a_case_is_taken_and_handed_over_to_a_colleague_with_a_trace(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    bo = at_work(house, BO)
    account = house.add(CECILIA, "coordinator")
    assert "Jag tar ärendet" not in anna.see(case)
    assert bo.send(f"{case}/take", {}, shown_at=case).headers["Location"].endswith("?done=taken")
    assert "Jag tar ärendet" in anna.see(case)
    note = {"caseworker": account, "co_worker": "", "note": "Möte på tisdag."}
    assert bo.send(f"{case}/caseworker", note).status_code == 303
    page = anna.see(case)
    assert page.index("Ansvarig handläggare: cecilia") < page.index("Ansvarig handläggare: bo")
    assert "Möte på tisdag." in page
    told = anna.visitor.get(f"/api/v1{case}").get_json()
    assert (told["caseworker"], told["co_worker"]) == (account, None)


def test_a_case_goes_only_to_a_colleague_who_carries_cases_and_without_personal_numbers(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    bo, reviewer = house.add(BO, "social_secretary"), house.add(DAVID, "reviewer")
    elsewhere = house.add(CECILIA, "social_secretary", unit=NORTH)
    for account in ("", reviewer, elsewhere, "nobody"):
        refused = anna.send(f"{case}/caseworker", {"caseworker": account, "co_worker": "", "note": "Kvar."})
        assert refused.status_code == 422, account
        assert 'href="#caseworker"' in refused.text
        assert "Kvar." in refused.text
    told = anna.send(f"{case}/caseworker", {"caseworker": bo, "co_worker": bo, "note": ""})
    assert 'href="#co_worker"' in told.text
    told = anna.send(f"{case}/caseworker", {"caseworker": bo, "co_worker": "", "note": "Ring 20100314-2391"})
    assert 'href="#note"' in told.text
    assert house.logged_in(DAVID).post(f"{case}/take", {}, shown_at=case).status_code == 403
