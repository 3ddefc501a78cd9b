"""The documents of governance, read from ``<document>/<version>.yaml``, with the law that they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Definition, Registry, Versioned

FOLDER = Path(__file__).parent
#: The document that holds the law, which every other one cites.
LAW = "law_references"
#: In the order in which they are listed.
ORDER = (
    "instructions_for_use",
    "human_oversight",
    "what_is_logged",
    "risk_file",
    "dpia_template",
    "fria_template",
    LAW,
)

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reference(_Part):
    """A place in the law, what it says in short, what follows for the product, and how and when it was read.

    Parameters
    ----------
    read : str
        ``statute`` where the text of the statute was read, ``account`` where only an account of it was.
    """

    id: Name
    act: Text
    provision: Line
    says: Text
    follows: Text
    read: Literal["statute", "account"]
    read_on: date
    caution: Text | None = None


class Row(_Part):
    """A line of a table of two columns."""

    label: Text
    text: Text


class Section(_Part):
    """A part of a document.

    Parameters
    ----------
    asks : tuple of Text
        What the municipality answers itself, in a template.
    sources : tuple of str
        The ids of `Reference`, from the document of the law that was in force on the same day.
    """

    id: Name
    title: Text
    body: tuple[Text, ...] = ()
    points: tuple[Text, ...] = ()
    rows: tuple[Row, ...] = ()
    asks: tuple[Text, ...] = ()
    sources: tuple[Name, ...] = ()


class GovernanceDocument(Versioned):
    """One version of a document."""

    title: Text
    about: Text
    decided_by: Line
    decided_on: date
    sections: tuple[Section, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A document with the references that it cites, by id, and the other versions of it."""

    document: Definition[GovernanceDocument]
    law: Mapping[str, Reference]
    versions: tuple[str, ...]


@cache
def _registry() -> Registry[GovernanceDocument]:
    return Registry(GovernanceDocument, [FOLDER])


def list_documents(on: date) -> list[Definition[GovernanceDocument]]:
    """The documents in force on a day, in the order of `ORDER`.

    Raises
    ------
    UnknownDefinitionError
    """
    return [_registry().find(name, on=on) for name in ORDER]


def find_document(name: str, on: date) -> Shown:
    """A document by ``id``, as in force on a day, or ``id@version``.

    Raises
    ------
    UnknownDefinitionError
    """
    registry = _registry()
    found = registry.find(name, on=on)
    law = {each.id: each for each in registry.find(LAW, on=on).content.references}
    versions = tuple(each.content.version for each in registry if each.content.id == found.content.id)
    return Shown(found, law, versions)
