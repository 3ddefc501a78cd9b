"""A report as a notebook shows it: a table for each section, a row for each label, the words in English."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from instruments.research.wording import interval, label, number, say

_LANGUAGE = "en"


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


def _table(section: Mapping[str, Any], columns: Sequence[str]) -> str:
    rows, figures = section["rows"], [each for row in section["rows"] for each in row["figures"]]
    names = list(dict.fromkeys(each["figure"] for each in figures))
    heads = [*(say(f"column.{name}", _LANGUAGE) for name in columns), *map(_named, names)]
    reasons = dict.fromkeys(_fault(each["insufficient_evidence"]) for each in figures if "value" not in each)
    title = say(f"section.{section['section']}", _LANGUAGE)
    notes = [*(say(f"note.{note}", _LANGUAGE) for note in section.get("notes", ())), *reasons]
    return (
        f"<table><caption>{escape(title)}</caption>"
        f"<thead><tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{''.join(_row(row, columns, names) for row in rows)}</tbody></table>"
        f"{''.join(f'<p>{escape(note)}</p>' for note in notes)}"
    )


def _fault(given: Mapping[str, Any]) -> str:
    return say(f"fault.{given['code']}", _LANGUAGE, **given["parameters"])


def _named(name: str) -> str:
    kind, _, place = name.rpartition("_")
    return say(f"figure.{kind}", _LANGUAGE, number=place) if place.isdigit() else say(f"figure.{name}", _LANGUAGE)


def _row(row: Mapping[str, Any], columns: Sequence[str], names: Sequence[str]) -> str:
    by_name = {each["figure"]: each for each in row["figures"]}
    labels = "".join(f"<th>{escape(label(row[name], _LANGUAGE))}</th>" for name in columns)
    cells = "".join(f"<td>{escape(_cell(by_name[name])) if name in by_name else ''}</td>" for name in names)
    return f"<tr>{labels}{cells}</tr>"


def _cell(each: Mapping[str, Any]) -> str:
    if "value" not in each:
        return say("research.insufficient", _LANGUAGE)
    ends = interval(each.get("low"), each.get("high"), _LANGUAGE)
    return number(each["value"], _LANGUAGE) + (f" ({ends})" if ends else "")
