"""Instruments and ratings as HL7 FHIR R4 resources, for exchange with other systems.

The resources are plain dictionaries. Codes of our own have ``urn:underlag:`` systems, since no web address
stands behind them. What FHIR has an extension for is said with it: ordinal values, translations, help texts,
and the reason why an answer is absent.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from instruments.messages import LANGUAGES, Text
from instruments.model import Domain, Instrument, Item, Kind
from instruments.ratings import (
    BLANK,
    LONGEST_TEXT,
    MOST_CRITICAL_ITEMS,
    BlankKind,
    Ratings,
    require_ratings_of,
)
from instruments.shipped import instrument_catalogue

_STANDARD = "http://hl7.org/fhir/StructureDefinition"
_OWN = "urn:underlag:extension"
_ABSENT_REASONS = {BlankKind.NOT_ASKED: "not-asked", BlankKind.NOT_FOUND: "unknown"}
Json = dict[str, Any]
Status = Literal["in-progress", "completed", "amended"]


def canonical(instrument: Instrument) -> str:
    """Return the name by which other systems refer to an instrument, without its version."""
    return f"urn:underlag:instrument:{instrument.id.replace('/', ':')}"


def questionnaire(instrument: Instrument, language: str) -> Json:
    """Return an instrument as a FHIR R4 Questionnaire.

    Parameters
    ----------
    instrument : Instrument
    language : {"sv", "en"}
        The language of the texts. The other one is in translation extensions.

    Returns
    -------
    dict
        The resource. One group for each domain; each item a coded choice with ordinal values in the order of
        its scale, its anchors, its description and its opening question as help, and extensions that say
        whether it is dynamic, concerns own behaviour, and how far back it looks.

    Raises
    ------
    ValueError
        If the language is none of ours.
    """
    _known(language)
    resource: Json = {
        "resourceType": "Questionnaire",
        "language": language,
        "url": canonical(instrument),
        "version": instrument.version,
        "name": "".join(word.capitalize() for word in instrument.id.replace("/", "_").split("_")),
        **_text("title", instrument.title, language),
        "status": "active" if instrument.status == "published" else "draft",
        "subjectType": ["Patient"],
        **_text("description", instrument.description, language),
        **_text("purpose", instrument.credits.validation, language),
        **_text("copyright", instrument.credits.wording, language),
        "effectivePeriod": _period(instrument),
        "item": [_group(instrument, domain, language) for domain in instrument.domains],
    }
    resource["item"] += [_extra_factors(language), _critical_items(instrument, language)]
    return resource


def questionnaire_response(
    instrument: Instrument,
    ratings: Ratings,
    *,
    authored: str | date | datetime,
    subject: str,
    language: str,
    status: Status = "completed",
) -> Json:
    """Return one person's ratings as a FHIR R4 QuestionnaireResponse.

    Parameters
    ----------
    instrument : Instrument
    ratings : Ratings
        Of this instrument.
    authored : str, date or datetime
        When the ratings were made; a time of day needs its offset from UTC.
    subject : str
        A reference to the person, such as ``Patient/123`` or a pseudonym as ``urn:uuid:…``.
    language : {"sv", "en"}
    status : {"in-progress", "completed", "amended"}

    Returns
    -------
    dict
        The resource. An item without a level has no answer but a data-absent-reason: ``not-asked``, or
        ``unknown`` with our extension for the reason when it could not be learned.

    Raises
    ------
    ValueError
        If the language is none of ours, the time has no offset, or the ratings are not as many as the items.
    """
    _known(language)
    if isinstance(authored, datetime) and authored.tzinfo is None:
        raise ValueError("a time of authoring needs its offset from UTC")
    require_ratings_of(instrument, ratings)
    groups: list[Json] = [
        {
            "linkId": _link(domain),
            **_text("text", domain.title, language),
            "item": [_answer(instrument, item, ratings, language) for item in instrument.items_of(domain.id)],
        }
        for domain in instrument.domains
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "language": language,
        "questionnaire": f"{canonical(instrument)}|{instrument.version}",
        "status": status,
        "subject": {"reference": subject},
        "authored": authored if isinstance(authored, str) else authored.isoformat(),
        "item": [*groups, *_case_factors(instrument, ratings, language)],
    }


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"no texts in the language {language!r}, only in {' and '.join(LANGUAGES)}")


def _period(instrument: Instrument) -> Json:
    period = {"start": instrument.valid_from.isoformat()}
    if instrument.valid_to is not None:
        period["end"] = instrument.valid_to.isoformat()
    return period


def _words(key: str) -> Text:
    words = instrument_catalogue()
    return Text(sv=words.text(key, "sv"), en=words.text(key, "en"))


def _text(name: str, text: Text, language: str) -> Json:
    """Return an element with its translations into the other languages."""
    translations = [
        {
            "url": f"{_STANDARD}/translation",
            "extension": [
                {"url": "lang", "valueCode": other},
                {"url": "content", "valueString": text.in_language(other)},
            ],
        }
        for other in LANGUAGES
        if other != language
    ]
    return {name: text.in_language(language), f"_{name}": {"extension": translations}}


def _link(domain: Domain) -> str:
    return f"domain.{domain.id}"  # an item may have the name of its domain; link ids must differ


def _group(instrument: Instrument, domain: Domain, language: str) -> Json:
    items = [_choice(instrument, item, language) for item in instrument.items_of(domain.id)]
    return {"linkId": _link(domain), "type": "group", **_text("text", domain.title, language), "item": items}


def _choice(instrument: Instrument, item: Item, language: str) -> Json:
    properties: list[Json] = [
        {"url": f"{_OWN}:dynamic", "valueBoolean": item.dynamic},
        {"url": f"{_OWN}:own-behaviour", "valueBoolean": item.own_behaviour},
        {"url": f"{_STANDARD}/designNote", "valueMarkdown": item.evidence.in_language(language)},
    ]
    if item.look_back is not None:
        properties.append({"url": f"{_OWN}:look-back", "valueString": item.look_back})
    helps = [("description", item.description), ("ask", item.ask)]
    helps += [(f"anchor.{level}", _anchor(level, item.anchors[level])) for level in instrument.levels(item)]
    return {
        "extension": properties,
        "linkId": item.id,
        "type": "choice",
        **_text("text", item.title, language),
        "required": False,  # a blank is always allowed, and never read as low
        "answerOption": [
            _option(item.kind, level, code, language) for code, level in enumerate(instrument.levels(item))
        ],
        "item": [_help(f"{item.id}.{name}", text, language) for name, text in helps],
    }


def _anchor(level: str, anchor: Text) -> Text:
    word = _words(f"level.{level}")
    return Text(sv=f"{word.sv.capitalize()}: {anchor.sv}", en=f"{word.en.capitalize()}: {anchor.en}")


def _help(link: str, text: Text, language: str) -> Json:
    control = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}
    extension = {
        "url": f"{_STANDARD}/questionnaire-itemControl",
        "valueCodeableConcept": {"coding": [control]},
    }
    return {"extension": [extension], "linkId": link, "type": "display", **_text("text", text, language)}


def _option(kind: Kind, level: str, code: int, language: str) -> Json:
    ordinal = {"url": f"{_STANDARD}/ordinalValue", "valueDecimal": code}
    return {"extension": [ordinal], "valueCoding": _level_coding(kind, level, language)}


def _level_coding(kind: Kind, level: str, language: str) -> Json:
    return _coding(f"{kind}-level", level, _words(f"level.{level}"), language)


def _direction_coding(direction: Kind, language: str) -> Json:
    return _coding("direction", direction, _words(f"direction.{direction}"), language)


def _coding(system: str, code: str, words: Text, language: str) -> Json:
    return {"system": f"urn:underlag:{system}", "code": code, **_text("display", words, language)}


def _item_coding(instrument: Instrument, item: str, language: str) -> Json:
    return _coding(f"instrument:{instrument.id.replace('/', ':')}", item, instrument.item(item).title, language)


def _question(link: str, kind: str, words: str, language: str, **more: object) -> Json:
    return {"linkId": link, "type": kind, **_text("text", _words(words), language), "required": True, **more}


def _extra_factors(language: str) -> Json:
    directions = [{"valueCoding": _direction_coding(each, language)} for each in ("risk", "protective")]
    return {
        "linkId": "extra_factors",
        "type": "group",
        **_text("text", _words("fhir.extra_factors"), language),
        "repeats": True,
        "item": [
            _question("extra_factors.text", "text", "fhir.factor", language, maxLength=LONGEST_TEXT),
            _question("extra_factors.direction", "choice", "fhir.direction", language, answerOption=directions),
            _question("extra_factors.reason", "text", "fhir.reason", language, maxLength=LONGEST_TEXT),
        ],
    }


def _critical_items(instrument: Instrument, language: str) -> Json:
    options = [{"valueCoding": _item_coding(instrument, item.id, language)} for item in instrument.items]
    return {
        "extension": [{"url": f"{_STANDARD}/questionnaire-maxOccurs", "valueInteger": MOST_CRITICAL_ITEMS}],
        "linkId": "critical_items",
        "type": "group",
        **_text("text", _words("fhir.critical_items"), language),
        "repeats": True,
        "item": [
            _question("critical_items.item", "choice", "fhir.which_item", language, answerOption=options),
            _question("critical_items.reason", "text", "fhir.reason", language, maxLength=LONGEST_TEXT),
        ],
    }


def _answer(instrument: Instrument, item: Item, ratings: Ratings, language: str) -> Json:
    code = ratings.codes[instrument.positions[item.id]]
    texts_of = [("note", ratings.notes), ("source", ratings.sources), ("reason", ratings.reasons)]
    extensions: list[Json] = [
        {"url": f"{_OWN}:{name}", "valueString": texts[item.id]} for name, texts in texts_of if item.id in texts
    ]
    answer: Json = {"linkId": item.id, **_text("text", item.title, language)}
    if code == BLANK:
        kind = ratings.blanks.get(item.id, BlankKind.NOT_ASKED)
        extensions.insert(0, {"url": f"{_STANDARD}/data-absent-reason", "valueCode": _ABSENT_REASONS[kind]})
    else:
        answer["answer"] = [{"valueCoding": _level_coding(item.kind, instrument.levels(item)[code], language)}]
    if extensions:
        answer["extension"] = extensions
    return answer


def _case_factors(instrument: Instrument, ratings: Ratings, language: str) -> Iterable[Json]:
    for factor in ratings.extra_factors:
        answers: Json = {
            "text": {"valueString": factor.text},
            "direction": {"valueCoding": _direction_coding(factor.direction, language)},
            "reason": {"valueString": factor.reason},
        }
        yield _answers("extra_factors", answers)
    for critical in ratings.critical_items:
        answers = {
            "item": {"valueCoding": _item_coding(instrument, critical.item, language)},
            "reason": {"valueString": critical.reason},
        }
        yield _answers("critical_items", answers)


def _answers(link: str, answers: Json) -> Json:
    items = [{"linkId": f"{link}.{name}", "answer": [answer]} for name, answer in answers.items()]
    return {"linkId": link, "item": items}
