"""The evaluation of a unit's process as a page and as PDF, for its manager and nobody else."""

import html

from tests.api.accounts.people import House
from tests.api.pages.work.working import at_work

MIA = "mia@kommun.example"
PAGE = "/unit-process"
JUNE = {"part_of_decision": "yes", "court_ordered": "no", "started_on": "2026-06-01"}


def test_a_manager_reads_and_prints_the_half_years_of_the_own_units(house: House) -> None:
    anna, mia = at_work(house), at_work(house, MIA, "unit_manager")
    case = anna.open_case(received_on="2026-05-20")
    assert anna.send(f"{case}/follow-up/participation_started", JUNE).status_code == 303
    met = {"held_on": "2026-06-20", "present": "den unge, Kontaktpolis Anna Andersson", "plan_followed_up": "yes"}
    assert anna.send(f"{case}/follow-up/network_meeting", met).status_code == 303
    page = mia.see(PAGE)
    assert "Så har arbetet gått: SIG" in page
    assert "2026-01-01 till 2026-06-30" in page
    assert "<dt>Nätverksmöten</dt><dd><em>dolt</em></dd>" in page, "one case is hidden, and hidden is not zero"
    assert "<dt>Tjänstemannamöten</dt><dd>0</dd>" in page
    assert "Ingen slutsats om orsak" in page
    for told in ("Andersson", "2026-117", case.rpartition("/")[2], "Beteckning"):
        assert told not in page, told
    earlier = mia.see(f"{PAGE}?unit=sig&period=2025-2")
    assert "<dt>Nätverksmöten</dt><dd>0</dd>" in earlier
    assert [(row.action, row.actor) for row in house.audit(kind="process_document")] == [
        ("export", house.audit(kind="process_document")[0].actor)
    ] * 2


def test_it_is_a_pdf_with_a_name_of_no_unit(house: House) -> None:
    mia = at_work(house, MIA, "unit_manager")
    made = mia.visitor.get(f"{PAGE}/pdf?unit=sig&period=2026-1")
    assert made.data.startswith(b"%PDF")
    assert "sa-har-arbetet-gatt-2026-11-21-" in made.headers["Content-Disposition"]


def test_nobody_else_reads_it_and_no_other_unit_is_told_of(house: House) -> None:
    house.add("eva@kommun.example", "social_secretary", unit="north")
    assert at_work(house).visitor.get(PAGE).status_code == 403
    mia = at_work(house, MIA, "unit_manager")
    for asked in ("unit=north", "unit=sig&period=2026-2", "period=2019-1", "period=x"):
        assert mia.visitor.get(f"{PAGE}?{asked}").status_code == 404, asked
    assert "NORTH" not in html.unescape(mia.see(PAGE))
