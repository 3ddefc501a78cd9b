"""The consent gate, per person and recipient on a day (architecture 3.5): every status, bound, age and guardian."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.ratings import BLANK
from screening.gate import STATUSES, Consent, Gate, Readiness, assess_gate, months_after, read_consents
from tests.cases.reading import library
from tests.thoroughness import examples

ON = date(2026, 11, 21)
DAY = timedelta(days=1)
LIBRARY = library()
RULES = LIBRARY.consent_rules(ON)
YOUTH, MOTHER, FATHER = "youth", "g1", "g2"
POLICE, SCHOOL = "police", "school"


def gate(*consents: Consent, age: int = 16, guardians: Sequence[str] | None = (MOTHER, FATHER), on: date = ON) -> Gate:
    return assess_gate(RULES, age=age, guardians=guardians, consents=consents, on=on)


def all_given(persons: Iterable[str], recipients: Iterable[str] = (POLICE, SCHOOL)) -> list[Consent]:
    return [Consent(person, recipient, "given") for person, recipient in product(persons, recipients)]


def with_last(consent: Consent) -> list[Consent]:
    """Everyone has consented to everything, but for one answer."""
    others = all_given([YOUTH, MOTHER, FATHER])
    return [each for each in others if (each.person, each.recipient) != (consent.person, consent.recipient)] + [consent]


@pytest.mark.parametrize("person", [YOUTH, MOTHER, FATHER])
@pytest.mark.parametrize("recipient", [POLICE, SCHOOL])
@pytest.mark.parametrize(
    ("answer", "status", "overall"),
    [
        ({"status": "given"}, "given", "ready"),
        ({"status": "refused"}, "refused", "not_ready"),
        ({"status": "withdrawn"}, "withdrawn", "not_ready"),
        ({"status": None}, "not_recorded", "unknown"),
        # validity: both days included
        ({"status": "given", "valid_from": ON}, "given", "ready"),
        ({"status": "given", "valid_from": ON + DAY}, "not_yet_valid", "unknown"),
        ({"status": "given", "valid_to": ON}, "given", "ready"),
        ({"status": "given", "valid_to": ON - DAY}, "expired", "not_ready"),
        ({"status": "given", "valid_from": ON, "valid_to": ON}, "given", "ready"),
        # a withdrawal holds from its day on; until then the consent holds, within its validity
        ({"status": "withdrawn", "withdrawn_on": ON - DAY}, "withdrawn", "not_ready"),
        ({"status": "withdrawn", "withdrawn_on": ON}, "withdrawn", "not_ready"),
        ({"status": "withdrawn", "withdrawn_on": ON + DAY}, "given", "ready"),
        ({"status": "withdrawn", "withdrawn_on": ON + DAY, "valid_to": ON - DAY}, "expired", "not_ready"),
        ({"status": "withdrawn", "withdrawn_on": ON + DAY, "valid_from": ON + DAY}, "not_yet_valid", "unknown"),
        # a day of withdrawal counts whatever the status is called
        ({"status": "given", "withdrawn_on": ON}, "withdrawn", "not_ready"),
        ({"status": "given", "withdrawn_on": ON + DAY}, "given", "ready"),
        # dates do not make a refusal or a blank into anything else
        ({"status": "refused", "valid_to": ON - DAY}, "refused", "not_ready"),
        ({"status": "refused", "valid_from": ON + DAY}, "refused", "not_ready"),
        ({"status": None, "valid_to": ON - DAY}, "not_recorded", "unknown"),
    ],
)
def test_one_answer_decides_where_all_others_are_given(
    person: str, recipient: str, answer: dict[str, object], status: str, overall: str
) -> None:
    readiness = gate(*with_last(Consent(person, recipient, **answer)))  # type: ignore[arg-type]
    [party] = [each for each in readiness.parties if (each.person, each.recipient) == (person, recipient)]
    assert (party.status, party.readiness.word, party.is_mandatory) == (status, overall, True)
    assert readiness.overall.word == overall


def test_an_answer_that_is_not_there_at_all_is_not_recorded() -> None:
    readiness = gate(*all_given([YOUTH, MOTHER]))
    assert readiness.overall == Readiness.UNKNOWN
    assert [(each.person, each.recipient) for each in readiness.parties if each.status == "not_recorded"] == [
        (FATHER, POLICE),
        (FATHER, SCHOOL),
    ]


def test_one_refusal_outweighs_what_is_not_recorded() -> None:
    assert gate(Consent(MOTHER, POLICE, "refused")).overall == Readiness.NOT_READY


@pytest.mark.parametrize(
    ("age", "needed"),
    [
        (17, {(person, recipient) for person in (YOUTH, MOTHER, FATHER) for recipient in (POLICE, SCHOOL)}),
        (18, {(YOUTH, POLICE)}),
    ],
)
def test_police_and_school_of_all_count_under_18_and_police_of_the_person_from_18(
    age: int, needed: set[tuple[str, str]]
) -> None:
    readiness = gate(*all_given([YOUTH, MOTHER, FATHER]), age=age)
    assert {(each.person, each.recipient) for each in readiness.parties if each.is_mandatory} == needed


@pytest.mark.parametrize(
    ("age", "overall"), [(17, Readiness.NOT_READY), (18, Readiness.READY), (BLANK, Readiness.UNKNOWN)]
)
def test_a_guardians_refusal_counts_under_18_only(age: int, overall: Readiness) -> None:
    assert gate(*with_last(Consent(MOTHER, POLICE, "refused")), age=age).overall == overall


@pytest.mark.parametrize(
    ("consents", "overall"),
    [
        (all_given([YOUTH, MOTHER, FATHER]), Readiness.READY),
        ([Consent(YOUTH, POLICE, "refused")], Readiness.NOT_READY),
        (all_given([YOUTH], [POLICE]), Readiness.UNKNOWN),
        ([], Readiness.UNKNOWN),
    ],
)
def test_an_unknown_age_does_not_matter_where_both_sides_of_18_agree(
    consents: list[Consent], overall: Readiness
) -> None:
    assert gate(*consents, age=BLANK).overall == overall


@pytest.mark.parametrize(
    ("guardians", "age", "overall", "is_open"),
    [
        (None, 16, Readiness.UNKNOWN, True),  # nobody knows who the guardians are
        ((), 16, Readiness.READY, False),  # there are none
        (None, 18, Readiness.READY, False),  # they do not count
    ],
)
def test_guardians_who_are_not_known_are_not_the_same_as_none(
    guardians: tuple[str, ...] | None, age: int, overall: Readiness, is_open: bool
) -> None:
    readiness = gate(*all_given([YOUTH]), age=age, guardians=guardians)
    assert (readiness.overall, readiness.guardians_open) == (overall, is_open)


@pytest.mark.parametrize("consents", [[Consent(YOUTH, POLICE, "refused")], all_given([YOUTH, MOTHER, FATHER])])
def test_where_the_age_is_not_known_everyone_is_shown_who_counts_of_somebody_under_age(consents: list[Consent]) -> None:
    """Whether both sides of 18 come to the same, as after a refusal, or not."""
    assert gate(*consents, age=BLANK).parties == gate(*consents, age=17).parties


def test_guardians_stay_open_where_they_would_change_the_gate_and_nobody_knows_whether_they_count() -> None:
    readiness = gate(*with_last(Consent(MOTHER, POLICE, "refused")), age=BLANK)
    assert (readiness.overall, readiness.guardians_open) == (Readiness.UNKNOWN, True)


def test_a_recorded_refusal_of_a_guardian_holds_before_the_list_is_closed() -> None:
    assert gate(*all_given([YOUTH]), Consent(MOTHER, POLICE, "refused"), guardians=None).overall == Readiness.NOT_READY
    others = Consent(MOTHER, "health_care", "refused")
    assert gate(*all_given([YOUTH]), others, guardians=None).overall == Readiness.UNKNOWN


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("recipient", sorted({*RULES.recipient_ids} - {POLICE, SCHOOL}))
def test_other_recipients_are_shown_and_not_counted(recipient: str, status: str) -> None:
    readiness = gate(*all_given([YOUTH, MOTHER, FATHER]), Consent(YOUTH, recipient, status))
    assert readiness.overall == Readiness.READY
    [party] = [each for each in readiness.parties if each.recipient == recipient]
    assert (party.status, party.is_mandatory) == (status, False)


def test_the_school_is_shown_and_not_counted_from_18() -> None:
    readiness = gate(Consent(YOUTH, POLICE, "given"), Consent(YOUTH, SCHOOL, "refused"), age=18)
    assert readiness.overall == Readiness.READY
    assert [(each.recipient, each.is_mandatory) for each in readiness.parties] == [(POLICE, True), (SCHOOL, False)]


# Against every way in which what is blank can turn out.

ANSWERS = [
    {"status": None},
    {"status": "given"},
    {"status": "refused"},
    {"status": "given", "valid_to": ON - DAY},
    {"status": "given", "valid_from": ON + DAY},
    {"status": "withdrawn", "withdrawn_on": ON},
    {"status": "withdrawn", "withdrawn_on": ON + DAY},
]


@st.composite
def situations(draw: st.DrawFn) -> tuple[int, tuple[str, ...] | None, list[Consent]]:
    """An age or none, a closed list of at most two guardians or none, and answers of any of them."""
    age = draw(st.sampled_from([16, 17, 18, BLANK]))
    guardians = draw(st.sampled_from([None, (), (MOTHER,), (MOTHER, FATHER)]))
    persons = [YOUTH, *(guardians if guardians is not None else (MOTHER,))]
    pairs = draw(st.lists(st.sampled_from([*product(persons, [POLICE, SCHOOL, "leisure"])]), unique=True))
    return age, guardians, [Consent(*pair, **draw(st.sampled_from(ANSWERS))) for pair in pairs]


def possible(age: int, guardians: tuple[str, ...] | None, consents: list[Consent]) -> set[str]:
    """Ready or not, in every way of filling in the age, the guardians and the answers that are open."""
    outcomes = set()
    for is_under_age in [age < 18] if age != BLANK else [True, False]:
        recorded = [consent.person for consent in consents if consent.person != YOUTH]
        lists = [guardians] if guardians is not None else [tuple({*recorded}), tuple({*recorded, "someone"})]
        for those in lists:
            persons, recipients = ([YOUTH, *those], [POLICE, SCHOOL]) if is_under_age else ([YOUTH], [POLICE])
            answers = [
                answers_of(next((each for each in consents if (each.person, each.recipient) == pair), None))
                for pair in product(persons, recipients)
            ]
            outcomes |= {"ready" if all(way) else "not_ready" for way in product(*answers)}
    return outcomes


def answers_of(consent: Consent | None) -> list[bool]:
    if consent is None or consent.status is None:
        return [False, True]
    is_withdrawn = consent.status == "withdrawn" and (consent.withdrawn_on is None or consent.withdrawn_on <= ON)
    if consent.status == "refused" or is_withdrawn or (consent.valid_to is not None and consent.valid_to < ON):
        return [False]
    return [False, True] if consent.valid_from is not None and consent.valid_from > ON else [True]


@given(situations())
@settings(max_examples=examples(400))
def test_the_gate_is_what_every_way_of_filling_in_agrees_on(
    situation: tuple[int, tuple[str, ...] | None, list[Consent]],
) -> None:
    age, guardians, consents = situation
    ways = possible(*situation)
    expected = "unknown" if len(ways) > 1 else ways.pop()
    assert gate(*consents, age=age, guardians=guardians).overall.word == expected


@given(situations())
@settings(max_examples=examples(200))
def test_what_is_filled_in_never_turns_a_gate_that_was_settled(
    situation: tuple[int, tuple[str, ...] | None, list[Consent]],
) -> None:
    age, guardians, consents = situation
    before = gate(*consents, age=age, guardians=guardians).overall
    for filled in fillings(age, guardians, consents):
        assert before in (Readiness.UNKNOWN, filled.overall)


def fillings(age: int, guardians: tuple[str, ...] | None, consents: list[Consent]) -> Iterator[Gate]:
    """The gate after one blank more was filled in: the age, the list of guardians, or one answer."""
    if age == BLANK:
        yield from (gate(*consents, age=known, guardians=guardians) for known in (17, 18))
    recorded = {consent.person for consent in consents} - {YOUTH}
    if guardians is None:
        yield from (gate(*consents, age=age, guardians=(*recorded, *more)) for more in ((), ("someone",)))
    known = {(consent.person, consent.recipient): consent for consent in consents}
    for pair in product([YOUTH, *(guardians or recorded)], [POLICE, SCHOOL]):
        if pair not in known or known[pair].status is None:
            rest = [consent for consent in consents if (consent.person, consent.recipient) != pair]
            for status in ("given", "refused"):
                yield gate(*rest, Consent(*pair, status), age=age, guardians=guardians)


def test_the_days_of_a_consent_settle_one_after_the_other() -> None:
    consent = Consent(YOUTH, POLICE, "withdrawn", ON, ON + 3 * DAY, ON + 2 * DAY)
    days = [consent.status_on(ON + number * DAY, None) for number in range(-1, 5)]
    assert days == ["not_yet_valid", "given", "given", "withdrawn", "withdrawn", "withdrawn"]
    unending = replace(consent, status="given", withdrawn_on=None)
    assert [unending.status_on(ON + number * DAY, None) for number in (0, 3, 4)] == ["given", "given", "expired"]


# Consents as they are sent.


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([{"person": YOUTH, "recipient": "newspaper", "status": "given"}], ("unknown-recipient", "/0/recipient")),
        ([{"person": YOUTH, "recipient": POLICE, "status": "maybe"}], ("unknown-consent-status", "/0/status")),
        ([{"person": "g3", "recipient": POLICE, "status": "given"}], ("unknown-person", "/0/person")),
        ([{"person": YOUTH, "recipient": POLICE, "status": "given"}] * 2, ("repeated-consent", "/1")),
        (
            [{"person": YOUTH, "recipient": POLICE, "status": "given", "valid_from": ON, "valid_to": ON - DAY}],
            ("validity-reversed", "/0/valid_to"),
        ),
    ],
)
def test_a_consent_that_cannot_be_is_told_with_its_place(
    raw: list[dict[str, object]], expected: tuple[str, str]
) -> None:
    with pytest.raises(InputError) as caught:
        read_consents(raw, (MOTHER, FATHER), RULES)
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [expected]


def test_anyone_may_have_answered_while_the_guardians_are_not_known() -> None:
    [consent] = read_consents([{"person": "g3", "recipient": POLICE, "status": "given"}], None, RULES)
    assert consent == Consent("g3", POLICE, "given")


# --- the longest validity ---------------------------------------------------------------------------------------------

LATER = date(2026, 11, 28)
LONGEST = LIBRARY.consent_rules(LATER)


def test_the_longest_validity_is_a_limit_with_an_owner_and_the_first_rules_had_none() -> None:
    limit = LONGEST.longest_validity
    assert limit is not None
    assert (limit.default, limit.set_by) == (6, "Underlag")
    assert LIBRARY.consent_rules(ON).longest_months is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 5, 28), 6, date(2026, 11, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 1, 31), -1, date(2026, 12, 31)),
        (date(9998, 11, 30), 12, date(9999, 11, 30)),
        (date(9999, 11, 1), 6, date.max),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        (None, None, "undated"),
        (None, months_after(LATER, 6) + DAY, "undated"),
        (None, months_after(LATER, 6), "given"),  # given at the latest so long before: it cannot be older
        (None, LATER, "given"),
        (LATER, None, "given"),
        (LATER, months_after(LATER, 7), "given"),
    ],
)
def test_a_consent_without_a_first_day_counts_if_its_last_shows_that_it_is_not_too_old(
    first: date | None, last: date | None, status: str
) -> None:
    consent = Consent(YOUTH, POLICE, "given", first, last)
    assert consent.status_on(LATER, 6) == status
    assert consent.status_on(LATER, None) == "given"


@pytest.mark.parametrize(
    ("first", "status", "last"),
    [
        (LATER - DAY, "given", months_after(LATER - DAY, 6)),
        (date(2026, 1, 1), "expired", date(2026, 7, 1)),
        (LATER + DAY, "not_yet_valid", None),  # what was stated: nothing
    ],
)
def test_a_consent_that_has_begun_shows_its_last_day_by_the_longest_time(
    first: date, status: str, last: date | None
) -> None:
    found = assess_gate(LONGEST, age=18, guardians=(), consents=[Consent(YOUTH, POLICE, "given", first)], on=LATER)
    assert [(each.status, each.valid_to) for each in found.parties] == [(status, last)]


@given(
    first=st.none() | st.dates(date(2010, 1, 1), date(2028, 1, 1)),
    last=st.none() | st.dates(date(2010, 1, 1), date(2040, 1, 1)),
)
def test_no_consent_is_ready_longer_than_the_longest_time_and_a_limit_never_makes_one_ready(
    first: date | None, last: date | None
) -> None:
    consent = Consent(YOUTH, POLICE, "given", first, last)
    with_limit, without = consent.status_on(LATER, 6), consent.status_on(LATER, None)
    if with_limit == "given":
        assert without == "given"
        assert first is not None or last is not None
        assert first is None or months_after(first, 6) >= LATER
        assert last is None or last >= LATER
    else:
        assert without == with_limit or with_limit in ("expired", "undated")


@given(
    first=st.none() | st.dates(date(2026, 9, 1), date(2027, 3, 1)),
    last=st.none() | st.dates(date(2026, 9, 1), date(2027, 9, 1)),
    withdrawn=st.none() | st.dates(date(2026, 9, 1), date(2027, 3, 1)),
)
def test_the_days_of_change_of_a_consent_are_all_on_which_it_stands_otherwise_than_the_day_before(
    first: date | None, last: date | None, withdrawn: date | None
) -> None:
    consent = Consent(YOUTH, POLICE, "given", first, last, withdrawn)
    days = [date(2026, 2, 1) + number * DAY for number in range(700)]
    others = {day for day in days if consent.status_on(day, 6) != consent.status_on(day - DAY, 6)}
    assert others <= set(consent.days_of_change(6))


def test_an_undated_consent_counts_from_the_day_from_which_its_last_is_no_further_away_than_the_longest_time() -> None:
    consent = Consent(YOUTH, POLICE, "given", None, date(2027, 5, 28))
    assert list(consent.days_of_change(6)) == [date(2027, 5, 29), date(2026, 11, 28)]
    assert [consent.status_on(LATER - DAY, 6), consent.status_on(LATER, 6)] == ["undated", "given"]
    assert list(replace(consent, valid_to=None).days_of_change(6)) == []
