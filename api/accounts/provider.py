"""Logging in at an identity provider (OpenID Connect): discovery, PKCE and nonce by Authlib."""

from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from api.context.context import current_context
from api.settings.accounts import OidcSettings
from api.store.account_tables import Account, AccountIdentity

_EXTENSION = "underlag_oidc"


def use_provider(app: Flask, settings: OidcSettings) -> None:
    """Make a provider known. Nothing is asked of it until somebody logs in."""
    from authlib.integrations.flask_client import OAuth  # large, and not every service has a provider

    oauth = OAuth(app)
    app.extensions[_EXTENSION] = oauth.register(
        "provider",
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
    )


def the_provider() -> Any:
    """The provider of the current application; None where there is none."""
    return current_app.extensions.get(_EXTENSION)


def account_of(issuer: str, subject: str) -> Account | None:
    """The account that was set up for somebody at a provider. An e-mail address never counts."""
    with current_context().database.looking() as session:
        known = select(AccountIdentity.account_id).where(
            AccountIdentity.issuer == issuer, AccountIdentity.subject == subject
        )
        return session.scalars(select(Account).where(Account.id.in_(known))).first()
