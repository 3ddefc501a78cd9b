"""The explanation as a whole: its digest, what waits for the professional's rating, what is asked and listed apart."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import yaml

from instruments.ratings import read_ratings
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.explanation import SEMANTICS, Explanation, explain
from screening.library import DEFINITIONS, Library
from screening.rendering import render
from screening.truth import UNKNOWN
from screening.worked_cases.reading import WorkedCase
from tests.cases.generated import generated_explanations
from tests.cases.reading import answered, find_case, library, screen

EVERYTHING_KNOWN = find_case("socialstyrelsen_2012", "grundfall")
NO_SUMMARY = find_case("socialstyrelsen_2012", "Återfallsrisken är inte bedömd")


def with_facts(case: WorkedCase, **facts: Any) -> WorkedCase:
    return replace(case, facts={**case.facts, **facts})


def with_ratings(case: WorkedCase, **ratings: Any) -> WorkedCase:
    return replace(case, ratings={**(case.ratings or {}), **ratings})


def with_consents(case: WorkedCase, person: str, **answers: Any) -> WorkedCase:
    return replace(case, consents={**case.consents, person: {**case.consents.get(person, {}), **answers}})


def every_explanation() -> list[Explanation]:
    return [*(explanation for _, explanation in answered()), *generated_explanations()]


def covered(explanation: Explanation) -> dict[str, Any]:
    """What the digest covers."""
    data: dict[str, Any] = json.loads(explanation.canonical)
    return data


# --- the digest ------------------------------------------------------------------------------------------------------


def test_a_stored_intake_replays_to_the_same_digest() -> None:
    again = Library()
    for case, first in answered():
        instrument = case.ratings.get("instrument") if case.ratings else None
        bound = again.bind(case.guidance, on=case.on, instrument=instrument, is_rated=case.ratings is not None)
        assert explain(bound, first.intake).sha256 == first.sha256, case.name


def test_the_digest_is_the_sha256_of_canonical_json() -> None:
    explanation = screen(EVERYTHING_KNOWN)
    assert explanation.sha256 == hashlib.sha256(explanation.canonical).hexdigest()
    assert rfc8785.dumps(covered(explanation)) == explanation.canonical


def test_the_digest_covers_what_was_put_in_what_was_used_and_what_came_out() -> None:
    # architecture.md 3.10; the guidance's name tells an overlay without settings from its base.
    assert set(covered(screen(EVERYTHING_KNOWN))) == {
        "semantics",
        "reference_date",
        "guidance",
        "inputs",
        "definitions",
        "parameters",
        "statuses",
        "outcome",
        "flags",
        "flags_open",
        "gate",
        "decisive",
        "messages",
    }
    assert covered(screen(EVERYTHING_KNOWN))["semantics"] == SEMANTICS == 1


def backwards(part: Any) -> Any:
    return {key: backwards(part[key]) for key in reversed(part)} if isinstance(part, Mapping) else part


def test_the_order_in_which_facts_and_items_are_sent_does_not_matter() -> None:
    items = {"delinquent_peers": "high", "peer_rejection": None, "substance_use": "low"}
    case = with_ratings(EVERYTHING_KNOWN, items=items)
    turned = with_ratings(replace(case, facts=backwards(case.facts)), items=backwards(items))
    assert list(turned.facts) != list(case.facts)
    assert screen(turned).sha256 == screen(case).sha256


def test_the_order_in_which_consents_are_listed_does_not_matter() -> None:
    case = with_consents(EVERYTHING_KNOWN, "youth", leisure="given", sis="refused")
    turned = replace(case, consents=backwards(case.consents))
    assert screen(turned).sha256 == screen(case).sha256


@pytest.mark.parametrize(
    "other",
    [
        with_facts(EVERYTHING_KNOWN, coordinated_need={"value": "yes", "reason": "Andra ord om samma sak."}),
        with_facts(EVERYTHING_KNOWN, gang_ties={"value": "none", "source": "skolan", "days_ago": 20}),
        with_ratings(EVERYTHING_KNOWN, extra_factors=[{"text": "Ny", "direction": "risk", "reason": "Syns."}]),
        with_ratings(EVERYTHING_KNOWN, items={"delinquent_peers": {"level": "low", "note": "Enligt skolan."}}),
        with_facts(EVERYTHING_KNOWN, district="Farsta", programme_profile="yngre"),
    ],
    ids=["a reason", "a source", "an extra factor", "a note of a rating", "a text"],
)
def test_free_text_does_not_enter_the_digest(other: WorkedCase) -> None:
    assert screen(other).sha256 == screen(EVERYTHING_KNOWN).sha256


def test_names_do_not_enter_the_digest() -> None:
    renamed = replace(
        EVERYTHING_KNOWN,
        guardians=["Anna Andersson"],
        consents={"youth": EVERYTHING_KNOWN.consents["youth"], "Anna Andersson": EVERYTHING_KNOWN.consents["mamma"]},
    )
    assert screen(renamed).sha256 == screen(EVERYTHING_KNOWN).sha256
    assert "Anna" not in screen(renamed).canonical.decode()


def test_no_word_that_a_person_wrote_is_in_what_the_digest_covers() -> None:
    written = "Zzyzx"
    case = with_ratings(
        with_facts(
            EVERYTHING_KNOWN,
            gang_ties={"value": "suspected", "source": written, "days_ago": 3},
            coordinated_need={"missing": "not_found", "reason": written},
            district=written,
        ),
        items={"peer_rejection": {"missing": "not_found", "reason": written}},
        critical_items=[{"item": "peer_rejection", "reason": written}],
    )
    assert written not in screen(case).canonical.decode()


@pytest.mark.parametrize(
    "other",
    [
        with_facts(EVERYTHING_KNOWN, age=17),
        with_facts(EVERYTHING_KNOWN, gang_ties="none"),
        with_facts(EVERYTHING_KNOWN, gang_ties={"value": "none", "days_ago": 21}),
        with_facts(EVERYTHING_KNOWN, gang_ties=None),
        with_facts(EVERYTHING_KNOWN, gang_ties={"missing": "not_found", "reason": "Inget svar."}),
        with_facts(EVERYTHING_KNOWN, offence_count={"value": 5, "window_months": 12}),
        with_facts(EVERYTHING_KNOWN, offence_count=5),
        with_facts(EVERYTHING_KNOWN, offence_count={"value": 5, "window_months": 24, "convicted": 1}),
        with_facts(EVERYTHING_KNOWN, current_threat="yes"),
        with_ratings(EVERYTHING_KNOWN, others={"moderate": 6, "low": 7}),
        with_ratings(EVERYTHING_KNOWN, others={"moderate": 5, "low": 7}),
        with_ratings(EVERYTHING_KNOWN, others={"moderate": 5, "low": 7, "not_found": 1}),
        with_consents(EVERYTHING_KNOWN, "mamma", school="refused"),
        with_consents(EVERYTHING_KNOWN, "mamma", school={"status": "given", "valid_to": date(2027, 1, 1)}),
        replace(EVERYTHING_KNOWN, guardians=["mamma", "pappa"]),
        replace(EVERYTHING_KNOWN, on=date(2026, 11, 20)),
        replace(EVERYTHING_KNOWN, guidance="socialstyrelsen_2012/under_15"),
    ],
    ids=[
        "another value",
        "no day of observation",
        "another day of observation",
        "not asked",
        "not found",
        "another period",
        "no period",
        "how many were convicted",
        "a flag",
        "another level",
        "an item that is not asked",
        "an item that is not found",
        "a consent",
        "how long a consent holds",
        "one guardian more",
        "another day",
        "another guidance",
    ],
)
def test_whatever_is_coded_enters_the_digest(other: WorkedCase) -> None:
    assert screen(other).sha256 != screen(EVERYTHING_KNOWN).sha256


def test_kinds_of_blank_are_told_apart_in_the_digest() -> None:
    blanks = {
        "not_asked": None,
        "not_found": {"missing": "not_found", "reason": "Inget svar."},
        "stale": {"value": "stated", "days_ago": 31},
    }
    explanations = {
        name: screen(with_facts(EVERYTHING_KNOWN, motivation_to_leave=value)) for name, value in blanks.items()
    }
    assert len({each.sha256 for each in explanations.values()}) == 3
    assert [each.outcome for each in explanations.values()] == ["supports_offer"] * 3
    for name, explanation in explanations.items():
        assert covered(explanation)["inputs"]["facts"]["motivation_to_leave"]["blank"] == name


def test_an_overlay_that_sets_nothing_has_a_digest_of_its_own() -> None:
    city = find_case("stockholm_2012", "grundfall")
    farsta = replace(city, guidance="stockholm_2012/farsta")
    assert screen(farsta).outcome == screen(city).outcome
    assert screen(farsta).sha256 != screen(city).sha256


def own_guidance(folder: Path, old: str, new: str) -> Library:
    """A municipality's own guidance that differs from a shipped one in its id and in one other thing."""
    text = (DEFINITIONS / "guidance" / "socialstyrelsen_2012" / "1.0.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "guidance").mkdir(parents=True)
    changed = text.replace("id: socialstyrelsen_2012\n", "id: exempelby\n").replace(old, new)
    (folder / "guidance" / "exempelby.yaml").write_text(changed, encoding="utf-8")
    return Library(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [("default: 2\n    permitted: [0, 4]", "default: 3\n    permitted: [0, 4]"), ("# ", "# Om. ")],
    ids=["a threshold", "a comment in its file"],
)
def test_a_changed_definition_changes_the_digest_where_the_outcome_stays(old: str, new: str, tmp_path: Path) -> None:
    intake = screen(EVERYTHING_KNOWN).intake
    before, after = (
        explain(local.bind("exempelby", on=EVERYTHING_KNOWN.on), intake)
        for local in (own_guidance(tmp_path / "before", "# ", "# "), own_guidance(tmp_path / "after", old, new))
    )
    assert before.outcome == after.outcome
    assert before.truths == after.truths
    assert before.sha256 != after.sha256


def test_the_digest_holds_the_definitions_with_their_digests_and_the_parameters_in_force() -> None:
    data = covered(screen(replace(EVERYTHING_KNOWN, guidance="socialstyrelsen_2012/under_15")))
    assert set(data["definitions"]) == {
        "socialstyrelsen_2012/under_15@1.0",
        "socialstyrelsen_2012@1.0",
        "youth_spj@1.0",
        "facts@1.0",
        "flags@1.0",
        "consent@1.0",
    }
    lock = yaml.safe_load((DEFINITIONS / "guidance" / "lock.yaml").read_text(encoding="utf-8"))
    assert data["definitions"]["socialstyrelsen_2012@1.0"] == lock["socialstyrelsen_2012@1.0"]
    assert data["parameters"]["age_min"] == 12
    assert data["parameters"]["motivation_days"] == 30


# --- the professional first (3.9) ------------------------------------------------------------------------------------

OTHER_RATINGS = {"own_behaviour": {"moderate": 1, "low": 10}, "protective": {"present": 6}, "others": {"high": 13}}


def test_nothing_is_counted_before_the_professional_has_rated() -> None:
    explanation = screen(NO_SUMMARY)
    shown = render(explanation, library().catalogue, engine="0.0")
    assert explanation.are_counts_withheld
    assert (shown["profile"], shown["asks"], shown["counts_withheld"]) == (None, [], True)
    for each in shown["criteria"]:
        if isinstance(explanation.bound.rules.by_name[each["id"]].test, ItemCount):
            assert each["text"]["sv"] == "Antalet visas när den samlade bedömningen är gjord."
    assert not [part for part in shown["decisive"] if part["of"][0].startswith(ITEM_PREFIX)]


@pytest.mark.parametrize("blank", [{}, {"coordinated_need": None}, {"age": None, "gang_ties": None}], ids=str)
def test_questions_and_changes_are_the_same_whatever_the_ratings_until_the_professional_has_rated(
    blank: dict[str, Any],
) -> None:
    shown = [
        render(screen(each), library().catalogue, engine="0.0")
        for case in [with_facts(NO_SUMMARY, **blank)]
        for each in (case, with_ratings(case, **OTHER_RATINGS))
    ]
    assert shown[0]["criteria"] != shown[1]["criteria"]
    for part in ("open_questions", "cannot_change_result", "smallest_changes", "profile", "asks", "flags"):
        assert shown[0][part] == shown[1][part], part


def test_what_derives_from_facts_alone_is_shown_before_the_professional_has_rated() -> None:
    wrong_age = with_facts(find_case("stockholm_2012", "Återfallsrisken är inte bedömd"), age=11, coordinated_need=None)
    explanation = screen(wrong_age)
    assert explanation.outcome == "not_target_group"
    assert explanation.decisive_criteria == {"age"}


@pytest.mark.parametrize(
    ("rating", "is_shown"),
    [
        (None, False),
        ({"value": "low", "reason": "Ett enda tillfälle."}, True),
        ({"value": "moderate", "reason": "Färre brott."}, True),
        ({"value": "high", "reason": "Tätare brott."}, True),
        ({"missing": "not_found", "reason": "Den unge är avviken."}, True),
    ],
)
def test_the_profile_appears_when_the_summary_rating_is_given_or_cannot_be_made(rating: Any, is_shown: bool) -> None:
    explanation = screen(with_facts(EVERYTHING_KNOWN, reoffending_risk=rating))
    assert (explanation.profile is not None) is is_shown
    assert explanation.are_counts_withheld is not is_shown


def test_without_ratings_there_is_no_profile_and_nothing_to_withhold() -> None:
    for rating in (None, {"value": "high", "reason": "Tätare brott."}):
        explanation = screen(with_facts(replace(EVERYTHING_KNOWN, ratings=None), reoffending_risk=rating))
        assert explanation.profile is None
        assert not explanation.are_counts_withheld


def test_a_guidance_without_a_criterion_of_the_summary_rating_withholds_counts_all_the_same() -> None:
    case = find_case("flags", "skattad_ungdom")
    assert screen(case).are_counts_withheld
    assert not screen(with_facts(case, reoffending_risk={"value": "low", "reason": "Inget hänt."})).are_counts_withheld


def test_thin_material_is_noted_and_never_enters_truth() -> None:
    thin = screen(with_ratings(EVERYTHING_KNOWN, own_behaviour={"high": 1, "moderate": 5, "low": 1}))
    assert thin.outcome == "supports_offer"
    assert thin.profile is not None
    assert "profile.thin_own_behaviour" in [note.key for note in thin.profile.notes]


# --- blanks ----------------------------------------------------------------------------------------------------------


def test_what_could_not_be_learned_is_listed_apart_and_never_asked() -> None:
    for explanation in every_explanation():
        asked = {question.name for question in explanation.questions}
        assert not asked & set(explanation.not_found)
        assert not set(explanation.cannot_change) & set(explanation.not_found)
        assert set(explanation.not_found) <= set(explanation.coding.not_found)


def test_every_blank_of_a_criterion_is_asked_cannot_change_the_result_or_was_not_found() -> None:
    for explanation in every_explanation():
        rules, blanks = explanation.bound.rules, explanation.coding.blanks
        inputs = {name for node in rules.criteria if node.test for name in node.test.inputs}
        asked = {question.name for question in explanation.questions}
        told = asked | set(explanation.cannot_change) | set(explanation.not_found)
        assert told >= {name for name in inputs if name in blanks}
        # An offence count over another period is known, and asked about all the same.
        assert told - set(blanks) <= {"offence_count"}


def test_a_question_of_a_settled_outcome_is_never_asked() -> None:
    for explanation in every_explanation():
        if not explanation.are_counts_withheld and explanation.truths[explanation.bound.rules.outcome] != UNKNOWN:
            assert not explanation.questions


def test_smallest_changes_are_few_never_of_the_age_and_none_while_the_outcome_is_open() -> None:
    for explanation in every_explanation():
        assert len(explanation.changes) <= 5
        assert not any("age" in change.of for each in explanation.changes for change in each.changes)
        if explanation.outcome == "more_information_needed":
            assert not explanation.changes


def test_the_decisive_criteria_of_an_open_outcome_are_open() -> None:
    for explanation in every_explanation():
        if explanation.outcome == "more_information_needed":
            for name in explanation.decisive_criteria:
                assert explanation.status(explanation.bound.rules.by_name[name]) == "unknown"


def test_no_decisive_criterion_speaks_against_the_outcome() -> None:
    for explanation in every_explanation():
        against = {"supports_offer": "not_met", "not_target_group": "met"}.get(explanation.outcome)
        for node in explanation.bound.rules.criteria:
            if node.name in explanation.decisive_criteria:
                assert explanation.status(node) != against, (explanation.bound.name, node.name)


def test_consents_and_flags_change_neither_outcome_nor_criteria() -> None:
    refused = {person: dict.fromkeys(answers, "refused") for person, answers in EVERYTHING_KNOWN.consents.items()}
    other = with_facts(replace(EVERYTHING_KNOWN, consents=refused), current_threat="yes", acute_self_harm=None)
    before, after = screen(EVERYTHING_KNOWN), screen(other)
    assert before.gate.overall != after.gate.overall
    assert before.flags != after.flags
    statuses = [[each.status(node) for node in each.bound.rules.criteria] for each in (before, after)]
    assert statuses[0] == statuses[1]
    assert before.outcome == after.outcome


def test_ratings_of_nothing_are_not_the_same_as_no_ratings() -> None:
    unrated = replace(EVERYTHING_KNOWN, ratings=None)
    nothing = replace(EVERYTHING_KNOWN, ratings={"instrument": "youth_spj"})
    assert screen(nothing).intake.ratings == read_ratings({}, screen(nothing).bound.rules.instrument)
    assert screen(unrated).outcome == screen(nothing).outcome == "more_information_needed"
    assert screen(unrated).sha256 != screen(nothing).sha256
