"""What every route for programs has in common: JSON only, and answers that can be asked for again cheaply."""

import hashlib
from typing import Any

from flask import Response, request

from api.store.json_writing import encode_json
from api.web.problems import MIMETYPE, Problem

#: What a program that takes an answer of ours may ask for. Descriptions of data are JSON as well.
KINDS_OF_JSON = ("application/json", MIMETYPE, "application/ld+json")
#: Definitions may be kept, but must be asked for again: a municipality can mount a new version at any time.
REVALIDATED = "public, no-cache"


def require_json_is_acceptable() -> None:
    """Refuse a caller that takes no JSON.

    Raises
    ------
    Problem
        Kind ``not-acceptable``.
    """
    if request.accept_mimetypes and not request.accept_mimetypes.best_match(KINDS_OF_JSON):
        raise Problem("not-acceptable")


def json_answer(data: Any, *, sort_keys: bool = False) -> Response:
    """An answer in JSON, with Swedish letters as they are."""
    return Response(encode_json(data, sort_keys=sort_keys), mimetype="application/json")


def tagged_answer(data: Any, digest: str | None = None) -> Response:
    """An answer with a strong ETag; 304 where the caller has it already.

    Parameters
    ----------
    digest : str or None
        SHA-256 of all that the answer is made of; None to take that of the answer itself.
    """
    response = json_answer(data)
    response.set_etag(digest or hashlib.sha256(response.get_data()).hexdigest())
    response.headers["Cache-Control"] = REVALIDATED
    response.make_conditional(request)  # changes it in place
    return response
