"""One intake at a time: statuses, the trace, and what else a screening does. Run as a module; see `measuring`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, Protocol

import msgspec.json

from instruments.ratings import BLANK, read_ratings
from screening.asking.questions import ask
from screening.changes import find_smallest_changes
from screening.coding import Intake, code_intake
from screening.decisive import find_decisive_sets
from screening.evaluation import decide, decider
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.library import BoundGuidance
from screening.ruleset import RuleSet
from screening.trace import describe_step, trace, tracer
from screening.truth import UNKNOWN
from tests.benchmarks.measuring import PROCESSOR, Measurement, alternate, report, require_equal, seconds
from tests.benchmarks.peers.datalogic import Datalogic
from tests.benchmarks.peers.openfisca import OpenFisca
from tests.benchmarks.peers.zen_engine import Zen
from tests.benchmarks.shipped import ON, Row, Shipped, bind_shipped

CHECKED = 2_000
ROUNDS = 15
TRACE = "one decision: status, facts used, limits and message key of every criterion"
PLAIN = "one decision: statuses only"
GOALS = {(TRACE, Zen.name): 10.0, (PLAIN, Zen.name): 20.0, (PLAIN, Datalogic.name): 3.0}
PARTS = "one intake, what else is done with it"


class Peer(Protocol):
    name: str

    def decide(self, row: Row) -> Any: ...
    def trace(self, row: Row) -> Any: ...
    def statuses(self, answer: Any) -> list[int]: ...


def each(run: Callable[[Any], object], given: Sequence[Any]) -> Callable[[], None]:
    def over_all() -> None:
        for one in given:
            run(one)

    return over_all


def beside_peers(shipped: Shipped) -> list[Measurement]:
    rules, rows, intakes = shipped.rules, shipped.rows(CHECKED), shipped.intakes(CHECKED)
    expected = shipped.truths[:, :CHECKED].T.tolist()
    require_equal("trace", expected == [[step.truth for step in trace(rules, intake)] for intake in intakes])
    measurements = []
    # So many intakes in a round that it takes some hundredths of a second.
    peers: list[tuple[Peer, int, int]] = [
        (Zen(rules), 500, 500),
        (Datalogic(rules), 500, 15),
        (OpenFisca(rules), 15, 15),
    ]
    for peer, plain, traced in peers:
        for run in (peer.decide, peer.trace):
            require_equal(peer.name, expected == [peer.statuses(run(row)) for row in rows])
        for section, count, run, ours in (
            (TRACE, traced, peer.trace, tracer(rules)),
            (PLAIN, plain, peer.decide, decider(rules, rules.decision)),
        ):
            took, peer_took, ratio = alternate(each(ours, intakes[:count]), each(run, rows[:count]), ROUNDS, PROCESSOR)
            goal = GOALS.get((section, peer.name))
            measurements.append(
                Measurement(section, "", "us", took / count * 1e6, peer.name, peer_took / count * 1e6, ratio, goal)
            )
    return measurements


def words_of(shipped: Shipped, count: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Facts and ratings as they are sent."""
    rules = shipped.rules
    sent = []
    for intake in shipped.intakes(count):
        facts: dict[str, Any] = {
            name: rules.describe(name).value_of(code) for name, code in intake.facts.items() if code != BLANK
        }
        if "motivation_to_leave" in facts:
            facts["motivation_to_leave"] = {"value": facts["motivation_to_leave"], "observed_on": ON.isoformat()}
        items = {
            item.id: rules.instrument.levels(item)[code]
            for item, code in zip(rules.instrument.items, intake.items, strict=True)
            if code != BLANK
        }
        sent.append((facts, items))
    return sent


def read(rules: RuleSet, sent: tuple[dict[str, Any], dict[str, Any]]) -> Intake:
    facts, items = sent
    return Intake(ON, read_facts(facts, rules.dictionary, on=ON), read_ratings({"items": items}, rules.instrument))


def parts_of_ours(shipped: Shipped, count: int = 300) -> list[Measurement]:
    """What surrounds the trace, each by itself."""
    bound, sent = bind_shipped(), words_of(shipped, count)
    rules = bound.rules
    intakes = [read(rules, one) for one in sent]
    codings = [code_intake(rules, one) for one in intakes]
    decided = [(coding, decide(rules, coding.intake)) for coding in codings]
    open_ones = [one for one in decided if _is_open(rules, one[1])]
    settled = [one for one in decided if not _is_open(rules, one[1])]
    explanations = [explain(bound, one) for one in intakes]
    tasks: list[tuple[str, Callable[[Any], object], Sequence[Any]]] = [
        ("reading facts and ratings from words", lambda one: read(rules, one), sent),
        ("coding what was read", lambda one: code_intake(rules, one), intakes),
        (
            "sentence of every criterion, as key and parameters",
            lambda one: [describe_step(rules, node, one[1], one[0]) for node in rules.criteria],
            decided,
        ),
        ("open questions, where the outcome is open", lambda one: ask(rules, one[0].intake, one[1]), open_ones),
        (
            "decisive reasons, where it is settled",
            lambda one: find_decisive_sets(rules, one[0].intake, one[1][rules.outcome]),
            settled,
        ),
        (
            "smallest changes, where it is settled",
            lambda one: find_smallest_changes(rules, one[0].intake, one[1][rules.outcome]),
            settled,
        ),
        ("explanation, all of these", lambda one: whole(explain(bound, one)), intakes),
        ("canonical bytes and their hash", lambda one: replace(one).sha256, explanations),
        ("the trace, as JSON", lambda one: msgspec.json.encode(trace(rules, one[0].intake)), decided),
    ]
    measurements = []
    for task, run, given in tasks:
        took = median(seconds(each(run, given), PROCESSOR) for _ in range(5))
        measurements.append(Measurement(PARTS, task, "us", took / len(given) * 1e6))
    for kind, is_open in (("open", True), ("settled", False)):
        alike = [one for one, (_, truths) in zip(intakes, decided, strict=True) if is_open is _is_open(rules, truths)]
        took_each = sorted(min(_explain_each(bound, one) for _ in range(5)) for one in alike)
        for task, took in (("median", median(took_each)), ("95th of 100", took_each[len(took_each) * 95 // 100])):
            named = f"explanation, its digest included, of {kind} intakes: {task}"
            measurements.append(Measurement(PARTS, named, "us", took * 1e6))
    return measurements


def _is_open(rules: RuleSet, truths: list[int]) -> bool:
    return truths[rules.outcome] == UNKNOWN


def whole(explanation: Explanation) -> Explanation:
    """An explanation with all that is worked out where it is asked for."""
    _ = explanation.questions, explanation.changes
    return explanation


def _explain_each(bound: BoundGuidance, intake: Intake) -> float:
    return seconds(lambda: whole(explain(bound, intake)).sha256, PROCESSOR)


if __name__ == "__main__":
    measured = Shipped.with_cohort(CHECKED)
    report(beside_peers(measured) + parts_of_ours(measured))
