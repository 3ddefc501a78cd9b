"""The help pages: open to all, and about nobody. The worked example is computed by the engine when it is shown."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from flask import abort, render_template
from pydantic import BaseModel, ConfigDict, Field

from api.context.context import current_context
from api.evaluation.evaluation_input import read_submission, screen
from api.evaluation.pages import blueprint
from api.evaluation.schemas import EvaluationSchema
from api.web.shape import read_shape
from instruments.loading import load
from instruments.messages import Text

FILE = Path(__file__).parent / "help.yaml"
PATHS = (("sv", "/hjalp"), ("en", "/en/help"))
#: The worked example: one criterion that either of two facts can meet.
GUIDANCE, CRITERION = "socialstyrelsen_2012", "offences_or_ties"
_TIES = ("suspected", None, "none")
_OFFENCES = (5, None, 1)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(_Part):
    """Some paragraphs under a heading, and what they rest on."""

    title: Text
    text: tuple[Text, ...]
    sources: tuple[str, ...] = ()


class Topic(_Part):
    """One help page."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: Text
    lead: Text
    sections: tuple[Section, ...]


class Help(_Part):
    """One version of the help."""

    id: str
    version: str
    valid_from: date
    decided_by: str
    topics: tuple[Topic, ...]


@cache
def the_help() -> Help:
    """The version in force."""
    return load(FILE, Help)[0]


def help_index() -> str:
    """List the help pages."""
    return render_template("help/index.html", topics=the_help().topics)


def help_topic(topic: str) -> str:
    """One help page."""
    shown = next((each for each in the_help().topics if each.id == topic), None)
    if shown is None:
        abort(404)
    worked = worked_example() if shown.id == "three_values" else []
    return render_template("help/topic.html", topic=shown, topics=the_help().topics, worked=worked)


def worked_example() -> list[dict[str, Any]]:
    """Every combination of two facts, each yes, unknown and no, with what the engine makes of it."""
    context, rows = current_context(), []
    for offences in _OFFENCES:
        for ties in _TIES:
            facts: dict[str, Any] = {
                "age": 16,
                "offence_count": None if offences is None else {"value": offences, "window_months": 24},
                "gang_ties": None
                if ties is None
                else {"value": ties, "source": "invented", "observed_on": context.today().isoformat()},
            }
            body: dict[str, Any] = {
                "guidance": GUIDANCE,
                "facts": facts,
                "ratings": None,
                "guardians": None,
                "consents": [],
            }
            explanation = screen(context, read_submission(context, read_shape(EvaluationSchema(), body)))
            criterion = next(each for each in explanation["criteria"] if each["id"] == CRITERION)
            rows.append({"offences": offences, "ties": ties, "status": criterion["status"], "text": criterion["text"]})
    return rows


for _language, _path in PATHS:
    blueprint.add_url_rule(_path, "help_index", help_index, defaults={"language": _language})
    blueprint.add_url_rule(f"{_path}/<topic>", "help_topic", help_topic, defaults={"language": _language})
