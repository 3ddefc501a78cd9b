"""Papers for families in further languages: whole, marked where they are Swedish, from the right where needed."""

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from pypdf import PdfReader

from api.context.context import EXTENSION, LOCALE_OF_DOCUMENTS
from api.disclosure.knowledge import CONSENT_FORM, FEEDBACK, ConsentTexts, consent_texts, feedback_texts, read_knowledge
from api.policies.policies import Policies
from api.web.further_languages import direction_of_text, family_languages, translator_of
from instruments.faults import InputError
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES, Catalogue, Text, in_both_languages, in_languages
from instruments.translations import texts_in
from tests.api.documents.folders import Folder, reviewed
from tests.api.own_policies import put_own_version
from tests.cases.reading import library
from tests.thoroughness import a_few

LIBRARY = library()
CATALOGUE = Catalogue.from_folders(LOCALE_OF_DOCUMENTS)
#: Those that ship, of which Arabic is written from the right.
FURTHER = ("ar", "so", "sv-simple")
PAPERS = [
    ("/feedback", {"reader": "youth"}),
    ("/feedback", {"reader": "guardian-1"}),
    ("/consent", {"recipient": "school"}),
]
#: A sentence of each.
SAID = {
    "/feedback": "document.feedback.own_notes",
    "/consent": "document.consent.yes",
    "/experience": "document.standing.experience",
}
NOW = date(2026, 11, 29)
#: Of the sentences of documents, those that stand on papers for families.
OF_FAMILIES = (
    *("document.feedback.", "document.consent", "document.experience."),
    *("document.standing.consent", "document.standing.experience", "document.language.own"),
)
OF_EVERY_PAPER = ("document.reference", "document.made", "document.made_by", "document.digest", "document.digest_help")
#: Notes on sources, what is left out and why, what a question is about.
FOR_THOSE_WHO_MAKE_PAPERS = re.compile(r"/sources/|/not_for_guardians/|.*/about$")
NOT_REVIEWED = "document.translation.not_reviewed"


def give(folder: Folder, rest: str, form: dict[str, str], language: str, kind: str = "page") -> bytes:
    posted = {**form, "language": language, "form": kind}
    answer = folder.visitor().post(folder.path(rest), posted, shown_at=folder.path())
    assert answer.status_code == 200, answer.text
    return answer.data


# --- what is said in them --------------------------------------------------------------------------------------------


def test_the_languages_that_ship_are_offered() -> None:
    shipped = (*LANGUAGES, *FURTHER)
    assert tuple(each for each in family_languages(CATALOGUE) if each in shipped) == shipped


@pytest.mark.parametrize("language", FURTHER)
def test_every_sentence_of_papers_for_families_is_there_and_none_that_is_not_on_one(language: str) -> None:
    own = set(read_yaml(LOCALE_OF_DOCUMENTS / f"{language}.yaml").data)
    needed = {key for key in CATALOGUE.words() if key.startswith(OF_FAMILIES)}
    needed |= {*OF_EVERY_PAPER, NOT_REVIEWED, "document.talk_to"}
    assert own == needed


@pytest.mark.parametrize("language", FURTHER)
def test_what_the_sheet_and_the_form_say_themselves_is_there(language: str) -> None:
    for texts in (feedback_texts(), consent_texts(), LIBRARY.experience_form(NOW)):
        lacking = [place for place, text in texts_in(texts) if language not in text.languages()]
        assert [place for place in lacking if not FOR_THOSE_WHO_MAKE_PAPERS.match(place)] == []


def named_on_sheets() -> list[tuple[str, Text]]:
    """What items, recipients, guidances, criteria and questions are called, in every version up to now.

    What a municipality adds later is shown in Swedish until somebody has translated it.
    """
    instruments = [each.content for each in LIBRARY.instruments if each.content.valid_from <= NOW]
    named = [(each.id, each.title) for instrument in instruments for each in instrument.items]
    for day in (date(2026, 11, 27), date(2026, 11, 28)):
        named += [(each.id, each.label) for each in LIBRARY.consent_rules(day).recipients]
    for known in (each for each in LIBRARY.guidances if each.content.valid_from <= NOW):
        named.append((known.reference, known.content.title))
        rules = LIBRARY.bind(known.reference, on=NOW).rules
        roots = [rules.nodes[place].criterion for place in rules.roots]
        named += [(each.id, each.title) for each in roots if each is not None and each.required]
        named += [(name, rules.describe(name).title) for name in rules.fact_names]
    return named


@pytest.mark.parametrize("language", ["ar", "so"])
def test_what_a_sheet_names_has_a_name_in_the_language(language: str) -> None:
    assert sorted({name for name, title in named_on_sheets() if language not in title.languages()}) == []


def test_a_catalogue_of_a_version_that_there_is_none_of_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "form"
    copytree(CONSENT_FORM.parent, folder)
    own = folder / "languages" / "qaa" / "consent_form@7.0.yaml"
    own.parent.mkdir()
    own.write_text('/never_told: "Liri"\n', encoding="utf-8")
    with pytest.raises(InputError, match="translates-no-version"):
        read_knowledge(folder / CONSENT_FORM.name, ConsentTexts)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('/parts/how_long/text: "Liri"', "other-placeholders"),
        ('/parts/how_long/words: "Liri"', "translates-nothing"),
    ],
)
def test_a_catalogue_of_the_form_that_does_not_fit_is_told(tmp_path: Path, line: str, code: str) -> None:
    folder = tmp_path / "form"
    copytree(CONSENT_FORM.parent, folder)
    own = folder / "languages" / "qaa" / "consent_form@1.0.yaml"
    own.parent.mkdir()
    own.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=code):
        read_knowledge(folder / CONSENT_FORM.name, ConsentTexts)


def test_a_catalogue_of_an_earlier_version_is_let_be(tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    copytree(FEEDBACK.parent, folder)
    own = folder / "languages" / "qaa" / "feedback@1.0.yaml"
    own.parent.mkdir()
    own.write_text('/parts/object/title: "Liri"\n', encoding="utf-8")
    read = read_knowledge(folder / FEEDBACK.name, type(feedback_texts()))
    assert "qaa" not in next(part for part in read.parts if part.id == "object").title.languages()


# --- how they are shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", a_few(FURTHER))
@pytest.mark.parametrize(("rest", "form"), PAPERS)
def test_a_paper_is_in_its_language_and_says_that_nobody_has_reviewed_it(
    folder: Folder, rest: str, form: dict[str, str], language: str
) -> None:
    reviewed(folder)
    page = give(folder, rest, form, language).decode()
    turned = ' dir="rtl"' if language == "ar" else ""
    assert f'<html lang="{language}"{turned}>' in page
    assert CATALOGUE.text(NOT_REVIEWED, language) in page
    assert CATALOGUE.text(NOT_REVIEWED, "sv") in page
    assert "<title>" in page
    assert "<" not in re.findall(r"<title>(.*)</title>", page)[0]
    words = {
        "/feedback": "document.feedback.own_notes",
        "/consent": "document.consent.yes",
        "/experience": "document.standing.experience",
    }[rest]
    assert CATALOGUE.text(words, language) in page
    assert CATALOGUE.text(words, "sv") not in page or CATALOGUE.text(words, "sv") == CATALOGUE.text(words, language)


def test_in_english_it_says_so_too_and_in_swedish_there_is_nothing_to_review(folder: Folder) -> None:
    assert CATALOGUE.text(NOT_REVIEWED, "en") in give(folder, "/consent", {"recipient": "school"}, "en").decode()
    assert CATALOGUE.text(NOT_REVIEWED, "sv") not in give(folder, "/consent", {"recipient": "school"}, "sv").decode()


def test_a_translation_that_the_municipality_has_had_reviewed_is_not_marked(folder: Folder, tmp_path: Path) -> None:
    entry = "{language: ar, texts: consent_form@1.0, reviewed_by: Tolkförmedlingen, reviewed_on: 2026-11-20}"
    changes = {"valid_from: 2011-01-01": "valid_from: 2026-11-20", "reviewed: []": f"reviewed:\n  - {entry}"}
    own = put_own_version(tmp_path, "languages/1.0", changes)
    extensions = folder.house.app.extensions
    context = extensions[EXTENSION]
    extensions[EXTENSION] = replace(context, records=replace(context.records, policies=Policies(own)))
    reviewed(folder)
    for rest, form, language, is_marked in (
        ("/consent", {"recipient": "school"}, "ar", False),
        ("/consent", {"recipient": "school"}, "so", True),
        ("/feedback", {"reader": "youth"}, "ar", True),
    ):
        page = give(folder, rest, form, language).decode()
        assert (CATALOGUE.text(NOT_REVIEWED, "sv") in page) is is_marked, (rest, language)


def test_what_is_not_translated_is_swedish_and_marked(folder: Folder) -> None:
    page = give(folder, "/consent", {"recipient": "police"}, "sv-simple").decode()
    assert '<span lang="sv" dir="ltr">Polisen</span>' in page
    catalogue = Catalogue(
        {
            "whole": Text(sv="Den {day}.", en="On {day}.").with_words("ar", "يوم {day}."),
            "gap": Text(sv="<Skolan> den {day}.", en="School."),
            "listed": Text(sv="{ways:way|or}?", en="{ways:way|or}?").with_words("ar", "{ways:way|or}؟"),
            "way.left": Text(sv="vänster", en="left").with_words("ar", "يسار"),
        }
    )
    translator = translator_of(catalogue, "ar")
    assert translator.t("whole", day="2026-11-21") == "يوم <bdi>2026-11-21</bdi>."
    assert translator.t("gap", day="<b>") == '<span lang="sv" dir="ltr">&lt;Skolan&gt; den <bdi>&lt;b&gt;</bdi>.</span>'
    assert translator.t("listed", ways=["left"]) == "يسار؟"
    assert translator.say({"sv": "A&B", "en": "C"}) == '<span lang="sv" dir="ltr">A&amp;B</span>'
    assert translator.say({"sv": "A", "en": "C", "ar": "<ب>"}) == "&lt;ب&gt;"


@pytest.mark.parametrize(
    ("text", "runs"),
    [("العربية", "rtl"), ("עברית", "rtl"), ("Soomaali", "ltr"), ("2026 (الشرطة)", "rtl"), ("12.", "ltr"), ("", "ltr")],
)
def test_a_text_runs_as_its_first_letter_does(text: str, runs: str) -> None:
    assert direction_of_text(text) == runs


def test_days_references_and_names_keep_their_own_direction(folder: Folder) -> None:
    reviewed(folder)
    page = give(folder, "/feedback", {"reader": "youth"}, "ar").decode()
    for apart in ("2026-117", "2026-11-20", "SIG"):
        assert re.search(rf"<bdi>(?:[^<]*, )?{apart}</bdi>", page), apart
    assert '<bdi class="written" dir="ltr">Mormor finns där (påhittat).</bdi>' in page


def test_who_makes_a_paper_is_led_in_their_own_language(folder: Folder) -> None:
    page = give(folder, "/consent", {"recipient": "school"}, "ar").decode()
    assert re.search(r'<nav class="around no-print" lang="sv" dir="ltr"[^>]*>.*Skriv ut.*</nav>', page, re.DOTALL)


def test_a_choice_of_language_is_offered_by_name_and_an_unknown_one_is_not_taken(folder: Folder) -> None:
    reviewed(folder)
    page = folder.visitor().get(folder.path()).text
    for code, name in (("ar", "Arabiska · العربية"), ("so", "Somaliska · Soomaali"), ("sv-simple", "Lättläst svenska")):
        assert f'<option value="{code}">{name}</option>' in page
    assert '<html lang="sv">' in give(folder, "/consent", {"recipient": "school"}, "qab").decode()
    answer = folder.visitor().get(folder.path("/assessment?language=ar"))
    assert '<html lang="sv">' in answer.text, "papers for professionals are in both languages and no other"


def test_what_a_paper_holds_in_swedish_and_english_is_what_it_held_before_there_were_further_languages() -> None:
    said, gap = Text(sv="Skolan", en="School").with_words("ar", "المدرسة"), Text(sv="Polisen", en="The police")
    for language in LANGUAGES:
        assert in_languages(said, language) == in_both_languages(said) == {"sv": "Skolan", "en": "School"}
    assert in_languages(said, "ar") == {"sv": "Skolan", "en": "School", "ar": "المدرسة"}
    assert in_languages(gap, "ar") == in_both_languages(gap)


# --- on paper --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", a_few(FURTHER))
@pytest.mark.parametrize(("rest", "form"), PAPERS[1:])
def test_a_pdf_holds_its_letters_and_lacks_none(folder: Folder, rest: str, form: dict[str, str], language: str) -> None:
    reviewed(folder)
    made = PdfReader(io.BytesIO(give(folder, rest, form, language, "pdf")))
    assert made.trailer["/Root"]["/Lang"] == language
    for page in made.pages:
        for font in page["/Resources"]["/Font"].values():
            (described,) = font["/DescendantFonts"]
            assert "/FontFile2" in described["/FontDescriptor"] or "/FontFile3" in described["/FontDescriptor"]
        shown = re.findall(rb"<([0-9a-fA-F]+)>", page.get_contents().get_data())
        assert shown
        glyphs = {text[place : place + 4] for text in shown for place in range(0, len(text), 4)}
        assert b"0000" not in glyphs, "a letter that the font does not have"
