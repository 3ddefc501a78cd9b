"""What a policy rests on."""

from pydantic import BaseModel, ConfigDict

from instruments.model import Line


class PolicySource(BaseModel):
    """Where a policy comes from, and what it says in short."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    says: str
