"""Screening a table on several machines with Dask: the same function for each part, results in the order of the input.

Only the part whose results are being written is in memory here; the others wait on the workers. Every worker needs
Underlag, the same definitions, and the table under the same path.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.row_faults import RowFaults
from instruments.tables import Part, Table
from screening.batch.pipeline import Explainer, Screened, screen_part
from screening.batch.preparation import Preparation, Request, prepare_columns
from screening.library import Library
from screening.recommendation import OUTCOMES

#: The scheduler's name for a cluster of processes on this machine.
LOCAL = "local"
PART_BYTES = 64 << 20
#: Parts that are on their way for each worker.
_AHEAD = 2
_PATIENCE = "15s"


class ScaleError(RuntimeError):
    """The machines to screen on are not there, or do not fit together."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def screen_on_workers(
    request: Request,
    prepared: Preparation,
    table: Table,
    scheduler: str,
    *,
    engine: str | None = None,
    dated_by: Library | None = None,
    workers: int | None = None,
    part_bytes: int = PART_BYTES,
) -> Iterator[Screened]:
    """Screen a table on the workers of a scheduler; for `screening.batch.pipeline.screen_table`.

    Parameters
    ----------
    request : Request
        What ``prepared`` was prepared for; each worker prepares for itself.
    scheduler : str
        The address of a Dask scheduler, or ``local``.
    engine : str or None
        The version of the software, where explanations are wanted.
    dated_by : Library or None
        Where it is told until when each row stands: the whole library, since a version that is yet to come ends a
        result. Every worker must have the same.
    workers : int or None
        Of a local cluster, the number of processes; by default one for each core.
    part_bytes : int
        About how much of the file a worker reads at a time.

    Raises
    ------
    ScaleError
        If Dask is not installed, the scheduler does not answer, or a worker has other definitions.
    """
    dask = _dask()
    with ExitStack() as stack:
        try:
            if scheduler == LOCAL:
                cluster = dask.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                )
                scheduler = stack.enter_context(cluster).scheduler_address
            client = stack.enter_context(dask.Client(scheduler, timeout=_PATIENCE, set_as_default=False))
            ahead = _AHEAD * max(len(client.scheduler_info()["workers"]), 1)
        except (OSError, ValueError) as error:
            raise ScaleError(Fault("scheduler-unreachable", "", {"address": scheduler})) from error
        definitions = dict(prepared.bound.definitions)
        digest = dated_by.sha256 if dated_by is not None else None
        waiting: deque[Any] = deque()
        for part in table.parts(part_bytes):
            waiting.append(client.submit(_screen, request, table, part, definitions, engine, digest, pure=False))
            if len(waiting) >= ahead:
                yield from _result_of(waiting.popleft())
        while waiting:
            yield from _result_of(waiting.popleft())


def _dask() -> Any:
    try:
        from dask import distributed
    except ImportError as error:
        raise ScaleError(Fault("dask-missing", "", {"extra": "scale"})) from error
    return distributed


def _result_of(future: Any) -> list[Screened]:
    screened: list[Screened] | Fault = future.result()
    if isinstance(screened, Fault):
        raise ScaleError(screened)
    return screened


_libraries: dict[object, Library] = {}
_preparations: dict[object, Preparation] = {}


def _screen(
    request: Request,
    table: Table,
    part: Part,
    definitions: Mapping[str, str],
    engine: str | None,
    library_sha256: str | None,
) -> list[Screened] | Fault:
    """Screen a part on a worker. A fault of the set-up is given back, since it cannot be thrown over the wire.

    Parameters
    ----------
    library_sha256 : str or None
        Of all definitions where the parts are sent from, if it is told until when each row stands.
    """
    if not table.path.is_file():
        return Fault("not-on-worker", table.path.name, {"path": str(table.path)})
    try:
        library = _library(request.definitions, library_sha256)
        if library_sha256 not in (None, library.sha256):
            return Fault("worker-library-differs", "", {})
        prepared = _prepared(library, request, table)
        if dict(prepared.bound.definitions) != definitions:
            return Fault("worker-differs", "", {"names": sorted(definitions)})
        explainer = Explainer(library, engine) if engine is not None else None
        return list(
            screen_part(prepared, table, part, explainer=explainer, dated_by=library if library_sha256 else None)
        )
    except (AlteredDefinitionError, UnknownDefinitionError) as error:
        return error.fault
    except InputError as error:
        faults = RowFaults([(0, fault) for fault in error.faults])
        return [Screened(0, None, np.zeros(0, np.uint64), np.zeros(len(OUTCOMES), np.int64), faults=faults)]


def _library(definitions: Path | None, sha256: str | None) -> Library:
    """The definitions, read again where they are not those that are wanted: files may have been added meanwhile."""
    known = _libraries.get(definitions)
    if known is None or sha256 not in (None, known.sha256):
        known = _libraries[definitions] = Library(definitions)
        _preparations.clear()
    return known


def _prepared(library: Library, request: Request, table: Table) -> Preparation:
    """What a worker has prepared once is kept for the next part."""
    mapping = request.mapping.document.sha256 if request.mapping else None
    kind = (request.guidances, request.on, request.instrument, mapping, request.definitions, tuple(table.names))
    if kind not in _preparations:
        _preparations[kind] = prepare_columns(library, table.names, request)
    return _preparations[kind]
