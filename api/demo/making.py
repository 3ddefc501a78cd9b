"""Making the invented cases of the demo: each step by the function that a person's click would call."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.users import DEMO_DOMAIN
from api.accounts.demo import UNIT, DemoAccount
from api.cases.consents.rules import record_consent, withdraw_consent
from api.cases.events import record
from api.cases.experience.rules import record_experience
from api.cases.facts.rules import record_facts
from api.cases.journal import latest
from api.cases.kinds import RECORDABLE
from api.cases.process.evaluation import HalfYear, finished_half_years
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.register import NewCase, case_by_reference, start_case
from api.cases.reviews.rules import sign_review
from api.cases.screenings.rules import screen_case
from api.context.context import Context
from api.context.unit import Unit
from api.store.account_tables import Account
from api.store.actors import Actor
from api.store.refusals import NotFoundError
from api.store.transactions import open_transaction
from instruments.faults import Fault
from instruments.loading import load
from instruments.messages import Text

FILE = Path(__file__).parent / "cases.yaml"
_DAY = re.compile(r"(?P<sign>[+-])(?:(?P<years>\d+)y)?(?:-?(?P<days>\d+)d)?")


class NotOfTheDemoError(RuntimeError):
    """Invented cases were asked for where real ones are, or may be."""

    def __init__(self, code: str) -> None:
        self.fault = Fault(code, "UNDERLAG_DATABASE_URL" if code == "database-not-of-demo" else "UNDERLAG_DEMO")
        super().__init__(str(self.fault))


class Step(BaseModel):
    """Something that somebody does with a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["record", "facts", "draft", "sign", "consent", "withdraw", "screen", "review", "ask_second", "tell"]
    day: str
    by: str | None = None
    kind: str = ""
    content: dict[str, Any] = Field(default_factory=dict)
    assessment: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    guidance: str = ""
    rater: str = ""


class DemoCase(BaseModel):
    """An invented case: what it shows, and what was done in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    title: Text
    unit: str
    born: str
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class EarlierCases(BaseModel):
    """Cases of half-years that are over, alike but for the day of birth; days are counted from the first of each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    half_years: int
    unit: str
    title: Text
    born: tuple[str, ...]
    steps: tuple[Step, ...]

    def of(self, half_year: HalfYear, today: date) -> Iterator[DemoCase]:
        """The cases of a half-year, as far as they have come by today."""
        past = (today - half_year.first).days
        steps = tuple(step for step in self.steps if int(step.day.strip("+d")) < past)
        for number, born in enumerate(self.born, start=1):
            reference = f"DEMO-{half_year.name}-{number}"
            yield DemoCase(reference=reference, title=self.title, unit=self.unit, born=born, steps=steps)


class Demo(BaseModel):
    """Every invented case, and the assessments that several of them share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assessments: dict[str, dict[str, Any]]
    cases: tuple[DemoCase, ...]
    earlier: EarlierCases


@cache
def the_demo() -> Demo:
    """What the file says."""
    return load(FILE, Demo)[0]


def refuse_other_accounts(session: Session) -> None:
    """Refuse a database in which somebody has an account who is not of the demo.

    Raises
    ------
    NotOfTheDemoError
    """
    real = select(Account.id).where(~Account.email.endswith(f"@{DEMO_DOMAIN}", autoescape=True))
    if session.scalars(real.limit(1)).first() is not None:
        raise NotOfTheDemoError("database-not-of-demo")


def make_demo_cases(context: Context, accounts: list[DemoAccount]) -> list[DemoCase]:
    """Make every invented case that is not there yet, each whole or not at all.

    Returns
    -------
    list of DemoCase
        Those that were made now.
    """
    actors, today = _actors(context, accounts), context.now().date()
    return [case for case in the_demo().cases if _is_made(context, actors, today, case)]


def make_earlier_cases(context: Context, accounts: list[DemoAccount]) -> int:
    """Make the invented cases of half-years that are over, so that there is something to tell of each; how many."""
    actors, today, earlier = _actors(context, accounts), context.now().date(), the_demo().earlier
    return sum(
        _is_made(context, actors, half_year.first, case)
        for half_year in finished_half_years(today, earlier.half_years)
        for case in earlier.of(half_year, today)
    )


def _is_made(context: Context, actors: Mapping[tuple[str, str], Actor], today: date, case: DemoCase) -> bool:
    """Make a case, unless it is there."""
    with open_transaction(context.database) as session:
        try:
            case_by_reference(session, case.unit, case.reference)
        except NotFoundError:
            _make(_Making(session, context, actors, today), case)
            return True
    return False


def _actors(context: Context, accounts: list[DemoAccount]) -> dict[tuple[str, str], Actor]:
    with context.database.looking() as session:
        ids = {row.email: row.id for row in session.execute(select(Account.email, Account.id))}
    return {
        (role, each.unit): Actor(ids[each.email], frozenset({each.unit}), request_id="demo")
        for each in accounts
        for role in each.roles
    }


@dataclass(frozen=True)
class _Making:
    """A case in the making.

    Parameters
    ----------
    today : date
        The day from which every other day is counted: on which the demo is made, as a rule.
    """

    session: Session
    context: Context
    actors: Mapping[tuple[str, str], Actor]
    today: date
    case: str = ""
    unit: str = UNIT

    def day(self, written: str) -> date:
        matched = _DAY.fullmatch(written)
        if matched is None:
            raise ValueError(f"{written} is no day; write -40d, +10d or -16y-40d")
        direction = 1 if matched["sign"] == "+" else -1
        year = self.today.year + direction * int(matched["years"] or 0)
        there = self.today.replace(year=year, day=min(self.today.day, 28))
        return there + timedelta(days=direction * int(matched["days"] or 0))

    def moment(self, step: Step) -> datetime:
        return datetime.combine(self.day(step.day), time(9), self.context.now().tzinfo)

    def actor(self, step: Step) -> Actor:
        if step.by is None:
            return self.actors["social_secretary", self.unit]
        return self.actors[step.by, UNIT]

    def step_by(self, step: Step) -> Unit:
        """A unit of work of the person of a step on its day; all of them are in one transaction."""
        context = self.context
        return Unit(self.session, self.moment(step), self.actor(step), context.library, context.policies)

    def dated(self, value: Any) -> Any:
        """Days that are written as so many days before or after today, as days."""
        if isinstance(value, str) and _DAY.fullmatch(value) and len(value) > 1:
            return self.day(value).isoformat()
        if isinstance(value, dict):
            return {name: self.dated(part) for name, part in value.items()}
        return [self.dated(part) for part in value] if isinstance(value, list) else value

    def newest(self, kind: str) -> str:
        entry = latest(self.session, self.case, kind)
        if entry is None:
            raise ValueError(f"the case has no {kind} yet")
        return entry.id


def _make(making: _Making, case: DemoCase) -> None:
    begun = replace(making, unit=case.unit)
    first = case.steps[0]
    new = NewCase(case.unit, case.reference, birth_date=begun.day(case.born))
    keys = begun.context.settings.identity_keys
    opened = start_case(begun.step_by(first), new, keys)
    begun = replace(begun, case=opened.id)
    for step in case.steps:
        _STEPS[step.do](begun, step)


def _record(making: _Making, step: Step) -> None:
    about = RECORDABLE[step.kind].RECORDED_AT.about
    subject = making.newest(about[0]) if about else None
    content = making.dated(step.content)
    record(making.step_by(step), making.case, step.kind, content, subject=subject)


def _facts(making: _Making, step: Step) -> None:
    given = making.dated(step.facts)
    record_facts(making.step_by(step), making.case, given)


def _draft(making: _Making, step: Step) -> tuple[str, int]:
    written = the_demo().assessments.get(step.assessment, step.content)
    content = {"assessed_on": making.day(step.day).isoformat(), **making.dated(written)}
    content["ratings"] = _every_item(content["ratings"], making)
    draft = start_draft(making.step_by(step), making.case, content)
    return draft.id, draft.version


def _every_item(rated: Mapping[str, Any], making: _Making) -> dict[str, Any]:
    instrument = making.context.library.instruments.find(rated["instrument"], on=making.today).content
    items: dict[str, Any] = {each.id: "absent" if each.kind == "protective" else "low" for each in instrument.items}
    for level in ("high", "moderate", "present"):
        items.update(dict.fromkeys(rated.get(level, ()), level))
    items.update(dict.fromkeys(rated.get("not_asked", ())))
    return {"instrument": rated["instrument"], "items": items}


def _sign(making: _Making, step: Step) -> None:
    draft, version = _draft(making, step)
    sign_draft(making.step_by(step), draft, version)


def _consent(making: _Making, step: Step) -> None:
    content = making.dated(step.content)
    record_consent(making.step_by(step), making.case, content)


def _withdraw(making: _Making, step: Step) -> None:
    consent, content = making.newest("consent"), making.dated(step.content)
    withdraw_consent(making.step_by(step), making.case, consent, content)


def _screen(making: _Making, step: Step) -> None:
    screen_case(making.step_by(step), making.case, step.guidance)


def _review(making: _Making, step: Step) -> None:
    screening = latest(making.session, making.case, "screening")
    if screening is None:
        raise ValueError("the case was not screened")
    sign_review(making.step_by(step), making.case, screening.id, screening.content["sha256"], step.content)


def _tell(making: _Making, step: Step) -> None:
    asked = making.context.library.experience_form(making.today)
    record_experience(making.step_by(step), making.case, asked, making.dated(step.content))


def _ask_second(making: _Making, step: Step) -> None:
    rater = making.actors[step.rater, UNIT].id
    request_second_rating(making.step_by(step), making.case, rater)


_STEPS: Mapping[str, Callable[[_Making, Step], object]] = {
    "record": _record,
    "facts": _facts,
    "draft": _draft,
    "sign": _sign,
    "consent": _consent,
    "withdraw": _withdraw,
    "screen": _screen,
    "review": _review,
    "ask_second": _ask_second,
    "tell": _tell,
}
