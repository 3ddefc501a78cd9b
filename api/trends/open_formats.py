"""A published table in the formats that others read: JSON-stat, CSV on the Web, and a workbook.

Each says the same numbers as the JSON does. A number that is hidden stays hidden in all of them and is marked as such:
it is never a zero, and never a gap that looks as if nothing had been there.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from api.settings.municipality import Municipality
from api.trends.queries import COUNT, MOST_ROWS, columns_of
from api.trends.words import TrendWords, title_of_table, title_of_version
from api.trends.workbook import Cell, Sheet, write_workbook
from instruments.faults import Fault, InputError

Data = Mapping[str, Any]
JSON_STAT = "application/json"
CSVW = "application/csvm+json"
#: Observation statuses of SDMX (CL_OBS_STATUS 2.2): suppressed, and not there.
HIDDEN, ABSENT = "Q", "O"
#: How wide columns are, in characters.
_NARROW, _WIDE = 16, 36
_PROSE = (28, 110)


def title_of(data: Data, words: TrendWords) -> str:
    """What a table is called: what is counted, and what it is divided by."""
    template = words.translator.in_language(words.language, "trends.table_title")
    dimensions = [words.dimension(name) for name in data["dimensions"]]
    return title_of_table(template, words.translator.say(data["title"]), dimensions)


def _values(data: Data, words: TrendWords, name: str) -> list[str]:
    """The values of a dimension that a table has: in the order of the lattice, then in that of the table."""
    there = dict.fromkeys(row[name] for row in data["numbers"])
    known = words.listed(name)
    return [*(value for value in known if value in there), *(value for value in there if value not in known)]


def as_json_stat(data: Data, words: TrendWords, address: str, municipality: Municipality) -> dict[str, Any]:
    """A dataset of JSON-stat 2.0 (https://json-stat.org/full/), in one language.

    Every combination has a cell. One that is null has a status of SDMX: ``Q`` for a number that is hidden, ``O`` where
    nothing was published of the combination. The month that goes on is left out: it has no exact number.

    Raises
    ------
    InputError
        ``too-many-points``, for a dataset of more cells than one answer has.
    """
    t, names = words.translator.t, ["period", *data["dimensions"]]
    categories = {"period": [each["period"] for each in data["periods"]]}
    categories |= {name: _values(data, words, name) for name in data["dimensions"]}
    sizes = [len(categories[name]) for name in names]
    cells = 1
    for size in sizes:
        cells *= size
    if cells > MOST_ROWS:
        raise InputError([Fault("too-many-points", "?from", {"most": MOST_ROWS})])
    counts = {tuple(row[name] for name in names): row["count"] for row in data["numbers"]}
    values: list[int | None] = []
    status: dict[str, str] = {}
    for place, key in enumerate(product(*(categories[name] for name in names))):
        values.append(counts.get(key))
        if values[-1] is None:
            status[str(place)] = HIDDEN if key in counts else ABSENT
    return {
        "version": "2.0",
        "class": "dataset",
        "href": address,
        "label": title_of(data, words),
        "source": _source(words, municipality),
        **({"updated": _updated(data)} if data["periods"] else {}),
        "note": [words.translator.say(data["about"]), *_hiding(data, words), t("trends.notes.caution")],
        "id": names,
        "size": sizes,
        "role": {"time": ["period"]},
        "dimension": {name: _dimension(data, words, name, categories[name]) for name in names},
        "value": values,
        "status": status,
        "extension": {
            "status": {HIDDEN: t("trends.hidden"), ABSENT: t("trends.absent")},
            "limits": data["limits"],
            "periods": data["periods"],
        },
    }


def _dimension(data: Data, words: TrendWords, name: str, values: list[str]) -> dict[str, Any]:
    if name != "period":
        labels = {value: words.value(name, value) for value in values}
        return {"label": words.dimension(name), "category": {"index": values, "label": labels}}
    remarks = {each["period"]: list(_remarks(each, words)) for each in data["periods"]}
    notes = {period: said for period, said in remarks.items() if said}
    category = {"index": values, "label": {value: value for value in values}, **({"note": notes} if notes else {})}
    return {"label": words.translator.t("trends.period"), "category": category}


def as_csvw(data: Data, words: TrendWords, address: str, municipality: Municipality) -> dict[str, Any]:
    """What the columns of the CSV for programs mean: metadata of CSV on the Web (W3C, 2015).

    Parameters
    ----------
    address : str
        Where the CSV is.
    """
    about = words.translator.say(data["about"])
    metadata: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": words.language}],
        "url": address,
        "dc:title": title_of(data, words),
        "dc:description": " ".join([about, *_hiding(data, words)]),
        **({"dc:publisher": municipality.name} if municipality.name else {}),
        **({"dc:license": {"@id": municipality.licence}} if municipality.licence else {}),
        **({"dc:modified": _updated(data)} if data["periods"] else {}),
        "tableSchema": {
            "columns": [_column(name, words) for name in columns_of(data)],
            "primaryKey": ["period", *data["dimensions"]],
        },
    }
    return metadata


#: Columns whose cells are not just text.
_TYPES: Mapping[str, Mapping[str, Any]] = {
    COUNT: {"datatype": "nonNegativeInteger", "null": ""},
    "revision": {"datatype": "positiveInteger", "null": ""},
    "is_hidden": {"datatype": "boolean"},
    "is_open": {"datatype": "boolean"},
    "is_series_break": {"datatype": "boolean"},
    "is_frozen": {"datatype": "boolean"},
    "guidance_versions": {"datatype": "string", "separator": " "},
    "instrument_versions": {"datatype": "string", "separator": " "},
}


def _column(name: str, words: TrendWords) -> dict[str, Any]:
    key = f"trends.column.{name}"
    label = words.translator.t(key) if words.translator.knows(key) else words.dimension(name)
    kind = _TYPES.get(name, {"datatype": "string"})
    return {"name": name, "titles": name, "dc:description": label, **kind}


def as_workbook(data: Data, words: TrendWords, municipality: Municipality) -> bytes:
    """A workbook: the numbers in words, what they are and are not, and the periods with their revisions."""
    t = words.translator.t
    names = data["dimensions"]
    headings = [t("trends.period"), *(words.dimension(name) for name in names), t("trends.cases")]
    numbers: list[list[Cell]] = [
        [
            row["period"],
            *(words.value(name, row[name]) for name in names),
            t("trends.hidden") if row["count"] is None else row["count"],
        ]
        for row in data["numbers"]
    ]
    keys = ("period", "starts_on", "revision", "published_on", "remarks", "versions", "sha256")
    periods: list[list[Cell]] = [
        [
            each["period"],
            each["starts_on"],
            each["revision"],
            each["published_at"][:10],
            " ".join(_remarks(each, words)),
            ", ".join([*each["guidance_versions"], *each["instrument_versions"]]),
            each["sha256"],
        ]
        for each in data["periods"]
    ]
    sheets = [
        Sheet(t("trends.sheet.numbers"), [headings, *numbers], [_NARROW, *([_WIDE] * len(names)), _NARROW]),
        Sheet(t("trends.sheet.notes"), list(_notes(data, words, municipality)), _PROSE, is_prose=True),
        Sheet(
            t("trends.sheet.periods"),
            [[t(f"trends.column.{key}") for key in keys], *periods],
            [_NARROW, _NARROW, _NARROW, _NARROW, _WIDE, _WIDE, _WIDE],
        ),
    ]
    return write_workbook(sheets, language=words.language)


def _notes(data: Data, words: TrendWords, municipality: Municipality) -> Iterator[list[Cell]]:
    """Yield what has to be known of the numbers, each with its heading."""
    t, say = words.translator.t, words.translator.say
    not_set = t("trends.notes.not_set")
    yield [t("trends.sheet.notes"), title_of(data, words)]
    yield [t("trends.notes.about"), say(data["about"])]
    if data["periods"]:
        first, last = data["periods"][0]["period"], data["periods"][-1]["period"]
        yield [t("trends.notes.periods"), f"{first} – {last} ({t('trends.level.' + data['level'])})"]
    yield [t("trends.notes.hidden"), " ".join(_hiding(data, words))]
    yield [t("trends.notes.read"), t("trends.notes.caution")]
    versions = dict.fromkeys(
        version for each in data["periods"] for version in (*each["guidance_versions"], *each["instrument_versions"])
    )
    if versions:
        titles = [f"{title_of_version(each, words.translator)} – {each}" for each in versions]
        yield [t("trends.notes.versions"), "\n".join(titles)]
    yield [t("trends.notes.source"), _source(words, municipality)]
    yield [t("trends.notes.licence"), municipality.licence or not_set]
    yield [t("trends.notes.contact"), municipality.contact or not_set]
    yield [t("trends.notes.day"), data["today"]]


def _hiding(data: Data, words: TrendWords) -> list[str]:
    """What it means that a number is hidden, by the limits that hide it."""
    t = words.translator.t
    protection = t("trends.notes.protection", least=data["limits"]["protection"])
    return [words.limit("smallest_group"), protection, t("trends.notes.not_zero")]


def _source(words: TrendWords, municipality: Municipality) -> str:
    publisher = municipality.name or words.translator.t("trends.notes.not_set")
    return words.translator.t("trends.notes.source_of", publisher=publisher, lattice=words.lattice_title)


def _updated(data: Data) -> str:
    return str(max(each["published_at"] for each in data["periods"]))


def _remarks(period: Mapping[str, Any], words: TrendWords) -> Iterator[str]:
    """Yield what has to be known of a period before it is held against another."""
    t: Callable[..., str] = words.translator.t
    if period["is_series_break"]:
        versions = ", ".join(title_of_version(name, words.translator) for name in period["begins_here"])
        yield t("trends.break", period=period["period"], versions=versions)
    for mark in ("is_frozen", "is_incomplete"):
        if period[mark]:
            yield t(f"trends.mark.{mark}")
