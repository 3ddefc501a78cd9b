"""What units, guidances, criteria and the other values of a table are called."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from api.context.context import current_context
from api.store.schema import SecrecyUnit
from api.web.translator import Translator
from instruments.faults import UnknownDefinitionError
from instruments.messages import LANGUAGES, Text
from screening.trends.lattice import Lattice

#: Half a percent: what is less rounds to none.
_LEAST_SHOWN = 0.005


class TrendWords:
    """Says the values of dimensions in one language.

    Parameters
    ----------
    guidances : iterable of str
        ``id@version`` of those whose criteria are named.
    """

    def __init__(self, translator: Translator, lattice: Lattice, guidances: Iterable[str]) -> None:
        self.translator = translator
        self.language = translator.language
        self._lattice = lattice
        self._titles = _titles_in(set(guidances))

    def dimension(self, name: str) -> str:
        """What a dimension is called."""
        return self.translator.say(self._lattice.dimension(name).title)

    @classmethod
    def of(cls, data: Mapping[str, Any], translator: Translator, lattice: Lattice) -> "TrendWords":
        """The words of one table: of the guidances in it, the criteria are named."""
        return cls(translator, lattice, {str(row["guidance"]) for row in data["numbers"] if "guidance" in row})

    @property
    def lattice_title(self) -> str:
        """What the published tables are called together."""
        return self.translator.say(self._lattice.title)

    def limit(self, name: str) -> str:
        """What a limit of the lattice comes to."""
        return self.translator.say(next(limit.reading for limit in self._lattice.limits if limit.id == name))

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of a dimension that are listed, in their order; none where they come from what is recorded."""
        return self._lattice.dimension(name).ids()

    def value(self, name: str, value: str) -> str:
        """What a value of a dimension is called."""
        known = next((each.title for each in self._lattice.dimension(name).values if each.id == value), None)
        if known is not None:
            return self.translator.say(known)
        if (name, value) in self._titles:
            return self.translator.say(self._titles[name, value])
        if not value:  # of people who are told of together with those of other units, too
            return self.translator.t("what_if.several_units")
        key = f"{name}.{value}"
        return self.translator.t(key) if self.translator.knows(key) else value.replace("_", " ")


def title_of_table(template: str, measure: str, dimensions: Sequence[str]) -> str:
    """What a table is called: what is counted, and what it is divided by."""
    if not dimensions:
        return measure
    within = ", ".join(f"{name[0].lower()}{name[1:]}" for name in dimensions)
    return template.format(measure=measure, dimensions=within)


def percent_in_words(share: float, translator: Translator) -> str:
    """A share from 0 to 1 in percent; one that is neither none nor all is never rounded to it."""
    if 0 < share < _LEAST_SHOWN:
        return translator.t("trends.below_one")
    if 1 - _LEAST_SHOWN < share < 1:
        return translator.t("trends.above_99")
    return translator.t("page.percent", number=round(share * 100))


def level_in_words(level: float, translator: Translator) -> str:
    """A probability in percent, with the decimals that it has."""
    written = f"{level * 100:.10g}"
    number = written.replace(".", ",") if translator.language == "sv" else written
    return translator.t("page.percent", number=number)


def period_in_words(name: str, translator: Translator) -> str:
    """What ``2026-03``, ``2026-Q1`` or ``2026`` is called."""
    year, _, part = name.partition("-")
    key = f"trends.in_year.{part}"
    return translator.t(key, year=year) if translator.knows(key) else name


def title_of_version(reference: str, translator: Translator) -> str:
    """What a version of a guidance or an instrument is called; its reference where its definition is gone."""
    library = current_context().library
    for registry in (library.guidances, library.instruments):
        if reference.partition("@")[0] in registry.ids():
            try:
                title: Text = registry.find(reference, on=current_context().today()).content.title
            except UnknownDefinitionError:
                return reference
            return f"{translator.say(title)} ({reference.partition('@')[2]})"
    return reference


def _titles_in(guidances: set[str]) -> dict[tuple[str, str], Text]:
    context = current_context()
    titles: dict[tuple[str, str], Text] = {}
    for reference in sorted(guidances):
        try:
            bound = context.library.bind(reference, on=context.today())
        except UnknownDefinitionError:
            continue  # its definition is gone; the reference names it
        version = reference.partition("@")[2]
        named = {language: f"{bound.title.in_language(language)} ({version})" for language in LANGUAGES}
        titles["guidance", reference] = Text(**named)
        for key, title in bound.words().items():
            if key.startswith("criterion."):
                titles["criterion", key.removeprefix("criterion.")] = title
    with current_context().database.looking() as session:
        for unit in session.scalars(select(SecrecyUnit)):
            titles["unit", unit.id] = Text(sv=unit.name, en=unit.name)
    return titles
