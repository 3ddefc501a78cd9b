"""The second step of logging in: codes from an app on a phone (TOTP, RFC 6238), each of which works once."""

import base64
from io import BytesIO

from flask import current_app
from pyotp import TOTP, random_base32
from pyotp.utils import strings_equal
from qrcode import QRCode
from qrcode.image.svg import SvgPathImage
from sqlalchemy import or_, update

from api.access.users import is_usable
from api.accounts.sealing import Seal, UnreadableSecretError
from api.context.context import current_context
from api.store.account_tables import Account

EXTENSION = "underlag_seal"
ISSUER = "Underlag"
#: A code counts for its own time step, the one before and the one after, for clocks that differ.
_STEPS = (-1, 0, 1)


def the_seal() -> Seal:
    """What second steps of the current application are sealed with."""
    seal: Seal = current_app.extensions[EXTENSION]
    return seal


def new_secret() -> str:
    """A new secret for an app, sealed."""
    return the_seal().close(random_base32())


def to_show(sealed: str, name: str) -> dict[str, str]:
    """What the app needs: the key in letters, and a picture of it."""
    secret = the_seal().open(sealed)
    picture, written = QRCode(image_factory=SvgPathImage), BytesIO()
    picture.add_data(TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))
    picture.make_image().save(written)
    image = f"data:image/svg+xml;base64,{base64.b64encode(written.getvalue()).decode()}"
    return {"key": "-".join(secret[at : at + 4] for at in range(0, len(secret), 4)), "image": image}


def step_of(code: str, sealed: str, last: int | None = None) -> int | None:
    """The time step that a code is right for and has not been used for; None if it is wrong or used.

    Raises
    ------
    UnreadableSecretError
        If the secret rests on a key that was not given.
    """
    codes, plain = TOTP(the_seal().open(sealed)), "".join(code.split())[:12]
    now = codes.timecode(current_context().now())
    right = [now + step for step in _STEPS if strings_equal(codes.generate_otp(now + step), plain)]
    return next((step for step in right if last is None or step > last), None)


def is_code(account: str, code: str) -> Account | None:
    """The account, if the code is right and was not used before; it is used thereby.

    A secret that still rests on an earlier key is sealed by the current one.
    """
    with current_context().database.unit_of_work() as session:
        owner = session.get(Account, account)
        if owner is None or not is_usable(owner) or owner.totp_secret is None:
            return None
        try:
            step = step_of(code, owner.totp_secret, owner.totp_counter)
        except UnreadableSecretError:
            current_app.logger.error("A second step rests on a session key that is not given: underlag keys status")
            return None
        if step is None:
            return None
        if not the_seal().is_current(owner.totp_secret):
            owner.totp_secret = the_seal().close(the_seal().open(owner.totp_secret))
            session.flush()
        # the same code sent twice at once: only one of the two finds the step as it was
        used = session.execute(
            update(Account)
            .where(Account.id == account, or_(Account.totp_counter.is_(None), Account.totp_counter < step))
            .values(totp_counter=step)
            .execution_options(synchronize_session=False)
        )
        return owner if used.rowcount == 1 else None  # type: ignore[attr-defined]
