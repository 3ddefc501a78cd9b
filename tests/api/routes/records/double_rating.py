"""What people do when a rating is made twice, in two worlds in step, and what each of them may know by then."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.api.routes.records.worlds import NAMES, Answers, Made, Pair, Worlds, plan_of, rating, said

people = st.sampled_from(NAMES)
place = st.integers(0, 30)
MAKING = "drafts"
AGAIN = "second-rating-drafts"
START = {"started_on": "2026-11-20", "part_of_decision": "no", "court_ordered": "no"}


def _told(body: dict[str, str], world: int) -> dict[str, str]:
    """What is written about the rating that differs."""
    return {name: f"{text} {said(world, differs=True)}" for name, text in body.items()}


#: How a case may stand before anybody does anything, so that a few more steps lead far.
BEGUN: dict[str, tuple[Callable[["DoubleRating"], None], ...]] = {
    "nothing": (),
    "a draft": (lambda case: case.rate("anna", signs=False),),
    "signed": (lambda case: case.rate("anna", signs=True),),
    "screened": (lambda case: case.rate("anna", signs=True), lambda case: case.screen("anna")),
    "asked about a draft": (lambda case: case.rate("anna", signs=False), lambda case: case.ask_again("anna", "bo")),
    "asked": (lambda case: case.rate("anna", signs=True), lambda case: case.ask_again("anna", "bo")),
    "answered first": (lambda case: case.ask_again("anna", "bo"), lambda case: case.rate("bo", signs=True)),
}


class DoubleRating(RuleBasedStateMachine):
    """What people do, and what each of them may know by then."""

    worlds: ClassVar[Worlds]

    @initialize(
        differs=st.sampled_from(("first", "second")), begun=st.sampled_from(tuple(BEGUN)), is_first=st.booleans()
    )
    def open_a_case(self, differs: str, begun: str, is_first: bool) -> None:
        self.differs = differs
        #: Whose second rating differs, where it is a second one that does.
        self.who = ""
        self.case = self.worlds.settle()
        self.drafts: dict[str, str] = {}
        self.entries: list[Made] = []
        self.pairs: list[Pair] = []
        self.knows: set[str] = set()
        self.is_over = self.has_signed = False
        if not is_first:
            self.is_over = True  # an earlier period, in which nothing differs
            self.rate("cecilia", signs=True)
            self.screen("cecilia")
            self.is_over = self.has_signed = False
        for step in BEGUN[begun]:
            step(self)

    # What may be known

    def is_blind(self, name: str) -> bool:
        return any(pair.rater == name and pair.is_open for pair in self.pairs)

    def may_know(self, name: str) -> bool:
        """Whether somebody may be told of the rating that differs."""
        if self.differs == "first":
            return not self.is_blind(name)
        is_closed = any(pair.rater == self.who and pair.has_second and pair.has_first for pair in self.pairs)
        return name == self.who or (is_closed and not self.is_blind(name))

    def ask(self, name: str, method: str, path: str, body: Callable[[int], Any] | None = None, **more: str) -> Answers:
        answers = self.worlds.ask(name, method, path, body, **more)
        if not self.is_over and not answers.is_same:
            assert self.may_know(name), f"told before both have signed: {answers.difference()}"
            if name != self.who:
                self.knows.add(name)
        return answers

    # What people do

    @rule(name=people, signs=st.booleans())
    def rate(self, name: str, signs: bool) -> None:
        is_second = any(pair.rater == name and not pair.has_second and not pair.is_withdrawn for pair in self.pairs)
        if not is_second and self.has_signed and not any(pair.is_open for pair in self.pairs):
            self.is_over = True  # a new period begins
        if is_second and self.differs == "second":
            self.who = self.who or name
        differs = not self.is_over and (name == self.who if is_second else self.differs == "first")
        path = AGAIN if is_second else MAKING
        answers = self.ask(name, "POST", f"{self.case}/{path}", lambda world: rating(world, differs=differs))
        if answers.status == 201:
            self.drafts[answers.json()["id"]] = path
            if signs:
                self.sign(name, len(self.drafts) - 1)

    def _draft(self, at: int) -> tuple[str, str]:
        found = list(self.drafts.items())
        draft, path = found[at % len(found)]
        return draft, f"/api/v1/{path}/{draft}"

    def _differs(self, draft: str, name: str) -> bool:
        if self.is_over:
            return False
        return name == self.who if self.drafts[draft] == AGAIN else self.differs == "first"

    @precondition(lambda self: self.drafts)
    @rule(name=people, at=place)
    def save(self, name: str, at: int) -> None:
        draft, path = self._draft(at)
        shown = self.ask(name, "GET", path)
        differs = self._differs(draft, name)
        if shown.status == 200:
            tag = shown.both[0].headers["ETag"]
            self.ask(name, "PUT", path, lambda world: rating(world, differs=differs), If_Match=tag)
            self.ask(name, "GET", f"/drafts/{draft}/counts")

    @precondition(lambda self: self.drafts)
    @rule(name=people, at=place)
    def discard(self, name: str, at: int) -> None:
        draft, path = self._draft(at)
        shown = self.ask(name, "GET", path)
        if shown.status == 200 and self.ask(name, "DELETE", path, If_Match=shown.both[0].headers["ETag"]).status == 204:
            del self.drafts[draft]

    @precondition(lambda self: self.drafts)
    @rule(name=people, at=place)
    def sign(self, name: str, at: int) -> None:
        draft, path = self._draft(at)
        shown = self.ask(name, "GET", path)
        if shown.status != 200:
            return
        is_second = self.drafts[draft] == AGAIN
        if any(pair.is_open and (pair.has_second or pair.rater == name) for pair in self.pairs):
            self.look_around()  # before what is hidden may come to be shown
        signed = f"{self.case}/{'second-ratings' if is_second else 'assessments'}"
        tag = shown.both[0].headers["ETag"]
        answers = self.worlds.ask(name, "POST", signed, lambda _: {"draft": draft}, If_Match=tag)
        if answers.status != 201:
            return
        del self.drafts[draft]
        is_secret = not self.is_over and (name == self.who if is_second else self.differs == "first")
        self.entries.append(Made(answers.json()["id"], "second_rating" if is_second else "assessment", is_secret))
        if is_second:
            next(p for p in self.pairs if p.rater == name and not p.has_second and not p.is_withdrawn).has_second = True
        else:
            assert not self.is_blind(name), "the second rater signs the first rating"
            self.has_signed = True
            for pair in self.pairs:
                pair.has_first = True
            if is_secret:
                self.knows.add(name)

    @rule(name=people, rater=people)
    def ask_again(self, name: str, rater: str) -> None:
        account = self.worlds.sides[0].people[rater][0].account
        answers = self.ask(name, "POST", f"{self.case}/second-rating-requests", lambda _: {"rater": account})
        if answers.status != 201:
            return
        is_drafting = MAKING in self.drafts.values()
        if is_drafting and self.has_signed:
            self.is_over = True  # it is about the new period
        assert self.is_over or rater not in self.knows, f"{rater} is asked to rate unseen what was seen"
        has_first = any(made.kind == "assessment" for made in self.entries) and not is_drafting
        self.pairs.append(Pair(rater, answers.json()["id"], has_first))

    def take_position(self, name: str) -> None:
        """Take a position and close the case, with reasons that differ where whoever writes them knows the rating."""
        about = name in self.knows or name == self.who
        for path, day in (("positions", "taken_on"), ("closings", "closed_on")):
            more = {"position": "other_support"} if path == "positions" else {}
            self.ask(
                name,
                "POST",
                f"{self.case}/{path}",
                lambda world, day=day, more=more: {
                    day: "2026-11-20",
                    "reasons": said(world, differs=about and not self.is_over),
                    **more,
                },
            )

    def plan(self, name: str) -> None:
        """Begin the work and write a plan that differs, in what it is tied to and in its days, where it may."""
        about = name in self.knows or name == self.who
        self.ask(name, "POST", f"{self.case}/participation/starts", lambda _: START)
        answers = self.ask(
            name,
            "POST",
            f"{self.case}/participation/plans",
            lambda world: plan_of(world, differs=about and not self.is_over),
        )
        key = answers.json()["id"]
        self.entries.append(Made(key, "action_plan", True))
        followed = {"followed_up_on": "2026-11-20", "measures": [{"measure": "m1", "status": "going_on"}]}
        path = f"{self.case}/participation/plans/{key}/follow-ups"
        self.ask(name, "POST", path, lambda _: followed)

    @precondition(lambda self: self.pairs)
    @rule(name=people, at=place)
    def withdraw(self, name: str, at: int) -> None:
        pair = self.pairs[at % len(self.pairs)]
        about = not self.is_over and name in self.knows
        path = f"{self.case}/second-rating-requests/{pair.request}/withdrawal"
        answers = self.ask(name, "POST", path, lambda world: {"reason": said(world, differs=about)})
        if answers.status == 201:
            pair.is_withdrawn = True
            gone = [draft for draft, kind in self.drafts.items() if kind == AGAIN]
            for draft in gone:
                if self.worlds.ask(pair.rater, "GET", f"/api/v1/{AGAIN}/{draft}").status == 404:
                    del self.drafts[draft]

    @rule(name=people, is_brief=st.booleans())
    def screen(self, name: str, is_brief: bool = False) -> None:
        address = f"{self.case}/screenings/result" if is_brief else f"{self.case}/screenings"
        answers = self.ask(name, "POST", address, lambda _: {"guidance": "stockholm_2012"})
        if answers.status == 201:
            told = answers.json()
            if is_brief:  # its reasons are read at another address
                answers = self.ask(name, "GET", f"{self.case}/screenings/{told['id']}")
                told = answers.json()
            rests_on = [made for made in self.entries if made.id == told["content"]["assessment"]]
            is_secret = any(made.is_secret for made in rests_on)
            self.entries.append(Made(told["id"], "screening", is_secret, told["explanation"]["sha256"]))

    @precondition(lambda self: any(made.kind == "screening" for made in self.entries))
    @rule(name=people, at=place, deviates=st.booleans())
    def review(self, name: str, at: int, deviates: bool) -> None:
        screenings = [made for made in self.entries if made.kind == "screening"]
        made = screenings[-1 - at % len(screenings)]
        tags = self._tags(name, f"{self.case}/screenings/{made.id}")
        about = made.is_secret and name in self.knows
        reasons = {"deviation": "other", "outcome": "more_information_needed"} if deviates else {}
        answers = self._post_each(
            name,
            f"{self.case}/screenings/{made.id}/reviews",
            lambda world: {
                "verdict": "deviate" if deviates else "agree",
                "reasons": said(world, differs=about),
                **reasons,
            },
            tags,
        )
        if answers.status == 422 and deviates:  # a deviation states no outcome in this version
            reasons.pop("outcome")
        if answers.status == 201:
            self.entries.append(Made(answers.json()["id"], "review", made.is_secret, made.id))

    def send_back(self, name: str, *, is_answered: bool) -> None:
        """Send the latest screening back with a question, which somebody else may answer; both tell of the rating."""
        made = [each for each in self.entries if each.kind == "screening"][-1]
        path = f"{self.case}/screenings/{made.id}"
        question = {"question": "Varför hög?"}
        asked = self._post_each(name, f"{path}/questions", lambda world: _told(question, world), self._tags(name, path))
        assert asked.status == 201
        key = asked.json()["id"]
        self.entries.append(Made(key, "review_returned", made.is_secret, made.id))
        if is_answered:
            reply = {"reply": "Det står i noten."}
            answered = self.ask(
                "anna", "POST", f"{self.case}/questions/{key}/answers", lambda world: _told(reply, world)
            )
            assert answered.status == 201
            self.entries.append(Made(answered.json()["id"], "review_answered", made.is_secret, key))

    def _tags(self, name: str, path: str) -> tuple[str, ...]:
        """The digest of a screening in each world, or one that is right in the first for who may not see it."""
        shown = self.ask(name, "GET", path)
        if shown.status == 200:
            return tuple(each.headers["ETag"] for each in shown.both)
        made = next(made for made in self.entries if path.endswith(made.id))
        return (f'"{made.sha256}"',) * 2

    def _post_each(self, name: str, path: str, body: Callable[[int], Any], tags: tuple[str, ...]) -> Answers:
        one, other = (
            side.send(name, "POST", path, body(world), {"If_Match": tags[world]})
            for world, side in enumerate(self.worlds.sides)
        )
        answers = Answers(f"{name} POST {path}", (one, other))
        if not self.is_over and not answers.is_same:
            assert self.may_know(name), f"told before both have signed: {answers.difference()}"
        return answers

    @precondition(lambda self: any(made.is_secret for made in self.entries))
    @rule(name=people, at=place, is_correction=st.booleans())
    def correct(self, name: str, at: int, is_correction: bool) -> None:
        secret = [made for made in self.entries if made.is_secret]
        made = secret[at % len(secret)]
        about = name in self.knows or name == self.who
        kind = "corrections" if is_correction else "counter-statements"
        answers = self.ask(
            name,
            "POST",
            f"{self.case}/entries/{made.id}/{kind}",
            lambda world: {
                "text": said(world, differs=about),
                **({"ground": "Rättelse."} if is_correction else {"stated_by": "youth"}),
            },
        )
        if answers.status == 201:
            self.entries.append(Made(answers.json()["id"], "correction", True))

    @rule(name=people, at=place)
    def read(self, name: str, at: int) -> None:
        views = list(self.views(name))
        method, path, body = views[at * 7 % len(views)]
        self.ask(name, method, path, (lambda _: body) if body else None)

    # What there is to see

    def views(self, name: str) -> Iterator[tuple[str, str, Any]]:
        """Everything that tells of the case."""
        case = self.case.removeprefix("/api/v1")
        key = case.rpartition("/")[2]
        for path in ("", "/entries?limit=200", "/drafts", "/second-rating-drafts", "/facts", "/participation"):
            yield "GET", f"{self.case}{path}", None
        for path in ("/api/v1/cases", f"/api/v1/audit?case={key}", "/api/v1/retention/proposals", "/api/v1/trends"):
            yield "GET", path, None
        for reader in ("youth", "g1"):
            yield "POST", f"{self.case}/extracts", {"reader": reader}
        for path in (
            *("", "/change", "/follow-up", "/assess", "/screen", "/plan", "/plan/change", "/plan/follow-up"),
            "/follow-up/network_meeting",
            *("/documents", "/documents/assessment", "/documents/recommendation"),
            *("/extract", "/view"),
        ):
            yield "GET", f"{case}{path}", None
        for reader in ("youth", "guardian-1"):
            for paper in ("feedback", "plan"):
                yield "POST", f"{case}/documents/{paper}", {"reader": reader, "form": "page"}
            for form in ("see", "page", "file"):
                yield "POST", f"{case}/extract", {"for": reader, "form": form}
        for form in ("see", "page"):
            yield "POST", f"{case}/view", {"for": "guardian-1", "form": form}
        yield from (
            ("GET", path, None)
            for path in (
                "/work",
                "/work?view=all",
                "/work?view=all&step=review",
                "/unit-overview",
                f"/log-review?case={key}",
                "/trends",
            )
        )
        screenings = [made.id for made in self.entries if made.kind == "screening"]
        for made in self.entries:
            yield "GET", f"{self.case}/entries/{made.id}", None
            yield "GET", f"/entries/{made.id}/correction", None
            if made.kind in ("assessment", "second_rating"):
                yield "GET", f"/assessments/{made.id}", None
                yield "GET", f"{case}/documents/assessment/{made.id}", None
            if made.kind == "screening":
                yield "GET", f"/screenings/{made.id}", None
                yield "GET", f"/screenings/{made.id}/review", None
                yield "GET", f"{case}/documents/recommendation/{made.id}", None
                for path in ("", "/replay", "/best-before", "/receipt", f"/changes-since/{screenings[0]}"):
                    yield "GET", f"{self.case}/screenings/{made.id}{path}", None
        for draft, path in self.drafts.items():
            yield "GET", f"/api/v1/{path}/{draft}", None
            yield "GET", f"/api/v1/{path}/{draft}/counts", None
            yield "GET", f"/drafts/{draft}/summary", None
            yield "GET", f"/drafts/{draft}/counts", None

    def look_around(self) -> None:
        """Let everybody who is to see nothing look at everything."""
        others = [name for name in NAMES if name != self.who and not self.is_blind(name)]
        for name in NAMES:
            if self.is_over or self.may_know(name) or not (self.is_blind(name) or self.who):
                continue
            if name in others[1:]:
                continue  # whoever is not asked sees what the others see who are not
            for method, path, body in self.views(name):
                self.ask(name, method, path, (lambda _, sent=body: sent) if body else None)

    def teardown(self) -> None:
        if hasattr(self, "pairs"):
            self.look_around()
