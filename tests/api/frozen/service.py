"""The service that what is frozen was made by and is read by: its keys never change."""

from pathlib import Path

from api.context.settings import RecordSettings
from api.settings.accounts import AccountSettings
from api.store.backup_seal import key_of_backups
from api.store.database import Database
from api.store.identity import IdentityKeys
from tests.api.accounts.people import Clock, House, make_app

SIGNING_KEY = bytes(range(64, 96))
BACKUP_KEY = key_of_backups(SIGNING_KEY)
_ACCOUNTS = AccountSettings("Frozen-4wQz_81LmNs7Vt0Xb5Yd2Kc9-Hj3R")
_IDENTITY_KEYS = IdentityKeys({"1": bytes(range(96, 128))}, "1")


def house_on(database: Database, clock: Clock, letters: Path) -> House:
    """The service on a database that has its tables."""
    url = database.url.render_as_string(hide_password=False)
    records = RecordSettings(_ACCOUNTS, url, SIGNING_KEY, _IDENTITY_KEYS)
    return House(make_app(database, clock, _ACCOUNTS, records=records), database, letters, clock)
