"""What is asked when something is recorded in a case: for each kind of entry its questions, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.cases.forms import Form, Values
from api.evaluation.fields import Choice
from instruments.faults import Fault

ANSWERS = ("yes", "no", "unknown")
YES_NO = ("yes", "no")


@dataclass(frozen=True)
class Asked:
    """A question of a kind of entry.

    Parameters
    ----------
    name : str
        With a dot for a part of a part, such as ``hand_over.unit``.
    kind : str
        ``choice`` of ``options``, ``select`` from a list that differs from case to case, ``yes_no``, ``day``,
        ``line``, ``long``, ``number``, or ``list`` of words with commas between.
    has_help : bool
        Whether a sentence explains it, under ``work.help.<name>``.
    """

    name: str
    kind: Literal["choice", "select", "yes_no", "day", "line", "long", "number", "list"]
    options: tuple[str, ...] = ()
    has_help: bool = False


_NOTE = Asked("note", "long")
INTAKE = (
    Asked("reporter", "choice", ("police", "school", "own", "guardian", "sis_or_prison_release", "court", "other")),
    Asked("received_on", "day"),
    Asked("preliminary_assessment", "choice", ("open", "not_needed"), has_help=True),
    _NOTE,
)
#: By kind of entry.
QUESTIONS: Mapping[str, tuple[Asked, ...]] = {
    "intake": INTAKE,
    "preliminary_assessment_closed": (
        Asked("closed_on", "day"),
        Asked("result", "choice", ("investigation_opened", "no_investigation", "already_ongoing")),
        Asked("possible_sig_question", "yes_no", has_help=True),
        Asked("reasons", "long"),
        Asked("hand_over.unit", "select", has_help=True),
        Asked("hand_over.ground", "long", has_help=True),
    ),
    "hand_over": (Asked("unit", "select"), Asked("ground", "long", has_help=True)),
    "disclosure": (
        Asked("recipient", "select", has_help=True),
        Asked("disclosed_on", "day"),
        Asked("what", "long", has_help=True),
        Asked("ground", "long", has_help=True),
    ),
    "hold": (Asked("reason", "long", has_help=True), Asked("until", "day", has_help=True)),
    "hold_lifted": (Asked("reason", "long"),),
    "feedback_to_reporter": (
        Asked("due", "yes_no", has_help=True),
        Asked("suitable", "yes_no"),
        Asked("reasons", "long"),
        Asked("given_on", "day"),
        Asked("told", "choice", ("opened", "not_opened", "already_ongoing"), has_help=True),
    ),
    "correction": (Asked("text", "long", has_help=True), Asked("ground", "long")),
    "counter_statement": (Asked("stated_by", "choice"), Asked("text", "long", has_help=True)),
    "participation_started": (
        Asked("started_on", "day"),
        Asked("part_of_decision", "choice", ANSWERS),
        Asked("court_ordered", "choice", ANSWERS, has_help=True),
        Asked("offences_known_before", "number", has_help=True),
        _NOTE,
    ),
    "officials_meeting": (Asked("held_on", "day"), Asked("present", "list", has_help=True), _NOTE),
    "network_meeting": (
        Asked("held_on", "day"),
        Asked("present", "list", has_help=True),
        Asked("plan_followed_up", "yes_no"),
        Asked("why_not", "long", has_help=True),
        _NOTE,
    ),
    "plan_follow_up": (Asked("followed_up_on", "day"), Asked("text", "long", has_help=True)),
    "family_support": (Asked("offered_on", "day"), Asked("accepted", "yes_no"), Asked("text", "long", has_help=True)),
    "participation_ended": (
        Asked("ended_on", "day"),
        Asked(
            "reason",
            "choice",
            (
                "completed",
                "no_longer_in_need",
                "lacking_motivation",
                "consent_withdrawn",
                "taken_into_care_or_imprisoned",
                "sentenced_to_closed_institution",
                "moved",
                "absconded_or_unknown",
                "other",
            ),
        ),
        _NOTE,
    ),
    "outcome_after_ending": (
        Asked("observed_on", "day"),
        Asked("months_after_ending", "number"),
        Asked("new_reports", "choice", ("none", "1-3", "4-7", "8+", "no_information"), has_help=True),
        Asked("source", "line"),
    ),
}
#: Questions whose words differ from kind to kind.
OWN_WORDS = {
    ("unit", "hand_over"),
    ("ground", "hand_over"),
    ("recipient", "disclosure"),
    ("ground", "disclosure"),
    ("reason", "hold"),
    ("reason", "hold_lifted"),
    ("text", "correction"),
    ("text", "counter_statement"),
    ("text", "plan_follow_up"),
    ("text", "family_support"),
}


def ask(form: Form, questions: Sequence[Asked], kind: str, options: Mapping[str, Sequence[Choice]]) -> None:
    """Add the questions of a kind of entry to a form.

    Parameters
    ----------
    options : Mapping of str to sequence of Choice
        By name, the answers of choices that differ from case to case.
    """
    t = form.words.t
    for asked in questions:
        name = f"{asked.name}.{kind}" if (asked.name, kind) in OWN_WORDS else asked.name
        more: dict[str, Any] = {"help": t(f"work.help.{name}")} if asked.has_help else {}
        field_kind = {"yes_no": "choice", "list": "line"}.get(asked.kind, asked.kind)
        if asked.name in options:
            more["choices"] = options[asked.name]
        elif asked.kind == "choice":
            more["choices"] = form.options(f"work.option.{asked.name}", asked.options)
        elif asked.kind == "yes_no":
            more["choices"] = form.options("work.option.yes_no", YES_NO)
        form.add(field_kind, asked.name, t(f"work.field.{name}"), **more)


def read(values: Values, questions: Sequence[Asked]) -> tuple[dict[str, Any], list[Fault]]:
    """The content of an entry as it was written in a form, and what could not be read."""
    found: dict[str, Any] = {}
    faults = []
    for asked in questions:
        written = values.get(asked.name, "").strip()
        if not written:
            if asked.kind == "list":
                found[asked.name] = []
        elif asked.kind == "yes_no":
            found[asked.name] = {"yes": True, "no": False}.get(written, written)
        elif asked.kind == "number":
            if written.isascii() and written.isdigit() and len(written) < 7:
                found[asked.name] = int(written)
            else:
                faults.append(Fault("wrong-type", f"/{asked.name}", {"name": asked.name, "expected": "whole_number"}))
        elif asked.kind == "list":
            found[asked.name] = [part.strip() for part in written.split(",") if part.strip()]
        else:
            found[asked.name] = written
    return _nested(found), faults


def _nested(found: dict[str, Any]) -> dict[str, Any]:
    """Parts with a dot in their name, as parts of a part."""
    nested = {name: value for name, value in found.items() if "." not in name}
    for name, value in found.items():
        outer, _, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
    return nested
