"""What someone outside may see of a case now: police, school and others have no login, they are given a view.

A view holds what the work together needs: that it goes on, its meetings and its plan. It never holds an item, a fact,
an assessment or a screening, whatever was consented to.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.consents import Sharing, consents_of, may_share
from api.records.journal import open_case, standing
from api.records.participation import participations
from api.store.audit_chain import tell
from api.store.schema import Entry
from instruments.faults import Fault, InputError
from screening.library import Library

FORMAT = "underlag-view-1"
#: In place of a recipient: a guardian, whose own right it is and who needs no consent to be told.
GUARDIAN = "guardian"
_SHARED = ("network_meeting", "plan_follow_up")


@dataclass(frozen=True)
class View:
    """A view for a recipient.

    Parameters
    ----------
    data : dict or None
        None where nothing may be shared now; `sharing` says whose consent is missing.
    """

    sharing: Sharing
    data: dict[str, Any] | None


def view_for(session: Session, now: datetime, actor: Actor, case_id: str, recipient: str, library: Library) -> View:
    """What a recipient may see on the day of ``now``; the audit is told of the export, or that it was refused.

    Raises
    ------
    InputError
        For a recipient that does not exist.
    """
    today = now.date()
    recipients = library.consent_rules(today).recipient_ids
    if recipient not in recipients:
        parameters = {"value": recipient[:80], "allowed": list(recipients)}
        raise InputError([Fault("unknown-recipient", "/recipient", parameters)])
    case = open_case(session, now, actor, case_id, action="export")
    sharing = may_share(session, case, recipient, today, library)
    outcome = "done" if sharing.is_allowed else "refused"
    tell(session, actor.did(now, "export", "view", case=case_id, record=case_id, outcome=outcome))
    if not sharing.is_allowed:
        return View(sharing, None)
    consents = [each for each in consents_of(session, case_id) if each["recipient"] == recipient]
    contents = [
        entry.content["content"] for entry in standing(session, case_id, "consent") if _towards(entry, recipient)
    ]
    return View(
        sharing,
        {
            "format": FORMAT,
            "made_on": today.isoformat(),
            "recipient": recipient,
            "reference": case.reference,
            "consented_to": contents,
            "valid_to": min((each["valid_to"] for each in consents if each["valid_to"]), default=None),
            "participation": _work(session, case_id),
        },
    )


def view_for_guardian(session: Session, now: datetime, actor: Actor, case_id: str, reader: str) -> View:
    """What a guardian may see of the work on the day of ``now``; the audit is told of the export.

    It holds as little as every other view, and nothing that is marked not to be shown to guardians. The caller has made
    sure that the reader is a guardian of somebody who is not of age.
    """
    today = now.date()
    case = open_case(session, now, actor, case_id, action="export")
    tell(session, actor.did(now, "export", "view", case=case_id, record=case_id))
    return View(
        Sharing(reader, today, (), guardians_known=True),
        {
            "format": FORMAT,
            "made_on": today.isoformat(),
            "recipient": reader,
            "reference": case.reference,
            "consented_to": [],
            "valid_to": None,
            "participation": _work(session, case_id),
        },
    )


def _work(session: Session, case_id: str) -> list[dict[str, Any]]:
    """Every period of work with its meetings and its plan, except what is marked not to be shown."""
    return [
        {
            "started_on": period.started_on.isoformat(),
            "ended_on": period.ended.content["ended_on"] if period.ended else None,
            "next_meeting_by": period.next_meeting_by.isoformat() if period.next_meeting_by else None,
            "events": [
                {"kind": event.kind, **event.content}
                for event in period.events
                if event.kind in _SHARED and not event.hidden_from_guardians
            ],
        }
        for period in participations(session, case_id)
    ]


def _towards(entry: Entry, recipient: str) -> bool:
    return bool(entry.content["recipient"] == recipient and entry.content["status"] == "given")
