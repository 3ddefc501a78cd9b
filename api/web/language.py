"""The language of pages whose address does not say it: what the reader has chosen, else what the browser asks for."""

from flask import Response, current_app, request

from instruments.messages import LANGUAGES

COOKIE = "underlag_language"
_YEAR = 365 * 24 * 3600


def chosen_language() -> str:
    """The language that was chosen in this browser, else the one that it asks for, else Swedish."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, default="sv")


def remember_language(answer: Response, language: str) -> None:
    """Keep the choice in the browser. It tells nothing of anyone and outlives a log-out."""
    is_secure = bool(current_app.config.get("SESSION_COOKIE_SECURE"))
    answer.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax", secure=is_secure)
