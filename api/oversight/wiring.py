"""Oversight put together with an application that has accounts."""

from flask import Flask


def add_oversight(app: Flask) -> None:
    """Give an application its pages and routes for reviewing the log, for the person's rights and for purging."""
    # imported here, since their views look for what `api.keeping` puts together
    from api.oversight import log_review, page, purging, rights  # noqa: F401 -- importing them makes their routes
    from api.routes import audit, checkpoints

    app.register_blueprint(page.blueprint)
    for routes in (audit, checkpoints):
        app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(routes.blueprint)
