"""`underlag serve`: the service on this machine."""

import errno
import socket
from typing import Any

import click

from api.cli.options import open_library
from api.cli.reporting import ReportingCommand, Words, in_language

_THREADS = 4


@click.command(cls=ReportingCommand)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@in_language
def serve(port: int, host: str, language: str) -> None:
    """Serve the API and the pages."""
    words = Words(language)
    _require_free(host, port)
    open_library()  # so that a faulty definition is told here and not by a worker that does not start
    where = f"[{host}]" if ":" in host else host

    def tell(_: Any) -> None:
        click.echo(words.say("cli.serving", host=where, port=port), err=True)

    _run({"bind": f"{where}:{port}", "when_ready": tell})


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


def _run(settings: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self) -> None:
            common = {
                "worker_class": "gthread",
                "threads": _THREADS,
                "control_socket_disable": True,  # or it opens a socket in the home folder
                "loglevel": "warning",
            }
            for name, value in {**common, **settings}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from api.wsgi import make_app

            return make_app()

    Server().run()
