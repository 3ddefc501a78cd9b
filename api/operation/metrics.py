"""The measurements of operation, for Prometheus."""

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.access.declarations import allowed
from api.web.metrics import the_metrics
from api.web.smorest import RestBlueprint

blueprint = RestBlueprint("metrics", __name__, description="What the operation of the service is measured by.")


@blueprint.get("/metrics")
@allowed("metrics:read")
@blueprint.response(200, {"type": "string"}, content_type="text/plain", description="In the text format of Prometheus.")
@blueprint.doc(operationId="showMetrics")
def metrics() -> Response:
    """Show the measurements

    For an administrator, or a key that is for nothing else. That a request comes from this machine is not enough:
    behind a proxy every request does.
    """  # noqa: D400 -- the first line is a heading in the documentation
    return Response(the_metrics().written(), content_type=CONTENT_TYPE_LATEST)
