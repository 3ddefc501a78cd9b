"""Whatever is signed about a recommendation, everything that tells it tells the same result that applies."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import screening as screening_package
from api.cases.facts.rules import record_facts
from api.cases.journal import entries
from api.cases.kinds import Outcome
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, list_cases, start_case
from api.cases.reviews.rules import countersign, reject, sign_review
from api.cases.screenings.rules import screen_case
from api.cases.worklist import ALL, CONFIRM, REVIEW, Wanted, list_work
from api.context.context import LOCALE_OF_CASES
from api.research_export.reading import read_persons
from api.store.actors import Actor
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from api.store.transactions import open_transaction
from api.trends.reading import read_cohort
from instruments.loading import read_yaml
from screening.trends.lattice import lattice_on
from tests.api.accounts.people import House
from tests.api.pages.work.working import CECILIA, at_work
from tests.api.records.world import FACTS, KEYS, LIBRARY, POLICIES, assessment, sign_as_before, unit_of
from tests.api.routes.records.desk import CASES, Desk, Person
from tests.thoroughness import examples

OUTCOMES: tuple[Outcome, ...] = ("supports_offer", "more_information_needed", "not_target_group")
GUIDANCES = ("stockholm_2012", "young_adults_2013", "skl_2015")
STEPS = ("screen", "agree", "deviate", "deviate_before_it_was_stated", "confirm", "reject")
RATER, TESTER, REVIEWER, SECOND = (Actor(name, frozenset({"sig"})) for name in ("rut", "tor", "rev", "sec"))
NUMBERS = count()
SENTENCES = Path(screening_package.__file__).parent / "locale" / "sv.yaml"
#: The readers of each house: an example begins a case of its own, and needs no log-in of its own.
READERS: dict[int, "Told"] = {}

histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2)), max_size=7).map(
    lambda steps: [("screen", 0), *steps]
)


@dataclass
class Told:
    """A case whose recommendation is reviewed, and everything that tells it."""

    house: House
    api: Person
    reader: Any
    case: str = ""
    rating: str = ""

    def begin(self) -> None:
        now = self.house.clock()
        with open_transaction(self.house.database) as session:
            self.case = start_case(unit_of(session, now, RATER), NewCase("sig", f"SIG {next(NUMBERS)}"), KEYS).id
            record_facts(unit_of(session, now, RATER), self.case, FACTS)
            draft = start_draft(unit_of(session, now, RATER), self.case, assessment())
            self.rating = sign_draft(unit_of(session, now, RATER), draft.id, draft.version).id

    def journal(self) -> list[Entry]:
        with self.house.database.looking() as session:
            return list(entries(session, self.case))

    def last(self, kind: str) -> Entry | None:
        return next((each for each in reversed(self.journal()) if each.kind == kind), None)

    def take(self, step: str, choice: int) -> None:
        """One step; what the records refuse is not taken."""
        now = self.house.clock()
        screening, review = self.last("screening"), self.last("review")
        try:
            with open_transaction(self.house.database) as session:
                if step == "screen":
                    screen_case(unit_of(session, now, TESTER), self.case, GUIDANCES[choice])
                    return
                assert screening is not None
                digest = screening.content["sha256"]
                if step in ("confirm", "reject"):
                    sign, raw = (countersign, {}) if step == "confirm" else (reject, {"reasons": "Nej."})
                    if review is not None and review.subject_id == screening.id:
                        sign(unit_of(session, now, SECOND), self.case, review.id, digest, raw)  # type: ignore[operator]
                    return
                others = [each for each in OUTCOMES if each != screening.content["outcome"]]
                deviation = {
                    "verdict": "deviate",
                    "applies": others[choice % 2],
                    "deviation": "safety",
                    "reasons": "Ja.",
                }
                raw = {"verdict": "agree"} if step == "agree" else deviation
                if step == "deviate_before_it_was_stated":
                    sign_as_before(session, now, REVIEWER, self.case, screening, needs_second_person=bool(choice % 2))
                else:
                    sign_review(unit_of(session, now, REVIEWER), self.case, screening.id, digest, raw)
        except RuleError:
            pass  # such as a second signature under one that has it


def applies_to(screening: Entry, journal: Sequence[Entry]) -> str | None:
    """What applies of a screening, by looking the whole journal through; None where it is not stated."""
    reviews = [each for each in journal if each.kind == "review" and each.subject_id == screening.id]
    computed = str(screening.content["outcome"])
    if not reviews or reviews[-1].content["verdict"] == "agree":
        return computed
    if "applies" not in reviews[-1].content:
        return None
    signed = [each.kind for each in journal if each.subject_id == reviews[-1].id]
    return str(reviews[-1].content["applies"]) if signed == ["review_countersigned"] else computed


def in_words(applies: str | None, computed: str) -> str:
    words = words_of_work()
    said = words[f"work.outcome.{applies}"] if applies else words["work.result.not_stated"]
    return said if applies == computed else f"{said} (uträknat: {words[f'work.outcome.{computed}'].lower()})"


def words_of_work() -> dict[str, str]:
    words: dict[str, str] = read_yaml(LOCALE_OF_CASES / "sv.yaml").data
    return words


def check_records(told: Told, expected: str | None, computed: str) -> None:
    """The list, and the queues."""
    with open_transaction(told.house.database) as session:
        now = told.house.clock()
        listed = next(each for each in list_cases(unit_of(session, now, SECOND)).cases if each.case.id == told.case)
        rows = list_work(unit_of(session, now, SECOND), Wanted(ALL), (REVIEW, CONFIRM)).rows
        [row] = [each for each in rows if each.case_id == told.case]
    assert listed.result is not None
    assert (listed.result.applies, listed.result.computed) == (expected, computed)
    assert (row.step in ("review", "confirm")) == (not listed.result.is_reviewed)
    assert row.result == listed.result
    assert (listed.stage == "reviewed") == listed.result.is_reviewed


def check_api(told: Told, screenings: dict[str, tuple[str | None, str]], last: str) -> None:
    """The case, and every screening of it."""
    answers = {f"{CASES}/{told.case}": screenings[last]}
    answers |= {f"{CASES}/{told.case}/screenings/{each}": result for each, result in screenings.items()}
    for path, result in answers.items():
        answer = told.api.get(path).get_json()
        assert (answer["applies"], answer["outcome"]) == result, path


def check_pages(told: Told, screenings: dict[str, tuple[str | None, str]], last: str) -> None:
    """The list, the case with its timeline, and every recommendation."""
    row = re.search(rf"<tr [^>]*>(?:(?!</tr>).)*{told.case}.*?</tr>", told.reader.see("/work?view=sig"), re.DOTALL)
    assert row is not None
    assert f">{in_words(*screenings[last])}<" in row[0]
    page = told.reader.see(f"/cases/{told.case}")
    steps, _, timeline = page.partition('id="timeline-title"')
    assert f": {in_words(*screenings[last]).lower()}</p>" in steps
    sentences = re.findall(r'<a href="/screenings/(\w+)">([^<]*)</a>', timeline)
    assert {name for name, _ in sentences} == set(screenings)
    for name, sentence in sentences:
        assert sentence.endswith(f": {in_words(*screenings[name]).lower()}")
    catalogue = words_of_work()
    headlines = read_yaml(SENTENCES).data
    for name, (applies, _) in screenings.items():
        heading = re.search(r"<h1[^>]*>([^<]*)</h1>", told.reader.see(f"/screenings/{name}"))
        assert heading is not None
        assert html.unescape(heading[1]) == (
            headlines[f"headline.{applies}"] if applies else catalogue["work.result.not_stated_heading"]
        )


def check_numbers(told: Told, expected: str | None, computed: str) -> None:
    """The row of an export, and what the trends count of a review that took effect last."""
    on = told.house.clock().date()
    with told.house.database.looking() as session:
        persons, _ = read_persons(session, frozenset({"sig"}), LIBRARY, POLICIES.research_export_on(on).content)
        cohort = read_cohort(session, lattice_on(on).content, LIBRARY)
        number = sorted(session.scalars(select(Case.id))).index(told.case)
    said = next(row.answers for person in persons for row in person.ratings if row.entry == told.rating)
    assert (said["applies"], said["recommendation"]) == (expected or "not_stated", computed)
    bearing = [each for each in told.journal() if each.kind.startswith("review") or each.kind == "screening"]
    latest = bearing[-1]
    waits = latest.kind == "review" and latest.content["needs_second_person"]
    if latest.kind in ("review", "review_countersigned") and not waits:
        decisions = cohort.events["decisions"]
        [row] = decisions[decisions["case"] == number].to_dict("records")
        assert (row["applies"], row["outcome"]) == (expected or "not_stated", computed)


def check_everything(told: Told) -> None:
    journal = told.journal()
    screenings = {
        each.id: (applies_to(each, journal), str(each.content["outcome"]))
        for each in journal
        if each.kind == "screening"
    }
    last = next(reversed(screenings))
    check_records(told, *screenings[last])
    check_api(told, screenings, last)
    check_pages(told, screenings, last)
    check_numbers(told, *screenings[last])


def readers(house: House) -> Told:
    return Told(house, Desk(house).rita, at_work(house, CECILIA, "reviewer"))


def test_a_confirmed_deviation_is_what_everything_tells(house: House) -> None:
    told = readers(house)
    told.begin()
    for step in ("screen", "deviate", "confirm"):
        told.take(step, 0)
    assert applies_to(told.last("screening"), told.journal()) != told.last("screening").content["outcome"]  # type: ignore[arg-type,union-attr]
    check_everything(told)


@settings(
    max_examples=examples(12),
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories)
def test_after_any_history_everything_tells_the_same_result(house: House, history: list[tuple[str, int]]) -> None:
    if id(house) not in READERS:
        READERS[id(house)] = readers(house)
    told = READERS[id(house)]
    told.begin()
    for step, choice in history:
        told.take(step, choice)
    check_everything(told)
