"""The application: settings, definitions, routes and headers put together in one place."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, request
from flask_bootstrap import Bootstrap5
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from api import documentation
from api.clock import local_now
from api.documentation import DESCRIPTION, describe_inputs
from api.governance.documents import Governance
from api.headers import set_headers
from api.keeping import keep_records
from api.logs import name_requests, places_of, route_of_request
from api.manual import pages as manual
from api.metrics import measure
from api.pages import demo, documents, evidence, governance, help_pages, problem_pages, training
from api.pages import trends as trends_page
from api.pages import what_if as what_if_page
from api.pages.chrome import problem_page, set_up_pages
from api.pages.work.views import blueprint as work
from api.problems import Problem, problem_of, respond
from api.records.policies import Policies
from api.records.settings import RecordSettings
from api.rest import RestApi
from api.routes import cards, evaluations, guidance, health, instruments, research, trends
from api.routes import governance as governance_data
from api.routes.negotiation import require_json_is_acceptable
from api.routes.records.registering import add_record_routes
from api.service import EXTENSION, Service, the_service
from api.settings import Settings
from instruments.card_shelf import MOUNTED, read_shelf
from screening.library import Library

_VIEWS = (help_pages, evidence)  # importing them is what puts their routes on the blueprint of pages
API_PATHS = ("/api/", "/health", "/ready", "/metrics")


class Application(Flask):
    """Flask, except that its log never holds what somebody sent."""

    def log_exception(self, exc_info: Any) -> None:
        """Log where an unforeseen error arose; its own text may repeat a value, so that is left out."""
        kind, _, trace = exc_info
        places = "\n".join(places_of(trace))
        self.logger.error("Unforeseen %s in %s %s\n%s", kind.__name__, request.method, route_of_request(), places)


def create_app(
    settings: Settings, records: RecordSettings | None = None, *, now: Callable[[], datetime] = local_now
) -> Flask:
    """Put the application together.

    Parameters
    ----------
    records : RecordSettings or None
        Where records are kept. None for a service that answers and keeps nothing: it has no cases and no accounts.
    now : callable
        The clock; its day is the one for which an intake without a reference date is judged.

    Raises
    ------
    InputError, AlteredDefinitionError
        If a definition cannot be read, or is not the one that was published. The service then does not start.
    OtherSchemaError
        If the tables are not those of this version.
    """
    app = Application(__name__)
    # Answers keep the order in which they are documented.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=settings.largest_request,
        MAX_FORM_MEMORY_SIZE=settings.largest_request,
        PROPAGATE_EXCEPTIONS=False,
        API_TITLE="Underlag",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION, "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}}
        },
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    shelf = read_shelf(settings.definitions / MOUNTED if settings.definitions is not None else None)
    signing_key = records.signing_key if records is not None else None
    service = Service(
        Library(settings.definitions), lambda: now().date(), Governance(settings.definitions), shelf, signing_key
    )
    app.extensions[EXTENSION] = service
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    name_requests(app)
    measure(app)
    Bootstrap5(app)
    set_headers(app, hosts=settings.hosts, force_https=settings.force_https)
    api = RestApi(app, answer_error)
    app.register_error_handler(Problem, answer_problem)
    app.before_request(refuse_other_media)
    for routes in (evaluations, instruments, cards, guidance, governance_data, health):
        api.register_blueprint(routes.blueprint)
    describe_inputs(api, service.library, service.today())
    set_up_pages(app)
    for pages in (documentation, demo, governance, manual, problem_pages):
        app.register_blueprint(pages.blueprint)
    if records is not None:
        add_record_routes(api)
        api.register_blueprint(trends.blueprint)
        api.register_blueprint(research.blueprint)
        app.register_blueprint(trends_page.blueprint)
        app.register_blueprint(what_if_page.blueprint)
        for pages_of_records in (work, documents.blueprint, training.blueprint):
            app.register_blueprint(pages_of_records)
        policies = Policies(settings.definitions)
        keep_records(app, records, policies, answer=answer_problem, is_for_programs=is_for_programs, now=now)
    return app


def is_for_programs() -> bool:
    """Whether the path of the request is answered in JSON."""
    return request.path.startswith(API_PATHS) and not request.path.startswith("/api/docs")


def refuse_other_media() -> None:
    """Refuse a program that takes no JSON where there is nothing else."""
    if is_for_programs():
        require_json_is_acceptable()


def answer_error(error: HTTPException) -> Response:
    """Answer an HTTP error: a problem to a program, a page to a reader."""
    return answer_problem(problem_of(error))


def answer_problem(problem: Problem) -> Response:
    """Answer a problem in the form that fits the path."""
    return respond(problem, the_service().catalogue) if is_for_programs() else problem_page(problem)
