"""The knowledge files hold the criteria, thresholds and facts that the architecture and the domain name."""

from datetime import date
from itertools import product

import pytest

from instruments.never_inputs import is_never_an_input
from instruments.registry import Definition, Registry, Versioned, read_lock
from screening.facts import FactDictionary
from screening.guidance import FlagSet, Guidance, Overlay, Parameter
from screening.library import DEFINITIONS, Library
from screening.presentation import presentations, shown_in
from screening.proof.contradictions import contradictions
from tests.screening.defined import (
    ALL,
    BY_REFERENCE,
    CONSENT,
    DESCRIBED,
    DICTIONARY,
    FLAGS,
    GUIDANCES,
    KINDS,
    MENDED,
    OUR_DAY,
    OURS,
    OVERLAYS,
    PARTS,
    in_tree,
    parts_of,
)

# architecture.md 4
REQUIRED = {
    "pilot_2011": ["age", "track"],
    "assignment_2011": ["at_risk"],
    "socialstyrelsen_2012": ["age", "track", "own_behaviour", "few_protective", "offences_or_ties", "coordinated_need"],
    "stockholm_2012": ["age", "track", "own_behaviour", "few_protective", "offences_or_ties", "reoffending_risk"],
    "young_adults_2013": ["age", "no_fixed_employment", "livelihood_mainly_crime", "socially_heavy_circumstances"],
    "skl_2015": ["track"],
    "stockholm_2019": ["age", "wants_to_leave"],
}
ADVISORY = {"socialstyrelsen_2012": ["reoffending_risk"], "stockholm_2012": ["coordinated_need", "observed_age"]}
CHILDREN = {
    "track": ["at_risk", "wants_to_leave"],
    "wants_to_leave": ["leave_support_need", "motivation_stated"],
    "offences_or_ties": ["several_offences", "gang_ties"],
}
AGES = {
    "pilot_2011": (15, 25),
    "socialstyrelsen_2012": (15, 25),
    "stockholm_2012": (12, 29),
    "young_adults_2013": (20, 29),
    "stockholm_2019": (19, 29),
}
IN_FORCE = {
    "pilot_2011": (date(2011, 6, 15), date(2012, 9, 30)),
    "assignment_2011": (date(2011, 3, 3), None),
    "socialstyrelsen_2012": (date(2012, 11, 1), None),
    "stockholm_2012": (date(2012, 12, 1), None),
    "young_adults_2013": (date(2013, 1, 1), date(2015, 12, 31)),
    "skl_2015": (date(2015, 10, 23), None),
    "stockholm_2019": (date(2019, 12, 17), None),
}
YOUNG_ADULTS = {"young_adults_2013", "stockholm_2019"}

# domain.md 1.4: default and permitted values of the vague words
POLICY = {
    "own_behaviour_share": (0.5, (0.3, 0.8)),
    "own_behaviour_count": (None, (3, 16)),
    "own_behaviour_level": ("moderate", ("moderate", "high")),
    "protective_at_most": (2, (0, 4)),
    "offences_at_least": (3, (2, 10)),
    "offences_window_months": (24, (6, 60)),
    "offences_ever_below_age": (15, (12, 18)),
    "reoffending_level": ("high", ("moderate", "high")),
    "motivation_days": (30, (7, 90)),
    "release_months": (6, (1, 12)),
}
# What was made a parameter in the mended versions.
ADDED_POLICY = {
    "offences_counted": ("suspected", ("suspected", "admitted", "convicted")),
    "intended_age_min": (12, (12, 18)),
    "intended_age_max": (29, (18, 29)),
    "longest_validity_months": (6, (1, 12)),
}
#: The last day of a text that ended, by the source; the mended versions of its file come long after.
LAST_DAY = {
    "pilot_2011": date(2012, 9, 30),
    "socialstyrelsen_2012": date(2016, 12, 31),
    "young_adults_2013": date(2015, 12, 31),
}

# domain.md 1.3, and the two deviations
SETTINGS: dict[str, dict[str, int]] = {
    "pilot_2011/phase_1": {"age_min": 15, "age_max": 18},
    "socialstyrelsen_2012/under_15": {"age_min": 12},
    "stockholm_2012/farsta": {},
    "stockholm_2012/hagersten_liljeholmen": {"observed_age_min": 14, "observed_age_max": 14},
    "stockholm_2012/hasselby_vallingby": {"observed_age_min": 14, "observed_age_max": 17},
    "stockholm_2012/enskede_arsta_vantor": {"observed_age_min": 14, "observed_age_max": 17},
    "stockholm_2012/kungsholmen": {"age_min": 15, "age_max": 18},
    "stockholm_2012/norrmalm": {"age_min": 15, "age_max": 20},
    "stockholm_2012/rinkeby_kista": {"observed_age_min": 14, "observed_age_max": 17},
    "stockholm_2012/skarpnack": {"observed_age_min": 14, "observed_age_max": 17},
    "stockholm_2012/skarholmen": {"observed_age_min": 13, "observed_age_max": 17},
    "stockholm_2012/spanga_tensta": {"observed_age_min": 16, "observed_age_max": 17},
    "stockholm_2012/sodermalm": {},
    "stockholm_2012/ostermalm": {"age_max": 17},
}

FACTS = {
    "age", "birth_date", "part_of_decision", "court_ordered", "acute_self_harm", "offence_count",
    "serious_offence_count", "strategic_first_offence", "offending_debut_age", "first_prosecution_age", "gang_ties",
    "recruitment_risk", "leave_support_need", "motivation_to_leave", "reoffending_risk", "coordinated_need",
    "less_intensive_tried_or_insufficient", "livelihood_mainly_crime", "fixed_employment",
    "socially_heavy_circumstances", "institution_release_within_months", "current_threat", "substance_only",
    "district", "programme_profile",
}  # fmt: skip
CHOICES = {
    "strategic_first_offence": [
        "robbery", "vehicle_theft", "threat_or_violence_against_official", "aggravated_theft", "narcotics_offence",
        "other",
    ],
    "gang_ties": ["none", "suspected", "confirmed"],
    "motivation_to_leave": ["none", "ambivalent", "stated"],
    "reoffending_risk": ["low", "moderate", "high"],
}  # fmt: skip
MAY_NOT_APPLY = {
    "strategic_first_offence",
    "offending_debut_age",
    "first_prosecution_age",
    "institution_release_within_months",
}


def is_guidance(each: Definition[Versioned]) -> bool:
    return isinstance(each.content, Guidance)


# The versions that the architecture and the domain describe, and every version, with its reference.
DESCRIBED_GUIDANCES = [pytest.param(each.content, id=each.reference) for each in DESCRIBED if is_guidance(each)]
EVERY_GUIDANCE = [pytest.param(each.content, id=each.reference) for each in ALL if is_guidance(each)]
DESCRIBED_OVERLAYS = [
    pytest.param(each.content, id=each.reference) for each in DESCRIBED if isinstance(each.content, Overlay)
]
DESCRIBED_FACTS = [pytest.param(each.content, id=each.reference) for each in DESCRIBED if each.content.id == "facts"]


# --- what is there ---------------------------------------------------------------------------------------------------


def test_every_guidance_and_overlay_is_there() -> None:
    assert {each.content.id for each in DESCRIBED if is_guidance(each)} == set(REQUIRED)
    assert {each.content.id for each in DESCRIBED if isinstance(each.content, Overlay)} == set(SETTINGS)


@pytest.mark.parametrize("guidance", DESCRIBED_GUIDANCES)
def test_required_and_advisory_criteria_are_those_of_the_architecture(guidance: Guidance) -> None:
    criteria = guidance.criteria
    assert [each.id for each in criteria if each.required] == REQUIRED[guidance.id]
    assert [each.id for each in criteria if not each.required] == ADVISORY.get(guidance.id, [])
    for each in in_tree(criteria):
        assert [child.id for child in each.rule.children] == CHILDREN.get(each.id, []), each.id


@pytest.mark.parametrize("guidance", EVERY_GUIDANCE)
def test_only_criteria_on_top_are_required(guidance: Guidance) -> None:
    below = [child for each in guidance.criteria for child in list(each.walk())[1:]]
    assert not [child.id for child in below if child.required]


@pytest.mark.parametrize("name", REQUIRED)
def test_validity_and_instrument(name: str) -> None:
    guidance = BY_REFERENCE[f"{name}@1.0"].content
    assert isinstance(guidance, Guidance)
    assert (guidance.valid_from, guidance.valid_to) == IN_FORCE[name]
    assert GUIDANCES[name].last_day == LAST_DAY.get(name)
    assert (GUIDANCES[name].successor is not None) == (name in LAST_DAY), "what ended says what came after"
    assert guidance.instrument == GUIDANCES[name].instrument
    assert guidance.instrument == ("young_adult_spj" if name in YOUNG_ADULTS else "youth_spj")


@pytest.mark.parametrize("guidance", DESCRIBED_GUIDANCES)
def test_age_bounds(guidance: Guidance) -> None:
    parameters = guidance.parameters_by_id
    bounds = [parameters[name] for name in ("age_min", "age_max") if name in parameters]
    assert tuple(bound.default for bound in bounds) == AGES.get(guidance.id, ())
    for bound in bounds:
        assert bound.permitted == (12, 29)
        assert bound.wider_when


@pytest.mark.parametrize("overlay", DESCRIBED_OVERLAYS)
def test_overlay_sets_what_the_district_or_deviation_states(overlay: Overlay) -> None:
    base = BY_REFERENCE[f"{overlay.base.guidance}@{overlay.base.version}"].content
    assert isinstance(base, Guidance)
    assert {each.parameter: each.value for each in overlay.settings} == SETTINGS[overlay.id]
    for each in overlay.settings:
        assert base.parameters_by_id[each.parameter].permits(each.value)
        assert each.quote
        assert each.source
    if not overlay.settings:
        assert "no_age_stated" in {note.id for note in overlay.notes}


def test_overlays_rest_on_their_base_as_it_is() -> None:
    overlays = [each.content for each in ALL if isinstance(each.content, Overlay)]
    for overlay in overlays:
        base = BY_REFERENCE[f"{overlay.base.guidance}@{overlay.base.version}"]
        assert overlay.base.sha256 == base.sha256
        assert overlay.id.startswith(f"{overlay.base.guidance}/")
        assert overlay.valid_from >= base.content.valid_from
    for latest in OVERLAYS.values():
        assert latest.base.version == GUIDANCES[latest.base.guidance].version, "an overlay follows its base"


@pytest.mark.parametrize("kind", KINDS)
def test_every_published_file_is_locked(kind: str) -> None:
    locked = read_lock(DEFINITIONS / kind)
    assert locked == {each.reference: each.sha256 for each in ALL if isinstance(each.content, KINDS[kind])}


def test_file_path_is_id_and_version() -> None:
    for kind, model in KINDS.items():
        for each in Registry(model, [DEFINITIONS / kind]):
            path = each.path.relative_to(DEFINITIONS)
            own_folder = f"{kind}/{each.content.id}" if kind in ("guidance", "overlays") else kind
            assert path.as_posix() == f"{own_folder}/{each.content.version}.yaml"
            assert each.content.status == "published"


# --- parameters ------------------------------------------------------------------------------------------------------


def all_parameters() -> list[tuple[str, Parameter]]:
    return [(place, part) for place, part in PARTS if isinstance(part, Parameter)]


def is_described(place: str) -> bool:
    """Whether a place is in a version that the architecture and the domain describe."""
    return any(place.startswith(f"{each.reference}.") for each in DESCRIBED)


def as_set(parameter: Parameter) -> tuple[object, ...]:
    return parameter.id, parameter.default, parameter.permitted, parameter.set_by, parameter.set_on


@pytest.mark.parametrize(("place", "parameter"), all_parameters(), ids=lambda value: str(value)[:60])
def test_vague_words_have_the_defaults_ranges_and_owner_of_the_domain(place: str, parameter: Parameter) -> None:
    assert parameter.set_by, place
    assert parameter.default is None or parameter.permits(parameter.default), place
    if not is_described(place):  # set anew, or as it was set before
        before = [as_set(each) for named, each in all_parameters() if is_described(named)]
        assert parameter.set_on > MENDED or as_set(parameter) in before, place
    elif parameter.id in POLICY:
        assert (parameter.default, parameter.permitted) == POLICY[parameter.id], place
        assert (parameter.set_by, parameter.set_on) == (OURS, OUR_DAY), place
    elif parameter.id in ADDED_POLICY:
        assert (parameter.default, parameter.permitted) == ADDED_POLICY[parameter.id], place
        assert (parameter.set_by, parameter.set_on) == (OURS, MENDED), place
    else:
        assert parameter.id.endswith(("age_min", "age_max")) or parameter.id == "other_track_above_age", place


def test_only_the_span_of_ages_that_no_text_states_is_ours() -> None:
    described = {each.reference for each in DESCRIBED}
    ours = {
        place
        for place, each in all_parameters()
        if each.id in ("age_min", "age_max") and each.set_by == OURS and place.partition(".parameters")[0] in described
    }
    bounds = [(version, name) for version in ("1.0", "1.1") for name in ("age_min", "age_max")]
    assert ours == {f"stockholm_2012@{version}.parameters.{name}" for version, name in bounds}


def test_the_age_above_which_exit_work_is_named_is_the_evaluations() -> None:
    described = [each.content for each in DESCRIBED if isinstance(each.content, FlagSet)]
    (parameter,) = (each for each in described[-1].parameters if each.id == "other_track_above_age")
    assert parameter.set_by.startswith("Ersta Sköndals högskola")
    assert parameter.set_on < date(2012, 12, 1)


def test_stockholm_2019_names_its_seven_districts() -> None:
    (note,) = (each for each in GUIDANCES["stockholm_2019"].notes if each.id == "seven_districts")
    for district in ("Enskede", "Farsta", "Hässelby", "Rinkeby", "Skarpnäck", "Skärholmen", "Spånga"):
        assert district in note.text.sv
        assert district in note.text.en


@pytest.mark.parametrize("guidance", EVERY_GUIDANCE)
def test_every_guidance_says_how_old_the_motivation_may_be(guidance: Guidance) -> None:
    (freshness,) = guidance.freshness
    assert (freshness.fact, freshness.must_be_dated) == ("motivation_to_leave", ("stated",))
    assert freshness.days in guidance.parameters_by_id


@pytest.mark.parametrize(
    "holder",
    [pytest.param(each.content, id=each.reference) for each in ALL if isinstance(each.content, Guidance | FlagSet)],
)
def test_every_parameter_is_used(holder: Guidance | FlagSet) -> None:
    rules = holder.flags if isinstance(holder, FlagSet) else (holder.criteria, holder.freshness)
    used = {
        value
        for _, part in parts_of(rules, "")
        for field, value in part
        if isinstance(value, str) and field not in ("id", "fact", "kind", "quote", "sv", "en")
    }
    assert {each.id for each in holder.parameters} <= used


# --- facts and consent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dictionary", DESCRIBED_FACTS)
def test_facts_are_those_of_the_domain(dictionary: FactDictionary) -> None:
    assert set(dictionary.by_id) == FACTS
    for fact in dictionary.facts:
        if fact.kind == "choice":
            assert list(fact.codes) == CHOICES.get(fact.id, ["no", "yes"]), fact.id
        elif fact.kind in ("whole_number", "offences"):
            low, high = fact.domain()
            assert 0 <= low < high, fact.id
    assert {fact.id for fact in dictionary.facts if fact.not_applicable} == MAY_NOT_APPLY


@pytest.mark.parametrize("dictionary", DESCRIBED_FACTS)
def test_what_an_answer_must_come_with(dictionary: FactDictionary) -> None:
    carried = {fact.id: fact.must_carry for fact in dictionary.facts if fact.must_carry}
    assert carried == {
        "gang_ties": ("source", "observed_on"),
        "reoffending_risk": ("reason",),
        "coordinated_need": ("reason",),
        "socially_heavy_circumstances": ("reason",),
    }


def test_words_of_every_fact_exist_in_both_languages() -> None:
    words = dict(DICTIONARY.words())
    for fact in DICTIONARY.facts:
        expected = [f"fact.{fact.id}", f"question.{fact.id}", *(f"value.{fact.id}.{value}" for value in fact.codes)]
        for key in expected:
            assert words[key].sv.strip(), key
            assert words[key].en.strip(), key
        assert fact.question.sv.endswith("?"), fact.id
        assert fact.question.en.endswith("?"), fact.id


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("own_behaviour_risk_count", "derived"),
        ("protective_present", "derived"),
        ("consents", "derived"),
        ("profile", "derived"),
        ("outcome", "derived"),
        ("sex", "never_input"),
        ("kön", "never_input"),
        ("origin", "never_input"),
        ("ethnicity", "never_input"),
        ("citizenship", "never_input"),
        ("medborgarskap", "never_input"),
        ("nationality", "never_input"),
        ("religion", "never_input"),
        ("postcode", "never_input"),
        ("area_statistics", "never_input"),
        ("neighbourhood", "never_input"),
        ("name", "never_input"),
        ("personnummer", "never_input"),
    ],
)
def test_names_that_are_no_facts(name: str, reason: str) -> None:
    assert DICTIONARY.refusals[name] == reason


def test_no_name_is_both_a_fact_and_refused() -> None:
    assert not set(DICTIONARY.by_id) & set(DICTIONARY.refusals)
    assert len(DICTIONARY.refused) == len(DICTIONARY.refusals)
    assert not [name for name in DICTIONARY.by_id if is_never_an_input(name)]


def test_consent_asks_for_police_and_school_under_18_and_police_from_18() -> None:
    assert CONSENT.adult_age == 18
    assert CONSENT.mandatory_under == ("police", "school")
    assert CONSENT.mandatory_from == ("police",)
    assert set(CONSENT.mandatory_under) < set(CONSENT.recipient_ids)
    assert len(CONSENT.recipient_ids) == len(set(CONSENT.recipient_ids))
    notes = {note.id for note in CONSENT.notes}
    assert notes >= {"secrecy_not_gdpr", "court_order_is_not_consent", "guardian_consent_is_a_question"}


# --- time ------------------------------------------------------------------------------------------------------------

MONTHS = [date(year, month, 1) for year, month in product(range(2011, 2028), range(1, 13))]


@pytest.mark.parametrize("name", sorted({each.content.id for each in ALL}))
def test_on_every_day_from_the_first_to_the_last_one_version_is_found_and_is_in_force(name: str) -> None:
    versions = [each.content for each in ALL if each.content.id == name]
    assert len({one.valid_from for one in versions}) == len(versions), "a day chooses one version"
    first = min(one.valid_from for one in versions)
    last = max(one.valid_to or MONTHS[-1] for one in versions)
    for day in (first, *(month for month in MONTHS if first <= month <= last), last):
        begun = [one for one in versions if one.valid_from <= day]
        version = max(begun, key=lambda one: one.valid_from)  # a later version takes the place of an earlier one
        ended = [one.valid_to for one in begun if one.valid_to and one.valid_to < day]
        assert version.valid_to is None or day <= version.valid_to or ended, day


def test_what_every_guidance_rests_on_is_in_force_from_its_first_day() -> None:
    library = Library()
    for name in library.names():
        first = min(each.content.valid_from for each in ALL if each.content.id == name)
        bound = library.bind(name, on=first)
        assert len(bound.definitions) == (6 if "/" in name else 5), name


# --- what is shown beside ---------------------------------------------------------------------------------------------


def test_every_flag_that_speaks_against_an_outcome_is_one_that_there_is() -> None:
    versions = list(contradictions())
    assert read_lock(DEFINITIONS / "contradictions") == {each.reference: each.sha256 for each in versions}
    flags = {flag.id for flag in FLAGS.flags}
    for each in versions:
        assert {contradiction.flag for contradiction in each.content.contradictions} <= flags
        assert each.content.valid_from <= min(guidance.valid_from for guidance in GUIDANCES.values())
        assert all(one.always or one.by_same_answer for one in each.content.contradictions)


def test_every_fact_that_is_shown_beside_is_in_the_dictionary_and_has_a_reason() -> None:
    versions = [each.content for each in presentations()]
    assert read_lock(DEFINITIONS / "presentation") == {each.reference: each.sha256 for each in presentations()}
    for version in versions:
        assert [place.id for place in version.places] == ["form", "gate"]
        for place in version.places:
            assert set(place.facts) <= set(DICTIONARY.by_id)
            assert len(set(place.facts)) == len(place.facts)
            assert place.reading.sv
            assert place.reading.en


def test_what_the_reader_of_consents_must_know_has_its_sentence() -> None:
    for name in shown_in("gate", OUR_DAY):
        assert f"gate.{name}" in Library().catalogue


@pytest.mark.parametrize("name", REQUIRED)
def test_the_facts_of_a_flag_are_those_that_its_rule_names(name: str) -> None:
    rules = Library().bind(name, on=MENDED).rules
    assert rules.facts_of("safety_first") == ("current_threat", "acute_self_harm")
    assert rules.facts_of("no_such_flag") == ()
