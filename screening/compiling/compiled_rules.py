"""A rule set as straight-line Python for one intake: its statuses, and what each of them rests on.

It is written from what the tests declare (`screening.compiling.conditions`), and compiled when it is first asked for.
"""

from collections.abc import Callable, Sequence

from instruments.ratings import BLANK
from screening.compiling.straight_line import Function, compile_function, identifier
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.intake import OWN_RULE_MONTHS, CodedIntake
from screening.ruleset import Node, RuleSet, Step
from screening.truth import MET, NOT_MET, UNKNOWN

#: Settles a node, by position, of which an input that is used twice may be open.
Settle = Callable[[int, CodedIntake], int]


def compile_decision(rules: RuleSet, number: int, settle: Settle) -> Callable[[CodedIntake], list[int]]:
    """Make what gives the truths of the first nodes of a rule set for an intake."""
    function, nodes = _begin("decide", rules), rules.nodes[:number]
    _write_statuses(function, rules, nodes, is_exact=True)
    function.write(f"return [{', '.join(map(_status, nodes))}]")
    return compile_function(function, _place(rules, f"the first {number} statuses"), {"settle": settle})


def compile_plainly(rules: RuleSet, node: Node) -> Callable[[CodedIntake], int]:
    """Make what gives the truth of one node by the weakest and the strongest of its parts alone."""
    function = _begin("decide_plainly", rules)
    _write_statuses(function, rules, rules.subtrees[node.position], is_exact=False)
    function.write(f"return {_status(node)}")
    return compile_function(function, _place(rules, f"{node.name} alone"), {})


def compile_trace(rules: RuleSet, number: int, settle: Settle) -> Callable[[CodedIntake], list[Step]]:
    """Make what gives the first nodes of a rule set as they came out for an intake, with what they rest on."""
    function, nodes = _begin("trace", rules), rules.nodes[:number]
    _write_statuses(function, rules, nodes, is_exact=True)
    names: dict[str, object] = {"settle": settle}
    steps = []
    for node in nodes:
        table, status, test = f"steps_{identifier(node.name)}", _status(node), node.test
        names[table] = node.steps
        if isinstance(test, ItemCount):
            names[table] = node.step
            pairs = [
                f"({ITEM_PREFIX + identifier(name)!r}, {function.read_item(each)})"
                for name, each in zip(test.names, test.positions, strict=True)
            ]
            steps.append(f"{table}({status}, ({', '.join(pairs)},))")
        elif test is not None and test.inputs:
            steps.append(f"{table}[{status}][{', '.join(map(function.read_fact, test.inputs))}]")
        else:
            steps.append(f"{table}[{status}]")
    function.write(f"return [{', '.join(steps)}]")
    return compile_function(function, _place(rules, f"the first {number} steps"), names)


def _begin(name: str, rules: RuleSet) -> Function:
    return Function(name, len(rules.instrument.items))


def _place(rules: RuleSet, what: str) -> str:
    return f"<{rules.guidance.id}@{rules.guidance.version}: {what}>"


def _status(node: Node) -> str:
    return f"status_{identifier(node.name)}"


def _write_statuses(function: Function, rules: RuleSet, nodes: Sequence[Node], *, is_exact: bool) -> None:
    for node in nodes:
        if node.test is not None:
            truth = function.truth(node.test.surely, node.test.possibly)
        else:
            truth = _combined(node.kind, [_status(rules.nodes[child]) for child in node.children])
        function.write(f"{_status(node)} = {truth}")
        if is_exact and node.shared:
            is_open = " or ".join(_is_open(function, rules, name) for name in node.shared)
            function.write(f"if {_status(node)} == {UNKNOWN} and ({is_open}):")
            function.write(f"    {_status(node)} = settle({node.position:d}, intake)")


def _combined(kind: str, below: Sequence[str]) -> str:
    """Kleene's "all of", "any of" or "none of"."""
    each_holds = " and ".join(below)
    if kind == "all_of":
        is_met = " == ".join([*below, str(MET)])
        return f"{MET} if {is_met} else {UNKNOWN} if {each_holds} else {NOT_MET}" if below else str(MET)
    some_met, some_open = " or ".join(f"{each} == {MET}" for each in below), " or ".join(below)
    strongest, weakest = (MET, NOT_MET) if kind == "any_of" else (NOT_MET, MET)
    return f"{strongest} if {some_met} else {UNKNOWN} if {some_open} else {weakest}" if below else str(weakest)


def _is_open(function: Function, rules: RuleSet, name: str) -> str:
    """An expression that holds wherever an input can still take more than one value."""
    if name.startswith(ITEM_PREFIX):
        return f"{function.read_item(rules.instrument.positions[name.removeprefix(ITEM_PREFIX)])} == {BLANK}"
    is_blank = f"{function.read_fact(name)} == {BLANK}"
    return f"{is_blank} or {function.read_window()} != {OWN_RULE_MONTHS}" if name == "offence_count" else is_blank
