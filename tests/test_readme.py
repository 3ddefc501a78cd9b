"""The README's example is what the program prints, and every command of the manual for operating works."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.manual.rendering import FOLDER
from tests.api.store.databases import empty_url, new_postgresql, postgresql_server
from tests.test_installation import health_check

__all__ = ["empty_url", "postgresql_server"]

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = re.compile(r"^```sh\n(?P<commands>.*?)^```$.*?^```csv\n(?P<printed>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def example() -> re.Match[str]:
    match = EXAMPLE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert match, "README.md has no ```sh block followed by a ```csv block"
    return match


def test_the_example_prints_what_the_readme_says(example: re.Match[str], tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    run = subprocess.run(["sh", "-e"], input=example["commands"], cwd=tmp_path, capture_output=True, text=True)  # noqa: S607
    assert run.returncode == 0, run.stderr
    assert run.stdout == example["printed"]


def test_the_sentences_under_the_example_tell_what_is_in_it(example: re.Match[str]) -> None:
    first, second, third = csv.DictReader(example["printed"].splitlines())
    assert first["outcome"] == "supports_offer"
    assert (second["outcome"], second["criterion.age"]) == ("not_target_group", "not_met")
    assert (third["outcome"], third["open_questions"]) == ("more_information_needed", "age")


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 100


# Operating: every command, on either database.

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ADDRESS = re.compile(r"'postgresql\+psycopg://underlag@db\.kommun\.example/(\w+)'")
SERVE = ".venv/bin/underlag serve --port 8000 --workers 2\n"


def operating() -> list[str]:
    """The blocks of commands of the page for operating, in order."""
    return BLOCK.findall((FOLDER / "operating.en.md").read_text(encoding="utf-8"))


def test_every_command_for_operating_does_what_the_manual_says(
    empty_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    begin, provider, backup, digest, checkpoints, rotation = operating()
    assert begin.endswith(SERVE)
    restored = f"sqlite:///{tmp_path}/restored.sqlite"
    if not empty_url.startswith("sqlite"):
        restored = new_postgresql(request.getfixturevalue("postgresql_server"))
    addresses = {"underlag": empty_url, "restored": restored}
    script = "".join((begin.removesuffix(SERVE), provider, backup, digest, checkpoints, rotation))
    script = ADDRESS.sub(lambda match: f"'{addresses[match[1]]}'", script)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    settings = {"input": script, "cwd": tmp_path, "env": plain_environment()}
    run = subprocess.run(["sh", "-e"], capture_output=True, text=True, **settings)  # type: ignore[call-overload]  # noqa: S607
    assert run.returncode == 0, run.stderr
    assert "ada@kommun.example\tAda Berg\tadministrator\t" in run.stdout
    assert "bo@kommun.example\tBo Ek\treviewer\tsig\t" in run.stdout
    assert (tmp_path / "underlag.env").stat().st_mode & 0o077 == 0
    assert "The checkpoints hold. Number 1, " in run.stdout or "Kontrollpunkterna håller. Nummer 1, " in run.stdout
    assert_served_behind_a_proxy(tmp_path)


def assert_served_behind_a_proxy(folder: Path) -> None:
    """What was set up is served by two workers, sends plain http on to https, and is well as the container asks it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = f"set -a; . ./underlag.env; exec {SERVE.replace('8000', str(port))}"
    command = ["sh", "-ec", script]
    served = subprocess.Popen(  # noqa: S603
        command, cwd=folder, env=plain_environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stderr is not None
        assert str(port) in served.stderr.readline()
        assert [ask(port, said) for said in ("https", "http")] == [200, 302]
        _, *check = health_check()
        asked = [sys.executable, *(part.replace("8000", str(port)) for part in check)]
        assert subprocess.run(asked, env=plain_environment()).returncode == 0  # noqa: S603
    finally:
        served.terminate()
        logged = served.communicate(timeout=30)[0]
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [(line["route"], line["status"]) for line in lines if line["event"] == "request"] == [
        ("/health", 200),
        ("/health", 302),
        ("/ready", 200),
    ]


def ask(port: int, said: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/health", headers={"X-Forwarded-Proto": said, "X-Forwarded-For": "192.0.2.7"})
    status = connection.getresponse().status
    connection.close()
    return status


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("UNDERLAG_", "PROMETHEUS_"))}


# A guidance of your own: what its page shows is what comes of following it.


def test_who_follows_the_page_on_an_own_guidance_sees_what_it_says(tmp_path: Path) -> None:
    page = (FOLDER / "guidances.en.md").read_text(encoding="utf-8")
    (printed,) = re.findall(r"^```\n(.*?)^```$", BLOCK.sub("", page), re.DOTALL | re.MULTILINE)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    commands = "\n".join(BLOCK.findall(page))
    run = subprocess.run(["sh", "-e"], input=commands, cwd=tmp_path, capture_output=True, text=True)  # noqa: S607
    assert run.returncode == 0, run.stdout + run.stderr
    assert printed in run.stdout
    assert (tmp_path / "missing.yaml").read_text(encoding="utf-8").count("expect: {outcome: ") == 4
