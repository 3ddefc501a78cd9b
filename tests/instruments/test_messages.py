"""Every message has words in both languages, and every word has a message."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import instruments
from instruments.messages import LANGUAGES, Catalogue, Message, Text
from instruments.shipped import LOCALE, instrument_catalogue
from tests.instruments.broken import WAYS, faults_of
from tests.instruments.small import write

PACKAGE = Path(instruments.__file__).parent


KEYS = list(instrument_catalogue().keys())


def constants() -> set[str]:
    """Every text constant in the source of the package."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.glob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("code", "way"), WAYS, ids=[code for code, _ in WAYS])
def test_each_fault_can_be_said_in_each_language(code, way, language, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    faults = list(faults_of(way, tmp_path / "given"))
    assert code in {fault.code for fault in faults}
    for fault in faults:
        sentence = instrument_catalogue().render(Message(f"fault.{fault.code}", fault.parameters), language)
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert len(sentence) < 320, "short enough to be read"


def test_each_fault_with_words_can_be_brought_about() -> None:
    worded = {key.removeprefix("fault.") for key in KEYS if key.startswith("fault.")}
    assert worded == {code for code, _ in WAYS}


def test_each_key_in_the_catalogue_is_used_in_the_source() -> None:
    # taken with a value that is not in the source
    prefixes = ("level", "rated", "counted_as", "may_be", "blank", "kind", "direction", "expected")
    used = constants()
    for key in KEYS:
        prefix, _, name = key.partition(".")
        assert key in used or prefix in prefixes or (prefix == "fault" and name in used), key


def test_each_key_stands_in_both_languages_in_the_same_order() -> None:
    orders = [
        re.findall(r"^([a-z._-]+):", (LOCALE / f"{language}.yaml").read_text(encoding="utf-8"), re.MULTILINE)
        for language in LANGUAGES
    ]
    assert orders[0] == orders[1]


def test_both_languages_put_in_the_same_parameters() -> None:
    catalogue = instrument_catalogue()
    for key in KEYS:
        fields = [
            sorted((name, spec) for _, name, spec, _ in Formatter().parse(catalogue.text(key, language)) if name)
            for language in LANGUAGES
        ]
        assert fields[0] == fields[1], key


def test_no_sentence_is_the_same_in_both_languages_unless_it_is_one_word() -> None:
    catalogue = instrument_catalogue()
    same = [key for key in KEYS if catalogue.text(key, "sv") == catalogue.text(key, "en")]
    assert all(" " not in catalogue.text(key, "sv") for key in same), same


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        {
            "level.low": Text(sv="låg", en="low"),
            "level.high": Text(sv="hög", en="high"),
            "said": Text(sv="Välj {levels:level|or} för {name}.", en="Choose {levels:level|or} for {name}."),
            "listed": Text(sv="Det är {names}.", en="It is {names}."),
        }
    )


def test_a_list_is_joined_with_the_words_of_its_values(catalogue: Catalogue) -> None:
    message = Message("said", {"levels": ["low", "high"], "name": "x"})
    assert catalogue.render(message, "sv") == "Välj låg eller hög för x."
    assert catalogue.render(message, "en") == "Choose low or high for x."


@pytest.mark.parametrize(
    ("names", "sentence"), [(["a", "b", "c"], "Det är a, b och c."), (["a"], "Det är a."), ((1, 2), "Det är 1 och 2.")]
)
def test_a_list_of_any_length_reads_as_speech(catalogue: Catalogue, names: list[str], sentence: str) -> None:
    assert catalogue.render(Message("listed", {"names": names}), "sv") == sentence


def test_braces_in_a_value_are_put_in_as_they_are(catalogue: Catalogue) -> None:
    assert catalogue.render(Message("listed", {"names": "{name.__class__}"}), "en") == "It is {name.__class__}."


@pytest.mark.parametrize(
    "message", [Message("unsaid"), Message("listed"), Message("said", {"levels": ["medium"], "name": "x"})]
)
def test_a_missing_word_is_an_error_of_ours_and_never_a_silent_gap(catalogue: Catalogue, message: Message) -> None:
    with pytest.raises(KeyError):
        catalogue.render(message, "sv")


def test_a_key_in_one_language_only_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a: x\nb: y\n", "sv.yaml")
    write(tmp_path, "a: x\n", "en.yaml")
    with pytest.raises(ValueError, match="in one language only: b"):
        Catalogue.from_folders(tmp_path)


def test_the_words_of_a_definition_can_be_added(catalogue: Catalogue) -> None:
    richer = catalogue.with_words({"item.x": Text(sv="Bråk", en="Fights")})
    assert "item.x" in richer
    assert "item.x" not in catalogue
    assert richer.text("item.x", "en") == "Fights"
