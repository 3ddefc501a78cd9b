"""How many clicks, keys and page loads the way takes from log-in to a signed review, by one fixed script of inputs."""

import json
from pathlib import Path

import pytest

from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.the_way import walk

ROOT = Path(__file__).resolve().parents[3]
#: The figures that are told of the way; `make screenshots` takes them anew.
FIGURES = Path(__file__).with_name("the_way.json")


def test_the_way_takes_as_much_as_is_told(workplace: Workplace, open_page: Open, pytestconfig: pytest.Config) -> None:
    figures = {}
    for number, (way, by_mouse) in enumerate([("mouse and keys", False), ("mouse alone", True)]):
        walked = walk(open_page, workplace, reference=f"vägen-{number}", by_mouse=by_mouse)
        figures[way] = {
            "clicks": sum(each.clicks for each in walked),
            "activating_keys": sum(each.keys for each in walked),
            "page_loads": sum(each.loads for each in walked),
            "signs_typed": sum(each.signs for each in walked),
        }
    keys, mouse = figures["mouse and keys"], figures["mouse alone"]
    assert keys["clicks"] <= 60, keys
    assert keys["activating_keys"] <= 120, keys
    assert keys["page_loads"] <= 12, keys
    if pytestconfig.getoption("--pictures"):
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    assert json.loads(FIGURES.read_text(encoding="utf-8")) == figures, "take the figures anew with `make screenshots`"
    told = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"it takes {keys['clicks']} clicks, {keys['activating_keys']} keys that answer or move" in told
    assert f"and {keys['page_loads']} pages; by mouse alone {mouse['clicks']} clicks." in told
