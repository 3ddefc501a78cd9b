"""Which shares of groups a card leaves out: those from which a number of few could be worked out.

Of a group that is withheld, every number is what is left of everybody when the groups that are told are taken away. And
the error rates of a group are four numbers of persons (rated high or not, with the outcome or without) seen from four
sides, each with its ``n``: with all but one of them told, the last one follows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from instruments.faults import Fault
from instruments.research.datasets.groupings import CROSS
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Section

#: Shares that give each other away. Those of the first are also told of few when the number they are told *of* is few.
_ERRORS = ("false_positive_rate", "false_negative_rate", "positive_predictive_value", "negative_predictive_value")
_FAMILIES = (_ERRORS, ("override", "raised", "lowered"))
#: Figures that tell a share which is withheld, by that share: held against what was expected, it can be worked out.
_TELLING = {"base_rate": ("observed_to_expected", "in_the_large", "slope")}
_DIFFERENCE = "_difference"


@dataclass(frozen=True)
class Withheld:
    """What is left out.

    Parameters
    ----------
    of_columns : frozenset of (str, str)
        A column and a share that is left out of all its groups.
    of_groups : frozenset of (str, str, str)
        A column, a group, and a share that is left out of this group.
    least : int
        A number below it is of few.
    """

    of_columns: frozenset[tuple[str, str]]
    of_groups: frozenset[tuple[str, str, str]]
    least: int

    def outcome(self, labels: tuple[str, ...], each: Outcome) -> Outcome:
        """What a card tells in the place of a figure of a group; a reason on it has no numbers of persons."""
        if isinstance(each, InsufficientEvidence):
            return InsufficientEvidence(each.name, _without_counts(each.reason, self.least), None)
        share = each.name.removesuffix(_DIFFERENCE)
        share = next((told for told, telling in _TELLING.items() if share in telling), share)
        if (labels[0], share) in self.of_columns or (*labels[:2], share) in self.of_groups:
            return small_count(each.name, self.least)
        return each


def small_count(name: str, least: int) -> InsufficientEvidence:
    """What stands in the place of a figure that tells of few."""
    return InsufficientEvidence(name, Fault("small-count", "", {"least": least}), None)


def withheld(sections: Iterable[Section], least: int) -> Withheld:
    """What is to be left out of the shares of groups, by every section in which they or those of everybody stand."""
    everybody: dict[str, Outcome] = {}
    columns: dict[str, dict[str, dict[str, Outcome]]] = defaultdict(lambda: defaultdict(dict))
    for section in sections:
        for row in section.rows:
            by_name = {each.name: each for each in row.figures}
            if not section.columns:
                everybody |= by_name
            elif section.columns == ("group", "members"):
                columns[row.labels[0]][row.labels[1]] |= by_name
    of_columns: set[tuple[str, str]] = set()
    of_groups: set[tuple[str, str, str]] = set()
    for column, groups in columns.items():
        for family in _families(groups):
            lacking = [group for group, told in groups.items() if not all(_is_share(told.get(name)) for name in family)]
            of_groups |= {(column, group, name) for group in lacking for name in family}
            told = {group: figures for group, figures in groups.items() if group not in lacking}
            totals = {} if CROSS in column else everybody
            if any(_gives_away(name, told, totals.get(name), bool(lacking), least) for name in family):
                of_columns |= {(column, name) for name in family}
    return Withheld(frozenset(of_columns), frozenset(of_groups), least)


def _families(groups: Mapping[str, Mapping[str, Outcome]]) -> Iterator[tuple[str, ...]]:
    """The shares of a column, together with those that they give away."""
    names = dict.fromkeys(name for told in groups.values() for name, each in told.items() if _is_share(each))
    yield from dict.fromkeys(next((family for family in _FAMILIES if name in family), (name,)) for name in names)


def _is_share(each: Outcome | None) -> bool:
    return isinstance(each, Figure) and each.method == "wilson"


def _gives_away(
    name: str, told: Mapping[str, Mapping[str, Outcome]], total: Outcome | None, some_lack: bool, least: int
) -> bool:
    """Whether a share of the groups that are told gives away a number of few, in one of them or in those that lack."""
    rest_n = rest_cases = 0
    if some_lack:
        if not isinstance(total, Figure):
            return True
        rest_n, rest_cases = total.n, _cases(total)
    for figures in told.values():
        share = figures[name]
        assert isinstance(share, Figure)  # noqa: S101 -- groups that lack it are not among those that are told
        rest_n, rest_cases = rest_n - share.n, rest_cases - _cases(share)
        if is_of_few(_cases(share), share.n, least):
            return True
        if name in _ERRORS and any(0 < number < least for number in (share.n, *_besides(figures, share.n))):
            return True
    return some_lack and (is_of_few(rest_cases, rest_n, least) or 0 < rest_n < least)


def _besides(figures: Mapping[str, Outcome], n: int) -> Iterator[int]:
    """How many of a group an error rate is not told of."""
    for name in ("rows", "base_rate"):
        if isinstance(each := figures.get(name), Figure):
            yield (int(each.value) if name == "rows" else each.n) - n


def _cases(share: Figure) -> int:
    return round(share.value * share.n)


def is_of_few(cases: int, n: int, least: int) -> bool:
    """Whether a number of persons, or what is left of those it is part of, is small and not none."""
    return 0 < cases < least or 0 < n - cases < least


def _without_counts(reason: Fault, least: int) -> Fault:
    """The reason with what is needed, without what there is."""
    if "needed" in reason.parameters:
        return Fault("group-untold", reason.where, {"needed": reason.parameters["needed"]})
    if any(isinstance(value, int) for value in reason.parameters.values()):
        return Fault("small-count", reason.where, {"least": least})
    return reason
