"""The municipality's mark as a file, and its name for every page."""

from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app

from api.settings.municipality import Municipality

EXTENSION = "underlag_municipality"
blueprint = Blueprint("municipality", __name__)


def the_municipality() -> Municipality:
    """Whose the service is."""
    return cast(Municipality, current_app.extensions[EXTENSION])


def name_municipality(app: Flask, municipality: Municipality) -> None:
    """Give every page the municipality's name and mark."""
    app.extensions[EXTENSION] = municipality
    app.jinja_env.globals["the_municipality"] = the_municipality
    app.register_blueprint(blueprint)


@blueprint.get("/municipality/mark")
def mark() -> Response:
    """The mark, of the kind that its setting names."""
    picture = the_municipality().mark
    if picture is None:
        abort(404)
    answer = Response(picture.content, mimetype=picture.media_type)
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
