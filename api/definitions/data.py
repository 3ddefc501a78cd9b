"""Instruments and guidances as data for programs: the whole definition with its digest."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from instruments.messages import LANGUAGES, Text
from instruments.model import Instrument
from instruments.registry import Definition, Registry, Versioned
from screening import grounds
from screening.beside import render_successor
from screening.guidance import Flag, Parameter
from screening.library import BoundGuidance, Library
from screening.rules import Citation, Criterion, Reading, Rule, Source

Data = dict[str, Any]


def instrument_data(definition: Definition[Instrument]) -> Data:
    """The whole instrument as its file has it, and the digest of the file."""
    content = definition.content.model_dump(mode="json")
    return {"reference": definition.reference, "sha256": definition.sha256, **content}


def list_instruments(instruments: Registry[Instrument]) -> list[Data]:
    """Every instrument with its versions."""
    return [
        {
            "id": name,
            "title": text(latest.title),
            "description": text(latest.description),
            "items": {"risk": len(latest.risk_items), "protective": len(latest.protective_items)},
            "versions": versions,
        }
        for name, latest, versions in _by_id(instruments)
    ]


def list_guidances(library: Library) -> list[Data]:
    """Every guidance and overlay with its versions."""
    guidances = [
        {
            "id": name,
            "base": None,
            "title": text(latest.title),
            "summary": text(latest.summary),
            "issuer": latest.issuer,
            "versions": versions,
        }
        for name, latest, versions in _by_id(library.guidances)
    ]
    overlays = [
        {
            "id": name,
            "base": f"{latest.base.guidance}@{latest.base.version}",
            "title": text(latest.title),
            "summary": text(latest.summary),
            "issuer": latest.issuer,
            "versions": versions,
        }
        for name, latest, versions in _by_id(library.overlays)
    ]
    return sorted([*guidances, *overlays], key=lambda each: str(each["id"]))


def _by_id(registry: Registry[Any]) -> Iterable[tuple[str, Any, list[Data]]]:
    versions: dict[str, list[Definition[Any]]] = {}
    for definition in registry:
        versions.setdefault(definition.content.id, []).append(definition)
    for name in sorted(versions):
        told = [each for each in versions[name] if each.content.status == "published"] or versions[name]
        yield name, told[-1].content, [_version(each) for each in versions[name]]


def _version(definition: Definition[Any]) -> Data:
    content: Versioned = definition.content
    return {
        "reference": definition.reference,
        "version": content.version,
        "status": content.status,
        "valid_from": content.valid_from.isoformat(),
        "valid_to": _day(content.valid_to),
        "sha256": definition.sha256,
    }


def guidance_data(bound: BoundGuidance) -> Data:
    """A guidance, or an overlay on its base: settings in force, the tree of criteria, flags and sources."""
    rules, overlay = bound.rules, bound.overlay
    file: Versioned = overlay or rules.guidance
    reference = f"{file.id}@{file.version}"
    base = f"{overlay.base.guidance}@{overlay.base.version}" if overlay else None
    reasons = {setting.parameter: setting for setting in (overlay.settings if overlay else ())}
    parameters = (*rules.guidance.parameters, *rules.flag_set.parameters)
    sources = bound.sources
    return {
        "id": file.id,
        "reference": reference,
        "version": file.version,
        "status": file.status,
        "valid_from": file.valid_from.isoformat(),
        "valid_to": _day(rules.guidance.valid_to),
        "ended_on": _day(rules.guidance.last_day),
        "successor": render_successor(rules.guidance.successor, text, lambda citation, _: _citation(citation, sources)),
        "sha256": bound.definitions[reference],
        "base": {"reference": base, "sha256": bound.definitions[base]} if base else None,
        "title": text(bound.title),
        "summary": text(overlay.summary if overlay else rules.guidance.summary),
        "issuer": overlay.issuer if overlay else rules.guidance.issuer,
        "instrument": rules.guidance.instrument,
        "parameters": [
            _parameter(each, bound, reasons.get(each.id), is_deviation=each.id in bound.deviations)
            for each in parameters
        ],
        "freshness": [
            {"fact": row.fact, "days": row.days, "must_be_dated": list(row.must_be_dated)}
            for row in rules.guidance.freshness
        ],
        "criteria": [_criterion(each, sources) for each in rules.guidance.criteria],
        "flags": [_flag(each, rules.flag_set.sources_by_id) for each in rules.flag_set.flags],
        "facts": list(rules.fact_names),
        "notes": [
            {"id": note.id, "text": text(note.text), "quote": note.quote, "source": _citation(note.source, sources)}
            for note in (*rules.guidance.notes, *(overlay.notes if overlay else ()))
        ],
        "sources": [_source(each) for each in (*sources.values(), *_cited_by_flags_alone(bound))],
        "definitions": dict(bound.definitions),
    }


def _cited_by_flags_alone(bound: BoundGuidance) -> Iterable[Source]:
    """What the flags cite and the guidance does not hold, or holds something else by the same id."""
    cited = {flag.source.document for flag in bound.rules.flag_set.flags if flag.source is not None}
    known = bound.rules.flag_set.sources_by_id
    return (source for name, source in known.items() if name in cited and bound.sources.get(name) != source)


def _parameter(parameter: Parameter, bound: BoundGuidance, local: Any, *, is_deviation: bool) -> Data:
    setting = bound.rules.settings[parameter.id]
    return {
        "id": parameter.id,
        "kind": parameter.kind,
        "title": text(parameter.title),
        "unit": _maybe(parameter.unit),
        "value": setting.value,
        "default": parameter.default,
        "range": list(parameter.permitted),
        "set_by": setting.set_by,
        "set_on": setting.set_on.isoformat(),
        "is_deviation": is_deviation,
        "reason": _maybe(local.reason) if local else None,
        "quote": local.quote if local else None,
        "source": _citation(local.source, bound.sources) if local else None,
    }


def _criterion(criterion: Criterion, sources: Mapping[str, Source]) -> Data:
    return {
        "id": criterion.id,
        "required": criterion.required,
        "title": text(criterion.title),
        "quote": criterion.quote,
        "source": _citation(criterion.source, sources),
        "reading": _reading(criterion.reading),
        "note": _maybe(criterion.note),
        "rule": _rule(criterion.rule),
        "children": [_criterion(each, sources) for each in criterion.rule.children],
    }


def _flag(flag: Flag, sources: Mapping[str, Source]) -> Data:
    return {
        "id": flag.id,
        "title": text(flag.title),
        "statement": text(flag.statement),
        "caution": _maybe(flag.caution),
        "quote": flag.quote,
        "source": _citation(flag.source, sources),
        "reading": _reading(flag.reading),
        "rule": _rule(flag.rule),
        "children": [_criterion(each, sources) for each in flag.rule.children],
    }


def _rule(rule: Rule) -> Data:
    """The kind of a rule and what it names; the criteria that it combines stand apart."""
    if rule.children:
        return {"kind": rule.kind}
    details = getattr(rule, rule.kind)
    return {"kind": rule.kind} | (details.model_dump(mode="json") if hasattr(details, "model_dump") else {})


def _citation(citation: Citation | None, sources: Mapping[str, Source]) -> grounds.Source | None:
    if citation is None:
        return None
    source = sources[citation.document]
    return {
        "document": source.title,
        "publisher": source.publisher,
        "published": source.published,
        "section": citation.section,
    }


def _source(source: Source) -> Data:
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published,
        "note": _maybe(source.note),
    }


def _reading(reading: Reading | None) -> Data | None:
    if reading is None:
        return None
    return {"text": text(reading.text), "decided_by": reading.decided_by, "decided_on": reading.decided_on.isoformat()}


def text(words: Text) -> Data:
    """Words in both languages."""
    return {language: words.in_language(language) for language in LANGUAGES}


def _maybe(words: Text | None) -> Data | None:
    return text(words) if words else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
