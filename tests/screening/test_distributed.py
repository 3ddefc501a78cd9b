"""Several machines give what one gives: the same rows in the same order, and the same faults."""

import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from instruments.faults import Fault, InputError
from instruments.row_faults import RowFaults
from instruments.table_files import open_table
from screening.batch import distributed
from screening.batch.distributed import ScaleError, screen_on_workers
from screening.batch.pipeline import Screened, screen_part, screen_table
from screening.batch.preparation import Request, prepare
from screening.library import Library
from tests.screening.batches import LIBRARY, ON, codes, faults_of, say, screen, write_csv, write_parquet
from tests.screening.test_library import changed, own_guidance, write

REQUEST = Request(("stockholm_2012",), ON)
PART = 2_000


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two workers, each a process of its own."""
    from dask.distributed import LocalCluster  # a second to import, and only two tests need it

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def people(number: int) -> list[dict[str, Any]]:
    levels = ["low", "moderate", "high", "", "saknas"]
    return [
        {
            "key": f'p{place}\n"quoted"' if place % 7 == 0 else f"p{place}",
            "age": place % 30,
            "gang_ties": ["none", "suspected", ""][place % 3],
            "item.substance_use": levels[place % 5],
            "item.poor_compliance": levels[place % 4],
            "district": "a, b\n\nc" if place % 11 == 0 else "",
        }
        for place in range(number)
    ]


def screen_there(
    path: Path, output: Path, scheduler: str, engine: str | None = None, *, dated_by: Library | None = None, **more: Any
) -> None:
    table = open_table(path)
    prepared = prepare(LIBRARY, table, REQUEST)
    parts = screen_on_workers(REQUEST, prepared, table, scheduler, engine=engine, dated_by=dated_by, part_bytes=PART)
    screen_table(prepared, table, output, parts, **more)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_two_workers_give_what_one_process_gives(ending: str, scheduler: str, tmp_path: Path) -> None:
    rows = people(400)
    path = tmp_path / f"in.{ending}"
    if ending == "csv":
        write_csv(path, rows)
    else:
        write_parquet(path, {name: [str(row[name]) for row in rows] for name in rows[0]}, row_group_size=50)
    assert len(open_table(path).parts(PART)) > 5
    screen(path, tmp_path / "here.csv")
    screen_there(path, tmp_path / "there.csv", scheduler)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_explanations_are_made_on_the_workers_too(scheduler: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", people(60))
    screen_there(path, tmp_path / "out.csv", scheduler, "underlag test", explanations=tmp_path / "why.jsonl")
    lines = (tmp_path / "why.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 60
    assert lines[59].startswith('{"key": "p59"')


def test_until_when_a_row_stands_is_found_on_the_workers_too(scheduler: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", people(60))
    table = open_table(path)
    prepared = prepare(LIBRARY, table, REQUEST)
    screen_table(prepared, table, tmp_path / "here.csv", screen_part(prepared, table, dated_by=LIBRARY))
    screen_there(path, tmp_path / "there.csv", scheduler, dated_by=LIBRARY)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_faults_have_the_rows_of_the_whole_table(scheduler: str, tmp_path: Path) -> None:
    rows = people(400)
    for place in (0, 150, 399):
        rows[place]["age"] = "x"
    path = write_csv(tmp_path / "in.csv", rows)
    path.write_text(path.read_text(encoding="utf-8").replace("p200,", "p200,,,", 1), encoding="utf-8")
    told = codes(faults_of(path, tmp_path / "out.csv"))
    assert told == [
        ("cell-off-range", "row 1, column age"),
        ("cell-off-range", "row 151, column age"),
        ("ragged-row", "row 201"),
        ("cell-off-range", "row 400, column age"),
    ]
    with pytest.raises(InputError) as caught:
        screen_there(path, tmp_path / "out.csv", scheduler)
    assert codes(caught.value.faults) == told
    assert not (tmp_path / "out.csv").exists()


def test_a_key_is_found_again_on_another_worker(scheduler: str, tmp_path: Path) -> None:
    rows = people(400)
    rows[399]["key"] = rows[1]["key"]
    path = write_csv(tmp_path / "in.csv", rows)
    with pytest.raises(InputError) as caught:
        screen_there(path, tmp_path / "out.csv", scheduler)
    assert codes(caught.value.faults) == [("repeated-row-key", "row 400, column key")]


@pytest.mark.parametrize("blank_line", ["", "\n", "\n\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_parts_of_a_csv_file_are_the_whole_file(line_end: str, blank_line: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", people(300))
    lines = path.read_bytes().replace(b"\r\n", b"\n").replace(b"p5,", blank_line.encode() + b"p5,")
    path.write_bytes(lines.replace(b"\n", line_end.encode()))
    table = open_table(path)
    whole = [key for chunk in table.read(["key"], "key", RowFaults()) for key in chunk.batch.column("key").to_pylist()]
    for size in (1, 100, 1_000, 1_000_000):
        keys = []
        for part in table.parts(size):
            for chunk in table.read(["key"], "key", RowFaults(), part):
                assert chunk.first_row == len(keys)
                keys += chunk.batch.column("key").to_pylist()
        assert keys == whole


def test_a_worker_says_what_it_lacks(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", people(5))
    table = open_table(path)
    prepared = prepare(LIBRARY, table, REQUEST)
    [part] = table.parts(1_000_000)
    others = {**prepared.bound.definitions, "facts@1.0": "0" * 64}
    unknown = Request(("no_such_guidance",), ON)
    path_elsewhere = open_table(path)
    path_elsewhere.path = tmp_path / "elsewhere.csv"
    own = dict(prepared.bound.definitions)
    for request, read, definitions, library_sha256, code in (
        (REQUEST, table, others, None, "worker-differs"),
        (REQUEST, table, own, "0" * 64, "worker-library-differs"),
        (unknown, table, others, None, "unknown-definition"),
        (REQUEST, path_elsewhere, others, None, "not-on-worker"),
    ):
        fault = distributed._screen(request, read, part, definitions, None, library_sha256)
        assert isinstance(fault, Fault)
        assert fault.code == code
        assert all(say(fault))


def test_a_worker_reads_the_definitions_again_where_a_version_has_been_added_since(tmp_path: Path) -> None:
    stated = {"motivation_to_leave": "stated", "motivation_to_leave.observed_on": str(ON - timedelta(days=9))}
    path = write_csv(tmp_path / "in.csv", [{"key": "a", **stated}])
    table = open_table(path)
    [part] = table.parts(1_000_000)
    local = tmp_path / "local"
    write(local, "guidance/1.0.yaml", own_guidance())
    request = Request(("exempelby",), ON, definitions=local)

    def last_day(screened: Iterable[Screened]) -> str:
        [results] = [each.results for each in screened if each.results is not None]
        return str(results.to_pylist()[0]["stands_through_latest"])

    def here_and_there() -> list[str]:
        library = Library(local)
        prepared = prepare(library, table, request)
        definitions = dict(prepared.bound.definitions)
        there = distributed._screen(request, table, part, definitions, None, library.sha256)
        assert not isinstance(there, Fault)
        return [last_day(screen_part(prepared, table, dated_by=library)), last_day(there)]

    before = here_and_there()
    shorter = changed(own_guidance("2.0", str(ON + timedelta(days=2))), {"default: 30": "default: 7"})
    write(local, "guidance/2.0.yaml", shorter)
    after = here_and_there()
    assert before[0] == before[1]
    assert after[0] == after[1] != before[0]


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(distributed, "_PATIENCE", "1s")
    path = write_csv(tmp_path / "in.csv", people(5))
    with pytest.raises(ScaleError) as caught:
        screen_there(path, tmp_path / "out.csv", "tcp://127.0.0.1:9")
    assert caught.value.fault.parameters == {"address": "tcp://127.0.0.1:9"}
    assert all(say(caught.value.fault))
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    path = write_csv(tmp_path / "in.csv", people(5))
    with pytest.raises(ScaleError) as caught:
        screen_there(path, tmp_path / "out.csv", "local")
    assert caught.value.fault.code == "dask-missing"
    assert all("underlag[scale]" in sentence for sentence in say(caught.value.fault))
