"""Two cases that differ only in what a reader may not see: everything that this reader can be given is the same."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.documents import pages as documents
from tests.api.accounts.people import HOST
from tests.api.oversight.twins import FACTS, Town, make_twin, papers_for, record_case, town
from tests.thoroughness import examples

__all__ = ["town"]

marks = st.booleans()
steps = st.one_of(
    st.sampled_from(sorted(FACTS)).flatmap(
        lambda name: st.tuples(st.just("know"), st.just(name), st.sampled_from(FACTS[name]), marks)
    ),
    st.tuples(st.just("assess"), marks, st.sampled_from(["low", "high"])),
    st.just(("screen",)),
    st.just(("review",)),
    st.tuples(st.just("correct"), st.integers(0, 20), marks),
    st.tuples(st.just("object"), st.integers(0, 20), st.sampled_from(["youth", "g1", "g2"])),
    st.tuples(st.just("start"), marks),
    st.tuples(st.just("meet"), st.integers(1, 20), marks),
    st.tuples(st.sampled_from(["plan", "set goals", "follow measures"]), marks),
    st.tuples(st.just("end"), marks),
    st.tuples(
        st.just("consent"), st.sampled_from(["youth", "g1", "g2"]), st.sampled_from(["police", "addiction_care"])
    ),
    st.tuples(st.just("tell"), st.sampled_from(["youth", "guardian"])),
    st.just(("ask for a second rating",)),
    st.just(("rate a second time",)),
    st.tuples(st.sampled_from(["intake", "take a position", "hand over", "close", "send back"]), marks),
    st.tuples(st.sampled_from(["follow up", "look back", "count"]), marks),
)
#: Born so that they are under age, or of age; or it is not known.
births = st.sampled_from([date(2010, 3, 14), date(2010, 3, 14), date(2004, 3, 14), None])


#: Half of the cases begin with what a sheet can be made of.
beginnings = st.sampled_from([[], [("assess", False, "high"), ("screen",), ("review",)]])


@pytest.fixture(scope="module", autouse=True)
def pages_in_place_of_pdf() -> Iterator[None]:
    """What the maker of PDFs is given; setting it as a PDF adds nothing that is about the case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "as_pdf", lambda page, _: page.encode())
        yield


@pytest.mark.parametrize("reader", ["guardian", "police"])
@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a case is slow to shrink, and short as it is
)
@given(births, st.tuples(beginnings, st.lists(steps, min_size=3, max_size=12)).map(lambda parts: parts[0] + parts[1]))
def test_what_a_reader_may_not_see_leaves_no_trace_in_anything_that_they_are_given(
    town: Town, reader: str, born: date | None, done: list[tuple[Any, ...]]
) -> None:
    consents = [("consent", person, "police") for person in ("youth", "g1", "g2")]
    case = record_case(town, born, [*consents, *done] if reader == "police" else done)
    make_twin(town, reader, case)
    assert papers_for(town.recorded, case, reader) == papers_for(town.twins[reader], case, reader)


HISTORY = [
    ("know", "recruitment_risk", "no", False),
    ("know", "motivation_to_leave", "stated", False),
    ("know", "current_threat", "yes", False),
    ("start", False),
    ("meet", 2, False),
    ("plan", False),
    ("assess", False, "high"),
    ("screen",),
    ("send back", True),
    ("review",),
    ("set goals", False),
    ("follow measures", False),
    ("meet", 19, True),
    ("plan", True),
    ("assess", True, "low"),
    ("screen",),
    ("ask for a second rating",),
    ("object", 7, "youth"),
    ("correct", 7, False),
    ("hand over", False),
    ("follow up", False),
    ("count", False),
    ("tell", "youth"),
    ("tell", "guardian"),
    ("end", True),
    ("look back", False),
    ("take a position", False),
    ("send back", False),
]
CLOSED = ("close", False)


@pytest.mark.parametrize("ending", [[], [CLOSED]], ids=["open", "closed"])
@pytest.mark.parametrize("reader", ["guardian", "police"])
def test_the_same_of_a_case_with_much_that_is_hidden(town: Town, reader: str, ending: list[tuple[Any, ...]]) -> None:
    consents = [("consent", person, "police") for person in ("youth", "g1", "g2")]
    case = record_case(town, date(2010, 3, 14), [*consents, *HISTORY, *ending])
    hidden = make_twin(town, reader, case)
    assert len(hidden) > 5
    papers = papers_for(town.recorded, case, reader)
    assert papers == papers_for(town.twins[reader], case, reader)
    refused = {name for name, (status, _, _) in papers.items() if status != 200}
    assert {name for name in papers if "plan" in name} >= refused
    assert bool(refused) == bool(ending and reader == "guardian"), "it ends with the case for those who see that"
    assert "2026-11-30" in papers["view page"][2]  # 28 days after the meeting that they know of


MOVED = ("outcome", "criteria", "questions", "applies", "computed")


def test_where_a_hidden_input_moves_the_result_only_the_result_differs(town: Town) -> None:
    told = []
    for motivation in ("stated", "none"):
        done = [("know", "motivation_to_leave", motivation, False), *HISTORY[:1], *HISTORY[6:9]]
        case = record_case(town, date(2010, 3, 14), done)
        papers = papers_for(town.recorded, case, "guardian")
        data = town.recorded.visitor.client.post(
            f"/cases/{case}/extract",
            base_url=HOST,
            data={"csrf_token": town.recorded.token, "for": "guardian-1", "form": "file"},
        ).get_json()
        assert "motivation_to_leave" not in str(data["entries"][0])
        told.append((data, papers))
    one, other = (flat(data) for data, _ in told)
    assert one.keys() ^ other.keys() == {place for place in one.keys() ^ other.keys() if moved(place)}
    differing = {place for place in one.keys() & other.keys() if one[place] != other[place]}
    unlike = {place for place in differing if place[-1] not in ("id", "reference", "about") and not moved(place)}
    assert unlike == set()
    assert any(moved(place) for place in differing)


def moved(place: tuple[Any, ...]) -> bool:
    return any(part in MOVED for part in place)


def flat(data: Any, place: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every value with its place."""
    if isinstance(data, dict):
        return {at: each for name, part in data.items() for at, each in flat(part, (*place, name)).items()}
    if isinstance(data, list):
        return {at: each for number, part in enumerate(data) for at, each in flat(part, (*place, number)).items()}
    return {place: data}
