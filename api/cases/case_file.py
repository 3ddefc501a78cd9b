"""A case as a page shows it: everything that its reader may see, opened once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select

from api.access.users import names_of
from api.cases.event_kinds import CaseworkerAssigned
from api.cases.ratings.assessments import read_journal
from api.cases.ratings.drafts import drafts_in, drafts_seen
from api.cases.reviews.applicable_result import Reviewed, results_among
from api.context.unit import Unit
from api.store.schema import Case, Draft, Entry, SecrecyUnit
from screening.fact_reading import completed_years

_UNITS = select(SecrecyUnit.id, SecrecyUnit.name)


@dataclass(frozen=True)
class CaseFile:
    """A case with what the reader may see of it.

    Parameters
    ----------
    entries : sequence of Entry
        In the order in which they were made.
    names : Mapping of str to str
        How the accounts that made them are called.
    is_asked_to_rate : bool
        Whether the reader has been asked for a second rating that is not signed yet.
    to_withdraw : sequence of Entry
        Requests for a second rating that the reader may take back: those they made, and those they were asked by.
    units : Mapping of str to str
        What the units of the municipality are called.
    """

    case: Case
    entries: Sequence[Entry]
    drafts: Sequence[Draft]
    names: Mapping[str, str]
    is_asked_to_rate: bool
    to_withdraw: Sequence[Entry]
    units: Mapping[str, str]

    @cached_property
    def _gone(self) -> set[str | None]:
        return {entry.supersedes_id for entry in self.entries}

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of some kinds that no later one has taken the place of."""
        return [entry for entry in self.entries if entry.kind in kinds and entry.id not in self._gone]

    def last(self, *kinds: str) -> Entry | None:
        """The last entry of some kinds."""
        return next((entry for entry in reversed(self.entries) if entry.kind in kinds), None)

    def about(self, subject: Entry, *kinds: str) -> Entry | None:
        """The last entry of some kinds that is about another one and stands."""
        entries = [entry for entry in self.of(*kinds) if entry.subject_id == subject.id]
        return entries[-1] if entries else None

    @cached_property
    def results(self) -> dict[str, Reviewed[Entry]]:
        """What applies of every screening, by its key, in the order in which they were made."""
        return results_among(self.entries)

    @property
    def result(self) -> Reviewed[Entry] | None:
        """What applies of the last screening; None without one."""
        return next(reversed(self.results.values()), None)

    @cached_property
    def facts(self) -> dict[str, Entry]:
        """What is known now, by the name of the fact."""
        return {entry.content["fact"]: entry for entry in self.of("fact")}

    @cached_property
    def guardians(self) -> tuple[str, ...] | None:
        """Everyone who is a guardian; None where that is not recorded."""
        entry = self.last("guardians")
        return tuple(entry.content["guardians"]) if entry else None

    @property
    def caseworker(self) -> str:
        """The account that is responsible: the one that opened the case, until somebody takes it."""
        entry = self.last(CaseworkerAssigned.KIND)
        return str(entry.content["caseworker"]) if entry else self.case.opened_by

    @property
    def co_worker(self) -> str | None:
        """The account that works with the caseworker; None for nobody."""
        entry = self.last(CaseworkerAssigned.KIND)
        return entry.content["co_worker"] if entry else None

    def age(self, on: date) -> int | None:
        """Completed years on a day; None where the birth date is not known."""
        return completed_years(self.case.birth_date, on) if self.case.birth_date else None

    def entry(self, entry_id: str | None) -> Entry | None:
        """An entry by its key; None where the reader does not see it."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)

    def by(self, entry_id: str | None) -> str | None:
        """The account that made an entry; None where the reader does not see it."""
        entry = self.entry(entry_id)
        return entry.made_by if entry else None

    def who(self, account: str) -> str:
        """How an account is called."""
        return self.names.get(account, account)


def open_file(unit: Unit, case_id: str) -> CaseFile:
    """Open a case for whoever makes the request; this is recorded in the audit log.

    Raises
    ------
    RecordError
    """
    drafts = drafts_in(unit.session, case_id)  # before who rates unseen is read
    case, entries, pairs = read_journal(unit, case_id)
    drafts = drafts_seen(drafts, pairs, unit.actor.id)
    accounts = {entry.made_by for entry in entries} | {draft.saved_by for draft in drafts}
    accounts |= {entry.content["rater"] for entry in entries if entry.kind == "second_rating_requested"}
    assigned = [entry.content for entry in entries if entry.kind == CaseworkerAssigned.KIND]
    accounts |= {content[name] or "" for content in assigned for name in ("caseworker", "co_worker")}
    unanswered = [pair for pair in pairs if pair.is_unanswered]
    return CaseFile(
        case,
        entries,
        drafts,
        names_of(unit.session, {*accounts, case.opened_by}),
        any(pair.rater == unit.actor.id for pair in unanswered),
        [pair.request for pair in unanswered if unit.actor.id in (pair.request.made_by, pair.rater)],
        {each.id: each.name for each in unit.session.execute(_UNITS)},
    )


def given(entry: Entry | None, name: str) -> Any:
    """A part of an entry; None where there is no entry."""
    return entry.content.get(name) if entry is not None else None
