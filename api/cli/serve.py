"""`underlag serve`: the service on this machine."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import click

from api.cli.records_command import RecordsCommand
from api.cli.reporting import in_language

if TYPE_CHECKING:
    from flask import Flask

#: More than a worker has work for: a thread that waits for the database is not one that another request waits for.
_THREADS = 16
#: Fewer than the files that a process may usually have open.
_CONNECTIONS = 800


class ServingCommand(RecordsCommand):
    """A command that goes on until it is stopped."""

    IS_SHORT = False


@click.command(cls=ServingCommand)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@in_language
def serve(port: int, host: str, workers: int, language: str) -> None:
    """Serve the API and the pages.

    Logs are written to standard output, one JSON object a line.
    """
    words = RecordsCommand.words(language)
    _require_free(host, port)
    where = f"[{host}]" if ":" in host else host

    with _shared_measurements(workers):
        app = _checked_app()

        def announce(_: Any) -> None:
            click.echo(words.say("cli.serving", host=where, port=port), err=True)
            if not _signs_checkpoints(app):
                click.echo(words.say("cli.no-checkpoints"), err=True)

        _run(app, {"bind": f"{where}:{port}", "workers": workers, "when_ready": announce})


def _signs_checkpoints(app: "Flask") -> bool:
    from api.context.context import current_context

    with app.app_context():
        return current_context().settings.checkpoints is not None


@contextmanager
def _shared_measurements(workers: int) -> Iterator[None]:
    """Give several processes a folder to measure in, before the library that measures is imported."""
    name = "PROMETHEUS_MULTIPROC_DIR"
    if workers == 1 or name in os.environ:
        yield
        return
    folder, parent = mkdtemp(prefix="underlag-metrics-"), os.getpid()
    os.environ[name] = folder
    try:
        yield
    finally:
        if os.getpid() == parent:  # a worker that ends comes by here too
            rmtree(folder, ignore_errors=True)
            del os.environ[name]


def _checked_app() -> "Flask":
    """The application, made before any worker is: what keeps it from starting is told here, and only once."""
    from api.context.context import current_context
    from api.wsgi import app_of_environment

    app = app_of_environment()
    with app.app_context():
        current_context().database.close()  # workers must not share a connection
    return app


class PortInUseError(RuntimeError):
    """Something else listens there."""

    def __init__(self, host: str, port: int) -> None:
        from instruments.faults import Fault

        self.fault = Fault("port-in-use", "", {"host": host, "port": port})
        super().__init__(str(self.fault))


def _require_free(host: str, port: int) -> None:
    """Refuse a port that is taken; the server itself would only try again and again.

    Raises
    ------
    PortInUseError
    OSError
        If the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(host, port) from error
            raise


def _run(app: "Flask", settings: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger
    from prometheus_client.multiprocess import mark_process_dead

    from api.operation.serving import BufferingWorker
    from api.web.logs import write_json_logs
    from api.wiring import begin_checkpoints

    write_json_logs()

    class Log(Logger):
        """What gunicorn has to say goes where everything else goes."""

        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers, self.error_log.propagate = [], True

    def forget(_: Any, worker: Any) -> None:
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    class Server(BaseApplication):
        def load_config(self) -> None:
            common = {
                "worker_class": BufferingWorker,
                "threads": _THREADS,
                "worker_connections": _CONNECTIONS,
                "control_socket_disable": True,  # or it opens a socket in the home folder
                "loglevel": "warning",
                "logger_class": Log,
                "child_exit": forget,
                "post_worker_init": lambda _: begin_checkpoints(app),
                "forwarded_allow_ips": "",  # UNDERLAG_BEHIND_PROXY says who is believed
            }
            for name, value in {**common, **settings}.items():
                self.cfg.set(name, value)

        def load(self) -> "Flask":
            return app

    Server().run()
