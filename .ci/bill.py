"""Print the bill of materials of an environment: what is installed in it, as CycloneDX 1.6 in JSON (ECMA-424).

Run by package.sh in the environment that the wheel was tried in, so that it lists what an installation has and nothing
else. The same packages give the same bytes: it holds no time and no serial number.
"""

import json
import re
from importlib.metadata import Distribution, distributions
from typing import Any

PRODUCT = "underlag"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def named(name: str) -> str:
    """The name of a package, as those who compare names write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reference(distribution: Distribution) -> str:
    """The package URL of a distribution."""
    return f"pkg:pypi/{named(distribution.name)}@{distribution.version}"


def licences(distribution: Distribution) -> list[dict[str, Any]]:
    """The licence that a distribution states: an SPDX expression, or the names of its classifiers."""
    stated = distribution.metadata
    if expression := stated.get("License-Expression"):
        return [{"expression": expression}]
    classified = [
        each.rpartition(" :: ")[2] for each in stated.get_all("Classifier") or () if each.startswith("License")
    ]
    written = (stated.get("License") or "").strip()
    names = classified or ([written] if written and "\n" not in written else [])
    return [{"license": {"name": name}} for name in names]


def component(distribution: Distribution) -> dict[str, Any]:
    """A distribution as a component."""
    url = reference(distribution)
    kind = "application" if named(distribution.name) == PRODUCT else "library"
    return {
        "type": kind,
        "bom-ref": url,
        "name": named(distribution.name),
        "version": distribution.version,
        "purl": url,
        "licenses": licences(distribution),
    }


def needs(distribution: Distribution, installed: dict[str, Distribution]) -> list[str]:
    """The installed packages that a distribution asks for without an extra being named."""
    asked = [each for each in distribution.requires or () if not re.search(r"\bextra\b", each.partition(";")[2])]
    names = {named(found[0]) for each in asked if (found := _NAME.match(each))}
    return sorted(reference(installed[name]) for name in names & installed.keys())


def bill() -> dict[str, Any]:
    """The bill of materials of the environment that runs this."""
    installed = {named(each.name): each for each in distributions()}
    product = installed.pop(PRODUCT)
    everything = [product, *(installed[name] for name in sorted(installed))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(product)},
        "components": [component(each) for each in everything[1:]],
        "dependencies": [{"ref": reference(each), "dependsOn": needs(each, installed)} for each in everything],
    }


if __name__ == "__main__":
    print(json.dumps(bill(), indent=2, ensure_ascii=False))
