"""Versions of policies that a municipality has written for itself."""

from collections.abc import Mapping
from pathlib import Path

from api.policies.policies import FOLDER


def put_own_version(local: Path, shipped: str, changes: Mapping[str, str]) -> Path:
    """Put a version of a shipped policy among local definitions, under the version 2.0.

    Parameters
    ----------
    local : Path
        The folder of local definitions, which is also what comes back.
    shipped : str
        The version that ships, such as ``deadlines/1.0``.
    changes : Mapping of str to str
        What it says otherwise, by what it says where it ships.
    """
    text = (FOLDER / f"{shipped}.yaml").read_text(encoding="utf-8")
    for old, new in {'version: "1.0"': 'version: "2.0"', **changes}.items():
        assert old in text
        text = text.replace(old, new)
    path = local / "policies" / shipped.partition("/")[0] / "own.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return local
