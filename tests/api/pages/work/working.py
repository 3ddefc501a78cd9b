"""People at work in the pages: what they fill in, send and see."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.api.accounts.people import HOST, House, Visitor

ANNA, BO, CECILIA, DAVID = (f"{name}@kommun.example" for name in ("anna", "bo", "cecilia", "david"))
INTAKE = {"reporter": "police", "received_on": "2026-11-20", "preliminary_assessment": "open", "note": ""}
SIGNABLE = {
    "summary.reoffending_risk": "high",
    "summary.reasons": "Täta händelser i samma sällskap.",
    "own_view": "Vill byta umgänge.",
    "agrees": "partly",
    "best_interests": "Skolan väger tyngst.",
    "confidence": "moderate",
    "completeness_reason": "Det är bråttom.",
    "assessed_on": "2026-11-21",
}
FACTS = {
    "fact.recruitment_risk": "yes",
    "fact.coordinated_need": "yes",
    "fact.coordinated_need.reason": "Två myndigheter behövs.",
    "fact.gang_ties": "suspected",
    "fact.gang_ties.source": "polis",
    "fact.offence_count.number": "5",
}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Worker:
    """Somebody at work: a visitor who sends the fields of the form that was shown, with some filled in."""

    visitor: Visitor

    def see(self, path: str, status: int = 200) -> str:
        answer = self.visitor.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return html.unescape(answer.text)

    def send(self, path: str, form: dict[str, Any], *, shown_at: str | None = None, **headers: str) -> TestResponse:
        shown = self.visitor.get(shown_at or path).text
        sent = {"csrf_token": _TOKEN.search(shown)[1], **hidden_in(shown), **form}  # type: ignore[index]
        return self.visitor.client.post(path, base_url=HOST, data=sent, headers=headers, buffered=True)

    def open_case(self, reference: str = "2026-117", **more: str) -> str:
        answer = self.send("/cases/new", {"reference": reference, "birth_date": "2010-03-14", **INTAKE, **more})
        assert answer.status_code == 303, html.unescape(answer.text)
        return answer.headers["Location"].partition("?")[0]

    def begin(self, case: str, instrument: str = "youth_spj") -> str:
        answer = self.send(f"{case}/assess", {"instrument": instrument})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def sign(self, case: str, **more: str) -> None:
        draft = self.begin(case)
        answer = self.send(f"{draft}/summary", {**SIGNABLE, **more})
        assert answer.headers.get("Location") == f"{draft}/counts", html.unescape(answer.text)
        signed = self.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
        assert signed.status_code == 303, html.unescape(signed.text)

    def screen(self, case: str, guidance: str = "socialstyrelsen_2012") -> str:
        answer = self.send(f"{case}/screen", {"guidance": guidance})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("?")[0]


def hidden_in(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms, apart from the mark of the log-in."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in fields if name not in ("csrf_token", "next")}


def at_work(house: House, email: str = ANNA, *roles: str) -> Worker:
    house.add(email, *(roles or ("social_secretary",)))
    return Worker(house.logged_in(email))


def saved(answer: TestResponse) -> dict[str, Any]:
    """What the page is told when it saves while one writes."""
    return dict(json.loads(answer.text))
