"""How requests arrive: read whole before a thread is given to them, so that slow senders hold nothing but a socket.

A buffering proxy does the same. Without one, a client that sends a byte now and then would hold a thread for as long
as it likes, and a handful of them the whole service.
"""

import gc
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from socket import socket
from typing import Any

from flask import Flask
from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.context.context import Context, context_of
from api.web.problems import KINDS, MIMETYPE

#: Seconds in which a request has to arrive, from its first byte or from when the connection was made.
ARRIVES_WITHIN = 20.0
#: Seconds in which a part of an answer has to be taken.
TAKEN_WITHIN = 30.0
#: Bytes of a head that is not finished, beyond what the parser itself refuses.
_LARGEST_HEAD = 1 << 16
_CHUNK = 1 << 16
#: Bytes of a request that is larger than what people usually write.
_LARGE = 1 << 14
#: Seconds that one thread computes before another that can go on gets its turn; Python's own are ten times as long.
_TURN = 0.0005
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?:\r|$)")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_ANSWER = (BlockingIOError, InterruptedError)


class Arrival:
    """What has arrived of a request.

    Parameters
    ----------
    largest : int
        Bytes of the largest body that is read; a longer one is refused by its announcement, unread.
    """

    def __init__(self, largest: int) -> None:
        self.bytes = bytearray()
        self.asked_to_continue = False
        self._largest = largest
        self._head: bytes | None = None
        self._length: int | None = 0

    def add(self, data: bytes) -> None:
        """Take in what came."""
        looked_at = max(len(self.bytes) - len(_END_OF_HEAD), 0)
        self.bytes += data
        end = self.bytes.find(_END_OF_HEAD, looked_at) if self._head is None else -1
        if end >= 0:
            self._head = bytes(self.bytes[:end]).lower()
            stated = _LENGTH.search(self._head)
            self._length = None if b"\ntransfer-encoding:" in self._head else int(stated[1]) if stated else 0

    @property
    def wants_to_continue(self) -> bool:
        """Whether the sender waits to be told that its body is welcome."""
        return self._head is not None and b"\nexpect:" in self._head

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there, or so much that it will be refused."""
        if self._head is None:
            return len(self.bytes) > _LARGEST_HEAD
        body = len(self.bytes) - len(self._head) - len(_END_OF_HEAD)
        if self._length is not None:
            return body >= self._length or self._length > self._largest
        is_ended = self.bytes.endswith(_END_OF_HEAD) and self.bytes.find(b"0\r\n", len(self._head)) >= 0
        return (body > 0 and is_ended) or body > 2 * self._largest


class _TimedSocket:
    """A connection that gives up reading at a moment, however little comes at a time."""

    def __init__(self, connection: socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def recv(self, size: int) -> bytes:
        """Read what there is.

        Raises
        ------
        TimeoutError
        """
        self._connection.settimeout(max(self._until - time.monotonic(), 0.001))
        try:
            return self._connection.recv(size)
        finally:
            self._connection.settimeout(TAKEN_WITHIN)


class BufferingWorker(ThreadWorker):
    """gunicorn's worker with threads, except that a request is read whole before it takes up one of them."""

    def init_process(self) -> None:
        """Begin to work, with a thread apart for what takes long to read."""
        sys.setswitchinterval(_TURN)
        self.large = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large")
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the service, and leave it out of every later search for garbage, which would hold all requests up."""
        super().load_wsgi()
        gc.collect()
        gc.freeze()

    def enqueue_req(self, conn: Any) -> None:
        """Give a request to a thread. Large ones wait for one another, and nobody else waits for them."""
        arrival = getattr(conn, "arrival", None)
        pool = self.large if arrival is not None and len(arrival.bytes) > _LARGE else self.tpool
        done = pool.submit(self.handle, conn)
        done.add_done_callback(lambda result: self.method_queue.defer(self.finish_request, conn, result))

    def _arrival(self) -> Arrival:
        return Arrival(self._largest_request)

    @property
    def _largest_request(self) -> int:
        app: Any = self.wsgi
        return int(app.config["MAX_CONTENT_LENGTH"]) if isinstance(app, Flask) else 1_000_000

    def accept(self, listener: Any) -> None:
        """Take a new connection, and wait for what it sends."""
        if self.cfg.is_ssl:  # its bytes are read by the thread
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except OSError:
            return  # it was gone again, or another worker had it
        self.nr_conns += 1
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.arrival, conn.timeout = self._arrival(), time.monotonic() + ARRIVES_WITHIN
        self.pending_conns.append(conn)  # where those whose time is over are closed
        self.poller.register(client, EVENT_READ, partial(self.on_arriving, conn))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Begin to read the next request of a connection that was kept."""
        self.keepalived_conns.remove(conn)
        conn.arrival, conn.timeout = self._arrival(), time.monotonic() + ARRIVES_WITHIN
        self.pending_conns.append(conn)
        self.poller.modify(client, EVENT_READ, partial(self.on_arriving, conn))
        self.on_arriving(conn, client)

    def on_arriving(self, conn: Any, client: socket) -> None:
        """Read what came, and hand over what is whole."""
        try:
            data = client.recv(_CHUNK)
        except _NO_ANSWER:
            return
        except OSError:
            data = b""
        arrival = conn.arrival
        arrival.add(data)
        if data and not arrival.is_whole:
            self._welcome(arrival, client)
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if not data:  # gone before it had said everything
            self.nr_conns -= 1
            conn.close()
            return
        conn.data_ready = True
        self.enqueue_req(conn)

    @staticmethod
    def _welcome(arrival: Arrival, client: socket) -> None:
        if arrival.wants_to_continue and not arrival.asked_to_continue:
            arrival.asked_to_continue = True
            try:
                client.send(_CONTINUE)
            except OSError:
                return  # its reading end tells that it is gone

    def handle(self, conn: Any) -> Any:
        """Answer a request, of which what was read is given back to be parsed."""
        arrival = getattr(conn, "arrival", None)
        if arrival is not None:
            conn.sock.setblocking(True)
            conn.init()
            conn.parser.unreader.unread(bytes(arrival.bytes))
            conn.parser.unreader.sock = _TimedSocket(conn.sock, time.monotonic() + ARRIVES_WITHIN)
            conn.arrival = None
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request to somebody who takes the answer."""
        conn.sock.settimeout(TAKEN_WITHIN)
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Refuse what is no request that can be read, in the form of every other problem; nothing sent is repeated."""
        if not isinstance(exc, ParseException) or not isinstance(self.wsgi, Flask):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("A request could not be read: %s", type(exc).__name__)
        code = {LimitRequestLine: "address-too-long", LimitRequestHeaders: "headers-too-large"}.get(type(exc))
        util.write_nonblock(client, _refusal(context_of(self.wsgi), code or "bad-request"))


def _refusal(context: Context, code: str) -> bytes:
    status, text = KINDS[code], context.catalogue.text
    problem = {
        "type": f"/problems/{code}",
        "title": text(f"problem.{code}.title", "en"),
        "status": int(status),
        "detail": text(f"problem.{code}.detail", "en"),
        "errors": [],
    }
    body = json.dumps(problem).encode()
    lines = (
        f"HTTP/1.1 {int(status)} {status.phrase}",
        "Connection: close",
        f"Content-Type: {MIMETYPE}",
        "Content-Language: en",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body
