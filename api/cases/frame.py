"""What the pages of work have in common: their blueprint, their words, and how a page is answered."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from api.access.actors import the_actor
from api.cases.reviews.applicable_result import ApplicableResult
from api.context.context import current_context
from api.settings.clock import ZONE
from api.store.actors import Actor
from api.web.further_languages import MarkingTranslator
from api.web.language import chosen_language
from api.web.translator import Translator
from instruments.messages import LANGUAGES
from instruments.model import Instrument
from screening.library import Library

blueprint = Blueprint("work", __name__)


class WorkTranslator(Translator):
    """The words of the pages of work: moments and people are said as they are in Sweden."""

    def day(self, value: date | str | None) -> str:
        """A day in Sweden, such as 2026-11-21; empty for none."""
        if isinstance(value, datetime):
            value = value.astimezone(ZONE)
        return "" if value is None else str(value)[:10]

    def moment(self, value: datetime) -> str:
        """A moment by the clock on the wall, to the minute."""
        return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")

    def days_left(self, day: date, today: date) -> str:
        """How many days are left until a day, or for how many it has been late."""
        number = (day - today).days
        if number == 0:
            return self.t("work.days.today")
        key = "left" if number > 0 else "late"
        return self.t(f"work.days.{key}_one" if abs(number) == 1 else f"work.days.{key}", number=abs(number))

    def stands_through(self, day: date, today: date) -> str:
        """Until when a recommendation stands, or stood, if nothing is added."""
        return self.t("work.result.stands" if day >= today else "work.result.stood", day=day)

    def clock(self, value: datetime) -> str:
        """The time of day."""
        return value.astimezone(ZONE).strftime("%H:%M")

    def result(self, result: ApplicableResult) -> str:
        """What applies, as a recommendation, with the computed outcome beside it where that is another."""
        applies = self.t(f"work.outcome.{result.applies}" if result.applies else "work.result.not_stated")
        if not result.is_replaced:
            return applies
        computed = self.t(f"work.outcome.{result.computed}").lower()
        return self.t("work.result.beside", applies=applies, computed=computed)

    def person(self, reference: str) -> str:
        """Who a reference stands for; guardians are numbered, never named."""
        number = reference[1:]
        if reference[:1] == "g" and number.isascii() and number.isdigit():
            return self.t("work.guardian", number=number)
        return super().person(reference)


class MarkingWorkTranslator(MarkingTranslator, WorkTranslator):
    """The same in a further language, whose gaps are marked."""


def translator() -> WorkTranslator:
    """The words of the page that is asked for."""
    kind = WorkTranslator if g.language in LANGUAGES else MarkingWorkTranslator
    return kind(current_context().catalogue, g.language)


@blueprint.before_request
def _choose_language() -> None:
    g.language = chosen_language()


def page(template: str, *, status: int = 200, has_form: bool = False, **values: Any) -> Response:
    """A page of work.

    Parameters
    ----------
    has_form : bool
        Whether the page has a form that is written in: changing the language then sends what is written along.
    """
    words = values.pop("words", None) or translator()
    text = render_template(f"work/{template}", w=words, has_form=has_form, **values)
    return make_response(text, status)


def redirect_to(endpoint: str, **values: Any) -> Response:
    """Lead on to another page, after something was done."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]  # Flask's own kind


def now() -> datetime:
    """The moment, by the clock of the service."""
    return current_context().now()


def today() -> date:
    """The day, by the clock of the service."""
    return now().astimezone(ZONE).date()


def actor() -> Actor:
    """Whoever makes the request, as the records know them."""
    return the_actor()


def library() -> Library:
    """The definitions."""
    return current_context().library


def instruments_by_age() -> list[Instrument]:
    """The instruments to choose from, those for the youngest first."""
    latest = {each.content.id: each.content for each in library().instruments}
    return sorted(latest.values(), key=lambda one: one.design_age.min)


def posted() -> dict[str, str]:
    """What was written in the form; of a repeated field the last."""
    return {name: values[-1] for name, values in request.form.lists()}
