"""The page of a review: what it shows, sending back with a question and answering, on both databases."""

import re

from tests.api.accounts.people import House
from tests.api.pages.work.test_recommendations import case_with_recommendation
from tests.api.pages.work.working import CECILIA, DAVID, Worker, at_work

_FORM = re.compile(r'class="sheet')


def forms_in(page: str) -> int:
    """How many forms that sign or send stand open."""
    open_parts = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    return len(_FORM.findall(open_parts))


def asked(by: Worker, screening: str, question: str) -> None:
    sent = by.send(f"{screening}/review", {"verdict": "return", "question": question})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{screening}/review?done=returned")


def test_a_reviewer_has_what_they_need_on_one_page_and_one_form(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia = at_work(house, CECILIA, "reviewer")
    page = cecilia.see(f"{screening}/review")
    for part in (
        "Mer underlag behövs",
        "anna: samlad bedömning och skäl",
        "Täta händelser i samma sällskap.",
        "Skydd och risk, fråga för fråga",
        "Det som inte är känt",
        "Skickar tillbaka med en fråga",
    ):
        assert part in page
    assert page.index("Skydd</caption>") < page.index("Risk som kan ändras</caption>")
    assert forms_in(page) == 1
    assert forms_in(anna.see(f"{screening}/review")) == 0
    assert cecilia.send(f"{screening}/review", {"verdict": "agree"}).status_code == 303
    for shown in (cecilia.see(f"{screening}/review"), cecilia.see(screening), cecilia.see(case)):
        assert "Granskad: instämmer" in shown
        assert forms_in(shown) == 0


def test_a_question_waits_with_the_caseworker_and_its_answer_with_the_reviewer(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia = at_work(house, CECILIA, "reviewer")
    empty = cecilia.send(f"{screening}/review", {"verdict": "return", "question": " "})
    assert (empty.status_code, 'href="#question"' in empty.text) == (422, True)
    asked(cecilia, screening, "Vad säger skolan?")
    for shown in (anna.see("/work"), anna.see(case)):
        assert "Besvara frågan från granskaren" in shown
        assert f'href="{screening}/review"' in shown
        assert "Granskad" not in shown
    waiting = cecilia.see(f"{screening}/review")
    assert "Väntar på svar." in waiting
    assert "<summary>Granska utan att vänta på svaret</summary>" in waiting
    assert forms_in(waiting) == 0
    twice = cecilia.send(f"{screening}/review", {"verdict": "return", "question": "En till fråga?"})
    assert (twice.status_code, "En till fråga?</textarea>" in twice.text) == (409, True)
    page = anna.see(f"{screening}/review")
    assert page.index("Vad säger skolan?") < page.index("Ditt svar") < page.index('id="outcome"')
    [address] = re.findall(r'action="/questions/([0-9a-f]+/answer)"', page)
    assert 'href="#reply"' in anna.send(f"/questions/{address}", {}, shown_at=f"{screening}/review").text
    reply = {"reply": "Att han är där varje dag."}
    assert anna.send(f"/questions/{address}", reply, shown_at=f"{screening}/review").status_code == 303
    late = anna.send(f"/questions/{address}", {"reply": "Igen."}, shown_at=f"{screening}/review")
    assert (late.status_code, "Igen." in late.text) == (409, True)
    assert "Granska rekommendationen" in cecilia.see("/work")
    page = cecilia.see(f"{screening}/review")
    assert page.index("Vad säger skolan?") < page.index("Att han är där varje dag.") < page.index("Din granskning")
    history = cecilia.see(case).partition("Granskarens fråga besvarades")[2]
    assert history.index("Att han är där varje dag.") < history.index("skickade tillbaka rekommendationen med en fråga")


def test_a_question_follows_to_the_new_comparison_and_not_beyond_its_review(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia = at_work(house, CECILIA, "reviewer")
    asked(cecilia, screening, "Vad säger skolan?")
    newest = anna.screen(case)
    page = cecilia.see(f"{newest}/review")
    assert "Vad säger skolan?" in page
    assert "Ärendet jämfördes på nytt." in page
    assert forms_in(page) == 1
    assert forms_in(anna.see(f"{screening}/review")) == 0  # what nobody waits for is not answered
    cecilia.send(f"{newest}/review", {"verdict": "agree"})
    assert "Vad säger skolan?" not in cecilia.see(f"{anna.screen(case)}/review")


def test_what_waits_for_a_second_person_is_nowhere_called_reviewed(house: House) -> None:
    anna = at_work(house)
    case, screening = case_with_recommendation(anna)
    cecilia, david = at_work(house, CECILIA, "reviewer"), at_work(house, DAVID, "decider")
    stated = {"verdict": "deviate", "applies": "not_target_group", "deviation": "safety", "reasons": "Hotet är nytt."}
    cecilia.send(f"{screening}/review", stated)
    for path in (case, screening, f"{screening}/review", "/work?view=sig"):
        shown = david.see(path)
        assert "andra person" in shown
        assert "Granskad" not in shown
    assert forms_in(cecilia.see(f"{screening}/review")) == 0
    assert forms_in(david.see(f"{screening}/review")) == 1
