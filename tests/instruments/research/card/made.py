"""A small card for the tests, and what it was made of."""

from typing import Any

from instruments.cards import Card
from instruments.research.card.evidence import _GUARDED, Evidence
from instruments.research.card.making import make_card
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.dataset import Dataset
from instruments.research.estimation.resampling import Resampling
from instruments.research.figures.figure import Report
from instruments.research.plans.plan import Plan
from instruments.research.validity.report import validity
from instruments.shipped import instrument_registry
from tests.instruments.research.data import ON
from tests.instruments.research.invented import invent

KEY = b"k" * 32
YOUTH = instrument_registry().find("youth_spj", on=ON)


def evidence_of(n: int = 200, *, plan: Plan | None = None, **invented: Any) -> Evidence:
    """The validity of invented people."""
    data = invent(n, **invented)
    report = validity(data, "again", resampling=Resampling(draws=0))
    return ungathered(data, report, plan=plan)


def ungathered(data: Dataset, *reports: Report, **more: Any) -> Evidence:
    """Evidence of just these reports, guarded or not: for what is made of evidence, and possible in a test alone."""
    return Evidence(data, YOUTH, "again", "risk_total", reports, {"underlag": "0"}, guard=_GUARDED, **more)


def card_of(evidence: Evidence, **stated: Any) -> Card:
    """A card of some evidence, with what a person says of it."""
    about = {"id": "exempelby", "version": "1.0", "responsible": "Anna Exempel, Exempelby"} | stated
    return make_card(evidence, CardStatement.model_validate(about), created_on=ON, key=KEY)
