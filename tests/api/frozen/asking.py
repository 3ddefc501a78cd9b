"""What is asked of the town: everything that can be read, every kind of thing that can be made, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from api.evaluation.examples import examples
from tests.api.frozen.exchange import Row, Sender
from tests.api.frozen.town import WRITTEN, Town
from tests.api.records.world import FACTS, LIBRARY, assessment
from tests.api.routes.records.desk import CASES, NUMBER

API = "/api/v1"
#: The definitions that are kept in whole; the others by digest.
IN_WHOLE = ("youth_spj", "stockholm_2012/ostermalm")
OFFENCES = {"offence_count": {"value": 5, "window_months": 24}, "age": 16}


class Asking:
    """Asks, and keeps the exchange."""

    def __init__(self, sender: Sender, town: Town) -> None:
        self.sender, self.town = sender, town
        self.rows: list[Row] = []

    def ask(self, by: str | None, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        row: Row = {"by": by, "method": method, "path": self._hidden(path)}
        if body is not None:
            row["body"] = json.loads(self._hidden(json.dumps(body)))
        headers = {name.replace("_", "-"): value for name, value in more.items() if name[0].isupper()}
        if headers:
            row["headers"] = headers
        row |= {name: value for name, value in more.items() if not name[0].isupper()}
        answer = self.sender.send(row)
        self.rows.append({**row, "answer": self.sender.kept(answer, row)})
        return answer

    def _hidden(self, text: str) -> str:
        return self.sender.names.hide(text)

    def get(self, by: str | None, path: str, **more: Any) -> TestResponse:
        return self.ask(by, "GET", path, **more)

    def post(self, by: str | None, path: str, body: Any, **more: Any) -> TestResponse:
        return self.ask(by, "POST", path, body, **more)

    def make(self, by: str, path: str, body: Any, **more: Any) -> Any:
        answer = self.post(by, path, body, **more)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.get_json()

    def everything(self) -> list[Row]:
        """Ask for all of it."""
        self._log()
        self._definitions()
        self._evaluations()
        self._cases()
        self._screenings()
        self._counts()
        self._disclosures()
        self._refusals()
        self._work()
        self._drafts_and_reviews()
        self._research()
        self._purge()
        self._pages()
        return self.rows

    # Read

    def _log(self) -> None:
        """First, before what is asked here stands in the log itself."""
        case = self.town.cases["agreed"].rpartition("/")[2]
        for query in (
            "limit=5",
            f"case={case}&limit=200",
            "action=cross",
            "suggestion=odd",
            "limit=0",
            "from=2026-13-01",
        ):
            self.get("lo", f"{API}/audit?{query}")
        self.get("lo", f"{API}/audit/verification")
        self.post("lo", f"{API}/audit/verification", None)
        self.get("anna", f"{API}/audit")
        self.get(None, f"{API}/audit/checkpoint")

    def _definitions(self) -> None:
        self.get(None, "/health")
        for group, names in (
            ("instruments", [each.reference for each in LIBRARY.instruments]),
            ("guidance", list(self._guidances())),
        ):
            self.get(None, f"{API}/{group}", grows=True)
            for name in names:
                whole = name.partition("@")[0] in IN_WHOLE
                self.get(None, f"{API}/{group}/{name}", **({} if whole else {"by_digest": True}))
            self.get(None, f"{API}/{group}/nothing")
        shown = self.get(None, f"{API}/instruments/youth_spj@1.0", by_digest=True)
        self.get(None, f"{API}/instruments/youth_spj@1.0", If_None_Match=shown.headers["ETag"])
        self.get(None, f"{API}/guidance/pilot_2011?on=2012-01-01", by_digest=True)
        self.get(None, f"{API}/instruments/youth_spj@1.0/cards", grows=True)
        self.get(None, f"{API}/governance/law_references@1.0")
        self.get(None, f"{API}/permissions", grows=True)
        self.get("stina", f"{API}/account", grows=True)

    def _guidances(self) -> Iterator[str]:
        for each in self.sender.house.app.test_client().get(f"{API}/guidance").get_json()["guidance"]:
            yield from (version["reference"] for version in each["versions"])

    def _evaluations(self) -> None:
        for each in examples().values():
            self.post(None, f"{API}/evaluations", each.body("sv"))
        for body in (
            {"guidance": "skl_2015"},
            {"guidance": "young_adults_2013", "facts": OFFENCES, "reference_date": "2026-10-01"},
            {"guidance": "none", "facts": {"sex": "male", "offence_count": -1, "age": "16"}, "extra": 1},
            {"guidance": "stockholm_2019", "reference_date": "2010-01-01"},
            {"guidance": "stockholm_2012", "ratings": {"instrument": "youth_spj", "items": {"impulse": "odd"}}},
        ):
            self.post(None, f"{API}/evaluations", body)
        for raw in ("{", '{"guidance": "a", "guidance": "b"}', "[]", '{"guidance": 1e999}'):
            self.ask(None, "POST", f"{API}/evaluations", raw=raw, Content_Type="application/json")
        self.ask(None, "POST", f"{API}/evaluations", raw="a=1", Content_Type="application/x-www-form-urlencoded")
        self.get(None, f"{API}/evaluations", Accept="text/html")
        self.get(None, f"{API}/evaluations", Accept_Language="sv")

    def _cases(self) -> None:
        page = self.get("anna", f"{CASES}?limit=5").get_json()
        self.get("anna", f"{CASES}?limit=5&after={page['next']}")
        self.get("rita", f"{CASES}?stage=reviewed")
        self.get("eva", CASES)
        self.post("anna", f"{CASES}/search", {"personal_number": NUMBER})
        for name, case in self.town.cases.items():
            for path in ("", "/entries?limit=200", "/facts", "/drafts"):
                self.get("anna", f"{case}{path}")
            if name in ("agreed", "blind"):
                self.get("bo", f"{case}/entries?limit=3")
                self.get("bo", case)
        agreed = self.town.cases["agreed"]
        self.get("cecilia", f"{agreed}/participation")
        shown = self.get("anna", f"{agreed}/entries/{self.town.made['intake']}")
        self.get("anna", f"{agreed}/entries/{self.town.made['intake']}", If_None_Match=shown.headers["ETag"])
        self.get("anna", f"{agreed}/entries?kind=consent")
        for name in ("draft", "ready draft"):
            self.get("bo", f"{API}/drafts/{self.town.made[name]}")
        self.get("bo", f"{API}/drafts/{self.town.made['ready draft']}/counts")
        self.get("bo", f"{API}/drafts/{self.town.made['draft']}/counts")
        self.get("bo", f"{self.town.cases['blind']}/second-rating-drafts")
        self.get("bo", f"{API}/second-rating-drafts/{self.town.made['second draft']}")

    def _screenings(self) -> None:
        for case, name in (
            ("agreed", "first screening"),
            ("agreed", "screening"),
            ("confirmed", "confirmed screening"),
            ("rejected", "rejected screening"),
            ("awaiting", "awaiting screening"),
            ("blind", "unseen screening"),
        ):
            one = f"{self.town.cases[case]}/screenings/{self.town.made[name]}"
            self.get("bo", one)
            self.get("dag", f"{one}/replay")
            self.get("dag", f"{one}/receipt")
        one, first = f"{self.town.cases['agreed']}/screenings/{self.town.made['screening']}", "first screening"
        self.get("rita", f"{one}/changes-since/{self.town.made[first]}")

    def _counts(self) -> None:
        """What was published of many."""
        lattice = self.get("stina", f"{API}/trends/lattice", by_digest=True).get_json()
        for measure in lattice["measures"]:
            self.get("stina", f"{API}/trends?measure={measure['id']}&level={min(measure['tables'])}")
        for query in ("", "?format=csv", "?measure=odd", "?level=month&across=unit&format=csv"):
            self.get("stina", f"{API}/trends{query}")
        self.get("stina", f"{API}/trends/what-if")
        self.get("stina", f"{API}/trends/what-if?before=stockholm_2012&after=skl_2015")

    def _disclosures(self) -> None:
        case = self.town.cases["agreed"]
        for recipient in ("school", "police", "odd"):
            self.post("anna", f"{case}/views", {"recipient": recipient})
        for reader in ("youth", "g1", "nobody"):
            self.post("anna", f"{case}/extracts", {"reader": reader})

    def _refusals(self) -> None:
        case, north = self.town.cases["agreed"], self.town.cases["elsewhere"]
        self.get(None, CASES)
        self.get(None, CASES, Authorization="Bearer underlag_odd")
        self.get("stina", case)
        self.get("rita", north)
        self.get("anna", north)
        self.post("anna", f"{API}/cases/{north.rpartition('/')[2]}/ground", {"ground": "odd", "note": " "})
        self.get("anna", f"{CASES}/{'0' * 32}")
        self.get("anna", f"{CASES}?limit=0&stage=odd&odd=1&after=%20")
        self.ask("anna", "DELETE", case)
        self.post("anna", CASES, {"unit": "", "reference": "20100314-2393", "personal_number": "1"})
        self.post("anna", f"{case}/intakes", {"reporter": "odd", "received_on": "2026-02-30"})
        self.post("anna", f"{case}/facts", {"facts": {"sex": "male", "offence_count": {"value": -1}}})
        self.post("anna", f"{case}/assessments", {"draft": self.town.made["draft"]})
        self.post("anna", f"{case}/assessments", {"draft": self.town.made["draft"]}, If_Match='"1"')
        self.ask("bo", "PUT", f"{API}/drafts/{self.town.made['draft']}", {"own_view": "x"}, If_Match='"1"')
        screened = f"{case}/screenings/{self.town.made['first screening']}/reviews"
        self.post("rita", screened, {"verdict": "agree"}, If_Match=f'"{"0" * 64}"')
        self.post("rita", screened, {"verdict": "agree"})

    # Made

    def _work(self) -> None:
        opened = {"unit": "sig", "reference": "2026-300", "birth_date": "2009-02-01"}
        key = self.make("anna", CASES, opened, Idempotency_Key="first")["id"]
        self.post("anna", CASES, opened, Idempotency_Key="first")
        self.post("anna", CASES, {**opened, "reference": "2026-301"}, Idempotency_Key="first")
        self.case = case = f"{CASES}/{key}"
        came = {"reporter": "school", "received_on": "2026-11-19", "preliminary_assessment": "open"}
        intake = self.make("anna", f"{case}/intakes", came)["id"]
        closing = {"closed_on": "2026-11-20", "result": "no_investigation", "possible_sig_question": True}
        self.make("anna", f"{case}/intakes/{intake}/closing", {**closing, "reasons": "–"})
        self.make("anna", f"{case}/intakes/{intake}/feedback", {"due": False, "reasons": "–"})
        about = f"{case}/entries/{intake}"
        self.make("anna", f"{about}/corrections", {"text": "a", "ground": "b"})
        self.make("anna", f"{about}/counter-statements", {"stated_by": "g1", "text": "c"})
        self.make("anna", f"{case}/guardians", {"guardians": ["g1"]})
        self.make("anna", f"{case}/facts", {"facts": FACTS, "hidden_from_guardians": True})
        answer = {"answered_on": "2026-11-20", "form": "oral", "content": "d", "valid_to": "2027-01-31"}
        said = {"person": "youth", "recipient": "school", "status": "given", **answer}
        consent = self.make("anna", f"{case}/consents", said)["id"]
        gone = {"withdrawn_on": "2026-11-20", "withdrawn_by": "youth"}
        self.make("anna", f"{case}/consents/{consent}/withdrawals", gone)
        given = {"recipient": "school", "disclosed_on": "2026-11-20", "ground": "e", "what": "f"}
        self.make("anna", f"{case}/disclosures", given)
        hold = self.make("anna", f"{case}/holds", {"reason": "g"})["id"]
        self.make("anna", f"{case}/holds/{hold}/lifting", {"reason": "h"})
        meeting: dict[str, Any] = {"held_on": "2026-11-20", "present": ["youth"], "note": "i"}
        work: list[tuple[str, dict[str, Any]]] = [
            ("officials-meetings", meeting),
            ("starts", {"started_on": "2026-11-19", "part_of_decision": "no", "court_ordered": "unknown"}),
            ("network-meetings", {**meeting, "plan_followed_up": False, "why_not": "j"}),
            ("plan-follow-ups", {"followed_up_on": "2026-11-20", "text": "k"}),
            ("family-support", {"offered_on": "2026-11-20", "text": "l"}),
            ("endings", {"ended_on": "2026-11-20", "reason": "other", "note": "m"}),
            ("outcomes", {"observed_on": "2026-11-20", "months_after_ending": 0, "new_reports": "none", "source": "n"}),
        ]
        for path, body in work:
            if path == "endings":
                self._plan(case)
            self.make("cecilia", f"{case}/participation/{path}", body)
        self.make("anna", f"{case}/hand-overs", {"unit": "north", "ground": "o"})
        self.get("anna", case)
        north = self.town.cases["elsewhere"].rpartition("/")[2]
        self.make("anna", f"{API}/cases/{north}/ground", {"ground": "same_board", "note": "p"})

    def _plan(self, case: str) -> None:
        measure = {"id": "m1", "what": "u", "who": "school", "by": "2026-12-20"}
        goals = [{"id": "g1", "text": "v", "area": "education", "shared_with": ["school"], "measures": [measure]}]
        plans, plan = f"{case}/participation/plans", {"planned_on": "2026-11-20", "goals": goals, "beside": ["other"]}
        self.make("cecilia", plans, plan)
        key = self.make("cecilia", plans, {**plan, "why_changed": "w"})["id"]
        stopped = {"measure": "m1", "status": "stopped", "why": "x"}
        self.make("cecilia", f"{plans}/{key}/follow-ups", {"followed_up_on": "2026-11-20", "measures": [stopped]})

    def _drafts_and_reviews(self) -> None:
        case = self.case
        gone = self.make("anna", f"{case}/drafts", {})["id"]
        self.ask("anna", "DELETE", f"{API}/drafts/{gone}", If_Match='"1"')
        draft = self.make("anna", f"{case}/drafts", {})["id"]
        self.ask("anna", "PUT", f"{API}/drafts/{draft}", assessment(), If_Match='"1"')
        self.get("anna", f"{API}/drafts/{draft}/counts")
        self.make("anna", f"{case}/assessments", {"draft": draft}, If_Match='"2"')
        asked = self.make("anna", f"{case}/second-rating-requests", {"rater": self.town.people["bo"].account})["id"]
        self.make("anna", f"{case}/second-rating-requests/{asked}/withdrawal", {"reasons": "q"})
        self.make("anna", f"{case}/second-rating-requests", {"rater": self.town.people["bo"].account})
        second = self.make("bo", f"{case}/second-rating-drafts", assessment())["id"]
        self.make("bo", f"{case}/second-ratings", {"draft": second}, If_Match='"1"')
        screened = self.make("anna", f"{case}/screenings", {"guidance": "stockholm_2012"})
        one, tag = f"{case}/screenings/{screened['id']}", f'"{screened["explanation"]["sha256"]}"'
        applies = "not_target_group" if screened["outcome"] != "not_target_group" else "supports_offer"
        said = {"verdict": "deviate", "applies": applies, "deviation": "other", "reasons": "r"}
        review = self.make("rita", f"{one}/reviews", said, If_Match=tag)["id"]
        self.make("dag", f"{case}/reviews/{review}/rejections", {"reasons": "s"}, If_Match=tag)
        review = self.make("rita", f"{one}/reviews", said, If_Match=tag)["id"]
        self.make("dag", f"{case}/reviews/{review}/countersignatures", {"note": "t"}, If_Match=tag)
        self.get("rita", case)
        self.get("bo", f"{case}/entries?limit=200")

    def _research(self) -> None:
        self.get("fia", f"{API}/research/export-policy")
        purpose = {"ground": "research_approved", "decision": "2026-01234-01", "study": "frozen"}
        self.post("fia", f"{API}/research/exports", purpose)
        self.post("fia", f"{API}/research/exports", {**purpose, "ground": "odd"})

    def _purge(self) -> None:
        old = self.town.cases["long ago"]
        self.get("dag", f"{API}/retention/proposals")
        for body in (
            {"cases": [], "dry_run": True},
            {"cases": [self.town.cases["empty"].rpartition("/")[2]], "dry_run": False},
            {"cases": [old.rpartition("/")[2]], "dry_run": True},
            {"cases": [old.rpartition("/")[2]], "dry_run": False},
            {"cases": [old.rpartition("/")[2]], "dry_run": False, "clock_is_right": True},
        ):
            self.post("dag", f"{API}/retention/purges", body)
        self.get("dag", old)

    def _pages(self) -> None:
        """A few pages, by whether they show what people wrote."""
        words = [*WRITTEN, *(f"2026-2{number:02}" for number in range(12)), "Läst.", "Jag var inte där."]
        for by, path in (
            ("anna", "/work"),
            *(("anna", each.removeprefix("/api/v1")) for each in self.town.cases.values() if "long ago" not in each),
            ("rita", f"/screenings/{self.town.made['screening']}"),
            ("dag", f"/screenings/{self.town.made['confirmed screening']}"),
        ):
            self.get(by, path, page=True, looked_for=words)
