"""What somebody may do is asked at every request: a change by another process holds at once, in every process."""

from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection

from sqlalchemy import select, update

from api.access.tokens import revoke_token
from api.store.account_tables import ApiToken
from api.store.schema import Case, CaseUnit
from tests.api.accounts.people import House
from tests.api.serving.server import serving

CASES = "/api/v1/cases"
#: So many new connections that each of two processes answers some of them, unless one is busy all the time.
TIMES = 8
EMAIL = "anna@kommun.example"


def test_whatever_changes_what_somebody_may_holds_at_the_next_request(house: House, database_url: str) -> None:
    house.clock.moment = datetime.now(UTC)  # as the server's own
    account = house.add(EMAIL, "social_secretary")
    house.add("bo@kommun.example", "social_secretary", unit="other")  # so that there is another unit
    visitor = house.logged_in(EMAIL)
    mark = {"X-CSRF-Token": visitor.api_token()}
    new = {"name": "journalsystem", "actions": ["case:open", "case:read", "case:list"], "days": 1}
    token = visitor.json("POST", "/api/v1/account/tokens", new, **mark).get_json()
    case = f"{CASES}/{visitor.json('POST', CASES, {'unit': 'sig', 'reference': 'A-1'}, **mark).get_json()['id']}"
    name = house.app.config["SESSION_COOKIE_NAME"]
    cookie = visitor.client.get_cookie(name, domain="underlag.example")
    assert cookie is not None
    by_token = {"Authorization": f"Bearer {token['token']}"}
    by_session = {"Cookie": f"{name}={cookie.value}"}

    with serving(database_url, "--workers", "2") as server:

        def answers(headers: dict[str, str]) -> set[int]:
            found = set()
            for _ in range(TIMES):
                connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
                connection.request("GET", case, headers={**headers, "Connection": "close"})
                found.add(connection.getresponse().status)
                connection.close()
            return found

        def both_answer(with_key: int, logged_in: int | None = None) -> None:
            assert (answers(by_token), answers(by_session)) == ({with_key}, {logged_in or with_key})

        def within_app(change: Callable[[], None]) -> None:
            with house.app.app_context():
                change()

        both_answer(200)
        house.set_roles(EMAIL, "log_reviewer")
        both_answer(403)
        house.set_roles(EMAIL, "social_secretary")
        both_answer(200)
        house.move(EMAIL, "other")
        both_answer(404, 403)  # whoever has logged in may state a ground for crossing
        house.move(EMAIL, "sig")
        both_answer(200)
        _hand_over(house, "other")
        both_answer(404, 403)
        _hand_over(house, "sig")
        both_answer(200)
        within_app(lambda: revoke_token(account, token["id"]))
        both_answer(401, 200)
        with house.database.unit_of_work() as session:
            session.execute(update(ApiToken).values(revoked_at=None))
        both_answer(200)
        house.close(EMAIL)
        both_answer(401)


def _hand_over(house: House, unit: str) -> None:
    """Let the one case belong to another unit."""
    with house.database.unit_of_work() as session:
        case = session.scalars(select(Case.id)).one()
        session.execute(update(CaseUnit).where(CaseUnit.case_id == case).values(unit_id=unit))
