"""The headers of every answer, also of errors."""

from flask import Flask, Response, request
from flask_talisman import DENY, Talisman

#: Everything from the own origin, nothing inline. Bootstrap draws its ticks and arrows from data addresses.
CONTENT_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
#: No page uses any of these.
PERMISSIONS_POLICY = dict.fromkeys(
    (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    ),
    "()",
)


def set_headers(app: Flask, *, force_https: bool) -> None:
    """Put the security headers on every answer."""
    app.after_request(_isolate)
    Talisman(
        app,
        force_https=force_https,
        frame_options=DENY,
        content_security_policy=CONTENT_POLICY,
        permissions_policy=PERMISSIONS_POLICY,
        referrer_policy="no-referrer",
        x_xss_protection=False,
    )


def _isolate(response: Response) -> Response:
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    is_file = request.endpoint is not None and request.endpoint.endswith("static") and response.status_code < 400
    if "Cache-Control" not in response.headers or not (
        is_file or response.headers["Cache-Control"].startswith("public")
    ):
        response.headers["Cache-Control"] = "no-store"
    return response
