"""Answers that stay as they are for as long as nothing is published: the latest ones are remembered."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Cache(Generic[Answer]):
    """The latest answers by what they answer, in every thread of a process.

    Parameters
    ----------
    most : int
        So many are kept; the one that was made first is forgotten first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: dict[Hashable, Answer] = {}
        self._lock = Lock()

    def recall(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer, or the very same as before. Not to be changed."""
        answer = self._answers.get(key)
        if answer is None:
            answer = make()  # outside the lock: two that ask at once may both make it, and nobody else waits
            with self._lock:
                self._answers[key] = answer
                while len(self._answers) > self._most:
                    del self._answers[next(iter(self._answers))]
        return answer
