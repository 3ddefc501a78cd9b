"""Whose the service is: the municipality's name, mark and letterhead, as a deployment sets them."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from api.settings.service import PREFIX, SettingsError

#: A mark stands on every page and in every document; a larger file is a picture.
LARGEST_MARK = 100_000
_LARGEST_SIDE = 2_000
_LONGEST_LINE = 80
_MOST_LINES = 6
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
#: What draws and does nothing else: no script, no style sheet, no foreign content, no link and nothing that moves.
_SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan")
_PAINTS = ("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern")
_DRAWING = frozenset(("svg", "g", "defs", "title", "desc", "symbol", "use", *_SHAPES, *_PAINTS))


#: Both stand in files that others read as addresses.
_LICENCE = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9._~%/#?=&+-]{0,200}")
_CONTACT = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class Mark:
    """A picture that is safe to show: a PNG file, or an SVG file that only draws.

    Parameters
    ----------
    content : bytes
    media_type : str
    """

    content: bytes
    media_type: str

    @property
    def data_address(self) -> str:
        """The picture as an address that holds it, for documents that refer to nothing."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


@dataclass(frozen=True)
class Municipality:
    """Whose the service is.

    Parameters
    ----------
    name : str
        ``UNDERLAG_MUNICIPALITY``: such as "Exempelkommun, socialtjänsten"; on pages, in documents and as the sender of
        letters.
    mark : Mark or None
        ``UNDERLAG_MUNICIPALITY_MARK``: a PNG or SVG file.
    letterhead : tuple of str
        ``UNDERLAG_LETTERHEAD``: address, telephone and the like with ``|`` between the lines; on documents and letters.
    licence : str
        ``UNDERLAG_DATA_LICENCE``: the address of the licence that published tables are given under, such as
        ``http://creativecommons.org/publicdomain/zero/1.0/``. None is assumed where it is not set.
    contact : str
        ``UNDERLAG_DATA_CONTACT``: the e-mail address that questions about published tables go to.
    """

    name: str = ""
    mark: Mark | None = None
    letterhead: tuple[str, ...] = ()
    licence: str = ""
    contact: str = ""

    @property
    def signature(self) -> str:
        """What a letter ends with; empty where nothing is set."""
        return "\n".join(line for line in (self.name, *self.letterhead) if line)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Municipality":
        """Read the settings; an empty one counts as not set.

        Raises
        ------
        SettingsError
        """
        file = environment.get(f"{PREFIX}MUNICIPALITY_MARK", "").strip()
        return cls(
            read_name(environment),
            read_mark(Path(file)) if file else None,
            _read_letterhead(environment),
            _matching(environment, f"{PREFIX}DATA_LICENCE", _LICENCE, "no-licence-address"),
            _matching(environment, f"{PREFIX}DATA_CONTACT", _CONTACT, "no-contact-address"),
        )


def read_name(environment: Mapping[str, str]) -> str:
    """The municipality's name.

    Raises
    ------
    SettingsError
    """
    setting = f"{PREFIX}MUNICIPALITY"
    return _line(environment.get(setting, "").strip(), setting)


def _read_letterhead(environment: Mapping[str, str]) -> tuple[str, ...]:
    setting = f"{PREFIX}LETTERHEAD"
    lines = tuple(_line(line.strip(), setting) for line in environment.get(setting, "").split("|") if line.strip())
    if len(lines) > _MOST_LINES:
        raise SettingsError("too-many-lines", setting, most=_MOST_LINES)
    return lines


def _matching(environment: Mapping[str, str], setting: str, pattern: "re.Pattern[str]", code: str) -> str:
    text = environment.get(setting, "").strip()
    if text and not pattern.fullmatch(text):
        raise SettingsError(code, setting)
    return text


def _line(text: str, setting: str) -> str:
    if len(text) > _LONGEST_LINE or not (text.isprintable()):
        raise SettingsError("no-line-of-text", setting, most=_LONGEST_LINE)
    return text


def read_mark(file: Path) -> Mark:
    """Read a mark.

    Raises
    ------
    SettingsError
        If the file is missing or too large, is neither PNG nor SVG, or is an SVG that does more than draw.
    """
    setting = f"{PREFIX}MUNICIPALITY_MARK"
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_MARK + 1)
    except OSError:
        raise SettingsError("mark-unreadable", setting, file=str(file)) from None
    if len(content) > LARGEST_MARK:
        raise SettingsError("mark-too-large", setting, most=LARGEST_MARK // 1_000)
    if content.startswith(_PNG):
        _refuse_large_sides(content, setting)
        return Mark(content, "image/png")
    _refuse_more_than_drawing(content, setting)
    return Mark(content, "image/svg+xml")


def _refuse_large_sides(content: bytes, setting: str) -> None:
    """Refuse a small file that unfolds into a huge picture: its header says how large it becomes."""
    sides = [int.from_bytes(content[at : at + 4], "big") for at in (16, 20)]
    if content[12:16] != b"IHDR" or not all(0 < side <= _LARGEST_SIDE for side in sides):
        raise SettingsError("mark-too-large-sides", setting, most=_LARGEST_SIDE)


def _refuse_more_than_drawing(content: bytes, setting: str) -> None:
    is_first = True

    def refuse(what: str) -> None:
        raise SettingsError("mark-not-plain", setting, what=what[:80])

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_first
        space, _, tag = name.rpartition(" ")
        if is_first and (space, tag) != (_SVG, "svg"):
            raise SettingsError("mark-unknown-kind", setting)
        is_first = False
        if space != _SVG or tag not in _DRAWING:
            refuse(f"<{tag}>")
        for key, value in attributes.items():
            if not _only_draws(key.rpartition(" ")[2].lower(), value):
                refuse(f"{key.rpartition(' ')[2]}=")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = lambda *_: refuse("<!DOCTYPE>")  # it could declare entities that unfold
    parser.ProcessingInstructionHandler = lambda target, _: refuse(f"<?{target}?>")
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise SettingsError("mark-unknown-kind", setting) from None


def _only_draws(attribute: str, value: str) -> bool:
    """Whether an attribute starts nothing and refers to nothing outside the file."""
    plain = "".join(value.split()).lower()
    if attribute.startswith("on") or (attribute == "href" and not plain.startswith("#")):
        return False
    within = plain.replace("url(#", "").replace("url('#", "").replace('url("#', "")
    return not any(each in within for each in ("url(", "javascript:", "data:", "@import", "expression(", "\\"))
