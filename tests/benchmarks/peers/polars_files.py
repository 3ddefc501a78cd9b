"""polars from a Parquet file to a Parquet file: words in, the words of Underlag's results out."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import add, and_, or_
from pathlib import Path

import polars as pl

from screening.criteria import AfterDate, FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.facts import NOT_APPLICABLE_WORD
from screening.recommendation import OUTCOMES
from screening.ruleset import Node, RuleSet
from screening.truth import WORDS

NOT_FOUND = "saknas"
MOTIVATION = "motivation_to_leave"


def screen_with_polars(rules: RuleSet, on: date, source: Path, target: Path) -> None:
    """Write ``key``, ``outcome``, ``gate``, ``flags`` and ``criterion.<id>``, as Underlag does."""
    truths: list[pl.Expr] = []
    for node in rules.nodes:
        truths.append(_expression(node, rules, on, truths))
    flags = [
        pl.when(truths[place]).then(pl.lit(f"{rules.nodes[place].name} ")).otherwise(pl.lit(""))
        for place in rules.flags
    ]
    result = [
        pl.col("key"),
        _in_words(truths[rules.outcome], OUTCOMES).alias("outcome"),
        pl.lit("unknown").alias("gate"),
        pl.concat_str(flags).str.strip_chars_end().alias("flags"),
        *(_in_words(truths[node.position], WORDS).alias(f"criterion.{node.name}") for node in rules.criteria),
    ]
    pl.scan_parquet(source).select(result).sink_parquet(target, compression="zstd")


def _in_words(status: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """The three words as an enumeration, which is written faster than text."""
    return (status.cast(pl.UInt8) * 2).fill_null(1).cat.to(pl.Enum(list(words)))


def _expression(node: Node, rules: RuleSet, on: date, before: Sequence[pl.Expr]) -> pl.Expr:
    test = node.test
    if isinstance(test, NumberWithin):
        return _number_within(test)
    if isinstance(test, FactIsOneOf):
        words = [str(rules.describe(test.name).value_of(code)) for code in sorted(test.codes)]
        return _fresh(rules, on).is_in(words) if test.name == MOTIVATION else _known(test.name).is_in(words)
    if isinstance(test, OffencesAtLeast):
        return pl.col("offence_count") >= test.least
    if isinstance(test, ItemCount):
        return _count(test, rules)
    if isinstance(test, AfterDate):
        return pl.lit(test.day is not None and on > test.day)
    children = [before[child] for child in node.children]
    return (
        ~reduce(or_, children) if node.kind == "none_of" else reduce(and_ if node.kind == "all_of" else or_, children)
    )


def _known(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != NOT_FOUND).then(pl.col(name))


def _fresh(rules: RuleSet, on: date) -> pl.Expr:
    """A wish to leave that is recent enough, and dated where it must be."""
    (row,) = (row for row in rules.guidance.freshness if row.fact == MOTIVATION)
    observed = pl.col(f"{MOTIVATION}.observed_on").str.to_date("%Y-%m-%d")
    is_old = (pl.lit(on) - observed) > pl.duration(days=int(rules.settings[row.days].value or 0))
    is_undated = observed.is_null() & pl.col(MOTIVATION).is_in(list(row.must_be_dated))
    return pl.when(~(is_old.fill_null(False) | is_undated)).then(_known(MOTIVATION))


def _number_within(test: NumberWithin) -> pl.Expr:
    column = pl.col(test.name)
    if not test.can_be_not_applicable:
        within = column.is_between(test.lowest, test.highest)
        return ~within if test.wants_outside else within
    within = column.cast(pl.Int16, strict=False).is_between(test.lowest, test.highest)
    return pl.when(column == NOT_APPLICABLE_WORD).then(pl.lit(False)).otherwise(within)


def _count(test: ItemCount, rules: RuleSet) -> pl.Expr:
    def count(levels: Sequence[str]) -> pl.Expr:
        rated_so = [pl.col(f"item.{name}").is_in(levels).fill_null(False).cast(pl.Int8) for name in test.names]
        return reduce(add, rated_so)

    levels = rules.instrument.levels(rules.instrument.item(test.names[0]))
    fewest, most = count(levels[test.least_code :]), len(test.names) - count(levels[: test.least_code])
    surely, possibly = (
        (fewest >= test.limit, most >= test.limit) if test.at_least else (most <= test.limit, fewest <= test.limit)
    )
    return pl.when(surely).then(True).when(possibly).then(pl.lit(None, pl.Boolean)).otherwise(False)
