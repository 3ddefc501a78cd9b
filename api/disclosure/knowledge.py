"""What documents say that is the same for everyone, read from YAML: cited, dated and with an owner."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from instruments.faults import Fault, InputError
from instruments.loading import CrossFault, load, name_of, read_yaml
from instruments.messages import Text
from instruments.translations import definition_catalogues, texts_in, translated, with_texts
from screening.gate import Exchange, Recipient

FEEDBACK = Path(__file__).parent / "feedback" / "1.1.yaml"
CONSENT_FORM = Path(__file__).parent / "consent_form" / "1.0.yaml"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z_0-9]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Work(_Part):
    """A law, report or other text that something rests on."""

    id: Name
    title: str
    publisher: str
    published: str
    note: Text | None = None


class _Knowledge(_Part):
    id: Name
    version: str
    valid_from: date
    decided_by: str
    sources: tuple[Work, ...]

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    def cited(self, name: str) -> Work:
        """One of its sources."""
        return next(work for work in self.sources if work.id == name)

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield every citation of something that is not among the sources; see `instruments.loading.load`."""
        known = {each.get("id") for each in data.get("sources", ())} if isinstance(data, Mapping) else set()
        yield from _uncited(data, (), known)


def _uncited(part: Any, place: tuple[str | int, ...], known: set[Any]) -> Iterator[CrossFault]:
    if isinstance(part, Mapping):
        if "source" in part and part["source"] not in known:
            yield (*place, "source"), "unknown-source", {"name": part["source"], "known": ", ".join(map(str, known))}
        for name, each in part.items():
            yield from _uncited(each, (*place, name), known)
    elif isinstance(part, list):
        for number, each in enumerate(part):
            yield from _uncited(each, (*place, number), known)


Texts = TypeVar("Texts", bound=_Knowledge)


class FeedbackPart(_Part):
    """One paragraph of the feedback sheet, worded for the young person and for a guardian."""

    id: Name
    title: Text
    youth: Text
    guardian: Text
    source: Name


class NotForGuardians(_Part):
    """Items and facts that no guardian is told of in writing, and why."""

    items: tuple[Name, ...]
    facts: tuple[Name, ...] = ()
    reason: Text
    source: Name


class FeedbackTexts(_Knowledge):
    """One version of what a feedback sheet says."""

    not_for_guardians: NotForGuardians
    parts: tuple[FeedbackPart, ...]


class RecipientTexts(Exchange):
    """What the form says of a recipient whose own definition does not say it."""

    id: Name


class ConsentPart(_Part):
    """One paragraph of the consent form."""

    id: Name
    title: Text
    text: Text
    source: Name


class ConsentTexts(_Knowledge):
    """One version of what a consent form says. ``longest_months`` is how long a consent is asked for at most."""

    longest_months: Annotated[int, Field(ge=1, le=24)]
    never_told: Text
    parts: tuple[ConsentPart, ...]
    recipients: tuple[RecipientTexts, ...]

    def towards(self, recipient: Recipient) -> Exchange:
        """What is said about one recipient: by its own definition, else here."""
        return recipient.exchange or next(each for each in self.recipients if each.id == recipient.id)


def read_knowledge(path: Path, kind: type[Texts]) -> Texts:
    """A version with the words of the catalogues beside it, in ``languages``; see `instruments.translations`.

    Raises
    ------
    InputError
        If it, or a catalogue of it, cannot be read, or a catalogue is of a version that there is none of.
    """
    texts = load(path, kind)[0]
    versions = [f"{texts.id}@{each.stem}" for each in sorted(path.parent.glob("*.yaml"))]
    for each in definition_catalogues(path.parent):
        if each.reference not in versions:
            parameters = {"name": each.reference, "known": versions}
            raise InputError([Fault("translates-no-version", name_of(each.path), parameters)])
        if each.reference == texts.reference:
            texts = with_texts(texts, translated(dict(texts_in(texts)), read_yaml(each.path), each.language))
    return texts


@cache
def feedback_texts() -> FeedbackTexts:
    """The version in force of what a feedback sheet says, in every language that it is there in."""
    return read_knowledge(FEEDBACK, FeedbackTexts)


@cache
def consent_texts() -> ConsentTexts:
    """The version in force of what a consent form says, in every language that it is there in."""
    return read_knowledge(CONSENT_FORM, ConsentTexts)
