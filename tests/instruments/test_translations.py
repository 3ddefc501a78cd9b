"""Further languages stand in catalogues beside what is locked; what they lack is Swedish, and says so."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.messages import Catalogue, Message, Text
from instruments.model import Instrument
from instruments.registry import Registry, write_lock
from instruments.shipped import instrument_registry
from instruments.translations import texts_in, with_texts
from tests.instruments.small import SMALL, write

INVENTED = "qaa"  # set aside for private use by ISO 639


def read(folder: Path, *more: Path) -> Instrument:
    (definition,) = Registry(Instrument, [folder, *more])
    return definition.content


def translate(folder: Path, text: str, language: str = INVENTED) -> None:
    write(folder / "languages" / language, text, "small_spj@1.0.yaml")


def test_a_catalogue_gives_words_in_its_language_and_the_locked_file_stays(tmp_path: Path) -> None:
    path = write(tmp_path)
    write_lock(tmp_path, Instrument)
    translate(tmp_path, "/title: Liri\n/domains/past/title: Ante\n")
    instrument = read(tmp_path)
    assert instrument.title.in_language(INVENTED) == "Liri"
    assert instrument.title.language_shown(INVENTED) == INVENTED
    assert instrument.domains[0].title.in_language(INVENTED) == "Ante"
    assert (instrument.title.in_language("sv"), instrument.title.in_language("en")) == ("Liten", "Small")
    assert path.read_text(encoding="utf-8") == SMALL
    assert write_lock(tmp_path, Instrument) == []


def test_a_gap_is_swedish_and_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    translate(tmp_path, "/title: Liri\n")
    description = read(tmp_path).description
    assert (description.in_language(INVENTED), description.language_shown(INVENTED)) == ("Fem faktorer.", "sv")


def test_as_data_a_definition_is_what_its_file_says_however_many_languages_it_has(tmp_path: Path) -> None:
    write(tmp_path)
    before = read(tmp_path).model_dump(mode="json")
    translate(tmp_path, "/title: Liri\n")
    translate(tmp_path, "/title: Yar\n", "so")
    instrument = read(tmp_path)
    assert instrument.model_dump(mode="json") == before
    assert [instrument.title.in_language(each) for each in (INVENTED, "so")] == ["Liri", "Yar"]


def test_a_folder_beside_may_translate_what_ships_and_word_it_otherwise(tmp_path: Path) -> None:
    write(tmp_path / "ours")
    translate(tmp_path / "ours", "/title: Liri\n/description: Vem\n")
    translate(tmp_path / "theirs", "/title: Lirilo\n")
    instrument = read(tmp_path / "ours", tmp_path / "theirs")
    assert [each.in_language(INVENTED) for each in (instrument.title, instrument.description)] == ["Lirilo", "Vem"]


def test_every_fault_of_a_catalogue_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    write(tmp_path)
    translate(tmp_path, '# Ett prov\n/titel: Liri\n/description: "{kvar"\n/title: no\n/note: 7\n')
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [
        ("translates-nothing", "small_spj@1.0.yaml, line 2"),
        ("other-placeholders", "small_spj@1.0.yaml, line 3"),
        ("wrong-type", "small_spj@1.0.yaml, line 5"),
    ]


@pytest.mark.parametrize("definition", list(instrument_registry()), ids=lambda each: each.reference)
def test_every_text_has_a_place_of_its_own(definition) -> None:  # type: ignore[no-untyped-def]
    places = [place for place, _ in texts_in(definition.content)]
    assert len(places) == len(set(places)) > 100


CONTENT = next(iter(instrument_registry())).content
TEXTS = dict(texts_in(CONTENT))


@given(st.dictionaries(st.sampled_from(sorted(TEXTS)), st.text(min_size=1), max_size=8))
def test_what_is_translated_is_shown_and_everything_else_stays(words: Mapping[str, str]) -> None:
    after = with_texts(CONTENT, {place: TEXTS[place].with_words(INVENTED, said) for place, said in words.items()})
    assert after.model_dump() == CONTENT.model_dump()
    for place, text in texts_in(after):
        shown = words.get(place)
        assert text.in_language(INVENTED) == (shown or TEXTS[place].sv)
        assert text.language_shown(INVENTED) == (INVENTED if shown else "sv")


def test_what_was_worked_out_from_texts_is_worked_out_anew() -> None:
    first = CONTENT.items[0]
    assert CONTENT.item(first.id) is first
    place = f"/items/{first.id}/title"
    after = with_texts(CONTENT, {place: first.title.with_words(INVENTED, "Liri")})
    assert after.item(first.id).title.in_language(INVENTED) == "Liri"


# --- sentences -------------------------------------------------------------------------------------------------------

SENTENCES = 'said: "{names:level|or}: {count}"\nlevel.low: låg\nlevel.high: hög\nplain: Så här.\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, SENTENCES, "sv.yaml")
    write(tmp_path, SENTENCES.replace("låg", "low").replace("hög", "high").replace("Så här", "Like this"), "en.yaml")
    return tmp_path


def test_a_sentence_is_said_in_a_further_language_when_all_of_it_is_there(folder: Path) -> None:
    one, two = (Message("said", {"names": names, "count": 2}) for names in (["low"], ["low", "high"]))
    write(folder, 'said: "{count} {names:level|or}"\nlevel.low: bas\n', f"{INVENTED}.yaml")
    catalogue = Catalogue.from_folders(folder)
    assert (catalogue.render(one, INVENTED), catalogue.language_shown(one, INVENTED)) == ("2 bas", INVENTED)
    # A word is lacking, so that the whole sentence is Swedish: half of one in each language could not be marked.
    assert (catalogue.render(two, INVENTED), catalogue.language_shown(two, INVENTED)) == ("låg eller hög: 2", "sv")
    assert catalogue.render(Message("plain"), INVENTED) == "Så här."
    assert catalogue.language_shown(Message("plain"), "en") == "en"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("plain: Liri\nplane: Liri\n", "translates-nothing", 2),
        ("plain: Liri {count}\n", "other-placeholders", 1),
        ('\nsaid: "{names:level}: {count}"\n', "other-placeholders", 2),
        ('plain: ""\n', "wrong-type", 1),
    ],
)
def test_a_catalogue_of_sentences_that_does_not_fit_is_told_with_its_line(
    text: str, code: str, line: int, folder: Path
) -> None:
    write(folder, text, "so.yaml")
    with pytest.raises(InputError) as caught:
        Catalogue.from_folders(folder)
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [(code, f"so.yaml, line {line}")]


@pytest.mark.parametrize("name", ["svenska", "SO", "x", "sv-extra-long"])
def test_a_file_that_is_named_by_no_language_is_refused(name: str, folder: Path) -> None:
    write(folder, "plain: Liri\n", f"{name}.yaml")
    with pytest.raises(InputError, match="no-further-language"):
        Catalogue.from_folders(folder)


def test_words_that_are_added_keep_their_languages(folder: Path) -> None:
    text = Text(sv="Skola", en="School").with_words("so", "Dugsi").with_words(INVENTED, "Lari")
    catalogue = Catalogue.from_folders(folder).with_words({"recipient.school": text})
    shown = [catalogue.text("recipient.school", each) for each in ("sv", "en", "so", INVENTED)]
    assert shown == ["Skola", "School", "Dugsi", "Lari"]
