"""The way in: one page that opens a case, facts saved as they are written, the list, and signing that leads on."""

import html
import re
from collections.abc import Iterator
from typing import Any

from api.cases.ratings.item_strips import Earlier
from api.store.schema import Entry
from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, CECILIA, INTAKE, SIGNABLE, Worker, at_work, hidden_in, saved
from tests.api.records.world import YOUTH_SPJ

JSON = {"Accept": "application/json"}
CLOSED = {
    "preliminary_assessment": "closed",
    "closed_on": "2026-11-21",
    "result": "investigation_opened",
    "possible_sig_question": "yes",
    "reasons": "Behöver utredas.",
}


def kinds_in(anna: Worker, case: str) -> list[str]:
    entries: list[dict[str, Any]] = saved(anna.visitor.get(f"/api/v1{case}/entries"))["entries"]
    return [each["kind"] for each in entries]


def test_one_page_opens_the_case_with_all_that_is_known_at_intake(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case(guardians="2", **CLOSED)
    assert kinds_in(anna, case) == ["intake", "preliminary_assessment_closed", "guardians"]
    assert "Förhandsbedömningen avslutades 2026-11-21" in anna.see(case)


def test_what_is_missing_of_a_closed_assessment_is_said_and_nothing_is_opened(house: House) -> None:
    anna = at_work(house)
    new = {"reference": "2026-117", "birth_date": "2010-03-14", **INTAKE, **CLOSED, "result": "", "reasons": ""}
    refused = anna.send("/cases/new", new)
    assert refused.status_code == 422
    assert ('href="#result"' in refused.text, 'href="#reasons"' in refused.text) == (True, True)
    assert "2026-117" not in anna.see("/work")


def test_a_reference_that_is_taken_leads_to_the_case_that_has_it(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    refused = anna.send("/cases/new", {"reference": "2026-117", "birth_date": "2011-01-01", **INTAKE, "note": "Kvar."})
    assert refused.status_code == 409
    assert f'href="{case}"' in refused.text
    assert "Kvar." in refused.text


def test_the_next_page_follows_the_last_one(house: House) -> None:
    anna = at_work(house)
    opened = anna.send("/cases/new", {"reference": "2026-1", **INTAKE, "to": "consents"})
    case = opened.headers["Location"].partition("/consents")[0]
    consent = {"consent.youth.school": "given", "answered_on": "2026-11-20", "form": "oral", "content": "Närvaro"}
    answered = anna.send(f"{case}/consents", {**consent, "to": "facts"})
    assert answered.headers["Location"] == f"{case}/facts"
    begun = anna.send(f"{case}/assess", {"instrument": "youth_spj", "to": "list"}, shown_at=f"{case}/facts")
    draft = begun.headers["Location"].removesuffix("/list")
    counted = anna.send(f"{draft}/list", SIGNABLE)
    assert counted.headers["Location"] == f"{draft}/counts"
    signed = anna.send(f"{draft}/sign", {"to": "screen"}, shown_at=f"{draft}/counts")
    assert signed.headers["Location"].startswith("/screenings/")
    assert kinds_in(anna, case)[-2:] == ["assessment", "screening"]


def test_facts_are_saved_as_they_are_written_and_what_is_incomplete_is_said(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    written = {"fact.recruitment_risk": "yes", "fact.gang_ties": "not_found"}
    told = saved(anna.send(f"{case}/facts", written, **JSON))
    assert told["status"] == "partly_saved"
    assert list(told["faults"]) == ["fact-gang_ties-reason"]
    assert "Räcker uppgifterna?" in told["settled"]
    assert kinds_in(anna, case).count("fact") == 1
    done = saved(anna.send(f"{case}/facts", {**written, "fact.gang_ties.reason": "Polisen svarar inte."}, **JSON))
    assert (done["status"], done["faults"]) == ("saved", {})
    assert done["progress"]["settles"].startswith("2 av ")
    assert kinds_in(anna, case).count("fact") == 2
    again = saved(anna.send(f"{case}/facts", {**written, "fact.gang_ties.reason": "Polisen svarar inte."}, **JSON))
    assert again["status"] == "saved"
    assert kinds_in(anna, case).count("fact") == 2


def test_a_colleague_s_fact_is_shown_and_never_overwritten_by_a_form_that_is_older(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO)
    case = anna.open_case()
    shown = hidden_in(anna.visitor.get(f"{case}/facts").text)["shown"]
    bo.send(f"{case}/facts", {"fact.recruitment_risk": "yes"})
    mine = {"fact.current_threat": "no", "fact.recruitment_risk": "", "shown": shown}
    told = saved(anna.send(f"{case}/facts", mine, **JSON))
    assert told["status"] == "saved"
    assert told["changed_by_others"] == ["fact.recruitment_risk"]
    assert told["values"]["fact.recruitment_risk"] == "yes"
    conflict = anna.send(f"{case}/facts", {**mine, "fact.recruitment_risk": "no"}, **JSON)
    assert conflict.status_code == 409
    assert "bo har antecknat samma uppgift" in saved(conflict)["faults"]["fact-recruitment_risk"]
    assert kinds_in(anna, case).count("fact") == 2


def test_the_source_of_the_report_is_offered_and_accepted_by_an_act(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    page = anna.see(f"{case}/facts")
    assert 'data-source="Anmälan från polisen" data-day="2026-11-20"' in page
    anna.send(f"{case}/facts", {"fact.recruitment_risk": "yes"})
    assert "Källa: Anmälan från polisen" not in anna.see(case)
    accepted = anna.send(f"{case}/facts", {"fact.recruitment_risk": "yes", "accept": "recruitment_risk|0"})
    assert accepted.status_code == 303
    assert "Källa: Anmälan från polisen · 2026-11-20" in anna.see(case)
    # what one fact rests on is offered for the next
    own = {
        "fact.current_threat": "no",
        "fact.current_threat.source": "Samtal",
        "fact.current_threat.observed_on": "2026-11-21",
    }
    anna.send(f"{case}/facts", own)
    assert 'data-source="Samtal" data-day="2026-11-21"' in anna.see(f"{case}/facts")


def test_what_was_observed_before_the_case_came_in_is_asked_again(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    old = {
        "fact.recruitment_risk": "yes",
        "fact.recruitment_risk.source": "Skolan",
        "fact.recruitment_risk.observed_on": "2025-03-01",
    }
    anna.send(f"{case}/facts", old)
    page = anna.see(f"{case}/facts")
    assert "Uppgiften är från 2025-03-01" in page
    anna.send(f"{case}/facts", {**old, "accept": "recruitment_risk|again"})
    after = anna.see(f"{case}/facts")
    assert "Uppgiften är från" not in after
    assert 'name="fact.recruitment_risk.observed_on" id="fact-recruitment_risk-observed_on" value="2026-11-21"' in after


def test_what_waits_for_ratings_is_not_said_to_be_met_or_not(house: House) -> None:
    anna = at_work(house)
    page = anna.see(f"{anna.open_case()}/facts")
    assert "Jämförs efter skattning" in page


def test_an_assessment_is_gone_on_with_in_the_list_where_it_was_left(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    told = saved(
        anna.send(
            f"{draft}/list", {"item.prosocial_involvement": "present", "at": "list.prosocial_involvement"}, **JSON
        )
    )
    assert told["progress"]["protective"] == "1 av 6 besvarade"
    assert anna.visitor.get(draft).headers["Location"] == f"{draft}/list#rate-prosocial_involvement"
    anna.send(f"{draft}/protective", {"item.prosocial_involvement": "absent"}, **JSON)
    assert 'value="absent" data-key="1" checked' in html.unescape(anna.visitor.get(f"{draft}/list").text)


def test_what_is_wrong_in_the_list_names_its_item(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    refused = anna.send(f"{draft}/list", {**SIGNABLE, "item.prosocial_involvement": "not_found"})
    assert refused.status_code == 422
    assert '<a href="#item-prosocial_involvement-note">Aktiv i något positivt: ' in html.unescape(refused.text)


def test_risk_and_protection_are_seen_item_by_item_once_one_has_rated(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    draft = anna.begin(case)
    rated = {
        "item.prosocial_involvement": "present",
        "item.substance_use": "high",
        "item.anger_management": "not_found",
    }
    anna.send(f"{draft}/list", {**rated, "item.anger_management.note": "Ingen har frågat."}, **JSON)
    early = anna.visitor.get(f"{draft}/counts")
    assert (early.status_code, "strip-table" in early.text) == (409, False)
    anna.send(f"{draft}/summary", SIGNABLE)
    page = anna.see(f"{draft}/counts")
    captions = [
        page.index(f"<caption>{each}</caption>")
        for each in ("Skydd", "Risk som kan ändras", "Historia som inte ändras")
    ]
    assert captions == sorted(captions)
    strips = {title: (fills, words) for title, fills, words in _strips(page)}
    assert len(strips) == 30
    assert strips["Aktiv i något positivt"] == (["present"], "Finns")
    high, blank = strips["Alkohol och droger"], strips["Svårt att hantera ilska"]
    assert high == (["high", "high", "high"], "Hög")
    assert blank == (["blank", "blank", "blank"], "Underlag saknas")
    anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    assessment = anna.see(case).partition('href="/assessments/')[2].partition('"')[0]
    assert list(_strips(anna.see(f"/assessments/{assessment}"))) == list(_strips(page))


def test_an_assessment_stands_beside_the_one_before_and_what_has_changed_says_so(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    for rated in ({"item.substance_use": "high"}, {"item.substance_use": "low"}):
        draft = anna.begin(case)
        anna.send(f"{draft}/list", rated, **JSON)
        anna.send(f"{draft}/summary", SIGNABLE)
        shown = anna.see(f"{draft}/counts")
        anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    screening = anna.screen(case)
    assessment = anna.see(case).partition('href="/assessments/')[2].partition('"')[0]
    pages = [shown, *(anna.see(path) for path in (case, f"/assessments/{assessment}", screening))]
    for page in pages:
        assert "Antal svar som är andra nu: 1." in page
        changed = _row_of(page, "Alkohol och droger")
        assert 'class="is-changed"' in changed
        assert re.findall(r'class="fill-(\w+)"', changed) == ["low", "none", "none", "high", "high", "high"]
        assert re.findall(r">([^<>]+)</span>", changed) == ["Ändrad", "Låg", "Hög"]
        same = _row_of(page, "Svårt att hantera ilska")
        assert re.findall(r">([^<>]+)</span>", same) == ["Inte efterfrågat"] * 2
        assert re.findall(r'class="fill-(\w+)"', same) == ["blank"] * 6
    cecilia = at_work(house, CECILIA, "social_secretary")
    rater = re.findall(r'value="(\w+)"', anna.see(f"{case}/second-rating").partition("cecilia")[0])[-1]
    assert anna.send(f"{case}/second-rating", {"rater": rater}).status_code == 303
    assert "Antal svar som är andra nu" not in cecilia.see(case)


def test_only_items_that_say_the_very_same_are_compared_between_versions() -> None:
    first, second, *rest = YOUTH_SPJ.items
    reworded = second.model_copy(update={"title": {"sv": "Annat", "en": "Other"}})
    made_by = YOUTH_SPJ.model_copy(update={"items": (first, reworded, *rest), "version": "0.9"})
    earlier = Earlier(
        Entry(), made_by, {f"item.{first.id}": "high", f"item.{second.id}": "high"}, is_other_version=True
    )
    said = [earlier.value_of(item) for item in (first, second, rest[0])]
    assert said == ["high", None, "not_asked"]


def _row_of(page: str, item: str) -> str:
    """The row of an item in a picture that stands beside the one before."""
    return next(row for row in page.partition("strips-beside")[2].split("<tr ") if f'rowheader">{item}' in row)


def _strips(page: str) -> Iterator[tuple[str, list[str], str]]:
    """Every row of the picture: the item, what its steps are filled with, and what it says in words."""
    for row in page.partition('<div class="strips">')[2].partition("</div>")[0].split('<tr><th scope="row">')[1:]:
        said = re.search(r"<span[^>]*>([^<]+)</span></td>", row)
        assert said is not None
        yield row.partition("</th>")[0], re.findall(r'class="fill-(\w+)"', row), said[1]
