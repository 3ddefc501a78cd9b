"""What holds for every request and answer: the names that the service goes by, https, and the headers of security."""

from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from flask_compress import Compress

from api.web.problems import Problem

#: Everything from the own origin, nothing inline. Bootstrap draws its ticks and arrows from data addresses.
CONTENT_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
#: What no page uses.
UNUSED = (
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
)
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in CONTENT_POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
#: Over TLS browsers are told to stay there for a year.
STRICT_TRANSPORT = "max-age=31556926; includeSubDomains"


COMPRESSION = {
    "COMPRESS_REGISTER": False,
    "COMPRESS_MIMETYPES": ["text/css", "text/javascript", "text/html"],
    "COMPRESS_ALGORITHM": ["br", "gzip"],
}
#: A page holds secrets beside what somebody has sent, and how small it becomes would tell of them to whoever can make a
#: browser ask again and again with guesses of their own (BREACH). Such requests come from another site, and a browser
#: says so; pages are made smaller only where it says that our own page, or the reader themself, has asked.
OWN_REQUESTS = ("same-origin", "none")


def set_headers(app: Flask, *, hosts: tuple[str, ...], force_https: bool) -> None:
    """Refuse requests by other names, redirect to https, put the headers on every answer, and make files smaller.

    Parameters
    ----------
    hosts : tuple of str
        The names that the service goes by. Redirects and addresses in answers follow no other.
    """
    app.config.update(COMPRESSION)
    compress = Compress(app)

    def refuse_other_names() -> None:
        if _name_of(request.host) not in hosts:
            raise Problem("unknown-host")

    def redirect_to_https() -> Response | None:
        if not force_https or _is_by_tls():
            return None
        return redirect(request.url.replace("http://", "https://", 1))  # type: ignore[return-value]  # Flask's own kind

    def make_smaller(response: Response) -> Response:
        if _is_file(response) and response.status_code == 200:
            response.direct_passthrough = False
            response.make_sequence()  # a file that is compressed piece by piece would be left open
        elif response.mimetype != "text/html" or request.headers.get("Sec-Fetch-Site") not in OWN_REQUESTS:
            return response
        smaller: Response = compress.after_request(response)
        return smaller

    app.before_request(refuse_other_names)
    app.before_request(redirect_to_https)
    app.after_request(make_smaller)
    app.after_request(_protect)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port; empty where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_by_tls() -> bool:
    return request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"


def _protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    if _is_by_tls():
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if "Cache-Control" not in response.headers or not (
        _is_file(response) or response.headers["Cache-Control"].startswith("public")
    ):
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_file(response: Response) -> bool:
    """Whether an answer is one of the files that belong to the pages."""
    endpoint = request.endpoint or ""
    return (endpoint.endswith("static") or endpoint == "documentation.files") and response.status_code < 400
