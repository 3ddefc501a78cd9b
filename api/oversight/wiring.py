"""Oversight put together with an application that has accounts."""

from flask import Flask


def add_oversight(app: Flask) -> None:
    """Give an application its pages and routes for reviewing the log, for the person's rights and for purging."""
    from api.oversight import log_review  # its views look for what `api.keeping` has put together
    from api.oversight.page import blueprint
    from api.routes import audit

    assert log_review.blueprint is blueprint  # noqa: S101 -- importing it is what puts its routes on the blueprint
    app.register_blueprint(blueprint)
    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(audit.blueprint)
