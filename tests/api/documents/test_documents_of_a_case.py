"""The documents of a case as they are made: what they say, for whom, and what the audit log records."""

import io
import re
from datetime import date
from html import unescape

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from api.web import pdf
from api.web.pdf import PdfUnavailableError, as_pdf
from screening.experience import Respondent
from screening.library import Library
from tests.api.documents.folders import GUARDIAN, REVIEWER, Folder, filled, reviewed
from tests.api.records.world import ratings, unit_of

DIGEST = re.compile(r'data-digest="([0-9a-f]{64})"')
PAPERS = ("/assessment", "/recommendation", "/feedback/youth", "/feedback/guardian-1")


def words(answer_text: str) -> str:
    """What a reader reads, without tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer_text)).split())


def read(folder: Folder, rest: str, language: str = "sv") -> str:
    answer = paper(folder, rest, language)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def paper(folder: Folder, rest: str, language: str = "sv", form: str = "page") -> TestResponse:
    """A document; a sheet is asked for as the page of documents does it."""
    kind, _, reader = rest.removeprefix("/").partition("/")
    if kind == "feedback":
        sent = {"reader": reader, "language": language, "form": form}
        return folder.visitor().post(folder.path("/feedback"), sent, shown_at=folder.path())
    return folder.visitor().get(f"{folder.path(rest)}{'.pdf' if form == 'pdf' else ''}?language={language}")


def test_the_recommendation_says_outcome_reasons_digest_and_that_it_is_no_decision(folder: Folder) -> None:
    _, screening = filled(folder)
    page = read(folder, "/recommendation")
    assert "Underlaget talar för att pröva ett erbjudande om SIG" in page
    assert "En rekommendation för socialtjänsten att granska. Den är inget beslut" in page
    assert "7 av 11 faktorer är skattade som måttliga eller höga. Minst 6 krävs." in page
    assert "Dokumentet gjort av anna, 2026-11-21 13:00" in page
    assert "Rekommendationen är inte granskad ännu." in page
    stated = {"verdict": "deviate", "applies": "not_target_group", "deviation": "own_view_weighs"}
    folder.review(screening, **stated, reasons="Vill något annat (påhittat).")
    reviewed = read(folder, "/recommendation", "en")
    assert "The reviewer deviates. rut, 2026-11-21 13:00" in reviewed
    assert "Vill något annat (påhittat)." in reviewed
    assert "A second person has not yet confirmed the deviation." in reviewed


def test_where_nothing_is_left_to_ask_page_and_paper_say_so_and_lead_to_no_questions(folder: Folder) -> None:
    filled(folder)
    sought = {"missing": "not_found", "reason": "Polisen lämnar inte ut uppgiften (påhittat)."}
    folder.know(offence_count={"value": 0, "window_months": 24}, gang_ties=sought)
    screening = folder.screen()
    page = words(folder.visitor().get(f"/screenings/{screening}").text)
    for text in (page, read(folder, "/recommendation")):
        assert "Ta reda på härnäst" in text
        assert "Resultatet kan inte avgöras utan det som inte har gått att få fram." in text
        assert "Här finns inga fler frågor att ställa." in text
        assert "Frågorna nedan" not in text
        assert "Bara det som kan ändra resultatet" not in text


def test_the_assessment_says_what_was_rated_with_its_notes_and_corrections(folder: Folder) -> None:
    assessment, _ = filled(folder)
    folder.record("counter_statement", {"stated_by": "youth", "text": "Det var inte jag."}, subject=assessment)
    page = read(folder, "/assessment")
    assert "Ogenomtänkta och riskfyllda handlingar Hög Tre händelser i höst (påhittat)." in page
    assert page.index("Aktiv i något positivt") < page.index("Våld mot andra")
    assert "Motskrift, 2026-11-21 Det var inte jag." in page


def test_an_earlier_assessment_says_that_another_has_taken_its_place(folder: Folder) -> None:
    earlier = folder.assess()
    folder.assess(own_view="Har ändrat sig.")
    assert "En senare bedömning har tagit den här bedömningens plats." in read(folder, f"/assessment/{earlier}")
    assert "tagit den här bedömningens plats" not in read(folder, "/assessment")


def test_what_has_changed_since_the_assessment_before_stands_beside_it_and_is_kept_from_guardians_with_it(
    folder: Folder,
) -> None:
    folder.assess(hidden=True)
    given = ratings()
    given["items"]["substance_use"] = None
    folder.assess(ratings=given)
    folder.screen()
    for rest in ("/assessment", "/recommendation"):
        page = read(folder, rest)
        assert "Ändrad. 2026-11-20: Hög" in page
        assert page.count("Ändrad.") == 1
        assert "som inte får visas för vårdnadshavare" in page


def test_two_copies_that_say_the_same_have_the_same_digest(folder: Folder) -> None:
    filled(folder)

    def digest(language: str) -> str:
        written = DIGEST.search(folder.visitor().get(f"{folder.path('/assessment')}?language={language}").text)
        assert written
        return written[1]

    first = digest("sv")
    folder.house.clock.pass_by(hours=3)
    assert digest("sv") == first
    assert digest("en") != first
    folder.assess(own_view="Något annat.")
    assert digest("sv") != first


def test_the_sheet_for_the_young_person_begins_with_strengths_and_tells_how_to_object(folder: Folder) -> None:
    reviewed(folder)
    page = read(folder, "/feedback/youth")
    places = [page.index(each) for each in ("Det här fungerar bra", "Så här ser du på det", "Där behövs mest stöd")]
    assert places == sorted(places)
    assert "Mormor finns där (påhittat)." in page
    assert "Om du inte håller med Säg det till din socialsekreterare" in page
    assert "Du har rätt att få fel uppgifter rättade." in page
    assert "Den unge" not in page
    english = read(folder, "/feedback/youth", "en")
    assert "If you do not agree" in english
    assert "This is good and holds" in english


def test_what_is_not_known_stands_on_the_sheet_and_counts_against_nobody(folder: Folder) -> None:
    given = ratings()
    given["items"]["peer_rejection"] = {"missing": "not_found", "reason": "Skolan svarar inte."}
    given["items"]["secure_attachment"] = None
    folder.assess(ratings=given)
    page = read(folder, "/feedback/youth")
    assert "Det har vi inte frågat om ännu Nära band till en trygg vuxen" in page
    assert "Det har vi frågat om men inte kunnat få veta Står utanför bland jämnåriga" in page
    assert "Det som inte är känt räknas inte emot någon." in page


def test_more_protection_than_the_guidance_counts_on_is_told_as_that_and_not_as_something_that_fails(
    folder: Folder,
) -> None:
    folder.assess(ratings=ratings(protective=4))
    folder.review(folder.screen(), verdict="agree")
    assert "Du har fler skydd omkring dig än vägledningen räknar med" in read(folder, "/feedback/youth")
    assert "Den unge har fler skydd omkring sig än vägledningen räknar med" in read(folder, "/feedback/guardian-1")
    assert "få skyddsfaktorer" not in read(folder, "/feedback/youth")


def test_a_guardians_sheet_has_no_free_text_no_own_words_and_nothing_about_the_home(folder: Folder) -> None:
    given = ratings()
    given["items"] |= {"childhood_maltreatment": "high", "parental_management": None}
    folder.assess(ratings=given, helping="Mormor finns där (påhittat).")
    page = read(folder, "/feedback/guardian-1")
    for kept_back in ("Vill sluta.", "Flera allvarliga händelser.", "Mormor", "Utsatt för våld", "tillsyn"):
        assert kept_back not in page
        assert kept_back in read(folder, "/feedback/youth") or kept_back == "tillsyn"
    assert "Allt står inte på det här bladet." in page
    assert GUARDIAN not in page


def test_nothing_hidden_from_guardians_is_on_any_guardians_sheet(folder: Folder) -> None:
    folder.assess(ratings=ratings(high=1))
    folder.assess(hidden=True, ratings=ratings(high=9, protective=4))
    folder.know(gang_ties="confirmed", hidden=True)
    folder.review(folder.screen(), verdict="agree")
    for guardian in ("guardian-1", "guardian-2"):
        page = read(folder, f"/feedback/{guardian}")
        assert "Våld mot andra" in page
        assert "Brott utan våld" not in page
        assert "Så här passar det med vägledningen" not in page
    assert "Brott utan våld" in read(folder, "/feedback/youth")
    assert "Innehåller uppgifter som inte får visas för vårdnadshavare." in read(folder, "/assessment")


def test_a_screening_that_rests_on_a_hidden_fact_is_not_told_to_a_guardian(folder: Folder) -> None:
    folder.know(gang_ties={"value": "confirmed", "source": "polis", "observed_on": "2026-11-01"}, hidden=True)
    folder.know(gang_ties={"value": "suspected", "source": "polis", "observed_on": "2026-11-02"})
    folder.assess()
    folder.review(folder.screen(), verdict="agree")
    assert "Så här passar det med vägledningen" not in read(folder, "/feedback/guardian-1")
    assert "Så här passar det med vägledningen" in read(folder, "/feedback/youth")
    assert "Innehåller uppgifter som inte får visas för vårdnadshavare." in read(folder, "/recommendation")


def test_where_all_is_hidden_no_sheet_is_made_for_a_guardian(folder: Folder) -> None:
    folder.assess(hidden=True)
    answer = paper(folder, "/feedback/guardian-1")
    assert answer.status_code == 409
    assert "Det finns ingen underskriven bedömning att berätta om" in answer.text
    told = folder.house.audit(action="export", kind="feedback_document")
    assert [each.outcome for each in told] == ["refused"]


@pytest.mark.parametrize("rest", ["/assessment", "/recommendation", "/feedback/guardian-9", "/assessment/" + "0" * 32])
def test_what_is_not_there_is_not_found(folder: Folder, rest: str) -> None:
    assert paper(folder, rest).status_code == 404


def test_a_document_of_another_kind_of_entry_is_not_found(folder: Folder) -> None:
    assessment, screening = filled(folder)
    assert folder.visitor().get(folder.path(f"/recommendation/{assessment}")).status_code == 404
    assert folder.visitor().get(folder.path(f"/assessment/{screening}.pdf")).status_code == 404


@pytest.mark.thorough
def test_each_making_is_an_export_in_the_audit(folder: Folder) -> None:
    reviewed(folder)
    visitor = folder.visitor()
    for rest in PAPERS:
        paper(folder, rest)
        paper(folder, rest, form="pdf")
    visitor.post(folder.path("/consent"), {"recipient": "school"}, shown_at=folder.path())
    told = [each.kind for each in folder.house.audit(action="export", actor=folder.secretary.id) if each.kind != "case"]
    made = [kind for kind in ("assessment", "recommendation", "feedback", "feedback") for _ in range(2)]
    assert told == [f"{kind}_document" for kind in (*made, "consent")]


def test_a_reviewer_makes_documents_for_the_file_but_none_for_the_family(folder: Folder) -> None:
    filled(folder)
    visitor = folder.visitor(REVIEWER)
    assert visitor.get(folder.path("/recommendation")).status_code == 200
    assert visitor.post(folder.path("/feedback"), {"reader": "youth"}, shown_at=folder.path()).status_code == 403
    assert "Samtyckesblankett" not in visitor.get(folder.path()).text


def test_a_blind_second_rater_makes_no_document_of_what_is_to_be_rated_unseen(folder: Folder) -> None:
    assessed, _ = filled(folder)
    other = folder.house.add("bo@kommun.example", "social_secretary", "reviewer")
    from api.cases.ratings.second_ratings import request_second_rating
    from api.store.transactions import open_transaction

    with open_transaction(folder.house.database) as session:
        request_second_rating(unit_of(session, folder.house.clock(), folder.secretary), folder.case, other)
    visitor = folder.visitor("bo@kommun.example")
    assert visitor.get(folder.path("/assessment")).status_code == 403
    assert visitor.get(folder.path("/recommendation.pdf")).status_code == 403
    assert visitor.post(folder.path("/feedback"), {"reader": "youth"}, shown_at=folder.path()).status_code == 409
    assert assessed not in visitor.get(folder.path()).text


@pytest.mark.parametrize(("language", "title"), [("sv", "Samtycke: Skolan"), ("en", "Consent: School")])
def test_a_consent_form_says_what_is_shared_how_long_and_how_to_withdraw(
    folder: Folder, language: str, title: str
) -> None:
    form = {"recipient": "school", "language": language}
    page = words(folder.visitor().post(folder.path("/consent"), form, shown_at=folder.path()).text)
    assert title in page
    wanted = {
        "sv": ("Närvaro, hur det går i ämnena", "högst 6 månader", "Du kan ta tillbaka samtycket när som helst"),
        "en": (
            "Attendance, how the subjects are going",
            "at most 6 months",
            "You can withdraw the consent at any time",
        ),
    }[language]
    assert all(each in page for each in wanted)
    assert GUARDIAN not in page
    assert {"sv": "Vårdnadshavare 2", "en": "Guardian 2"}[language] in page


def test_an_adult_signs_alone(folder: Folder) -> None:
    folder.house.clock.pass_by(days=800)
    page = folder.visitor().post(folder.path("/consent"), {"recipient": "police"}, shown_at=folder.path()).text
    assert "Vårdnadshavare 1" not in page


@pytest.mark.parametrize(
    ("form", "status"), [({"recipient": "neighbour"}, 404), ({"recipient": "police", "form": "x"}, 400)]
)
def test_a_wrong_form_is_refused(folder: Folder, form: dict[str, str], status: int) -> None:
    assert folder.visitor().post(folder.path("/consent"), form, shown_at=folder.path()).status_code == status


@pytest.mark.thorough
@pytest.mark.parametrize("rest", PAPERS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_pdf_is_tagged_titled_and_in_its_language(folder: Folder, rest: str, language: str) -> None:
    reviewed(folder)
    answer = paper(folder, rest, language, "pdf")
    assert answer.mimetype == "application/pdf"
    assert "2026-117" not in answer.headers["Content-Disposition"]
    read_back = PdfReader(io.BytesIO(answer.data))
    root = read_back.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 -- pypdf's own kind of truth
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert read_back.metadata is not None
    assert read_back.metadata.title
    assert read_back.metadata.title.endswith("Underlag")
    tags = set(tags_under(root["/StructTreeRoot"]))
    assert {"/Document", "/H1", "/H2", "/P"} <= tags
    assert ("/TH" in tags) is (rest in PAPERS[:2])
    text = "".join(page.extract_text() for page in read_back.pages)
    page = paper(folder, rest, language).text
    assert DIGEST.search(page)[1] in text  # type: ignore[index]


def tags_under(element: object) -> list[str]:
    tags, waiting = [], [element]
    while waiting:
        each = waiting.pop()
        each = each.get_object() if hasattr(each, "get_object") else each
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            tags.extend([str(each["/S"])] if "/S" in each else [])
            waiting.extend([each["/K"]] if "/K" in each else [])
    return tags


def test_text_that_somebody_wrote_reads_no_file_and_asks_no_address() -> None:
    page = '<html lang="sv"><title>x</title><img src="file:///etc/hostname" alt=""><a rel=attachment href="file:///etc/hostname">x</a>'
    made = as_pdf(page, "body { background: url(http://127.0.0.1:1/x) }")
    assert b"/EmbeddedFile" not in made
    assert b"/Subtype /Image" not in made


def test_markup_in_what_was_written_is_text(folder: Folder) -> None:
    folder.assess(own_view="<script>alert(1)</script><img src=x>")
    page = paper(folder, "/feedback/youth").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<img" not in page


def test_without_pango_the_service_offers_the_page_to_print(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(folder)

    def absent() -> None:
        raise PdfUnavailableError

    monkeypatch.setattr(pdf, "_weasyprint", absent)
    answer = paper(folder, "/assessment", "en", "pdf")
    assert answer.status_code == 503
    assert f'href="{folder.path("/assessment")}?language=en"' in answer.text
    assert "No PDF can be made on this server" in answer.text


def test_the_list_leads_to_every_document_in_both_languages(folder: Folder) -> None:
    assessed, _ = reviewed(folder)
    answer = folder.visitor().get(folder.path())
    assert answer.status_code == 200
    for rest in (f"/assessment/{assessed}", f"/assessment/{assessed}.pdf"):
        for language in ("sv", "en"):
            assert f'href="{folder.path(rest)}?language={language}"' in answer.text
    for reader in ("youth", "guardian-1", "guardian-2"):
        assert f'name="reader" value="{reader}"' in answer.text


@pytest.mark.thorough
def test_the_recommendation_is_two_pages_and_its_grounds_are_an_appendix(folder: Folder) -> None:
    reviewed(folder)
    pages = [
        page.extract_text() for page in PdfReader(io.BytesIO(paper(folder, "/recommendation", form="pdf").data)).pages
    ]
    assert ["Bilaga: alla grunder" in page for page in pages[:4]] == [False, False, True, False]
    body = " ".join(" ".join(pages[:2]).split())
    assert body.index("Styrkor") < body.index("Kriterium Läge Varför") < body.index("Granskning Granskaren instämmer")
    assert "Namnförtydligande" in body


def test_the_text_for_the_records_says_what_the_document_says_and_is_recorded_as_it_is(folder: Folder) -> None:
    reviewed(folder)
    for kind in ("/assessment", "/recommendation"):
        page = folder.visitor().get(folder.path(kind)).text
        shown = folder.visitor().get(f"{folder.path(kind)}/text").text
        text = unescape(shown.split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>", 1)[0])
        said = page[page.index("<main>") : page.index("</main>")]
        said = re.sub(r'<section class="signature">.*?</section>', "", said, flags=re.DOTALL)
        letters = re.compile(r"[^\W_]+")
        assert letters.findall(text) == letters.findall(words(said))
        assert "<" not in text
    assert len(folder.house.audit(action="export", actor=folder.secretary.id)) == 4


def test_text_that_looks_like_a_page_is_copied_as_it_was_written(folder: Folder) -> None:
    folder.assess(own_view="</textarea><script>x</script>\nAndra raden")
    shown = folder.visitor().get(f"{folder.path('/assessment')}/text").text
    assert "&lt;/textarea&gt;&lt;script&gt;x&lt;/script&gt;\nAndra raden" in shown


@pytest.mark.parametrize("respondent", ["youth", "guardian"])
def test_the_questions_on_the_work_are_a_paper_without_a_name(folder: Folder, respondent: Respondent) -> None:
    form = {"respondent": str(respondent), "language": "sv"}
    page = words(folder.visitor().post(folder.path("/experience"), form, shown_at=folder.path()).text)
    asked = Library().experience_form(date(2026, 11, 22))
    for question in (*asked.questions, asked.words):
        assert question.to(respondent).sv in page
    assert "Inget namn behövs." in page
    assert page.count("☐ Ja ☐ Delvis ☐ Nej ☐ Vet inte") == len(asked.questions)
    form["respondent"] = "police"
    assert folder.visitor().post(folder.path("/experience"), form, shown_at=folder.path()).status_code == 404
