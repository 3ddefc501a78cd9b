"""The form of a kind of entry, out of its declaration: its questions in order, and reading what was written."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.cases.forms import Form, Values
from api.cases.recorded_kinds import Part
from api.evaluation.fields import Choice
from instruments.faults import Fault

_MOST_DIGITS = 6
_FIELDS = {"yes_no": "choice", "list": "line"}


def ask(form: Form, parts: Sequence[Part], kind: str, choices: Mapping[str, Sequence[Choice]]) -> None:
    """Add the questions of a kind of entry to a form.

    Parameters
    ----------
    choices : Mapping of str to sequence of Choice
        The answers that differ from case to case, by where they come from.
    """
    words = form.words
    for part in parts:
        own = f"{part.name}.{kind}"
        label, explanation = f"work.field.{own}", f"work.help.{own}"
        label = label if words.knows(label) else f"work.field.{part.name}"
        explanation = explanation if words.knows(explanation) else f"work.help.{part.name}"
        more: dict[str, Any] = {"help": words.t(explanation)} if words.knows(explanation) else {}
        if part.source is not None:
            none = f"work.option.{part.name}.none"
            more["choices"] = (*([Choice("", words.t(none))] if words.knows(none) else []), *choices[part.source])
        elif part.widget == "yes_no":
            more["choices"] = form.options("work.option.yes_no", ("yes", "no"))
        elif part.options:
            more["choices"] = form.options(f"work.option.{part.name}", part.options)
        form.add(_FIELDS.get(part.widget, part.widget), part.name, words.t(label), **more)


def read(values: Values, parts: Sequence[Part]) -> tuple[dict[str, Any], list[Fault]]:
    """The content of an entry as it was written in a form, and what could not be read."""
    content: dict[str, Any] = {}
    faults = []
    for part in parts:
        written = values.get(part.name, "").strip()
        if not written:
            if part.widget == "list":
                content[part.name] = []
        elif part.widget == "yes_no":
            content[part.name] = {"yes": True, "no": False}.get(written, written)
        elif part.widget == "number":
            if written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS:
                content[part.name] = int(written)
            else:
                faults.append(Fault("wrong-type", f"/{part.name}", {"name": part.name, "expected": "whole_number"}))
        elif part.widget == "list":
            content[part.name] = [each.strip() for each in written.split(",") if each.strip()]
        else:
            content[part.name] = written
    return _nested(content), faults


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Parts with a dot in their name, as parts of a part."""
    nested = {name: value for name, value in flat.items() if "." not in name}
    for name, value in flat.items():
        outer, _, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
    return nested
