"""The readable page of a card: plain words first, then what it does not hold for, pictures, and every figure.

One file without scripts or anything from elsewhere, so that it can be mailed, printed and kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from instruments.cards import Card
from instruments.research.card.blanks import is_few
from instruments.research.card.disclosure import coarsened
from instruments.research.card.evidence import Evidence
from instruments.research.card.flow_chart import boxes_of, flow_chart
from instruments.research.card.joined_levels import block_names
from instruments.research.card.reporting import reporting_items
from instruments.research.card.rounding import is_exact
from instruments.research.datasets.own_items import OwnItems
from instruments.research.datasets.scores import SUMMARY, as_numbers, scores_of
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.roc import count_scores
from instruments.research.figures import pictures
from instruments.research.figures.figure import Figure, Outcome, Row, Section
from instruments.research.figures.vega_lite import Svg
from instruments.research.limits import limits
from instruments.research.wording import DECIMALS, interval, label, number, say

TEMPLATES = Path(__file__).parent / "templates"
_LOCALES = {"sv": "sv-SE", "en": "en-US"}
#: Sections that are folded up: long ones, which few read from top to bottom.
_FOLDED = ("cuts", "item_blanks", "items")


@dataclass(frozen=True)
class Picture:
    """A picture with its heading and its explanation, and what it says in words where those are not in a table."""

    title: str
    svg: Svg
    text: str
    said: tuple[str, ...] = ()

    def _repr_svg_(self) -> str:
        return str(self.svg)


def render_page(card: Card, evidence: Evidence, language: str) -> str:
    """The page of a card.

    Parameters
    ----------
    card : Card
    evidence : Evidence
        What it was made of.
    language : str

    Returns
    -------
    str
        HTML.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: number(value, language, decimals=2)
    return environment.get_template("card.html").render(
        card=card,
        language=language,
        say=lambda key, **parameters: say(f"card.page.{key}", language, **parameters),
        word=lambda text: text.in_language(language),
        label=lambda key: label(key, language),
        reporting=_told(card, language),
        flow=_flow(card, language),
        pictures=list(pictures_of(evidence, language)),
        tables=[_table(each, language, evidence) for report in evidence.reports for each in report.sections],
        limits=_limits(evidence, language),
        methods=[say(f"method.{method}", language) for method in card.methods],
        warnings=[
            say(f"fault.{each.code}", language, **dict(each.parameters)) + (f" ({each.where})" if each.where else "")
            for each in card.warnings
        ],
    )


def _told(card: Card, language: str) -> dict[str, Any] | None:
    """What the study tells and does not tell, in words; None for a card whose makers were not asked."""
    if card.reporting is None:
        return None
    items = reporting_items(card.created_on, card.reporting.items).content
    answers, missing = card.reporting.answers, set(card.reporting.missing)
    return {
        "told": [
            (item.title.in_language(language), items.cited(item), answers[item.id].in_language(language))
            for item in items.asked
            if item.id in answers
        ],
        "missing": [item.title.in_language(language) for item in items.asked if item.id in missing],
        "by_card": [(item.title.in_language(language), items.cited(item)) for item in items.told_by_card],
        "citations": [source.citation for source in items.sources.values()],
    }


def _flow(card: Card, language: str) -> Picture | None:
    """The way of the participants; None for a card that does not tell it."""
    if card.flow is None:
        return None
    title = say("flow.title", language)
    boxes = boxes_of(card.flow, language)
    drawn = flow_chart(boxes, {"title": title, "locale": _LOCALES[language]})
    return Picture(title, drawn, say("flow.text", language), tuple(" ".join(box.lines) for box in boxes))


def pictures_of(evidence: Evidence, language: str) -> Iterator[Picture]:
    """The pictures that the evidence allows."""
    data = first_ratings(evidence.dataset)
    outcome = data.outcomes[evidence.outcome]
    areas = {row.labels[0]: row.figures[0] for row in _rows(evidence, "areas")}
    counted = {}
    for name in dict.fromkeys((evidence.score, SUMMARY)):
        score = scores_of(data).get(name)
        known = outcome.notna() & score.notna() if score is not None else outcome.isna()
        few = is_few(outcome[known], limits().whole("small_count"))
        if score is not None and outcome[known].nunique() == 2 and not few:  # else there is nothing to tell apart
            counted[name] = count_scores(outcome[known].to_numpy(), as_numbers(score[known]))
    words = _PictureWords(language)
    if joined := {name: coarsened(each, limits().whole("small_count")) for name, each in counted.items()}:
        curves = {
            _with_area(evidence.score_name(name, language), areas.get(name), language): each
            for name, each in joined.items()
        }
        yield words.picture("roc", lambda texts: pictures.roc_curves(curves, texts))
        first, together = next(iter(joined.items()))
        names = block_names(data, first, counted[first], together, language)
        drawn = words.picture("distribution", lambda texts: pictures.distributions(together, names, texts))
        if len(together.levels) < np.count_nonzero(counted[first].with_outcome + counted[first].without):
            drawn = replace(drawn, text=f"{drawn.text} {say('card.picture.distribution.joined', language)}")
        yield drawn
    if levels := _rows(evidence, "levels"):
        labels = {row.labels[0]: label(row.labels[0], language) for row in levels}
        everybody = _reference("everybody", float(outcome.mean()), language)
        yield words.picture("levels", lambda texts: pictures.intervals(levels, "share", texts, labels, everybody))
    details: Mapping[str, Any] = next((each.details for each in evidence.reports if each.command == "calibrate"), {})
    if "reliability" in details:
        yield words.picture("calibration", lambda texts: pictures.reliability(details["reliability"], texts))
        yield words.picture("decision", lambda texts: pictures.decision(details["decision"], texts))
    if groups := _rows(evidence, "group_areas"):
        lines = _reference("chance", 0.5, language)
        if isinstance(area := areas.get(evidence.score), Figure):
            lines |= _reference("everybody", area.value, language)
        yield words.picture("groups", lambda texts: pictures.intervals(groups, "auc", texts, references=lines))


def _rows(evidence: Evidence, section: str) -> tuple[Row, ...]:
    found = evidence.section(section)
    return () if found is None else found.rows


def _with_area(score: str, area: Outcome | None, language: str) -> str:
    """The name of a score in a legend, with its AUC."""
    if not isinstance(area, Figure):
        return score
    value, low, high = (
        "" if each is None else number(each, language, decimals=2) for each in (area.value, area.low, area.high)
    )
    bounds = f" ({low}–{high})" if low and high else ""
    return f"{score}: AUC {value}{bounds}"


def _reference(name: str, value: float, language: str) -> dict[str, float]:
    """A line that figures are held against, by its name."""
    return {say(f"card.picture.reference.{name}", language, value=number(value, language, decimals=2)): value}


class _PictureWords:
    """The words of pictures in one language: ``card.picture.<name>.<part>``."""

    def __init__(self, language: str) -> None:
        self._language = language

    def picture(self, name: str, draw: Any) -> Picture:
        """A picture with its words."""
        parts = ("title", "x", "y", "text", "with", "without", "model", "all", "none", "insufficient")
        texts = {"locale": _LOCALES[self._language]}
        for part in parts:
            for key in (f"card.picture.{name}.{part}", f"card.picture.{part}"):
                text = label_or_none(key, self._language)
                if text is not None:
                    texts[part] = text
                    break
        return Picture(texts["title"], draw(texts), texts["text"])


def label_or_none(key: str, language: str) -> str | None:
    """The words of a key, if it has any."""
    from instruments.research.wording import catalogue

    return catalogue().text(key, language) if key in catalogue() else None


def _table(section: Section, language: str, evidence: Evidence) -> dict[str, Any]:
    """A section as a table: a row for each label, a column for each figure."""
    names = [each.name for each in section.rows[0].figures] if section.rows else []
    is_even = all([each.name for each in row.figures] == names for row in section.rows)
    told = (_reason(each, language) for row in section.rows for each in row.figures)
    reasons = list(dict.fromkeys(each for each in told if each))
    rows = (
        [
            [*_labels(section, row, language, evidence), *(_cell(each, language, reasons) for each in row.figures)]
            for row in section.rows
        ]
        if is_even
        else [
            [
                *_labels(section, row, language, evidence),
                say(f"figure.{each.name}", language),
                _cell(each, language, reasons),
            ]
            for row in section.rows
            for each in row.figures
        ]
    )
    heads = [say(f"column.{name}", language) for name in section.columns]
    figures = [say(f"figure.{name}", language) for name in names] if is_even else ["", say("column.value", language)]
    stated = [say(f"stated.{key}", language, text=words.in_language(language)) for key, words in section.stated.items()]
    return {
        "title": say(f"section.{section.name}", language),
        "labels": len(heads),
        "heads": [*heads, *figures],
        "rows": rows,
        "notes": stated + [say(f"note.{note}", language) for note in section.notes],
        "reasons": [
            say("research.no_figure", language, number=place, reason=reason) for place, reason in enumerate(reasons, 1)
        ],
        "folded": section.name in _FOLDED,
    }


def _labels(section: Section, row: Row, language: str, evidence: Evidence) -> list[str]:
    """The labels of a row: groups are called as the data call them, numbers as the language writes them."""
    told, names_of = [], _names_of(evidence, language)
    for column, each in zip(section.columns, row.labels, strict=True):
        if column in _OF_THE_DATA:
            told.append(each)
        elif column in _NUMBERS:
            told.append(_with_comma(each, language))
        elif column in _SCORES:
            told.append(names_of.get(each) or evidence.score_name(each, language))
        else:
            told.append(names_of.get(each) or label(each, language))
    return told


#: Columns of labels that are scores, that the data give, and that are numbers; the others hold keys of ours.
_SCORES = ("score", "beside", "added", "to", "total")
_OF_THE_DATA, _NUMBERS = ("group", "members", "group_value", "outcome"), ("cut", "threshold")


def _names_of(evidence: Evidence, language: str) -> dict[str, str]:
    """What the instrument calls its items and domains, by their ids."""
    content = evidence.instrument.content
    if isinstance(content, OwnItems):  # nobody has given them titles
        return {}
    titles = {each.id: each.title for each in content.domains} | {each.id: each.title for each in content.items}
    return {name: title.in_language(language) for name, title in titles.items()}


def _cell(each: Outcome, language: str, reasons: Sequence[str]) -> str:
    """A figure, with a star where a note below the table is on it; or the number of the reason why there is none."""
    if not isinstance(each, Figure):
        return f"{say('research.insufficient', language)} ({reasons.index(_reason(each, language)) + 1})"
    decimals = DECIMALS if is_exact(each) else limits().whole("told_decimals")
    bounds = interval(each.low, each.high, language, decimals)
    return number(each.value, language, decimals) + ("*" if each.note else "") + (f" ({bounds})" if bounds else "")


def _limits(evidence: Evidence, language: str) -> list[tuple[str, str, str]]:
    """Every limit that a report used, each once: what it is called, its value and its source."""
    used: dict[str, tuple[str, str, str]] = {}
    for report in evidence.reports:
        limits = report.about.get("limits")
        for name, limit in limits.items() if isinstance(limits, dict) else ():
            used[name] = (say(f"limit.{name}", language), _with_comma(f"{limit['value']:g}", language), limit["source"])
    return list(used.values())


def _with_comma(text: str, language: str) -> str:
    """A number that is written with a decimal point, as the language writes it."""
    return text.replace(".", ",") if language == "sv" else text


def _reason(outcome: Outcome, language: str) -> str:
    """Why there is no figure; nothing where there is one."""
    if isinstance(outcome, Figure):
        return ""
    return say(f"fault.{outcome.reason.code}", language, **outcome.reason.parameters)
