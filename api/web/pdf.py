"""Pages become PDF/UA-1: tagged, so that it can be listened to as well as read."""

from importlib import resources
from typing import Any


class PdfUnavailableError(RuntimeError):
    """The libraries that WeasyPrint sets text with are not on this machine. Everything else works without them."""


def as_pdf(page: str, stylesheet: str) -> bytes:
    """Make a PDF of a page.

    Parameters
    ----------
    page : str
        A whole HTML page, with its language and title. What it refers to elsewhere is never fetched: neither a file
        of this machine nor an address, whoever wrote it.
    stylesheet : str
        CSS.

    Raises
    ------
    PdfUnavailableError
    """
    weasyprint = _weasyprint()
    fetch = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    style = weasyprint.CSS(string=stylesheet, url_fetcher=fetch)
    document = weasyprint.HTML(string=page, url_fetcher=fetch, media_type="print")
    made: bytes = document.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1")
    return made


def stylesheet_of_documents() -> str:
    """The stylesheet that every document has, on paper and on the screen."""
    return (resources.files("api") / "static" / "document.css").read_text(encoding="utf-8")


def _weasyprint() -> Any:
    try:
        import weasyprint  # not before it is needed: it looks for libraries that the service runs without
    except OSError as error:
        raise PdfUnavailableError("Pango is not installed") from error
    return weasyprint
