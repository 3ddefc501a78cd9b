"""Every field that can be filled in wrongly says so beside itself, what to do, and loses nothing else."""

import html
import re

import pytest

from tests.api.accounts.people import House
from tests.api.pages.work.working import INTAKE, at_work
from tests.thoroughness import a_few

KEPT = "Detta står kvar."
CONSENT = {
    "consent.youth.school": "given",
    "answered_on": "2026-11-20",
    "form": "written",
    "content": KEPT,
}
CLOSED = {"closed_on": "2026-11-20", "result": "no_investigation", "possible_sig_question": "no", "reasons": KEPT}
STARTED = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no", "note": KEPT}
MEETING = {"held_on": "2026-11-20", "plan_followed_up": "yes", "note": KEPT}
DISCLOSED = {"recipient": "school", "disclosed_on": "2026-11-20", "what": "Närvaro", "ground": KEPT}
NEW = {"reference": "2026-9", **INTAKE, "note": KEPT}
LONG = "x" * 10_001

#: The form, what is written in it, the field that is wrong, what is written there, and what is said beside it.
WRONG = [
    ("/cases/new", NEW, "reference", "", "Skriv något här."),
    ("/cases/new", NEW, "reference", "9" * 81, "Texten är för lång"),
    ("/cases/new", NEW, "number", "20100314-0000", "Rätta siffrorna."),
    ("/cases/new", NEW, "birth_date", "14 mars", "Skriv dagen som 2026-11-21."),
    ("/cases/new", NEW, "reporter", "", "Ange ett svar."),
    ("/cases/new", NEW, "reporter", "neighbour", "Välj ett av svaren."),
    ("/cases/new", NEW, "received_on", "2026-02-30", "Skriv dagen som 2026-11-21."),
    ("/cases/new", NEW, "preliminary_assessment", "", "Ange ett svar."),
    ("{case}/consents", {**CONSENT, "consent.youth.school": ""}, "answers", "", "Ange ett svar."),
    ("{case}/consents", CONSENT, "consent.youth.school", "perhaps", "Välj ett av svaren."),
    ("{case}/consents", CONSENT, "answered_on", "i går", "Skriv dagen som 2026-11-21."),
    ("{case}/consents", CONSENT, "form", "", "Ange ett svar."),
    ("{case}/consents", CONSENT, "valid_to", "2026-11-01", "Sista dagen ligger före den första."),
    ("{case}/intake/preliminary_assessment_closed", CLOSED, "closed_on", "", "Ange ett svar."),
    ("{case}/intake/preliminary_assessment_closed", CLOSED, "result", "", "Ange ett svar."),
    ("{case}/intake/preliminary_assessment_closed", CLOSED, "possible_sig_question", "", "Ange ett svar."),
    ("{case}/intake/feedback_to_reporter", {"due": "no", "reasons": KEPT}, "due", "", "Ange ett svar."),
    ("{case}/follow-up/participation_started", STARTED, "started_on", "2026-12-24", "Dagen har inte varit än."),
    ("{case}/follow-up/participation_started", STARTED, "offences_known_before", "-3", "Skriv ett heltal med siffror."),
    ("{case}/follow-up/participation_started", STARTED, "court_ordered", "maybe", "Välj ett av svaren."),
    ("{case}/follow-up/network_meeting", MEETING, "held_on", "", "Ange ett svar."),
    ("{case}/follow-up/network_meeting", MEETING, "plan_followed_up", "", "Ange ett svar."),
    ("{case}/follow-up/network_meeting", MEETING, "note", LONG, "Texten är för lång"),
    ("{case}/disclosure", DISCLOSED, "recipient", "", "Ange ett svar."),
    ("{case}/disclosure", DISCLOSED, "disclosed_on", "2026-11-31", "Skriv dagen som 2026-11-21."),
    ("{case}/disclosure", DISCLOSED, "what", "", "Ange ett svar."),
    ("{case}/hold", {"reason": KEPT}, "until", "snart", "Skriv dagen som 2026-11-21."),
    ("{case}/facts", {"fact.gang_ties.source": KEPT}, "fact.offence_count.number", "många", "heltal"),
    ("{case}/facts", {"fact.gang_ties.source": KEPT}, "fact.gang_ties", "perhaps", ""),
    ("{case}/facts", {"fact.gang_ties.source": KEPT}, "fact.recruitment_risk.observed_on", "i år", ""),
]


@pytest.mark.parametrize(("form", "values", "field", "written", "said"), a_few(WRONG))
def test_what_is_wrong_is_said_at_its_field(
    house: House, form: str, values: dict[str, str], field: str, written: str, said: str
) -> None:
    anna = at_work(house)
    address = form.format(case=anna.open_case())
    answer = anna.send(address, {**values, field: written})
    assert answer.status_code == 422, answer.headers.get("Location")
    page, name = html.unescape(answer.text), re.escape(field.replace(".", "-"))
    beside = re.search(rf'id="{name}-error">(.*?)</p>', page, re.DOTALL)
    assert beside, re.findall(r'id="([\w-]+-error)"', page)
    assert said in beside[1]
    assert re.search(rf'<a href="#{name}">', page)
    if field != "note":
        assert KEPT in page
    if (
        written
        and len(written) < 30
        and field not in ("consent.youth.school", "court_ordered", "reporter", "fact.gang_ties")
    ):
        assert f'value="{written}"' in page, "what was written wrongly can be put right where it stands"
