"""What /health takes while four clients flood the service with unknown facts. Run as a module; see `measuring`."""

import json
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, sleep

from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.serving.server import serving
from tests.benchmarks.measuring import Measurement, report

CLIENTS, ASKED, FACTS = 4, 300, 16_000
FLOOD = json.dumps({"guidance": "skl_2015", "facts": {f"f{number}": 1 for number in range(FACTS)}})


def p95_of_health(port: int) -> float:
    """Milliseconds that nineteen of twenty answers stay under."""
    connection, took = HTTPConnection("127.0.0.1", port, timeout=60), []
    for _ in range(ASKED):
        begun = perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        took.append(perf_counter() - begun)
        sleep(0.005)
    return quantiles(took, n=20)[-1] * 1000


def flood(port: int, stop: Event) -> None:
    while not stop.is_set():
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/api/v1/evaluations", FLOOD, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 422 or len(json.loads(answer.read())["errors"]) > 100:
            raise SystemExit(f"{answer.status} to unknown facts")
        connection.close()


def main() -> None:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'underlag.sqlite'}"
        database = Database(url)
        upgrade(database)
        database.close()
        with serving(url) as server:
            p95_of_health(server.port)
            idle, stop = p95_of_health(server.port), Event()
            clients = [Thread(target=flood, args=(server.port, stop)) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            flooded = p95_of_health(server.port)
            stop.set()
            for client in clients:
                client.join()
    section = f"/health while {CLIENTS} clients send {FACTS:,} unknown facts each, over and over"
    report([Measurement(section, "p95", "ms", flooded, "idle", idle, idle / flooded, 1 / 3)])


if __name__ == "__main__":
    main()
