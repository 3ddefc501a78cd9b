"""`underlag research sums` and `pool`: places send signed sums, and whoever pools them checks the keys."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.manual.rendering import FOLDER
from instruments.research.pooling.plan import PoolingPlan
from instruments.signing import public_key_of
from tests.instruments.research.pooling.municipalities import ITEMS, KEYS, PLACES, PLAN, municipalities, table_of
from tests.thoroughness import a_few

MAPPING = f"""\
instrument: youth_spj
key: key
person: person
rater: rater
codes: {{risk: {{0: low, 1: moderate, 2: high}}}}
items: {{{", ".join(f"{item}: {item}" for item in ITEMS)}}}
outcomes: {{again: again}}
groups: {{sex: sex}}
"""
TRUST = [part for place, key in KEYS.items() for part in ("--trust", f"{place}={public_key_of(key)}")]


def plan_text(plan: PoolingPlan) -> str:
    return json.dumps(plan.model_dump(mode="json", exclude_none=True, exclude_defaults=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each place in a folder of its own, with its data; the plan in all."""
    whole = tmp_path_factory.mktemp("places")
    for place, data in municipalities().items():
        own = whole / place
        own.mkdir()
        table = table_of(data).assign(key=data.keys)
        table.astype(dict.fromkeys((*ITEMS, "again"), int)).to_csv(own / "data.csv", index=False)
        (own / "map.yaml").write_text(MAPPING, encoding="utf-8")
        (own / "plan.yaml").write_text(plan_text(PLAN), encoding="utf-8")
    return whole


def send(folder: Path, place: str, *more: str, name: str = "sums.yaml", language: str = "en") -> Result:
    own = folder / place
    arguments = ["research", "sums", str(own / "data.csv"), "--mapping", str(own / "map.yaml")]
    arguments += ["--plan", str(own / "plan.yaml"), "--place", place, "-o", str(own / name), "--language", language]
    key = {"UNDERLAG_SIGNING_KEY": KEYS[place].hex()}
    return CliRunner(env=key).invoke(main, [*arguments, *more])


@pytest.fixture(scope="module")
def sent(folder: Path) -> list[str]:
    for place in PLACES:
        result = send(folder, place)
        assert result.exit_code == 0, result.output
        assert public_key_of(KEYS[place]) in result.stdout
    return [str(folder / place / "sums.yaml") for place in PLACES]


@pytest.mark.parametrize("language", a_few(["sv", "en"]))
def test_the_figures_of_all_places_are_printed(language: str, sent: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["research", "pool", *sent, *TRUST, "-o", str(tmp_path), "--language", language])
    assert result.exit_code == 0, result.output
    for told in ("AUC", "Påhittby", {"sv": "en annan plats som dessa", "en": "another place like these"}[language]):
        assert told in result.stdout
    assert {"sv": "kan inte ses i summor", "en": "cannot be seen from sums"}[language] in result.stderr
    assert (tmp_path / f"forest.auc.{language}.svg").read_text(encoding="utf-8").startswith("<svg")
    assert {"pool.json", "pool.csv"} <= {path.name for path in tmp_path.iterdir()}
    areas = pd.read_csv(tmp_path / "pool.csv").query("figure == 'auc' and section == 'by_place'")
    assert len(areas) == len(PLACES)


def test_one_document_has_the_plan_and_every_place(sent: list[str]) -> None:
    result = CliRunner().invoke(main, ["research", "pool", *sent, *TRUST, "--json"])
    document = json.loads(result.stdout)
    assert document["about"]["places"] == list(PLACES)
    assert document["about"]["plan"]["sha256"] == PLAN.sha256
    assert [each["code"] for each in document["warnings"]] == ["persons-taken-as-disjoint"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_key_that_is_not_trusted_is_refused_with_what_to_do(language: str, sent: list[str]) -> None:
    result = CliRunner().invoke(main, ["research", "pool", *sent, *TRUST[2:], "--language", language])
    assert result.exit_code == 2
    assert "Påhittby" in result.stderr
    assert {"sv": "per telefon eller brev", "en": "by telephone or letter"}[language] in result.stderr
    assert result.stdout == ""


def test_without_a_key_that_is_trusted_nothing_is_pooled(sent: list[str]) -> None:
    result = CliRunner().invoke(main, ["research", "pool", *sent])
    assert result.exit_code == 2
    assert "--trust" in result.stderr


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_key_without_its_place_is_refused_with_how_to_write_it(language: str, sent: list[str]) -> None:
    key = public_key_of(KEYS["Påhittby"])
    result = CliRunner().invoke(main, ["research", "pool", *sent, "--trust", key, "--language", language])
    assert result.exit_code == 2
    assert {"sv": "PLATS=NYCKEL", "en": "PLACE=KEY"}[language] in result.stderr


def test_a_changed_file_is_refused(sent: list[str], tmp_path: Path) -> None:
    text = Path(sent[0]).read_text(encoding="utf-8")
    (tmp_path / "changed.yaml").write_text(
        text.replace("happened:\n      - ", "happened:\n      - 1", 1), encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["research", "pool", str(tmp_path / "changed.yaml"), *sent[1:], *TRUST])
    assert result.exit_code == 2
    assert "sums-altered" not in result.stderr, "it is said in words"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_tells_of_few_is_named_and_can_be_left_out(language: str, folder: Path) -> None:
    place, finer = "Provstad", PLAN.model_copy(update={"levels": (0, 1, 2, 4, 8), "probabilities": ()})
    (folder / place / "finer.yaml").write_text(plan_text(finer), encoding="utf-8")
    plan = ("--plan", str(folder / place / "finer.yaml"))
    refused = send(folder, place, *plan, name=f"finer.{language}.yaml", language=language)
    assert refused.exit_code == 2
    assert "groups.sex = " in refused.stderr
    assert "--without" in refused.stderr
    assert not (folder / place / f"finer.{language}.yaml").exists()


def test_a_file_that_was_sent_is_neither_overwritten_nor_followed_by_one_that_differs_by_few(
    sent: list[str], folder: Path
) -> None:
    again = send(folder, "Påhittby")
    assert again.exit_code == 2
    assert "never changed" in again.stderr
    assert Path(sent[0]).is_file()
    table = pd.read_csv(folder / "Påhittby" / "data.csv")
    persons = table["person"].unique()
    smaller = folder / "Påhittby" / "smaller.csv"
    table[table["person"] != persons[0]].to_csv(smaller, index=False)
    own = folder / "Påhittby"
    arguments = ["research", "sums", str(smaller), "--mapping", str(own / "map.yaml"), "--plan", str(own / "plan.yaml")]
    arguments += ["--place", "Påhittby", "-o", str(own / "second.yaml"), "--language", "en"]
    second = CliRunner(env={"UNDERLAG_SIGNING_KEY": KEYS["Påhittby"].hex()}).invoke(main, arguments)
    assert second.exit_code == 2
    assert "one that you sent before" in second.stderr
    assert not (own / "second.yaml").exists()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_second_plan_is_refused_with_the_file_that_was_sent_and_what_to_do(
    language: str, sent: list[str], folder: Path
) -> None:
    other = PLAN.model_copy(update={"levels": (0, 5, 8)})
    (folder / "Påhittby" / "other.yaml").write_text(plan_text(other), encoding="utf-8")
    plan = ("--plan", str(folder / "Påhittby" / "other.yaml"))
    refused = send(folder, "Påhittby", *plan, name="second.yaml", language=language)
    assert refused.exit_code == 2
    assert Path(sent[0]).name in refused.stderr
    assert {"sv": "en enda plan", "en": "one plan"}[language] in refused.stderr
    assert not (folder / "Påhittby" / "second.yaml").exists()


def test_a_place_whose_name_cannot_be_seen_is_refused(folder: Path) -> None:
    refused = send(folder, "Provstad", "--place", "Provstad\u202e", name="hidden.yaml")
    assert refused.exit_code == 2
    assert "visible characters" in refused.stderr


def test_a_plan_that_asks_for_what_no_sums_make_is_told_why(folder: Path) -> None:
    text = plan_text(PLAN)[:-1] + ', "graded_response": true}'
    (folder / "Provstad" / "asking.yaml").write_text(text, encoding="utf-8")
    result = send(folder, "Provstad", "--plan", str(folder / "Provstad" / "asking.yaml"), name="asking.sums.yaml")
    assert result.exit_code == 2
    assert "Fit it at each place" in result.stderr


def test_without_a_signing_key_nothing_is_written(folder: Path) -> None:
    own = folder / "Provstad"
    arguments = ["research", "sums", str(own / "data.csv"), "--mapping", str(own / "map.yaml")]
    arguments += ["--plan", str(own / "plan.yaml"), "--place", "Provstad", "-o", str(own / "unsigned.yaml")]
    result = CliRunner(env={"UNDERLAG_SIGNING_KEY": ""}).invoke(main, arguments)
    assert result.exit_code != 0
    assert "UNDERLAG_SIGNING_KEY" in result.stderr
    assert not (own / "unsigned.yaml").exists()


def test_the_example_of_the_manual_runs(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (FOLDER / "research.en.md").read_text(encoding="utf-8").partition("## Several places")[2]
    plan, first, second = re.findall(r"^```(?:yaml)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[:3]
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(plan, encoding="utf-8")
    for name, place in (("exempelby", "Påhittby"), ("provstad", "Provstad")):
        for part in ("data.csv", "map.yaml"):
            Path(part).write_text((folder / place / part).read_text(encoding="utf-8"), encoding="utf-8")
        command = first.replace("Exempelby", place).replace("exempelby", name)
        key = {"UNDERLAG_SIGNING_KEY": KEYS[place].hex()}
        done = CliRunner(env=key).invoke(main, command.split()[1:])
        assert done.exit_code == 0, done.output
    second = second.replace("Exempelby=", "Påhittby=")
    for number, place in enumerate(("Påhittby", "Provstad"), 1):
        second = second.replace(f"KEY{number}", public_key_of(KEYS[place]))
    done = CliRunner().invoke(main, second.split()[1:])
    assert done.exit_code == 0, done.output
    assert Path("pooled", "pool.json").is_file()
