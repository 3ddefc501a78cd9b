"""The documents of governance, read from ``<document>/<version>.yaml``, with the law that they rest on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.loading import name_of
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Definition, Registry, Versioned

FOLDER = Path(__file__).parent
#: The folder of a municipality's own documents, within that of its local definitions.
MOUNTED = "governance"
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


class Governance:
    """The documents that ship with Underlag and those that a municipality keeps beside them.

    A municipality's own can be a document that ships, filled in or worded for its use: while it is in force it holds,
    also where a later version ships. It can also be another document, which is listed after those that ship.

    Parameters
    ----------
    local : Path or None
        The folder of local definitions; its ``governance`` may hold documents.

    Raises
    ------
    InputError
        With every fault of every file, a reference to law that no version of `LAW` has among them.
    AlteredDefinitionError
        If a published document was changed.
    """

    def __init__(self, local: Path | None = None) -> None:
        own = [local / MOUNTED] if local is not None and (local / MOUNTED).is_dir() else []
        self._documents = Registry(GovernanceDocument, [FOLDER], own=own)
        faults = list(self._unknown_references())
        if faults:
            raise InputError(faults)

    def documents(self, on: date) -> list[Definition[GovernanceDocument]]:
        """The documents in force on a day: those of `ORDER`, then a municipality's own by name."""
        in_force = {each.content.id: each for each in self._in_force(on)}
        return [in_force.pop(name) for name in ORDER if name in in_force] + list(in_force.values())

    def find(self, name: str, on: date) -> Shown:
        """A document by ``id``, as in force on a day, or ``id@version``.

        Raises
        ------
        UnknownDefinitionError
        """
        document = self._documents.find(name, on=on)
        law = {each.id: each for each in self._documents.find(LAW, on=on).content.references}
        versions = tuple(each.content.version for each in self._documents if each.content.id == document.content.id)
        return Shown(document, law, versions)

    def _in_force(self, on: date) -> Iterator[Definition[GovernanceDocument]]:
        for name in self._documents.ids():
            try:
                yield self._documents.find(name, on=on)
            except UnknownDefinitionError:
                continue  # a draft, or one that begins later

    def _unknown_references(self) -> Iterator[Fault]:
        known = sorted({law.id for each in self._documents for law in each.content.references})
        for each in self._documents:
            for place, section in enumerate(each.content.sections):
                for name in section.sources:
                    if name not in known:
                        where = f"{name_of(each.path)}: /sections/{place}/sources"
                        yield Fault("unknown-source", where, {"name": name, "known": known})
