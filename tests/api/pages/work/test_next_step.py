"""The page of a case has one primary button: the next step, for whoever may do it."""

import re

from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, FACTS, SIGNABLE, Worker, at_work

_PRIMARY = re.compile(r'<a class="btn btn-primary" href="([^"]+)">([^<]+)</a>')


def button(worker: Worker, case: str) -> tuple[str, str] | None:
    """Where the one primary button leads, and what it says; None where it waits for somebody else."""
    page = worker.see(case)
    buttons = _PRIMARY.findall(page)
    assert len(buttons) == page.count("btn-primary") <= 1, buttons
    assert "Nästa steg" in page
    return buttons[0] if buttons else None


def test_each_step_leads_to_the_next_until_the_case_is_closed(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO, "reviewer")
    case = anna.open_case()
    address, label = button(anna, case) or ("", "")
    assert label == "Avsluta förhandsbedömningen"
    assert "14 dagar kvar" not in anna.see(case)
    assert "13 dagar kvar" in anna.see(case)
    closing = {"closed_on": "2026-11-21", "result": "investigation_opened", "possible_sig_question": "yes"}
    assert anna.send(address, {**closing, "reasons": "Oro."}).status_code == 303
    address, label = button(anna, case) or ("", "")
    assert (label, address) == ("Skriv uppgifterna", f"{case}/facts")
    assert anna.send(address, FACTS).status_code in (200, 303)
    assert button(anna, case) == (f"{case}/assess", "Börja bedömningen")
    draft = anna.begin(case)
    assert (button(anna, case) or ("", ""))[1] == "Fortsätt bedömningen"
    assert anna.send(f"{draft}/summary", SIGNABLE).status_code == 303
    assert anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts").status_code == 303
    assert button(anna, case) == (f"{case}/screen", "Jämför med en vägledning")
    screening = anna.screen(case)
    assert button(anna, case) is None
    assert "Väntar på en granskare" in anna.see(case)
    assert button(bo, case) == (f"{screening}/review", "Granska rekommendationen")


def test_after_the_review_the_caseworker_has_the_case_until_it_is_closed(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO, "reviewer", "decider")
    case = anna.open_case()
    screening = anna.screen(case)
    assert bo.send(f"{screening}/review", {"verdict": "agree"}).status_code == 303
    assert button(anna, case) == (f"{case}/facts", "Komplettera uppgifterna")
    offered = {"taken_on": "2026-11-21", "position": "offer", "answer": "", "reasons": "Behov av samordning."}
    address = f"{case}/position"
    assert 'href="#answer"' in anna.send(address, offered).text
    assert 'href="#answer"' in anna.send(address, {**offered, "position": "no_measure", "answer": "declined"}).text
    assert anna.send(address, {**offered, "answer": "awaited"}).status_code == 303
    assert button(anna, case) == (address, "Anteckna svaret")
    assert anna.send(address, {**offered, "answer": "accepted"}).status_code == 303
    address, label = button(anna, case) or ("", "")
    assert label == "Starta insatsen"
    begun = {"started_on": "2026-11-21", "part_of_decision": "no", "court_ordered": "no"}
    assert anna.send(address, begun).status_code == 303
    assert (button(anna, case) or ("", ""))[1] == "Anteckna nästa nätverksmöte"
    refused = anna.send(f"{case}/close", {"closed_on": "2026-11-21", "reasons": "Klart."})
    assert (refused.status_code, "Insatsen pågår" in refused.text) == (409, True)
    ended = {"ended_on": "2026-11-21", "reason": "completed"}
    assert anna.send(f"{case}/follow-up/participation_ended", ended).status_code == 303
    assert (button(anna, case) or ("", ""))[1] == "Följ upp efter avslutet"
    assert anna.send(f"{case}/close", {"closed_on": "2026-11-21", "reasons": "Klart."}).status_code == 303
    assert button(anna, case) is None
    assert "Ärendet är avslutat." in anna.see(case)
