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
            is_renamed = len({each.title for each in (left, right) if each}) > 1
            one_told, other_told = (
                (*((each.title,) if is_renamed else ()), *each.lines) if each else None for each in (left, right)
            )
            pairs.append(Pair(title, one_told, other_told))
    return Compared(name, tuple(pairs), tuple(same))


def _about(whole: WholeGuidance) -> Iterator[tuple[str, _Told]]:
    say, t, data = whole.translator.say, whole.translator.t, whole.data
    rows = {
        "title": say(data["title"]),
        "summary": say(data["summary"]),
        "issuer": data["issuer"],
        "valid_from": data["valid_from"],
        "valid_to": data["valid_to"],
        "ended_on": data["ended_on"],
        "instrument": data["instrument"],
    }
    for name, value in rows.items():
        yield name, _Told(t(f"page.guidance.{name}"), (str(value),) if value else ())
    for row in data["freshness"]:
        days = whole.bound.rules.settings[row["days"]].value
        told = [t("page.guidance.days", days=days)]
        if row["must_be_dated"]:
            told.append(t("page.guidance.must_be_dated", answers=whole.answers(row["fact"], row["must_be_dated"])))
        yield f"freshness {row['fact']}", _Told(t("page.guidance.fresh", fact=row["fact"]), tuple(told))


def _criteria(whole: WholeGuidance) -> Iterator[tuple[str, _Told]]:
    say, t = whole.translator.say, whole.translator.t
    for criterion, depth in whole.criteria():
        lines = [t("page.guidance.required" if criterion.required else "page.guidance.advisory")] if not depth else []
        lines.append(whole.rule(criterion.id))
        if criterion.rule.children:
            lines.append(", ".join(say(child.title) for child in criterion.rule.children))
        if criterion.quote:
            lines.append(f"”{criterion.quote}”")
        lines += [say(each) for each in (criterion.reading and criterion.reading.text, criterion.note) if each]
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
    say, seen = whole.translator.say, set[str]()
    for each in whole.data[name]:
        if name == "sources":
            # The guidance and the flags name their sources each for itself: the same id can be two documents.
            key, told = f"{each['id']} {each['id'] in seen}", [each["publisher"], each["published"]]
            seen.add(each["id"])
            yield key, _Told(each["title"], (*told, *([say(each["note"])] if each["note"] else ())))
        elif name == "flags":
            more = (each["caution"], each["reading"] and each["reading"]["text"])
            lines = [say(each["statement"]), whole.rule(each["id"]), *(say(one) for one in more if one)]
            yield each["id"], _Told(say(each["title"]), (*lines, *([f"”{each['quote']}”"] if each["quote"] else ())))
        else:
            yield each["id"], _Told(f"”{each['quote']}”" if each["quote"] else say(each["text"]), (say(each["text"]),))
