"""The sentences of research in both languages, for what is kept: cards and their pages."""

from functools import cache
from pathlib import Path

from instruments.messages import LANGUAGES, Catalogue, Message, Text
from instruments.shipped import LOCALE as INSTRUMENT_LOCALE
from instruments.shipped import TABLE_LOCALE

LOCALE = Path(__file__).parent / "locale"
#: The sentences that all of research has, then those of its parts.
FOLDERS = (LOCALE, *sorted(folder for folder in LOCALE.iterdir() if folder.is_dir()))
DECIMALS = 4


@cache
def catalogue() -> Catalogue:
    """Every sentence of research."""
    return Catalogue.from_folders(INSTRUMENT_LOCALE, TABLE_LOCALE, *FOLDERS)


def say(key: str, language: str, **parameters: object) -> str:
    """A sentence in a language."""
    return catalogue().render(Message(key, parameters), language)


def in_both(key: str, **parameters: object) -> Text:
    """A sentence in both languages; a parameter that is a `Text` or a number is put in as the language has it."""
    by_language = {}
    for language in LANGUAGES:
        spoken = {name: _spoken(value, language) for name, value in parameters.items()}
        by_language[language] = say(key, language, **spoken)
    return Text(**by_language)


def _spoken(value: object, language: str) -> object:
    if isinstance(value, Text):
        return value.in_language(language)
    return number(value, language) if isinstance(value, float) else value


def label(key: str, language: str) -> str:
    """The words for a label that is a key of ours, and a label of the data as it is."""
    return catalogue().text(f"label.{key}", language) if f"label.{key}" in catalogue() else key


def number(value: float, language: str, decimals: int = DECIMALS) -> str:
    """A number as the language writes it; a count without decimals."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",").replace("-", "−") if language == "sv" else text


def interval(low: float | None, high: float | None, language: str, decimals: int = DECIMALS) -> str:
    """An interval as the language writes it; nothing where there is none."""
    return "" if low is None or high is None else " – ".join(number(end, language, decimals) for end in (low, high))
