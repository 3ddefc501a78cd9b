"""The files of an export: for each version of an instrument a table, its mapping, and what holds for all of it."""

import csv
import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from api.policies.research_export import UNDISCLOSED, WITHHELD, ExportPolicy
from api.research_export.guarding import Described, DescribedRating, few_raters, rare_values
from api.research_export.pseudonyms import Pseudonyms
from api.research_export.rows import (
    AFTER_ENDING,
    ANSWERED,
    DECIDED,
    FIRST_FOLLOW_UP,
    FIRST_FOLLOW_UP_PERIOD,
    FIRST_FOLLOW_UPS,
    FOLLOWED,
)
from instruments.faults import Fault, InputError
from instruments.loading import read_yaml
from instruments.messages import Text, in_both_languages
from screening.batch.spreadsheets import disarmed

#: Columns whose rare values are not told: they are known to more people than the ratings are.
GUARDED = ("deviation", "ending", "new_reports")
ITEM = "item."
_ABOUT_RATING = (
    "rating",
    "person",
    "occasion",
    "rater",
    "rating_kind",
    "instrument",
    "unit",
    "sex",
    "age_band",
    "period",
)
_FACT = "reoffending_risk"
_OUTCOMES = ("reported_again", FIRST_FOLLOW_UP)
#: Told of the outcome and when it became known; a group by them would foretell what has happened.
_AFTERWARDS = ("new_reports", FIRST_FOLLOW_UP_PERIOD)
_COLUMNS = Path(__file__).parent / "columns.yaml"
Row = dict[str, str]


@cache
def codebook() -> Mapping[str, Mapping[str, Text]]:
    """What each of the ``columns`` says, in their order, what cells mean that are no value, and how it was rated."""
    return TypeAdapter(dict[str, dict[str, Text]]).validate_python(read_yaml(_COLUMNS).data)


def columns_told(policy: ExportPolicy) -> dict[str, Text]:
    """What each column says; those of the first follow-up are there where the policy names a period for them."""
    left_out = FIRST_FOLLOW_UPS if policy.follow_up_period is None else ()
    return {name: text for name, text in codebook()["columns"].items() if name not in left_out}


def make_rows(
    described: Sequence[Described], pseudonyms: Pseudonyms, policy: ExportPolicy
) -> tuple[dict[str, list[Row]], dict[str, list[str]]]:
    """The rows of each version of an instrument, ordered by pseudonym so that the order tells nothing.

    Returns
    -------
    dict of str to list of dict, dict of str to list of str
        Rows by ``id@version``, and the rare values of each guarded column, which are not told.
    """
    ratings = [(each, rating) for each in described for rating in each.ratings]
    rare = {
        name: rare_values(
            [(each.person.key, _told(rating).get(name, "")) for each, rating in ratings], policy.smallest_group
        )
        for name in GUARDED
    }
    told = columns_told(policy)
    few = few_raters(((rating.row.rater, each.person.key) for each, rating in ratings), policy.smallest_rater)
    tables: dict[str, list[Row]] = defaultdict(list)
    for each in sorted(described, key=lambda each: pseudonyms.of("person", each.person.key)):
        for rating in each.ratings:
            row, answers = rating.row, _told(rating)
            answers |= {name: UNDISCLOSED for name in GUARDED if answers.get(name, "") in rare[name]}
            if rating.follow_up == WITHHELD:
                answers |= dict.fromkeys(AFTER_ENDING, UNDISCLOSED)
            rater = f"few-{1 + row.is_second}" if row.rater in few else pseudonyms.of("rater", row.rater)
            tables[row.instrument].append(
                {
                    "rating": pseudonyms.of("rating", row.entry),
                    "person": pseudonyms.of("person", each.person.key),
                    "occasion": pseudonyms.of("occasion", row.occasion),
                    "rater": rater,
                    "rating_kind": "second" if row.is_second else "first",
                    "instrument": row.instrument,
                    "unit": each.unit,
                    "sex": each.sex,
                    "age_band": each.age_band,
                    "period": rating.period,
                    **{name: answers.get(name, "") for name in ANSWERED},
                    **{f"{ITEM}{item}": cell for item, cell in row.items.items()},
                    "guidance": rating.guidance,
                    **{name: answers.get(name, "") for name in (*DECIDED, *FOLLOWED) if name in told},
                }
            )
    return dict(tables), {name: sorted(values) for name, values in rare.items()}


def _told(rating: DescribedRating) -> Row:
    """The answers as far as they are told; what is withheld is missing."""
    answers = dict(rating.row.answers)
    if rating.follow_up == WITHHELD:
        return {name: value for name, value in answers.items() if name not in AFTER_ENDING}
    if FIRST_FOLLOW_UP_PERIOD in answers:
        answers[FIRST_FOLLOW_UP_PERIOD] = rating.follow_up
    return answers


def make_files(tables: Mapping[str, Sequence[Row]], about: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file by its name; ``about.yaml`` names the digest of each of the others."""
    files: dict[str, bytes] = {}
    for reference, rows in sorted(tables.items()):
        stem = reference.replace("/", "_")
        files[f"{stem}.csv"] = _csv(rows)
        files[f"{stem}.parquet"] = _parquet(rows)
        files[f"{stem}.mapping.yaml"] = _yaml(mapping_of(reference, rows[0]))
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return {"about.yaml": _yaml({**about, "files": digests}), **files}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive that says nothing of when or where it was made."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def require_new_folder(folder: Path) -> None:
    """Refuse to write an export over anything.

    Raises
    ------
    InputError
    """
    if folder.exists():
        raise InputError([Fault("folder-exists", str(folder))])


def mapping_of(reference: str, columns: Mapping[str, str]) -> dict[str, Any]:
    """The mapping by which the commands of research read a table of the export."""
    items = {name.removeprefix(ITEM): name for name in columns if name.startswith(ITEM)}
    apart = {*_ABOUT_RATING[:6], _FACT, *_OUTCOMES, *_AFTERWARDS, *items.values()}
    known_on = {FIRST_FOLLOW_UP: {"known_on": FIRST_FOLLOW_UP_PERIOD}}
    outcomes = {
        name: {"column": name, "codes": {"no": 0, "yes": 1}, **known_on.get(name, {})}
        for name in _OUTCOMES
        if name in columns
    }
    return {
        "note": "Pseudonymised ratings; see about.yaml",
        "instrument": reference,
        "rated_with": {
            "instrument": reference,
            **{name: in_both_languages(text) for name, text in codebook()["rated_with"].items()},
        },
        "key": "rating",
        "person": "person",
        "occasion": "occasion",
        "rater": "rater",
        "missing": [UNDISCLOSED],
        "items": items,
        "facts": {_FACT: _FACT},
        "outcomes": outcomes,
        "groups": {name: name for name in (*columns, "rating_kind") if name not in apart or name == "rating_kind"},
    }


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(rows[0]))
    writer.writerows([disarmed(cell) for cell in row.values()] for row in rows)
    return text.getvalue().encode()


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    made = io.BytesIO()
    table = pa.table({name: pa.array([disarmed(row[name]) for row in rows], pa.string()) for name in rows[0]})
    parquet.write_table(table, made)
    return made.getvalue()


def _yaml(content: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=120).encode()
