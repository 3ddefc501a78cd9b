"""The service's own clock for checkpoints: a thread of each worker, of which one at a time writes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from api.store.database import Database
from api.transparency.settings import CheckpointSettings
from api.transparency.writing import CheckpointRefusedError, write_checkpoint

#: Seconds after which it is tried again when one could not be written, and the longest that a worker sleeps.
_AGAIN, _LONGEST = 30.0, 60.0
_log = logging.getLogger(__name__)


class CheckpointTimer:
    """Writes a checkpoint whenever one is due, until it is stopped. What fails is logged and tried again."""

    def __init__(self, database: Database, settings: CheckpointSettings, now: Callable[[], datetime]) -> None:
        self._database, self._settings, self._now = database, settings, now
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin, in the process that answers: a thread does not outlive a fork."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being written."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            wait = self.write_if_due()

    def write_if_due(self) -> float:
        """Write one if it is due.

        Returns
        -------
        float
            After how many seconds to look again.
        """
        try:
            write_checkpoint(self._database, self._settings, self._now(), only_if_due=True)
        except CheckpointRefusedError as error:
            _log.error("No checkpoint is signed: %s", error.fault.code)
        except Exception as error:  # whatever it was: the thread goes on, and the log says so
            _log.warning("A checkpoint could not be written: %s", type(error).__name__)
        else:
            return min(self._settings.every / timedelta(seconds=2), _LONGEST)
        return _AGAIN
