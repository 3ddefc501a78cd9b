"""The clock of the service: what is a day to those who use it begins and ends at Swedish midnight."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")


def local_now() -> datetime:
    """The moment, with the Swedish time zone."""
    return datetime.now(ZONE)
