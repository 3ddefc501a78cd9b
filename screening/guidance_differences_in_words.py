"""What two guidances say differently, in words."""

from collections.abc import Iterator, Mapping

from instruments.messages import Catalogue, Message, Text
from screening.guidance import ParameterValue
from screening.library import BoundGuidance
from screening.rule_words import say_rule
from screening.rules import Citation, Criterion
from screening.ruleset import RuleSet

_NO_READING = Text(sv="–", en="–")


def differences_in_words(first: BoundGuidance, second: BoundGuidance, catalogue: Catalogue) -> Iterator[Message]:
    """Everything that the files say differently about criteria and limits, one sentence each.

    Words that are in both languages are parameters in both.

    Parameters
    ----------
    catalogue : Catalogue
        With the words of both.
    """
    before, after = ({each.id: each for each in bound.rules.guidance.walk()} for bound in (first, second))
    for name, criterion in before.items():
        if name not in after:
            yield Message("diff.criterion_removed", {"name": name, "title": criterion.title})
        else:
            yield from _of_criterion(criterion, after[name])
            if _rule_alone(criterion) != _rule_alone(after[name]):
                yield _of_rules(criterion, after[name], first.rules, second.rules, catalogue)
    for name, criterion in after.items():
        if name not in before:
            key = "diff.criterion_added" if not criterion.required else "diff.required_criterion_added"
            yield Message(key, {"name": name, "title": criterion.title, "quote": criterion.quote or ""})
    yield from _of_limits(first.rules, second.rules)
    if first.rules.guidance.instrument != second.rules.guidance.instrument:
        names = (first.rules.guidance.instrument, second.rules.guidance.instrument)
        yield Message("diff.instrument", {"before": names[0], "after": names[1]})


def _of_criterion(before: Criterion, after: Criterion) -> Iterator[Message]:
    about = {"name": after.id, "title": after.title}
    if before.required != after.required:
        yield Message("diff.now_required" if after.required else "diff.no_longer_required", about)
    if before.title != after.title:
        yield Message("diff.title", {**about, "before": before.title, "after": after.title})
    if before.quote != after.quote:
        yield Message("diff.quote", {**about, "before": before.quote or "", "after": after.quote or ""})
    if before.source != after.source:
        yield Message("diff.source", {**about, "before": _cited(before.source), "after": _cited(after.source)})
    readings = [each.reading.text if each.reading else _NO_READING for each in (before, after)]
    if readings[0] != readings[1]:
        yield Message("diff.reading", {**about, "before": readings[0], "after": readings[1]})


def _cited(source: Citation | None) -> str:
    return f"{source.document}, {source.section}" if source else ""


def _rule_alone(criterion: Criterion) -> object:
    """The rule with the names of its children: each child is told for itself."""
    children = [child.id for child in criterion.rule.children]
    return criterion.rule.kind, children or criterion.rule.model_dump(exclude_none=True)


def _of_rules(before: Criterion, after: Criterion, first: RuleSet, second: RuleSet, catalogue: Catalogue) -> Message:
    """How a criterion is tested by the two: in words, and as it is written where the words are the same."""
    said = [
        Text(**{
            language: say_rule(rules, rules.by_name[after.id], catalogue, language, with_parts_beside=False)
            for language in ("sv", "en")
        })
        for rules in (first, second)
    ]  # fmt: skip
    if said[0] == said[1]:
        written = [_as_written(criterion) for criterion in (before, after)]
        said = [
            Text(sv=f"{text.sv} [{rule}]", en=f"{text.en} [{rule}]") for text, rule in zip(said, written, strict=True)
        ]
    return Message("diff.rule", {"name": after.id, "title": after.title, "before": said[0], "after": said[1]})


def _as_written(criterion: Criterion) -> str:
    rule = criterion.rule
    told = rule.model_dump(exclude_none=True, exclude_defaults=True)[rule.kind]
    parts = [f"{key}: {_listed(value)}" for key, value in told.items()] if isinstance(told, Mapping) else []
    return f"{rule.kind}: {', '.join(parts)}"


def _listed(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _of_limits(first: RuleSet, second: RuleSet) -> Iterator[Message]:
    for name in dict.fromkeys((*first.parameters, *second.parameters)):
        if name not in second.parameters or name not in first.parameters:
            there, key = (first, "diff.limit_removed") if name in first.parameters else (second, "diff.limit_added")
            title = there.parameters[name].title
            yield Message(key, {"name": name, "title": title, "value": _value(there.settings[name].value)})
            continue
        title = second.parameters[name].title
        values = [rules.settings[name].value for rules in (first, second)]
        if values[0] != values[1]:
            setting = second.settings[name]
            yield Message(
                "diff.limit",
                {
                    **{"name": name, "title": title, "before": _value(values[0]), "after": _value(values[1])},
                    **{"set_by": setting.set_by, "set_on": setting.set_on.isoformat()},
                },
            )
        permitted = [_listed(rules.parameters[name].permitted) for rules in (first, second)]
        if permitted[0] != permitted[1]:
            yield Message(
                "diff.permitted", {"name": name, "title": title, "before": permitted[0], "after": permitted[1]}
            )
    before, after = ({row.fact: row for row in rules.guidance.freshness} for rules in (first, second))
    for fact in dict.fromkeys((*before, *after)):
        if before.get(fact) != after.get(fact):
            yield Message("diff.freshness", {"fact": fact})


def _value(value: ParameterValue | None) -> str:
    return "–" if value is None else str(value)
