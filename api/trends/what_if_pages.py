"""The what-if page: two guidances held against each other on the young people who were screened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from api.access.declarations import allowed
from api.context.context import current_context
from api.frame.pages import asked_language, page_in_asked_language
from api.trends.charts import Row as Bar
from api.trends.charts import bars
from api.trends.drawing import Sheet
from api.trends.microaggregates import years_written
from api.trends.questions import ready_questions
from api.trends.routes import asked_what_if
from api.trends.spreadsheets import with_labels
from api.trends.what_if import ASKED, NUMBERS, limits_of, what_if_csv
from api.trends.words import TrendWords, title_of_version
from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
from api.web.problems import Problem
from api.web.translator import Translator
from instruments.faults import Fault, UnknownDefinitionError
from screening.trends.lattice import lattice_on
from screening.trends.what_if import DIVIDED_BY

blueprint = Blueprint("what_if_page", __name__, url_prefix="/trends/what-if")
_MOVEMENTS = ("enters", "may_still_enter", "leaves")
#: Guidances that are held against the same one at a time.
_MOST_AFTER = 20


@blueprint.get("")
@allowed("trends:what_if")
def show() -> Response:
    """Show the form, the ready questions and, where something is asked, the answer."""
    page = _WhatIfPage()
    return page_in_asked_language("trends/what_if.html", status=400 if page.faults else 200, page=page)


@blueprint.get("/answer.<form>")
@allowed("trends:what_if", plain=["form"])
def download(form: str) -> Response:
    """Give one answer as a report: CSV, or PDF."""
    if form not in ("csv", "pdf"):
        raise Problem("not-found")
    page = _WhatIfPage()
    if page.faults or page.answer is None:
        raise Problem("bad-request", tuple(page.faults))
    if form == "csv":
        answer = Response(page.answer.as_spreadsheet(), mimetype="text/csv")
    else:
        try:
            made = as_pdf(render_template("trends/what_if_paper.html", page=page), stylesheet_of_documents())
        except PdfUnavailableError:
            readable = url_for("what_if_page.show", **page.question, language=page.language)
            return make_response(render_template("documents/no_pdf.html", readable=readable), 503)
        answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="what-if.{form}"'
    return answer


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is called, and its numbers."""

    title: str
    numbers: dict[str, int]
    address: str = ""


class Answer:
    """An answer in words."""

    def __init__(self, data: dict[str, Any], words: TrendWords) -> None:
        self.data = data
        self._words = words
        self.total: dict[str, int] = data["total"]

    def rows(self, name: str) -> list[Row]:
        """The table of a division; a value that nobody has is left out."""
        return [
            Row(self._words.value(name, value), moved) for value, moved in self.data[name].items() if moved["people"]
        ]

    def as_spreadsheet(self) -> str:
        """The answer as a table for a person: what each code is called stands beside it."""
        t, value = self._words.translator.t, self._words.value

        def label(name: str, row: Mapping[str, str]) -> str:
            if name in ("before", "after"):
                return title_of_version(row[name], self._words.translator)
            return t(f"what_if.by.{row[name]}") if name == "divided_by" else value(row["divided_by"], row["value"])

        headings = {name: t(f"what_if.csv.{name}") for name in ("before", "after", "divided_by", "value")}
        return with_labels(what_if_csv(self.data), headings, label, self._words.language)

    @property
    def criteria(self) -> list[Row]:
        """The criteria that make a difference."""
        return [Row(self._words.value("criterion", name), moved) for name, moved in self.data["criteria"].items()]

    @cached_property
    def pictures(self) -> list[str]:
        """Who enters, may still enter and leaves, by age: the same chart for each."""
        t = self._words.translator.t
        drawn = []
        for movement in _MOVEMENTS:
            sheet, said = Sheet(), t(f"what_if.{movement}")
            sheet.heading(said)
            numbers = [(row.title, row.numbers[movement]) for row in self.rows("age_band")]
            rows = [Bar(title, number, None, self._words.translator.number(number)) for title, number in numbers]
            bars(sheet, rows, t("what_if.none"))
            drawn.append(sheet.as_svg(f"{t('what_if.picture')} {said}. {t('trends.see_table')}"))
        return drawn


class _WhatIfPage:
    """What the page shows, in its language."""

    def __init__(self) -> None:
        g.language = asked_language()
        self.language: str = g.language
        context = current_context()
        self.today = context.today()
        self.translator = Translator(context.catalogue, self.language)
        self.question: dict[str, Any] = {
            name: request.args[name].strip() for name in ASKED if request.args.get(name, "").strip()
        }
        self.faults: list[Fault] = []
        self.answer: Answer | None = None
        self.overview: list[Row] = []
        self.afters = self.question.get("after", "").split(",")
        self.words = TrendWords(self.translator, lattice_on(self.today).content, self._guidances())
        if {"before", "after"} & set(self.question):
            self._ask()

    def _guidances(self) -> set[str]:
        library = current_context().library
        known = {self.question.get("before", ""), *self.afters} & set(library.names())
        return {f"{name}@{library.bind(name, on=self.today).rules.guidance.version}" for name in known}

    def _ask(self) -> None:
        if len(self.afters) > _MOST_AFTER:
            self.faults = [Fault("too-many-guidances", "?after", {"most": _MOST_AFTER})]
            return
        try:
            if len(self.afters) == 1:
                self.answer = Answer(asked_what_if(dict(self.question)), self.words)
            else:
                self.overview = list(self._each())
        except Problem as problem:
            self.faults = list(problem.faults)

    def _each(self) -> Iterator[Row]:
        for after in self.afters:
            question = {**self.question, "after": after}
            yield Row(self.guidance_title(after), asked_what_if(question)["total"], self._address_of(question))

    def guidance_title(self, name: str) -> str:
        """What a guidance is called."""
        return self.translator.say(current_context().library.bind(name, on=self.today).title)

    @property
    def guidances(self) -> list[tuple[str, str]]:
        """Every guidance that can be chosen: id and title."""
        library = current_context().library
        guidances = []
        for name in library.names():
            try:
                guidances.append((name, self.guidance_title(name)))
            except UnknownDefinitionError:
                continue  # not in force yet
        return guidances

    @property
    def limits(self) -> list[Any]:
        """The limits of the guidance that is held against the other."""
        name = self.afters[0]
        return (
            list(limits_of(current_context().library, name, self.today))
            if name in current_context().library.names()
            else []
        )

    @property
    def changed(self) -> list[tuple[str, str]]:
        """The limit that was tried out, in words, with its value."""
        changed = self.answer.data["changed"] if self.answer else {}
        titles = {each.id: each.title for each in self.limits}
        return [(self.translator.say(titles[name]), self.translator.limit(value)) for name, value in changed.items()]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, by field."""
        return [(fault.where.lstrip("?"), self.translator.fault(fault)) for fault in self.faults]

    @property
    def years(self) -> list[int]:
        """The years that can be asked about."""
        with current_context().database.looking() as session:
            return years_written(session)

    def _address_of(self, query: dict[str, Any]) -> str:
        return url_for("what_if_page.show", **query, language=self.language)

    @property
    def ready(self) -> list[tuple[Any, str, bool]]:
        """The ready questions, each with its address, and whether it is the one that is asked."""
        return [(each, self._address_of(each.query()), each.query() == self.question) for each in ready_questions()]

    @property
    def asked_now(self) -> Any:
        """The ready question that is asked, where it is one."""
        return next((each for each, _, is_asked in self.ready if is_asked), None)

    @property
    def divisions(self) -> tuple[str, ...]:
        """What the answer is divided by, each with a table."""
        return DIVIDED_BY

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns of a table."""
        return NUMBERS

    def link(self) -> str:
        """The address of this very question, to be shared."""
        return f"{request.host_url.rstrip('/')}{url_for('what_if_page.show')}?{urlencode(self.question)}"

    def address(self, form: str) -> str:
        """Where the answer is given as a file, or to a program."""
        if form == "json":
            return url_for("trends.show_what_if", **self.question)
        return url_for("what_if_page.download", form=form, **self.question, language=self.language)
