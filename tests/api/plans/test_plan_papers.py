"""The plan on paper: in plain words for the family, and for each of the network only what consent gives them."""

import html
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.cases.consents.rules import withdraw_consent
from api.cases.register import NewCase, start_case
from api.store.transactions import open_transaction
from screening.gate import YOUTH
from tests.api.accounts.people import HOST, IDENTITY_KEYS, House
from tests.api.documents.folders import Folder, folder
from tests.api.oversight.cases import Town, make_town
from tests.api.plans.plans import START, followed, measure, plan
from tests.api.records.world import LIBRARY, YOUTH_SPJ, ratings, unit_of
from tests.api.store.filled import new_reference
from tests.thoroughness import examples

__all__ = ["folder"]

RECIPIENTS = LIBRARY.consent_rules(date(2026, 11, 21)).recipient_ids


@pytest.fixture
def town(house: House) -> Town:
    return make_town(house)


def paper(town: Any, name: str, **form: str) -> tuple[int, str]:
    """The status of a paper that is posted for, and its text."""
    anna = town.visitor()
    token = anna.csrf_token(f"/cases/{town.case}/documents")
    sent = {"csrf_token": token, "form": "page", "language": "sv", **form}
    answer = anna.client.post(f"/cases/{town.case}/documents/{name}", base_url=HOST, data=sent, buffered=True)
    return answer.status_code, html.unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]))


def network(town: Town, recipient: str) -> tuple[int, str]:
    return paper(town, "network-plan", recipient=recipient)


def consented(town: Town, recipient: str, **more: Any) -> list[str]:
    return [town.consent(recipient, person=person, **more) for person in (YOUTH, "g1")]


def test_the_paper_for_the_young_person_begins_with_strengths_and_says_no_word_of_risk(folder: Folder) -> None:
    folder.assess()
    folder.record(
        "participation_started", {"started_on": "2026-11-01", "part_of_decision": "yes", "court_ordered": "no"}
    )
    first, second = plan()["goals"]
    rated = ratings()["items"]
    tied = [item.id for item in YOUTH_SPJ.items if item.dynamic and item.kind == "risk" and rated[item.id] == "high"]
    made = folder.record("action_plan", plan(goals=[{**first, "items": tied}, second]))
    folder.record("measures_followed_up", followed(("m1", "going_on")), subject=made)
    visitor = folder.visitor()
    sent = {"reader": "youth", "form": "page", "language": "sv"}
    page = visitor.post(folder.path("/plan"), sent, shown_at=folder.path()).text
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))
    assert text.index("Det här fungerar bra") < text.index("Jag vill klara nian.") < text.index("Vad händer nu?")
    for said in (
        "Mentorssamtal varje vecka",
        "Du",
        "Mormor",
        "Pågår (2026-11-12)",
        "kontaktperson (SKKP)",
        "2026-11-29",
    ):
        assert said in text, said
    for item in YOUTH_SPJ.items:
        if item.kind == "risk":
            assert item.title.sv not in text
    for word in ("risk", "återfall", "bedömning", "hög", "måttlig"):
        assert not re.search(rf"\b{word}", text, re.IGNORECASE), word
    english = visitor.post(folder.path("/plan"), {**sent, "language": "en"}, shown_at=folder.path()).text
    assert "Your plan" in english
    as_pdf = visitor.post(folder.path("/plan"), {**sent, "form": "pdf"}, shown_at=folder.path())
    assert as_pdf.data.startswith(b"%PDF")
    assert re.search(r"din-plan-2026-11-\d\d-\w{8}\.pdf", as_pdf.headers["Content-Disposition"])


def test_a_guardian_is_given_the_plan_unless_it_is_hidden_from_them(town: Town) -> None:
    town.write("action_plan", plan())
    status, text = paper(town, "plan", reader="guardian-1")
    assert (status, "Jag vill sluta röka på." in text, "Den unge" in text) == (200, True, True)
    town.write("action_plan", plan(), hidden_from_guardians=True)
    town.write("action_plan", plan(planned_on="2026-11-02"))
    status, text = paper(town, "plan", reader="guardian-1")
    assert (status, "2026-11-02" in text) == (200, False), "what takes the place of something hidden is hidden too"
    assert paper(town, "plan", reader="youth")[0] == 200
    assert paper(town, "plan", reader="guardian-9")[0] == 404


def test_without_a_plan_no_paper_is_made_and_the_attempt_is_in_the_log(town: Town) -> None:
    assert paper(town, "plan", reader="youth")[0] == 409
    consented(town, "school")
    assert network(town, "school")[0] == 409
    assert network(town, "nobody")[0] == 404
    for kind in ("plan_document", "network_plan_document"):
        assert [each.outcome for each in town.house.audit(action="export", kind=kind)][:1] == ["refused"]


def test_the_school_is_told_of_the_goal_that_is_shared_with_it_and_of_nothing_else(town: Town) -> None:
    made = town.write("action_plan", plan(beside_note="Dömd i november.", why_changed="Brak hemma."))
    why = followed(("m1", "stopped"), ("m3", "stopped"), m1="Kom aldrig.", m3="Har tagit återfall.")
    town.write("measures_followed_up", why, subject=made)
    assert network(town, "school")[0] == 409
    consented(town, "school")
    status, text = network(town, "school")
    assert status == 200
    for said in (
        "Jag vill klara nian.",
        "Mentorssamtal varje vecka",
        "Avbrutet (2026-11-12)",
        "Närvaro och mötestider.",
    ):
        assert said in text
    for kept in (
        "röka",
        "mottagningen",
        "Missbruk",
        "mormor",
        "Dömd",
        "Brak",
        "Kom aldrig",
        "återfall",
        "SKKP",
        "Utbildning",
    ):
        assert kept not in text, kept


def test_whoever_does_a_measure_is_told_of_it_without_the_words_of_a_goal_that_is_not_shared(town: Town) -> None:
    town.write("action_plan", plan())
    consented(town, "addiction_care")
    status, text = network(town, "addiction_care")
    assert (status, "Samtal på mottagningen" in text, "Det ni gör" in text) == (200, True, True)
    for kept in ("Jag vill sluta röka på.", "Jag vill klara nian.", "Ringer och påminner", "Mentorssamtal"):
        assert kept not in text
    consented(town, "police")
    assert network(town, "police")[0] == 409, "nothing of the plan concerns the police"


def test_no_paper_is_made_once_one_of_those_who_consented_has_withdrawn(town: Town) -> None:
    town.write("action_plan", plan())
    youth, _ = consented(town, "school")
    assert network(town, "school")[0] == 200
    with open_transaction(town.house.database) as session:
        raw = {"withdrawn_on": "2026-11-21", "withdrawn_by": "youth"}
        withdraw_consent(unit_of(session, town.house.clock(), town.anna), town.case, youth, raw)
    status, text = network(town, "school")
    assert (status, "klara nian" in text) == (409, False)


def test_a_marked_plan_leaves_to_nobody_but_the_young_person(town: Town) -> None:
    town.write("action_plan", plan(), hidden_from_guardians=True)
    consented(town, "school")
    assert (network(town, "school")[0], paper(town, "plan", reader="guardian-1")[0]) == (409, 409)
    assert paper(town, "plan", reader="youth")[0] == 200


def test_the_documents_of_a_case_lead_to_each_paper_that_may_be_made(town: Town) -> None:
    town.write("action_plan", plan())
    consented(town, "school")
    page = html.unescape(town.visitor().get(f"/cases/{town.case}/documents").text)
    assert 'name="recipient" value="school"' in page
    assert 'name="recipient" value="addiction_care"' not in page
    assert "Samtycke saknas eller gäller inte i dag." in page
    assert page.count(f'action="/cases/{town.case}/documents/plan"') == 2


def with_another_case(town: Town) -> Town:
    """The same people with a case in which the work has begun and nothing else is recorded."""
    with open_transaction(town.house.database) as session:
        new = NewCase("sig", new_reference(), birth_date=date(2010, 3, 14))
        case = start_case(unit_of(session, town.house.clock(), town.anna), new, IDENTITY_KEYS).id
    another = replace(town, case=case)
    another.write("guardians", {"guardians": ["g1"]})
    another.write("participation_started", START)
    return another


answers = st.sampled_from(["given", "given", "refused", "expired", "ahead", None])
recipients = st.sampled_from(RECIPIENTS)
goals = st.lists(
    st.tuples(
        st.lists(recipients, max_size=2, unique=True),
        st.lists(st.one_of(recipients, st.just("youth")), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_paper_shows_a_recipient_what_its_consent_does_not_give(town: Town, data: st.DataObject) -> None:
    """Whatever is shared with whom and whoever has answered what: the rule, restated plainly."""
    drawn = data.draw(goals)
    reader = data.draw(recipients)
    stands = {person: data.draw(answers) for person in (YOUTH, "g1")}
    town = with_another_case(town)
    told: list[str] = []
    kept: list[str] = []
    written = []
    for number, (shared, who_does) in enumerate(drawn):
        words = f"Mål-{number}-ord"
        (told if reader in shared else kept).append(words)
        measures = []
        for at, who in enumerate(who_does):
            what = f"Åtgärd-{number}-{at}-ord"
            (told if reader in shared or who == reader else kept).append(what)
            measures.append(measure(f"m{number}{at}", what, who))
        written.append({"id": f"g{number}", "text": words, "shared_with": shared, "measures": measures})
    town.write("action_plan", plan(goals=written))
    for person, answer in stands.items():
        if answer is not None:
            dates = {"expired": {"valid_to": "2026-11-20"}, "ahead": {"valid_from": "2026-12-01"}}.get(answer, {})
            status = "refused" if answer == "refused" else "given"
            more = {"valid_to": None} if status == "refused" else {}
            town.consent(reader, person=person, status=status, **more, **dates)
    code, text = network(town, reader)
    if all(answer == "given" for answer in stands.values()) and told:
        assert code == 200
        assert [words for words in told if words not in text] == []
    else:
        assert code == 409
        told, kept = [], [*told, *kept]
    assert [words for words in kept if words in text] == []
