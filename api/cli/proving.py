"""The proof of a guidance on stdout."""

from typing import TYPE_CHECKING

import click

from api.cli.reporting import Words

if TYPE_CHECKING:
    from screening.proof.rendering import Example, RenderedProof


def print_proof(proof: "RenderedProof", words: Words, *, with_examples: bool) -> None:
    """Print a proof with an example of what does not hold, and of the rest where that is asked for."""
    language = words.language
    click.echo(f"{proof['headline'][language]} {proof['size'][language]}")
    for section in proof["sections"]:
        click.echo(f"\n{section['title'][language]}\n{section['lead'][language]}")
        for finding in section["findings"]:
            verdict = words.say(f"proof.verdict.{finding['verdict']}")
            click.echo(
                f"  [{verdict}] {finding['title'][language]} ({finding['subject']}): {finding['text'][language]}"
            )
            for example in finding["examples"] if with_examples or finding["verdict"] == "fails" else ():
                click.echo(f"      {_in_a_line(example, words)}")


def _in_a_line(example: "Example", words: Words) -> str:
    known, changed = (
        "; ".join(each[words.language] for each in part) for part in (example["known"], example["changed"])
    )
    same = f", {words.say('proof.example.same')}: {known}" if changed and known else ""
    return f"{example['label'][words.language]}: {changed or known}{same}"
