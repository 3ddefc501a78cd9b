"""Whatever checkpoints have to say is said in both languages."""

import re
from pathlib import Path

import api.transparency
from api.cli import audit, checkpoints
from api.cli.checkpoints import AuditCommand
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES
from tests.api.shapes import assert_says_nothing_banned
from tests.api.test_words import gaps

FOLDER = Path(api.transparency.__file__).parent
BY_LANGUAGE = {language: read_yaml(FOLDER / "locale" / f"{language}.yaml").data for language in LANGUAGES}
FILES = (*FOLDER.glob("*.py"), Path(audit.__file__), Path(checkpoints.__file__))
CODE = "".join(path.read_text(encoding="utf-8") for path in FILES)


def said() -> set[str]:
    """Every key that the code names, and those that it puts together."""
    keys = set(re.findall(r'say\(\s*"(checkpoint\.[a-z-]+)"', CODE))
    keys |= {f"checkpoint.found.{code}" for code in re.findall(r'_finding\(\s*"([a-z-]+)"', CODE)}
    keys |= {f"checkpoint.reads.{fault}" for fault in ("unreadable", "signature", "inclusion")}
    return keys | {f"fault.{code}" for code in re.findall(r'(?:Fault|WitnessError)\(\s*"([a-z-]+)"', CODE)}


def test_every_sentence_that_is_said_is_there_and_every_one_that_is_there_is_said() -> None:
    words = AuditCommand.words("sv")
    assert [key for key in said() if not words.knows(key)] == []
    assert set(BY_LANGUAGE["sv"]) - said() == set()


def test_both_languages_say_the_same_with_the_same_gaps() -> None:
    swedish, english = BY_LANGUAGE["sv"], BY_LANGUAGE["en"]
    assert list(swedish) == list(english)
    assert [key for key in swedish if gaps(swedish[key]) != gaps(english[key])] == []
    for texts in BY_LANGUAGE.values():
        for text in texts.values():
            assert_says_nothing_banned(text)
