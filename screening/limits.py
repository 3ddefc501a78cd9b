"""The limit behind a criterion, for the reader: its value, default and permitted range, and who set it."""

from collections.abc import Callable
from typing import TypeVar

from instruments.messages import Text
from screening import grounds
from screening.binding import more_than_share
from screening.criteria import ItemCount
from screening.grounds import Source, Threshold, Words, as_day
from screening.guidance import Parameter, ParameterValue
from screening.rules import Citation
from screening.ruleset import Node, RuleSet

Value = TypeVar("Value", bound=ParameterValue | None)
Cite = Callable[[Citation | None], Source | None]
InWords = Callable[[Text], Words]


def render_threshold(rules: RuleSet, node: Node, words: InWords, cite: Cite) -> Threshold | None:
    """The limit in force of one criterion; None where nothing was set.

    Of two bounds, value and default are lists. Every parameter that the criterion uses stands under ``parameters``.
    """
    if not node.limits:
        return None
    parameters = [rules.parameters[name] for name, _ in node.limits]
    proper = parameters[:2] if node.kind == "between" else parameters[:1]
    values = [_as_limit(node, each, rules.settings[each.id].value) for each in proper]
    defaults = [_as_limit(node, each, each.default) for each in proper]
    setting = rules.settings[proper[0].id]
    is_single = len(proper) == 1
    return {
        "value": values[0] if is_single else values,
        "default": defaults[0] if is_single else defaults,
        "range": [_as_limit(node, proper[0], value) for value in proper[0].permitted],
        "set_by": setting.set_by,
        "set_on": as_day(setting.set_on),
        "parameters": [render_parameter(rules, each, words, cite) for each in parameters],
    }


def render_parameter(rules: RuleSet, parameter: Parameter, words: InWords, cite: Cite) -> grounds.Parameter:
    """One parameter with its value in force and, where an overlay set it, why."""
    setting = rules.settings[parameter.id]
    return {
        "id": parameter.id,
        "title": words(parameter.title),
        "unit": words(parameter.unit) if parameter.unit else None,
        "value": setting.value,
        "default": parameter.default,
        "range": list(parameter.permitted),
        "set_by": setting.set_by,
        "set_on": as_day(setting.set_on),
        "reason": words(setting.reason) if setting.reason else None,
        "quote": setting.quote,
        "source": cite(setting.source),
    }


def _as_limit(node: Node, parameter: Parameter, value: Value) -> ParameterValue | Value:
    """A share as the number of items that it comes to here."""
    if parameter.kind == "share" and value is not None and isinstance(node.test, ItemCount):
        return more_than_share(value, len(node.test.names))
    return value
