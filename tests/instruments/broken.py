"""One way to bring about each fault, so that no fault is without a test and none without words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from instruments.drafting import draft_next
from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.loading import load, read_yaml
from instruments.model import Instrument
from instruments.ratings import read_ratings
from instruments.registry import Registry, write_lock
from tests.instruments.small import SMALL, small_instrument, write


@dataclass(frozen=True)
class Edit:
    """A change to the small instrument, and words on the line that must be blamed."""

    old: str
    new: str
    blamed: str

    def apply(self) -> str:
        assert SMALL.count(self.old) == 1, f"{self.old!r} stands {SMALL.count(self.old)} times"
        return SMALL.replace(self.old, self.new)


EDITS = {
    "unknown-key": Edit("valid_to: null\n", "valid_to: null\nvalid_until: null\n", "valid_until"),
    "repeated-key": Edit("valid_to: null\n", "valid_to: null\nversion: '2.0'\n", "version: '2.0'"),
    "missing-key": Edit("title: {sv: Bråk, en: Fights}", "title: {sv: Bråk}", "title: {sv: Bråk}"),
    "wrong-type": Edit('version: "1.0"', "version: 1.0", "version: 1.0"),
    "bad-value": Edit("status: published", "status: finished", "status: finished"),
    "number-too-long": Edit('version: "1.0"', f"version: {'9' * 5000}", "version: 9"),
    "impossible-date": Edit("valid_from: 2020-01-01", "valid_from: 2020-02-30", "2020-02-30"),
    "before-every-day": Edit("valid_from: 2020-01-01", "valid_from: 0001-01-01", "0001-01-01"),
    "after-every-day": Edit("valid_to: null", "valid_to: 9999-12-31", "9999-12-31"),
    "alias-used": Edit("    title: {sv: Förr, en: Past}", "    title: &x [*x]", "title: &x"),
    "not-a-duration": Edit("look_back: P30D", "look_back: 30 days", "30 days"),
    "bounds-reversed": Edit("{min: 12, max: 18}", "{min: 18, max: 12}", "min: 18"),
    "repeated-domain": Edit("  - id: now\n", "  - id: past  # again\n", "# again"),
    "repeated-item": Edit("  - id: moves\n", "  - id: fights  # again\n", "# again"),
    "unknown-domain": Edit("domain: now", "domain: nowhere", "domain: nowhere"),
    "empty-domain": Edit("domain: now", "domain: past  # moved", "- id: now"),
    "wrong-kind-of-domain": Edit("domain: now", "domain: protective  # moved", "# moved"),
    "wrong-anchors": Edit("      moderate: {sv: Viss., en: Some.}\n", "", "anchors:  # of absence"),
    "look-back-missing": Edit("look_back: P30D", "look_back: null  # dynamic", "# dynamic"),
    "look-back-on-static-item": Edit(
        "look_back: null\n    title: {sv: Bråk", "look_back: P1Y\n    title: {sv: Bråk", "look_back: P1Y"
    ),
    "never-an-input": Edit("- id: moves", "- id: country_of_birth", "country_of_birth"),
    "limit-out-of-reach": Edit("  low_from: 2", "  low_from: 4", "low_from: 4"),
    "empty-list": Edit(SMALL[SMALL.index("items:") :], "items: []\n", "items: []"),
    "nested-too-deep": Edit("valid_to: null", "valid_to: " + "[" * 3000, "valid_to: [["),
    "not-yaml": Edit("valid_to: null", "valid_to: @", "valid_to: @"),
}

# Ratings of the small instrument, and the pointer that must be blamed.
RATINGS: dict[str, tuple[object, str]] = {
    "other-instrument": ({"instrument": "youth_spj"}, "/instrument"),
    "unknown-item": ({"items": {"figths": "low"}}, "/items/figths"),
    "unknown-key": ({"item": {}}, "/item"),
    "wrong-type": ({"items": {"fights": 2}}, "/items/fights"),
    "level-off-scale": ({"items": {"adult": "high"}}, "/items/adult"),
    "item-not-applicable": ({"items": {"fights": "not_applicable"}}, "/items/fights"),
    "level-and-missing": ({"items": {"fights": {"level": "low", "missing": "not_found"}}}, "/items/fights"),
    "unknown-kind-of-blank": ({"items": {"fights": {"missing": "stale"}}}, "/items/fights/missing"),
    "reason-missing": ({"items": {"fights": {"missing": "not_found", "reason": " "}}}, "/items/fights"),
    "reason-without-missing": (
        {"items": {"fights": {"level": "low", "reason": "Skolan svarar inte."}}},
        "/items/fights/reason",
    ),
    "unknown-direction": (
        {"extra_factors": [{"text": "Ny i landet", "direction": "up", "reason": "Saknar nätverk"}]},
        "/extra_factors/0/direction",
    ),
    "too-many-critical-items": ({"critical_items": [{"item": "fights", "reason": "x"}] * 6}, "/critical_items"),
    "repeated-critical-item": (
        {"critical_items": [{"item": "fights", "reason": "x"}] * 2},
        "/critical_items/1/item",
    ),
    "text-missing": ({"critical_items": [{"item": "fights", "reason": ""}]}, "/critical_items/0/reason"),
    "text-too-long": ({"items": {"fights": {"level": "low", "note": "å" * 100_000}}}, "/items/fights/note"),
    "text-unreadable": ({"items": {"fights": {"level": "low", "note": "\ud800"}}}, "/items/fights/note"),
}


def _edited(code: str) -> Callable[[Path], object]:
    return lambda folder: load(write(folder, EDITS[code].apply()), Instrument)


def _rated(code: str) -> Callable[[Path], object]:
    return lambda folder: read_ratings(RATINGS[code][0], small_instrument(folder))


def _not_utf8(folder: Path) -> object:
    path = write(folder)
    path.write_bytes(b"id: small_spj\ntitle: l\xe5g\n")
    return read_yaml(path)


def _empty(folder: Path) -> object:
    return read_yaml(write(folder, ""))


def _registry(*texts: str) -> Callable[[Path], Registry[Instrument]]:
    def build(folder: Path) -> Registry[Instrument]:
        for number, text in enumerate(texts):
            write(folder, text, f"{number}.yaml")
        return Registry(Instrument, [folder])

    return build


SECOND = SMALL.replace('"1.0"', '"2.0"')


def _altered(folder: Path) -> object:
    path = write(folder)
    write_lock(folder, Instrument)
    path.write_text(SMALL.replace("Bråk", "Slagsmål"), encoding="utf-8")
    return Registry(Instrument, [folder])


def _unlocked(folder: Path) -> object:
    write(folder)
    write_lock(folder, Instrument)
    write(folder, SECOND.replace("2020-01-01", "2021-01-01"), "2.0.yaml")
    return Registry(Instrument, [folder])


def _removed(folder: Path) -> object:
    path = write(folder)
    write_lock(folder, Instrument)
    path.unlink()
    return Registry(Instrument, [folder])


def _bad_lock(folder: Path) -> object:
    write(folder)
    write(folder, "small_spj@1.0: yes", "lock.yaml")
    return Registry(Instrument, [folder])


def _found(name: str, on: date = date(2026, 11, 21), text: str = SMALL) -> Callable[[Path], object]:
    return lambda folder: _registry(text)(folder).find(name, on=on)


def _drafted(*texts: str, day: date = date(2030, 1, 1)) -> Callable[[Path], object]:
    def draft(folder: Path) -> object:
        folder.mkdir(exist_ok=True)
        for index, text in enumerate(texts):
            write(folder, text, f"{index}.yaml")
        return draft_next(folder, Instrument, day)

    return draft


def _translated(text: str, *, language: str = "so", name: str = "small_spj@1.0") -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        write(folder)
        write(folder / "languages" / language, text, f"{name}.yaml")
        return Registry(Instrument, [folder])

    return read


WAYS: list[tuple[str, Callable[[Path], object]]] = [
    *((code, _edited(code)) for code in EDITS),
    *((code, _rated(code)) for code in RATINGS),
    ("not-utf8", _not_utf8),
    ("empty-file", _empty),
    ("missing-folder", lambda folder: Registry(Instrument, [folder / "gone"])),
    ("no-further-language", _translated("/title: Liten", language="sv")),
    ("translates-no-version", _translated("/title: Yar", name="small_spj@7.0")),
    ("translates-nothing", _translated("/titel: Yar")),
    ("other-placeholders", _translated("/title: Yar {name}")),
    ("no-version-in-folder", _drafted()),
    ("draft-begun", _drafted(SMALL.replace("published", "draft"))),
    ("draft-not-later", _drafted(SMALL, day=date(2019, 12, 31))),
    ("repeated-definition", _registry(SMALL, SMALL)),
    ("same-first-day", _registry(SMALL, SECOND)),
    ("altered-definition", _altered),
    ("unlocked-definition", _unlocked),
    ("removed-definition", _removed),
    ("bad-lock", _bad_lock),
    ("unknown-definition", _found("large_spj")),
    (
        "studied-only",
        lambda folder: Registry(Instrument, [write(folder).parent], elsewhere={"four": "studied-only"}).find(
            "four@1.0", on=date(2026, 11, 21)
        ),
    ),
    ("unknown-version", _found("small_spj@7")),
    ("not-in-force", _found("small_spj", date(2019, 12, 31))),
    ("only-drafts", _found("small_spj", text=SMALL.replace("published", "draft"))),
]


def faults_of(way: Callable[[Path], object], folder: Path) -> Iterator[Fault]:
    """The faults that one way of going wrong brings about."""
    with pytest.raises((InputError, AlteredDefinitionError, UnknownDefinitionError)) as caught:
        way(folder)
    if isinstance(caught.value, InputError):
        yield from caught.value.faults
    else:
        yield caught.value.fault
