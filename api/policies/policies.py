"""What a municipality decides for itself: how long a case is kept, how it is reviewed, by when things are done."""

from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from api.policies.deadlines import DeadlinePolicy
from api.policies.measure_codes import MeasureCodes
from api.policies.research_export import ExportPolicy
from api.policies.sources import PolicySource
from instruments.faults import Fault, InputError
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Definition, Registry, Versioned

FOLDER = Path(__file__).parent
#: The folder of a municipality's own policies, within that of its local definitions.
MOUNTED = "policies"
KINDS = ("retention", "review", "research_export", "purging", "deadlines", "measure_codes", "languages")


class RetentionRule(Versioned):
    """How long a case is kept.

    Parameters
    ----------
    years_after_last_entry : int
        The duty to purge arises this many years after the last entry was made.
    finished_calendar_years_after : int
        Purging is to be finished by the end of the calendar year this many years after the duty arose.
    """

    title: Text
    years_after_last_entry: Annotated[StrictInt, Field(ge=1, le=100)]
    finished_calendar_years_after: Annotated[StrictInt, Field(ge=0, le=10)]
    source: PolicySource
    reading: Text
    decided_by: Line
    decided_on: date

    def due_from(self, last_entry_on: date) -> date:
        """The first day on which a case is due."""
        year = last_entry_on.year + self.years_after_last_entry
        is_leap_day = (last_entry_on.month, last_entry_on.day) == (2, 29)
        return date(year, 3, 1) if is_leap_day and not _is_leap(year) else last_entry_on.replace(year=year)

    def finished_by(self, last_entry_on: date) -> date:
        """The last day on which a case that is due may still be there."""
        return date(self.due_from(last_entry_on).year + self.finished_calendar_years_after, 12, 31)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class SamePerson(BaseModel):
    """That a municipality lets the rater take one more part, in its own words.

    Parameters
    ----------
    may : str
        ``review``, or ``be_second_person`` for somebody else's deviation.
    reading : Text
        Why, and what is done instead to protect the young person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    may: Literal["review", "be_second_person"]
    reading: Text
    decided_by: Line
    decided_on: date


class ReviewPolicy(Versioned):
    """How a recommendation is reviewed, and by whom.

    Parameters
    ----------
    second_person_for_deviations : bool
        Whether a deviation stands only when another person has signed it too.
    rater_may : tuple of SamePerson
        What whoever signed the assessment may do with the recommendation that rests on it. A policy that says nothing
        of it allows nothing.
    """

    title: Text
    second_person_for_deviations: StrictBool
    rater_may: tuple[SamePerson, ...] = ()
    reading: Text
    decided_by: Line
    decided_on: date


class PurgingPolicy(Versioned):
    """What must be plausible before anything is purged.

    Parameters
    ----------
    longest_silence_days : int
        Days in a row without a line in the log, from which the clock is taken to have jumped.
    """

    title: Text
    longest_silence_days: Annotated[StrictInt, Field(ge=1, le=3_660)]
    reading: Text
    decided_by: Line
    decided_on: date


class ReviewedTranslation(BaseModel):
    """That somebody who speaks a language has read what a paper says in it.

    Parameters
    ----------
    language : str
        As its catalogue is named, such as ``ar``.
    texts : str
        The version of the paper's texts, as ``id@version``. A new version is read anew.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Line
    texts: Line
    reviewed_by: Line
    reviewed_on: date


class LanguagePolicy(Versioned):
    """Which translations of papers for families somebody has read."""

    title: Text
    reviewed: tuple[ReviewedTranslation, ...] = ()
    reading: Text
    decided_by: Line
    decided_on: date

    def is_reviewed(self, language: str, texts: str) -> bool:
        """Whether a paper's texts were read in a language."""
        return any((each.language, each.texts) == (language, texts) for each in self.reviewed)


class Policies:
    """The policies that ship with Underlag and those that a municipality keeps beside them.

    A municipality's own that is in force takes the place of what ships, also of what ships later; of two versions of
    its own, as of two that ship, the one that came into force last holds.

    Parameters
    ----------
    local : Path or None
        The folder of local definitions; its ``policies`` may hold a folder for each of `KINDS`.

    Raises
    ------
    InputError
        With every fault of every file.
    AlteredDefinitionError
        If a published policy was changed.
    """

    def __init__(self, local: Path | None = None) -> None:
        own = _own_folders(local / MOUNTED) if local is not None and (local / MOUNTED).is_dir() else {}
        self._retention = Registry(RetentionRule, [FOLDER / "retention"], own=own.get("retention", ()))
        self._review = Registry(ReviewPolicy, [FOLDER / "review"], own=own.get("review", ()))
        self._purging = Registry(PurgingPolicy, [FOLDER / "purging"], own=own.get("purging", ()))
        self._export = Registry(ExportPolicy, [FOLDER / "research_export"], own=own.get("research_export", ()))

        self._languages = Registry(LanguagePolicy, [FOLDER / "languages"], own=own.get("languages", ()))
        self._deadlines = Registry(DeadlinePolicy, [FOLDER / "deadlines"], own=own.get("deadlines", ()))
        self._codes = Registry(MeasureCodes, [FOLDER / "measure_codes"], own=own.get("measure_codes", ()))

    def deadlines_on(self, day: date) -> Definition[DeadlinePolicy]:
        """By when things are done, by the policy in force on a day; before the first one, by the first one."""
        published = [each.content.valid_from for each in self._deadlines if each.content.status == "published"]
        return self._deadlines.find("deadlines", on=max(day, min(published)))

    def measure_codes_on(self, day: date) -> Definition[MeasureCodes]:
        """The codes that measures may have, by the list in force on a day."""
        return self._codes.find("measure_codes", on=day)

    @cached_property
    def deadlines_digest(self) -> str:
        """What changes when any policy on deadlines does."""
        return sha256("".join(sorted(each.sha256 for each in self._deadlines)).encode()).hexdigest()

    def languages_on(self, day: date) -> Definition[LanguagePolicy]:
        """Which translations somebody has read, by the policy in force on a day."""
        return self._languages.find("languages", on=day)

    def purging_on(self, day: date) -> Definition[PurgingPolicy]:
        """What must be plausible before anything is purged, by the policy in force on a day."""
        return self._purging.find("purging", on=day)

    def retention_on(self, day: date) -> Definition[RetentionRule]:
        """How long cases are kept, by the rule in force on a day."""
        return self._retention.find("social_services", on=day)

    def review_on(self, day: date) -> Definition[ReviewPolicy]:
        """How recommendations are reviewed, by the policy in force on a day."""
        return self._review.find("review", on=day)

    def research_export_on(self, day: date) -> Definition[ExportPolicy]:
        """How the export for research is made, by the policy in force on a day."""
        return self._export.find("research_export", on=day)


def _own_folders(folder: Path) -> dict[str, list[Path]]:
    """A municipality's folders by kind; a misspelt name would otherwise pass for having no policy at all."""
    names = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise InputError([Fault("unknown-folder", name, {"name": name, "known": list(KINDS)}) for name in unknown])
    return {name: [folder / name] for name in names}
