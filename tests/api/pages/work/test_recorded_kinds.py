"""A kind of entry is declared once: its parts, their fields and what may be sent follow from its class."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field

from api.cases.content import Content, Reference, Text, Whole, YesNo
from api.cases.event_kinds import PreliminaryAssessmentClosed
from api.cases.kinds import RECORDABLE
from api.cases.recorded_kinds import (
    DoneOn,
    OneOf,
    Part,
    RecordedAt,
    RecordedContent,
    ShortText,
    days_done,
    kinds_in,
    parts_of_kind,
)


class HomeVisit(RecordedContent):
    """Somebody came home to the young person."""

    KIND: ClassVar[str] = "home_visit"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt("visits/<entry_id>/homes", "participation:write", "Record", about=())

    visited_on: DoneOn = Field(description="The day.")
    next_on: date | None = Field(default=None, description="The next day.")
    place: ShortText | None = Field(default=None, description="Where.")
    text: Text = Field(description="What was said.")
    who: Annotated[Reference, OneOf("persons", "choice")] = Field(description="Who was at home.")
    went: Literal["well", "badly"] = Field(description="How it went.")
    again: YesNo | None = Field(default=None, description="Whether to come again.")
    minutes: Whole | None = Field(default=None, description="For how long.")
    present: tuple[Reference, ...] = Field(description="Who was there.")


def test_what_a_part_is_asked_with_follows_from_its_type() -> None:
    assert parts_of_kind(HomeVisit) == (
        Part("visited_on", "day", True, is_done=True),
        Part("next_on", "day", False),
        Part("place", "line", False),
        Part("text", "long", True),
        Part("who", "choice", True, source="persons"),
        Part("went", "choice", True, ("well", "badly")),
        Part("again", "yes_no", False),
        Part("minutes", "number", False),
        Part("present", "list", True),
    )
    assert days_done(HomeVisit) == ("visited_on",)


def test_a_part_of_a_part_is_named_with_a_dot_and_never_required() -> None:
    nested = [part for part in parts_of_kind(PreliminaryAssessmentClosed) if "." in part.name]
    assert nested == [
        Part("hand_over.unit", "select", False, source="units"),
        Part("hand_over.ground", "long", False),
    ]


def test_the_argument_of_an_address_names_the_entry_that_a_kind_is_about() -> None:
    assert HomeVisit.RECORDED_AT.subject == "entry_id"
    assert HomeVisit.RECORDED_AT.api_rule == "visits/<string(length=32):entry_id>/homes"
    for kind in RECORDABLE.values():
        assert (kind.RECORDED_AT.subject is not None) == (kind.RECORDED_AT.about is not None), kind


def test_a_type_that_no_form_can_ask_for_is_refused() -> None:
    class Odd(Content):
        KIND: ClassVar[str] = "odd"
        anything: Any = Field(description="Anything.")

    with pytest.raises(TypeError, match="no form can ask for anything"):
        parts_of_kind(Odd)


def test_the_kinds_of_a_module_are_those_that_it_defines_itself() -> None:
    assert kinds_in(globals(), RecordedContent) == {"home_visit": HomeVisit}
