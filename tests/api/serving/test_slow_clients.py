"""Clients that send or read slowly hold nothing that others wait for."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from shutil import copy

import pytest

from api.operation.serving import Arrival
from tests.api.serving.server import Server, serving

MANY = 40  # more than the threads of one worker
BODY = json.dumps({"guidance": "skl_2015"}).encode()
HEAD = b"POST /api/v1/evaluations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Server]:
    path = copy(sqlite_with_tables, tmp_path_factory.mktemp("slow") / "underlag.sqlite")
    with serving(f"sqlite:///{path}") as running:
        yield running


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def is_served(server: Server) -> bool:
    """Whether others are answered. The wait is shorter than the time that a slow client is given."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    with closing(connection):
        connection.request("GET", "/health")
        return connection.getresponse().status == 200


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /hea",
        HEAD + b"Content-Length: 500\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 500\r\n\r\n",
    ],
    ids=["nothing", "half a line", "half a body", "half of the chunks", "nothing after it was welcomed"],
)
def test_clients_that_drip_leave_the_service_to_others(server: Server, beginning: bytes) -> None:
    with ExitStack() as held:
        dripping = [held.enter_context(connect(server)) for _ in range(MANY)]
        for _ in range(3):
            for client in dripping:
                client.sendall(beginning[:1])  # a byte now, and a byte then
                beginning = beginning[1:] if client is dripping[-1] else beginning
            assert is_served(server)
        for client in dripping:
            client.sendall(beginning)
        assert is_served(server)


def answer_to(server: Server, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """What is answered to bytes that are sent part by part."""
    with connect(server) as client:
        for part in parts:
            client.sendall(part)
        received = b""
        while chunk := client.recv(1 << 16):
            received += chunk
    *interim, final = [each for each in received.split(b"HTTP/1.1 ") if each]
    assert all(each.startswith(b"100 ") for each in interim)
    head, _, body = final.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[0]), headers, body


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY), BODY[:5], BODY[5:]),
        (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY), BODY, b"\r\n0\r\n\r\n"),
        (HEAD + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY), BODY),
        tuple(bytes([each]) for each in HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY),
    ],
    ids=["two parts", "chunks", "after it was welcomed", "byte by byte"],
)
def test_what_arrives_in_parts_is_answered_as_a_whole(server: Server, parts: tuple[bytes, ...]) -> None:
    status, _, body = answer_to(server, *parts)
    assert status == 200
    chunked = body if body.startswith(b"{") else body.partition(b"\r\n")[2]
    assert b'"outcome"' in chunked


def test_requests_that_come_at_once_on_one_connection_are_answered_in_turn(server: Server) -> None:
    health = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with connect(server) as client:
        client.sendall(health + b"\r\n" + health + b"\r\n" + health + b"Connection: close\r\n\r\n")
        received = b""
        while chunk := client.recv(1 << 16):
            received += chunk
    assert received.count(b"HTTP/1.1 200 ") == 3


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"GET /api/v1/trends?x=" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "address-too-long"),
        (b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 90_000 + b"\r\n\r\n", 431, "headers-too-large"),
        (b"<script> HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad-request"),
    ],
)
def test_what_cannot_be_read_is_told_as_a_problem(server: Server, sent: bytes, status: int, code: str) -> None:
    answered, headers, body = answer_to(server, sent)
    assert (answered, headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(body)["type"] == f"/problems/{code}"
    assert b"script" not in body
    assert b"xxx" not in body


def test_a_body_that_is_too_large_is_refused_by_its_announcement(server: Server) -> None:
    status, headers, _ = answer_to(server, HEAD + b"Connection: close\r\nContent-Length: 2000000\r\n\r\n")
    assert (status, headers["content-type"]) == (413, "application/problem+json")


def test_a_request_is_whole_when_the_last_of_it_has_come() -> None:
    for sent in (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        HEAD + b"Content-Length: 3\r\n\r\n{ }",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n{ }\r\n0\r\n\r\n",
        HEAD + b"TRANSFER-ENCODING: chunked\r\n\r\n3\r\n{ }\r\n0\r\nTrailer: x\r\n\r\n",
    ):
        for size in (1, 7, len(sent)):
            arrival = Arrival(1_000)
            for begin in range(0, len(sent), size):
                assert not arrival.is_whole
                arrival.add(sent[begin : begin + size])
            assert arrival.is_whole, sent
