"""Facts with source and date, guardians and consents, on both databases."""

from typing import Any

from werkzeug.test import TestResponse

from tests.api.accounts.people import House
from tests.api.pages.work.working import ANNA, BO, FACTS, Worker, at_work, hidden_in, saved


def test_only_what_was_changed_is_recorded(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    assert anna.send(f"{case}/facts", FACTS).status_code == 303
    assert "4 uppgifter antecknades" in anna.see(case)
    house.clock.pass_by(minutes=1)
    assert anna.send(f"{case}/facts", {**FACTS, "fact.recruitment_risk": "no"}).status_code == 303
    page = anna.see(case)
    assert "En uppgift antecknades" in page
    assert "4 uppgifter antecknade" in page


def test_whoever_looks_at_the_facts_has_opened_the_case_once(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    before = len(house.audit(action="read", kind="case"))
    page = anna.see(f"{case}/facts")
    assert "Räcker uppgifterna?" in page
    assert "· SIG</span>" in page
    assert len(house.audit(action="read", kind="case")) == before + 1


def test_saving_while_one_writes_opens_the_case_once_to_read_and_once_to_write(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    for form in (FACTS, {**FACTS, "fact.recruitment_risk": "no"}, {**FACTS, "fact.recruitment_risk": "no"}):
        before = _openings(house)
        told = saved(anna.send(f"{case}/facts", form, Accept="application/json"))
        read, written = (now - then for now, then in zip(_openings(house), before, strict=True))
        assert told["status"] == "saved"
        assert read == 2, "once by the form that was looked at first, and once by saving"
        assert written <= 1
        assert told["shown"] == hidden_in(anna.visitor.get(f"{case}/facts").text)["shown"], "as a later look has it"
    assert written == 0, "nothing was changed"


def _openings(house: House) -> list[int]:
    return [len(house.audit(action=action, kind="case")) for action in ("read", "write")]


def test_missing_material_is_an_answer_and_needs_its_reason(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    missing = {"fact.gang_ties": "not_found", "fact.recruitment_risk": "yes"}
    refused = anna.send(f"{case}/facts", missing)
    assert refused.status_code == 422
    assert "Skriv varför underlag saknas" in refused.text
    assert 'value="yes" checked' in refused.text
    assert anna.send(f"{case}/facts", {**missing, "fact.gang_ties.reason": "Polisen svarar inte."}).status_code == 303
    assert "Polisen svarar inte." in anna.see(case)


def test_what_can_settle_the_matter_comes_first_and_the_rest_is_folded_with_its_progress(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    anna.send(f"{case}/facts", FACTS)
    page = anna.see(f"{case}/facts")
    places = [page.index(f'id="{part}"') for part in ("safety", "settles", "beside", "rest", "place")]
    assert places == sorted(places)
    assert page.index('id="fact-gang_ties"') < page.index('id="beside"') < page.index('id="fact-fixed_employment"')
    assert "4 av 6 besvarade" in page
    assert '<details id="rest" class="part folded">' in page
    assert '<span class="written">polis</span>' in page


def test_a_fault_in_a_folded_part_unfolds_it(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    refused = anna.send(f"{case}/facts", {"fact.fixed_employment": "not_found", "fact.district": "Norrmalm"})
    assert refused.status_code == 422
    assert '<details id="rest" class="part folded" open>' in refused.text
    assert 'value="Norrmalm"' in refused.text


def test_where_the_case_belongs_is_written_in_words(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    place = {"fact.district": "Norrmalm", "fact.programme_profile": "SIG yngre", "fact.district.source": "akten"}
    assert anna.send(f"{case}/facts", place).status_code == 303
    page = anna.see(case)
    assert "Norrmalm · Källa: akten" in page
    assert "SIG yngre" in page
    assert anna.send(f"{case}/facts", {**place, "fact.district": ""}).status_code == 303
    assert "Norrmalm · Källa" not in anna.see(case)


def test_of_consents_that_end_the_first_is_the_day_of_the_case(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    for recipient, day in (("police", "2026-11-30"), ("school", "2026-11-25")):
        assert _answer(anna, case, {f"consent.youth.{recipient}": "given"}, valid_to=day).status_code == 303
    page = anna.see("/work")
    assert "Samtycke går ut" in page
    assert "2026-11-25" in page
    assert "2026-11-30" not in page


def test_a_fact_can_be_hidden_from_guardians(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    anna.send(f"{case}/facts", {"fact.current_threat": "yes", "fact.current_threat.hidden": "yes"})
    assert "visas inte för vårdnadshavare" in anna.see(case)


def test_what_facts_alone_settle_is_said(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case(birth_date="1980-01-01")
    assert "Uppgifterna ensamma avgör redan" in anna.see(f"{case}/facts")
    young = anna.open_case("2026-118")
    page = anna.see(f"{young}/facts")
    assert "Uppgifterna ensamma avgör inte" in page
    assert "Ta reda på först" in page


def test_two_who_record_the_same_fact_are_told_of_each_other(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO)
    case = anna.open_case()
    shown = hidden_in(anna.visitor.get(f"{case}/facts").text)["shown"]
    bo.send(f"{case}/facts", {"fact.recruitment_risk": "yes"})
    mine = {"fact.recruitment_risk": "no", "shown": shown}
    told = anna.send(f"{case}/facts", mine)
    assert told.status_code == 422
    assert "bo har antecknat samma uppgift" in told.text
    again = anna.send(f"{case}/facts", {"fact.recruitment_risk": "no"})
    assert again.status_code == 303


ANSWERED = {"answered_on": "2026-11-20", "form": "written", "content": "Närvaro", "valid_to": "2026-11-30"}


def _answer(anna: Worker, case: str, answers: dict[str, str], **more: str) -> TestResponse:
    return anna.send(f"{case}/consents", {**ANSWERED, **answers, **more})


def test_everyone_s_answers_towards_every_recipient_are_recorded_by_one_saving(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    anna.send(f"{case}/guardians", {"guardians": "2"}, shown_at=f"{case}/consents")
    given = {
        f"consent.{person}.{recipient}": "given"
        for person in ("youth", "g1", "g2")
        for recipient in ("police", "school")
    }
    assert _answer(anna, case, given | {"consent.g2.school": "refused", "consent.g1.sis": ""}).status_code == 303
    page = anna.see(f"{case}/consents")
    assert page.count("<strong>Samtycker</strong>") == 5
    assert page.count("<strong>Samtycker inte</strong>") == 1
    assert page.count("/withdraw") == 5
    assert "gäller till och med 2026-11-30" in page
    stored = [each["content"] for each in _entries(anna, case) if each["kind"] == "consent"]
    assert {(each["person"], each["recipient"]): each["status"] for each in stored} == {
        tuple(name.split(".")[1:]): status for name, status in (given | {"consent.g2.school": "refused"}).items()
    }
    assert [each["valid_to"] for each in stored if each["status"] == "refused"] == [None]


def _entries(anna: Worker, case: str) -> list[dict[str, Any]]:
    return list(saved(anna.visitor.get(f"/api/v1{case}/entries"))["entries"])


def test_a_consent_ends_by_itself_or_with_its_withdrawal(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    anna.send(f"{case}/guardians", {"guardians": "1"}, shown_at=f"{case}/consents")
    assert _answer(anna, case, {"consent.youth.school": "given", "consent.g1.school": "given"}).status_code == 303
    page = anna.see(f"{case}/consents")
    assert page.count("<strong>Samtycker</strong>") == 2
    assert "Får dela uppgifter i dag" in page
    assert "Samtycke går ut" in anna.see(case)
    address = "/consents/" + page.partition("/consents/")[2].partition('"')[0]
    assert anna.send(address, {"withdrawn_on": "2027-01-01"}).status_code == 422
    assert anna.send(address, {"withdrawn_on": "2026-11-21"}).status_code == 303
    after = anna.see(f"{case}/consents")
    assert "<strong>Har återkallat</strong>" in after
    assert "Får dela uppgifter i dag" not in after
    house.clock.pass_by(hours=24 * 10)
    assert "<strong>Har gått ut</strong>" in Worker(house.logged_in(ANNA)).see(f"{case}/consents")


def test_answers_that_lack_something_say_so_and_keep_the_rest(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    unchosen = anna.send(f"{case}/consents", ANSWERED)
    assert unchosen.status_code == 422
    assert 'href="#answers"' in unchosen.text
    refused = _answer(anna, case, {"consent.youth.school": "given"}, form="", valid_to="igår")
    assert refused.status_code == 422
    assert "Skriv dagen som 2026-11-21." in refused.text
    assert "Närvaro" in refused.text
    assert 'id="consent-youth-school" value="given" checked' in refused.text
    assert "Inte efterfrågat" in anna.see(f"{case}/consents")


def test_the_follow_up_goes_from_start_to_ending(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    page = anna.see(f"{case}/follow-up")
    assert "Polisen är alltid med" in page
    assert "Skolan är alltid med" in page
    _record(anna, case, "participation_started", started_on="2026-10-01", part_of_decision="yes", court_ordered="no")
    assert "Det har gått mer än 28 dagar." in anna.see(f"{case}/follow-up")
    assert "försenad 23 dagar" in anna.see("/work")
    _record(anna, case, "network_meeting", held_on="2026-11-20", present="den unge, polis", plan_followed_up="yes")
    assert "senast 2026-12-18" in anna.see(f"{case}/follow-up")
    _record(anna, case, "results_followed_up", observed_on="2026-11-20", school_or_work="well", new_reports="1-3")
    going_on = anna.see(f"{case}/follow-up")
    assert "<dt>Skola eller arbete</dt><dd>Går bra</dd>" in going_on
    assert "<dt>Fritid</dt><dd>Okänt</dd>" in going_on
    _record(anna, case, "resources_recorded", recorded_on="2026-11-21", hours_used="0", how_counted="Tidrapporten.")
    _record(anna, case, "participation_ended", ended_on="2026-11-21", reason="completed")
    _record(anna, case, "outcome_after_ending", observed_on="2026-11-21", months_after_ending="0", new_reports="none")
    ended = anna.see(f"{case}/follow-up")
    assert "<dt>Arbetstimmar som har använts</dt><dd>0</dd>" in ended
    assert "<dt>Kostnad i tusental kronor</dt><dd>Okänt</dd>" in ended
    assert ended.count('<p class="quiet">Ingen slutsats om orsak.</p>') == 3
    late = f"{case}/follow-up/network_meeting"
    refused = anna.send(late, {"held_on": "2026-11-21", "plan_followed_up": "yes"})
    assert refused.status_code == 409
    assert "Ingen insats pågår" in refused.text


def _record(anna: Worker, case: str, kind: str, **form: str) -> None:
    answer = anna.send(f"{case}/follow-up/{kind}", form)
    assert answer.status_code == 303, answer.text


def test_a_number_that_is_none_is_said_at_its_field(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    form = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
    refused = anna.send(f"{case}/follow-up/participation_started", {**form, "offences_known_before": "tre"})
    assert refused.status_code == 422
    assert "Skriv ett heltal med siffror." in refused.text
    assert "tre" in refused.text
