"""The sources' own questions, ready to be asked."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned

_FOLDER = Path(__file__).parent / "questions"


class ReadyQuestion(BaseModel):
    """A question as an address can ask it, and where it comes from.

    Parameters
    ----------
    after : tuple of str
        One guidance, or several to be held against the same one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: Text
    asks: Text
    look_at: Text
    quote: str
    source: Line
    before: str
    after: tuple[str, ...]
    limit: str | None = None
    value: str | None = None

    def query(self) -> dict[str, str]:
        """What stands in the address."""
        asked = {"before": self.before, "after": ",".join(self.after), "limit": self.limit, "value": self.value}
        return {name: value for name, value in asked.items() if value is not None}


class ReadyQuestions(Versioned):
    """Every ready question."""

    questions: tuple[ReadyQuestion, ...]


@cache
def ready_questions() -> tuple[ReadyQuestion, ...]:
    """Those of the latest version."""
    return next(iter(Registry(ReadyQuestions, [_FOLDER]))).content.questions
