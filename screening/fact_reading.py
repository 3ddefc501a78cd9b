"""Reading facts in the form in which they are sent, with every fault and its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Literal, TypeVar

from instruments.faults import Fault, InputError, pointer, shown
from instruments.ratings import BLANK, BlankKind
from instruments.text import is_unreadable
from screening.facts import (
    EVER,
    NOT_APPLICABLE,
    NOT_APPLICABLE_WORD,
    NOT_ASKED,
    FactDescription,
    FactDictionary,
    Facts,
    FactValue,
)

AGE, BIRTH_DATE = "age", "birth_date"
LONGEST_TEXT = 10_000
Read = TypeVar("Read")


def completed_years(birth_date: date, on: date) -> int:
    """Age in completed years; a person born on 29 February turns a year older on 1 March of a common year."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def read_facts(raw: Mapping[str, Any], dictionary: FactDictionary, *, on: date) -> Facts:
    """Read facts in their JSON form.

    Parameters
    ----------
    raw : Mapping
        By fact id: a value; null for "not asked"; ``{"missing": "not_found", "reason": …}``; or
        ``{"value": …, "source": …, "observed_on": …, "reason": …}``.
    dictionary : FactDictionary
        The facts that exist.
    on : date
        The reference date, on which the age is counted and after which nothing can have been observed.

    Returns
    -------
    Facts
        ``age`` is filled in from ``birth_date``.

    Raises
    ------
    InputError
        With every fault and its JSON pointer.
    """
    faults: list[Fault] = []
    values: dict[str, FactValue] = {}
    for name, given in raw.items():
        where = pointer("", shown(name))
        description = dictionary.by_id.get(name)
        if description is None:
            faults.append(_refusal(name, where, dictionary))
            continue
        try:
            values[name] = _read_fact(given, description, where, on)
        except InputError as error:
            faults.extend(error.faults)
    if BIRTH_DATE in values:
        faults.extend(_settle_age(values, values.pop(BIRTH_DATE), dictionary.by_id[AGE], on))
    if faults:
        raise InputError(faults)
    return Facts(values)


def _refusal(name: str, where: str, dictionary: FactDictionary) -> Fault:
    reason = dictionary.refusal_of(name)
    if reason is None:
        return Fault("unknown-fact", where, {"name": shown(name), "known": sorted(dictionary.by_id)})
    return Fault("derived-fact" if reason == "derived" else "never-an-input", where, {"name": shown(name)})


def _settle_age(values: dict[str, FactValue], birth: FactValue, age: FactDescription, on: date) -> Iterable[Fault]:
    """Fill in the age from the birth date, or its kind of blank where the age was not given either."""
    stated = values.get(AGE, NOT_ASKED)
    if birth.text is None:
        values[AGE] = birth if stated.blank == BlankKind.NOT_ASKED else stated
        return
    born = date.fromisoformat(birth.text)
    years = completed_years(born, on)
    low, high = age.domain()
    if born > on:
        yield Fault("date-in-future", "/birth_date", {"value": birth.text, "on": on.isoformat()})
    elif not low <= years <= high:
        yield Fault("impossible-birth-date", "/birth_date", {"value": birth.text, "years": years})
    elif stated.blank is None and stated.code != years:
        yield Fault("age-disagrees", "/age", {"age": stated.code, "years": years, "on": on.isoformat()})
    else:
        known = stated if stated.blank is None else birth
        values[AGE] = FactValue(years, source=known.source, observed_on=known.observed_on)


def _read_fact(given: Any, description: FactDescription, where: str, on: date) -> FactValue:
    if given is None:
        return NOT_ASKED
    if not isinstance(given, Mapping):
        return FactValue(_read_code(given, description, where), text=_words_of(given, description))
    allowed = {"value", "source", "observed_on", "reason", "missing"}
    if description.kind == "offences":
        allowed |= {"window_months", *description.told_apart}
    faults = [
        Fault("unknown-key", pointer(where, shown(key)), {"name": shown(key), "known": sorted(allowed)})
        for key in given
        if key not in allowed
    ]
    source = _gather(faults, _read_text, given.get("source"), f"{where}/source")
    reason = _gather(faults, _read_text, given.get("reason"), f"{where}/reason")
    observed_on = _gather(faults, _read_date, given.get("observed_on"), f"{where}/observed_on")
    if observed_on is not None and observed_on > on:
        parameters = {"value": observed_on.isoformat(), "on": on.isoformat()}
        faults.append(Fault("date-in-future", f"{where}/observed_on", parameters))
    code = _gather(faults, lambda raw, place: _read_code(raw, description, place), given.get("value"), f"{where}/value")
    window = _read_window(given, where, faults)
    apart = _read_told_apart(given, code, description, where, faults)
    if "missing" in given:
        faults.extend(_faults_of_missing(given, reason, description.id, where))
    if faults:
        raise InputError(faults)
    if "missing" in given:
        return FactValue(BLANK, source, observed_on, reason, BlankKind.NOT_FOUND)
    if code is None:
        return FactValue(BLANK, source, observed_on, reason, BlankKind.NOT_ASKED)
    text = _words_of(given["value"], description)
    return FactValue(
        code, source, observed_on, reason, None, window, apart.get("convicted"), text, apart.get("admitted")
    )


def _gather(faults: list[Fault], read: Callable[[Any, str], Read], raw: Any, where: str) -> Read | None:
    """Read one part; its faults join the others, so that all are told at once."""
    if raw is None:
        return None
    try:
        return read(raw, where)
    except InputError as error:
        faults.extend(error.faults)
        return None


def _faults_of_missing(given: Mapping[str, Any], reason: str | None, name: str, where: str) -> Iterator[Fault]:
    if given["missing"] != BlankKind.NOT_FOUND.value:
        parameters = {"value": shown(given["missing"]), "allowed": [BlankKind.NOT_FOUND.value]}
        yield Fault("unknown-kind-of-blank", f"{where}/missing", parameters)
    if given.get("value") is not None:
        yield Fault("value-and-missing", where)
    if not (reason or "").strip():
        yield Fault("reason-missing", f"{where}/reason", {"name": name})


def _read_window(given: Mapping[str, Any], where: str, faults: list[Fault]) -> int | Literal["ever"] | None:
    raw: Any = given.get("window_months")
    if raw is not None and raw != EVER and not (_is_whole(raw) and 1 <= raw <= 1200):
        faults.append(Fault("bad-window", f"{where}/window_months", {"value": shown(raw)}))
    elif raw is not None and given.get("value") is None:
        faults.append(Fault("window-without-count", f"{where}/window_months"))
    window: int | Literal["ever"] | None = raw
    return window


def _read_told_apart(
    given: Mapping[str, Any], code: int | None, description: FactDescription, where: str, faults: list[Fault]
) -> dict[str, int]:
    """How many of the offences were admitted and how many led to a conviction; together not more than all."""
    apart: dict[str, int] = {}
    for name in description.told_apart if description.kind == "offences" else ():
        number = given.get(name)
        if number is None:
            continue
        if not (_is_whole(number) and 0 <= number <= (code or 0) - sum(apart.values())):
            value = {"value": shown(number)}
            faults.append(Fault("bad-convicted" if name == "convicted" else "bad-admitted", f"{where}/{name}", value))
        else:
            apart[name] = number
    return apart


def _read_code(raw: Any, description: FactDescription, where: str) -> int:
    if raw == NOT_APPLICABLE_WORD and description.not_applicable:
        return NOT_APPLICABLE
    if description.kind == "choice":
        code = description.codes.get(raw) if isinstance(raw, str) else None
        if code is None:
            allowed = {"fact": description.id, "value": shown(raw), "allowed": list(description.codes)}
            raise InputError([Fault("off-scale-fact", where, allowed)])
        return code
    if description.kind in ("text", "date"):
        _ = _read_text(raw, where) if description.kind == "text" else _read_date(raw, where)
        return 0
    low, high = description.domain()
    if not (_is_whole(raw) and low <= raw <= high):
        parameters: dict[str, object] = {
            "fact": description.id,
            "value": shown(raw),
            "low": low,
            "high": high,
        }
        raise InputError([Fault("off-range-fact", where, parameters)])
    return int(raw)


def _words_of(raw: Any, description: FactDescription) -> str | None:
    """What a fact in free words or a date says; a code cannot hold it."""
    return str(raw) if description.kind in ("text", "date") else None


def _is_whole(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool)


def _read_text(raw: Any, where: str) -> str:
    if not isinstance(raw, str):
        raise InputError([Fault("not-text", where)])
    if len(raw) > LONGEST_TEXT:
        raise InputError([Fault("text-too-long", where, {"name": where, "length": len(raw), "most": LONGEST_TEXT})])
    if is_unreadable(raw):
        raise InputError([Fault("text-unreadable", where, {"name": where})])
    return raw


def parse_date(text: str) -> date | None:
    """The day that a text such as 2026-11-21 names; None for anything else, a week such as 2010-W10-1 among it."""
    try:
        return date.fromisoformat(text) if len(text) == 10 and text[7] == "-" else None
    except ValueError:
        return None


def _read_date(raw: Any, where: str) -> date | None:
    if raw is None or isinstance(raw, date):
        return raw
    day = parse_date(raw) if isinstance(raw, str) else None
    if day is None:
        raise InputError([Fault("impossible-date", where, {"value": shown(raw)})])
    return day
