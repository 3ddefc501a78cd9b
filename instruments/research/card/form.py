"""The form on which a researcher says what a table cannot tell: the questions as comments, the answers below them."""

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap

from instruments.research.card.reporting import AskedItem, StudyReporting
from instruments.research.wording import say

#: What is asked of the card itself, beside the study.
OF_THE_CARD = ("responsible", "outcome")
_WIDTH = 116
_EMPTY = r"""[ \t]*(?:null|~|""|'')?[ \t]*(?P<remark>#.*)?$"""


def write_form(reporting: StudyReporting, language: str, *, id: str, responsible: str = "") -> str:
    """A form without answers.

    Parameters
    ----------
    reporting : StudyReporting
        What is asked.
    language : str
        Of the questions.
    id : str
        Of the card.
    responsible : str
        Who answers for the card, where that is known.

    Returns
    -------
    str
        YAML that `instruments.research.card.statement.CardStatement` reads once somebody answers for it.
    """
    lines = [
        *_remark(say("form.about", language)),
        *_remark(say("form.languages", language)),
        "",
        f"id: {id}",
        'version: "1"',
        *_remark(say("form.responsible", language)),
        f"responsible: {_written(responsible)}".rstrip(),
        *_remark(say("form.outcome", language)),
        "outcome:",
        *_remark(say("form.local", language)),
        "local: false",
        *_remark(say("form.decision_support", language)),
        "decision_support: false",
        "",
        "reporting:",
    ]
    for item in reporting.asked:
        lines += ["", *_question(reporting, item, language), f"  {item.id}:"]
    return "\n".join(lines) + "\n"


def with_answers(form: str, answers: Mapping[str, str]) -> str:
    """A form with answers put where it had none; what else stands in it is left as it is.

    Parameters
    ----------
    form : str
    answers : Mapping of str to str
        By the id of what was asked, and by the names of `OF_THE_CARD`.
    """
    for name, answer in answers.items():
        indent = "" if name in OF_THE_CARD else "  "
        line = f"{indent}{name}: {_written(answer)}"
        empty = re.compile(rf"^{indent}{name}:{_EMPTY}", re.MULTILINE)
        if found := empty.search(form):
            remark = f"  {found['remark']}" if found["remark"] else ""
            form = form[: found.start()] + line + remark + form[found.end() :]
        elif not indent:
            form = f"{line}\n{form}"
        else:
            form = _below_reporting(form, line)
    return form


def _below_reporting(form: str, line: str) -> str:
    """A form with a line of an answer that it did not ask for."""
    heading = re.compile(r"^reporting:[ \t]*(?:null|~|\{\})?[ \t]*(#.*)?$", re.MULTILINE)
    if found := heading.search(form):
        return f"{form[: found.start()]}reporting:\n{line}{form[found.end() :]}"
    return f"{form.rstrip()}\n\nreporting:\n{line}\n"


def _question(reporting: StudyReporting, item: AskedItem, language: str) -> Iterator[str]:
    yield from _remark(f"{item.title.in_language(language)} ({reporting.cited(item)})", "  ")
    yield from _remark(item.ask.in_language(language), "  ")
    yield from _remark(say("form.why", language, why=item.why.in_language(language)), "  ")


def _remark(text: str, indent: str = "") -> list[str]:
    return [f"{indent}# {line}" for line in wrap(text, _WIDTH - len(indent))]


def _written(answer: str) -> str:
    """Words as YAML holds them on one line, whatever is in them."""
    return json.dumps(answer, ensure_ascii=False) if answer else ""
