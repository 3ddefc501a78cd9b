"""What the dashboard shows of one choice, in one language."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from sqlalchemy import select

from api.context.context import current_context
from api.store.schema import SecrecyUnit
from api.store.trend_tables import TrendOpenMonth
from api.trends.cache import Cache
from api.trends.equal_treatment import EqualTreatment, compare_units
from api.trends.filters import Option, OptionGroup, bounds, groups_of_options, read_choice, values_of
from api.trends.panel_numbers import PanelNumbers
from api.trends.panel_view import PanelView
from api.trends.panels import QUESTIONS, Panel, panel_of, panels_in
from api.trends.queries import publication_of
from api.trends.routes import asked
from api.trends.words import TrendWords, level_in_words, period_in_words
from api.web.translator import Translator
from screening.trends.lattice import lattice_on, month_of
from screening.trends.variation import variation_on

#: Panels by publication, choice, language and panel.
_PANELS: Cache[PanelView] = Cache(512)


class Dashboard:
    """What was chosen, and what is shown of it, in one language.

    Parameters
    ----------
    given : Mapping of str to str
        `CHOSEN`, as they stand in an address.

    Raises
    ------
    Problem
        Kind ``bad-request``, where what was chosen cannot be shown.
    """

    def __init__(self, given: dict[str, str], language: str) -> None:
        context = current_context()
        self.language, self._today = language, context.today()
        self.translator = Translator(context.catalogue, language)
        self.lattice = lattice_on(self._today).content
        self.variation = variation_on(self._today)
        self.choice = read_choice(self.lattice, given, asked)
        with context.database.looking() as session:
            self._publication = publication_of(session)

    def view(self, panel: Panel) -> PanelView:
        """A panel. What was published stays as it is, so that it is drawn once a day and for each publication."""
        month = month_of(self._today)
        key = (*self._publication, self._today, *self.choice.as_query().items(), self.language, panel.id)

        def draw() -> PanelView:
            numbers = PanelNumbers(panel, self.choice, month, self.lattice, asked)
            return PanelView(numbers, self.translator, self.variation)

        return _PANELS.recall(key, draw)

    def questions(self) -> list[PanelView]:
        """The five questions of the first screen."""
        return [self.view(panel_of(name)) for name in QUESTIONS]

    def of_theme(self, theme: str) -> list[PanelView]:
        """The charts of a theme."""
        return [self.view(panel) for panel in panels_in(self.lattice) if panel.theme == theme]

    @property
    def levels(self) -> dict[str, str]:
        """The levels and rules by which the charts are drawn, in words."""
        rules, factor = self.variation, self.variation.factor("moving_range_factor")
        return {
            "interval": level_in_words(rules.share("interval_level"), self.translator),
            "control": level_in_words(rules.share("control_level"), self.translator),
            "factor": self.translator.decimal(factor),
            "length": str(rules.number("run_length")),
        }

    def equal_treatment(self) -> EqualTreatment | str:
        """Whether like cases are treated alike, or why it cannot be told."""
        context = current_context()
        with context.database.looking() as session:
            compared = compare_units(session, context.library, self.lattice, self._today, asked, self._publication)
        if isinstance(compared, str):
            return self.translator.t("what_if.no_years" if compared == "no_years" else "equal.gone")
        return EqualTreatment(compared, self._words(), self._today)

    @property
    def chosen(self) -> str:
        """What the cases have in common, in words; empty for every case."""
        if not self.choice.dimension:
            return ""
        return self._words().value(self.choice.dimension, self.choice.value)

    def _words(self) -> TrendWords:
        guidances = values_of(self.lattice, "guidance", asked)
        return TrendWords(self.translator, self.lattice, guidances)

    def unit_in_words(self, unit: str) -> str:
        """What a unit is called."""
        return self._words().value("unit", unit)

    def groups(self) -> list[OptionGroup]:
        """Everything that cases can be chosen by."""
        return groups_of_options(self.lattice, self._words(), asked)

    def bounds(self, given: dict[str, str]) -> list[tuple[str, list[Option]]]:
        """``from`` and ``to``, each with what can be chosen and what was, right or wrong."""
        begins, ends = bounds(self.choice.level, self._words(), asked)
        return [
            (name, _with_chosen(options, given.get(name, ""), self.translator))
            for name, options in (("from", begins), ("to", ends))
        ]

    def breaks(self) -> list[tuple[str, str]]:
        """Where a version of a guidance or an instrument began, and which."""
        return self.view(panel_of("recommendations")).breaks

    def address(self, endpoint: str, **values: Any) -> str:
        """The address of a page with the same choice."""
        return url_for(endpoint, **{**values, **self.choice.as_query(), "language": self.language})

    def file_address(self, drawn: PanelView, form: str) -> str:
        """Where a chart or its table is given as a file."""
        return self.address("trends_page.download", name=drawn.panel.id, form=form)

    def program_address(self, drawn: PanelView, form: str = "csv", **more: Any) -> str:
        """Where the table of a chart is given to programs."""
        return url_for("trends.show", **{**drawn.numbers.question, "format": form, **more})

    def address_of_all(self, endpoint: str, **values: Any) -> str:
        """The address of a page with the same periods and every case."""
        query = {name: value for name, value in self.choice.as_query().items() if name != "of"}
        return url_for(endpoint, **{**values, **query, "language": self.language})

    def going_on(self) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
        """Of the month that goes on: each measure with the rounded totals of the units that have enough to be shown."""
        with current_context().database.looking() as session:
            names = {row.id: row.name for row in session.execute(select(SecrecyUnit.id, SecrecyUnit.name))}
            rows = session.scalars(select(TrendOpenMonth).order_by(TrendOpenMonth.measure)).all()
        for row in rows:
            totals = [
                (names.get(unit, unit), self.translator.number(number)) for unit, number in sorted(row.content.items())
            ]
            if totals:
                yield row.measure, period_in_words(row.period, self.translator), totals


def _with_chosen(options: list[Option], chosen: str, translator: Translator) -> list[Option]:
    """The options, and among them one that was chosen by address and is no beginning or end of a period."""
    if not chosen or chosen in {option.value for option in options}:
        return options
    return [Option(chosen, period_in_words(chosen, translator)), *options]
