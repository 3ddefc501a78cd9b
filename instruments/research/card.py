"""Writing an evidence card: what reports found, what a person says of it, and what it does not hold for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from instruments.cards import (
    Ages,
    Bundle,
    Card,
    CardOutcome,
    CardSection,
    LevelCount,
    Line,
    Period,
    Reason,
    Sample,
    require_fit_for_decisions,
)
from instruments.faults import Fault, InputError
from instruments.mapping import RatedWith
from instruments.messages import LANGUAGES, Text
from instruments.model import Instrument
from instruments.registry import Definition, Identifier, Version
from instruments.research.dataset import Dataset
from instruments.research.figures import Figure, InsufficientEvidence, Report, Section
from instruments.research.groupings import groups_of
from instruments.research.limits import limits
from instruments.research.scores import SUMMARY
from instruments.research.speaking import in_both, label, number
from instruments.research.splitting import first_ratings

_STEERING = ("seed", "draws", "folds", "stratified")
#: Distributions whose version is told on a card.
SOFTWARE = ("underlag", "numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "joblib", "pyarrow")
_UNSIGNED = {"public_key": "0" * 64, "signature": "0" * 128}


class StatedPeriod(BaseModel):
    """When the sample was rated: days or years."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date | StrictInt
    last: date | StrictInt


class CardStatement(BaseModel):
    """What a person says of a card, in a file of its own.

    Parameters
    ----------
    id, version : str
        Of the card.
    responsible : str
        Who answers for it: name and organisation.
    title, sample, outcome : Text, optional
        What it is about, whom, and how and for how long the outcome was looked for.
    period : StatedPeriod, optional
        By default the days of rating, where the data have them.
    local, decision_support : bool
        See `instruments.cards.Card`.
    not_validated_for : tuple of Text
        Besides what follows from the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    version: Version
    responsible: Line
    title: Text | None = None
    sample: Text | None = None
    outcome: Text | None = None
    period: StatedPeriod | None = None
    local: StrictBool = False
    decision_support: StrictBool = False
    not_validated_for: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


@dataclass(frozen=True)
class Evidence:
    """What a card is made of.

    Parameters
    ----------
    dataset : Dataset
    instrument : Definition of Instrument
    outcome, score : str
    reports : tuple of Report
    software : mapping of str to str
        Versions of what computed them.
    """

    dataset: Dataset
    instrument: Definition[Instrument]
    outcome: str
    score: str
    reports: tuple[Report, ...]
    software: Mapping[str, str] = field(default_factory=dict)

    def section(self, name: str) -> Section | None:
        """A section of any of the reports."""
        return next((each for report in self.reports for each in report.sections if each.name == name), None)


def default_statement(evidence: Evidence, responsible: str) -> CardStatement:
    """What a card says where nobody has said more than who answers for it."""
    words = re.sub(r"[^a-z0-9]+", "_", evidence.outcome.lower()).strip("_") or "outcome"
    return CardStatement(id=f"{evidence.instrument.content.id}_{words}", version="1", responsible=responsible)


def make_card(
    evidence: Evidence, statement: CardStatement, *, created_on: date, key: bytes, bundle: Bundle | None = None
) -> Card:
    """Make a signed card.

    Parameters
    ----------
    evidence : Evidence
    statement : CardStatement
    created_on : date
    key : bytes
        The private key that signs it; 32 bytes.
    bundle : Bundle, optional
        The fitted estimator beside it.

    Raises
    ------
    InputError
        If nobody has said with what the people were rated; if decision support is to be allowed and the card is not
        local, is on another instrument, or has a level with too few people.
    """
    data, own = first_ratings(evidence.dataset), evidence.instrument.reference
    rated_with = require_rated_with(evidence.dataset)
    levels = tuple(_levels(evidence))
    if statement.decision_support:
        if rated_with.instrument != own:
            told = {"name": own, "rated_with": rated_with.instrument}
            raise InputError([Fault("card-on-other-instrument", "", told)])
        require_fit_for_decisions(statement.local, levels)
    known = data.outcomes[evidence.outcome].dropna()
    title = statement.title or in_both("card.title", instrument=evidence.instrument.content.title)
    if rated_with.instrument != own:
        title = in_both("card.title_other", title=title, rated_with=rated_with.instrument, name=own)
    outcome = CardOutcome(
        name=evidence.outcome,
        description=statement.outcome or Text(sv=evidence.outcome, en=evidence.outcome),
        known=len(known),
        events=int(known.sum()),
    )
    unsigned = Card(
        format=2,
        id=statement.id,
        version=statement.version,
        instrument=evidence.instrument.reference,
        instrument_sha256=evidence.instrument.sha256,
        rated_with=rated_with,
        title=title,
        plain=_plain(evidence, outcome, rated_with),
        created_on=created_on,
        responsible=statement.responsible,
        local=statement.local,
        decision_support=statement.decision_support,
        sample=_sample(data, statement, evidence.dataset.raters),
        outcome=outcome,
        score=evidence.score,
        methods=tuple(_methods(evidence.reports)),
        levels=levels,
        not_validated_for=(*_not_validated_for(evidence, statement), *statement.not_validated_for),
        sections=tuple(_sections(evidence.reports)),
        warnings=tuple(_warnings(evidence.reports)),
        computed_with=_computed_with(evidence.reports),
        software=dict(evidence.software),
        bundle=bundle,
        **_UNSIGNED,
    )
    return unsigned.signed_with(key)


def require_rated_with(dataset: Dataset) -> RatedWith:
    """With what the people were rated, without which nothing can be said of how an instrument works.

    Raises
    ------
    InputError
        ``rated-with-missing``
    """
    if dataset.rated_with is None:
        name = f"{dataset.instrument.id}@{dataset.instrument.version}"
        raise InputError([Fault("rated-with-missing", "", {"name": name})])
    return dataset.rated_with


def to_yaml(card: Card) -> str:
    """The file of a card, which `instruments.cards.read_card` reads back to the very same card."""
    content = card.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _levels(evidence: Evidence) -> Iterator[LevelCount]:
    found = evidence.section("levels")
    for row in found.rows if found is not None else ():
        by_name = {each.name: each for each in row.figures}
        events, share = by_name["events"], by_name["share"]
        if isinstance(events, Figure) and isinstance(share, Figure):
            low, high = share.low or 0.0, share.high if share.high is not None else 1.0
            yield LevelCount.model_validate(
                {"level": row.labels[0], "events": int(events.value), "n": share.n, "low": low, "high": high}
            )


def _plain(evidence: Evidence, outcome: CardOutcome, rated_with: RatedWith) -> Text:
    """What a reader who is no methodologist needs to know, in a few sentences."""
    own = evidence.instrument.reference
    found = _figures_in_words(evidence, outcome)
    if rated_with.instrument == own:
        return found
    told = {"rated_with": rated_with.instrument, "words": rated_with.words, "by": rated_with.by, "name": own}
    return in_both("card.plain_other", found=found, **told)


def _figures_in_words(evidence: Evidence, outcome: CardOutcome) -> Text:
    told = {"n": outcome.known, "events": outcome.events, "outcome": outcome.description}
    areas = {row.labels[0]: row.figures[0] for row in (evidence.section("areas") or Section("", (), ())).rows}
    best = areas.get(SUMMARY, areas.get(evidence.score))
    if not isinstance(best, Figure) or best.low is None or best.high is None:
        return in_both("card.plain_without", **told)
    score = Text(**{language: label(evidence.score, language) for language in LANGUAGES})
    what = in_both("card.of_summary" if SUMMARY in areas else "card.of_score", score=score)
    bounds = {"auc": best.value, "low": best.low, "high": best.high}
    return in_both("card.plain", what=what, **{name: _in_plain_words(value) for name, value in bounds.items()}, **told)


def _in_plain_words(value: float) -> Text:
    """A number with as many decimals as a reader can use."""
    return Text(**{language: number(value, language, decimals=2) for language in LANGUAGES})


def _sample(data: Dataset, statement: CardStatement, raters: "pd.Series[str] | None") -> Sample:
    described = statement.sample or in_both("card.sample", rows=len(data), persons=int(data.persons.nunique()))
    groups: dict[str, dict[str, int]] = {}
    for group in groups_of(data, crossed=False) if len(data.groups.columns) else ():
        groups.setdefault(group.column, {})[group.value] = int(group.rows.sum())
    return Sample(
        description=described,
        rows=len(data),
        persons=int(data.persons.nunique()),
        raters=int(raters.nunique()) if raters is not None else None,
        period=_period(data, statement),
        ages=_ages(data),
        groups=groups,
        data_sha256=data.source.data_sha256 if data.source is not None else None,
        mapping_sha256=data.source.mapping_sha256 if data.source is not None else None,
    )


def _period(data: Dataset, statement: CardStatement) -> Period | None:
    if statement.period is not None:
        return Period(first=str(statement.period.first), last=str(statement.period.last))
    if data.rated_on is None or data.rated_on.isna().all():
        return None
    months = data.rated_on.dropna().dt.strftime("%Y-%m")  # the first and the last day would be those of one person
    return Period(first=str(months.min()), last=str(months.max()))


def _ages(data: Dataset) -> Ages | None:
    """The range of ages, without the few who are youngest and oldest."""
    if "age" not in data.facts:
        return None
    ages = pd.to_numeric(data.facts["age"]).dropna()
    least = limits().whole("small_count")
    if len(ages) < 2 * least:
        return None
    ordered = ages.sort_values()
    low, high, middle = (float(each) for each in (ordered.iloc[least - 1], ordered.iloc[-least], ages.median()))
    return Ages(min=low, max=high, median=middle, known=len(ages))


def _computed_with(reports: Iterable[Report]) -> dict[str, int | bool]:
    """Everything that chance was steered by, as the reports say."""
    found: dict[str, int | bool] = {}
    for report in reports:
        found |= {name: report.about[name] for name in _STEERING if isinstance(report.about.get(name), int)}  # type: ignore[misc]
    return found


def _methods(reports: Iterable[Report]) -> Iterator[str]:
    """The keys of every method that a figure names, each once."""
    figures = (each for report in reports for part in report.sections for row in part.rows for each in row.figures)
    yield from dict.fromkeys(each.method for each in figures if isinstance(each, Figure) and each.method)


def _not_validated_for(evidence: Evidence, statement: CardStatement) -> Iterator[Text]:
    """What the data themselves say that the figures do not hold for."""
    yield in_both("card.not.individual")
    yield in_both("card.not.version", instrument=evidence.instrument.reference)
    yield in_both("card.not.outcome", outcome=evidence.outcome)
    if (ages := _ages(evidence.dataset)) is not None:
        yield in_both("card.not.ages", low=int(ages.min), high=int(ages.max))
    missing = [item.id for item in evidence.instrument.content.items if item.id not in evidence.dataset.ratings]
    if missing:
        yield in_both("card.not.items", items=missing)
    if not statement.local:
        yield in_both("card.not.elsewhere")
    if thin := list(dict.fromkeys(_thin_groups(evidence))):
        yield in_both("card.not.groups", groups=thin)
    if not len(evidence.dataset.groups.columns):
        yield in_both("card.not.any_group")


def _thin_groups(evidence: Evidence) -> Iterator[str]:
    found = evidence.section("group_areas")
    for row in found.rows if found is not None else ():
        if isinstance(row.figures[0], InsufficientEvidence):
            yield ": ".join(row.labels)


def _sections(reports: Iterable[Report]) -> Iterator[CardSection]:
    for part in (each for report in reports for each in report.sections):
        rows = [{"labels": row.labels, "figures": [each.as_data() for each in row.figures]} for row in part.rows]
        yield CardSection.model_validate(
            {"section": part.name, "columns": part.columns, "rows": rows, "notes": part.notes}
        )


def _warnings(reports: Sequence[Report]) -> Iterator[Reason]:
    told: list[Reason] = []
    for fault in (each for report in reports for each in report.warnings):
        reason = Reason(code=fault.code, where=fault.where, parameters=dict(fault.parameters))
        if reason not in told:
            told.append(reason)
    yield from told
