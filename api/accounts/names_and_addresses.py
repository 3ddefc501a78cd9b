"""What an account may be called and log in under, and why something about one cannot be done."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.users import is_usable_address
from api.accounts.passwords import normal_email

LONGEST_NAME = 200


class AdministrationError(Exception):
    """Something about an account that cannot be done; its sentence stands under ``account.admin.<code>``."""

    def __init__(self, code: str, **parameters: object) -> None:
        self.code = code
        self.parameters = parameters
        super().__init__(code)


def checked_name(name: str) -> str:
    """A name of an account or a unit without the space around it.

    Raises
    ------
    AdministrationError
    """
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise AdministrationError("bad-name")
    return name.strip()


def checked_address(email: str) -> str:
    """An address as accounts are found by it, with which somebody can log in.

    Raises
    ------
    AdministrationError
    """
    address = normal_email(email)
    if address is None:
        raise AdministrationError("not-an-address", name=email)
    if not is_usable_address(address):
        raise AdministrationError("address-of-demo", name=address)
    return address


def keep_address(session: Session, address: str) -> None:
    """Write an address to the database, which alone knows whether somebody else has just taken it.

    Raises
    ------
    AdministrationError
    """
    try:
        session.flush()
    except IntegrityError:
        raise AdministrationError("address-taken", name=address) from None
