"""What the manual shows for a service and a container fits the program, and a bill says what is installed."""

import configparser
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from api.context.settings import RecordSettings
from api.manual.rendering import FOLDER
from api.settings.service import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
UNDERLAG = Path(sys.prefix) / "bin" / "underlag"
MANUAL = (FOLDER / "operating.en.md").read_text(encoding="utf-8")
CONTAINERFILE = (ROOT / ".ci" / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
#: How exposed a unit may be, from 0 to 100, as systemd weighs what it is kept from.
MOST_EXPOSED = 15


class Listening(dict[str, str]):
    """An environment that remembers which settings were asked for."""

    def __init__(self, *values: dict[str, str]) -> None:
        super().__init__(*values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


@cache
def settings_read() -> frozenset[str]:
    """Every setting that the service reads as it starts."""
    key = "0123456789abcdef" * 4
    given = {"SECRET_KEY": key[:40], "SIGNING_KEY": key, "IDENTITY_KEY": f"1:{key}", "CHECKPOINTS": "checkpoints"}
    environment = Listening({PREFIX + name: value for name, value in given.items()})
    environment[f"{PREFIX}CHECKPOINT_KEY"] = subprocess.run(  # noqa: S603
        [UNDERLAG, "audit", "make-key", "kommun.example/underlag"], capture_output=True, text=True, check=True
    ).stdout.strip()
    Settings.from_environment(environment)
    RecordSettings.from_environment(environment)
    return frozenset(environment.asked)


def block(kind: str) -> str:
    (text,) = re.findall(rf"^```{kind}\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)
    return str(text)


def test_the_settings_of_the_first_block_are_those_that_the_service_reads() -> None:
    begin = MANUAL.partition("```sh\n")[2].partition("```")[0]
    assert set(re.findall(rf"^({PREFIX}\w+)=", begin, re.MULTILINE)) <= settings_read()


# --- as a service ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(block("ini"))
    return parser


def test_the_unit_runs_a_command_as_it_is_and_sets_nothing_itself(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    program, command, *options = service["ExecStart"].split()
    assert program.endswith("/.venv/bin/underlag")
    told = subprocess.run([UNDERLAG, command, "--help"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert [each for each in options if each.startswith("--") and each not in told] == []
    assert "Environment" not in service
    assert service["EnvironmentFile"] == "/etc/underlag/underlag.env"
    assert service["User"] != "root"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"


@pytest.mark.skipif(which("systemd-analyze") is None, reason="this machine has no systemd")
def test_systemd_finds_the_unit_sound_and_little_exposed(tmp_path: Path) -> None:
    file = tmp_path / "underlag.service"
    file.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={UNDERLAG}", block("ini")), encoding="utf-8")
    for asked in (["verify"], ["security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}"]):
        ran = subprocess.run(["systemd-analyze", *asked, file], capture_output=True, text=True)  # noqa: S603, S607
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert ran.stderr == ""


# --- in a container --------------------------------------------------------------------------------------------------


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", CONTAINERFILE, re.MULTILINE)


def test_the_image_is_of_a_tag_has_no_rights_and_holds_no_setting() -> None:
    (base,) = instructions("FROM")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert re.fullmatch(rf"docker\.io/library/python:{wanted.removeprefix('>=')}-slim-\w+", base)
    (user,) = instructions("USER")
    assert int(user) > 0
    assert CONTAINERFILE.index("\nUSER ") > max(run.start() for run in re.finditer(r"^RUN ", CONTAINERFILE, re.M))
    assert PREFIX not in CONTAINERFILE
    assert "--require-hashes" in CONTAINERFILE


def test_the_image_installs_what_the_makefile_and_the_wheel_need() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (libraries,) = re.findall(r"^PDF_LIBRARIES := (.*)$", makefile, re.MULTILINE)
    assert libraries in CONTAINERFILE
    (copied,) = (each for each in instructions("COPY") if "requirements.txt" in each)
    assert copied.split()[1] == "dist/underlag-*.whl"


def test_the_image_starts_the_service_where_its_health_is_asked() -> None:
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    assert json.loads(entry) == ["underlag"]
    start = json.loads(command)
    told = subprocess.run([UNDERLAG, start[0], "--help"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert [each for each in start if each.startswith("--") and each not in told] == []
    port = start[start.index("--port") + 1]
    assert instructions("EXPOSE") == [port]
    assert f"'127.0.0.1', {port}" in health_check()[-1]


def health_check() -> list[str]:
    (health,) = instructions("HEALTHCHECK")
    command: list[str] = json.loads(health.partition(" CMD ")[2])
    return command


def test_the_command_of_the_manual_keeps_the_root_as_it_is_and_names_no_value() -> None:
    run = block("console")
    for wanted in ("--read-only", "--tmpfs /tmp", "--cap-drop all", "--security-opt no-new-privileges", "127.0.0.1:"):
        assert wanted in run
    (folder,) = instructions("VOLUME")
    assert f"--volume underlag:{folder} " in run


def test_settings_are_handed_over_by_name(tmp_path: Path) -> None:
    (named,) = re.findall(r"\$\((sed .*?)\) underlag$", block("console"), re.MULTILINE)
    (tmp_path / "underlag.env").write_text(f"{PREFIX}SECRET_KEY=tyst\n{PREFIX}HOSTS='a b'\nOTHER=x\n", encoding="utf-8")
    ran = subprocess.run(["sh", "-ec", named], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert ran.stdout.split() == ["--env", f"{PREFIX}SECRET_KEY", "--env", f"{PREFIX}HOSTS"]


# --- what is installed -----------------------------------------------------------------------------------------------

#: What the standard requires of a component, and what we say beside it.
SAID = {"type", "bom-ref", "name", "version", "purl", "licenses"}


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    ran = subprocess.run([sys.executable, "-I", ".ci/bill.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


def test_the_bill_is_of_the_standards_form(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    product = bill["metadata"]["component"]
    parts = [product, *bill["components"]]
    assert all(each.keys() == SAID for each in parts)
    assert [each["type"] for each in parts] == ["application", *["library"] * (len(parts) - 1)]
    for each in parts:
        assert each["purl"] == each["bom-ref"] == f"pkg:pypi/{each['name']}@{each['version']}"
        assert all(list(said) == ["expression"] or list(said["license"]) == ["name"] for said in each["licenses"])
    references = [each["bom-ref"] for each in parts]
    assert len(set(references)) == len(references)
    assert [each["ref"] for each in bill["dependencies"]] == references
    assert {needed for each in bill["dependencies"] for needed in each["dependsOn"]} <= set(references)


def test_the_bill_has_every_package_that_is_pinned_and_says_by_what_it_is_needed(bill: dict[str, Any]) -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", text, re.MULTILINE)  # those for every machine
    assert len(pinned) > 50
    listed = {each["name"]: each["version"] for each in bill["components"]}
    assert {name: listed.get(name) for name, version in pinned if listed.get(name) != version} == {}
    (needed,) = (each["dependsOn"] for each in bill["dependencies"] if each["ref"].startswith("pkg:pypi/underlag@"))
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert len(needed) == len(asked)


def test_a_licence_stands_in_the_bill_wherever_a_package_states_one(bill: dict[str, Any]) -> None:
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    unstated = {each["name"] for each in bill["components"] if not each["licenses"]} & set(pinned)
    assert unstated <= {"pyrage"}, "a new package without a licence is looked into before it is used"


def test_the_same_packages_give_the_same_bill(bill: dict[str, Any]) -> None:
    ran = subprocess.run([sys.executable, "-I", ".ci/bill.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == bill


# --- the version -----------------------------------------------------------------------------------------------------


def test_the_version_is_the_latest_of_the_changelog_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert headings[0] == "Unreleased"
    released = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d)\)", heading) for heading in headings[1:]]
    numbers = [tuple(map(int, heading.groups()[:3])) for heading in released if heading]
    days = [heading[4] for heading in released if heading]
    assert len(numbers) == len(headings) - 1
    assert headings[1].startswith(f"{version} ")
    assert numbers == sorted(numbers, reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_program_says_its_version() -> None:
    told = subprocess.run([UNDERLAG, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert re.fullmatch(r"underlag, version \d+\.\d+\.\d+\n", told)
