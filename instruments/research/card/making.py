"""Writing an evidence card: what reports found, what a person says of it, and what it does not hold for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from unicodedata import normalize

import yaml

from instruments.card_parts import CardOutcome, CardSection, LevelCount, Reason
from instruments.cards import FORMAT, SCHEMA, Card, require_fit_for_decisions
from instruments.faults import Fault, InputError
from instruments.mapping import RatedWith
from instruments.messages import LANGUAGES, Text
from instruments.research.card.evidence import Evidence, require_rated_with
from instruments.research.card.flow import count_flow
from instruments.research.card.monitored import with_monitoring
from instruments.research.card.reporting import report_answers, with_missing
from instruments.research.card.sample import ages_of, describe_sample
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.own_items import ID as OWN_ID
from instruments.research.datasets.own_items import OwnItems
from instruments.research.datasets.scores import SUMMARY
from instruments.research.datasets.splitting import first_ratings
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report, Section
from instruments.research.plans.plan import departures
from instruments.research.wording import in_both, number

_STEERING = ("seed", "draws", "folds", "stratified", "cut")
_UNSIGNED = {"public_key": "0" * 64, "signature": "0" * 128}


def default_statement(evidence: Evidence, responsible: str) -> CardStatement:
    """What a card says where nobody has said more than who answers for it."""
    name = evidence.instrument.content.id if has_definition(evidence) else _identifier(evidence.dataset.instrument_name)
    return CardStatement(id=f"{name}_{_words(evidence.outcome) or 'outcome'}", version="1", responsible=responsible)


def has_definition(evidence: Evidence) -> bool:
    """Whether there is a definition that people are rated by; else the card is for research only."""
    return not isinstance(evidence.instrument.content, OwnItems)


def _identifier(name: str) -> str:
    words = _words(name)
    return words if words[:1].isalpha() else f"{OWN_ID}_{words}".strip("_")


def _words(name: str) -> str:
    """A name as an id has it: in small letters without accents, and an underscore for everything else."""
    letters = normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "_", letters.lower()).strip("_")


def make_card(
    evidence: Evidence,
    statement: CardStatement,
    *,
    created_on: date,
    key: bytes,
    monitored: Report | None = None,
) -> Card:
    """Make a signed card.

    Parameters
    ----------
    evidence : Evidence
    statement : CardStatement
    created_on : date
    key : bytes
        The private key that signs it; 32 bytes.
    monitored : Report, optional
        What came in since an earlier card, from `instruments.research.monitoring.report.monitor`; told in words alone.

    Raises
    ------
    InputError
        If decision support is to be allowed and the card is not local, is on another instrument, or has a level with
        too few people; or if ``monitored`` is a report of something else.
    """
    data, own = first_ratings(evidence.dataset), evidence.instrument.reference
    rated_with = require_rated_with(evidence.dataset)
    levels = tuple(_levels(evidence))
    if statement.decision_support:
        if not has_definition(evidence):
            raise InputError([Fault("card-research-only", "", {"name": rated_with.instrument})])
        if rated_with.instrument != own:
            names = {"name": own, "rated_with": rated_with.instrument}
            raise InputError([Fault("card-on-other-instrument", "", names)])
        require_fit_for_decisions(statement.local, levels)
    known = data.outcomes[evidence.outcome].dropna()
    title = statement.title or in_both("card.title", instrument=evidence.instrument.content.title)
    if rated_with.instrument != own and has_definition(evidence):
        title = in_both("card.title_other", title=title, rated_with=rated_with.instrument, name=own)
    outcome = CardOutcome(
        name=evidence.outcome,
        description=statement.outcome or Text(sv=evidence.outcome, en=evidence.outcome),
        known=len(known),
        events=int(known.sum()),
    )
    reporting = report_answers(statement.reporting, created_on)
    unsigned = Card(
        schema_name=SCHEMA,
        format=FORMAT,
        id=statement.id,
        version=statement.version,
        instrument=evidence.instrument.reference,
        instrument_sha256=evidence.instrument.sha256,
        rated_with=rated_with,
        title=title,
        plain=with_monitoring(with_missing(_plain(evidence, outcome, rated_with), reporting), monitored),
        created_on=created_on,
        responsible=statement.responsible,
        local=statement.local,
        decision_support=statement.decision_support,
        sample=describe_sample(data, statement, evidence.dataset.raters),
        outcome=outcome,
        score=evidence.score,
        methods=tuple(_methods(evidence.reports)),
        levels=levels,
        not_validated_for=(*_not_validated_for(evidence, statement), *statement.not_validated_for),
        sections=tuple(_sections(evidence.reports)),
        warnings=tuple(_warnings(evidence, created_on)),
        computed_with=_computed_with(evidence.reports),
        software=dict(evidence.software),
        flow=count_flow(evidence),
        reporting=reporting,
        ascertainment=_ascertainment(evidence),
        plan=evidence.plan,
        plan_sha256=evidence.plan.sha256 if evidence.plan is not None else None,
        **_UNSIGNED,
    )
    return unsigned.signed_with(key)


def to_yaml(card: Card) -> str:
    """The file of a card, which `instruments.cards.read_card` reads back to the very same card."""
    content = card.model_dump(mode="json", exclude_none=True, by_alias=True)
    return yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)


def _levels(evidence: Evidence) -> Iterator[LevelCount]:
    section = evidence.section("levels")
    for row in section.rows if section is not None else ():
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
    plain = _figures_in_words(evidence, outcome)
    parameters = {"rated_with": rated_with.instrument, "words": rated_with.words, "by": rated_with.by}
    if not has_definition(evidence):
        return in_both("card.plain_own", found=plain, **parameters)
    return plain if rated_with.instrument == own else in_both("card.plain_other", found=plain, name=own, **parameters)


def _figures_in_words(evidence: Evidence, outcome: CardOutcome) -> Text:
    parameters = {"n": outcome.known, "events": outcome.events, "outcome": outcome.description}
    areas = {row.labels[0]: row.figures[0] for row in (evidence.section("areas") or Section("", (), ())).rows}
    best = areas.get(SUMMARY, areas.get(evidence.score))
    if not isinstance(best, Figure) or best.low is None or best.high is None:
        return in_both("card.plain_without", **parameters)
    score = Text(**{language: evidence.score_name(evidence.score, language) for language in LANGUAGES})
    what = in_both("card.of_summary" if SUMMARY in areas else "card.of_score", score=score)
    bounds = {"auc": best.value, "low": best.low, "high": best.high}
    return in_both(
        "card.plain", what=what, **{name: _in_plain_words(value) for name, value in bounds.items()}, **parameters
    )


def _in_plain_words(value: float) -> Text:
    """A number with as many decimals as a reader can use."""
    return Text(**{language: number(value, language, decimals=2) for language in LANGUAGES})


def _computed_with(reports: Iterable[Report]) -> dict[str, float | int | bool]:
    """Everything that chance was steered by, and where the score was cut, as the reports say."""
    steering: dict[str, float | int | bool] = {}
    for report in reports:
        told = {name: report.about.get(name) for name in _STEERING}
        steering |= {name: value for name, value in told.items() if isinstance(value, int | float)}
    return steering


def _methods(reports: Iterable[Report]) -> Iterator[str]:
    """The keys of every method that a figure names, each once."""
    figures = (each for report in reports for part in report.sections for row in part.rows for each in row.figures)
    yield from dict.fromkeys(each.method for each in figures if isinstance(each, Figure) and each.method)


def _not_validated_for(evidence: Evidence, statement: CardStatement) -> Iterator[Text]:
    """What the data themselves say that the figures do not hold for."""
    yield in_both("card.not.individual")
    yield in_both("card.not.version", instrument=evidence.dataset.instrument_name)
    yield in_both("card.not.outcome", outcome=evidence.outcome)
    if (ages := ages_of(evidence.dataset)) is not None:
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
    section = evidence.section("group_areas")
    for row in section.rows if section is not None else ():
        if isinstance(row.figures[0], InsufficientEvidence):
            yield ": ".join(row.labels)


def _sections(reports: Iterable[Report]) -> Iterator[CardSection]:
    for part in (each for report in reports for each in report.sections):
        rows = [{"labels": row.labels, "figures": [each.as_data() for each in row.figures]} for row in part.rows]
        yield CardSection.model_validate(
            {"section": part.name, "columns": part.columns, "rows": rows, "notes": part.notes}
        )


def _ascertainment(evidence: Evidence) -> Mapping[str, Text] | None:
    section = evidence.section("ascertainment")
    return dict(section.stated) if section is not None and section.stated else None


def _warnings(evidence: Evidence, on: date) -> Iterator[Reason]:
    reasons: list[Reason] = []
    faults = [each for report in evidence.reports for each in report.warnings]
    if evidence.plan is not None:
        faults += departures(evidence.plan, (report.about for report in evidence.reports), on)
    for fault in faults:
        reason = Reason(code=fault.code, where=fault.where, parameters=dict(fault.parameters))
        if reason not in reasons:
            reasons.append(reason)
    yield from reasons
