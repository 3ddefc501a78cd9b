"""What a deployment can set, read once from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instruments.faults import Fault

PREFIX = "UNDERLAG_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


class SettingsError(ValueError):
    """A setting that cannot be used.

    Parameters
    ----------
    code : str
        The sentence of ``fault.<code>`` says what to write instead.
    name : str
        The setting. What it holds is never repeated where it is a secret.
    """

    def __init__(self, code: str, name: str, **parameters: object) -> None:
        self.fault = Fault(code, name, parameters)
        super().__init__(str(self.fault))


@dataclass(frozen=True)
class Settings:
    """The settings of the service.

    Parameters
    ----------
    definitions : Path or None
        ``UNDERLAG_DEFINITIONS``: a folder of local definitions beside those that ship with Underlag.
    hosts : tuple of str
        ``UNDERLAG_HOSTS``: the names that the service is reached by, with spaces between, without port. A request by
        another name is refused. Not set, those of this machine to itself.
    force_https : bool
        ``UNDERLAG_FORCE_HTTPS``: whether plain http is redirected. A proxy that ends TLS must then send
        ``X-Forwarded-Proto``.
    behind_proxy : bool
        ``UNDERLAG_BEHIND_PROXY``: whether one proxy stands before the service and tells by ``X-Forwarded-For`` and
        ``X-Forwarded-Proto`` who calls and how. Otherwise nobody is believed who says so.
    largest_request : int
        Bytes of the largest request body that is read.
    """

    definitions: Path | None = None
    hosts: tuple[str, ...] = LOOPBACK
    force_https: bool = False
    behind_proxy: bool = False
    largest_request: int = 1_000_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty one counts as not set.

        Raises
        ------
        SettingsError
        """
        folder = environment.get(f"{PREFIX}DEFINITIONS", "").strip()
        if folder and not Path(folder).is_dir():
            raise SettingsError("no-such-folder", f"{PREFIX}DEFINITIONS", folder=folder)
        return cls(
            definitions=Path(folder) if folder else None,
            hosts=_read_hosts(environment) or LOOPBACK,
            force_https=read_yes_or_no(environment, f"{PREFIX}FORCE_HTTPS"),
            behind_proxy=read_yes_or_no(environment, f"{PREFIX}BEHIND_PROXY"),
        )


def _read_hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    setting = f"{PREFIX}HOSTS"
    names = tuple(name.lower().strip("[]") for name in environment.get(setting, "").split())
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong:
        raise SettingsError("no-host-name", setting, value=wrong[0])
    return names


def read_yes_or_no(environment: Mapping[str, str], name: str) -> bool:
    """Read a setting that is yes or no; not set is no.

    Raises
    ------
    SettingsError
    """
    value = environment.get(name, "").strip().lower()
    if value in ("", "no", "0", "false"):
        return False
    if value in ("yes", "1", "true"):
        return True
    raise SettingsError("not-yes-or-no", name, value=value)
