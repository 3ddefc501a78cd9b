"""What documents say that is the same for everyone: complete, cited, in both languages."""

import re
from datetime import date
from pathlib import Path

import pytest

from api.context.context import LOCALE_OF_DOCUMENTS
from api.disclosure.knowledge import FEEDBACK, FeedbackTexts, consent_texts, feedback_texts
from instruments.faults import InputError
from instruments.loading import load, read_yaml
from instruments.messages import LANGUAGES, Text
from screening.gate import ConsentRules, Exchange, Recipient
from tests.api.records.world import LIBRARY, YOUTH_SPJ
from tests.api.shapes import assert_says_nothing_banned
from tests.screening.defined import ALL

API = Path(__file__).parents[3] / "api"


VERSIONS = [pytest.param(each.content, id=each.reference) for each in ALL if isinstance(each.content, ConsentRules)]


def test_every_recipient_of_a_consent_has_its_own_words() -> None:
    recipients = LIBRARY.consent_rules(date(2026, 11, 22)).recipient_ids
    assert sorted(each.id for each in consent_texts().recipients) == sorted(recipients)


@pytest.mark.parametrize("rules", VERSIONS)
def test_the_form_has_words_of_every_recipient_of_every_version_and_no_two_of_the_same(rules: ConsentRules) -> None:
    said = [consent_texts().towards(each) for each in rules.recipients]
    assert len({(each.why.sv, each.we_tell.sv, each.they_tell.sv) for each in said}) == len(said)


def test_a_recipient_brings_its_words_for_the_form() -> None:
    text = Text(sv="Påhittat", en="Made up")
    exchange = Exchange(why=text, we_tell=text, they_tell=text)
    assert consent_texts().towards(Recipient(id="youth_clinic", label=text, exchange=exchange)) is exchange


def test_what_guardians_are_not_told_of_are_items_and_facts() -> None:
    kept, today = feedback_texts().not_for_guardians, date(2026, 11, 28)
    young_adult = LIBRARY.instruments.find("young_adult_spj", on=today).content
    assert set(kept.items) <= {*YOUTH_SPJ.positions, *young_adult.positions}
    assert set(kept.facts) <= {each.id for each in LIBRARY.facts(today).facts}


def test_no_sheet_cites_the_social_services_act_that_was_repealed() -> None:
    cited = [feedback_texts().cited(part.source).title for part in feedback_texts().parts]
    assert [title for title in cited if "2001:453" in title] == []
    assert "Socialtjänstlagen (2025:400)" in cited


def test_what_is_said_differs_between_the_languages_and_labels_nobody() -> None:
    for kind in (feedback_texts().parts, consent_texts().parts, consent_texts().recipients):
        for part in kind:
            for name in type(part).model_fields:
                text = getattr(part, name)
                if hasattr(text, "sv"):
                    assert text.sv != text.en
                    assert_says_nothing_banned(text.sv)
                    assert_says_nothing_banned(text.en)


def test_a_citation_of_something_that_is_not_a_source_is_told_with_its_line(tmp_path: Path) -> None:
    text = FEEDBACK.read_text(encoding="utf-8")
    wrong = tmp_path / "1.0.yaml"
    wrong.write_text(text.replace("    source: sbu_303", "    source: hearsay"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load(wrong, FeedbackTexts)
    assert [(fault.code, fault.parameters["name"]) for fault in error.value.faults] == [("unknown-source", "hearsay")]


@pytest.fixture(scope="module")
def own() -> dict[str, dict[str, str]]:
    return {language: read_yaml(LOCALE_OF_DOCUMENTS / f"{language}.yaml").data for language in LANGUAGES}


def test_both_languages_have_the_same_keys_in_the_same_order(own: dict[str, dict[str, str]]) -> None:
    assert list(own["sv"]) == list(own["en"])


def test_every_word_of_the_documents_is_used_and_every_one_that_is_used_is_there(
    own: dict[str, dict[str, str]],
) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (API / "templates" / "documents").glob("*.html")]
    texts.append((API / "documents" / "pages.py").read_text(encoding="utf-8"))
    used = {key for text in texts for key in re.findall(r"""["'](document\.[a-z_0-9.]*)["'{]""", text)}
    beginnings = tuple(key for key in used if key.endswith("."))
    assert [key for key in own["sv"] if key not in used and not key.startswith(beginnings)] == []
    assert [key for key in used if key not in own["sv"] and not key.endswith((".", ".css"))] == []
