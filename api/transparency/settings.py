"""What checkpoints need: a key that is kept apart from the database, and a folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from api.settings.service import PREFIX, SettingsError
from api.transparency.notes import NoteError, SigningKey

KEY = f"{PREFIX}CHECKPOINT_KEY"
FOLDER = f"{PREFIX}CHECKPOINTS"
MINUTES = f"{PREFIX}CHECKPOINT_MINUTES"
WITNESS_KEY = f"{PREFIX}WITNESS_KEY"
_USUAL, _MOST = 60, 7 * 24 * 60


@dataclass(frozen=True)
class CheckpointSettings:
    """How checkpoints are made.

    Parameters
    ----------
    key : SigningKey
        ``UNDERLAG_CHECKPOINT_KEY``, as ``underlag audit make-key`` writes it.
    folder : Path
        ``UNDERLAG_CHECKPOINTS``: where they are written; best a place that whoever owns the database cannot change.
    every : timedelta
        ``UNDERLAG_CHECKPOINT_MINUTES``: how long from one to the next; an hour if nothing is said.
    """

    key: SigningKey = field(repr=False)
    folder: Path
    every: timedelta = timedelta(minutes=_USUAL)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "CheckpointSettings | None":
        """Read the settings; None where there is no key, and then there are no checkpoints.

        Raises
        ------
        SettingsError
            If one cannot be used. The text never repeats the key.
        """
        key = read_key(environment, KEY)
        if key is None:
            return None
        folder = environment.get(FOLDER, "").strip()
        if not folder:
            raise SettingsError("no-checkpoint-folder", FOLDER)
        minutes = environment.get(MINUTES, "").strip() or str(_USUAL)
        if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes[:9]) <= _MOST):
            raise SettingsError("checkpoint-minutes", MINUTES, most=_MOST)
        return cls(key, Path(folder), timedelta(minutes=int(minutes)))


def read_key(environment: Mapping[str, str], name: str) -> SigningKey | None:
    """A private key of the environment; None where it is not set.

    Raises
    ------
    SettingsError
    """
    written = environment.get(name, "").strip()
    if not written:
        return None
    try:
        return SigningKey.parse(written)
    except NoteError:
        raise SettingsError("no-checkpoint-key", name) from None
