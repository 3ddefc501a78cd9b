"""A form that is sent after the log-in has expired: nothing that was written is lost, and nobody else gets it."""

import html

import pytest

from tests.api.accounts.people import HOST, House
from tests.api.pages.work.working import ANNA, BO, INTAKE, Worker, at_work, hidden_in

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
WRITTEN = {"reference": "2026-117", "birth_date": "2010-03-14", **INTAKE, "note": "En rad.\nEn rad till."}


def too_late(house: House, anna: Worker) -> str:
    anna.see("/cases/new")
    shown = hidden_in(anna.visitor.get("/cases/new").text)
    house.clock.pass_by(hours=9)
    answer = anna.visitor.client.post("/cases/new", base_url=HOST, data={**shown, **WRITTEN}, headers=OWN_PAGE)
    assert answer.status_code == 401
    return answer.text


def go_on(anna: Worker, page: str, **changed: str) -> tuple[int, str]:
    sent = {**WRITTEN, "sealed": hidden_in(page)["sealed"], **changed}
    answer = anna.visitor.client.post("/go-on", base_url=HOST, data=sent, headers=OWN_PAGE)
    return answer.status_code, answer.text


def test_what_was_written_is_sent_again_after_a_new_log_in(house: House) -> None:
    anna = at_work(house)
    page = too_late(house, anna)
    for kept in ("2026-117", "En rad till."):
        assert kept in page
    assert go_on(anna, page)[0] == 401  # not logged in yet
    assert anna.visitor.log_in(ANNA, house.passwords[ANNA]).status_code == 303
    status, again = go_on(anna, page)
    assert status == 200
    assert "En rad till." in again
    token = again.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert 'action="/cases/new"' in html.unescape(again)
    done = anna.visitor.client.post("/cases/new", base_url=HOST, data={**WRITTEN, "csrf_token": token})
    assert done.status_code == 303


def test_nobody_else_is_given_what_was_written(house: House) -> None:
    anna = at_work(house)
    house.add(BO, "social_secretary")
    page = too_late(house, anna)
    assert anna.visitor.log_in(BO, house.passwords[BO]).status_code == 303
    assert go_on(anna, page)[0] == 400


def test_only_what_was_sealed_is_gone_on_with_and_only_from_a_page_of_ours(house: House) -> None:
    anna = at_work(house)
    page = too_late(house, anna)
    anna.visitor.log_in(ANNA, house.passwords[ANNA])
    assert go_on(anna, page, note="Något annat.")[0] == 400
    assert go_on(anna, page, sealed="x")[0] == 400
    sent = {**WRITTEN, "sealed": hidden_in(page)["sealed"]}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        assert anna.visitor.client.post("/go-on", base_url=HOST, data=sent, headers=headers).status_code == 400


@pytest.mark.parametrize("site", [None, "cross-site", "same-site", "none"])
def test_what_another_site_sends_is_never_offered_as_ones_own(house: House, site: str | None) -> None:
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    planted = {**WRITTEN, "note": "planted by another site"}
    answer = house.visitor().client.post("/cases/new", base_url=HOST, data=planted, headers=headers)
    assert answer.status_code == 401
    assert "planted" not in answer.text
    assert "sealed" not in answer.text
