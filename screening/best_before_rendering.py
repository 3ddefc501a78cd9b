"""The best-before date in words: until when a result stands, why it ends, and what it would be then."""

from collections.abc import Iterator

from instruments.messages import Catalogue, Message
from screening import rendered
from screening.best_before import BestBefore
from screening.gate import YOUTH
from screening.grounds import as_day
from screening.library import BoundGuidance
from screening.turns import Cause, State, Turn


def render_best_before(best: BestBefore, bound: BoundGuidance, catalogue: Catalogue) -> rendered.BestBefore:
    """The best-before date with its reasons.

    Parameters
    ----------
    bound : BoundGuidance
        What the result was reached by: the words of its criteria are used.
    """
    worded = catalogue.with_words(bound.words())
    say = worded.in_every_language
    earliest, latest = best.earliest, best.latest
    is_agreed = earliest is not None and earliest.is_agreed
    return {
        "stands_through": as_day(earliest.last_day) if earliest else None,
        "stands_through_latest": as_day(latest.last_day) if latest else None,
        "outcome_then": earliest.after.outcome if earliest and is_agreed and earliest.after else None,
        "text": say(_until(best)),
        "causes": [say(message) for message in _causes(earliest)] if earliest else [],
        "changes": [say(message) for message in _changes(earliest, bound, worded)] if earliest and is_agreed else [],
        "undated": [say(Message(f"best_before.undated.{name}")) for name in best.undated],
    }


def _until(best: BestBefore) -> Message:
    if best.earliest is None:
        return Message("best_before.never")
    first = as_day(best.earliest.last_day)
    if best.is_exact:
        return Message("best_before.exact", {"day": first})
    if best.latest is None:
        return Message("best_before.at_least", {"day": first})
    return Message("best_before.between", {"first": first, "last": as_day(best.latest.last_day)})


def _causes(turn: Turn) -> Iterator[Message]:
    for cause in turn.causes:
        match cause.kind:
            case "birthday":
                yield Message("best_before.birthday", {"age": cause.name})
            case "stale":
                yield Message("best_before.stale", {"fact": cause.name})
            case "consent":
                yield from _consent(turn, cause)
            case "age":
                yield Message(f"best_before.age.{cause.name}")
    if any(cause.kind == "definition" for cause in turn.causes):
        yield Message("best_before.definition")


def _consent(turn: Turn, cause: Cause) -> Iterator[Message]:
    """Yield how a consent stands on the day, where it stands otherwise than before."""
    person, _, recipient = cause.name.rpartition(":")
    for state in turn.after.consents if turn.after else ():
        if state[:2] == (person, recipient) and state not in turn.before.consents:
            whose = "youth" if person == YOUTH else "guardian"
            yield Message(f"best_before.consent.{whose}", {"status": state[2], "recipient": recipient})


def _changes(turn: Turn, bound: BoundGuidance, catalogue: Catalogue) -> Iterator[Message]:
    before, after = turn.before, turn.after
    if after is None:
        yield Message("best_before.no_rule")
        return
    if after.outcome != before.outcome:
        yield Message("best_before.outcome", {"outcome": after.outcome})
    else:
        yield Message("best_before.same_outcome")
    rules = bound.rules
    for name in (rules.nodes[place].name for place in rules.roots):
        now = after.statuses.get(name)
        if now is not None and now != before.statuses[name]:
            parameters = {"criterion": name, "before": before.statuses[name], "after": now}
            yield Message("best_before.criterion", parameters)
    yield from _flags(before, after, catalogue)
    if after.readiness != before.readiness:
        yield Message(f"best_before.gate.{after.readiness}")


def _flags(before: State, after: State, catalogue: Catalogue) -> Iterator[Message]:
    """Yield the flags that are raised then and were not, those that no longer are, and those that become open."""
    listed = {
        "added": [name for name in after.flags if name not in before.flags],
        "removed": [name for name in before.flags if name not in (*after.flags, *after.flags_open)],
        "open": [name for name in after.flags_open if name not in before.flags_open],
    }
    for code, names in listed.items():
        known = [name for name in names if f"flag.{name}" in catalogue]
        if known:
            yield Message(f"best_before.flags_{code}", {"flags": known})
