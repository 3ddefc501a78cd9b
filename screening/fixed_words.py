"""What an explanation says that is the same for every intake: titles, quotes, readings and limits, put in words once.

Nothing of anybody is in it. Answers share its parts, and so none of them is ever changed.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from instruments.messages import Catalogue, Message, Text
from screening import grounds
from screening.beside import render_successor
from screening.guidance import Parameter
from screening.library import BoundGuidance
from screening.limits import render_parameter, render_threshold
from screening.rules import Citation, Reading, Source
from screening.ruleset import Node

#: More guidances, versions and local versions than a service answers by at a time.
_MOST = 128


class FixedWords:
    """The words of one guidance in some languages.

    Parameters
    ----------
    languages : sequence of str
        Those in which everything is said.
    """

    def __init__(self, bound: BoundGuidance, catalogue: Catalogue, languages: Sequence[str]) -> None:
        self._bound = bound
        self._rules = bound.rules
        self.catalogue = catalogue.with_words(bound.words())
        self.languages = languages
        self._sources = bound.sources
        self._said: dict[str, grounds.Words] = {}
        self._criteria: dict[int, grounds.Criterion] = {}
        self._flags: dict[int, grounds.Flag] = {}

    def say(self, message: Message) -> grounds.Words:
        """A sentence by language."""
        if message.parameters:
            return {language: self.catalogue.render(message, language) for language in self.languages}
        if message.key not in self._said:
            self._said[message.key] = {each: self.catalogue.render(message, each) for each in self.languages}
        return self._said[message.key]

    def words(self, text: Text) -> grounds.Words:
        """Words of a definition by language."""
        return {language: text.in_language(language) for language in self.languages}

    def words_or_none(self, text: Text | None) -> grounds.Words | None:
        """The same of what may be left out."""
        return None if text is None else self.words(text)

    def criterion(self, node: Node) -> grounds.Criterion:
        """A criterion as it is of an intake of which nothing is known yet; a copy, to be filled in."""
        if node.position not in self._criteria:
            self._criteria[node.position] = self._criterion(node)
        return self._criteria[node.position].copy()

    def _criterion(self, node: Node) -> grounds.Criterion:
        criterion = node.criterion
        if criterion is None:
            raise ValueError(f"{node.name} is not a criterion")
        return {
            "id": criterion.id,
            "title": self.words(criterion.title),
            "status": None,
            "required": criterion.required,
            "decisive": False,
            "text": {},
            "notes": [],
            "quote": criterion.quote,
            "source": self.source(criterion.source),
            "reading": self.reading(criterion.reading),
            "note": self.words_or_none(criterion.note),
            "threshold": render_threshold(self._rules, node, self.words, self.source),
            "facts_used": [],
            "children": [],
        }

    def flag(self, node: Node) -> grounds.Flag:
        """A flag in the same way."""
        if node.position not in self._flags:
            self._flags[node.position] = self._flag(node)
        return self._flags[node.position].copy()

    def _flag(self, node: Node) -> grounds.Flag:
        flag = node.flag
        if flag is None:
            raise ValueError(f"{node.name} is not a flag")
        limits = [name for each in self._rules.subtrees[node.position] for name, _ in each.limits]
        return {
            "id": flag.id,
            "title": self.words(flag.title),
            "status": "unknown",
            "statement": self.words(flag.statement),
            "caution": self.words_or_none(flag.caution),
            "quote": flag.quote,
            "source": self.source(flag.source, self._rules.flag_set.sources_by_id),
            "reading": self.reading(flag.reading),
            "limits": [self._parameter(self._rules.parameters[name]) for name in dict.fromkeys(limits)],
            "facts_used": [],
        }

    @cached_property
    def inputs_below(self) -> Sequence[Sequence[str]]:
        """The inputs that each node and those below it test, by its position, each once."""
        return [
            list(dict.fromkeys(name for each in below if each.test for name in each.test.inputs))
            for below in self._rules.subtrees
        ]

    @cached_property
    def guidance_title(self) -> grounds.Words:
        """What the guidance is called."""
        return self.words(self._bound.title)

    @cached_property
    def successor(self) -> grounds.Successor | None:
        """What took its place."""
        return render_successor(self._rules.guidance.successor, self.words, self.source)

    @cached_property
    def deviations(self) -> list[grounds.Parameter]:
        """The limits that a local version set wider."""
        parameters = self._rules.guidance.parameters_by_id
        return [self._parameter(parameters[name]) for name in self._bound.deviations]

    @cached_property
    def notes(self) -> list[grounds.Note]:
        """What the sources say that no criterion tests."""
        overlay = self._bound.overlay
        return [
            {
                "id": note.id,
                "text": self.words(note.text),
                "quote": note.quote,
                "source": self.cite(note.source),
            }
            for note in (*self._rules.guidance.notes, *(overlay.notes if overlay else ()))
        ]

    def source(self, citation: Citation | None, sources: Mapping[str, Source] | None = None) -> grounds.Source | None:
        """A citation with its document, looked up among the sources of the file that cites it."""
        return None if citation is None else self.cite(citation, sources)

    def cite(self, citation: Citation, sources: Mapping[str, Source] | None = None) -> grounds.Source:
        """The same of what always has one."""
        document = (sources or self._sources)[citation.document]
        return {
            "document": document.title,
            "publisher": document.publisher,
            "published": document.published,
            "section": citation.section,
        }

    def reading(self, reading: Reading | None) -> grounds.Reading | None:
        """How a text is understood here."""
        if reading is None:
            return None
        return {
            "text": self.words(reading.text),
            "decided_by": reading.decided_by,
            "decided_on": grounds.as_day(reading.decided_on),
        }

    def _parameter(self, parameter: Parameter) -> grounds.Parameter:
        return render_parameter(self._rules, parameter, self.words, self.source)


@lru_cache(maxsize=_MOST)
def fixed_words(bound: BoundGuidance, catalogue: Catalogue, languages: tuple[str, ...]) -> FixedWords:
    """The words of a guidance, made at the first explanation by it."""
    return FixedWords(bound, catalogue, languages)
