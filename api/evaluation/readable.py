"""Explanations as files that are read: the page of a result without what is around it, and the same as plain text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader

from api.context.context import every_sentence
from api.evaluation.results import shown_parts
from api.web.pdf import stylesheet_of_documents
from api.web.plain_text import as_plain_text
from api.web.translator import Translator, first_upper
from screening import rendered
from screening.library import BoundGuidance, Library

_TEMPLATES = Path(__file__).parents[1] / "templates"


class Readable:
    """Writes the explanations of one guidance for a reader.

    Parameters
    ----------
    language : {"sv", "en"}
    """

    def __init__(self, library: Library, bound: BoundGuidance, language: str) -> None:
        words = Translator(every_sentence(library).with_words(bound.words()), language)
        environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
        environment.filters["first_upper"] = first_upper
        environment.globals.update(
            t=words.t,
            say=words.say,
            translator=words,
            language=language,
            domains={domain.id: domain.title for domain in bound.rules.instrument.domains},
            stylesheet=stylesheet_of_documents(),
        )
        self._template = environment.get_template("explanation.html")

    def as_html(self, told: Mapping[str, Any]) -> str:
        """One page, which refers to nothing else.

        Parameters
        ----------
        told : Mapping of str to Any
            The key of a row and its explanation, as `screening.rendering.render` gives it.
        """
        explanation = cast("rendered.Explanation", told)
        return self._template.render(key=told["key"], evidence=None, **shown_parts(explanation))

    def as_text(self, told: Mapping[str, Any]) -> str:
        """The same page as plain text."""
        return as_plain_text(self.as_html(told))
