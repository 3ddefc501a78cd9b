"""Every quote stands in its document, every reading has a decider, and the words are fit to be shown."""

import re
from pathlib import Path

import pytest

from instruments.messages import Text
from screening.guidance import Citation, FlagSet, Reading, Source
from tests.screening.defined import (
    ALL,
    CONSENT,
    DESCRIBED,
    FLAGS,
    GUIDANCES,
    MENDED,
    OUR_DAY,
    OURS,
    OVERLAYS,
    PARTS,
    QUOTES,
    TEXTS,
    Quote,
    in_tree,
    parts_of,
)

LONGEST_QUOTE = 220
DESCRIBED_REFERENCES = [f"{each.reference}." for each in DESCRIBED]

SOURCES = Path(__file__).resolve().parents[2].parent / "shared" / "sources"
SCANNED = {"stockholm_report_2012": "003", "stockholm_memo_2019": "004"}
DOCUMENTS = {"mucf_2014": "000", "rps_final_report_2014": "001", "skl_reply_2015": "002", **SCANNED}
NEVER_READ = {"socialstyrelsen_guidance_2012", "bra_2011_21", "bra_2021_5"}


# --- citations and readings ------------------------------------------------------------------------------------------


def test_quotes_are_short() -> None:
    assert len(QUOTES) > 150
    assert not [quote.place for quote in QUOTES if not 0 < len(quote.text) < LONGEST_QUOTE]


def test_every_quote_has_its_place_in_a_source_that_the_file_names() -> None:
    for each in ALL:
        named = {part.id for _, part in parts_of(each.content, "") if isinstance(part, Source)}
        cited = {part.document for _, part in parts_of(each.content, "") if isinstance(part, Citation)}
        assert cited <= named, each.reference
        assert cited <= set(DOCUMENTS), f"{each.reference} cites a document that was not read"
    assert not [quote.place for quote in QUOTES if quote.source is None]


def test_a_source_is_described_alike_in_every_file() -> None:
    described: dict[str, Source] = {}
    for place, part in PARTS:
        if isinstance(part, Source):
            assert described.setdefault(part.id, part) == part, place
    assert set(described) == set(DOCUMENTS) | NEVER_READ
    for name in NEVER_READ:
        note = described[name].note
        assert note
        assert "läst" in note.sv, "a source that was not read must say so"


def test_every_criterion_has_a_reading_and_a_citation() -> None:
    for guidance in GUIDANCES.values():
        for criterion in guidance.walk():
            assert criterion.reading, (guidance.id, criterion.id)
            assert criterion.source, (guidance.id, criterion.id)
            if not criterion.quote:  # only a step that the text does not name, and then the reading says so
                assert criterion.id in ("leave_support_need", "motivation_stated"), (guidance.id, criterion.id)
                assert "vår läsning" in criterion.reading.text.sv


def test_every_flag_has_a_reading() -> None:
    described = [each.content for each in DESCRIBED if isinstance(each.content, FlagSet)]
    assert [flag.id for flag in described[-1].flags] == [
        "safety_first",
        "other_track",
        "outside_design_age",
        "stated_no",
        "stigma_caution",
        "strategic_offence_information",
        "release_prompt",
        "superseded_guidance",
    ]
    assert all(flag.reading for flag in FLAGS.flags)


def test_the_weak_base_rate_stands_beside_the_strategic_offence() -> None:
    flag = next(flag for flag in FLAGS.flags if flag.id == "strategic_offence_information")
    assert flag.caution
    assert "82 procent" in flag.caution.sv
    assert "mindre strategiska" in flag.caution.sv
    assert "82 per cent" in flag.caution.en


def test_every_reading_has_a_decider() -> None:
    readings = [(place, part) for place, part in PARTS if isinstance(part, Reading)]
    assert len(readings) > 40
    described = [(place, each) for place, each in readings if place.startswith(tuple(DESCRIBED_REFERENCES))]
    assert len(described) > 40
    assert not [place for place, each in readings if not each.decided_by.strip()]
    assert not [place for place, each in described if each.decided_by != OURS]
    assert not [place for place, each in described if each.decided_on not in (OUR_DAY, MENDED)]
    assert not [place for place, each in described if "@1.0" in place and each.decided_on != OUR_DAY]
    for each in ALL:  # whatever comes later was decided before it came into force
        later = [part for _, part in parts_of(each.content, "") if isinstance(part, Reading)]
        is_new = each not in DESCRIBED
        assert not [part for part in later if is_new and part.decided_on > each.content.valid_from], each.reference


def test_ids_are_unique_within_a_file_and_name_the_same_thing_in_every_file() -> None:
    titles: dict[str, Text] = {}
    for guidance in GUIDANCES.values():
        ids = [criterion.id for criterion in guidance.walk()]
        assert len(ids) == len(set(ids)), guidance.id
        for criterion in guidance.walk():  # columns and explanations name a criterion by its id alone
            known = titles.setdefault(criterion.id, criterion.title)
            for language in {*known.languages()} & {*criterion.title.languages()}:
                said = criterion.title.in_language(language)
                assert known.in_language(language) == said, (guidance.id, criterion.id, language)
    in_flags = [each.id for flag in FLAGS.flags for each in in_tree(flag.rule.children)]
    assert len(in_flags) == len(set(in_flags))
    for holder in (*GUIDANCES.values(), *OVERLAYS.values(), CONSENT):
        notes = [note.id for note in holder.notes]
        assert len(notes) == len(set(notes)), holder.id


@pytest.mark.parametrize("rule", ["equal_offer", "narcotics_only", "crime_alone", "local_freedom", "vague_criteria"])
def test_what_holds_for_every_guidance_is_noted_in_each(rule: str) -> None:
    assert not [each.id for each in GUIDANCES.values() if rule not in {note.id for note in each.notes}]


# --- words -----------------------------------------------------------------------------------------------------------

LICENSED = re.compile(r"SAVRY|\bYLS|\bLSI\b|\bLS/CMI|\bADAD\b|\bEARL\b|\bHCR\b|\bSAPROF\b|\bASEBA\b", re.IGNORECASE)
CALLED_CRIMINAL = re.compile(r"\bcriminals?\b(?! (network|lifestyle|group|life|responsibility))", re.IGNORECASE)
# On a lifestyle, a network or a group the word is the sources' own; on a person it is not ours to use.
NOT_OF_A_PERSON = re.compile(r"kriminell[at]?\s+(nätverk|livsstil|gruppering|liv\b)", re.IGNORECASE)


def test_nothing_licensed_is_named_or_stored() -> None:
    assert not [each.path for each in ALL if LICENSED.search(each.path.read_text(encoding="utf-8"))]


def test_no_person_is_called_criminal_outside_quotes() -> None:
    for place, text in TEXTS:
        swedish = re.sub(r"”[^”]*”", "", text.sv)
        assert "kriminell" not in NOT_OF_A_PERSON.sub("", swedish), f"{place}: {text.sv}"
        english = re.sub(r"“[^”]*” \([^)]*\)", "", text.en)
        assert not CALLED_CRIMINAL.search(english), f"{place}: {text.en}"


def test_texts_are_clean() -> None:
    for place, text in TEXTS:
        for words in (text.sv, text.en):
            assert words == words.strip(), place
            assert "  " not in words, place
            assert "\n" not in words, place
            assert '"' not in words, f"{place}: straight quotation marks"
        assert not re.search(r"\b(the|and|of|is)\b", text.sv), f"{place}: English in the Swedish text"
        assert not re.search(r"\b(och|är|att|eller)\b", text.en), f"{place}: Swedish in the English text"


# --- the documents themselves ----------------------------------------------------------------------------------------

needs_sources = pytest.mark.skipif(
    not SOURCES.is_dir(), reason="the source documents lie beside the repository and are not there"
)


def as_scanned(text: str) -> re.Pattern[str]:
    """Matches the text as a machine read it: å, ä and ö lost or turned into up to two signs, l read as 1, - as –."""
    return re.compile("".join(_sign_as_scanned(sign) for sign in _prepare(text)), re.IGNORECASE)


def as_written(text: str) -> re.Pattern[str]:
    """Matches the text as it is, whatever its white space and dashes."""
    return re.compile("".join(_sign_as_written(sign) for sign in _prepare(text)), re.IGNORECASE)


def _prepare(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _sign_as_written(sign: str) -> str:
    return r"\s+" if sign == " " else "[-–—]" if sign in "-–—" else re.escape(sign)


def _sign_as_scanned(sign: str) -> str:
    if sign in "åäöÅÄÖ":
        return r"\S{0,2}"
    if sign.lower() in "il1t":
        return "[Iil1|t]"
    return _sign_as_written(sign)


def document(name: str) -> str:
    (path,) = SOURCES.glob(f"{DOCUMENTS[name]}_*.txt")
    return path.read_text(encoding="utf-8")


def is_in(text: str, name: str) -> bool:
    matcher = as_scanned if name in SCANNED else as_written
    return matcher(text).search(document(name)) is not None


@needs_sources
@pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: quote.place)
def test_quote_stands_in_the_document_that_it_cites(quote: Quote) -> None:
    assert quote.source
    assert is_in(quote.text, quote.source.document), quote.text


@needs_sources
def test_every_cited_section_is_a_heading_of_its_document() -> None:
    cited = {(part.document, part.section) for _, part in PARTS if isinstance(part, Citation)}
    assert not sorted((name, section) for name, section in cited if not is_in(section, name))


@needs_sources
def test_quotes_carry_the_swedish_letters_that_the_scan_lost() -> None:
    # A word that the well-read documents spell with å, ä or ö is never quoted without them.
    spelt = {word for name in DOCUMENTS if name not in SCANNED for word in words_of(document(name))}
    lost = {bare(word): word for word in spelt if bare(word) != word and bare(word) not in spelt}
    for quote in QUOTES:
        assert not [word for word in words_of(quote.text) if word in lost], quote.text


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-zåäö]+", text.lower())


def bare(word: str) -> str:
    return word.translate(str.maketrans("åäö", "aao"))
