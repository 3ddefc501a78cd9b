"""The recommendation, its review and change over time, on both databases."""

from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, CECILIA, DAVID, FACTS, Worker, at_work


def case_with_recommendation(anna: Worker) -> tuple[str, str]:
    case = anna.open_case()
    anna.send(f"{case}/facts", FACTS)
    anna.sign(case)
    return case, anna.screen(case)


def test_a_recommendation_says_its_outcome_and_every_ground(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    page = anna.see(screening)
    for part in ("Mer underlag behövs", "Alla kriterier", "Vår läsning", "Satt av", "Samtycken", "Fingeravtryck"):
        assert part in page
    assert "Skriv under din granskning" not in page  # anna does not review
    assert "Prövat" in anna.see(case)


def test_a_deviation_needs_its_reason_and_a_second_person(house: House) -> None:
    anna = at_work(house)
    _, screening = case_with_recommendation(anna)
    cecilia, david = at_work(house, CECILIA, "reviewer"), at_work(house, DAVID, "decider")
    assert "Att granska" in cecilia.see("/work")
    review = f"{screening}/review"
    refused = cecilia.send(review, {"verdict": "deviate"}, shown_at=screening)
    assert refused.status_code == 422
    assert 'href="#deviation"' in refused.text
    stated = {"verdict": "deviate", "deviation": "safety", "reasons": "Hotet är nytt."}
    assert cecilia.send(review, stated, shown_at=screening).status_code == 303
    assert "Avvikelser att bekräfta" in david.see("/work")
    page = david.see(screening)
    assert "Hotet är nytt." in page
    address = page.partition('action="/reviews/')[2].partition('"')[0]
    done = david.send(f"/reviews/{address}", {"confirm_note": ""}, shown_at=screening)
    assert done.status_code == 303
    assert "Bekräftad av david" in cecilia.see(screening)


def test_a_review_of_what_was_tested_again_is_refused_and_explained(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia = at_work(house, CECILIA, "reviewer")
    cecilia.see(screening)
    newest = anna.screen(case)
    late = cecilia.send(f"{screening}/review", {"verdict": "agree"}, shown_at=screening)
    assert late.status_code == 412
    assert newest in late.text
    agreed = cecilia.send(f"{newest}/review", {"verdict": "agree", "deviation": "safety"}, shown_at=newest)
    assert agreed.status_code == 303


def test_change_is_drawn_and_told_with_what_brought_it_about(house: House) -> None:
    anna = at_work(house)
    case, _ = case_with_recommendation(anna)
    assert "Det behövs två prövningar" in anna.see(f"{case}/change")
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
    assert "Pröva mot en vägledning" not in bo.see(case)
