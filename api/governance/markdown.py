"""A document of governance as Markdown, to be kept, printed or filled in elsewhere."""

from collections.abc import Callable, Iterator

from api.governance.documents import Reference, Section, Shown
from instruments.messages import Text

Say = Callable[..., str]


def as_markdown(shown: Shown, language: str, say: Say) -> str:
    """The document in one language.

    Parameters
    ----------
    say : callable
        Gives the words behind a key of the pages.
    """
    return "\n".join(_lines(shown, language, say)).rstrip() + "\n"


def _lines(shown: Shown, language: str, say: Say) -> Iterator[str]:
    content = shown.document.content

    def words(text: Text) -> str:
        return text.in_language(language)

    yield f"# {words(content.title)}"
    yield ""
    yield words(content.about)
    yield ""
    yield "*" + say("page.governance.version", version=content.version, since=content.valid_from.isoformat()) + " "
    yield say("page.governance.decided", who=content.decided_by, when=content.decided_on.isoformat()) + "*"
    for section in content.sections:
        yield from ("", f"## {words(section.title)}", "")
        yield from _section(section, shown, language, say)
    for reference in content.references:
        yield from ("", f"## {words(reference.act)}, {reference.provision}", "")
        yield from _reference(reference, language, say)


def _section(section: Section, shown: Shown, language: str, say: Say) -> Iterator[str]:
    for paragraph in section.body:
        yield from (paragraph.in_language(language), "")
    for row in section.rows:
        yield f"- **{row.label.in_language(language)}:** {row.text.in_language(language)}"
    for point in section.points:
        yield f"- {point.in_language(language)}"
    if section.asks:
        yield from ("", f"**{say('page.governance.asks')}**", "")
        for ask in section.asks:
            yield from (f"- {ask.in_language(language)}", "", "  …", "")
    if section.sources:
        cited = "; ".join(
            f"{shown.law[name].act.in_language(language)}, {shown.law[name].provision}" for name in section.sources
        )
        yield from ("", f"*{say('page.governance.sources')}: {cited}*")


def _reference(reference: Reference, language: str, say: Say) -> Iterator[str]:
    yield f"- **{say('page.governance.says')}:** {reference.says.in_language(language)}"
    yield f"- **{say('page.governance.follows')}:** {reference.follows.in_language(language)}"
    read = say(f"page.governance.read.{reference.read}", when=reference.read_on.isoformat())
    yield f"- **{say('page.governance.read')}:** {read}"
    if reference.caution is not None:
        yield f"- **{say('page.governance.caution')}:** {reference.caution.in_language(language)}"
