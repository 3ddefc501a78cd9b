"""Sending digests: at most one a day to each who has chosen it, with nothing but numbers of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.access.permission_table import the_permissions
from api.access.users import is_usable
from api.accounts.digest_choice import NEVER
from api.accounts.mail import letter, the_outbox
from api.cases.derived import derive
from api.cases.unit_overview import overview_of
from api.cases.worklist import cases_waiting
from api.context.context import current_context
from api.context.unit import Unit
from api.frame.accounts import sentences
from api.policies.policies import Policies
from api.settings.clock import ZONE
from api.store.account_tables import Account
from api.store.actors import Actor
from api.store.audit_chain import SERVICE, record_event
from api.store.digest_tables import DigestChoice
from api.trends.alarms import NumberOfAlarms, number_of_alarms
from instruments.messages import Message

WAITING = "waiting"
#: In the order in which a letter tells of them.
PARTS = (WAITING, "without", "late", "consents", "alarms", "queues")
#: The page on which each is seen.
_PAGES = {"own": PARTS[:1], "unit": PARTS[1:4], "trends": PARTS[4:]}


@dataclass
class DigestReport:
    """What came of a round of digests.

    Parameters
    ----------
    sent, quiet, failed : int
        To how many one was sent, for how many nothing waits, and to how many none could be sent.
    """

    sent: int = 0
    quiet: int = 0
    failed: int = 0


def send_digests(policies: Policies) -> DigestReport:
    """Send a digest to each who has chosen one, who has had none this day or week, and for whom something waits.

    It can be called as often as one likes: the day is taken before the letter goes, and given back if the mail server
    does not take it, so that two calls at once send one.
    """
    report, today = DigestReport(), current_context().now().astimezone(ZONE).date()
    alarms = number_of_alarms()
    with current_context().database.unit_of_work() as session:
        derive(session, policies, today)
        rows = session.execute(select(DigestChoice, Account).join(Account, Account.id == DigestChoice.account_id)).all()
        due = [(choice, account) for choice, account in rows if is_usable(account) and is_due(choice, today)]
        numbers = {
            account.id: numbers_for(session, account, policies, _since(alarms, choice)) for choice, account in due
        }
    for choice, account in due:
        if not any(numbers[account.id].values()):
            report.quiet += 1
        elif _take_day(choice, today):
            if _send(account.email, choice.language, numbers[account.id]):
                report.sent += 1
            else:
                _give_day_back(choice)
                report.failed += 1
    return report


def is_due(choice: DigestChoice, today: date) -> bool:
    """Whether a digest comes today: a weekly one with the first call in a calendar week."""
    if choice.every == NEVER:
        return False
    if choice.sent_on is None:
        return True
    if choice.every == "weekly":
        return choice.sent_on.isocalendar()[:2] != today.isocalendar()[:2]
    return choice.sent_on != today


def _since(alarms: Sequence[NumberOfAlarms], choice: DigestChoice) -> list[NumberOfAlarms]:
    """The alarms in what was published since the last digest: each is told of once."""
    return [each for each in alarms if choice.sent_on is None or each.published_on > choice.sent_on]


def numbers_for(
    session: Session, account: Account, policies: Policies, alarms: Sequence[NumberOfAlarms] = ()
) -> dict[str, int]:
    """What an account is told of, by `PARTS`: what waits for it, how the units stand for who leads them, and alarms.

    Parameters
    ----------
    alarms : sequence of NumberOfAlarms
        Those that it has not been told of.
    """
    may = the_permissions().actions_of(role.name for role in account.held_roles)
    actor = Actor(account.id, frozenset(each.unit_id for each in account.held_units))
    context = current_context()
    unit = Unit(session, context.now(), actor, context.library, policies)
    numbers = {WAITING: len(cases_waiting(unit, may))} if "case:list" in may else {}
    if "unit:overview" in may:
        overview = overview_of(unit, actor.units)
        numbers |= {"without": overview.without.number, "late": overview.late, "consents": overview.consents.number}
        numbers["queues"] = sum(each.queues for each in alarms)
    if "trends:read" in may:
        numbers["alarms"] = sum(each.numbers for each in alarms)
    return numbers


def _take_day(choice: DigestChoice, today: date) -> bool:
    """Write down that a digest was sent today; False where another call was first."""
    before = DigestChoice.sent_on.is_(None) if choice.sent_on is None else DigestChoice.sent_on == choice.sent_on
    taken = update(DigestChoice).where(DigestChoice.account_id == choice.account_id, before).values(sent_on=today)
    with current_context().database.unit_of_work() as session:
        is_first: bool = session.execute(taken).rowcount == 1  # type: ignore[attr-defined]
        if is_first:
            record_event(session, audit_event("send", "digest", actor=SERVICE, record=choice.account_id))
    return is_first


def _give_day_back(choice: DigestChoice) -> None:
    given = update(DigestChoice).where(DigestChoice.account_id == choice.account_id).values(sent_on=choice.sent_on)
    with current_context().database.unit_of_work() as session:
        session.execute(given)
        event = audit_event("send", "digest", actor=SERVICE, record=choice.account_id, outcome="not_sent")
        record_event(session, event)


def _send(email: str, language: str, numbers: Mapping[str, int]) -> bool:
    def said(part: str, number: int = 0) -> str:
        key = f"account.letter.{part}_one" if number == 1 else f"account.letter.{part}"
        return sentences().render(Message(key, {"number": number} if number else {}), language)

    lines = [said(f"digest.{part}", numbers[part]) for part in PARTS if numbers.get(part)]
    pages = [said(f"digest.open.{page}") for page, parts in _PAGES.items() if any(numbers.get(part) for part in parts)]
    is_of_unit = any(numbers.get(part) for part in _PAGES["unit"])
    of = said("digest.of_unit") if is_of_unit else said("digest.of_trends")
    subject = lines[0].removesuffix(".") if numbers.get(WAITING) else of
    text = "\n\n".join(["\n".join(lines), "\n".join(pages), said("digest.why")]) + "\n"
    return the_outbox().send(letter(current_context().settings.accounts.sender, email, subject, text))
