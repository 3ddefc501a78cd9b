"""Training: practise on invented cases, then compare."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from html import unescape

import pytest
from sklearn.metrics import cohen_kappa_score
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.account_tables import Account
from api.store.actors import Actor
from api.store.schema import Case, Entry
from api.store.training_tables import PracticeRating
from api.store.transactions import open_transaction
from api.training.cases import Example, the_training
from api.training.practice import keep_practice, keep_written, written_so_far
from instruments.agreement import agreement, weighted_kappa
from tests.api.accounts.people import House, Visitor
from tests.api.pages.work.working import Worker, hidden_in, saved
from tests.api.records.world import LIBRARY, unit_of
from tests.api.shapes import assert_says_nothing_banned

JSON = {"Accept": "application/json"}
MILO = the_training().cases[0]
EACH = pytest.mark.parametrize("example", the_training().cases, ids=lambda each: each.id)


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def filled(example: Example, **other: str) -> dict[str, str]:
    items = {f"item.{item}": level for item, level in example.reference.levels().items()}
    return {**items, "fact.reoffending_risk": "high", "fact.reoffending_risk.reason": "Våldet.", **other}


@pytest.fixture
def trainee(house: House) -> Visitor:
    house.add("anna@kommun.example")
    return house.logged_in("anna@kommun.example")


def test_there_are_clear_borderline_and_incomplete_cases_for_both_age_groups() -> None:
    kinds = Counter(each.kind for each in the_training().cases)
    assert len(the_training().cases) >= 8
    assert min(kinds[kind] for kind in ("clear", "borderline", "missing_information")) >= 2
    assert {each.instrument for each in the_training().cases} == {"youth_spj", "young_adult_spj"}


@EACH
def test_the_reference_rates_items_of_the_instrument_once_and_in_neutral_words(example: Example) -> None:
    instrument = LIBRARY.instruments.find(example.instrument, on=the_training().reference_date).content
    for item, level in example.reference.levels().items():
        assert level in instrument.levels(instrument.item(item))
    listed = [
        item for level in ("low", "moderate", "high", "present", "absent") for item in getattr(example.reference, level)
    ]
    assert len(listed) == len(set(listed))
    assert set(example.reference.reasons) <= set(instrument.positions)
    for text in (
        example.reference.summary_reasons,
        *example.reference.reasons.values(),
        *(told.text for told in example.about),
    ):
        assert text.sv != text.en
        assert_says_nothing_banned(text.sv)
        assert_says_nothing_banned(text.en)


@EACH
def test_every_case_can_be_rated_and_compared(trainee: Visitor, example: Example) -> None:
    path = f"/training/{example.id}"
    assert example.reference.summary_reasons.sv not in trainee.get(path).text
    assert trainee.post(path, filled(example)).status_code == 303
    page = words(trainee.get(f"{path}/comparison").text)
    assert example.reference.summary_reasons.sv in page
    assert "Referensskattningen ger samma rekommendation." in page
    assert "1 har övat på fallet. Samstämmigheten visas från 5 personer." in page


def test_nothing_is_compared_before_one_has_rated(trainee: Visitor) -> None:
    answer = trainee.get("/training/milo/comparison")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/training/milo?language=sv")


def test_without_a_summary_rating_nothing_is_kept_and_nothing_typed_is_lost(house: House, trainee: Visitor) -> None:
    form = filled(
        MILO, **{"fact.reoffending_risk": "", "item.peer_rejection": "not_found", "item.stress_coping.note": "Vet ej"}
    )
    answer = trainee.post("/training/milo", form)
    assert answer.status_code == 422
    page = words(answer.text)
    assert "Välj låg, medel eller hög." in page
    assert "Vet ej" in page
    assert re.search(r'value="high" checked', answer.text) or "checked" in answer.text
    assert "2 saker behöver rättas" in page
    with house.database.looking() as session:
        assert session.scalars(select(PracticeRating)).all() == []


def test_what_is_written_is_saved_as_it_is_written_and_counted_as_nothing(house: House, trainee: Visitor) -> None:
    worker, rated = Worker(trainee), {"item.peer_rejection": "low", "item.stress_coping": "not_found"}
    told = saved(worker.send("/training/milo", rated, **JSON))
    assert told["message"].startswith("Sparat ")
    assert told["progress"]["social_contextual"] == "2 av 6 besvarade"
    page = trainee.get("/training/milo").text
    assert re.search(r'name="item.peer_rejection"[^>]*value="low"[^>]* checked', page)
    assert "Påbörjad." in trainee.get("/training").text
    assert trainee.get("/training/milo/comparison").status_code == 303
    # another window that was shown before: what both have changed is taken from neither unasked
    shown = {"shown": told["shown"]}
    assert worker.send("/training/milo", {**rated, "item.peer_rejection": "high", **shown}, **JSON).status_code == 200
    clash = worker.send("/training/milo", {**rated, "item.peer_rejection": "moderate", **shown}, **JSON)
    assert (clash.status_code, saved(clash)["values"]["item.peer_rejection"]) == (409, "high")
    trainee.post("/training/milo", filled(MILO))
    assert " checked" not in trainee.get("/training/milo").text
    with house.database.looking() as session:
        assert [row.number for row in session.scalars(select(PracticeRating))] == [1]


def numbers_of_practice(house: House) -> list[int]:
    with house.database.looking() as session:
        return list(session.scalars(select(PracticeRating.number).order_by(PracticeRating.number)))


@pytest.mark.thorough
def test_two_windows_that_save_at_once_wait_for_one_another(house: House, trainee: Visitor) -> None:
    with house.database.looking() as session:
        actor = Actor(session.scalars(select(Account.id)).one())

    def write(session: Session, level: str) -> None:
        unit = unit_of(session, house.clock(), actor)
        keep_written(unit, the_training(), MILO, {f"item.{level}": level}, [f"item.{level}"])

    def finish(session: Session, level: str) -> None:
        ratings = {"instrument": MILO.instrument, "items": {}}
        keep_practice(unit_of(session, house.clock(), actor), the_training(), MILO, ratings, level, "x")

    def other_window(act: Callable[[Session, str], None]) -> None:
        with open_transaction(house.database) as session:
            act(session, "high")

    told = []
    with ThreadPoolExecutor(1) as pool:
        for first, second in ((write, write), (write, finish), (finish, finish), (finish, write), (write, write)):
            with open_transaction(house.database) as session:
                first(session, "low")
                waiting = pool.submit(other_window, second)
                assert not wait([waiting], timeout=0.2).done
            waiting.result()
            told.append(numbers_of_practice(house))
        assert told == [[0], [1], [1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]
    with house.database.looking() as session:
        written = written_so_far(session, the_training(), MILO, actor.id)
    assert written == {"item.low": "low", "item.high": "high"}


def test_going_on_later_from_an_old_page_takes_nothing_from_a_newer_one(trainee: Visitor) -> None:
    worker, path, later = Worker(trainee), "/training/milo", {"to": "later"}
    old = hidden_in(trainee.get(path).text)
    saved(worker.send(path, {"item.peer_rejection": "low", "item.stress_coping.note": "Nyare."}, **JSON))
    assert worker.send(path, {**old, **later, "item.stress_coping": "high"}).status_code == 303
    page = trainee.get(path).text
    assert re.search(r'name="item.peer_rejection"[^>]*value="low"[^>]* checked', page)
    assert re.search(r'name="item.stress_coping"[^>]*value="high"[^>]* checked', page)
    assert "Nyare." in page
    # what both have written is shown as both, and sending it once more keeps one's own
    mine = {**later, "item.peer_rejection": "moderate", "item.stress_coping.note": "Äldre."}
    clash = worker.send(path, {**old, **mine})
    assert clash.status_code == 409
    told = words(clash.text)
    assert "Du sparade detta i ett annat fönster" in told
    assert "”Nyare.”" in told
    assert "Äldre." in told
    assert re.search(r'name="item.peer_rejection"[^>]*value="moderate"[^>]* checked', clash.text)
    assert re.search(r'name="item.stress_coping"[^>]*value="high"[^>]* checked', clash.text)
    assert "Nyare." in trainee.get(path).text
    kept = {"item.stress_coping": "high", **mine, **hidden_in(clash.text)}
    assert worker.send(path, kept).status_code == 303
    assert "Äldre." in trainee.get(path).text


def test_what_was_refused_as_practice_is_kept_by_going_on_later(trainee: Visitor) -> None:
    worker, form = Worker(trainee), filled(MILO, **{"fact.reoffending_risk": ""})
    refused = worker.send("/training/milo", form)
    assert refused.status_code == 422
    assert worker.send("/training/milo", {**form, **hidden_in(refused.text), "to": "later"}).status_code == 303
    assert trainee.get("/training/milo").text.count(" checked") >= len(MILO.reference.levels())


def test_the_log_tells_of_a_practice_when_it_is_finished_and_not_of_what_is_being_written(
    house: House, trainee: Visitor
) -> None:
    worker = Worker(trainee)
    for level in ("low", "high"):
        saved(worker.send("/training/milo", {"item.peer_rejection": level}, **JSON))
    worker.send("/training/milo", {"item.peer_rejection": "moderate", "to": "later"})
    assert house.audit(kind="practice_rating") == []
    trainee.post("/training/milo", filled(MILO))
    assert [row.action for row in house.audit(kind="practice_rating")] == ["write"]


def test_where_one_differs_the_reason_stands_or_that_none_is_written(trainee: Visitor) -> None:
    trainee.post("/training/milo", filled(MILO, **{"item.negative_attitudes": "low", "item.substance_use": "low"}))
    page = words(trainee.get("/training/milo/comparison").text)
    assert "Samma nivå på 28 av 30 faktorer" in page
    with_reason, without = (page.partition(title)[2] for title in ("rättfärdigar brott", "Alkohol och droger"))
    assert "Referensens skäl Försvarar rånen" in with_reason[:500]
    assert "Referensens skäl Inget eget skäl är skrivet." in without[:500]


def test_an_unknown_level_is_refused(trainee: Visitor) -> None:
    assert trainee.post("/training/milo", filled(MILO, **{"item.peer_rejection": "enormous"})).status_code == 422


def test_an_unknown_case_is_not_found(trainee: Visitor) -> None:
    assert trainee.get("/training/nobody").status_code == 404


def test_practice_is_kept_apart_from_everything_that_is_recorded(house: House, trainee: Visitor) -> None:
    trainee.post("/training/milo", filled(MILO))
    with house.database.looking() as session:
        assert session.scalars(select(Entry)).all() == []
        assert session.scalars(select(Case)).all() == []
        assert [row.number for row in session.scalars(select(PracticeRating))] == [1]


def test_agreement_counts_each_ones_first_rating_once_there_are_enough(house: House, trainee: Visitor) -> None:
    levels = ["low", "low", "low", "low", "high"]
    accounts = [house.add(f"p{number}@kommun.example") for number in range(5)]
    for account, level in zip(accounts, levels, strict=True):
        ratings = {"instrument": "youth_spj", "items": {"peer_rejection": level, "stress_coping": "high"}}
        for given in (ratings, {"instrument": "youth_spj", "items": {"peer_rejection": "moderate"}}):
            with open_transaction(house.database) as session:
                keep_practice(unit_of(session, house.clock(), Actor(account)), the_training(), MILO, given, level, "x")
    trainee.post("/training/milo", filled(MILO))
    page = words(trainee.get("/training/milo/comparison").text)
    # 10 pairs of the five on either item: 6 + 10 the same of 20; the trainee rated neither
    assert "Antal personer 6" in page
    assert "Samma nivå i 80 procent av 20 jämförelser." in page
    assert "Låg: 4; Medel: 0; Hög: 2" in page


def test_weighted_kappa_is_the_one_of_scikit_learn() -> None:
    import numpy as np

    first, second = np.array([0, 1, 2, 2, 1, 0, 0, 2]), np.array([0, 2, 2, 1, 1, 0, 1, 2])
    assert weighted_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second, weights="linear"))


def test_kappa_is_not_told_where_nothing_varies_or_nothing_is_shared() -> None:
    same = agreement([{"a": 1, "b": 1}, {"a": 1, "b": 1}])
    assert same is not None
    assert (same.same, same.kappa) == (1.0, None)
    assert agreement([{"a": 1}, {"b": 1}]) is None
