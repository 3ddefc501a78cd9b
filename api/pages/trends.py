"""The dashboard: published numbers as pictures, each followed by its table. The address holds every choice."""

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from api.accounts.declarations import allowed
from api.pages.chrome import address_in_other_language, asked_language
from api.pages.speech import Speech
from api.pages.trend_words import TrendWords
from api.problems import Problem
from api.routes.trends import asked
from api.service import the_service
from api.trends.asking import as_csv
from api.trends.keeping import across_of
from api.trends.panels import PANELS, Panel, last_rows, shares
from api.trends.pictures import as_png, as_svg, bars, line_of_shares
from api.trends.reference import reference_numbers
from instruments.faults import Fault
from screening.trends.lattice import LEVELS, Lattice, lattice_on

blueprint = Blueprint("trends_page", __name__, url_prefix="/trends")
_CHOICES = ("level", "from", "to")


@blueprint.get("")
@allowed("trends:read")
def show() -> Response:
    """Show every picture with its table."""
    drawn = [_Drawn(panel, _choices()) for panel in PANELS]
    return _page(
        "trends/page.html", panels=drawn, choices=_choices(), levels=tuple(LEVELS), numbers=reference_numbers()
    )


@blueprint.get("/<name>.<form>")
@allowed("trends:read", plain=["name", "form"])
def download(name: str, form: str) -> Response:
    """Give one picture or its table as a file."""
    panel = next((panel for panel in PANELS if panel.id == name), None)
    if panel is None or form not in ("svg", "png", "csv"):
        raise Problem("not-found")
    g.language = asked_language()
    drawn = _Drawn(panel, _choices())
    if form == "csv":
        answer = Response(as_csv(drawn.data), mimetype="text/csv")
    elif form == "svg":
        answer = Response(drawn.svg, mimetype="image/svg+xml")
    else:
        answer = Response(as_png(drawn.chart(), drawn.language), mimetype="image/png")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _choices() -> dict[str, str]:
    chosen = {name: request.args[name] for name in _CHOICES if request.args.get(name)}
    if chosen.setdefault("level", "quarter") not in LEVELS:
        raise Problem("bad-request", (Fault("not-a-choice", "?level", {"name": "level", "allowed": list(LEVELS)}),))
    return chosen


def _page(template: str, **values: object) -> Response:
    g.language = asked_language()
    answer = make_response(render_template(template, other_page=address_in_other_language(), **values))
    answer.vary.add("Accept-Language")
    return answer


class _Drawn:
    """A panel with its numbers, in the language of the page."""

    def __init__(self, panel: Panel, choices: dict[str, str]) -> None:
        g.language = asked_language()
        self.panel = panel
        self.language: str = g.language
        self.speech = Speech(the_service().catalogue, self.language)
        self._lattice: Lattice = lattice_on(the_service().today()).content
        tables = self._lattice.measure(panel.measure)
        levels = [level for level in tables.levels() if panel.across in tables.across(level)]
        level = choices["level"] if choices["level"] in levels else levels[0]
        question = {**choices, "level": level, "measure": panel.measure}
        self.data = asked({**question, "across": across_of(panel.across)})
        totals = asked(question)["numbers"] if panel.form == "share" else []
        self._totals = {row["period"]: row["count"] for row in totals}
        self.period, self._rows = last_rows(self.data, panel)
        guidances = {str(row["guidance"]) for row in self._rows if "guidance" in row}
        self._words = TrendWords(self.speech, self._lattice, guidances)

    @property
    def title(self) -> str:
        """Its heading."""
        return self.speech.t(f"trends.panel.{self.panel.id}")

    @property
    def about(self) -> str:
        """What is counted."""
        return self.speech.say(self.data["about"])

    @property
    def is_share(self) -> bool:
        """Whether it is a share over time."""
        return self.panel.form == "share"

    @property
    def names(self) -> list[str]:
        """The headings of the table's first columns."""
        return [self._words.dimension(name) for name in self.panel.across]

    @property
    def shares(self) -> list[Any]:
        """The rows of a share's table."""
        return shares(self.data, self._totals, self.panel)

    @property
    def rows(self) -> list[tuple[list[str], int | None]]:
        """The rows of the last period's table: the values in words, and the number."""
        return [([self._words.value(name, row[name]) for name in self.panel.across], row["count"]) for row in self._rows]

    @property
    def breaks(self) -> list[tuple[str, str]]:
        """Where a new version of a guidance or an instrument began, and which."""
        return [
            (period["period"], ", ".join(period["begins_here"]))
            for period in self.data["periods"]
            if period["is_series_break"]
        ]

    @property
    def has_picture(self) -> bool:
        """Whether there is any number to draw."""
        if self.is_share:
            return any(share.value is not None for share in self.shares)
        return any(count for _, count in self.rows)

    def address(self, form: str) -> str:
        """Where the picture or its table is given as a file."""
        values: dict[str, Any] = {**_choices(), "language": self.language}
        return url_for("trends_page.download", name=self.panel.id, form=form, **values)

    def chart(self) -> Any:
        """The picture as a specification."""
        t = self.speech.t
        if self.is_share:
            words = {"period": t("trends.period"), "share": t("trends.share")}
            points = [
                {
                    "period": share.period,
                    "share": share.value,
                    "low": share.interval[0] if share.interval else None,
                    "high": share.interval[1] if share.interval else None,
                    "is_break": share.is_series_break,
                }
                for share in self.shares
            ]
            return line_of_shares(points, words)
        series = self.names[-1]
        groups = self.names[:-1]
        group = " · ".join(groups) if groups else series
        number = t("trends.cases")
        points = [
            {
                group: " · ".join(values[:-1]) if groups else values[-1],
                series: values[-1],
                number: count,
                "place": place,
            }
            for place, (values, count) in enumerate(self.rows)
            if count is not None
        ]
        return bars(points, group, series, number)

    @property
    def svg(self) -> str:
        """The picture, with its name."""
        return as_svg(self.chart(), f"{self.title}. {self.speech.t('trends.see_table')}", self.language)
