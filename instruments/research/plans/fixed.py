"""What every plan says that is fixed before the data are looked at: what it is of, who answers for it, since when."""

import hashlib
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from instruments.canonical import canonical_json

Line = Annotated[str, Field(min_length=1, max_length=400)]


class FixedPlan(BaseModel):
    """A plan that does not change once it is read, and has a digest.

    Parameters
    ----------
    title : str
    responsible : str
        Who answers for it.
    fixed_on : date
        The day on which it was fixed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    responsible: Line
    fixed_on: date

    @property
    def sha256(self) -> str:
        """SHA-256, in hexadecimal, of what the plan says: the same for the same content, however its file is written.

        It is of the canonical JSON (RFC 8785), without what the plan leaves open.
        """
        content = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return hashlib.sha256(canonical_json(content)).hexdigest()
