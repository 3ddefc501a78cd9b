"""Change over time: the ratings as pictures, and what differs between two tests, by what brought it about."""

from flask import Response, request

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import open_file
from api.cases.frame import WorkTranslator, blueprint, library, page, translator
from api.cases.screenings.change import change_between
from api.cases.screenings.pictures import drawn, pictures
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from screening.change_over_time import ChangeOverTime, Difference


@blueprint.get("/cases/<case_id>/change")
@allowed("case:read")
def change(case_id: str) -> Response:
    """Show change over time."""
    words = translator()
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        tests = [entry for entry in case_file.entries if entry.kind == "screening"]
        earlier, later = _chosen([entry.id for entry in tests])
        compared: ChangeOverTime | None = None
        if earlier and later:
            try:
                compared = change_between(unit, earlier, later)
            except (UnknownDefinitionError, AlteredDefinitionError):
                compared = None  # definitions of then are not here
    signed = [entry for entry in case_file.entries if entry.kind == "assessment"]
    kinds = {entry.content["instrument"] for entry in signed}
    latest = signed[-1] if signed else None
    instrument = None
    if latest is not None:
        instrument = library().instruments.find(latest.content["instrument"], on=latest.made_at.date()).content
    same = [
        entry for entry in signed if latest is not None and entry.content["instrument"] == latest.content["instrument"]
    ]
    return page(
        "change.html",
        case=case_file.case,
        tests=tests,
        earlier=earlier,
        later=later,
        compared=_listed(compared, words),
        is_told_apart=compared.is_rater_told_apart if compared else True,
        has_other_instruments=len(kinds) > 1,
        number=len(same),
        words=words,
        **drawn(pictures(same[-6:], instrument, words) if instrument is not None else []),
    )


def _chosen(tests: list[str]) -> tuple[str | None, str | None]:
    """The two tests that were asked for, if they are of this case; else the last two."""
    earlier, later = request.args.get("earlier"), request.args.get("later")
    if earlier in tests and later in tests and tests.index(str(earlier)) < tests.index(str(later)):
        return earlier, later
    return (tests[-2], tests[-1]) if len(tests) > 1 else (None, None)


def _listed(compared: ChangeOverTime | None, words: WorkTranslator) -> list[tuple[Difference, str, str, str]] | None:
    """Every difference in words, what came out first; None where nothing could be compared."""
    if compared is None:
        return None
    return [(each, *_in_words(each, words)) for each in (*compared.results, *compared.inputs)]


def _in_words(each: Difference, words: WorkTranslator) -> tuple[str, str, str]:
    """What differs, what it was and what it is."""
    kind, _, name = each.what.partition(".")
    if kind == "outcome":
        title = words.t("page.result.computed")
        before, after = (words.t(f"work.outcome.{value}") if value else "–" for value in (each.before, each.after))
        return title, before, after
    key = {"item": "fact.item.", "fact": "fact.", "criterion": "criterion.", "flag": "flag."}[kind] + name
    title = words.t(key) if words.knows(key) else name
    return title, _value(kind, name, each.before, words), _value(kind, name, each.after, words)


def _value(kind: str, name: str, value: str | None, words: WorkTranslator) -> str:
    if value is None:
        return "–"
    prefixes = {"item": "level.", "fact": f"value.{name}.", "criterion": "status.", "flag": "status."}
    for key in (f"{prefixes[kind]}{value}", f"blank.{value}"):
        if words.knows(key):
            return words.t(key)
    return value
