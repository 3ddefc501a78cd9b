"""How many guardians there are, as pages ask for it: they are numbered, and never named."""

from api.cases.forms import Form, Values
from api.evaluation.fields import Choice, Field

FIELD = "guardians"
_MOST = 4


def ask_for_guardians(form: Form, *others: Choice) -> Field:
    """Add the question to a form, with answers that stand beside the numbers."""
    t = form.words.t
    numbers = [Choice(str(number), str(number)) for number in range(_MOST + 1)]
    return form.add(
        "choice", FIELD, t("page.form.guardians"), choices=[*numbers, *others], help=t("work.help.guardians")
    )


def guardians_in(values: Values) -> list[str] | None:
    """The references of as many guardians as were answered; None where no number was."""
    written = values.get(FIELD, "")
    if not (written.isascii() and written.isdigit() and int(written) <= _MOST):
        return None
    return [f"g{place}" for place in range(1, int(written) + 1)]
