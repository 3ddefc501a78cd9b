"""Measurements of operation for Prometheus. They count requests and faults, never people and never outcomes.

How many cases came to which outcome is left out on purpose: in a small municipality a count that goes from 0 to 1
between two readings tells of one young person. Such figures are in the trends, with disclosure control.

With several worker processes ``PROMETHEUS_MULTIPROC_DIR`` names an empty folder that they share; ``underlag serve
--workers`` makes one.
"""

import os
from typing import cast

from flask import Flask, Response, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from api.web.logs import method_of_request, route_of_request, seconds_of_request

_EXTENSION = "underlag_metrics"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What one application measures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "underlag_request_seconds",
            "Time to answer, by rule of the route, method and status.",
            ["route", "method", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.store_unavailable = Counter(
            "underlag_store_unavailable",
            "Requests that the database could not serve, by cause: locked, full, damaged or unreachable.",
            ["cause"],
            registry=self.registry,
        )
        self.log_in_failures = Counter(
            "underlag_log_in_failures", "Attempts to get in that failed, by way.", ["way"], registry=self.registry
        )

    def written(self) -> bytes:
        """Everything measured, by all workers together, in the text format of Prometheus."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def measure(app: Flask) -> None:
    """Measure what an application does."""
    app.extensions[_EXTENSION] = Metrics()
    app.after_request(_measure_request)


def the_metrics() -> Metrics:
    """What the application of the current request measures."""
    return cast(Metrics, current_app.extensions[_EXTENSION])


def _measure_request(response: Response) -> Response:
    measured = the_metrics().requests.labels(route_of_request(), method_of_request(), str(response.status_code))
    measured.observe(seconds_of_request())
    return response
