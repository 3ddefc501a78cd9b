"""What a guidance must be for its results to mean something, tried out in every completion.

1. The outcome can be any of the three, and every criterion and flag can be met, not met and unknown: where nothing is
   known it is unknown, as long as both answers are possible.
2. No criterion is implied: there is a completion in which it decides the outcome, since all that stand beside it and
   beside what it is part of leave the answer to it. A part of an advisory criterion decides that criterion.
3. The outcome is monotone in the items: a risk item a level up never lowers it, a protective item that is present never
   raises it. Facts are not meant: what they say of risk is the guidance's own choice.
4. No flag and outcome contradict each other as `screening.proof.contradictions` says.
5. No fact or item is asked for by a required criterion and yet can never change the outcome.

What holds of complete intakes holds of those with blanks: their truth is what all completions agree on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from instruments.faults import Fault, InputError
from instruments.messages import Message
from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, OffencesAtLeast
from screening.intake import CodedIntake
from screening.proof.branches import ItemBranch, TooLargeError, is_item
from screening.proof.completions import Completions, Wanted
from screening.proof.contradictions import contradictions_on
from screening.proof.findings import Finding, Proof, Property
from screening.ruleset import OUTCOME, Node, RuleSet

_Pair = tuple[CodedIntake, CodedIntake]


def prove(rules: RuleSet, on: date) -> Proof:
    """Try out everything that must hold of a guidance, bound to its limits, flags and instrument.

    Parameters
    ----------
    on : date
        The reference date.
    """
    completions = Completions(rules, on)
    try:
        kinds = completions.count_kinds()
    except TooLargeError as error:
        findings = (_too_large("statuses", rules.guidance.id, error),)
        return Proof(on, findings, completions.count(), None)
    return Proof(on, tuple(_Proving(rules, completions, on).findings()), completions.count(), kinds)


def require_proof(rules: RuleSet, on: date) -> None:
    """Refuse a guidance of which something does not hold, or could not be tried.

    Raises
    ------
    InputError
        With everything that was found.
    """
    faults = prove(rules, on).faults
    if faults:
        raise InputError(faults)


def _too_large(about: Property, subject: str, error: TooLargeError) -> Finding:
    fault = Fault("too-large-to-prove", subject, {"name": subject, "size": error.size, "most": error.most})
    return replace(_failing(about, subject, fault), verdict="too_large")


def _failing(
    about: Property, subject: str, fault: Fault, examples: Iterable[CodedIntake] = (), alike: tuple[str, ...] = ()
) -> Finding:
    message = Message(f"fault.{fault.code}", fault.parameters)
    return Finding(about, subject, "fails", message, tuple(examples), alike, fault)


class _Proving:
    def __init__(self, rules: RuleSet, completions: Completions, on: date) -> None:
        self._rules = rules
        self._completions = completions
        self._contradictions = {each.flag: each for each in contradictions_on(on)}
        tops = [rules.nodes[each] for each in (rules.outcome, *rules.roots)]
        under = [node for top in tops for node in (top, *rules.subtrees[top.position])]
        #: What each criterion is part of, by position; of a required one, the outcome.
        self._above = {child: node for node in under for child in node.children}

    def findings(self) -> Iterator[Finding]:
        rules = self._rules
        decided = [node.name for place in (*rules.roots, *rules.flags) for node in self._parents_first(place)]
        beside = [name for name in decided if self._beside(name) and not self._is_constant(name)]
        asked = dict.fromkeys([*rules.criterion_inputs, *rules.fact_names])
        yield from self._each("statuses", [OUTCOME], self._outcome)
        yield from self._each("statuses", decided, self._statuses)
        yield from self._each("independence", beside, self._independence)
        yield from self._each("monotony", self._sorts(filter(is_item, rules.inputs)), self._monotony)
        yield from self._each("flags", [rules.nodes[place].name for place in rules.flags], self._flag)
        yield from self._each("bearing", self._sorts(asked), self._bearing)

    @staticmethod
    def _each(about: Property, names: Iterable[str], find: Callable[[str], Finding]) -> Iterator[Finding]:
        for name in names:
            try:
                yield find(name)
            except TooLargeError as error:
                yield _too_large(about, name, error)

    def _parents_first(self, position: int) -> Iterator[Node]:
        node = self._rules.nodes[position]
        yield node
        for child in node.children:
            yield from self._parents_first(child)

    def _sorts(self, names: Iterable[str]) -> list[str]:
        """Every fact, and of the items one of each sort."""
        return list(dict.fromkeys(self._alike(name)[0] for name in names))

    def _alike(self, name: str) -> tuple[str, ...]:
        branch = self._completions.branch_of(name)
        return branch.alike(name) if isinstance(branch, ItemBranch) else (name,)

    def _outcome(self, name: str) -> Finding:
        """Whether the material can support an offer, and can point away from the target group."""
        met, not_met = (self._completions.find(Wanted(self._rules.outcome, each)) for each in (True, False))
        if met is None or not_met is None:
            guidance = self._rules.guidance.id
            fault = Fault("cannot-all-be-met" if met is None else "takes-in-everyone", guidance, {"name": guidance})
            return _failing("statuses", name, fault)
        return Finding("statuses", name, "holds", Message("proof.statuses.outcome"), (met, not_met))

    def _statuses(self, name: str) -> Finding:
        node = self._rules.by_name[name]
        if self._completions.is_constant(node):
            return Finding("statuses", name, "told", Message("proof.statuses.constant"))
        met, not_met = (self._completions.find(Wanted(node.position, each)) for each in (True, False))
        if met is None or not_met is None:
            fault = Fault("never-met" if met is None else "always-met", self._place(name), {"name": name})
            return _failing("statuses", name, fault)
        return Finding("statuses", name, "holds", Message("proof.statuses.holds"), (met, not_met))

    def _is_constant(self, name: str) -> bool:
        return self._completions.is_constant(self._rules.by_name[name])

    def _beside(self, name: str) -> list[Wanted]:
        """What stands beside a criterion, and beside what it is part of, each as it leaves the answer to it."""
        position, beside = self._rules.by_name[name].position, []
        while (above := self._above.get(position)) is not None:
            beside += [Wanted(each, above.kind == "all_of") for each in above.children if each != position]
            position = above.position
        return beside

    def _independence(self, name: str) -> Finding:
        """Whether a criterion can decide the outcome: whether the outcome would be another without it."""
        beside, position = self._beside(name), self._rules.by_name[name].position
        found = self._completions.find(Wanted(position, self._above[position].kind != "all_of"), *beside)
        if found is None:
            names = [self._rules.nodes[each.position].name for each in beside]
            return _failing("independence", name, Fault("implied", self._place(name), {"name": name, "others": names}))
        return Finding("independence", name, "holds", Message("proof.independence.holds"), (found,))

    def _monotony(self, name: str) -> Finding:
        alike = self._alike(name)
        is_risk = self._rules.instrument.item(name.removeprefix(ITEM_PREFIX)).kind == "risk"
        step = self._step(name, self._rules.outcome, from_met=is_risk)
        if step is not None:
            fault = Fault(
                "risk-moves-backwards" if is_risk else "protective-moves-backwards",
                self._place(name),
                {"name": name, "example": self._in_codes(step)},
            )
            return _failing("monotony", name, fault, step, alike)
        message = Message("proof.monotony.risk" if is_risk else "proof.monotony.protective")
        return Finding("monotony", name, "holds", message, (), alike)

    def _flag(self, name: str) -> Finding:
        outcome, flag = self._rules.outcome, self._rules.by_name[name]
        if self._completions.is_constant(flag):
            return Finding("flags", name, "told", Message("proof.statuses.constant"))
        together = self._completions.find(Wanted(outcome, True), Wanted(flag.position, True))
        without = self._completions.find(Wanted(outcome, True), Wanted(flag.position, False))
        declared = self._contradictions.get(name)
        if together is None or declared is None:
            key = "never" if together is None else "always" if without is None else "sometimes"
            return Finding("flags", name, "told", Message(f"proof.flags.{key}"), (together,) if together else ())
        if declared.always and without is None:
            parameters = {"name": name, "example": self._in_codes([together])}
            return _failing("flags", name, Fault("flag-always-raised", self._place(name), parameters), [together])
        step = self._raised_by_what_supports(flag) if declared.by_same_answer else None
        if step is not None:
            parameters = {"name": name, "example": self._in_codes(step)}
            return _failing("flags", name, Fault("flag-raised-by-same-answer", self._place(name), parameters), step)
        key = "not_by_same_answer" if declared.by_same_answer else "not_always"
        return Finding("flags", name, "holds", Message(f"proof.flags.{key}"), (together,))

    def _raised_by_what_supports(self, flag: Node) -> _Pair | None:
        """A step by which one answer raises a flag and makes the outcome support an offer."""
        outcome = self._rules.outcome
        wanted = [
            *(Wanted(each, False) for each in (outcome, flag.position)),
            *(Wanted(each, True, is_after=True) for each in (outcome, flag.position)),
        ]
        steps = (self._completions.find_step(name, *wanted) for name in self._rules.inputs_below[flag.position])
        return next((step for step in steps if step is not None), None)

    def _bearing(self, name: str) -> Finding:
        rules, alike = self._rules, self._alike(name)
        step = self._change(name, rules.outcome)
        if step is not None:
            return Finding("bearing", name, "holds", Message("proof.bearing.outcome"), step, alike)
        if self._tells_how_offences_are_counted(name):
            return Finding("bearing", name, "holds", Message("proof.bearing.counting"), (), alike)
        if name in rules.inputs and not self._is_asked_for_to_count(name):
            return _failing("bearing", name, Fault("never-matters", self._place(name), {"name": name}), (), alike)
        for kind, places in (("criterion", rules.roots), ("flag", rules.flags)):
            moved = {place: self._change(name, place) for place in places if name in rules.inputs_below[place]}
            steps = [each for each in moved.values() if each is not None]
            if steps:
                names = [rules.nodes[place].name for place, each in moved.items() if each is not None]
                message = Message(f"proof.bearing.{kind}", {"names": names})
                return Finding("bearing", name, "told", message, steps[0], alike)
        return Finding("bearing", name, "told", Message("proof.bearing.nothing"), (), alike)

    def _tells_how_offences_are_counted(self, name: str) -> bool:
        """Whether a fact bears on the outcome only where offences were counted over another window than the rule's."""
        below = self._rules.subtrees[self._rules.outcome]
        low, high = self._rules.describe("age").domain()
        counts = [
            node.test
            for node in below
            if isinstance(node.test, OffencesAtLeast)
            and name in node.test.inputs[1:]
            and low < node.test.ever_below_age <= high  # else the offences of everybody are counted over the same time
        ]
        return any(self._change(test.inputs[0], self._rules.outcome) is not None for test in counts)

    def _is_asked_for_to_count(self, name: str) -> bool:
        """Whether nothing asks for a fact but rules that count offences, which cannot do without naming it."""
        tests = [node.test for node in self._rules.subtrees[self._rules.outcome] if node.test]
        return all(isinstance(test, OffencesAtLeast) for test in tests if name in test.inputs) and name == "age"

    def _step(self, name: str, position: int, *, from_met: bool) -> _Pair | None:
        wanted = Wanted(position, from_met), Wanted(position, not from_met, is_after=True)
        return self._completions.find_step(name, *wanted)

    def _change(self, name: str, position: int) -> _Pair | None:
        """A step of an input that changes the truth of a node, if there is one."""
        return self._step(name, position, from_met=False) or self._step(name, position, from_met=True)

    def _place(self, name: str) -> str:
        return f"{self._rules.guidance.id}: {name}"

    def _in_codes(self, examples: Sequence[CodedIntake]) -> str:
        """A completion as it would be written in a file; of a step, what changes first."""
        before, after = (values_of(self._rules, each) for each in (examples[0], examples[-1]))
        changed = [f"{name}: {value} → {after[name]}" for name, value in before.items() if after[name] != value]
        same = [f"{name}: {value}" for name, value in before.items() if after[name] == value]
        return ", ".join([*changed, *same])


def values_of(rules: RuleSet, example: CodedIntake) -> dict[str, str | int]:
    """What is known in a completion, by input: values and levels as in files; of a stretch of numbers, the first."""
    values: dict[str, str | int] = {}
    for name, code in example.facts.items():
        value = rules.describe(name).value_of(code)
        if value is not None:
            values[name] = value
    for item, code in zip(rules.instrument.items, example.items, strict=True):
        if code != BLANK:
            values[f"{ITEM_PREFIX}{item.id}"] = rules.instrument.levels(item)[code]
    return values
