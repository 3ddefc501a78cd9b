"""All definitions that screening rests on, found by name and date and bound together."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.messages import Catalogue, Text
from instruments.model import Instrument
from instruments.registry import Content, Definition, Registry
from instruments.shipped import instrument_registry, studied_registry
from screening.binding import bind
from screening.criteria import ITEM_PREFIX
from screening.definition_folders import mounted_folders
from screening.evaluation import refuse_contradiction
from screening.experience import ExperienceForm
from screening.facts import FactDictionary
from screening.gate import ConsentRules
from screening.guidance import FlagSet, Guidance, Overlay, ParameterValue
from screening.proof.findings import Proof
from screening.proof.proving import prove
from screening.rules import Source
from screening.ruleset import RuleSet
from screening.settings_in_force import deviations_of, settings_of, tried_settings

DEFINITIONS = Path(__file__).parent / "definitions"
LOCALE = Path(__file__).parent / "locale"
#: Proofs that are kept, and guidances with limits that are tried out: those of everything that ships, twice over.
MOST_PROOFS = MOST_TRIED = 64
INSTRUMENT_LOCALE = Path(__file__).parents[1] / "instruments" / "locale"


@dataclass(frozen=True, eq=False)
class BoundGuidance:
    """A guidance ready to decide, with everything that it rests on. A library binds the same files once.

    Parameters
    ----------
    name : str
        The id as asked for: a guidance, or ``guidance/overlay``.
    title : Text
        The overlay's title where there is one, else the guidance's.
    definitions : Mapping of str to str
        ``id@version`` of every file used, with its SHA-256.
    deviations : tuple of str
        Parameters that an overlay set wider than the guidance's own text.
    local_versions : tuple of Overlay
        The overlays that there are on the same guidance, this one not among them: to be told of where one of them
        takes in somebody whom this one does not.
    """

    name: str
    title: Text
    rules: RuleSet
    consent_rules: ConsentRules
    definitions: Mapping[str, str]
    deviations: tuple[str, ...]
    overlay: Overlay | None
    local_versions: tuple[Overlay, ...] = ()

    @property
    def version(self) -> Guidance | Overlay:
        """The file that was asked for: the overlay where there is one, else the guidance."""
        return self.overlay or self.rules.guidance

    @property
    def reference(self) -> str:
        """Its ``id@version``."""
        return f"{self.version.id}@{self.version.version}"

    def words(self) -> dict[str, Text]:
        """The titles of the criteria and items used here: other definitions may word the same name differently."""
        criteria = [node.criterion for node in self.rules.nodes if node.criterion]
        return {
            **{f"criterion.{criterion.id}": criterion.title for criterion in criteria},
            **{f"version.{each.id}": each.title for each in self.local_versions},
            **dict(instrument_words(self.rules.instrument)),
        }

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every source that a criterion, a note or an overlay's setting cites."""
        cited = (*self.rules.guidance.sources, *(self.overlay.sources if self.overlay else ()))
        return {source.id: source for source in cited}


class Library:
    """The definitions that ship with Underlag and those that a municipality mounts beside them.

    Parameters
    ----------
    local : Path or None
        A folder with any of `screening.definition_folders.MOUNTABLE` in it.
    """

    def __init__(self, local: Path | None = None) -> None:
        mounted = mounted_folders(local) if local is not None else {}

        def roots(kind: str) -> list[Path]:
            return [DEFINITIONS / kind, *mounted.get(kind, ())]

        self.studied = studied_registry(mounted.get("studied", ()))
        self.instruments: Registry[Instrument] = instrument_registry(mounted.get("instruments", ()), self.studied.ids())
        self.guidances: Registry[Guidance] = Registry(Guidance, roots("guidance"))
        self.overlays: Registry[Overlay] = Registry(Overlay, roots("overlays"))
        self._facts: Registry[FactDictionary] = Registry(FactDictionary, roots("facts"))
        self._flags: Registry[FlagSet] = Registry(FlagSet, roots("flags"))
        self._consent: Registry[ConsentRules] = Registry(ConsentRules, roots("consent"))
        self._experience: Registry[ExperienceForm] = Registry(ExperienceForm, roots("experience"))
        self._bound: dict[tuple[str, ...], BoundGuidance] = {}
        self._tried: dict[tuple[str, ...], BoundGuidance] = {}
        self._proofs: dict[tuple[object, ...], Proof] = {}

    @cached_property
    def sha256(self) -> str:
        """Stands for all definitions together: another one as soon as any of them is another."""
        registries = (self.instruments, self.guidances, self.overlays, self._facts, self._flags, self._consent)
        known = sorted(f"{each.reference} {each.sha256}" for registry in registries for each in registry)
        return hashlib.sha256("\n".join(known).encode()).hexdigest()

    def names(self) -> list[str]:
        """Every guidance and overlay, in alphabetical order."""
        return sorted([*self.guidances.ids(), *self.overlays.ids()])

    def facts(self, on: date) -> FactDictionary:
        """The fact dictionary in force on a day."""
        return self._facts.find("facts", on=on).content

    def consent_rules(self, on: date) -> ConsentRules:
        """The rules of the gate in force on a day."""
        return self._consent.find("consent", on=on).content

    def experience_form(self, on: date, reference: str = "experience") -> ExperienceForm:
        """The questions on the work that are in force on a day, or that very version of them.

        Raises
        ------
        UnknownDefinitionError
        """
        return self._experience.find(reference, on=on).content

    def days_of_change(self) -> list[tuple[date, str]]:
        """The days from which another rule may be in force, each with the ``id@version`` that begins or has ended."""
        registries = (self.guidances, self.overlays, self._facts, self._flags, self._consent)
        published = [each for registry in registries for each in registry if each.content.status == "published"]
        begins = [(each.content.valid_from, each.reference) for each in published]
        ends = [(end + timedelta(days=1), each.reference) for each in published if (end := each.content.last_day)]
        return sorted([*begins, *ends])

    def bind_new(self, today: date) -> None:
        """Bind every published guidance and overlay that stands in no lock, so that what is wrong is told at once.

        Raises
        ------
        UnknownDefinitionError, InputError, AlteredDefinitionError
            As `bind`.
        """
        for each in (*self.guidances, *self.overlays):
            if each.content.status == "published" and not each.is_locked:
                self.bind(each.reference, on=max(today, each.content.valid_from))

    def bind(
        self,
        name: str,
        *,
        on: date,
        instrument: str | None = None,
        is_rated: bool = True,
        recorded: Mapping[str, str] | None = None,
        changed: Mapping[str, ParameterValue] | None = None,
        must_be_proved: bool = True,
    ) -> BoundGuidance:
        """A guidance with the parameters, facts, flags and instrument in force on a day.

        What stands in no lock is refused where its proof (`screening.proof.proving`) fails with its own instrument and
        limits. What is locked is not: it was proved when it was locked, or comes from before that was done.

        Parameters
        ----------
        name : str
            ``id``, ``id@version`` or ``id/overlay``.
        instrument : str or None
            The instrument that was used; None for the one that the guidance names.
        is_rated : bool
            Whether any instrument was used at all.
        recorded : Mapping of str to str or None
            The ``definitions`` of an earlier screening, to bind the very same files again whatever has come since.
        changed : Mapping of str to value or None
            Limits to try out in place of those in force; for comparing guidances, never for anybody's screening.
        must_be_proved : bool
            Whether a new guidance is refused where its proof fails; not, where somebody is to see the proof.

        Raises
        ------
        UnknownDefinitionError
            If there is no such guidance or instrument, or it was not yet in force.
        InputError
            If the definitions do not fit together, a limit is not there or not permitted, or a new guidance is not
            proved.
        AlteredDefinitionError
            If an overlay's base is not the file that it was written for, or a recorded file has changed.
        """
        pins = {reference.partition("@")[0]: reference for reference in recorded or {}}
        overlay, base = self._find(_pinned(pins, name), on)
        used = self.instruments.find(_pinned(pins, instrument or base.content.instrument), on=on)
        facts = self._facts.find(_pinned(pins, "facts"), on=on)
        flags = self._flags.find(_pinned(pins, "flags"), on=on)
        consent = self._consent.find(_pinned(pins, "consent"), on=on)
        parts: list[Definition] = [base, *([overlay] if overlay else []), used, facts, flags, consent]  # type: ignore[type-arg]
        _refuse_changed(parts, recorded or {})
        tried = sorted((changed or {}).items())
        used_overlay = overlay.content.id if overlay else None
        local = [each for each in _local_versions(self.overlays, base.content.id, on) if each.id != used_overlay]
        key = (*(part.reference for part in parts), str((is_rated, tried, [(each.id, each.version) for each in local])))
        kept = self._tried if tried else self._bound
        if key not in kept:
            settings = settings_of(base.content, flags.content, overlay.content if overlay else None)
            settings |= dict(tried_settings(base.content, settings, tried))
            guidance = _with_end_of(base.content, overlay.content) if overlay else base.content
            rules = bind(guidance, settings, flags.content, facts.content, used.content, is_rated=is_rated)
            refuse_contradiction(rules)
            if len(self._tried) >= MOST_TRIED:
                self._tried.clear()
            kept[key] = BoundGuidance(
                name.partition("@")[0],
                overlay.content.title if overlay else base.content.title,
                rules,
                consent.content,
                {part.reference: part.sha256 for part in parts},
                tuple(deviations_of(base.content, settings)),
                overlay.content if overlay else None,
                tuple(local),
            )
        bound = kept[key]
        is_new = not base.is_locked or (overlay is not None and not overlay.is_locked)
        if is_new and must_be_proved and not recorded:
            is_its_own = is_rated and not tried and used.content.id == base.content.instrument
            own = bound if is_its_own else self.bind(name, on=on, must_be_proved=False)
            if faults := self.prove(own, on).faults:
                raise InputError(faults)
        return bound

    def prove(self, bound: BoundGuidance, on: date) -> Proof:
        """What must hold of a guidance, tried out; once for the files that it rests on and a day."""
        key = (*sorted(bound.definitions.items()), on)
        if key not in self._proofs:
            if len(self._proofs) >= MOST_PROOFS:
                self._proofs.clear()
            self._proofs[key] = prove(bound.rules, on)
        return self._proofs[key]

    def _find(self, name: str, on: date) -> tuple[Definition[Overlay] | None, Definition[Guidance]]:
        identifier = name.partition("@")[0]
        if identifier not in self.guidances and identifier not in self.overlays:
            raise UnknownDefinitionError(Fault("unknown-definition", "", {"name": identifier, "known": self.names()}))
        if "/" not in identifier:
            return None, self.guidances.find(name, on=on)
        overlay = self.overlays.find(name, on=on)
        wanted = overlay.content.base
        base = self.guidances.find(f"{wanted.guidance}@{wanted.version}", on=on)
        if base.sha256 != wanted.sha256:
            parameters = {"name": overlay.reference, "base": base.reference}
            raise AlteredDefinitionError(Fault("base-altered", overlay.path.name, parameters))
        return overlay, base

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every sentence and word, with the labels of all definitions, of each the latest that is published."""
        words: dict[str, Text] = {}
        for facts in _drafts_first(self._facts):
            words.update(facts.words())
        for instrument in _drafts_first(self.instruments):
            words.update(instrument_words(instrument))
        for flags in _drafts_first(self._flags):
            words.update((f"flag.{flag.id}", flag.title) for flag in flags.flags)
        for consent in _drafts_first(self._consent):
            words.update((f"recipient.{each.id}", each.label) for each in consent.recipients)
        return Catalogue.from_folders(INSTRUMENT_LOCALE, LOCALE).with_words(words)


def _drafts_first(registry: Registry[Content]) -> list[Content]:
    """Every version of a kind, the later after the earlier and drafts before all, so that they word nothing anew."""
    return [each.content for each in sorted(registry, key=lambda each: each.content.status == "published")]


def _pinned(pins: Mapping[str, str], name: str) -> str:
    return pins.get(name.partition("@")[0], name)


def _refuse_changed(parts: Iterable[Definition], recorded: Mapping[str, str]) -> None:  # type: ignore[type-arg]
    for part in parts:
        if recorded.get(part.reference, part.sha256) != part.sha256:
            raise AlteredDefinitionError(Fault("altered-definition", part.path.name, {"name": part.reference}))


def instrument_words(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    """Labels for the catalogue: ``item.<id>`` and ``question.item.<id>``, and ``fact.item.<id>`` for inputs."""
    for item in instrument.items:
        yield f"item.{item.id}", item.title
        yield f"fact.{ITEM_PREFIX}{item.id}", item.title
        yield f"question.{ITEM_PREFIX}{item.id}", item.ask


def _with_end_of(guidance: Guidance, overlay: Overlay) -> Guidance:
    """The guidance, superseded when its overlay is, where that comes first."""
    ends = [end for end in (guidance.valid_to, overlay.valid_to) if end is not None]
    return guidance.model_copy(update={"valid_to": min(ends, default=None)})


def _local_versions(overlays: Iterable[Definition[Overlay]], of: str, on: date) -> tuple[Overlay, ...]:
    """The latest version in force of every overlay on a guidance."""
    latest: dict[str, Overlay] = {}
    for content in (each.content for each in overlays if each.content.base.guidance == of):
        if content.status == "published" and content.valid_from <= on and not content.is_over(on):
            latest[content.id] = content
    return tuple(latest.values())
