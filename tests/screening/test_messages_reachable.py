"""Every sentence that can be reached is said in Swedish and English, and none says what the product must not say.

The sentences are driven by the worked cases, by intakes drawn at random for every guidance, and by a municipality's own
guidance with the kinds of rule that no shipped one uses.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES, Catalogue, Message
from instruments.ratings import read_ratings
from instruments.registry import Registry
from screening.asking.questions import AnswersLeft
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.facts import FactDictionary, Facts
from screening.gate import read_consents
from screening.library import DEFINITIONS, LOCALE, Library
from screening.notes import notes_on
from screening.proof import completions
from screening.rendering import render
from tests.cases.generated import DAY, DAYS
from tests.cases.reading import find_case, library, screen
from tests.cases.spoken import listening, rendered
from tests.screening.defined import TEXTS

ROOT = Path(__file__).parents[2]
SENTENCES = list(read_yaml(LOCALE / "sv.yaml").data)
#: Words that the explanation does not say itself, by the beginning of their keys, and who says them.
SAID_ELSEWHERE = {
    "fault.": "what is wrong with an input",
    "status.": "the pages, beside the sentence of a criterion",
    "best_before.": "the best-before date, in its own tests",
    "proof.": "the proof of a guidance, in its own tests",
    "rule.": "how a criterion is tested, on the page of a guidance and where two are compared",
}


# --- what is rendered ------------------------------------------------------------------------------------------------

LAST_DAY = date(2026, 6, 30)
#: A day of the versions that hold now.
NOW = DAYS[-1]
RULES = {
    "enough_months": {"at_least": {"fact": "institution_release_within_months", "threshold": "months"}},
    "few_months": {"at_most": {"fact": "institution_release_within_months", "threshold": "months"}},
    "outside_ages": {"outside_design_age": True},
    "ended": {"after_valid_to": True},
    "any_age": {"between": {"fact": "age", "min": "age_min", "max": "age_max"}},
    "neither": {
        "none_of": [
            {"id": "threat", "title": {"sv": "Hot finns", "en": "There is a threat"},
             "rule": {"is_one_of": {"fact": "current_threat", "values": ["yes"]}}},
            {"id": "harm", "title": {"sv": "Självskada finns", "en": "There is self-harm"},
             "rule": {"is_one_of": {"fact": "acute_self_harm", "values": ["yes"]}}},
        ]
    },
    "both": {
        "all_of": [
            {"id": "work", "title": {"sv": "Har arbete", "en": "Has work"},
             "rule": {"is_one_of": {"fact": "fixed_employment", "values": ["yes"]}}},
            {"id": "order", "title": {"sv": "Har ordnat hem", "en": "Has an ordered home"},
             "rule": {"is_one_of": {"fact": "socially_heavy_circumstances", "values": ["no"]}}},
        ]
    },
    "rated_or_known": {
        "any_of": [
            {"id": "many_risks", "title": {"sv": "Många höga skattningar", "en": "Many high ratings"},
             "rule": {"items_at_least": {"kind": "risk", "least": "high", "threshold": "months"}}},
            {"id": "known_ties", "title": {"sv": "Känd anknytning", "en": "Known ties"},
             "rule": {"is_one_of": {"fact": "gang_ties", "values": ["confirmed"]}}},
        ]
    },
    "either_way": {
        "any_of": [
            {"id": "employed", "title": {"sv": "Är anställd", "en": "Is employed"},
             "rule": {"is_one_of": {"fact": "fixed_employment", "values": ["yes"]}}},
            {"id": "unemployed", "title": {"sv": "Är inte anställd", "en": "Is not employed"},
             "rule": {"is_one_of": {"fact": "fixed_employment", "values": ["no"]}}},
        ]
    },
}  # fmt: skip
TITLES = {
    "rated_or_known": ("Höga skattningar eller känd anknytning", "High ratings or known ties"),
    "either_way": ("Anställd eller inte", "Employed or not"),
    "enough_months": ("Utskrivningen dröjer", "The release is not near"),
    "few_months": ("Utskrivningen är nära", "The release is near"),
    "outside_ages": ("Utanför instrumentets åldrar", "Outside the instrument's ages"),
    "ended": ("Vägledningen har slutat gälla", "The guidance has ended"),
    "any_age": ("Vilken ålder som helst", "Any age"),
    "neither": ("Varken hot eller självskada", "Neither threat nor self-harm"),
    "both": ("Både arbete och hem", "Both work and home"),
}


def parameter(name: str, default: int, most: int) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "whole_number",
        "title": {"sv": "Gräns", "en": "Limit"},
        "default": default,
        "permitted": [0, most],
        "set_by": "Exempelby",
        "set_on": date(2026, 1, 1),
    }


class Plain(yaml.SafeDumper):
    """Writes every part out: one line never speaks for two places."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def as_yaml(data: object) -> str:
    return yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False)


LOCAL_GUIDANCE = {
    "id": "exempelby_2026",
    "version": "1.0",
    "status": "published",
    "valid_from": date(2026, 1, 1),
    "valid_to": LAST_DAY,
    "title": {"sv": "Exempelbys vägledning", "en": "Exempelby's guidance"},
    "summary": {"sv": "Ett prov.", "en": "A test."},
    "issuer": "Exempelby",
    "instrument": "youth_spj",
    "sources": [],
    "parameters": [parameter("months", 6, 12), parameter("age_min", 0, 120), parameter("age_max", 120, 120)],
    "criteria": [
        {"id": name, "title": dict(zip(LANGUAGES, TITLES[name], strict=True)), "rule": rule}
        for name, rule in RULES.items()
    ],
}
LOCAL_INTAKES: list[dict[str, Any]] = [
    {},
    {"age": 16, "institution_release_within_months": 6, "current_threat": "no", "acute_self_harm": "no"},
    {"institution_release_within_months": 2, "current_threat": "yes", "fixed_employment": "yes"},
    {
        "age": 40,
        "institution_release_within_months": 12,
        "socially_heavy_circumstances": "no",
        "fixed_employment": "yes",
    },
    {"institution_release_within_months": "not_applicable", "fixed_employment": "no"},
]


def overlay_with(
    base: str = "skl_2015",
    sha256: str | None = None,
    parameter: str = "motivation_days",
    value: int | str = 60,
    name: str = "own",
    version: str = "1.0",
) -> str:
    """A local version of a shipped guidance that sets one parameter."""
    (of_base,) = (each for each in library().guidances if each.reference == f"{base}@{version}")
    told = ("version", "status", "valid_from", "valid_to", "title", "summary", "issuer")
    setting = {
        "parameter": parameter,
        "value": value,
        "set_by": "Exempelby",
        "set_on": date(2026, 1, 1),
        "reason": {"sv": "Ett prov.", "en": "A test."},
    }
    return as_yaml(
        {
            "id": f"exempelby/{name}",
            **{key: LOCAL_GUIDANCE[key] for key in told},
            "base": {"guidance": base, "version": version, "sha256": sha256 or of_base.sha256},
            "settings": [setting],
        }
    )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("local")
    none_protective = overlay_with("socialstyrelsen_2012", parameter="protective_at_most", value=0)
    for kind, text in (("guidance", as_yaml(LOCAL_GUIDANCE)), ("overlays", none_protective)):
        (folder / kind).mkdir()
        (folder / kind / "own.yaml").write_text(text, encoding="utf-8")
    for name in ("admitted", "convicted"):
        text = overlay_with("stockholm_2012", parameter="offences_counted", value=name, name=name, version="1.1")
        (folder / "overlays" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Library(folder)


def local_explanations(local: Library) -> Iterator[Explanation]:
    for raw, on in product(LOCAL_INTAKES, (LAST_DAY, DAY)):
        # Its proof fails, so that what is only said of such a guidance is said.
        bound = local.bind("exempelby_2026", on=on, must_be_proved=False)
        nothing_rated = read_ratings({}, bound.rules.instrument)
        yield explain(bound, Intake(on, read_facts(raw, local.facts(on), on=on), nothing_rated))
    unrated = local.bind("exempelby_2026", on=DAY, is_rated=False, must_be_proved=False)
    nothing_known = explain(unrated, Intake(DAY, Facts()))
    yield nothing_known
    yield with_answers_left(nothing_known, AnswersLeft(1, 9, "unsettled", is_exact=False))
    yield with_answers_left(nothing_known, AnswersLeft(0, 0, "unsettled", is_exact=True))
    everything_known = screen(find_case("socialstyrelsen_2012", "grundfall")).intake
    yield explain(local.bind("exempelby/own", on=DAY), everything_known)
    for name, told in product(("admitted", "convicted"), ({}, {"convicted": 3, "admitted": 0})):
        facts = read_facts({"offence_count": {"value": 3, "window_months": 24, **told}}, local.facts(NOW), on=NOW)
        yield explain(local.bind(f"exempelby/{name}", on=NOW, is_rated=False), Intake(NOW, facts))


def with_answers_left(explanation: Explanation, left: AnswersLeft) -> Explanation:
    """The same explanation with another number of answers left, which is worked out where it is asked for."""
    told = replace(explanation)
    questions, changes = told._what_next
    vars(told)["_what_next"] = replace(questions, left=left), changes
    return told


class Rendered:
    """Everything that was rendered, and the keys that were asked for on the way."""

    def __init__(self, local: Library) -> None:
        answers, heard = rendered()
        self.heard = set(heard)
        self.texts: dict[tuple[str, str], str] = {}
        shipped = listening(library().catalogue, self.heard)
        for explanation, answer in answers:
            self._add(explanation, answer, shipped)
        for explanation in local_explanations(local):
            catalogue = listening(local.catalogue, self.heard)
            self._add(explanation, render(explanation, catalogue, engine="0.0"), catalogue)

    def _add(self, explanation: Explanation, answer: dict[str, Any], catalogue: Catalogue) -> None:
        for place, text in texts_in(answer, explanation.bound.name):
            self.texts[text["sv"], text["en"]] = place
        words = catalogue.with_words(explanation.bound.words())
        for node in explanation.bound.rules.criteria:
            for message in (explanation.message(node), *notes_on(explanation, node)):
                swedish, english = (words.render(message, language) for language in LANGUAGES)
                self.texts[swedish, english] = f"{explanation.bound.name}, {node.name}: {message.key}"


def texts_in(part: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text in two languages, with its place."""
    if isinstance(part, Mapping):
        if set(part) == set(LANGUAGES):
            yield place, dict(part)
            return
        for name, value in part.items():
            yield from texts_in(value, f"{place}/{name}")
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from texts_in(value, f"{place}/{number}")


@pytest.fixture(scope="module")
def said(local: Library) -> Rendered:
    return Rendered(local)


def test_every_sentence_of_the_explanation_is_reached_in_both_languages(said: Rendered) -> None:
    expected = {key for key in SENTENCES if not key.startswith(tuple(SAID_ELSEWHERE))}
    for language in LANGUAGES:
        assert expected - {key for key, spoken in said.heard if spoken == language} == set()


@pytest.mark.parametrize("beginning", SAID_ELSEWHERE)
def test_a_sentence_said_elsewhere_is_not_said_in_the_explanation(beginning: str, said: Rendered) -> None:
    assert [key for key, _ in said.heard if key.startswith(beginning)] == []


LEFT_OVER = {
    "a brace of a template": re.compile(r"[{}]"),
    "a value that was not there": re.compile(r"\b(None|nan|null)\b(?! of)"),
    "a name of ours": re.compile(r"\b[a-zåäö]+(_[a-zåäö0-9]+)+\b"),
    "a key of a catalogue": re.compile(r"\b(fact|item|value|level|criterion|recipient|question|flag)\.[a-z]"),
    "two spaces or a space before a stop": re.compile(r"  | [.,:;]"),
    "a list of nothing": re.compile(r"[:;] ?\.|: *$|”” *"),
}
#: Two notes name a local version by its id; their next versions have to say it better.
NAMES_LEFT_IN_DEFINITIONS: set[str] = set()


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_nothing_is_left_in_a_sentence_that_a_reader_should_not_see(kind: str, said: Rendered) -> None:
    unseemly = {
        match.group(): (place, text)
        for texts, place in said.texts.items()
        for text in texts
        for match in LEFT_OVER[kind].finditer(text)
        if match.group() not in NAMES_LEFT_IN_DEFINITIONS
    }
    assert unseemly == {}


def test_the_two_languages_differ_wherever_there_are_words(said: Rendered) -> None:
    # A number, a stretch or a name of a place reads the same.
    same = {sv: place for (sv, en), place in said.texts.items() if sv == en and re.search(r"[a-zåäö]{3}", sv)}
    assert same == {}


def test_no_sentence_is_so_long_that_nobody_reads_it(said: Rendered) -> None:
    assert [place for texts, place in said.texts.items() if max(map(len, texts)) > 900] == []


# --- what is never said ----------------------------------------------------------------------------------------------

#: Words of others: in quotation marks, with our translation of them in brackets.
QUOTED = re.compile(r"[”“\"][^”“\"]*[”“\"]( \([^)]*\))?")
NEVER_SAID = {
    "that someone is eligible": re.compile(
        r"\b(är (inte )?(berättigad|kvalificerad|eligible)\w*|rätt till (en )?(SIG|insats|plats)|kvalificerar sig"
        r"|uppfyller (kraven|kriterierna|villkoren)|beviljas|(is|are) (not )?(eligible|entitled|qualified)"
        r"|qualif(y|ies) (for|as)|meets (all )?the (criteria|requirements|conditions)|is granted|eligibility)\b",
        re.IGNORECASE,
    ),
    "that someone is a criminal": re.compile(
        r"\b(kriminella?\b(?! (livsstil|nätverk|grupp|gäng|miljö|liv|krets|bana|vän|kamrat))"
        r"|(yrkes|vane|livsstils)kriminell\w*|förbrytare|gärningsm\w+|brottsling\w*|offenders?|delinquents?|criminals"
        r"|criminal\b(?! (lifestyle|network|group|gang|environment|life|peer|path|thinking|justice|income|responsib)))",
        re.IGNORECASE,
    ),
    "a probability": re.compile(
        r"\b(sannolik\w*|chans\w*|prognos\w*|probab\w*|likelihood|likely|odds|chance)\b|\d ?(%|procent|per ?cent)",
        re.IGNORECASE,
    ),
}


def unsayable(text: str, kind: str) -> str | None:
    match = NEVER_SAID[kind].search(QUOTED.sub("”…”", text))
    return match.group() if match else None


def locale_folders() -> list[Path]:
    folders = {
        path.parent for package in ("instruments", "screening", "api") for path in (ROOT / package).rglob("sv.yaml")
    }
    return sorted(folder for folder in folders if (folder / "en.yaml").exists())


@pytest.mark.parametrize("kind", NEVER_SAID)
def test_no_rendered_text_says_what_must_not_be_said(kind: str, said: Rendered) -> None:
    base_rates = {text.sv: place for place, text in TEXTS if place.endswith("strategic_offence_information.caution")}
    assert len(base_rates) == 1, "the share that did not go on is shown with its source, as the domain asks"
    wrong_words = {
        place: wrong
        for (sv, en), place in said.texts.items()
        for text in (sv, en)
        if (wrong := unsayable(text, kind)) and not (kind == "a probability" and sv in base_rates)
    }
    assert wrong_words == {}


#: Methodologists read of likelihoods and odds in groups, and whoever steers of shares and chance among many; nobody
#: reads there of a single person.
OF_MANY = (ROOT / "instruments" / "research", ROOT / "api" / "trends")


SPOKEN_OF = [
    pytest.param(folder, kind, id=f"{folder.relative_to(ROOT)}-{kind}")
    for folder in locale_folders()
    for kind in NEVER_SAID
    if kind != "a probability" or not any(folder.is_relative_to(many) for many in OF_MANY)
]


@pytest.mark.parametrize(("folder", "kind"), SPOKEN_OF)
def test_no_sentence_of_a_catalogue_says_what_must_not_be_said(folder: Path, kind: str) -> None:
    wrong_words = {
        key: wrong
        for language in LANGUAGES
        for key, text in read_yaml(folder / f"{language}.yaml").data.items()
        if (wrong := unsayable(str(text), kind))
    }
    assert wrong_words == {}


@pytest.mark.parametrize("kind", ["that someone is eligible", "that someone is a criminal"])
def test_no_text_of_a_definition_says_what_must_not_be_said(kind: str) -> None:
    wrong_words = {
        place: wrong for place, text in TEXTS for each in (text.sv, text.en) if (wrong := unsayable(each, kind))
    }
    assert wrong_words == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("that someone is eligible", "Den unge är berättigad till stöd."),
        ("that someone is eligible", "The young person is eligible."),
        ("that someone is eligible", "Den unge uppfyller kriterierna."),
        ("that someone is a criminal", "Den unge är kriminell."),
        ("that someone is a criminal", "A criminal of sixteen."),
        ("a probability", "Risken för återfall är 40 %."),
        ("a probability", "Återfall är sannolikt."),
    ],
)
def test_what_must_not_be_said_would_be_heard(kind: str, text: str) -> None:
    assert unsayable(text, kind)


@pytest.mark.parametrize(
    "text", ["Vill lämna en kriminell livsstil.", "Ordet ”kriminella” står bara i citatet.", "A criminal network."]
)
def test_a_lifestyle_a_network_and_a_quote_may_be_called_criminal(text: str) -> None:
    assert unsayable(text, "that someone is a criminal") is None


# --- catalogues ------------------------------------------------------------------------------------------------------


def fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("folder", locale_folders(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_catalogue_has_the_same_keys_in_the_same_order_with_the_same_gaps(folder: Path) -> None:
    swedish, english = (read_yaml(folder / f"{language}.yaml").data for language in LANGUAGES)
    assert list(swedish) == list(english)
    assert {key: fields(str(swedish[key])) for key in swedish} == {key: fields(str(english[key])) for key in english}


# --- faults ----------------------------------------------------------------------------------------------------------


#: What makes a fault, as it is called.
MAKES_A_FAULT = ("Fault", "_fault")


def calls_of_fault() -> Iterator[tuple[str, ast.Call]]:
    for package in ("instruments", "screening", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not any(f"{name}(" in text for name in MAKES_A_FAULT):
                continue  # most make none, and to parse them all takes a second
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and name_of(node.func) in MAKES_A_FAULT:
                    yield str(path.relative_to(ROOT)), node


def name_of(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def codes_of(call: ast.Call) -> list[str]:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.IfExp):
        choices: list[ast.expr] = [first.body, first.orelse]
    else:
        choices = [first] if first else []
    return [each.value for each in choices if isinstance(each, ast.Constant) and isinstance(each.value, str)]


@cache
def raised() -> dict[str, list[tuple[str, ast.Call]]]:
    """Every code that is raised by its name, with where."""
    calls: dict[str, list[tuple[str, ast.Call]]] = {}
    for path, call in calls_of_fault():
        for code in codes_of(call):
            calls.setdefault(code, []).append((path, call))
    return calls


@cache
def words() -> dict[str, dict[str, str]]:
    """The sentences of every catalogue of the packages, by language."""
    return {
        language: {
            key: str(text)
            for folder in locale_folders()
            for key, text in read_yaml(folder / f"{language}.yaml").data.items()
        }
        for language in LANGUAGES
    }


#: Here the name of the field is added to a fault when its place is known.
ADDS_THE_NAME = "api/web/shape.py"


@pytest.mark.parametrize("code", sorted(raised()))
def test_every_fault_that_is_raised_has_words_whose_gaps_are_filled(code: str) -> None:
    for language in LANGUAGES:
        # A page may say a fault in its own words.
        said = [text for key, text in words()[language].items() if f".{key}".endswith(f".fault.{code}")]
        assert said, f"{code} has no words in {language}"
        gaps = {name for name, _ in fields(words()[language].get(f"fault.{code}", ""))}
        for path, call in raised()[code]:
            given = parameters_of(call)
            extra = {"name"} if path == ADDS_THE_NAME else set()
            assert given is None or gaps <= given | extra, f"{path}:{call.lineno} gives {sorted(given)}"


def parameters_of(call: ast.Call) -> set[str] | None:
    """The names of the parameters where they stand in the call; None where they are put together elsewhere."""
    if name_of(call.func) == "_fault":
        return None  # it adds some of its own
    given = (
        call.args[2] if len(call.args) > 2 else next((k.value for k in call.keywords if k.arg == "parameters"), None)
    )
    if given is None:
        return set()
    if not isinstance(given, ast.Dict) or None in given.keys:
        return None
    return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}


def facts_of(raw: Mapping[str, Any], on: date = DAY) -> Callable[[Path], object]:
    return lambda folder: read_facts(raw, library().facts(on), on=on)


def consents_of(*raw: Mapping[str, Any]) -> Callable[[Path], object]:
    given = [{"person": "youth", "recipient": "police", "status": "given", **each} for each in raw]
    return lambda folder: read_consents(given, ("g1",), library().consent_rules(DAY))


def mounted(kind: str, text: str) -> Callable[[Path], object]:
    def mount(folder: Path) -> object:
        (folder / kind).mkdir(parents=True)
        (folder / kind / "own.yaml").write_text(text, encoding="utf-8")
        local = Library(folder)
        return [local.bind(name, on=DAY) for name in local.names() if name.startswith("exempelby")]

    return mount


def guidance_with(**changes: Any) -> str:
    return as_yaml({**LOCAL_GUIDANCE, **changes})


def rule(name: str = "test", **of_rule: Any) -> dict[str, Any]:
    return {"id": name, "required": True, "title": {"sv": "Prov", "en": "Test"}, "rule": of_rule}


def step(name: str, **of_rule: Any) -> dict[str, Any]:
    return {**rule(name, **of_rule), "required": False}


def offences_over(name: str, window: str) -> dict[str, Any]:
    limits = {"fact": "offence_count", "threshold": "months", "window_months": window, "ever_below_age": "months"}
    return rule(name, offences_at_least=limits)


def dictionary_with(old: str, new: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        text = (DEFINITIONS / "facts" / "1.0.yaml").read_text(encoding="utf-8")
        assert text.count(old) == 1
        folder.mkdir()
        (folder / "own.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return Registry(FactDictionary, [folder])

    return read


WHOLE = {"threshold": "months", "kind": "risk", "least": "moderate"}
MISSING = {"missing": "not_found", "reason": "Ingen svarar."}
TWICE = {"all_of": [rule(name, between={"fact": "age", "min": "age_min", "max": "age_max"}) for name in ("one", "two")]}


TIES = rule("ties", is_one_of={"fact": "gang_ties", "values": ["confirmed"]})


def with_folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return folder


WAYS: list[tuple[str, Callable[[Path], object]]] = [
    # facts
    ("unknown-fact", facts_of({"gang_tie": "none"})),
    ("derived-fact", facts_of({"protective_present": 2})),
    ("never-an-input", facts_of({"sex": "female"})),
    ("unknown-key", facts_of({"gang_ties": {"value": "none", "when": "i går"}})),
    ("off-scale-fact", facts_of({"gang_ties": "maybe"})),
    ("off-scale-fact", facts_of({"recruitment_risk": True})),
    ("off-range-fact", facts_of({"age": 121})),
    ("off-range-fact", facts_of({"first_prosecution_age": 9})),
    ("off-range-fact", facts_of({"offence_count": {"value": 2.5}})),
    ("impossible-date", facts_of({"birth_date": "2011-02-29"})),
    ("impossible-date", facts_of({"birth_date": "2010-W10-1"})),
    ("impossible-date", facts_of({"birth_date": 20110228})),
    ("impossible-date", facts_of({"gang_ties": {"value": "none", "observed_on": {"day": 1}}})),
    ("date-in-future", facts_of({"birth_date": "2026-11-22"})),
    ("date-in-future", facts_of({"gang_ties": {"value": "none", "observed_on": "2026-11-22"}})),
    ("impossible-birth-date", facts_of({"birth_date": "1850-01-01"})),
    ("age-disagrees", facts_of({"age": 15, "birth_date": "1986-04-02"})),
    ("bad-window", facts_of({"offence_count": {"value": 2, "window_months": 0}})),
    ("window-without-count", facts_of({"offence_count": {"window_months": 12}})),
    ("bad-convicted", facts_of({"offence_count": {"value": 2, "convicted": 3}})),
    ("bad-admitted", facts_of({"offence_count": {"value": 2, "convicted": 1, "admitted": 2}}, NOW)),
    ("not-text", facts_of({"gang_ties": {"value": "none", "source": 7}})),
    ("text-too-long", facts_of({"gang_ties": {"value": "none", "source": "å" * 100_000}})),
    ("unknown-kind-of-blank", facts_of({"gang_ties": {"missing": "stale", "reason": "x"}})),
    ("value-and-missing", facts_of({"gang_ties": {**MISSING, "value": "none"}})),
    ("reason-missing", facts_of({"gang_ties": {"missing": "not_found", "reason": " "}})),
    ("text-unreadable", facts_of({"gang_ties": {"value": "none", "source": "a\0b"}})),
    ("missing-folder", lambda folder: Library(folder / "gone")),
    ("unknown-folder", lambda folder: Library(with_folder(folder, "guidances"))),
    ("not-mountable", lambda folder: Library(with_folder(folder, "flags/own"))),
    # consents
    ("unknown-recipient", consents_of({"recipient": "facebook"})),
    ("unknown-consent-status", consents_of({"status": "maybe"})),
    ("unknown-person", consents_of({"person": "g2"})),
    ("repeated-consent", consents_of({}, {"status": "refused"})),
    ("validity-reversed", consents_of({"valid_from": date(2026, 5, 2), "valid_to": date(2026, 5, 1)})),
    # definitions
    ("unknown-definition", lambda folder: library().bind("farsta", on=DAY)),
    ("unknown-version", lambda folder: library().bind("skl_2015@7", on=DAY)),
    ("not-in-force", lambda folder: library().bind("skl_2015", on=date(2015, 10, 22))),
    ("repeated-criterion", mounted("guidance", guidance_with(criteria=[rule(**RULES["any_age"])] * 2))),
    ("repeated-id", mounted("guidance", guidance_with(parameters=[parameter("months", 6, 12)] * 2))),
    (
        "unknown-source",
        mounted(
            "guidance",
            guidance_with(criteria=[{**rule(**RULES["any_age"]), "source": {"document": "gone", "section": "1"}}]),
        ),
    ),
    (
        "unknown-parameter",
        mounted("guidance", guidance_with(criteria=[rule(at_most={"fact": "age", "threshold": "gone"})])),
    ),
    ("unknown-parameter", mounted("overlays", overlay_with(parameter="gone"))),
    ("value-not-permitted", mounted("overlays", overlay_with(value=91))),
    ("altered-definition", lambda _: library().bind("skl_2015", on=DAY, recorded={"skl_2015@1.0": "0" * 64})),
    ("base-altered", mounted("overlays", overlay_with(sha256="0" * 64))),
    (
        "unknown-fact-in-rule",
        mounted("guidance", guidance_with(criteria=[rule(is_one_of={"fact": "sex", "values": ["male"]})])),
    ),
    (
        "unknown-value-in-rule",
        mounted("guidance", guidance_with(criteria=[rule(is_one_of={"fact": "gang_ties", "values": ["much"]})])),
    ),
    (
        "unknown-level-in-rule",
        mounted("guidance", guidance_with(criteria=[rule(items_at_least={**WHOLE, "least": "enormous"})])),
    ),
    (
        "threshold-above-items",
        mounted(
            "guidance",
            guidance_with(
                parameters=[parameter("months", 60, 99)],
                criteria=[rule(items_at_least=WHOLE)],
            ),
        ),
    ),
    (
        "no-limit",
        mounted(
            "guidance",
            guidance_with(
                parameters=[{**parameter("months", 6, 12), "default": None}],
                criteria=[rule(items_at_least=WHOLE)],
            ),
        ),
    ),
    (
        "limit-not-whole",
        mounted(
            "guidance",
            guidance_with(
                parameters=[{**parameter("months", 6, 12), "default": None}],
                criteria=[rule(at_least={"fact": "age", "threshold": "months"})],
            ),
        ),
    ),
    (
        "limit-too-large",
        mounted(
            "guidance",
            guidance_with(
                parameters=[parameter("months", 121, 200)],
                criteria=[rule(at_most={"fact": "age", "threshold": "months"})],
            ),
        ),
    ),
    (
        "two-windows",
        mounted(
            "guidance",
            guidance_with(
                parameters=[parameter("months", 6, 12), parameter("longer", 12, 24)],
                criteria=[offences_over("one", "months"), offences_over("two", "longer")],
            ),
        ),
    ),
    (
        "required-below",
        mounted(
            "guidance",
            guidance_with(
                criteria=[rule("above", any_of=[rule("below", is_one_of={"fact": "gang_ties", "values": ["none"]})])]
            ),
        ),
    ),
    (
        "counts-every-level",
        mounted("guidance", guidance_with(criteria=[rule(items_at_least={**WHOLE, "least": "low"})])),
    ),
    (
        "no-items",
        mounted(
            "guidance",
            guidance_with(
                criteria=[
                    rule(
                        items_at_most={
                            "kind": "protective", "own_behaviour": True, "least": "present", "threshold": "months",
                        }
                    )
                ]
            ),
        ),
    ),
    (
        "too-many-combinations",
        mounted(
            "guidance",
            guidance_with(
                criteria=[
                    rule(
                        "all",
                        all_of=[
                            step(f"{fact}_{number}", is_one_of={"fact": fact, "values": [value]})
                            for fact, value in {
                                "gang_ties": "none", "motivation_to_leave": "none", "reoffending_risk": "low",
                                "strategic_first_offence": "other", "coordinated_need": "yes", "court_ordered": "no",
                                "current_threat": "no", "fixed_employment": "no", "part_of_decision": "no",
                            }.items()
                            for number in (1, 2)
                        ],
                    )
                ],
            ),
        ),
    ),
    (
        "cannot-all-be-met",
        mounted(
            "guidance",
            guidance_with(
                criteria=[
                    rule("one", is_one_of={"fact": "gang_ties", "values": ["none"]}),
                    rule("two", is_one_of={"fact": "gang_ties", "values": ["suspected"]}),
                ]
            ),
        ),
    ),
    (
        "takes-in-everyone",
        mounted("guidance", guidance_with(criteria=[{**TIES, "required": False}])),
    ),
    ("always-met", mounted("guidance", guidance_with(criteria=[rule(**RULES["any_age"])]))),
    (
        "never-met",
        mounted(
            "guidance",
            guidance_with(criteria=[TIES, step("no_age", between={"fact": "age", "min": "age_max", "max": "months"})]),
        ),
    ),
    (
        "implied",
        mounted(
            "guidance",
            guidance_with(
                criteria=[TIES, rule("some", is_one_of={"fact": "gang_ties", "values": ["suspected", "confirmed"]})]
            ),
        ),
    ),
    (
        "risk-moves-backwards",
        mounted("guidance", guidance_with(criteria=[rule(items_at_most=WHOLE)])),
    ),
    (
        "protective-moves-backwards",
        mounted(
            "guidance",
            guidance_with(
                criteria=[rule(items_at_least={"kind": "protective", "least": "present", "threshold": "months"})]
            ),
        ),
    ),
    (
        "flag-always-raised",
        mounted("guidance", guidance_with(criteria=[rule(is_one_of={"fact": "coordinated_need", "values": ["no"]})])),
    ),
    (
        "flag-raised-by-same-answer",
        mounted(
            "guidance",
            guidance_with(
                criteria=[
                    rule("ways", any_of=[
                        step("ties", is_one_of={"fact": "gang_ties", "values": ["confirmed"]}),
                        step("no_need", is_one_of={"fact": "coordinated_need", "values": ["no"]}),
                    ])
                ]
            ),
        ),
    ),
    (
        "never-matters",
        mounted(
            "guidance",
            guidance_with(
                criteria=[
                    rule("ways", any_of=[
                        step("ties", is_one_of={"fact": "gang_ties", "values": ["confirmed"]}),
                        step("both", all_of=[
                            step("same_ties", is_one_of={"fact": "gang_ties", "values": ["confirmed"]}),
                            step("threat", is_one_of={"fact": "current_threat", "values": ["yes"]}),
                        ]),
                    ])
                ]
            ),
        ),
    ),
    (
        "too-large-to-prove",
        patch.object(completions, "MOST_ENTRIES", 1)(mounted("guidance", guidance_with(criteria=[TIES]))),
    ),
    ("repeated-fact", dictionary_with("  - id: part_of_decision\n", "  - id: court_ordered\n")),
    ("never-an-input", dictionary_with("  - id: part_of_decision\n", "  - id: country_of_birth\n")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "way"), WAYS, ids=[code for code, _ in WAYS])
def test_a_fault_that_is_brought_about_can_be_said(code: str, way: Callable[[Path], object], tmp_path: Path) -> None:
    faults = faults_of(way, tmp_path / "given")
    assert code in {fault.code for fault in faults}
    for fault, language in product(faults, LANGUAGES):
        sentence = library().catalogue.render(Message(f"fault.{fault.code}", fault.parameters), language)
        assert sentence.endswith(".")
        assert not re.search(r"\{[a-z_]*[:}]|\bNone\b", sentence)
        assert len(sentence) < 1_000 or "known" in fault.parameters


def faults_of(way: Callable[[Path], object], folder: Path) -> list[Fault]:
    with pytest.raises((InputError, AlteredDefinitionError, UnknownDefinitionError)) as caught:
        way(folder)
    return list(caught.value.faults) if isinstance(caught.value, InputError) else [caught.value.fault]


READ_AND_BOUND = {
    f"screening/{name}.py"
    for name in (
        *("binding", "cross_checks", "fact_reading", "facts", "gate", "guidance", "library", "rules"),
        *("settings_in_force", "proof/proving"),
    )
}


def test_every_fault_of_facts_consents_and_definitions_is_brought_about() -> None:
    expected = {code for code, calls in raised().items() if any(path in READ_AND_BOUND for path, _ in calls)}
    assert expected <= {code for code, _ in WAYS}
