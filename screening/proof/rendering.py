"""A proof in words, in both languages: what the command prints, and what the page and the paper show."""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from instruments.messages import LANGUAGES, Catalogue, Message, in_both_languages
from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.grounds import Words
from screening.intake import CodedIntake
from screening.library import BoundGuidance
from screening.proof.findings import PROPERTIES, Finding, Proof, Property, Verdict
from screening.ruleset import OUTCOME
from screening.wording import Wording

#: From here on a number is rounded.
MOST_WRITTEN_OUT = 1_000_000_000
#: What the examples of a criterion show.
_ENDS = ("met", "not_met")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Example(TypedDict):
    """A completion that shows it.

    ``label`` says of what; ``known`` is what is known in it; ``changed`` is what changes, of a step.
    """

    label: Words
    known: list[Words]
    changed: list[Words]


class RenderedFinding(TypedDict):
    """One finding in words. ``members`` are the items of which the same holds, where they are several."""

    subject: str
    title: Words
    verdict: Verdict
    text: Words
    members: list[Words]
    examples: list[Example]


class Section(TypedDict):
    """All findings about one thing that must hold."""

    about: Property
    title: Words
    lead: Words
    findings: list[RenderedFinding]


class RenderedProof(TypedDict):
    """A proof in words."""

    guidance: str
    on: str
    is_complete: bool
    headline: Words
    size: Words
    sections: list[Section]


def render_proof(bound: BoundGuidance, proof: Proof, catalogue: Catalogue) -> RenderedProof:
    """Put a proof into words.

    Parameters
    ----------
    catalogue : Catalogue
        The sentences, with the labels of the definitions.
    """
    renderer = _Renderer(bound, proof, catalogue.with_words(bound.words()))
    key = "complete" if proof.is_complete else "incomplete"
    size = "not_counted" if proof.kinds is None else "counted"
    parameters = {"completions": _rounded(proof.completions), "kinds": _rounded(proof.kinds or 0)}
    return {
        "guidance": bound.name,
        "on": proof.on.isoformat(),
        "is_complete": proof.is_complete,
        "headline": renderer.say(Message(f"proof.{key}", {"count": len(proof.faults)})),
        "size": renderer.say(Message(f"proof.size.{size}", parameters)),
        "sections": list(renderer.sections()),
    }


def _rounded(number: int) -> str:
    """A whole number with spaces between the thousands; a very large one as a multiple of a power of ten."""
    if number < MOST_WRITTEN_OUT:
        return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
    digit, _, power = f"{number:.0e}".partition("e+")
    return f"{digit}\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}10{str(int(power)).translate(_RAISED)}"


class _Renderer:
    def __init__(self, bound: BoundGuidance, proof: Proof, catalogue: Catalogue) -> None:
        self._rules = bound.rules
        self._proof = proof
        self._catalogue = catalogue

    def say(self, message: Message) -> Words:
        return self._catalogue.in_every_language(message)

    def sections(self) -> Iterator[Section]:
        for about in PROPERTIES:
            findings = [self._finding(each) for each in self._proof.findings if each.about == about]
            if findings:
                title, lead = (self.say(Message(f"proof.{about}.{part}")) for part in ("title", "lead"))
                yield {"about": about, "title": title, "lead": lead, "findings": findings}

    def _finding(self, finding: Finding) -> RenderedFinding:
        members = finding.alike if len(finding.alike) > 1 else ()
        return {
            "subject": finding.subject,
            "title": self._title(finding),
            "verdict": finding.verdict,
            "text": self.say(finding.message),
            "members": [self.say(Message(f"fact.{name}")) for name in members],
            "examples": self._examples(finding),
        }

    def _title(self, finding: Finding) -> Words:
        name = finding.subject
        if name.startswith(ITEM_PREFIX) and len(finding.alike) > 1:
            kind = self._rules.instrument.item(name.removeprefix(ITEM_PREFIX)).kind
            return self.say(Message(f"proof.items.{kind}", {"number": len(finding.alike)}))
        if finding.about == "bearing" or name.startswith(ITEM_PREFIX):
            return self.say(Message(f"fact.{name}"))
        if name == OUTCOME:
            return self.say(Message("proof.outcome"))
        node = self._rules.by_name.get(name)
        titled = (node.criterion or node.flag) if node else None
        title = titled.title if titled else self._rules.guidance.title
        return in_both_languages(title)

    def _examples(self, finding: Finding) -> list[Example]:
        if finding.about != "statuses" and len(finding.examples) == 2:
            return [self._step(*finding.examples)]
        keys = ("one",) if finding.about != "statuses" else ("for", "against") if finding.subject == OUTCOME else _ENDS
        return [
            {
                "label": self.say(Message(f"proof.example.{key}")),
                "known": [_joined(each) for each in self._known(example).values()],
                "changed": [],
            }
            for key, example in zip(keys, finding.examples, strict=False)
        ]

    def _step(self, before: CodedIntake, after: CodedIntake) -> Example:
        was, now = self._known(before), self._known(after)
        return {
            "label": self.say(Message("proof.example.step")),
            "known": [_joined(known) for name, known in was.items() if now.get(name) == known],
            "changed": [
                _joined((*known, now[name][1])) for name, known in was.items() if name in now and now[name] != known
            ],
        }

    def _known(self, example: CodedIntake) -> dict[str, tuple[Words, Words]]:
        """What is known in a completion, by title: the answers to facts, and what each count of items takes in."""
        wording = Wording(self._rules, example, self._catalogue)
        known: dict[str, tuple[Words, Words]] = {}
        for name, code in example.facts.items():
            answer = {language: wording.answers(name, (code,), language) for language in LANGUAGES}
            known[name] = self.say(Message(f"fact.{name}")), answer
        for node in self._rules.nodes:
            if isinstance(node.test, ItemCount) and node.criterion and _is_rated(node.test, example):
                counted, blank = node.test.count(example)
                parameters = {"counted": counted, "of": len(node.test.names), "blank": blank}
                count = self.say(Message("proof.count.some_blank" if blank else "proof.count.all_rated", parameters))
                known[node.name] = in_both_languages(node.criterion.title), count
        return known


def _joined(known: Sequence[Words]) -> Words:
    """A title with its answer; of a step, with the answer before and after."""
    title, *answers = known
    return {each: f"{title[each]}: {' → '.join(answer[each] for answer in answers)}" for each in LANGUAGES}


def _is_rated(test: ItemCount, example: CodedIntake) -> bool:
    codes: Sequence[int] = test.select(example.items)
    return any(code != BLANK for code in codes)
