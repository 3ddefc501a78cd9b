"""A definition file is read strictly, and everything wrong with it is told at once, with its line."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from instruments.faults import InputError
from instruments.loading import load, read_yaml
from instruments.model import Instrument
from tests.instruments.broken import EDITS, Edit
from tests.instruments.small import SMALL, line_of, write


def read(folder: Path, text: str) -> Any:
    return read_yaml(write(folder, text)).data


@pytest.mark.parametrize("code", EDITS)
def test_each_fault_of_a_definition_is_told_with_its_line(code: str, tmp_path: Path) -> None:
    edit = EDITS[code]
    text = edit.apply()
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, text), Instrument)
    told = [(fault.code, fault.where) for fault in caught.value.faults]
    assert (code, f"{tmp_path.name}/1.0.yaml, line {line_of(text, edit.blamed)}") in told


def test_all_faults_of_a_file_are_told_at_once_and_none_twice(tmp_path: Path) -> None:
    text = SMALL
    together = ["unknown-key", "missing-key", "wrong-type", "impossible-date", "unknown-domain", "never-an-input"]
    for code in together:
        text = text.replace(EDITS[code].old, EDITS[code].new)
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, text), Instrument)
    expected = [(code, f"{tmp_path.name}/1.0.yaml, line {line_of(text, EDITS[code].blamed)}") for code in together]
    # The domain that lost its only item is empty now, which is told as well.
    expected.append(("empty-domain", f"{tmp_path.name}/1.0.yaml, line {line_of(text, '- id: now')}"))
    assert sorted((fault.code, fault.where) for fault in caught.value.faults) == sorted(expected)


def test_a_broken_item_does_not_hide_what_is_wrong_with_its_neighbour(tmp_path: Path) -> None:
    text = SMALL.replace("kind: risk\n    dynamic: true", "kind: danger\n    dynamic: true")
    text = text.replace("look_back: P30D", "look_back: null")
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, text), Instrument)
    assert sorted(fault.code for fault in caught.value.faults) == ["bad-value", "look-back-missing"]


def test_the_complete_definition_has_no_fault(tmp_path: Path) -> None:
    instrument, document = load(write(tmp_path), Instrument)
    assert [item.id for item in instrument.items] == ["fights", "moves", "absence", "adult", "effort"]
    assert len(document.sha256) == 64


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "NO", "y", "True", "0x1F", "1_000", "12:30", "1e3", ".inf"])
def test_a_word_stays_a_word(word: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"level: {word}") == {"level": word}


@pytest.mark.parametrize("key", ["no", "yes", "1", "2026-11-21", "null"])
def test_a_key_is_always_text(key: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"{key}: x") == {key: "x"}


def test_only_the_plain_forms_are_numbers_dates_and_truth_values(tmp_path: Path) -> None:
    text = "[12, -3, 0.5, true, false, null, ~, 2026-11-21, '12', \"true\", '2026-11-21']"
    expected = [12, -3, 0.5, True, False, None, None, date(2026, 11, 21), "12", "true", "2026-11-21"]
    assert read(tmp_path, text) == expected


def test_a_version_without_quotes_is_refused_since_it_would_lose_its_last_zero(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, EDITS["wrong-type"].apply()), Instrument)
    [fault] = caught.value.faults
    assert fault.parameters == {"name": "version", "expected": "text"}


def test_a_truth_value_in_words_is_refused(tmp_path: Path) -> None:
    edit = Edit("dynamic: true\n    own_behaviour: false", "dynamic: yes\n    own_behaviour: false", "yes")
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, edit.apply()), Instrument)
    assert caught.value.faults[0].parameters == {"name": "items.3.dynamic", "expected": "true_or_false"}


def test_the_line_of_a_byte_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"id: x\ntitle: ok\nlevel: l\xe5g\n")
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    [fault] = caught.value.faults
    assert (fault.code, fault.where) == ("not-utf8", f"{tmp_path.name}/1.0.yaml, line 3")


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b: c\n", 1), ("a: 1\nb: [1\n", 3), ("a: 1\n---\nb: 2\n", 2), ("a: x\nb: \x00\n", 2), ("a: @x\n", 1)],
)
def test_what_is_not_one_yaml_document_is_refused_with_its_line(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_yaml(write(tmp_path, text))
    [fault] = caught.value.faults
    assert (fault.code, fault.where) == ("not-yaml", f"{tmp_path.name}/1.0.yaml, line {line}")


def test_a_file_that_is_nested_as_deep_as_can_be_is_refused_and_does_not_end_the_program(tmp_path: Path) -> None:
    for text in (
        "a: " + "[" * 200_000,
        "a:\n  " + "- " * 5_000 + "b",
        "\n".join(" " * depth + "a:" for depth in range(900)),
    ):
        with pytest.raises(InputError, match="nested-too-deep"):
            read_yaml(write(tmp_path, text))


@pytest.mark.parametrize("text", ["a: " + "[" * 60 + "]" * 60, 'a: "' + "[" * 900 + '"', "a: |\n" + " " * 900 + "b"])
def test_what_only_looks_deep_is_read(text: str, tmp_path: Path) -> None:
    assert "a" in read_yaml(write(tmp_path, text)).data


@pytest.mark.parametrize("text", ["", "# only a remark\n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_yaml(write(tmp_path, text))
    assert [fault.code for fault in caught.value.faults] == ["empty-file"]


def test_a_file_saved_by_a_windows_editor_reads_the_same(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load(path, Instrument)[0] == load(write(tmp_path, name="unix.yaml"), Instrument)[0]


def test_a_document_of_another_shape_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    for text in ("[1, 2]", "word", "null", "items: {a: 1}\ndomains: 3\n", "items: [null, 1, [x]]\n"):
        with pytest.raises(InputError):
            load(write(tmp_path, text), Instrument)


def test_what_one_reader_does_to_what_was_read_another_does_not_see(tmp_path: Path) -> None:
    path = write(tmp_path, "words: {inner: [a]}")
    read_yaml(path).data["words"]["inner"].append("b")
    assert read_yaml(path).data == {"words": {"inner": ["a"]}}
