"""`underlag research describe`: what a reader must know of a study, asked of whoever made it."""

import re
import sys
from datetime import date
from pathlib import Path

import click

from api.cli.options import FILE, reference_date
from api.cli.reporting import DONE, FAILED, Words, in_language
from api.cli.research.request import ResearchCommand


@click.command("describe", cls=ResearchCommand)
@click.argument("form", type=FILE)
@click.option("--responsible", metavar="NAME", default="", help="Who answers for the card, where a form is begun.")
@click.option("--ask/--no-ask", default=None, help="Ask for what is missing; by default in a terminal.")
@reference_date
@in_language
@click.pass_context
def describe(context: click.Context, form: Path, responsible: str, ask: bool | None, on: date, language: str) -> None:
    """Ask what a card needs to tell of a study: setting, follow-up, blinding, funding and the like.

    FORM is a .yaml file that `underlag research card --about FORM` reads. Where there is none it is begun, with every
    question, where it comes from (TRIPOD+AI, STARD, GRRAS, PROBAST) and why it is asked. In a terminal what is missing
    is asked for, and each answer is written at once. A form that is there is checked: exit code 1 tells that something
    is missing, which the card then says.
    """
    from instruments.loading import load
    from instruments.research.card.form import write_form
    from instruments.research.card.reporting import reporting_items
    from instruments.research.card.statement import CardStatement

    asked, words = reporting_items(on).content, ResearchCommand.words(language)
    is_new = not form.exists()
    if is_new:
        name = re.sub(r"[^a-z0-9]+", "_", form.stem.lower()).strip("_")
        form.parent.mkdir(parents=True, exist_ok=True)
        written = write_form(asked, language, id=name if name[:1].isalpha() else "study", responsible=responsible)
        form.write_text(written, encoding="utf-8")
        click.echo(words.say("research.form_begun", name=form, count=len(asked.asked)))
    if ask if ask is not None else sys.stdin.isatty() and sys.stdout.isatty():
        _ask(form, on, words)
    elif is_new:
        return
    statement = load(form, CardStatement)[0]
    missing = asked.missing(statement.reporting)
    told = len(asked.asked) - len(missing)
    click.echo(words.say("research.form_counted", told=told, count=len(asked.asked)))
    for item in missing:
        click.echo(f"  {item.title.in_language(language)} ({asked.cited(item)})")
    context.exit(FAILED if missing else DONE)


def _ask(form: Path, on: date, words: Words) -> None:
    """Ask for what has no answer, one question at a time; no answer leaves it open."""
    from instruments.loading import read_yaml
    from instruments.research.card.form import OF_THE_CARD, with_answers
    from instruments.research.card.reporting import reporting_items
    from instruments.research.card.statement import answer_in, is_answer

    def keep(name: str, answer: str) -> None:
        if is_answer(answer):
            form.write_text(with_answers(form.read_text(encoding="utf-8"), {name: answer.strip()}), encoding="utf-8")

    data = read_yaml(form).data
    if not isinstance(data, dict):
        return  # the check tells what is wrong with it
    asked, language = reporting_items(on).content, words.language
    for name in OF_THE_CARD:
        if not data.get(name):
            keep(name, click.prompt(words.say(f"form.{name}"), default="", show_default=False))
    given = data.get("reporting")
    answers = {name: answer_in(each) for name, each in given.items()} if isinstance(given, dict) else {}
    for item in asked.missing(answers):
        click.echo(f"\n{item.title.in_language(language)} ({asked.cited(item)})")
        click.echo(words.say("form.why", why=item.why.in_language(language)))
        keep(
            item.id, click.prompt(item.ask.in_language(language), default="", show_default=False, prompt_suffix="\n> ")
        )
