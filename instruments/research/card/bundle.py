"""The fitted estimator beside a card: a file that is proven before a single byte of it is run.

A pickle can do anything when it is loaded. So the HMAC over its exact bytes comes first, then every name that the
pickle imports is held against a frozen list, then the versions of the libraries, and only then is it loaded, from the
bytes that were checked and not from the file again. Nothing that answers a request ever loads one.
"""

import hashlib
import hmac
import io
import json
import pickle
import pickletools
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from instruments.cards import AlteredCardError
from instruments.faults import Fault

_SIGNED = b"underlag estimator bundle 1\n"
_MARK = b"underlag-bundle-1\n"
_DIGITS = 64
#: Libraries whose version must be the one that the estimator was saved with.
LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib", "underlag")
#: Everything that a bundle may import: our estimators, and what arrays and scikit-learn's own base are made of. A saved
#: estimator names its module, so that these modules never move.
ALLOWED = frozenset(
    {
        "instruments.research.calibrators IsotonicCalibrator",
        "instruments.research.calibrators LogisticCalibrator",
        "instruments.research.calibrators PlattCalibrator",
        "instruments.research.scorecards PointsScorecard",
        "instruments.research.scorecards UnitWeightScorecard",
        "numpy dtype",
        "numpy ndarray",
        "numpy._core.multiarray _reconstruct",
        "numpy._core.multiarray scalar",
    }
)
#: Instructions that push a text, and those that name what was pushed without changing it.
_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})
_GETS = frozenset({"BINGET", "LONG_BINGET", "GET"})
_PUTS = frozenset({"BINPUT", "LONG_BINPUT", "PUT"})
#: Instructions by which a pickle imports in a way that cannot be told beforehand.
_REFUSED = frozenset({"EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "INST"})


def write_bundle(estimator: Any, path: Path, key: bytes) -> str:
    """Save a fitted estimator with an HMAC and the versions of its libraries.

    Parameters
    ----------
    estimator : estimator
        Of a kind in `ALLOWED`.
    path : Path
    key : bytes

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    AlteredCardError
        If the estimator imports what could not be loaded again (``bundle-import``).
    """
    # a plain pickle: joblib's own form puts bare bytes between the instructions, which could not be scanned
    pickled = pickle.dumps(estimator, protocol=4)
    _refuse_other_imports(pickled)
    versions = json.dumps({name: version(name) for name in LIBRARIES}, sort_keys=True).encode()
    body = versions + b"\n" + pickled
    content = _MARK + _hmac(key, body).encode() + b"\n" + body
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_bundle(path: Path, key: bytes, sha256: str | None = None) -> Any:
    """Load an estimator, once nothing speaks against it.

    Parameters
    ----------
    path : Path
    key : bytes
    sha256 : str, optional
        The digest that the card has of it.

    Raises
    ------
    AlteredCardError
        With code ``bundle-not-one``, ``bundle-altered``, ``bundle-import`` or ``bundle-versions``.
    """
    content = path.read_bytes()
    start = len(_MARK) + _DIGITS + 1
    if not content.startswith(_MARK) or content[start - 1 : start] != b"\n":
        raise AlteredCardError(Fault("bundle-not-one", path.name))
    body = content[start:]
    given = content[len(_MARK) : start - 1].decode("ascii", "replace")
    is_signed = hmac.compare_digest(given.encode(), _hmac(key, body).encode())
    if not is_signed or (sha256 is not None and hashlib.sha256(content).hexdigest() != sha256):
        raise AlteredCardError(Fault("bundle-altered", path.name))
    versions, _, pickled = body.partition(b"\n")
    _refuse_other_imports(pickled)
    _refuse_other_versions(json.loads(versions))
    return joblib.load(io.BytesIO(pickled))


def _hmac(key: bytes, body: bytes) -> str:
    return hmac.new(key, _SIGNED + body, hashlib.sha256).hexdigest()


def _refuse_other_versions(saved: dict[str, str]) -> None:
    here = {name: version(name) for name in LIBRARIES}
    if saved != here:
        differing = [name for name in LIBRARIES if saved.get(name) != here[name]]
        versions = [f"{name} {saved.get(name, '–')} (here {here[name]})" for name in differing]
        raise AlteredCardError(Fault("bundle-versions", "", {"differing": versions}))


def _refuse_other_imports(pickled: bytes) -> None:
    """Refuse a pickle that imports anything that is not in `ALLOWED`, or whose imports cannot be told."""
    for name in imported_names(pickled):
        if name not in ALLOWED:
            raise AlteredCardError(Fault("bundle-import", "", {"name": name}))


def imported_names(pickled: bytes) -> list[str]:
    """Every ``module name`` that a pickle would import, without running any of it.

    Raises
    ------
    AlteredCardError
        If an import is put together in a way that cannot be told beforehand (``bundle-import``), or the bytes are not
        one pickle from the first to the last (``bundle-not-one``).
    """
    names: list[str] = []
    on_top: list[str] = []  # the texts that are known to lie uppermost on the stack
    memo: dict[int, str | None] = {}
    last = -1
    try:
        for code, argument, place in pickletools.genops(pickled):
            last = place or 0
            name = code.name
            if name in _REFUSED or (name == "STACK_GLOBAL" and len(on_top) < 2):
                raise AlteredCardError(Fault("bundle-import", "", {"name": name}))
            if name == "GLOBAL":
                names.append(str(argument))
            elif name == "STACK_GLOBAL":
                names.append(f"{on_top[-2]} {on_top[-1]}")
            if name == "MEMOIZE" or name in _PUTS:
                memo[len(memo) if name == "MEMOIZE" else int(str(argument))] = on_top[-1] if on_top else None
                continue
            text = str(argument) if name in _TEXTS else memo.get(int(str(argument))) if name in _GETS else None
            on_top = [*on_top, text] if text is not None else []
    except AlteredCardError:
        raise
    except (ValueError, IndexError):
        last = -1
    if last != len(pickled) - 1:
        raise AlteredCardError(Fault("bundle-not-one", ""))
    return names
