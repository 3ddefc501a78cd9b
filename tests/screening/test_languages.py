"""What is published is said in a further language by catalogues beside it, those of a municipality among them."""

from datetime import date
from pathlib import Path

import pytest

from instruments.faults import InputError
from screening.library import Library
from tests.screening.defined import CONSENT

INVENTED, DAY = "qaa", date(2026, 11, 28)


def mount(folder: Path, path: str, text: str) -> Library:
    place = folder / path
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    return Library(folder)


def test_a_municipality_gives_a_recipient_its_name_in_a_language_of_its_own(tmp_path: Path) -> None:
    path = f"consent/languages/{INVENTED}/consent@{CONSENT.version}.yaml"
    library = mount(tmp_path, path, "/recipients/school/label: Lari\n")
    labels = {each.id: each.label for each in library.consent_rules(CONSENT.valid_from).recipients}
    assert labels["school"].in_language(INVENTED) == "Lari"
    assert labels["police"].language_shown(INVENTED) == "sv"
    assert library.catalogue.text("recipient.school", INVENTED) == "Lari"


def test_an_overlay_and_its_guidance_bind_as_before_with_their_words(tmp_path: Path) -> None:
    name = "stockholm_2012/farsta"
    library = mount(tmp_path, f"overlays/languages/{INVENTED}/{name}@1.1.yaml", "/title: Liri Farsta\n")
    bound, plain = library.bind(name, on=DAY), Library().bind(name, on=DAY)
    assert bound.title.in_language(INVENTED) == "Liri Farsta"
    assert bound.definitions == plain.definitions, "the digests are those of the files"


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (f"guidance/languages/{INVENTED}/skl_2015@9.0.yaml", "/title: Liri", "translates-no-version"),
        (f"guidance/languages/{INVENTED}/skl_2015@1.1.yaml", "/titel: Liri", "translates-nothing"),
        ("guidance/languages/en/skl_2015@1.1.yaml", "/title: Liri", "no-further-language"),
        ("flags/1.2.yaml", "id: flags", "not-mountable"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_starts(path: str, text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        mount(tmp_path, path, text)
    assert [fault.code for fault in caught.value.faults] == [code]
