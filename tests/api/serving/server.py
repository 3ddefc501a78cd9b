"""`underlag serve` in a process of its own, whose workers can be killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import sleep
from typing import Any

from tests.api.accounts.people import KEY, SIGNING_KEY

ROOT = Path(__file__).parents[3]
KEYS = {
    "UNDERLAG_SECRET_KEY": KEY,
    "UNDERLAG_SIGNING_KEY": SIGNING_KEY.hex(),
    "UNDERLAG_IDENTITY_KEY": f"1:{bytes(range(32, 64)).hex()}",
}
_UNDERLAG = "import sys; from api.cli import main; main(sys.argv[1:])"


@dataclass
class Server:
    """A running service."""

    process: subprocess.Popen[str]
    port: int

    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def kill_a_worker(self) -> None:
        """Kill, by SIGKILL, a process that answers; another one takes its place."""
        while not (pids := self.workers()):
            sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)

    def kill(self) -> None:
        """Kill everything of it at once."""
        for pid in (self.process.pid, *self.workers()):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(60)


def free_port() -> int:
    """A port that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database_url: str, *options: str, port: int | None = None, **settings: str) -> Iterator[Server]:
    """The service on a database that has its tables; ready to answer, at a port of its own or at one that was used."""
    port = port or free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("UNDERLAG_")},
        **KEYS,
        "UNDERLAG_DATABASE_URL": database_url,
        **settings,
    }
    command = [sys.executable, "-c", _UNDERLAG, "serve", "--port", str(port), *options]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    server = Server(process, port)
    try:
        assert process.stderr is not None
        told = process.stderr.readline()
        assert str(port) in told, told + process.stderr.read()
        yield server
    finally:
        if process.poll() is None:
            server.kill()
        process.communicate()


@dataclass
class Program:
    """A program with a key, or with none where that is empty, that keeps its connection as long as it holds."""

    port: int
    token: str
    _connection: HTTPConnection | None = field(default=None)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """What was answered, with its status; None where the connection broke before an answer."""
        connection = self._connection or HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._connection = connection
        key = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        own = {**key, "Content-Type": "application/json", **(headers or {})}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), own)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            self.close()
            return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
