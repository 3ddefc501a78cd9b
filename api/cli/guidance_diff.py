"""What differs between two guidances, on stdout."""

from datetime import date
from typing import TYPE_CHECKING

import click

from api.cli.options import progress
from api.cli.reporting import Words

if TYPE_CHECKING:
    from instruments.messages import Catalogue, Message
    from screening.guidance_differences import OnCohort, Shift, Witness
    from screening.library import BoundGuidance


def report_differences(
    first: "BoundGuidance",
    second: "BoundGuidance",
    catalogue: "Catalogue",
    words: Words,
    *,
    rows: int,
    seed: int,
    on: date,
) -> None:
    """Tell what two guidances, bound to the same instrument, say and do differently."""
    from screening.guidance_differences import compare_on_cohort

    report = _Report(first, second, catalogue, words)
    report.tell_files()
    with progress(words.say("cli.screening"), 1) as advance:
        seen = compare_on_cohort(first, second, rows=rows, seed=seed, on=on)
        advance(1)
    report.tell_cohort(seen, seed)


class _Report:
    def __init__(self, first: "BoundGuidance", second: "BoundGuidance", catalogue: "Catalogue", words: Words) -> None:
        from instruments.messages import Catalogue
        from screening.library import LOCALE

        sentences = Catalogue.from_folders(LOCALE / "batch", LOCALE / "cases").words()
        titled = catalogue.with_words({**first.words(), **second.words()})
        self._catalogue = titled.with_words(sentences)
        self._first, self._second, self._words = first, second, words

    def _say(self, key: str, **parameters: object) -> str:
        from instruments.messages import Message

        return self._render(Message(f"diff.{key}", parameters))

    def _render(self, message: "Message") -> str:
        from instruments.messages import Message, Text

        language = self._words.language
        parameters = {
            name: value.in_language(language) if isinstance(value, Text) else value
            for name, value in message.parameters.items()
        }
        return self._catalogue.render(Message(message.key, parameters), language)

    def tell_files(self) -> None:
        """Tell what the files say differently."""
        from screening.guidance_differences_in_words import differences_in_words

        differences = differences_in_words(self._first, self._second, self._catalogue)
        names = [bound.reference for bound in (self._first, self._second)]
        click.echo(self._say("head", first=names[0], second=names[1]))
        seen = list(filter(self._differs_here, differences))
        click.echo(self._say("in_words" if seen else "same_words"))
        for each in seen:
            click.echo(f"  - {self._render(each)}")

    def _differs_here(self, difference: "Message") -> bool:
        """Whether a difference can be seen in this language: words may differ in the other one alone."""
        from instruments.messages import Text

        before, after = (difference.parameters.get(side) for side in ("before", "after"))
        language = self._words.language
        if not isinstance(before, Text) or not isinstance(after, Text):
            return True
        return before.in_language(language) != after.in_language(language)

    def tell_cohort(self, seen: "OnCohort", seed: int) -> None:
        """Tell what comes out differently, with an intake for each."""
        if not seen.shifts:
            click.echo(self._say("nothing_seen", rows=seen.rows))
            return
        moves = seen.comparison
        moved = int(moves.transitions.sum() - moves.transitions.trace())
        movements = {name: getattr(moves, name) for name in ("enters", "may_still_enter", "leaves")}
        click.echo(self._say("on_cohort", rows=seen.rows, seed=seed, moved=moved, **movements))
        for shift in seen.shifts:
            click.echo(f"  - {self._shift(shift)}")
            click.echo(f"      {self._witness(shift.witness)}")

    def _shift(self, shift: "Shift") -> str:
        from screening.recommendation import name_outcome
        from screening.ruleset import OUTCOME
        from screening.truth import WORDS

        rows = self._words.rows(shift.rows)
        if shift.name == OUTCOME:
            before, after = (
                self._words.say(f"cli.outcome.{name_outcome(each)}") for each in (shift.before, shift.after)
            )
            title = self._catalogue.text("cases.outcome", self._words.language)
            return self._say("shift", name=title, before=before, after=after, rows=rows)
        title = self._catalogue.text(f"criterion.{shift.name}", self._words.language)
        statuses = {"before": WORDS[shift.before], "after": WORDS[shift.after]}
        return self._say("criterion_shift", title=title, name=shift.name, rows=rows, **statuses)

    def _witness(self, witness: "Witness | None") -> str:
        from screening.guidance_differences import known_in

        if witness is None:
            return self._say("no_witness")
        known = [self._render(each) for each in known_in(witness, self._first.rules, self._second.rules)]
        return self._say("witness", known="; ".join(known)) if known else self._say("witness_of_nothing")
