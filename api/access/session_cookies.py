"""The session of a request, read out of its cookie."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Flask's own, except that nothing is made ready to verify a cookie that was not sent: a program sends none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session; empty where there is no cookie, and None where the application has no key to sign one by."""
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
