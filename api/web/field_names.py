"""The names of the form's fields, and where each stands in a request to the API.

A field's id on the page is its name with hyphens for dots.
"""

from collections.abc import Iterator

from screening.gate import YOUTH

NOT_ASKED = "not_asked"
NOT_FOUND = "not_found"
NO_INSTRUMENT = "none"
GUARDIANS = ("g1", "g2")
PERSONS = (YOUTH, *GUARDIANS)
#: Every name begins with one of these; anything else that is posted is left alone.
CARRIED = ("guidance", "instrument", "reference_date", "guardians", "fact.", "item.", "consent.")

#: The parts of a fact in a request, and the field that each is filled in by.
_FACT_PARTS = {
    "source": "source",
    "observed_on": "observed_on",
    "reason": "reason",
    "window_months": "months",
    "convicted": "convicted",
    "admitted": "admitted",
}


def fact(name: str, part: str = "") -> str:
    """The field of a fact, or of a part of it."""
    return f"fact.{name}.{part}" if part else f"fact.{name}"


def item(name: str, part: str = "") -> str:
    """The field of an item's level, or of its note."""
    return f"item.{name}.{part}" if part else f"item.{name}"


def consent(person: str, recipient: str) -> str:
    """The field of one person's answer about one recipient."""
    return f"consent.{person}.{recipient}"


def identifier(name: str) -> str:
    """The id on the page of a field."""
    return name.replace(".", "-")


def field_at(where: str, consents: list[str], numbers: frozenset[str]) -> str:
    """The field that a fault of a request belongs to.

    Parameters
    ----------
    where : str
        JSON pointer into the request.
    consents : list of str
        The fields that the entries of ``/consents`` came from.
    numbers : frozenset of str
        The facts whose value is typed in as a number.
    """
    steps = where.split("/")[1:]
    match steps:
        case ["facts", name, part] if part in _FACT_PARTS:
            return fact(name, _FACT_PARTS[part])
        case ["facts", name, *_]:
            return fact(name, "number") if name in numbers else fact(name)
        case ["ratings", "items", name, "note" | "reason" | "source"]:
            return item(name, "note")
        case ["ratings", "items", name, *_]:
            return item(name)
        case ["ratings", *_]:
            return "instrument"
        case ["consents", number, *_] if number.isdigit() and int(number) < len(consents):
            return consents[int(number)]
        case [name, *_]:
            return name
        case _:
            return "guidance"


def all_consents(recipients: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every person with every recipient, in the order of the form."""
    return ((person, recipient) for person in PERSONS for recipient in recipients)
