"""The measurements of operation, for Prometheus."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.access.declarations import allowed
from api.web.metrics import the_metrics

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@allowed("metrics:read")
def metrics() -> Response:
    """Show the measurements.

    For an administrator, or a key that is for nothing else. That a request comes from this machine is not enough:
    behind a proxy every request does.
    """
    return Response(the_metrics().written(), content_type=CONTENT_TYPE_LATEST)
