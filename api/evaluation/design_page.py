"""The page of the design: every component as pages use it, with its states, its name and when it is used."""

from flask import render_template

from api.evaluation.fields import Choice, Field
from api.evaluation.pages import blueprint, translator

PATHS = (("sv", "/design"), ("en", "/en/design"))
#: By what they are for, the names in ``tokens.css`` without their dashes.
COLOURS = {
    "grounds": ("ground", "paper", "shade", "ink", "quiet", "line", "edge"),
    "acting": ("accent", "accent-deep", "accent-tint", "on-accent", "focus"),
    "band": ("band", "band-line", "on-band", "on-band-quiet", "spark"),
    "meaning": (
        *("met", "met-tint", "not-met", "not-met-tint", "unknown", "unknown-tint"),
        *("danger", "danger-tint", "notice", "on-notice"),
    ),
}
LETTERS = ("display", "h1", "h2", "h3", "lead", "body", "small")
LEVELS = ("low", "moderate", "high")
STEPS = tuple(f"space-{number}" for number in range(1, 8))


def design() -> str:
    """Every component of the pages."""
    return render_template(
        "design.html", colours=COLOURS, letters=LETTERS, steps=STEPS, fields=_fields(), item=_field("item", "choice")
    )


def _field(name: str, kind: str, **more: object) -> Field:
    words = translator()
    choices = {
        "item": (*LEVELS, "not_found", "not_asked"),
        "answer": ("yes", "no", "not_found", "not_asked"),
        "chosen": ("given", "refused"),
    }.get(name, ())
    answers = tuple(
        Choice(each, words.t(f"design.option.{each}"), words.t(f"design.anchor.{each}") if each in LEVELS else None)
        for each in choices
    )
    return Field(name, kind, words.t(f"design.field.{name}"), choices=answers, **more)  # type: ignore[arg-type]


def _fields() -> list[Field]:
    words = translator()
    fault = (words.t("design.field.fault"),)
    return [
        _field("line", "line", help=words.t("design.field.help"), value=words.t("design.field.value")),
        _field("wrong", "line", errors=fault),
        _field("number", "number", unit=words.t("design.field.unit"), value="16"),
        _field("day", "day", value="2026-11-21"),
        _field("long", "long", value=words.t("design.field.text")),
        _field("chosen", "select", value="given"),
        _field("answer", "choice", value="no"),
        _field("tick", "tick", value="yes"),
    ]


for _language, _path in PATHS:
    blueprint.add_url_rule(_path, "design", design, defaults={"language": _language})
