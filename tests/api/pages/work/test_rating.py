"""Rating: saved while one writes, resumed where one was, and never lost to a colleague; on both databases."""

import html

from tests.api.accounts.people import House
from tests.api.pages.work.working import BO, CECILIA, SIGNABLE, Worker, at_work, hidden_in, saved

JSON = {"Accept": "application/json"}
FIRST, SECOND = "item.prosocial_involvement", "item.strong_social_support"


def test_a_part_is_saved_as_it_is_written_and_resumed_at_the_item(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    told = saved(anna.send(f"{draft}/protective", {FIRST: "present", "at": "prosocial_involvement"}, **JSON))
    assert told["message"].startswith("Sparat ")
    assert told["progress"]["protective"] == "1 av 6 besvarade"
    noted = saved(anna.send(f"{draft}/protective", {FIRST: "present", f"{FIRST}.note": "Spelar fotboll."}, **JSON))
    assert noted["values"][f"{FIRST}.note"] == "Spelar fotboll."
    resumed = anna.visitor.get(draft).headers["Location"]
    assert resumed == f"{draft}/protective"
    anna.send(f"{draft}/protective", {FIRST: "absent", "at": "prosocial_involvement"}, **JSON)
    assert anna.visitor.get(draft).headers["Location"] == f"{draft}/protective#rate-prosocial_involvement"


def test_missing_material_waits_for_its_reason_and_everything_else_is_saved(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    told = saved(anna.send(f"{draft}/protective", {FIRST: "not_found", SECOND: "present"}, **JSON))
    assert list(told["faults"]) == ["item-prosocial_involvement-note"]
    assert told["values"][SECOND] == "present"
    shown = anna.send(f"{draft}/protective", {FIRST: "not_found", SECOND: "present"})
    assert shown.status_code == 422
    assert 'value="not_found" data-key="3" checked' in shown.text


def test_two_on_one_draft_lose_nothing(house: House) -> None:
    anna, bo = at_work(house), at_work(house, BO)
    draft = anna.begin(anna.open_case())
    part = f"{draft}/protective"
    before = hidden_in(anna.visitor.get(part).text)
    bo.send(part, {FIRST: "absent", f"{FIRST}.note": "Slutade i våras.", f"{SECOND}.note": "Bos ord."})
    # each has changed another field: both stand
    both = saved(anna.send(part, {SECOND: "present", **{"shown": before["shown"]}}, **JSON))
    assert (both["values"][FIRST], both["values"][SECOND]) == ("absent", "present")
    # both have changed the same field: neither is overwritten, and both are told
    mine = {FIRST: "present", f"{FIRST}.note": "Tränar igen.", SECOND: "present", "shown": before["shown"]}
    conflict = anna.send(part, mine, **JSON)
    assert conflict.status_code == 409
    assert "Slutade i våras." in saved(conflict)["faults"]["item-prosocial_involvement-note"]
    assert saved(conflict)["values"][f"{FIRST}.note"] == "Slutade i våras."
    page = anna.send(part, mine)
    assert page.status_code == 409
    text = html.unescape(page.text)
    assert "bo sparade detta" in text
    assert "Tränar igen." in text
    assert "Bos ord." in text, "what only the other one has written, or sending the page again would remove it"
    settled = {**mine, "shown": hidden_in(page.text)["shown"]}
    assert anna.send(part, settled).status_code == 303
    assert "Tränar igen." in anna.see(part)


def test_what_is_incomplete_is_kept_as_incomplete_and_said_to_be_so(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    part = f"{draft}/protective"
    begun = {
        FIRST: "not_found",
        f"{FIRST}.source": "skolan",
        "extra.protective.1.text": "Farmor",
        "extra.protective.2.text": "Tränaren",
        "extra.protective.2.reason": "Ringer varje vecka.",
    }
    told = saved(anna.send(part, begun, **JSON))
    assert told["status"] == "saved"
    assert "inte fullständiga" in told["message"]
    assert told["values"] == {**told["values"], **begun}
    assert told["progress"]["protective"] == "0 av 6 besvarade"
    # it is there when one comes back, and only the reason is asked for
    page = anna.see(part)
    assert 'value="not_found" data-key="3" checked' in page
    assert 'value="Farmor"' in page
    assert "Skriv varför underlag saknas" in page
    # completing one field at a time completes the answer
    shown = hidden_in(anna.visitor.get(part).text)["shown"]
    done = saved(anna.send(part, {**begun, f"{FIRST}.note": "Skolan svarar inte.", "shown": shown}, **JSON))
    assert list(done["faults"]) == ["extra-protective-1-reason"]
    assert done["progress"]["protective"] == "1 av 6 besvarade"


def test_what_is_incomplete_is_no_answer_when_it_takes_the_place_of_one(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    part = f"{draft}/protective"
    anna.send(part, {FIRST: "present"}, **JSON)
    told = saved(anna.send(part, {FIRST: "not_found"}, **JSON))
    assert told["progress"]["protective"] == "0 av 6 besvarade"
    assert saved(anna.send(part, {FIRST: "present"}, **JSON))["faults"] == {}


def test_going_to_another_part_keeps_what_is_incomplete_and_signing_says_where_it_is(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    left = anna.send(f"{draft}/protective", {FIRST: "not_found", "to": "historical"})
    assert (left.status_code, left.headers["Location"]) == (303, f"{draft}/historical")
    anna.send(f"{draft}/summary", SIGNABLE)
    refused = anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    assert refused.status_code == 422
    assert f'href="{draft}/protective#item-prosocial_involvement"' in refused.text
    assert "påbörjat men inte fullständigt" in html.unescape(refused.text)


def test_a_day_that_cannot_be_read_is_kept_as_it_was_written(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    told = saved(anna.send(f"{draft}/summary", {"assessed_on": "31/2", "own_view": "Vill byta umgänge."}, **JSON))
    assert told["status"] == "saved"
    assert told["values"]["assessed_on"] == "31/2"
    assert told["values"]["own_view"] == "Vill byta umgänge."
    assert 'value="31/2"' in anna.see(f"{draft}/summary")


def test_saving_a_page_loses_no_factor_that_came_over_the_api_and_has_no_field(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    address = "/api/v1/drafts/" + draft.rpartition("/")[2]
    read = anna.visitor.get(address)
    content = saved(read)["content"]
    factors = [{"text": f"Styrka {each}", "direction": "protective", "reason": "Håller."} for each in range(1, 4)]
    content["ratings"]["extra_factors"] = factors
    mine = {"If-Match": read.headers["ETag"], "X-CSRF-Token": anna.visitor.api_token()}
    put = anna.visitor.json("PUT", address, content, **mine)
    assert put.status_code == 200, put.text
    page = hidden_in(anna.visitor.get(f"{draft}/protective").text)
    sent = {"extra.protective.1.text": "Styrka 1", "extra.protective.1.reason": "Starkast.", "shown": page["shown"]}
    kept = {"extra.protective.2.text": "Styrka 2", "extra.protective.2.reason": "Håller."}
    anna.send(f"{draft}/protective", {**sent, **kept}, **JSON)
    now = saved(anna.visitor.get(address))["content"]["ratings"]["extra_factors"]
    assert [(each["text"], each["reason"]) for each in now] == [
        ("Styrka 1", "Starkast."),
        ("Styrka 2", "Håller."),
        ("Styrka 3", "Håller."),
    ]


def test_one_person_in_two_windows_is_not_told_of_a_colleague(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    part = f"{draft}/protective"
    before = hidden_in(anna.visitor.get(part).text)["shown"]
    anna.send(part, {FIRST: "absent"})
    told = saved(anna.send(part, {FIRST: "present", "shown": before}, **JSON))
    assert told["message"] == "Du har skrivit något annat i samma fält i ett annat fönster."
    assert "Du sparade detta i ett annat fönster" in told["faults"]["item-prosocial_involvement"]


def test_nothing_is_counted_before_the_professional_has_rated(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    early = anna.visitor.get(f"{draft}/counts")
    assert early.status_code == 409
    assert "Skattningarna i antal" not in early.text
    anna.send(f"{draft}/summary", {"summary.reoffending_risk": "high", "summary.reasons": "Täta händelser."})
    assert "Skattningarna i antal" in anna.see(f"{draft}/counts")


def test_a_signature_says_all_that_is_missing_with_links_to_it(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    draft = anna.begin(case)
    anna.send(f"{draft}/summary", {"summary.reoffending_risk": "high", "summary.reasons": "Täta händelser."})
    refused = anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    assert refused.status_code == 422
    assert f'href="{draft}/summary#own_view"' in refused.text
    anna.send(f"{draft}/summary", SIGNABLE)
    stale = anna.send(f"{draft}/sign", {"version": "1"}, shown_at=f"{draft}/counts")
    assert stale.status_code == 409
    assert anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts").status_code == 303
    assert "Underskriven av anna" in anna.see(case)


def test_a_second_rater_sees_nothing_until_both_have_signed(house: House) -> None:
    anna = at_work(house)
    cecilia = at_work(house, CECILIA, "reviewer")
    case = anna.open_case()
    refused = cecilia.visitor.get(f"{case}/assess")
    assert refused.status_code == 409
    rater = house.add("x@kommun.example", "reviewer")
    assert rater
    page = anna.see(f"{case}/second-rating")
    key = page.partition('value="')[0] and _key_of(page, "cecilia")
    assert anna.send(f"{case}/second-rating", {"rater": key}).status_code == 303
    anna.sign(case)
    shown = cecilia.see(case)
    assert "Du är ombedd att skatta oberoende" in shown
    assert "Bedömning underskriven" not in shown
    assert "Bara för dig: skatta oberoende" in cecilia.see("/work")
    cecilia.sign(case)
    assert "Bedömning underskriven" in cecilia.see(case)
    assessment = cecilia.see(case).rpartition('href="/assessments/')[2].partition('"')[0]
    assert "andra skattningen" in cecilia.see(f"/assessments/{assessment}")


def test_a_request_is_withdrawn_with_a_reason_and_the_assessment_may_be_seen(house: House) -> None:
    anna = at_work(house)
    cecilia = at_work(house, CECILIA, "reviewer")
    case = anna.open_case()
    anna.sign(case)
    asked = anna.send(f"{case}/second-rating", {"rater": _key_of(anna.see(f"{case}/second-rating"), "cecilia")})
    assert asked.status_code == 303
    cecilia.begin(case)
    page = anna.see(case)
    assert "Dra tillbaka begäran till cecilia" in page
    assert "Avstå från att skatta" in cecilia.see(case)
    address = page.partition("/withdraw")[0].rpartition('href="')[2] + "/withdraw"
    unsaid = anna.send(address, {"reasons": " "})
    assert (unsaid.status_code, 'href="#reasons"' in unsaid.text) == (422, True)
    assert anna.send(address, {"reasons": "Hon är sjuk."}).status_code == 303
    shown = cecilia.see(case)
    assert "Bedömning underskriven" in shown
    assert "Hon är sjuk." in shown
    assert "Dra tillbaka begäran" not in anna.see(case)


def _key_of(page: str, name: str) -> str:
    """The account that stands with a name in a list of choices."""
    before = page.partition(f">{name}<")[0]
    return before.rpartition('value="')[2].partition('"')[0]


def test_extra_strengths_and_what_weighs_most_are_kept_with_their_reasons(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case()
    draft = anna.begin(case)
    part = f"{draft}/protective"
    half = anna.send(part, {"extra.protective.1.text": "Farmor"})
    assert half.status_code == 422
    kept = anna.send(part, {"extra.protective.1.text": "Farmor", "extra.protective.1.reason": "Bor nära."})
    assert kept.status_code == 303
    critical = {"critical.1.item": "substance_use", "critical.1.reason": "Ökar."}
    anna.send(f"{draft}/summary", {**SIGNABLE, **critical})
    anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    page = anna.see("/assessments/" + anna.see(case).partition('href="/assessments/')[2].partition('"')[0])
    assert "Farmor" in page
    assert "Ökar." in page


def test_a_draft_is_discarded(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    gone = anna.send(f"{draft}/discard", {}, shown_at=f"{draft}/protective")
    assert gone.status_code == 303
    assert anna.visitor.get(draft).status_code == 404


def test_a_text_that_is_too_long_is_said_at_its_field_and_the_rest_is_saved(house: House) -> None:
    anna = at_work(house)
    draft = anna.begin(anna.open_case())
    long = {"own_view": "x" * 10_001, "best_interests": "Skolan."}
    told = saved(anna.send(f"{draft}/summary", long, **JSON))
    assert "10000" in told["faults"]["own_view"]
    assert told["values"]["best_interests"] == "Skolan."
    assert isinstance(anna, Worker)
