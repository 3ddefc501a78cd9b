"""The extract as the person reads it, and what others may see: hidden things stay hidden, and all of it is logged."""

import pytest
from werkzeug.test import TestResponse

from api.cases.consents.rules import withdraw_consent
from api.cases.facts.rules import record_facts
from api.cases.journal import entries
from api.cases.kinds import KINDS
from api.disclosure.entry_words import LEFT_OUT
from api.frame.oversight import sentences
from api.store.transactions import open_transaction
from tests.api.accounts.people import House
from tests.api.oversight.cases import DANA, HIDDEN, Town, make_town
from tests.api.records.world import unit_of


@pytest.fixture
def town(house: House) -> Town:
    return make_town(house)


def extract(town: Town, reader: str = "youth", language: str = "sv") -> str:
    answer = asked(town, "extract", reader, language=language)
    assert answer.status_code == 200, answer.text
    return answer.text


def asked(town: Town, what: str, reader: str, form: str = "page", language: str = "sv") -> TestResponse:
    """Ask to see what would be given (``see``), or for the document or the file."""
    path = f"/cases/{town.case}/{what}"
    return town.visitor().post(f"{path}?language={language}", {"for": reader, "form": form}, shown_at=path)


def test_the_extract_begins_with_strengths_and_says_what_was_weighed_and_what_is_missing(town: Town) -> None:
    text = extract(town)
    places = [text.index(f'id="{part}"') for part in ("strengths", "own-view", "recommendation", "weighed", "missing")]
    assert places == sorted(places)
    for words in ("Vill sluta.", "Stöd i skolan väger tyngst.", "Flera allvarliga händelser.", "källa: polis"):
        assert words in text
    assert "Detta är inget beslut" in text
    assert "Integritetsskyddsmyndigheten" in text
    assert HIDDEN in text


def test_the_extract_speaks_english_too_and_never_in_codes(town: Town) -> None:
    for language, words in (("sv", "Det som står om dig"), ("en", "What social services have recorded about you")):
        text = extract(town, language=language)
        assert f'<html lang="{language}">' in text
        assert words in text
        for code in ("supports_offer", "not_asked", "best_interests", "gang_ties", "hidden_from_guardians"):
            assert code not in text


def test_a_guardian_is_not_shown_what_is_hidden_nor_that_it_is(town: Town) -> None:
    with open_transaction(town.house.database) as session:
        fact = {"current_threat": {"value": "no", "reason": "Rädd för en anhörig.", "source": "samtal"}}
        record_facts(unit_of(session, town.house.clock(), town.anna), town.case, fact, hidden_from_guardians=True)
    text = extract(town, "guardian-1")
    assert HIDDEN not in text
    assert "Rädd för en anhörig" not in text
    for words in ("visas inte", "lämnas inte", "inte för vårdnadshavare"):
        assert words not in text[text.index("<main") :]
    assert "Anteckningar som inte lämnas till den här läsaren: 2." in asked(town, "extract", "guardian-1", "see").text
    assert "Rädd för en anhörig" in extract(town)
    data = asked(town, "extract", "guardian-1", "file")
    assert "Rädd" not in data.text


def test_nobody_is_a_guardian_of_somebody_of_age(town: Town) -> None:
    assert 'value="guardian-1"' in town.visitor().get(f"/cases/{town.case}/extract").text
    town.house.clock.pass_by(days=2 * 365)
    assert 'value="guardian-1"' not in town.visitor().get(f"/cases/{town.case}/extract").text
    for what, form in (("extract", "see"), ("extract", "page"), ("extract", "file"), ("view", "see"), ("view", "page")):
        refused = asked(town, what, "guardian-1", form)
        assert refused.status_code == 409, (what, form)
        assert "Den unge är myndig" in refused.text
    told = [(each.kind, each.outcome) for each in town.house.audit(action="export") if each.kind != "case"]
    assert set(told) == {("extract", "refused"), ("view", "refused")}


def test_corrections_and_counter_statements_stand_beside_what_they_concern(town: Town) -> None:
    with town.house.database.looking() as session:
        assessment = entries(session, town.case, "assessment")[0].id
    town.write("correction", {"text": "Det var två händelser.", "ground": "Dom i målet"}, subject=assessment)
    town.write("counter_statement", {"stated_by": "youth", "text": "Jag var inte där."}, subject=assessment)
    text = extract(town)
    beside = text[text.index('id="weighed"') : text.index('id="missing"')]
    assert "Det var två händelser." in beside
    assert "Jag var inte där." in beside
    listed = text[text.index(f'id="e-{assessment}"') :].split('<section class="entry"')[0]
    assert "Jag var inte där." in listed


def test_the_extract_is_data_too_and_each_is_logged_as_an_export(town: Town) -> None:
    extract(town)
    answer = asked(town, "extract", "youth", "file")
    assert answer.headers["Content-Disposition"] == "attachment; filename=utdrag-till-dig-2026-11-21.json"
    assert answer.get_json()["format"] == "underlag-extract-2"
    told = [(row.actor, row.case_id) for row in town.house.audit(action="export", kind="extract")]
    assert told == [(town.anna.id, town.case)] * 2


@pytest.mark.parametrize("reader", ["anna", "guardian-2", "guardian-0", "guardian-x", "g1", "guardian-g1", "police"])
def test_an_extract_is_for_nobody_else(town: Town, reader: str) -> None:
    assert asked(town, "extract", reader).status_code == 404
    assert [each.outcome for each in town.house.audit(kind="extract")] == ["refused"]


@pytest.mark.parametrize("what", ["extract", "view"])
def test_nothing_is_told_to_the_audit_as_given_before_somebody_says_give_it(town: Town, what: str) -> None:
    for person in ("youth", "g1"):
        town.consent(person=person)
    reader = "youth" if what == "extract" else "school"
    visitor = town.visitor()
    for path in (f"/cases/{town.case}/{what}", f"/cases/{town.case}/{what}?for={reader}"):
        assert "Nästa steg: praktik." not in visitor.get(path).text
    seen = asked(town, what, reader, "see").text
    assert "antecknas utlämnandet i loggen" in seen
    assert "Nästa steg: praktik." not in seen
    assert town.house.audit(action="export") == []
    assert "Nästa steg: praktik." in asked(town, what, reader).text
    assert [each.outcome for each in town.house.audit(action="export", kind=what)] == ["done"]


def test_every_kind_of_entry_is_shown_in_words(town: Town) -> None:
    keys = sentences().keys()
    for kind in KINDS.values():
        if kind.KIND == "fact":
            continue
        names = set(kind.model_fields) - {*LEFT_OUT, "ratings", "summary", "hand_over", "summary_before_counts"}
        assert [name for name in sorted(names) if f"oversight.field.{name}" not in keys] == [], kind.KIND


def test_a_view_shows_the_work_while_consent_holds_and_never_an_assessment(town: Town) -> None:
    refused = asked(town, "view", "school")
    assert refused.status_code == 409
    assert "Den unge: inget svar är antecknat" in refused.text
    assert "praktik" not in refused.text
    consents = [town.consent(person=person) for person in ("youth", "g1")]
    shown = asked(town, "view", "school")
    assert shown.status_code == 200
    for words in ("Nästa steg: praktik.", "Närvaro och mötestider.", "Skolan", "2027-05-01"):
        assert words in shown.text
    said = shown.text.partition("<main")[2].partition("</main>")[0]  # what stands around it is the same for all
    assert said.count("Närvaro och mötestider.") == 1
    for words in (HIDDEN, "Vill sluta", "gäng", "Flera allvarliga", "2010-03-14", "school", "g1"):
        assert words not in said.replace("/view", "")
    with open_transaction(town.house.database) as session:
        raw = {"withdrawn_on": "2026-11-21", "withdrawn_by": "youth"}
        withdraw_consent(unit_of(session, town.house.clock(), town.anna), town.case, consents[0], raw)
    assert "har återkallat sitt samtycke" in asked(town, "view", "school").text
    told = [row.outcome for row in town.house.audit(action="export", kind="view")]
    assert told == ["refused", "done", "refused"]


def test_whoever_is_logged_in_is_so_on_every_page_that_names_a_reader(town: Town) -> None:
    for person in ("youth", "g1"):
        town.consent(person=person)
    for what, reader, form in (
        ("view", "school", "see"),
        ("view", "school", "page"),
        ("view", "police", "see"),
        ("extract", "youth", "see"),
        ("extract", "guardian-1", "page"),
    ):
        around = asked(town, what, reader, form).text
        assert "Logga ut" in around
        assert "Logga in" not in around
        assert "Ingenting sparas" not in around


def test_the_choice_of_a_recipient_says_where_the_consents_stand(town: Town) -> None:
    for person in ("youth", "g1"):
        town.consent(person=person)
    town.consent("police")
    page = town.visitor().get(f"/cases/{town.case}/view").text
    assert 'value="school"' in page
    assert 'value="police"' not in page
    assert "Polisen</strong>: Den unge: har samtyckt; Vårdnadshavare 1: inget svar är antecknat" in page
    words = asked(town, "view", "employment_service", "see")
    assert words.status_code == 200
    assert "Inget kan lämnas till: Arbetsförmedlingen" in words.text
    assert town.house.audit(kind="view") == []


def test_a_guardians_view_needs_no_consent_and_hides_what_is_hidden(town: Town) -> None:
    shown = asked(town, "view", "guardian-1")
    assert shown.status_code == 200
    assert "Nästa steg: praktik." in shown.text
    assert HIDDEN not in shown.text
    assert [row.outcome for row in town.house.audit(kind="view")] == ["done"]


@pytest.mark.parametrize("reader", ["newspaper", "youth"])
def test_a_view_for_a_recipient_that_is_none_is_not_found(town: Town, reader: str) -> None:
    assert asked(town, "view", reader).status_code == 404


def test_the_choices_lead_to_every_reader(town: Town) -> None:
    text = town.visitor().get(f"/cases/{town.case}/view").text
    for reader in ("Polisen", "Skolan", 'value="guardian-1"'):
        assert reader in text
    assert town.visitor(DANA).get(f"/cases/{town.case}/view").status_code == 403
    assert town.visitor(DANA).get(f"/cases/{town.case}/extract").status_code == 200
