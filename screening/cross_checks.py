"""What can be wrong between the parts of a guidance or a set of flags, with the place of each fault.

Whether the facts and values that a rule names exist depends on the fact dictionary, and is checked when the guidance is
bound; see `screening.binding`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from instruments.loading import CrossFault, Place

_BRANCHES = ("all_of", "any_of", "none_of")
#: Where a rule names parameters, by the kind of rule. What else may stand there (a level) is told apart when bound.
_PARAMETERS = {
    "between": ("min", "max"),
    "at_least": ("threshold",),
    "at_most": ("threshold",),
    "is_one_of": ("least",),
    "offences_at_least": ("threshold", "window_months", "ever_below_age", "counted"),
    "items_at_least": ("threshold", "share"),
    "items_at_most": ("threshold", "share"),
}


def faults_between_parts(data: Any, top: str) -> Iterator[CrossFault]:
    """Yield dangling sources and parameters, and ids that stand twice.

    Parameters
    ----------
    data : object
        A file's data, of any shape.
    top : str
        The key of its list of criteria or flags.
    """
    if not isinstance(data, Mapping):
        return
    sources, parameters = set(_ids(data, "sources")), set(_ids(data, "parameters"))
    for key in ("sources", "parameters", "notes"):
        yield from _repeated(data, key)
    seen: set[str] = set()
    for place, part in _walk(_entries(data, top)):
        yield from _faults_of_part(place, part, seen, sources, parameters)
    for place, note in _entries(data, "notes"):
        yield from _dangling_source(place, note, sources)
    for place, row in _entries(data, "freshness"):
        yield from _dangling_parameter((*place, "days"), row.get("days"), parameters, str(row.get("fact", "")))


def _faults_of_part(
    place: Place, part: Mapping[str, Any], seen: set[str], sources: set[str], parameters: set[str]
) -> Iterator[CrossFault]:
    name = part.get("id")
    if isinstance(name, str):
        if name in seen:
            yield (*place, "id"), "repeated-criterion", {"name": name}
        seen.add(name)
    yield from _dangling_source(place, part, sources)
    rule = _mapping(part.get("rule"))
    for kind, keys in _PARAMETERS.items():
        given = _mapping(rule.get(kind))
        for key in keys:
            yield from _dangling_parameter((*place, "rule", kind, key), given.get(key), parameters, str(name))


def _dangling_source(place: Place, part: Mapping[str, Any], sources: set[str]) -> Iterator[CrossFault]:
    document = _mapping(part.get("source")).get("document")
    if isinstance(document, str) and document not in sources:
        yield (*place, "source", "document"), "unknown-source", {"name": document, "known": sorted(sources)}


def _dangling_parameter(place: Place, named: Any, parameters: set[str], criterion: str) -> Iterator[CrossFault]:
    if isinstance(named, str) and named not in parameters:
        yield place, "unknown-parameter", {"name": criterion, "parameter": named}


def _repeated(data: Mapping[str, Any], key: str) -> Iterator[CrossFault]:
    seen: set[str] = set()
    for place, part in _entries(data, key):
        name = part.get("id")
        if isinstance(name, str) and name in seen:
            yield (*place, "id"), "repeated-id", {"name": name}
        seen.add(str(name))


def _ids(data: Mapping[str, Any], key: str) -> Iterator[str]:
    for _, part in _entries(data, key):
        if isinstance(part.get("id"), str):
            yield part["id"]


def _entries(data: Mapping[str, Any], key: str, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    listed = data.get(key)
    for index, part in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(part, Mapping):
            yield (*place, key, index), part


def _walk(entries: Iterator[tuple[Place, Mapping[str, Any]]]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for place, part in entries:
        yield place, part
        for branch in _BRANCHES:
            yield from _walk(_entries(_mapping(part.get("rule")), branch, (*place, "rule")))


def _mapping(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}
