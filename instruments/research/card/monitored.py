"""What a card says in words of what came in since an earlier one."""

from pydantic import TypeAdapter, ValidationError

from instruments.faults import Fault, InputError
from instruments.messages import Text
from instruments.registry import Identifier, Version
from instruments.research.figures.figure import Report
from instruments.research.wording import in_both


def with_monitoring(plain: Text, report: Report | None) -> Text:
    """Plain words of a card that also say what monitoring says: no number and no day, which could be of a few.

    Raises
    ------
    InputError
        If the report is of something else than monitoring: nothing else may stand on a card in its own words.
    """
    if report is None:
        return plain
    if not _is_of_monitoring(report):
        raise InputError([Fault("not-monitored", "", {"name": report.command})])
    key = "monitoring_unchanged" if report.about["changed_on"] is None else "monitoring_changed"
    return in_both(f"card.{key}", found=plain, card=report.about["card"])


def _is_of_monitoring(report: Report) -> bool:
    """Whether a report is of monitoring, and calls the card as cards are called."""
    reference = TypeAdapter(tuple[Identifier, Version])
    try:
        reference.validate_python(tuple(str(report.about.get("card")).split("@")))
    except ValidationError:
        return False
    return report.command == "monitor"
