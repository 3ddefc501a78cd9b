"""`underlag research export`: what the service has recorded, pseudonymised, for the other commands of research."""

from pathlib import Path

import click

from api.cli.options import open_library, open_policies
from api.cli.records_command import RecordsCommand, as_account, named_actor, opened
from api.cli.reporting import in_language
from api.settings.clock import local_now


@click.command("export", cls=RecordsCommand)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write; a new one.")
@click.option("--unit", multiple=True, required=True, help="Your secrecy unit; may be given more than once.")
@as_account
@click.option("--ground", required=True, help="Ground of the export policy, such as own_follow_up.")
@click.option("--decision", required=True, help="Registration number of the decision or approval.")
@click.option("--study", help="Exports of one study have the same pseudonyms; needs UNDERLAG_SIGNING_KEY.")
@in_language
def export(
    output: Path, unit: tuple[str, ...], account: str, ground: str, decision: str, study: str | None, language: str
) -> None:
    """Write pseudonymised ratings, decisions and outcomes, with a mapping that the other commands read.

    Small groups are guarded by the policy research_export; about.yaml says what was generalised and left out.
    """
    from api.context.settings import read_signing_key
    from api.research_export.export import Purpose, export_ratings
    from api.research_export.files import require_new_folder
    from api.store.private_files import make_private_file, make_private_folder
    from api.wsgi import the_environment

    words = RecordsCommand.words(language)
    secret = read_signing_key(the_environment()) if study is not None else b""
    require_new_folder(output)
    now = local_now()
    with opened() as database:
        made = export_ratings(
            database,
            now,
            named_actor(database, account, "", "ratings:export", unit),
            Purpose(ground, decision, study),
            library=open_library(),
            policy=open_policies().research_export_on(now.date()),
            secret=secret,
        )
    make_private_folder(output)
    for name, content in made.files.items():
        make_private_file(output / name)
        (output / name).write_bytes(content)
    click.echo(
        words.say(
            "records.research-exported", export=made.id, folder=output, ratings=made.ratings, persons=made.persons
        )
    )
