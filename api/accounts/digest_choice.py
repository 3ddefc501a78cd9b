"""Whether an account wants to be told by mail that something waits, and how often."""

from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.context.context import current_context
from api.store.audit_chain import record_event
from api.store.digest_tables import DigestChoice

#: How often a digest can come.
NEVER = "never"
OFTEN = (NEVER, "daily", "weekly")


def digest_of(session: Session, account: str) -> str:
    """How often an account wants a digest; `NEVER` until it has chosen."""
    choice = session.get(DigestChoice, account)
    return choice.every if choice is not None else NEVER


def choose_digest(account: str, every: str, language: str) -> None:
    """Choose how often a digest comes. The day of the last one is kept, so that choosing again brings no second one.

    Parameters
    ----------
    every : str
        One of `OFTEN`.
    language : str
        What it is written in.
    """
    with current_context().database.unit_of_work() as session:
        choice = session.get(DigestChoice, account)
        if choice is None:
            choice = DigestChoice(account_id=account, chosen_at=current_context().now(), sent_on=None)
            session.add(choice)
        choice.every, choice.language = every, language
        record_event(session, audit_event("change", "digest", record=account))
