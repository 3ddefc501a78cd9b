"""A report as a notebook shows it: a table for each section, a row for each label, the words in English."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from instruments.research.wording import label, number, say

_LANGUAGE = "en"
_LEVEL = 0.95  # of a figure that does not have another one, which a cell then tells


def as_html(report: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> str:
    """A report as HTML.

    Parameters
    ----------
    report : Mapping
        The JSON form of a report.
    columns : Mapping of str to sequence of str
        By section, what the labels of its rows are.
    """
    warnings = [f"<p>{escape(_fault(each))}</p>" for each in report["warnings"]]
    return "".join([*warnings, *(_table(each, columns[each["section"]]) for each in report["sections"])])


def reasons_of(section: Mapping[str, Any]) -> list[str]:
    """Why figures of a section cannot be given, each reason once; their numbers in the cells are from 1."""
    figures = (each for row in section["rows"] for each in row["figures"])
    return list(dict.fromkeys(_fault(each["insufficient_evidence"]) for each in figures if "value" not in each))


def notes_of(section: Mapping[str, Any]) -> list[str]:
    """What stands below a section: its notes, then the reasons by number."""
    stated = section.get("stated", {})
    notes = [say(f"stated.{key}", _LANGUAGE, text=words[_LANGUAGE]) for key, words in stated.items()]
    notes += [say(f"note.{note}", _LANGUAGE) for note in section.get("notes", ())]
    reasons = enumerate(reasons_of(section), 1)
    return notes + [say("research.no_figure", _LANGUAGE, number=number, reason=reason) for number, reason in reasons]


def cell_text(each: Mapping[str, Any], reasons: Sequence[str], decimals: int = 3) -> str:
    """A figure as a cell tells it: a count as it is, an asterisk for a note, the interval and a level of its own."""
    if "value" not in each:
        place = reasons.index(_fault(each["insufficient_evidence"])) + 1
        return f"{say('research.insufficient', _LANGUAGE)} ({place})"
    value = each["value"]
    text = f"{value:,}" if isinstance(value, int) else number(value, _LANGUAGE, decimals)
    text += "*" if each.get("note") else ""
    if "low" not in each:
        return text
    level = "" if each["level"] == _LEVEL else f", {100 * each['level']:.4g} %"
    return f"{text} ({number(each['low'], _LANGUAGE, decimals)} to {number(each['high'], _LANGUAGE, decimals)}{level})"


def _table(section: Mapping[str, Any], columns: Sequence[str]) -> str:
    rows, figures = section["rows"], [each for row in section["rows"] for each in row["figures"]]
    names = list(dict.fromkeys(each["figure"] for each in figures))
    heads = [*(say(f"column.{name}", _LANGUAGE) for name in columns), *map(_named, names)]
    reasons = reasons_of(section)
    title = say(f"section.{section['section']}", _LANGUAGE)
    return (
        f"<table><caption>{escape(title)}</caption>"
        f"<thead><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{''.join(_row(row, columns, names, reasons) for row in rows)}</tbody></table>"
        f"{''.join(f'<p>{escape(note)}</p>' for note in notes_of(section))}"
    )


def _fault(given: Mapping[str, Any]) -> str:
    return say(f"fault.{given['code']}", _LANGUAGE, **given["parameters"])


def _named(name: str) -> str:
    kind, _, place = name.rpartition("_")
    return say(f"figure.{kind}", _LANGUAGE, number=place) if place.isdigit() else say(f"figure.{name}", _LANGUAGE)


def _row(row: Mapping[str, Any], columns: Sequence[str], names: Sequence[str], reasons: Sequence[str]) -> str:
    by_name = {each["figure"]: each for each in row["figures"]}
    labels = "".join(f"<th>{escape(label(row[name], _LANGUAGE))}</th>" for name in columns)
    cells = "".join(
        f"<td>{escape(cell_text(by_name[name], reasons)) if name in by_name else ''}</td>" for name in names
    )
    return f"<tr>{labels}{cells}</tr>"
