"""A million rows from a Parquet file to a Parquet file. Run as a module; see `measuring`."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from instruments.row_faults import RowFaults
from instruments.table_files import open_table
from screening.batch.pipeline import screen_part, screen_table
from screening.batch.preparation import Request, prepare
from screening.batch.results import open_results
from screening.invented.cohort import invent_cohort
from screening.library import Library
from tests.benchmarks.measuring import PROCESSOR, WALL, Measurement, alternate, report, require_equal, seconds
from tests.benchmarks.peers.polars_files import screen_with_polars
from tests.benchmarks.shipped import GUIDANCE, ON, SEED

ROWS = 1_000_000
FEWER_ROWS = 20_000
ROUNDS = 5
BARE_GOAL = 0.9
SECTION = "1,000,000 rows, Parquet file to Parquet result, statuses, outcome and flags, all threads"


def write_intakes(target: Path, rows: int) -> None:
    """The invented cohort as any system would write it: words as plain text."""
    library = Library()
    instrument = library.bind(GUIDANCE, on=ON).rules.instrument
    made = invent_cohort(rows, seed=SEED, instrument=instrument, dictionary=library.facts(ON), on=ON)
    table = pa.Table.from_pandas(made.intakes, preserve_index=False)
    plain = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    named = zip(table.schema.names, plain, strict=True)
    pq.write_table(table.cast(pa.schema(list(named))), target, compression="zstd", row_group_size=131_072)


def screen(source: Path, target: Path, *, with_questions: bool) -> None:
    table = open_table(source)
    prepared = prepare(Library(), table, Request((GUIDANCE,), ON))
    screen_table(prepared, table, target, screen_part(prepared, table, with_questions=with_questions))


def agree(ours: Path, peer: Path) -> bool:
    names = [name for name in pq.read_schema(peer).names if name != "open_questions"]
    left, right = (pq.read_table(path, columns=names) for path in (ours, peer))
    return all(left[name].cast(pa.string()).equals(right[name].cast(pa.string())) for name in names)


def beside_polars(folder: Path) -> list[Measurement]:
    """By the clock, and by what both processors work: on a shared machine the clock alone says little."""
    source, ours, peer = (folder / f"{name}.parquet" for name in ("intakes", "ours", "polars"))
    write_intakes(source, ROWS)
    rules = Library().bind(GUIDANCE, on=ON).rules
    measurements = []
    for task, clock in (("", WALL), ("processor time", PROCESSOR)):
        took, peer_took, ratio = alternate(
            lambda: screen(source, ours, with_questions=False),
            lambda: screen_with_polars(rules, ON, source, peer),
            ROUNDS,
            clock,
        )
        measurements.append(Measurement(SECTION, task, "ms", took * 1e3, "polars", peer_took * 1e3, ratio, 1.0))
    require_equal("polars", agree(ours, peer))
    return measurements


def beside_bare_copy(folder: Path) -> Measurement:
    """What cannot be done without: reading the same columns in the same way, and writing the same result."""
    source, ours, bare = (folder / f"{name}.parquet" for name in ("intakes", "ours", "bare"))
    table = open_table(source)
    prepared = prepare(Library(), table, Request((GUIDANCE,), ON))
    parts = [part.results for part in screen_part(prepared, table, with_questions=False) if part.results is not None]

    def copy() -> None:
        writer = open_results(bare, bare.suffix, table.delimiter)
        for _, results in zip(
            table.read(prepared.plan.columns, prepared.plan.key, RowFaults(), None), parts, strict=True
        ):
            writer.write(results)
        writer.close()

    took, bare_took, ratio = alternate(lambda: screen(source, ours, with_questions=False), copy, ROUNDS, PROCESSOR)
    return Measurement(SECTION, "processor time", "ms", took * 1e3, "a bare copy", bare_took * 1e3, ratio, BARE_GOAL)


def with_open_questions(folder: Path) -> Measurement:
    """What the other engine does not do, on fewer rows."""
    source, ours = folder / "few.parquet", folder / "ours.parquet"
    write_intakes(source, FEWER_ROWS)
    took = seconds(lambda: screen(source, ours, with_questions=True), WALL)
    return Measurement(f"{FEWER_ROWS:,} rows, Parquet file to Parquet result", "with open questions", "ms", took * 1e3)


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        report([*beside_polars(Path(name)), beside_bare_copy(Path(name)), with_open_questions(Path(name))])
