"""The command line: what it prints where, what it gives back, and that it answers at once."""

import importlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.cli.reporting import Words, place_in, report
from instruments.faults import Fault
from instruments.messages import LANGUAGES
from tests.api.shapes import everything_shown
from tests.screening.batches import CATALONIA, REAL, needs_real, rows_of, write_csv
from tests.screening.test_batch import SUPPORTED
from tests.thoroughness import a_few

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    *("numpy", "pandas", "pyarrow", "sklearn", "scipy", "vl_convert", "pydantic", "yaml", "flask", "sqlalchemy"),
    *("rich", "gunicorn", "dask", "asyncio"),
}
GUIDANCE = "stockholm_2012"


@pytest.fixture(autouse=True)
def _of_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests does not matter."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "UNDERLAG_DEFINITIONS"):
        monkeypatch.delenv(name, raising=False)


def underlag(*arguments: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, [str(each) for each in arguments])


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.fixture
def people(tmp_path: Path) -> Path:
    rows = [{**SUPPORTED, "key": key, "age": age} for key, age in (("a", 16), ("b", 30), ("c", ""))]
    return write_csv(tmp_path / "in.csv", rows)


def faulty(folder: Path) -> Path:
    return write_csv(folder / "in.csv", [SUPPORTED, {**SUPPORTED, "key": "b", "age": "sexton"}])


# At once.


ASKED = [["--help"], ["--version"], *([*path, "--help"] for path in commands())]


@pytest.fixture(scope="module")
def heavy_after() -> dict[str, list[str]]:
    """What is heavy of all that one process has imported after each call, since the start of a process costs most."""
    code = (
        "import json, sys; from api.cli import main\n"
        f"for arguments in {ASKED!r}:\n"
        "    try: main(arguments)\n"
        "    except SystemExit as done: assert not done.code\n"
        f"    print(json.dumps([' '.join(arguments), sorted(set(sys.modules) & {HEAVY!r})]), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return dict(map(json.loads, run.stderr.splitlines()))


@pytest.mark.parametrize("arguments", ASKED)
def test_help_needs_nothing_heavy(arguments: list[str], heavy_after: dict[str, list[str]]) -> None:
    assert heavy_after[" ".join(arguments)] == []


def test_what_a_command_has_loaded_is_not_searched_for_garbage_when_it_ends() -> None:
    """Nor is it left out in a process that only imports the commands."""
    told_last = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count())); from api.cli import main"
    for code, is_left_out in ((told_last, False), (f"{told_last}; main(['guidance', '--help'])", True)):
        run = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert (int(run.stdout.split()[-1]) > 0) == is_left_out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_is_screened_without_pandas(ending: str, people: Path, tmp_path: Path) -> None:
    """Importing it takes longer than screening a hundred thousand rows; pyarrow does so at the least occasion."""
    arguments = ["screen", str(people), "-o", str(tmp_path / f"out.{ending}"), "--guidance", GUIDANCE]
    code = (
        "import sys; from api.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as done: assert not done.code\n"
        "print('pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.strip() == "False"


def test_the_help_names_every_command() -> None:
    text = underlag("--help").stdout
    assert all(name in text for name in ("screen", "compare", "instruments", "guidance", "serve"))


def test_the_help_of_underlag_imports_no_command_of_a_group() -> None:
    code = (
        "import sys; from api.cli import main; main(['--help'], standalone_mode=False)\n"
        "assert not [name for name in sys.modules if name.startswith('api.cli.research.')]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)  # noqa: S603


# Screen.


def test_screen_writes_the_result_and_one_line_last(people: Path, tmp_path: Path) -> None:
    run = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE)
    assert run.exit_code == 0
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    for part in (
        "3 rader",
        "1 talar för erbjudande",
        "1 behöver mer underlag",
        "1 pekar inte mot",
        "stockholm_2012@1.1",
    ):
        assert part in run.stderr
    assert [row["outcome"] for row in rows_of(tmp_path / "out.csv")] == [
        "supports_offer",
        "not_target_group",
        "more_information_needed",
    ]


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "rader"),
        ([], {"LANG": "sv_SE.UTF-8"}, "rader"),
        ([], {"LANG": "C.UTF-8"}, "rader"),
        ([], {"LANG": "en_GB.UTF-8"}, "rows"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "sv_SE.UTF-8"}, "rader"),
        (["--language", "en"], {"LANG": "sv_SE.UTF-8"}, "rows"),
    ],
)
def test_the_language_is_that_of_the_option_or_the_environment(
    arguments: list[str], environment: dict[str, str], expected: str, people: Path, tmp_path: Path
) -> None:
    run = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, *arguments, **environment)
    assert expected in run.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_are_told_with_row_and_column_and_give_2(language: str, tmp_path: Path) -> None:
    run = underlag(
        "screen", faulty(tmp_path), "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--language", language
    )
    assert run.exit_code == 2
    assert run.stdout == ""
    heading, fault, note = run.stderr.splitlines()
    assert "(1)" in heading
    assert fault.strip().startswith({"sv": "rad 2, kolumn age: ", "en": "row 2, column age: "}[language])
    assert "sexton" in fault
    assert "1" in note
    assert not (tmp_path / "out.csv").exists()


def test_the_number_of_faults_counts_those_that_are_not_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [{"key": number, "age": "x"} for number in range(250)])
    run = underlag("screen", path, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE)
    assert "(250)" in run.stderr.splitlines()[0]
    assert "150" in run.stderr.splitlines()[101]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--guidance", "no_such"], "no_such"),
        (["--guidance", f"{GUIDANCE}@9.9"], "9.9"),
        (["--guidance", GUIDANCE, "--reference-date", "2012-11-30"], "2012-12-01"),
        (["--guidance", GUIDANCE, "--reference-date", "2026-02-30"], "2026-02-30"),
        (["--guidance", GUIDANCE, "--instrument", "no_such"], "no_such"),
        (["--guidance", GUIDANCE, "--mapping", "none.yaml"], "none.yaml"),
        (["--guidance", GUIDANCE, "--no-such-option"], "--no-such-option"),
        ([], "--guidance"),
    ],
)
def test_a_wrong_choice_gives_2_and_names_it(arguments: list[str], expected: str, people: Path, tmp_path: Path) -> None:
    run = underlag("screen", people, "-o", tmp_path / "out.csv", *arguments)
    assert run.exit_code == 2
    assert expected in run.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("output", "expected"),
    [("in.csv", "in.csv"), ("out.xlsx", ".parquet"), ("none/out.csv", "none"), ("folder.csv", "mapp")],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    output: str, expected: str, people: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = people.read_bytes()
    run = underlag("screen", people, "-o", tmp_path / output, "--guidance", GUIDANCE)
    assert run.exit_code == 2
    assert expected in run.stderr
    assert people.read_bytes() == before


def test_of_a_long_path_the_end_is_named(people: Path, tmp_path: Path) -> None:
    run = underlag("screen", people, "-o", tmp_path / ("long" * 30) / "none" / "out.csv", "--guidance", GUIDANCE)
    assert run.exit_code == 2
    assert "longlong/none:" in run.stderr


def test_the_reference_date_is_today_unless_it_is_told(people: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [{"key": "a", "birth_date": "1999-06-01"}])
    for day, status in (("2029-05-31", "met"), ("2029-06-01", "not_met")):
        run = underlag("screen", path, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--reference-date", day)
        assert run.exit_code == 0
        assert rows_of(tmp_path / "out.csv")[0]["criterion.age"] == status


def test_until_when_each_row_stands_is_told_where_it_is_wanted(people: Path, tmp_path: Path) -> None:
    run = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--best-before")
    assert run.exit_code == 0
    a, b, c = rows_of(tmp_path / "out.csv")
    assert a["stands_through"] <= a["stands_through_latest"]
    assert a["ends_by"]
    assert (b["undated"], c["undated"]) == ("offence_count", "offence_count age")


def test_explanations_are_written_where_they_are_wanted(people: Path, tmp_path: Path) -> None:
    why = tmp_path / "why"
    run = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--explain", why)
    assert str(why) in run.stderr
    told = [json.loads((why / f"{row}.json").read_text(encoding="utf-8")) for row in (1, 2, 3)]
    assert [each["outcome"] for each in told] == [row["outcome"] for row in rows_of(tmp_path / "out.csv")]
    assert told[0]["engine"].startswith("underlag ")
    again = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--explain", why)
    assert again.exit_code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_explanations_are_written_to_be_read_and_hold_every_sentence(
    people: Path, tmp_path: Path, language: str
) -> None:
    written: dict[str, list[str]] = {}
    for form, ending in (("json", "json"), ("text", "txt"), ("html", "html")):
        run = underlag(
            *("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--language", language),
            *("--explain", tmp_path / form, "--explain-as", form),
        )
        assert run.exit_code == 0
        paths = [tmp_path / form / f"{row}.{ending}" for row in (1, 2, 3)]
        written[form] = [path.read_text(encoding="utf-8") for path in paths]
    for told, text, page in zip(*written.values(), strict=True):
        explanation = json.loads(told)
        assert text.splitlines()[0] == explanation["key"]
        said = [*everything_shown(explanation, language), explanation["sha256"]]
        assert len(said) > 50
        assert [each for each in said if " ".join(each.split()) not in " ".join(text.split())] == []
        assert f'<html lang="{language}">' in page
        assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    [strengths, _, _] = written["text"]
    assert strengths.index({"sv": "Styrkor", "en": "Strengths"}[language]) < strengths.index("✓")
    assert "\n    ✓ " in strengths  # a step of a criterion


def test_explanations_to_be_read_need_a_folder(people: Path, tmp_path: Path) -> None:
    for where in ([], ["--explain", tmp_path / "why.jsonl"]):
        run = underlag(
            "screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, *where, "--explain-as", "text"
        )
        assert run.exit_code == 2
        assert "needs --explain" in run.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_a_folder_of_local_definitions_is_used(people: Path, tmp_path: Path) -> None:
    local = tmp_path / "definitions" / "guidance"
    local.mkdir(parents=True)
    text = (ROOT / "screening/definitions/guidance/skl_2015/1.0.yaml").read_text(encoding="utf-8")
    (local / "ours.yaml").write_text(text.replace("id: skl_2015\n", "id: ours\n", 1), encoding="utf-8")
    run = underlag(
        "screen", people, "-o", tmp_path / "out.csv", "--guidance", "ours", UNDERLAG_DEFINITIONS=str(local.parent)
    )
    assert run.exit_code == 0, run.stderr
    assert "ours@1.0" in run.stderr
    wrong = underlag("guidance", "list", UNDERLAG_DEFINITIONS=str(tmp_path / "none"))
    assert wrong.exit_code == 1
    assert "UNDERLAG_DEFINITIONS" in wrong.stderr


def test_the_progress_bar_is_for_terminals_only(people: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "click", "none"]
    code = "import sys; from api.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "screen", str(people), "-o", str(tmp_path / "o.csv"), "--guidance", GUIDANCE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert "\x1b" not in run.stderr + run.stdout
    assert len(run.stderr.splitlines()) == 1


@needs_real
def test_the_real_file_is_screened_with_its_mapping(tmp_path: Path) -> None:
    run = underlag(
        "screen", REAL, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE, "--mapping", CATALONIA, "--language", "en"
    )
    assert run.exit_code == 0, run.stderr
    for part in ("855 rows", "0 support an offer", "95 need more information", "760 do not match", "not read: 14"):
        assert part in run.stderr


# Compare.


@needs_real
def test_compare_prints_who_moves_and_by_what() -> None:
    run = underlag(
        "compare", REAL, "--guidance", "socialstyrelsen_2012", "--guidance", "socialstyrelsen_2012/under_15",
        "--mapping", CATALONIA,
    )  # fmt: skip
    assert run.exit_code == 0, run.stderr
    assert re.search(r"socialstyrelsen_2012/under_15 +629 +226 +0", run.stdout)
    assert re.search(r"pekar inte mot målgruppen +629 +31 +0", run.stdout)
    assert "Kan komma in: 31." in run.stdout
    assert re.search(r"Ålder inom målgruppen \(age\) +109 +0 +31 +0", run.stdout)
    assert "855 rader" in run.stderr


def test_compare_writes_the_outcomes_of_every_row(people: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    run = underlag(
        "compare", people, "--guidance", GUIDANCE, "--guidance", "skl_2015", "-o", output, "--language", "en"
    )
    assert run.exit_code == 0, run.stderr
    told = json.loads(output.read_text(encoding="utf-8"))
    assert told["people"][1] == {
        "key": "b",
        f"outcome.{GUIDANCE}": "not_target_group",
        "outcome.skl_2015": "supports_offer",
    }
    assert told["comparisons"][0]["enters"] == 2
    assert "Enters: 2." in run.stdout


def test_one_guidance_is_not_compared(people: Path) -> None:
    run = underlag("compare", people, "--guidance", GUIDANCE, "--guidance", GUIDANCE)
    assert run.exit_code == 2
    assert "--guidance" in run.stderr


# Instruments and guidances.


@pytest.mark.parametrize("kind", ["instruments", "guidance"])
@pytest.mark.parametrize("language", a_few(LANGUAGES))
def test_everything_that_is_listed_can_be_shown(kind: str, language: str) -> None:
    run = underlag(kind, "list", "--language", language)
    names = re.findall(r"^ ([a-z][a-z0-9_/]+) +\d+\.\d+ ", run.stdout, re.MULTILINE)
    assert len(names) >= 2
    for name in names:
        shown = underlag(kind, "show", name, "--language", language)
        assert shown.exit_code == 0, shown.stderr
        assert name in shown.stdout


def test_a_guidance_shows_its_quotes_readings_and_limits() -> None:
    text = " ".join(underlag("guidance", "show", "socialstyrelsen_2012/under_15").stdout.split())
    assert "kan erbjudas ungdomar i åldern 15-25 år" in text
    assert "age_min" in text
    assert "Avviker från vägledningens text" in text


def test_an_instrument_is_exported_as_a_fhir_questionnaire() -> None:
    run = underlag("instruments", "export", "youth_spj", "--fhir", "--language", "en")
    assert json.loads(run.stdout)["resourceType"] == "Questionnaire"
    bare = underlag("instruments", "export", "youth_spj")
    assert bare.exit_code == 2
    assert "--fhir" in bare.stderr


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("instruments", "instruments/definitions/youth_spj/1.0.yaml"),
        ("guidance", "screening/definitions/guidance/stockholm_2012/1.0.yaml"),
        ("guidance", "screening/definitions/overlays/stockholm_2012/farsta/1.0.yaml"),
    ],
)
def test_a_definition_can_be_checked_before_it_is_used(kind: str, file: str, tmp_path: Path) -> None:
    sound = underlag(kind, "check", ROOT / file)
    assert sound.exit_code == 0, sound.stderr
    assert "SHA-256" in sound.stdout
    text = (ROOT / file).read_text(encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(re.sub(r"^version: .*$", 'version: "7.0"', text, count=1, flags=re.M), encoding="utf-8")
    # Valid from the same day as the one that ships, so the date could not choose between them.
    expected = 0 if kind == "instruments" else 2
    assert underlag(kind, "check", own).exit_code == expected
    own.write_text(text.replace("title:", "tittle:", 1), encoding="utf-8")
    broken = underlag(kind, "check", own)
    assert broken.exit_code == 2
    assert re.search(r"own\.yaml, rad \d+: ", broken.stderr)


def test_a_file_that_is_no_definition_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("a: b\n", encoding="utf-8")
    assert underlag("guidance", "check", path).exit_code == 2
    assert underlag("instruments", "check", tmp_path / "none.yaml").exit_code == 2


# Errors.


def test_what_is_nobodys_input_gives_1(capsys: pytest.CaptureFixture[str]) -> None:
    class MachineError(RuntimeError):
        fault = Fault("scheduler-unreachable", "", {"address": "tcp://nowhere"})

    assert report(MachineError(), Words("en")) == 1
    assert "tcp://nowhere" in capsys.readouterr().err
    assert report(PermissionError(13, "Permission denied", "out.csv"), Words("sv")) == 1
    assert "out.csv" in capsys.readouterr().err
    assert report(ZeroDivisionError("division by zero"), Words("sv")) == 1
    told = capsys.readouterr().err
    assert "division by zero" in told
    assert "inte i indata" in told


def test_a_folder_that_may_not_be_written_gives_1(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "out.csv"))

    monkeypatch.setattr("screening.batch.results.CsvResults.__init__", refuse)
    run = underlag("screen", people, "-o", tmp_path / "out.csv", "--guidance", GUIDANCE)
    assert run.exit_code == 1
    assert "out.csv" in run.stderr


@pytest.mark.parametrize(
    ("where", "swedish"),
    [
        ("row 3", "rad 3"),
        ("row 3, column age", "rad 3, kolumn age"),
        ("row 3, column row 4, column x", "rad 3, kolumn row 4, column x"),
        ("column age", "kolumn age"),
        ("map.yaml, line 12", "map.yaml, rad 12"),
        ("in.csv", "in.csv"),
    ],
)
def test_a_place_is_told_in_the_language(where: str, swedish: str) -> None:
    assert place_in(where, "sv") == swedish
    assert place_in(where, "en") == where


def test_a_fault_that_names_a_fact_finds_its_word() -> None:
    fault = Fault("off-scale-fact", "", {"fact": "age", "value": "x", "allowed": ["1"]})
    assert Words("sv").fault(fault).startswith("Ålder")
    assert "no-such-code" in Words("sv").fault(Fault("no-such-code", "row 1"))


def test_every_sentence_of_the_batch_side_is_used_and_there() -> None:
    """A code without a sentence, or a sentence that no code asks for, is a mistake."""
    searched = ("screening", "screening/batch", "screening/portable", "instruments", "api/cli")
    modules = [path for folder in searched for path in (ROOT / folder).glob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8").replace("'", '"') for path in modules)
    folders = (ROOT / "screening" / "locale" / "batch", ROOT / "instruments" / "locale" / "tables")
    texts = "\n".join((folder / "sv.yaml").read_text(encoding="utf-8") for folder in folders)
    keys = re.findall(r"^([a-z0-9_.-]+):", texts, re.MULTILINE)
    names = {key: key.removeprefix("fault.").removeprefix("cli.") for key in keys}
    assert not [
        key
        for key, name in names.items()
        if f'"{name}"' not in source and f'"{key}"' not in source and not name.startswith("outcome.")
    ]


# Serve.


UNDERLAG = "import sys; from api.cli import main; main(sys.argv[1:])"
KEYS = {
    "UNDERLAG_SECRET_KEY": "kXv7-2pQ9sLw_0aZt4Rb8YdNc6HgUe1J",
    "UNDERLAG_SIGNING_KEY": bytes(range(32)).hex(),
    "UNDERLAG_IDENTITY_KEY": f"1:{bytes(range(32, 64)).hex()}",
}


@pytest.mark.thorough
def test_serve_says_where_it_answers_once_there_are_tables(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", UNDERLAG, "serve", "--port", str(port), "--language", "en"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("UNDERLAG_")},
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "UNDERLAG_DEMO": "yes",
    }
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=60)  # noqa: S603
    assert (refused.returncode, "Run: underlag db upgrade" in refused.stderr) == (1, True), refused.stderr
    assert "Traceback" not in refused.stderr
    made = [*command[:3], "db", "upgrade"]
    subprocess.run(made, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)  # noqa: S603
    server = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    watch = threading.Timer(60, server.kill)
    watch.start()
    try:
        assert server.stderr is not None
        assert f"http://127.0.0.1:{port}" in server.stderr.readline()
        assert status_of(port) == 200
        taken = underlag("serve", "--port", port)
        assert taken.exit_code == 1
        assert str(port) in taken.stderr
    finally:
        watch.cancel()
        server.terminate()
        server.communicate(timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["var"]  # no control socket
    assert {path.name for path in (tmp_path / "var").iterdir()} >= {"demo.sqlite", "demo.keys"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"UNDERLAG_SECRET_KEY": ""}, "UNDERLAG_SECRET_KEY: Nyckeln är inte satt. Gör en med: python3"),
        ({"UNDERLAG_IDENTITY_KEY": "x"}, "UNDERLAG_IDENTITY_KEY: Nyckeln skrivs VERSION:NYCKEL"),
        ({"UNDERLAG_DATABASE_URL": "mysql://x"}, "UNDERLAG_DATABASE_URL skrivs sqlite:///FIL"),
        ({"UNDERLAG_DATABASE_URL": "sqlite:///{folder}/x.sqlite"}, "Kör: underlag db upgrade"),
        ({"UNDERLAG_DEFINITIONS": "/nowhere"}, "UNDERLAG_DEFINITIONS: Det finns ingen mapp /nowhere"),
        ({"UNDERLAG_MAIL": "pigeon"}, "UNDERLAG_MAIL: Skriv console, folder:MAPP eller smtp://"),
        ({"UNDERLAG_OIDC_ISSUER": "https://x.example"}, "behöver också UNDERLAG_OIDC_CLIENT_ID och UNDERLAG_OIDC"),
    ],
)
def test_what_keeps_the_service_from_starting_is_told_before_any_worker(
    environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    made = {name: value.replace("{folder}", str(tmp_path)) for name, value in {**KEYS, **environment}.items()}
    if "UNDERLAG_DATABASE_URL" not in made:
        made["UNDERLAG_DATABASE_URL"] = f"sqlite:///{tmp_path / 'made.sqlite'}"
        assert underlag("db", "upgrade", **made).exit_code == 0
    refused = underlag("serve", "--port", free_port(), **made)
    assert (refused.exit_code, words in refused.stderr) == (1, True), refused.stderr
    assert "Traceback" not in refused.stderr


def free_port() -> int:
    socket = importlib.import_module("socket")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(port: int) -> int:
    """The status of ``/health``, once a worker has come up."""
    for _ in range(300):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status
        except ConnectionError:
            sleep(0.2)
        finally:
            connection.close()
    return 0
