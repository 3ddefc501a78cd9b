"""Every group of record routes, put into the documented application."""

from flask_smorest import Api

from api.routes.records import cases, journal

_GROUPS = (cases, journal)


def add_record_routes(api: Api) -> None:
    """Register the routes of what is recorded."""
    for group in _GROUPS:
        api.register_blueprint(group.blueprint)
