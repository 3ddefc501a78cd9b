"""Two people at once, over HTTP and with a real server: nobody's work is overwritten in silence."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Barrier, Thread
from typing import Any

from werkzeug.serving import make_server

from tests.api.records.world import assessment
from tests.api.routes.records.desk import Desk, Person

ROUNDS = 5


@contextmanager
def serving(desk: Desk) -> Iterator[int]:
    """The application on a port of this machine, a thread for each request."""
    server = make_server("127.0.0.1", 0, desk.house.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(
    port: int, person: Person, method: str, path: str, body: Any, tag: str | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {person.key}", "Content-Type": "application/json"}
    if tag is not None:
        headers["If-Match"] = tag
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def both(*acts: tuple[Any, ...]) -> list[tuple[int, dict[str, Any]]]:
    """Send requests at the same moment."""
    together = Barrier(len(acts))

    def one(act: tuple[Any, ...]) -> tuple[int, dict[str, Any]]:
        together.wait()
        return send(*act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_two_who_save_a_draft_at_once_one_is_told_both_versions(desk: Desk) -> None:
    case = desk.case()
    draft = f"/api/v1/drafts/{desk.anna.made(f'{case}/drafts', {})['id']}"
    people = {"Annas ord.": desk.anna, "Bos ord.": desk.bo}
    with serving(desk) as port:
        for version in range(1, ROUNDS + 1):
            acts = [
                (port, person, "PUT", draft, {"own_view": words}, f'"{version}"') for words, person in people.items()
            ]
            answers = dict(zip(people, both(*acts), strict=True))
            assert sorted(status for status, _ in answers.values()) == [200, 409]
            kept = next(words for words, (status, _) in answers.items() if status == 200)
            lost, (_, told) = next((words, each) for words, each in answers.items() if each[0] == 409)
            assert (told["saved"]["content"]["own_view"], told["saved"]["version"]) == (kept, version + 1)
            assert told["refused"]["own_view"] == lost
            assert desk.anna.get(draft).get_json()["content"]["own_view"] == kept


def test_of_one_who_saves_and_one_who_signs_at_once_only_one_gets_through(desk: Desk) -> None:
    with_both = []
    anna, bo = desk.anna, desk.bo
    with serving(desk) as port:
        for _ in range(ROUNDS):
            case = desk.case()
            key = anna.made(f"{case}/drafts", assessment())["id"]
            changed = assessment(own_view="Ångrade mig.")
            saved, signed = both(
                (port, bo, "PUT", f"/api/v1/drafts/{key}", changed, '"1"'),
                (port, anna, "POST", f"{case}/assessments", {"draft": key}, '"1"'),
            )
            assert (saved[0], signed[0]) in {(200, 409), (404, 201)}
            if signed[0] == 409:
                assert signed[1]["saved"]["content"]["own_view"] == "Ångrade mig."
            else:
                assert signed[1]["content"]["own_view"] == assessment()["own_view"]
            with_both.append(signed[0])
    assert len(with_both) == ROUNDS


def test_of_one_who_screens_anew_and_one_who_reviews_at_once_the_review_is_never_of_the_old_one(desk: Desk) -> None:
    case = desk.case()
    screening = desk.screened(case)
    rita = desk.rita
    with serving(desk) as port:
        for guidance in ("skl_2015", "stockholm_2012", "skl_2015"):
            digest, key = screening["explanation"]["sha256"], screening["id"]
            made, reviewed = both(
                (port, desk.anna, "POST", f"{case}/screenings", {"guidance": guidance}),
                (port, rita, "POST", f"{case}/screenings/{key}/reviews", {"verdict": "agree"}, f'"{digest}"'),
            )
            assert made[0] == 201
            assert reviewed[0] in (201, 412)
            if reviewed[0] == 412:
                assert reviewed[1]["saved"]["screening"] == made[1]["id"]
                assert reviewed[1]["refused"]["sha256"] == digest
            else:
                assert reviewed[1]["number"] < made[1]["number"]
            screening = made[1]
