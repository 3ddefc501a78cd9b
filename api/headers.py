"""The headers of every answer, also of errors."""

from flask import Flask, Response, request
from flask_compress import Compress
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


#: Files of ours only. A page holds secrets beside what somebody has sent, and its compressed length would tell of them
#: (BREACH); a file holds nothing of anyone.
COMPRESSION = {
    "COMPRESS_REGISTER": False,
    "COMPRESS_MIMETYPES": ["text/css", "text/javascript"],
    "COMPRESS_ALGORITHM": ["br", "gzip"],
}


def set_headers(app: Flask, *, force_https: bool) -> None:
    """Put the security headers on every answer, and make files smaller on their way."""
    app.config.update(COMPRESSION)
    compress = Compress(app)

    def make_smaller(response: Response) -> Response:
        if not _is_file(response) or response.status_code != 200:
            return response
        response.direct_passthrough = False
        response.make_sequence()  # a file that is compressed piece by piece would be left open
        smaller: Response = compress.after_request(response)
        return smaller

    app.after_request(make_smaller)
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
    if "Cache-Control" not in response.headers or not (
        _is_file(response) or response.headers["Cache-Control"].startswith("public")
    ):
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_file(response: Response) -> bool:
    """Whether an answer is one of the files that belong to the pages."""
    endpoint = request.endpoint or ""
    return (endpoint.endswith("static") or endpoint == "documentation.files") and response.status_code < 400
