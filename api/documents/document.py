"""A document: what it says as data, who made it and when, and the digest of what it says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from instruments.canonical import canonical_json

Kind = Literal["assessment", "recommendation", "feedback", "consent", "plan", "network_plan", "experience", "process"]
#: Those that are made for professionals, by the kind of entry that they are of.
ENTRY_KINDS: Mapping[str, tuple[str, ...]] = {
    "assessment": ("assessment", "second_rating"),
    "recommendation": ("screening",),
}
#: Those whose words are there in further languages.
IN_FURTHER_LANGUAGES: tuple[Kind, ...] = ("feedback", "consent", "experience")


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Parameters
    ----------
    data : Mapping
        Everything that it says, in a form that JSON can hold. The template shows this and nothing else.
    made_by : str
        The name of whoever made it.
    made_at : datetime
        With its time zone.
    is_hidden_from_guardians : bool
        Whether it holds what no guardian may see, which then stands at its top.
    """

    kind: Kind
    language: str
    data: Mapping[str, Any]
    made_by: str
    made_at: datetime
    is_hidden_from_guardians: bool = False

    @cached_property
    def sha256(self) -> str:
        """The digest of what it says: two copies that say the same have the same, whoever made them and when."""
        covered: dict[str, Any] = {"kind": self.kind, "language": self.language, "says": dict(self.data)}
        return hashlib.sha256(canonical_json(covered)).hexdigest()
