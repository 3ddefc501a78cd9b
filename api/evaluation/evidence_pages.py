"""What is known of an instrument, as a page that stands open beside it: for whom it was tested, and for whom not."""

from typing import Any

from flask import abort, render_template

from api.context.context import current_context
from api.definitions.background import background_of
from api.definitions.evidence import evidence_of
from api.evaluation.pages import blueprint
from instruments.faults import UnknownDefinitionError

PATHS = (("sv", "/instrument/<name>"), ("en", "/en/instruments/<name>"))


def instrument_evidence(name: str) -> str:
    """Show what the evidence cards of an instrument tell. Frequencies stand nowhere on it, since nobody was rated."""
    context = current_context()
    try:
        instrument = context.library.instruments.find(name, on=context.today())
    except UnknownDefinitionError:
        abort(404)
    cards: list[dict[str, Any]] = evidence_of(context, instrument, is_rated=False)
    background = background_of(instrument.content.id)
    return render_template("instrument.html", instrument=instrument.content, evidence=cards, background=background)


for _language, _path in PATHS:
    blueprint.add_url_rule(_path, "instrument_evidence", instrument_evidence, defaults={"language": _language})
