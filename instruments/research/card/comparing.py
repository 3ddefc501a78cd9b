"""Two cards of the same instrument side by side: figures with their intervals, and what else differs between them.

A difference has an interval and a test only where somebody says that nobody is on both cards: figures of the same
people depend on each other in a way that cards do not tell. The interval is that of two independent figures by squares
and addition (Zou & Donner 2008, Statistics in Medicine 27, 1693-1702); p is that of the distance to none in standard
errors, which the end of that interval towards none gives, and is adjusted over all figures by Holm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from instruments.card_parts import CardFigure
from instruments.cards import Card, differ_by_few
from instruments.faults import Fault, InputError
from instruments.research.estimation.intervals import of_difference
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row, Section
from instruments.research.limits import limits

#: Sections that are compared; those that need the same outcome, and those that have none.
_WITH_OUTCOME = ("areas", "levels", "calibration", "base_rates", "group_areas")
_WITHOUT_OUTCOME = ("agreement", "intraclass", "consistency", "override_rates")
#: The label of a row that says which figure it is about.
COMPARED = "compared"
_TEST = "holm_between_cards"
_Place = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True)
class Change:
    """What is not the same on both cards, beside the figures.

    Parameters
    ----------
    what : str
        Its key, words under ``change.<what>``.
    earlier, later : tuple of str
        What stands on one card and not on the other.
    """

    what: str
    earlier: tuple[str, ...]
    later: tuple[str, ...]


def compare_cards(earlier: Card, later: Card, *, disjoint: bool = False) -> Report:
    """Hold a card against an earlier one of the same instrument.

    Parameters
    ----------
    earlier, later : Card
    disjoint : bool
        Whether nobody is on both, so that differences can be tested.

    Returns
    -------
    Report
        By section the figures that have an interval: on both cards, their difference, and its adjusted p. In the
        details, ``changes``: what else differs.

    Raises
    ------
    InputError
        ``cards-of-other-instruments``, ``cards-on-same-data`` where the same data are said to be of others.
    """
    _require_comparable(earlier, later, disjoint)
    same_outcome = earlier.outcome.name == later.outcome.name
    compared = (*(_WITH_OUTCOME if same_outcome else ()), *_WITHOUT_OUTCOME)
    before, after = _figures(earlier, compared), _figures(later, compared)
    rows = {place: _row(before.get(place), after.get(place), disjoint) for place in dict.fromkeys((*after, *before))}
    return Report(
        "compare-cards",
        {"earlier": earlier.reference, "later": later.reference, "instrument": later.instrument, "disjoint": disjoint},
        tuple(_sections(later, earlier, _adjusted(rows))),
        tuple(_warnings(earlier, later, same_outcome)),
        {"changes": [_as_data(change) for change in changes(earlier, later)]},
    )


def changes(earlier: Card, later: Card) -> Iterator[Change]:
    """What differs between two cards in the instrument, the sample, the outcome, the methods and what is told."""
    before, after = _facts(earlier), _facts(later)
    for what in dict.fromkeys((*before, *after)):
        one, other = before.get(what, ()), after.get(what, ())
        if one != other:
            gone, come = (tuple(each for each in a if each not in b) for a, b in ((one, other), (other, one)))
            yield Change(what, gone, come)


def _require_comparable(earlier: Card, later: Card, disjoint: bool) -> None:
    names = tuple(card.instrument.partition("@")[0] for card in (earlier, later))
    rated = tuple(card.rated_with.instrument.partition("@")[0] for card in (earlier, later))
    if names[0] != names[1] or rated[0] != rated[1]:
        parameters = {"earlier": earlier.rated_with.instrument, "later": later.rated_with.instrument}
        raise InputError([Fault("cards-of-other-instruments", "", parameters)])
    data = earlier.sample.data_sha256
    if disjoint and data is not None and data == later.sample.data_sha256:
        raise InputError([Fault("cards-on-same-data", "")])


def _figures(card: Card, compared: tuple[str, ...]) -> dict[_Place, CardFigure]:
    """The figures of a card that have an interval, by section, labels and name."""
    return {
        (section.section, row.labels, each.figure): each
        for section in card.sections
        if section.section in compared
        for row in section.rows
        for each in row.figures
        if each.low is not None and not each.figure.endswith(("_bootstrap", "_difference"))
    }


def _row(earlier: CardFigure | None, later: CardFigure | None, disjoint: bool) -> tuple[Outcome, ...]:
    one, other = _told("on_earlier", earlier), _told("on_later", later)
    reason = "card-lacks-figure"
    if isinstance(one, Figure) and isinstance(other, Figure):
        if disjoint and one.level == other.level:
            return (one, other, *difference_between(one, other))
        reason = "cards-by-other-methods" if disjoint else "cards-not-disjoint"
    lacking = Fault(reason, "")
    return one, other, *(InsufficientEvidence(name, lacking, None) for name in ("later_less_earlier", "p_adjusted"))


def _told(name: str, each: CardFigure | None) -> Outcome:
    if each is None or each.value is None:
        return InsufficientEvidence(name, Fault("card-lacks-figure", ""), None)
    return Figure(name, each.value, each.low, each.high, each.level or 0.95, each.n or 0, each.method)


def difference_between(earlier: Figure, later: Figure) -> tuple[Figure, Figure]:
    """The later figure less the earlier one on other people, and p before it is adjusted.

    Parameters
    ----------
    earlier, later : Figure
        With intervals of the same level.
    """
    one, other = ((each.low or 0.0, each.high or 0.0) for each in (earlier, later))
    gap, n = later.value - earlier.value, earlier.n + later.n
    low, high = of_difference(later.value, other, earlier.value, one)
    error = max(gap - low if gap > 0 else high - gap, 1e-300) / norm.isf((1 - earlier.level) / 2)
    p = float(2 * norm.sf(abs(gap) / error))
    difference = Figure("later_less_earlier", gap, low, high, earlier.level, n, "newcombe")
    return difference, Figure("p_adjusted", p, n=n, method=_TEST)


def _adjusted(rows: Mapping[_Place, tuple[Outcome, ...]]) -> dict[_Place, tuple[Outcome, ...]]:
    tested = {place: each[-1] for place, each in rows.items() if isinstance(each[-1], Figure)}
    if not tested:
        return dict(rows)
    adjusted = multipletests([each.value for each in tested.values()], method="holm")[1]
    by_place = {place: replace(each, value=float(p)) for (place, each), p in zip(tested.items(), adjusted, strict=True)}
    return {place: (*each[:-1], by_place.get(place, each[-1])) for place, each in rows.items()}


def _sections(later: Card, earlier: Card, rows: Mapping[_Place, tuple[Outcome, ...]]) -> Iterator[Section]:
    columns = {each.section: each.columns for card in (earlier, later) for each in card.sections}
    for place, name in enumerate(dict.fromkeys(section for section, _, _ in rows)):
        listed = tuple(
            Row((*labels, figure), figures) for (section, labels, figure), figures in rows.items() if section == name
        )
        yield Section(name, (*columns[name], COMPARED), listed, ("between_cards",) if place == 0 else ())


def _warnings(earlier: Card, later: Card, same_outcome: bool) -> Iterator[Fault]:
    if not same_outcome:
        yield Fault("cards-on-other-outcomes", "", {"earlier": earlier.outcome.name, "later": later.outcome.name})
    if earlier.instrument_sha256 != later.instrument_sha256:
        yield Fault("cards-by-other-versions", "", {"earlier": earlier.instrument, "later": later.instrument})
    if differ_by_few(earlier, later):
        yield Fault("cards-differ-by-few", "", {"least": limits().whole("small_count")})


def _facts(card: Card) -> dict[str, tuple[str, ...]]:
    """What a card says beside its figures, each as words or keys that can be held against another card's."""
    sample, reporting = card.sample, card.reporting
    period, ages = sample.period, sample.ages
    facts: dict[str, tuple[str, ...]] = {
        "instrument": (f"{card.instrument} ({card.instrument_sha256[:12]})",),
        "rated_with": (card.rated_with.instrument,),
        "outcome": (card.outcome.name,),
        "score": (card.score,),
        "assessments": (str(sample.rows),),
        "persons": (str(sample.persons),),
        "raters": (str(sample.raters),) if sample.raters is not None else (),
        "known": (f"{card.outcome.events}/{card.outcome.known}",),
        "period": (f"{period.first} – {period.last}",) if period is not None else (),
        "ages": (f"{ages.min:g}–{ages.max:g}",) if ages is not None else (),
        "groups": tuple(sample.groups),
        "data": (sample.data_sha256[:12],) if sample.data_sha256 is not None else (),
        "methods": card.methods,
        "computed_with": tuple(f"{name} {value}" for name, value in card.computed_with.items()),
        "software": tuple(f"{name} {version}" for name, version in card.software.items()),
        "untold": reporting.missing if reporting is not None else (),
        "plan": (card.plan_sha256[:12],) if card.plan_sha256 is not None else (),
    }
    return facts


def _as_data(change: Change) -> dict[str, Any]:
    return {"what": change.what, "earlier": list(change.earlier), "later": list(change.later)}
