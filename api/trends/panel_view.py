"""A panel of the dashboard in one language: its words, its table and its chart."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from api.trends.charts import Row, bars, dots
from api.trends.charts_over_time import Point, Say, columns, lines
from api.trends.drawing import Sheet
from api.trends.funnel import draw_funnel
from api.trends.panel_numbers import Bar
from api.trends.panel_table import PanelTable
from api.trends.panels import Share
from screening.trends.control import Judged


class PanelView(PanelTable):
    """A panel with its chart."""

    @cached_property
    def svg(self) -> str:
        """The chart, with its name."""
        sheet = Sheet()
        match self.panel.form:
            case "counts":
                columns(sheet, self._points_of_counts(), self._marks, Say(self._count, self._count))
            case "variation":
                lines(sheet, self._with_limits(self._points_of_counts()), self._marks, Say(self._count, self._count))
            case "share":
                ((_, shares),) = self.numbers.series
                lines(sheet, self._with_limits(self._points_of(shares)), self._marks, self._say)
            case "funnel":
                self._draw_funnel(sheet)
            case "multiples":
                self._draw_multiples(sheet)
            case "dots":
                dots(sheet, [self._dot(self._group(value), share) for value, share in self.numbers.groups])
            case "within":
                bars(
                    sheet,
                    [
                        self._row(self._translator.t(f"trends.within.{band}"), share, before)
                        for band, share, before in self.numbers.within
                    ],
                    self._translator.t("trends.none"),
                )
            case "bars":
                for heading, rows in self._headed():
                    self._draw_bars(sheet, heading, rows)
        return self._named(sheet, self.title)

    @cached_property
    def pictures(self) -> list[str]:
        """The chart as the page shows it: small multiples stand beside one another where there is room."""
        headed = self._headed() if self.panel.form == "bars" else []
        if len(headed) < 2:
            return [self.svg]
        drawn = []
        for heading, rows in headed:
            sheet = Sheet()
            self._draw_bars(sheet, heading, rows)
            drawn.append(self._named(sheet, f"{self.title}: {heading}"))
        return drawn

    def _named(self, sheet: Sheet, name: str) -> str:
        return sheet.as_svg(f"{name}. {self._translator.t('trends.see_table')}")

    @property
    def _say(self) -> Say:
        return Say(self._count, self._percent, is_share=True)

    @property
    def _marks(self) -> dict[str, str]:
        return {"break": self._translator.t("trends.new_version"), "open": self._translator.t("trends.goes_on")}

    def _points_of(self, shares: Sequence[Share]) -> list[Point]:
        return self._points([(share.part, share.value) for share in shares], [share.is_empty for share in shares])

    def _points_of_counts(self) -> list[Point]:
        return self._points([(count, None if count is None else float(count)) for _, count in self.numbers.counts])

    def _with_limits(self, points: Sequence[Point]) -> list[Point]:
        """The points beside their limits; the period that goes on has none."""
        judged = [*self.judged, *([Judged(None)] if len(points) > len(self.judged) else [])]
        return [
            replace(
                point,
                centre=each.centre,
                lowest=each.low,
                highest=each.high,
                is_signal=each.is_signal,
            )
            for point, each in zip(points, judged, strict=True)
        ]

    def _draw_funnel(self, sheet: Sheet) -> None:
        if len(self.funnel.known) < self._rules.number("least_units"):
            dots(sheet, [self._dot(self._group(value), share) for value, share in self.numbers.groups])
            return
        t = self._translator.t
        words = {
            "size": t("trends.funnel.size"),
            "all": t("trends.funnel.all", share=self._percent(self.funnel.target)),
            "inner": self.limit_names[0],
            "outer": self.limit_names[1],
            "hidden": t("trends.funnel.hidden"),
        }
        draw_funnel(sheet, self.funnel, words, self._count, self._percent)

    def _points(
        self, numbers: Sequence[tuple[int | None, float | None]], empty: Sequence[bool] | None = None
    ) -> list[Point]:
        """Every period in order of time, and the one that goes on; the first of a year is named by it."""
        points, year = [], ""
        for place, (period, (count, value)) in enumerate(zip(self.numbers.periods, numbers, strict=True)):
            name = period["period"]
            tick, year = ("" if name[:4] == year else name[:4]), name[:4]
            state = "shown" if value is not None else "empty" if empty and empty[place] else "hidden"
            points.append(Point(name, count, value, tick, state, is_break=period["is_series_break"]))
        if self.numbers.open_period:
            tick = "" if self.numbers.open_period[:4] == year else self.numbers.open_period[:4]
            points.append(Point(self.numbers.open_period, None, None, tick, "open"))
        return points

    def _draw_multiples(self, sheet: Sheet) -> None:
        """The same field for every value, one below the other, each named above: nothing needs a legend."""
        highest = max((share.value or 0 for _, shares in self.numbers.series for share in shares), default=1)
        top = next(each for each in (0.25, 0.5, 0.75, 1.0) if highest <= each)
        for place, (value, shares) in enumerate(self.numbers.series):
            sheet.text(0, sheet.height + 16, self._words.value(self.panel.rows_by, value))
            sheet.height += 12
            points = self._points_of(shares)
            if place < len(self.numbers.series) - 1:  # the years stand below the last
                points = [replace(point, tick="") for point in points]
            lines(sheet, points, {}, self._say, height=48, top=top)

    def _headed(self) -> list[tuple[str, list[Bar]]]:
        """The values below one another, under those of the other dimensions where there are several."""
        place = self.panel.across.index(self.panel.rows_by)
        headings: dict[tuple[str, ...], list[Bar]] = {}
        for bar in self.numbers.bars:
            headings.setdefault(bar.values[:place] + bar.values[place + 1 :], []).append(bar)
        others = [name for name in self.panel.across if name != self.panel.rows_by]
        has_order = bool(self._lattice.dimension(self.panel.rows_by).values)
        return [
            (
                " · ".join(self._words.value(name, value) for name, value in zip(others, values, strict=True)),
                rows if has_order else sorted(rows, key=lambda bar: -(bar.share.part or 0)),
            )
            for values, rows in headings.items()
        ]

    def _draw_bars(self, sheet: Sheet, heading: str, rows: Sequence[Bar]) -> None:
        place = self.panel.across.index(self.panel.rows_by)
        if heading:
            sheet.heading(heading)
        named = [
            self._row(self._words.value(self.panel.rows_by, bar.values[place]), bar.share, bar.before) for bar in rows
        ]
        bars(sheet, named, self._translator.t("trends.none"))

    def _row(self, label: str, share: Share, before: Share | None) -> Row:
        in_words = self._shown(share.part)
        if share.value is not None:
            in_words = f"{self._percent(share.value)} · {in_words}"
        elif share.part:
            in_words = f"{in_words} · {self._translator.t('trends.hidden')}"
        return Row(label, share.part, share.value, in_words, before.value if before else None)

    def _dot(self, label: str, share: Share) -> Row:
        low, high = share.interval(self._interval_level) or (None, None)
        in_words = self._shown_share(share)
        if share.value is not None and share.whole is not None:
            in_words = self._translator.t("trends.share_of", share=in_words, whole=self._count(share.whole))
        return Row(label, share.part, share.value, in_words, low=low, high=high)
