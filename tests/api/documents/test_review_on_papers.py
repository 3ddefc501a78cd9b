"""What a paper says before and after the recommendation is reviewed, and to whom it goes at all."""

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader

from api.cases.facts.rules import record_facts
from api.cases.reviews.rules import countersign, reject
from api.store.actors import Actor
from api.store.schema import Entry
from api.store.transactions import open_transaction
from tests.api.documents.folders import SECRETARY, Folder, add_case, filled, reviewed
from tests.api.documents.test_documents_of_a_case import paper, read
from tests.api.records.world import ratings, unit_of


@pytest.mark.thorough
def test_a_recommendation_that_is_not_reviewed_says_so_on_every_page(folder: Folder) -> None:
    _, screening = filled(folder)
    answer = folder.visitor().get(f"{folder.path('/recommendation')}.pdf")
    pages = [" ".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(answer.data)).pages]
    assert len(pages) > 3
    assert ["Inte granskad." in each for each in pages] == [True] * len(pages)
    assert "Inte granskad." in read(folder, "/recommendation")
    folder.review(screening, verdict="agree")
    answer = folder.visitor().get(f"{folder.path('/recommendation')}.pdf")
    assert "Inte granskad." not in "".join(each.extract_text() for each in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Granskad. Granskaren instämmer." in read(folder, "/recommendation")


@pytest.mark.parametrize("reader", ["youth", "guardian-1"])
def test_no_sheet_leaves_before_the_recommendation_is_reviewed(folder: Folder, reader: str) -> None:
    _, screening = filled(folder)
    stopped = paper(folder, f"/feedback/{reader}")
    assert stopped.status_code == 409
    assert "Rekommendationen är inte granskad" in stopped.text
    assert "En granskare läser den" in stopped.text
    told = folder.house.audit(action="export", kind="feedback_document")
    assert [each.outcome for each in told] == ["refused"]
    index = folder.visitor().get(folder.path()).text
    assert "Bladet kan inte lämnas än: rekommendationen är inte färdiggranskad." in index
    assert f'href="/screenings/{screening}/review"' in index
    assert f'name="reader" value="{reader}"' not in index
    folder.review(screening, verdict="agree")
    assert paper(folder, f"/feedback/{reader}").status_code == 200
    assert f'name="reader" value="{reader}"' in folder.visitor().get(folder.path()).text


DEVIATION = {
    "verdict": "deviate",
    "applies": "not_target_group",
    "deviation": "own_view_weighs",
    "reasons": "Vill något annat (påhittat).",
}
HELD = "Underlaget talar för att socialtjänsten kan erbjuda"
APPLIES = "Det liknar inte det som en social insatsgrupp är till för."


def decide(folder: Folder, review: str, sign: Callable[..., Entry], **raw: str) -> None:
    """Let a second person, who has neither rated nor reviewed, confirm or reject a deviation."""
    second = Actor(folder.house.add("cleo@kommun.example", "reviewer"), frozenset({"sig"}))
    with open_transaction(folder.house.database) as session:
        digest = session.get_one(Entry, review).content["screening_sha256"]
        sign(unit_of(session, folder.house.clock(), second), folder.case, review, digest, raw)


def test_a_sheet_tells_what_applies_after_a_deviation_and_not_what_was_computed(folder: Folder) -> None:
    _, screening = filled(folder)
    review = folder.review(screening, **DEVIATION)
    for reader in ("youth", "guardian-1"):
        assert paper(folder, f"/feedback/{reader}").status_code == 409  # the second person has not taken a stand
    decide(folder, review, countersign)
    for reader in ("youth", "guardian-1"):
        page = read(folder, f"/feedback/{reader}")
        assert APPLIES in page
        assert HELD not in page
        assert ": det stämmer" not in page
        assert "Vill något annat (påhittat)." not in page


def test_a_rejected_deviation_goes_back_and_no_sheet_leaves(folder: Folder) -> None:
    _, screening = filled(folder)
    decide(folder, folder.review(screening, **DEVIATION), reject, reasons="Skälen räcker inte (påhittat).")
    assert paper(folder, "/feedback/youth").status_code == 409
    page = read(folder, "/recommendation")
    assert "Den andra personen godtog inte granskarens avvikelse." in page
    assert "Skälen räcker inte (påhittat)." in page


def test_a_recommendation_tells_what_applies_with_what_was_computed_beside_it(folder: Folder) -> None:
    _, screening = filled(folder)
    review = folder.review(screening, **DEVIATION)
    assert "Det som gäller efter granskningen" not in read(folder, "/recommendation")
    assert "Inte färdiggranskad." in read(folder, "/recommendation")
    decide(folder, review, countersign)
    page = read(folder, "/recommendation")
    assert page.index("Det som gäller efter granskningen") < page.index("Det beräknade resultatet var:")
    assert "Inte färdiggranskad." not in page


def test_a_new_screening_is_reviewed_anew_before_a_sheet_tells_of_it(folder: Folder) -> None:
    reviewed(folder)
    folder.screen()
    assert paper(folder, "/feedback/youth").status_code == 409


def test_a_sheet_without_a_recommendation_needs_no_review(folder: Folder) -> None:
    folder.assess()
    assert "Så här passar det med vägledningen" not in read(folder, "/feedback/youth")


def test_support_is_about_what_can_change_and_what_has_been_is_told_as_such(folder: Folder) -> None:
    given = ratings(high=0)
    given["items"] |= {"violent_behaviour_history": "high", "early_violence_onset": "moderate", "substance_use": "high"}
    folder.assess(ratings=given)
    page = read(folder, "/feedback/youth")
    behind, needs = page.index("Det här har hänt tidigare"), page.index("Där behövs mest stöd nu")
    assert needs < page.index("Alkohol och droger") < behind
    assert behind < page.index("Våld mot andra")
    assert "2001:453" not in page


def test_the_two_sheets_are_told_apart_by_the_name_of_their_file_and_name_nobody(folder: Folder) -> None:
    reviewed(folder)
    names = [
        paper(folder, f"/feedback/{reader}", form="pdf").headers["Content-Disposition"]
        for reader in ("youth", "guardian-1")
    ]
    for name, kind in zip(names, ("till-dig", "till-vardnadshavare"), strict=True):
        assert re.fullmatch(rf"attachment; filename=aterkoppling-{kind}-2026-11-21-[0-9a-f]{{8}}\.pdf", name)


def test_a_sheet_is_made_by_no_link(folder: Folder) -> None:
    reviewed(folder)
    assert folder.visitor(SECRETARY).get(folder.path("/feedback/youth")).status_code == 404
    assert folder.visitor(SECRETARY).get(folder.path("/feedback")).status_code == 405
    assert folder.house.audit(action="export", kind="feedback_document") == []


def test_an_adults_guardian_gets_no_sheet(folder: Folder) -> None:
    reviewed(folder)
    folder.house.clock.pass_by(days=800)
    refused = paper(folder, "/feedback/guardian-1")
    assert refused.status_code == 409
    assert "Den unge är myndig" in refused.text
    index = folder.visitor().get(folder.path()).text
    assert 'value="guardian-1"' not in index
    assert "Inget blad görs till vårdnadshavare." in index
    assert paper(folder, "/feedback/youth").status_code == 200


@pytest.mark.parametrize(
    ("age", "days", "status"),
    [
        (None, 0, 409),  # nothing says that the young person is under age
        ({"value": 15, "observed_on": "2026-11-01"}, 0, 200),
        ({"value": 15, "observed_on": "2026-11-01"}, 365, 200),
        ({"value": 15, "observed_on": "2026-11-01"}, 2 * 365, 409),
        ({"value": 17, "observed_on": "2026-11-01"}, 0, 409),  # may have had a birthday since
        ({"value": 17, "observed_on": "2026-11-21"}, 0, 200),
        ({"value": 18, "observed_on": "2026-11-01"}, 0, 409),
    ],
)
def test_a_guardian_reads_only_while_it_is_certain_that_the_young_person_is_under_age(
    folder: Folder, age: dict[str, object] | None, days: int, status: int
) -> None:
    unknown = add_case(folder, "2026-118", None)
    unknown.assess()
    if age is not None:
        with open_transaction(folder.house.database) as session:
            now = folder.house.clock()
            record_facts(unit_of(session, now, unknown.secretary), unknown.case, {"age": age})
    folder.house.clock.pass_by(days=days)
    assert paper(unknown, "/feedback/guardian-1").status_code == status
    index = unknown.visitor().get(unknown.path()).text
    assert ('value="guardian-1"' in index) is (status == 200)
