"""Two guidances side by side: what each says of the same thing, and what only one of them has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.definitions.whole_guidance import WholeGuidance


@dataclass(frozen=True)
class Pair:
    """What two guidances say of one thing; None where one of them says nothing of it."""

    title: str
    one: tuple[str, ...] | None
    other: tuple[str, ...] | None


@dataclass(frozen=True)
class Compared:
    """One part of two guidances: what differs, and the titles of what is the same word by word."""

    name: str
    differing: tuple[Pair, ...]
    same: tuple[str, ...]


@dataclass(frozen=True)
class _Told:
    title: str
    lines: tuple[str, ...]


def compare(one: WholeGuidance, other: WholeGuidance) -> list[Compared]:
    """Compare two guidances part by part. Things that have the same id in both are the same thing."""
    told = [
        {"about": dict(_about(each)), "criteria": dict(_criteria(each)), "limits": dict(_limits(each))}
        | {name: dict(_listed(each, name)) for name in ("flags", "notes", "sources")}
        for each in (one, other)
    ]
    return [_compared(name, told[0][name], told[1][name]) for name in told[0]]


def _compared(name: str, one: Mapping[str, _Told], other: Mapping[str, _Told]) -> Compared:
    pairs = []
    same = []
    for key in dict.fromkeys([*one, *other]):
        left, right = one.get(key), other.get(key)
        title = (left or right or _Told("", ())).title
        if left == right:
            same.append(title)
        else:
            pairs.append(Pair(title, left.lines if left else None, right.lines if right else None))
    return Compared(name, tuple(pairs), tuple(same))


def _about(whole: WholeGuidance) -> Iterator[tuple[str, _Told]]:
    say, t, data = whole.translator.say, whole.translator.t, whole.data
    rows = {
        "title": say(data["title"]),
        "summary": say(data["summary"]),
        "issuer": data["issuer"],
        "valid_from": data["valid_from"],
        "ended_on": data["ended_on"],
        "instrument": data["instrument"],
    }
    for name, value in rows.items():
        yield name, _Told(t(f"page.guidance.{name}"), (str(value),) if value else ())
    for row in data["freshness"]:
        days = whole.bound.rules.settings[row["days"]].value
        told = t("page.guidance.days", days=days)
        yield f"freshness {row['fact']}", _Told(t("page.guidance.fresh", fact=row["fact"]), (told,))


def _criteria(whole: WholeGuidance) -> Iterator[tuple[str, _Told]]:
    say, t = whole.translator.say, whole.translator.t
    for criterion, depth in whole.criteria():
        lines = [t("page.guidance.required" if criterion.required else "page.guidance.advisory")] if not depth else []
        lines.append(whole.rule(criterion.id))
        if criterion.quote:
            lines.append(f"”{criterion.quote}”")
        if criterion.reading:
            lines.append(say(criterion.reading.text))
        yield criterion.id, _Told(say(criterion.title), tuple(lines))


def _limits(whole: WholeGuidance) -> Iterator[tuple[str, _Told]]:
    say, t = whole.translator.say, whole.translator.t
    for parameter in whole.data["parameters"]:
        lines = [
            whole.limit(parameter, parameter["value"]),
            t("page.guidance.may_be", permitted=whole.permitted(parameter)),
            t("page.guidance.set", who=parameter["set_by"], when=parameter["set_on"]),
        ]
        if parameter["reason"]:
            lines.append(say(parameter["reason"]))
        yield parameter["id"], _Told(say(parameter["title"]), tuple(lines))


def _listed(whole: WholeGuidance, name: str) -> Iterator[tuple[str, _Told]]:
    say = whole.translator.say
    for each in whole.data[name]:
        if name == "sources":
            yield each["id"], _Told(each["title"], (each["publisher"], each["published"]))
        elif name == "flags":
            yield each["id"], _Told(say(each["title"]), (say(each["statement"]), whole.rule(each["id"])))
        else:
            yield each["id"], _Told(f"”{each['quote']}”" if each["quote"] else say(each["text"]), (say(each["text"]),))
