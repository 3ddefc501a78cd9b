"""A saved estimator is loaded only when its bytes, its imports and its libraries are what they should be."""

import hashlib
import hmac
import io
import json
import pickle
import pickletools
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from instruments.cards import AlteredCardError
from instruments.research.calibrators import IsotonicCalibrator, LogisticCalibrator, PlattCalibrator
from instruments.research.card.bundle import ALLOWED, LIBRARIES, imported_names, read_bundle, write_bundle

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
TOTALS = pd.DataFrame({"risk_total": np.arange(200) % 40})
HAPPENED = (np.arange(200) * 7 % 40 + np.arange(200) % 40) > 40


class Harmful:
    """What an attacker would put into a file: its loading leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str, str], object], tuple[str, str]]:
        return open, (str(self.trace), "w")


def code_of(path: Path, key: bytes = KEY) -> str:
    with pytest.raises(AlteredCardError) as caught:
        read_bundle(path, key)
    return caught.value.fault.code


def signed(pickled: bytes, path: Path, versions: dict[str, str] | None = None) -> Path:
    """A bundle with a right HMAC over whatever is in it: an attacker who has the key."""
    told = {name: version(name) for name in LIBRARIES} if versions is None else versions
    body = json.dumps(told).encode() + b"\n" + pickled
    code = hmac.new(KEY, b"underlag estimator bundle 1\n" + body, hashlib.sha256).hexdigest()
    path.write_bytes(b"underlag-bundle-1\n" + code.encode() + b"\n" + body)
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "estimator.bundle"
    write_bundle(LogisticCalibrator().fit(TOTALS, HAPPENED), path, KEY)
    return path


@pytest.mark.parametrize("kind", [LogisticCalibrator, PlattCalibrator, IsotonicCalibrator])
def test_an_estimator_comes_back_as_it_was(kind: type, tmp_path: Path) -> None:
    fitted = kind().fit(TOTALS, HAPPENED)
    sha256 = write_bundle(fitted, tmp_path / "bundle", KEY)
    loaded = read_bundle(tmp_path / "bundle", KEY, sha256)
    assert loaded.predict_proba(TOTALS).tolist() == fitted.predict_proba(TOTALS).tolist()
    assert loaded.feature_names_in_.tolist() == ["risk_total"]


def test_every_byte_that_is_changed_is_noticed_before_anything_is_loaded(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblib, "load", lambda *_: pytest.fail("it was loaded"))
    content = bundle.read_bytes()
    for place in range(0, len(content), 7):
        changed = bytearray(content)
        changed[place] ^= 1
        bundle.write_bytes(changed)
        assert code_of(bundle) in ("bundle-altered", "bundle-not-one")


def test_another_key_opens_nothing(bundle: Path) -> None:
    assert code_of(bundle, OTHER_KEY) == "bundle-altered"


def test_an_older_bundle_in_the_place_of_the_one_on_the_card_is_noticed(bundle: Path) -> None:
    with pytest.raises(AlteredCardError, match="bundle-altered"):
        read_bundle(bundle, KEY, sha256="0" * 64)


@pytest.mark.parametrize("cut", [0, 5, 40, 90, 300])
def test_a_file_that_was_cut_short_is_refused(cut: int, bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:cut])
    assert code_of(bundle) in ("bundle-altered", "bundle-not-one")


def test_harmful_content_is_refused_even_when_it_is_signed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    assert code_of(signed(pickle.dumps(Harmful(trace), protocol=4), tmp_path / "bundle")) == "bundle-import"
    assert not trace.exists()


def as_pickle(*instructions: bytes) -> bytes:
    return b"\x80\x04" + b"".join(instructions) + b"."


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


POP, STACK_GLOBAL, MEMOIZE, EMPTY_TUPLE, REDUCE, NONE = b"0", b"\x93", b"\x94", b")", b"R", b"N"
HIDDEN = {
    "by two texts": as_pickle(text("os"), text("getcwd"), STACK_GLOBAL, EMPTY_TUPLE, REDUCE),
    "below texts that are thrown away": as_pickle(
        text("os"), text("getcwd"), text("numpy"), text("dtype"), POP, POP, STACK_GLOBAL, EMPTY_TUPLE, REDUCE
    ),
    "from the memo": as_pickle(
        text("os"), MEMOIZE, POP, text("getcwd"), MEMOIZE, POP, text("numpy"), text("dtype"), POP, POP,
        b"h\x00", b"h\x01", STACK_GLOBAL, EMPTY_TUPLE, REDUCE,
    ),
    "by the old instruction": as_pickle(b"cos\ngetcwd\n", EMPTY_TUPLE, REDUCE),
    "by an instance": as_pickle(b"(ios\ngetcwd\n"),
    "by the registry of extensions": as_pickle(b"\x82\x01"),
    "by a persistent id": as_pickle(b"Pos.getcwd\n"),
    "after the end": pickle.dumps(1, protocol=4) + as_pickle(text("os"), text("getcwd"), STACK_GLOBAL),
    "as a part of what is allowed": as_pickle(
        text("numpy"), text("dtype.__class__.__base__.__subclasses__"), STACK_GLOBAL, EMPTY_TUPLE, REDUCE
    ),
}  # fmt: skip


@pytest.mark.parametrize("pickled", HIDDEN.values(), ids=HIDDEN)
def test_an_import_that_is_hidden_is_found_without_running_it(pickled: bytes, tmp_path: Path) -> None:
    assert code_of(signed(pickled, tmp_path / "bundle")) in ("bundle-import", "bundle-not-one")


def test_the_attacks_are_pickles_that_would_run() -> None:
    assert pickle.loads(HIDDEN["from the memo"]) == str(Path.cwd())  # noqa: S301 -- our own, above
    assert pickle.loads(HIDDEN["below texts that are thrown away"]) == str(Path.cwd())  # noqa: S301


def test_joblibs_own_form_cannot_be_scanned_and_is_refused(tmp_path: Path) -> None:
    dumped = io.BytesIO()
    joblib.dump(LogisticCalibrator().fit(TOTALS, HAPPENED), dumped)
    assert code_of(signed(dumped.getvalue(), tmp_path / "bundle")) in ("bundle-not-one", "bundle-import")


def test_other_versions_of_the_libraries_are_told_one_by_one(tmp_path: Path) -> None:
    pickled = pickle.dumps(LogisticCalibrator().fit(TOTALS, HAPPENED), protocol=4)
    versions = {name: version(name) for name in LIBRARIES} | {"numpy": "1.0"}
    path = signed(pickled, tmp_path / "bundle", versions)
    with pytest.raises(AlteredCardError) as caught:
        read_bundle(path, KEY)
    assert caught.value.fault.parameters == {"differing": [f"numpy 1.0 (here {version('numpy')})"]}


def test_an_estimator_that_could_not_be_read_again_is_not_saved(tmp_path: Path) -> None:
    fitted = LogisticRegression().fit(TOTALS, HAPPENED)
    with pytest.raises(AlteredCardError, match="bundle-import"):
        write_bundle(fitted, tmp_path / "bundle", KEY)
    assert not (tmp_path / "bundle").exists()


def test_every_name_on_the_list_is_one_that_some_estimator_needs() -> None:
    needed = {
        name
        for kind in (LogisticCalibrator, PlattCalibrator, IsotonicCalibrator)
        for name in imported_names(pickle.dumps(kind().fit(TOTALS, HAPPENED), protocol=4))
    }
    needed |= set(imported_names(pickle.dumps(np.float64(0.5), protocol=4)))
    assert needed <= ALLOWED
    assert {name for name in ALLOWED - needed if "scorecards" not in name} == set()


@pytest.mark.parametrize("kind", ["LogisticCalibrator", "PlattCalibrator", "IsotonicCalibrator"])
def test_an_estimator_is_named_as_in_the_bundles_that_were_written_before_the_rooms(kind: str, tmp_path: Path) -> None:
    named = text("instruments.research.calibrators") + text(kind) + STACK_GLOBAL + EMPTY_TUPLE + REDUCE
    assert type(read_bundle(signed(as_pickle(named), tmp_path / "bundle"), KEY)).__name__ == kind


def test_a_bundle_is_a_pickle_from_the_first_byte_to_the_last(bundle: Path) -> None:
    pickled = bundle.read_bytes().split(b"\n", 3)[3]
    *_, (code, _, place) = pickletools.genops(pickled)
    assert (code.name, place) == ("STOP", len(pickled) - 1)
