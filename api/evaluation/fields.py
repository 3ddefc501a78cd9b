"""The form as it is shown: sections of questions, each with its fields, answers and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from api.evaluation.form_reading import Values, asked_recipients, safety_facts, shown_facts, tested_facts
from api.web import field_names as names
from api.web.field_names import NOT_ASKED, NOT_FOUND
from api.web.translator import Translator
from instruments.model import Instrument, Item
from screening.coding import SUMMARY_RATING
from screening.facts import EVER, NOT_APPLICABLE_WORD, FactDescription
from screening.gate import STATUSES
from screening.library import BoundGuidance

Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Choice:
    """One answer to choose. ``help`` is what the answer means."""

    value: str
    label: str
    help: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Parameters
    ----------
    kind : {"choice", "select", "number", "line", "long", "day"}
    of : str
        What it belongs to, where several fields of a page are called alike: its name to whoever does not see the page.
    """

    name: str
    kind: str
    label: str
    value: str = ""
    help: str | None = None
    unit: str | None = None
    choices: tuple[Choice, ...] = ()
    errors: tuple[str, ...] = ()
    of: str = ""

    @property
    def title(self) -> str:
        """What it is called where it stands alone, as in a list of errors."""
        return f"{self.of}: {self.label}" if self.of else self.label

    @property
    def id(self) -> str:
        """Its id on the page."""
        return names.identifier(self.name)

    @property
    def described_by(self) -> str:
        """The ids of what describes it: its help, its unit and its errors."""
        parts = [("help", self.help), ("unit", self.unit), ("error", self.errors)]
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)


@dataclass(frozen=True)
class Question:
    """A fact or an item, with everything that is asked about it.

    Parameters
    ----------
    answer : Field
        The choice of an answer.
    number : Field or None
        Where the answer is typed in, for a number.
    more : tuple of Field
        Source, date, reason and the like.
    shows_more : bool
        Whether ``more`` stands open from the start.
    tags : tuple of str
        Short words beside the title, such as that an item is static.
    asides : tuple of (heading, text)
        What to unfold: an opening question, what the item rests on.
    """

    title: str
    text: str | None
    answer: Field
    number: Field | None = None
    more: tuple[Field, ...] = ()
    shows_more: bool = False
    tags: tuple[str, ...] = ()
    asides: tuple[tuple[str, str], ...] = field(default=())

    @property
    def errors(self) -> tuple[str, ...]:
        """Everything that is wrong in it."""
        fields = [self.answer, *([self.number] if self.number else []), *self.more]
        return tuple(error for each in fields for error in each.errors)

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer; that nobody has asked is none."""
        return bool(self.number and self.number.value) or self.answer.value not in ("", NOT_ASKED)


@dataclass(frozen=True)
class Section:
    """A part of the form under a heading of its own."""

    id: str
    title: str
    intro: str | None
    questions: tuple[Question, ...]

    @property
    def answered(self) -> int:
        """How many of its questions have an answer."""
        return sum(question.is_answered for question in self.questions)

    @property
    def has_errors(self) -> bool:
        """Whether something in it is wrong."""
        return any(question.errors for question in self.questions)


class FormView:
    """Builds what the template shows.

    Parameters
    ----------
    values : Mapping of str to str
        What is filled in, by field.
    errors : Mapping of str to list of str
        What is wrong, by field.
    is_rated : bool
        Whether an instrument is used.
    """

    def __init__(
        self, bound: BoundGuidance, translator: Translator, values: Values, errors: Errors, *, is_rated: bool
    ) -> None:
        self._bound = bound
        self._translator = translator
        self._values = values
        self._errors = errors
        self._is_rated = is_rated

    def sections(self) -> list[Section]:
        """Danger first, then strengths, then risks, then the facts."""
        rules = self._bound.rules
        asked, danger = tested_facts(self._bound), safety_facts(self._bound)
        say = self._translator.t
        parts = [
            Section(
                "safety",
                say("page.form.safety"),
                say("page.form.safety_intro"),
                tuple(self._fact(rules.describe(name)) for name in danger if name in asked),
            )
        ]
        if self._is_rated:
            parts.extend(self._domains(rules.instrument))
        rest = tuple(self._fact(rules.describe(name)) for name in asked if name not in danger)
        parts.append(Section("facts", say("page.form.facts"), say("page.form.facts_intro"), rest))
        beside = tuple(self._fact(rules.describe(name)) for name in shown_facts(self._bound))
        parts.append(Section("beside", say("page.form.beside"), say("page.form.beside_intro"), beside))
        return parts

    def _domains(self, instrument: Instrument) -> Iterator[Section]:
        in_order = sorted(instrument.domains, key=lambda domain: domain.kind != "protective")
        for domain in in_order:
            intro = self._translator.t(f"page.form.{domain.kind}_intro")
            questions = tuple(self._item(instrument, item) for item in instrument.items_of(domain.id))
            yield Section(f"domain-{domain.id}", self._translator.say(domain.title), intro, questions)

    def _item(self, instrument: Instrument, item: Item) -> Question:
        say, t = self._translator.say, self._translator.t
        levels = tuple(
            Choice(level, t(f"level.{level}").capitalize(), say(item.anchors[level]))
            for level in instrument.levels(item)
        )
        note = self.field(names.item(item.id, "note"), "long", t("page.form.note"))
        tags = (
            t("page.form.dynamic", months=self._translator.period(item.look_back))
            if item.look_back
            else t("page.form.static"),
        )
        return Question(
            title=say(item.title),
            text=say(item.description),
            answer=self.field(names.item(item.id), "choice", say(item.title), choices=(*levels, *self._blanks())),
            more=(note,),
            shows_more=bool(note.value or note.errors),
            tags=tags,
            asides=((t("page.form.ask"), say(item.ask)), (t("page.form.evidence"), say(item.evidence))),
        )

    def _fact(self, fact: FactDescription) -> Question:
        say, t = self._translator.say, self._translator.t
        values = tuple(Choice(value.id, say(value.label)) for value in fact.values)
        last = (Choice(NOT_APPLICABLE_WORD, say(fact.not_applicable)),) if fact.not_applicable else ()
        number = None
        if fact.kind != "choice":
            unit = say(fact.unit) if fact.unit else None
            number = self.field(names.fact(fact.id, "number"), "number", t("page.form.number"), unit=unit)
        label = say(fact.question) if number is None else t("page.form.no_number")
        more = tuple(self._about(fact))
        is_wanted = bool(fact.must_carry) or fact.kind == "offences"
        return Question(
            title=say(fact.title),
            text=say(fact.question),
            answer=self.field(names.fact(fact.id), "choice", label, choices=(*values, *last, *self._blanks())),
            number=number,
            more=more,
            shows_more=is_wanted or any(each.value or each.errors for each in more),
            asides=((t("page.form.help"), say(fact.help)),) if fact.help else (),
        )

    def _about(self, fact: FactDescription) -> Iterator[Field]:
        t = self._translator.t
        if fact.kind == "offences":
            windows = (
                Choice("own_rule", t("page.form.window_own")),
                Choice("months", t("page.form.window_months")),
                Choice(EVER, t("page.form.window_ever")),
            )
            yield self.field(names.fact(fact.id, "window"), "choice", t("page.form.window"), choices=windows)
            yield self.field(
                names.fact(fact.id, "months"), "number", t("page.form.months"), unit=t("page.form.months_unit")
            )
            for standing in fact.told_apart:
                yield self.field(names.fact(fact.id, standing), "number", t(f"page.form.{standing}"))
        yield self.field(names.fact(fact.id, "source"), "line", t("page.form.source"))
        yield self.field(names.fact(fact.id, "observed_on"), "day", t("page.form.observed_on"))
        yield self.field(names.fact(fact.id, "reason"), "long", t("page.form.reason"))

    def _blanks(self) -> tuple[Choice, ...]:
        t = self._translator.t
        return Choice(NOT_FOUND, t("page.form.not_found")), Choice(NOT_ASKED, t("page.form.not_asked"))

    def summary(self) -> tuple[Field, Field]:
        """The summary rating and its reasons; nothing is chosen from the start."""
        t, say = self._translator.t, self._translator.say
        fact = self._bound.rules.dictionary.by_id[SUMMARY_RATING]
        levels = tuple(Choice(value.id, say(value.label)) for value in fact.values)
        choices = (*levels, Choice(NOT_FOUND, t("page.summary.not_found")))
        help_text = say(fact.help) if fact.help else None
        return (
            self.field(names.fact(SUMMARY_RATING), "choice", say(fact.question), choices=choices, help=help_text),
            self.field(
                names.fact(SUMMARY_RATING, "reason"),
                "long",
                t("page.summary.reason"),
                help=t("page.summary.reason_help"),
            ),
        )

    def guardians(self) -> Field:
        """How many guardians there are."""
        t = self._translator.t
        choices = tuple(Choice(number, t(f"page.form.guardians_{number}")) for number in ("unknown", "0", "1", "2"))
        return self.field("guardians", "choice", t("page.form.guardians"), choices=choices)

    def consents(self) -> list[tuple[str, list[Field]]]:
        """For each person, the answers about each recipient."""
        t, rules = self._translator.t, self._bound.consent_rules
        choices = (
            Choice("", t("page.form.consent_none")),
            *(Choice(status, t(f"page.form.consent_{status}")) for status in STATUSES),
        )
        labels = {recipient.id: self._translator.say(recipient.label) for recipient in rules.recipients}
        return [
            (
                self._translator.person(person),
                [
                    self.field(names.consent(person, recipient), "select", labels[recipient], choices=choices)
                    for recipient in asked_recipients(rules)
                ],
            )
            for person in names.PERSONS
        ]

    def field(self, name: str, kind: str, label: str, **more: object) -> Field:
        """A field with what is filled in and what is wrong."""
        value, errors = self._values.get(name, ""), tuple(self._errors.get(name, ()))
        return Field(name, kind, label, value, errors=errors, **more)  # type: ignore[arg-type]
