"""The recommendation, its review and change over time, on both databases."""

import re
from datetime import date
from typing import NoReturn

import pytest

from api.cases.screenings import opening
from instruments.faults import Fault, UnknownDefinitionError
from tests.api.accounts.people import House
from tests.api.pages.work.working import ANNA, BO, CECILIA, DAVID, FACTS, Worker, at_work
from tests.api.shown_words import MOST_SHOWN, ShownWords


def case_with_recommendation(anna: Worker) -> tuple[str, str]:
    case = anna.open_case()
    anna.send(f"{case}/facts", FACTS)
    anna.sign(case)
    return case, anna.screen(case)


def test_a_recommendation_says_its_outcome_and_every_ground(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    page = anna.see(screening)
    for part in (
        "Mer underlag behövs",
        "ännu avgörande och oklart",
        "Vår läsning",
        "Satt av",
        "Samtycken",
        "Fingeravtryck",
    ):
        assert part in page
    assert "Skriv under din granskning" not in page  # anna does not review
    assert "Jämfört" in anna.see(case)


def test_a_recommendation_shows_few_words_at_once_and_the_strengths_before_any_risk(house: House) -> None:
    anna = at_work(house)
    _, screening = case_with_recommendation(anna)
    page = anna.see(screening)
    words = ShownWords(page)
    assert words.shown <= MOST_SHOWN
    assert words.folded > words.shown
    assert page.index('id="strengths-title"') < page.index('id="why-title"')


def test_a_deviation_needs_its_reason_and_a_second_person(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia, david = at_work(house, CECILIA, "reviewer"), at_work(house, DAVID, "decider")
    assert "Granska rekommendationen" in cecilia.see("/work")
    review = f"{screening}/review"
    refused = cecilia.send(review, {"verdict": "deviate"})
    assert refused.status_code == 422
    assert 'href="#deviation"' in refused.text
    assert 'href="#applies"' in refused.text
    stated = {"verdict": "deviate", "applies": "not_target_group", "deviation": "safety", "reasons": "Hotet är nytt."}
    assert cecilia.send(review, stated).status_code == 303
    assert "Ta ställning till avvikelsen" in david.see("/work")
    page = david.see(review)
    assert "Hotet är nytt." in page
    address = page.partition('action="/reviews/')[2].partition('"')[0]
    assert 'value="more_information_needed"' not in page  # what was computed cannot apply instead
    nothing = david.send(f"/reviews/{address}", {"answer": "reject"}, shown_at=f"{screening}/review")
    assert (nothing.status_code, 'href="#second_reasons"' in nothing.text) == (422, True)
    done = david.send(f"/reviews/{address}", {"answer": "confirm"}, shown_at=f"{screening}/review")
    assert done.status_code == 303
    page = cecilia.see(screening)
    assert "Bekräftad av david" in page
    assert page.index("Underlaget pekar inte mot målgruppen") < page.index("Uträknat resultat")
    beside = "ekar inte mot målgruppen (uträknat: mer underlag behövs)"
    for shown in (cecilia.see("/work?view=sig"), cecilia.see(case)):
        assert beside in shown
        assert "Granskad: avvikelsen gäller" in shown


def test_a_rejected_deviation_goes_back_with_its_reason_shown(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia, david = at_work(house, CECILIA, "reviewer"), at_work(house, DAVID, "decider")
    stated = {"verdict": "deviate", "applies": "not_target_group", "deviation": "safety", "reasons": "Hotet är nytt."}
    cecilia.send(f"{screening}/review", stated)
    waiting = cecilia.see(case)
    assert "Inte färdiggranskad: en avvikelse väntar på en andra person" in waiting
    assert "Granskad:" not in cecilia.see("/work?view=sig")
    assert "Du har skrivit granskningen" not in cecilia.see(f"{screening}/review")  # confirming is not her task
    address = david.see(f"{screening}/review").partition('action="/reviews/')[2].partition('"')[0]
    answer = {"answer": "reject", "second_reasons": "Skyddet är redan ordnat."}
    assert david.send(f"/reviews/{address}", answer, shown_at=f"{screening}/review").status_code == 303
    assert "Granska rekommendationen" in cecilia.see("/work")
    for shown in (cecilia.see(screening), cecilia.see(case)):
        assert "Avvisad av david" in shown
        assert "Skyddet är redan ordnat." in shown
    assert "Skriv under din granskning" in cecilia.see(f"{screening}/review")
    assert cecilia.send(f"{screening}/review", {"verdict": "agree"}).status_code == 303
    assert "Granskad: instämmer" in cecilia.see(case)


def test_the_page_says_why_the_rater_may_not_review_and_whose_rating_it_shows(house: House) -> None:
    anna = at_work(house, ANNA, "social_secretary", "reviewer", "decider")
    _, screening = case_with_recommendation(anna)
    page = anna.see(f"{screening}/review")
    assert "vilar på din egen bedömning" in page
    assert "Skriv under din granskning" not in page
    assert "Din samlade bedömning" in page
    assert "Din samlade bedömning" in anna.see(screening)
    assert f'href="{screening}"' not in anna.see("/work")
    cecilia = at_work(house, CECILIA, "reviewer")
    shown = cecilia.see(screening)
    assert "Samlad bedömning av anna" in shown
    assert "Din samlade bedömning" not in shown + cecilia.see(f"{screening}/review")
    cecilia.send(f"{screening}/review", {"verdict": "agree"})
    agreed = cecilia.see(f"{screening}/review")
    assert "<summary>Granska på nytt</summary>" in agreed
    assert "Skriv under din granskning" not in agreed


def test_a_review_of_what_was_tested_again_is_refused_and_explained(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia = at_work(house, CECILIA, "reviewer")
    cecilia.see(screening)
    newest = anna.screen(case)
    late = cecilia.send(f"{screening}/review", {"verdict": "agree"})
    assert late.status_code == 412
    assert newest in late.text
    agreed = cecilia.send(f"{newest}/review", {"verdict": "agree", "deviation": "safety"})
    assert agreed.status_code == 303


def test_change_is_drawn_and_told_with_what_brought_it_about(house: House) -> None:
    anna = at_work(house)
    case, _ = case_with_recommendation(anna)
    assert "Det behövs två jämförelser" in anna.see(f"{case}/change")
    anna.send(f"{case}/facts", {**FACTS, "fact.recruitment_risk": "no"})
    anna.screen(case)
    page = anna.see(f"{case}/change")
    assert "<svg" in page
    assert "Den unge och det som är känt" in page
    assert "Visa som tabell" in page


def test_a_guidance_that_is_not_there_is_said_at_its_field(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    refused = anna.send(f"{case}/screen", {"guidance": "nowhere"})
    assert refused.status_code == 422
    assert 'id="guidance-error"' in refused.text


def test_a_colleague_without_the_role_may_not_test(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    bo = at_work(house, BO, "coordinator")
    assert bo.visitor.get(f"{case}/screen").status_code == 403
    assert "Jämför med vägledningen" not in bo.see(case)


def test_a_recommendation_says_until_when_it_stands_and_once_it_does_not_to_compare_anew(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    page = anna.see(screening)
    through = re.search(r"Gäller till och med (\d{4}-\d\d-\d\d), om inget nytt tillkommer", page)
    assert through is not None
    assert f"gäller till och med {through[1]}, om inget nytt tillkommer" in anna.see("/work")
    assert f"Gäller till och med {through[1]}, om inget nytt tillkommer." in anna.see(case)
    house.clock.pass_by(hours=24 * ((date.fromisoformat(through[1]) - house.clock().date()).days + 1))
    anna = Worker(house.logged_in(ANNA))
    assert f"Behöver göras om efter {through[1]}. Jämför på nytt med vägledningen." in anna.see(screening)
    assert f"behöver göras om efter {through[1]}" in anna.see("/work")
    assert f"Behöver göras om efter {through[1]}." in anna.see(case)


@pytest.mark.parametrize("page", ["", "/review"])
def test_where_a_definition_is_not_here_any_more_the_page_says_so_and_whom_to_turn_to(
    house: House, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    def find_none(*_: object) -> NoReturn:
        raise UnknownDefinitionError(Fault("unknown-definition", ""))

    anna = at_work(house)
    _, screening = case_with_recommendation(anna)
    monkeypatch.setattr(opening, "explanation_of", find_none)
    assert "Vänd dig till dem som driver tjänsten." in anna.see(f"{screening}{page}", 503)
