"""The parts of an assessment: one page for each domain, strengths first, and one for the professional's own rating."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from api.cases.forms import Form
from api.cases.ratings.rating_values import (
    CHOICES,
    SUMMARY,
    TEXTS,
    critical_fields,
    extra_fields,
    item_fields,
)
from api.evaluation.fields import Choice, Field
from api.web.field_names import NOT_ASKED, NOT_FOUND
from instruments.messages import Text
from instruments.model import Instrument, Item

SUMMARY_PART, LIST_PART = "summary", "list"
LEVELS = ("low", "moderate", "high")
AGREES = ("yes", "partly", "no", "not_asked")


@dataclass(frozen=True)
class Part:
    """One page of an assessment.

    Parameters
    ----------
    direction : str or None
        Which extra factors it has room for.
    parts : tuple of Part
        The parts that it shows one below the other; none for one of them.
    """

    id: str
    title: Text | None
    items: tuple[Item, ...]
    direction: str | None
    parts: tuple["Part", ...] = ()

    @property
    def fields(self) -> list[str]:
        """Every field of the page."""
        if self.parts:
            return [name for part in self.parts for name in part.fields]
        if self.id == SUMMARY_PART:
            critical = [name for pair in critical_fields() for name in pair]
            return [*(f"summary.{name}" for name in SUMMARY), *TEXTS, *CHOICES, *critical]
        own = [name for item in self.items for name in item_fields(item)]
        extra = [name for pair in extra_fields(self.direction) for name in pair] if self.direction else []
        return [*own, *extra]


def parts_of(instrument: Instrument) -> list[Part]:
    """The parts in the order in which they are gone through: what holds comes first, the own rating last."""
    domains = sorted(instrument.domains, key=lambda domain: domain.kind != "protective")
    parts = []
    for place, domain in enumerate(domains):
        is_last_of_kind = all(other.kind != domain.kind for other in domains[place + 1 :])
        direction = domain.kind if is_last_of_kind else None
        parts.append(Part(domain.id, domain.title, instrument.items_of(domain.id), direction))
    return [*parts, Part(SUMMARY_PART, None, (), None)]


def list_of(instrument: Instrument) -> Part:
    """The whole assessment on one page, in the same order, for whoever knows the instrument."""
    parts = tuple(parts_of(instrument))
    return Part(LIST_PART, None, tuple(item for part in parts for item in part.items), None, parts)


@dataclass(frozen=True)
class Progress:
    """How much of a part is answered; nothing of what was answered."""

    part: Part
    answered: int
    of: int

    @property
    def is_done(self) -> bool:
        """Whether every question of it has an answer."""
        return self.answered == self.of


def progress_of(parts: Sequence[Part], values: Mapping[str, str], unfinished: Container[str]) -> list[Progress]:
    """How far each part has come: of items those with a complete answer, of the own rating what a signature needs."""
    needed = ("summary.reoffending_risk", "summary.reasons", "own_view", "agrees", "best_interests", "confidence")
    progress = []
    for part in parts:
        names = needed if part.id == SUMMARY_PART else [item_fields(item)[0] for item in part.items]
        progress.append(
            Progress(
                part, sum(bool(values.get(name, "").strip()) and name not in unfinished for name in names), len(names)
            )
        )
    return progress


@dataclass(frozen=True)
class RatedItem:
    """An item as it is shown: what is asked, its levels with what they mean, and the fields."""

    item: Item
    number: int
    answer: Field
    note: Field
    source: Field
    period: str | None


def items_in(form: Form, part: Part, instrument: Instrument) -> list[RatedItem]:
    """The items of a part as fields of a form."""
    words = form.words
    shown = []
    for number, item in enumerate(part.items, 1):
        level, note, source = item_fields(item)
        levels = [
            Choice(each, words.t(f"level.{each}").capitalize(), words.say(item.anchors[each]))
            for each in instrument.levels(item)
        ]
        blanks = [Choice(NOT_FOUND, words.t("page.form.not_found")), Choice(NOT_ASKED, words.t("page.form.not_asked"))]
        shown.append(
            RatedItem(
                item,
                number,
                form.add("choice", level, words.say(item.title), choices=[*levels, *blanks]),
                form.add("long", note, words.t("work.rate.note"), of=words.say(item.title)),
                form.add("line", source, words.t("work.rate.source"), of=words.say(item.title)),
                words.period(item.look_back) if item.look_back else None,
            )
        )
    return shown


@dataclass(frozen=True)
class Section:
    """A part with items as it is shown.

    Parameters
    ----------
    kind : str
        Whether it is about what protects or about risk.
    keys : int
        How many number keys answer its items: one for every level, and one for every way of leaving it blank.
    """

    part: Part
    kind: str
    items: list[RatedItem]
    extra: list[tuple[Field, Field]]
    keys: int


def section_in(form: Form, part: Part, instrument: Instrument) -> Section:
    """A part with items as fields of a form."""
    items = items_in(form, part, instrument)
    extra = extra_in(form, part.direction) if part.direction else []
    return Section(part, part.items[0].kind, items, extra, max(len(each.answer.choices) for each in items))


def extra_in(form: Form, direction: str) -> list[tuple[Field, Field]]:
    """The extra factors of a direction as fields of a form."""
    t = form.words.t
    return [
        (
            form.add("line", text, t(f"work.rate.extra.{direction}", number=number)),
            form.add("long", reason, t("work.rate.extra_reason", number=number)),
        )
        for number, (text, reason) in enumerate(extra_fields(direction), 1)
    ]


def summary_in(form: Form, instrument: Instrument) -> None:
    """The professional's own rating and what belongs to it, as fields of a form. Nothing is chosen from the start."""
    t = form.words.t
    levels = form.options("work.option.level", LEVELS)
    form.add("choice", "summary.reoffending_risk", t("work.summary.reoffending_risk"), choices=levels)
    unrated = Choice("", t("work.summary.not_rated"))
    form.add("choice", "summary.violence_risk", t("work.summary.violence_risk"), choices=[*levels, unrated])
    form.add("long", "summary.reasons", t("work.summary.reasons"), help=t("work.summary.reasons_help"))
    form.add("long", "aggravating", t("work.summary.aggravating"))
    form.add("long", "helping", t("work.summary.helping"))
    titles = [Choice(item.id, form.words.say(item.title)) for item in instrument.items]
    for number, (item, reason) in enumerate(critical_fields(), 1):
        choices = [Choice("", t("work.summary.critical_none")), *titles]
        form.add("select", item, t("work.summary.critical", number=number), choices=choices)
        form.add("line", reason, t("work.summary.critical_reason", number=number))
    form.add("long", "own_view", t("work.summary.own_view"), help=t("work.summary.own_view_help"))
    form.add("choice", "agrees", t("work.summary.agrees"), choices=form.options("work.option.agrees", AGREES))
    form.add("long", "best_interests", t("work.summary.best_interests"), help=t("work.summary.best_interests_help"))
    confidence = form.options("work.option.level", LEVELS)
    form.add("choice", "confidence", t("work.summary.confidence"), choices=confidence)
    form.add("long", "confidence_note", t("work.summary.confidence_note"))
    form.add("long", "acute_safety", t("work.summary.acute_safety"))
    form.add("long", "completeness_reason", t("work.summary.completeness"), help=t("work.summary.completeness_help"))
    form.add("day", "assessed_on", t("work.summary.assessed_on"))
    form.add("day", "next_review_on", t("work.summary.next_review_on"))
