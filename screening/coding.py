"""From what a person wrote to codes: one intake as submitted, and the blanks in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from instruments.ratings import BLANK, BlankKind, Ratings
from screening.criteria import ITEM_PREFIX, OffencesAtLeast, count_by_standing
from screening.facts import Facts, FactValue
from screening.gate import Consent
from screening.guidance import Freshness
from screening.intake import CodedIntake
from screening.ruleset import RuleSet

SUMMARY_RATING = "reoffending_risk"


@dataclass(frozen=True)
class Intake:
    """What is submitted about one young person.

    Parameters
    ----------
    on : date
        The reference date.
    ratings : Ratings or None
        None where no instrument was used.
    guardians : tuple of str or None
        Everyone who is a guardian, by a reference and not by name; None where that is not known.
    """

    on: date
    facts: Facts
    ratings: Ratings | None = None
    guardians: tuple[str, ...] | None = None
    consents: tuple[Consent, ...] = ()

    @property
    def has_summary_rating(self) -> bool:
        """Whether the professional's own summary rating is there, or was marked as not to be found."""
        value = self.facts[SUMMARY_RATING]
        return value.code != BLANK or value.blank == BlankKind.NOT_FOUND


@dataclass(frozen=True)
class Coding:
    """An intake in codes, and the kind of every blank among the inputs of the rules.

    Parameters
    ----------
    blanks : Mapping of str to BlankKind
        By fact id or ``item.<id>``.
    """

    intake: CodedIntake
    blanks: Mapping[str, BlankKind]

    @property
    def not_found(self) -> list[str]:
        """The inputs that were looked for and could not be learned."""
        return [name for name, kind in self.blanks.items() if kind == BlankKind.NOT_FOUND]


def code_intake(rules: RuleSet, intake: Intake) -> Coding:
    """Put an intake into codes; a value past the guidance's freshness limit becomes a blank.

    Returns
    -------
    Coding
    """
    stale = {row.fact for row in rules.guidance.freshness if is_stale(intake.facts[row.fact], row, rules, intake.on)}
    codes: dict[str, int] = {}
    blanks: dict[str, BlankKind] = {}
    for name in rules.fact_names:
        value = intake.facts[name]
        if name in stale:
            blanks[name] = BlankKind.STALE
        elif value.code == BLANK:
            blanks[name] = value.blank or BlankKind.NOT_ASKED
        else:
            codes[name] = value.code
    window = intake.facts["offence_count"].window_months
    if "offence_count" in codes and rules.offences is not None:
        codes["offence_count"] = _count_that_counts(intake.facts["offence_count"], rules.offences)
        if codes["offence_count"] == BLANK:
            del codes["offence_count"]
            blanks["offence_count"], window = BlankKind.NOT_ASKED, None
    items = intake.ratings.codes if intake.ratings else (BLANK,) * len(rules.instrument.items)
    for item, code in zip(rules.instrument.items, items, strict=True):
        if code == BLANK:
            kind = intake.ratings.blanks.get(item.id) if intake.ratings else None
            blanks[ITEM_PREFIX + item.id] = kind or BlankKind.NOT_ASKED
    return Coding(CodedIntake(codes, tuple(items), intake.on, window), blanks)


def _count_that_counts(value: FactValue, test: OffencesAtLeast) -> int:
    is_plain = value.window_months is None
    return count_by_standing(value.code, value.admitted, value.convicted, test, is_by_own_rule=is_plain)


def days_fresh(rules: RuleSet, row: Freshness) -> int:
    """How many days old an answer may be; where no limit is set it is asked for anew each day."""
    return int(rules.settings[row.days].value or 0)


def is_stale(value: FactValue, row: Freshness, rules: RuleSet, on: date) -> bool:
    """Whether a known value must be asked again.

    A dated value is stale when it is older than the limit. An undated one is stale only where the guidance wants that
    answer dated, since it is the answer that opens the door.
    """
    if value.code == BLANK:
        return False
    if value.observed_on is None:
        return rules.describe(row.fact).value_of(value.code) in row.must_be_dated
    return (on - value.observed_on).days > days_fresh(rules, row)
