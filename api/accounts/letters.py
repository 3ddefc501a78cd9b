"""Letters to whoever has an account: their words stand in the catalogue."""

from api.accounts.mail import letter, the_outbox
from api.context.context import current_context
from api.frame.accounts import say


def write_letter(email: str | None, kind: str, **parameters: object) -> None:
    """Write to whoever has an account; what is for nobody goes the same way and is not sent.

    Parameters
    ----------
    kind : str
        The subject and the text stand under ``account.letter.<kind>``.
    """
    subject, text = say(f"letter.{kind}.subject"), say(f"letter.{kind}.text", **parameters)
    sender = current_context().settings.accounts.sender
    written = letter(sender, email or sender, subject, text)
    the_outbox().take(written if email else None)
