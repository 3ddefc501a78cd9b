"""The application: settings, definitions, routes and headers put together in one place."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, request
from flask_bootstrap import Bootstrap5
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from api.access.operations import Operations
from api.access.session_cookies import Sessions
from api.administration import action_pages, people_pages, unit_pages
from api.audit import checkpoint_routes
from api.audit import pages as log_pages
from api.audit import routes as audit
from api.cases import journal_routes
from api.cases import routes as case_routes
from api.cases.all_pages import blueprint as work
from api.cases.consents import routes as consents
from api.cases.experience import handed_over_pages
from api.cases.experience import routes as experiences
from api.cases.facts import routes as facts
from api.cases.ratings import draft_routes, second_rating_routes
from api.cases.reviews import routes as reviews
from api.cases.screenings import routes as screenings
from api.context.context import EXTENSION, Context, current_context
from api.context.settings import RecordSettings
from api.definitions import card_routes as cards
from api.definitions import governance_pages as governance
from api.definitions import governance_routes as governance_data
from api.definitions import guidance_pages as guidances
from api.definitions import guidance_routes as guidance
from api.definitions import instrument_routes as instruments
from api.disclosure import pages as disclosure_pages
from api.disclosure import routes as disclosure
from api.documents import pages as documents
from api.documents import process_pages
from api.evaluation import design_page, help_pages
from api.evaluation import evidence_pages as evidence
from api.evaluation import pages as demo
from api.evaluation import routes as evaluations
from api.frame import problem_pages
from api.frame.municipality import name_municipality
from api.frame.oversight import blueprint as oversight
from api.frame.pages import problem_page, set_up_pages
from api.governance.documents import Governance
from api.manual import api_pages
from api.manual import pages as manual
from api.operation import health, metrics
from api.policies.policies import Policies
from api.research_export import pages as researcher
from api.research_export import routes as research
from api.retention import pages as retention_pages
from api.retention import routes as retention
from api.settings.clock import local_now
from api.settings.municipality import Municipality
from api.settings.service import Settings
from api.training import pages as training
from api.trends import pages as trends_page
from api.trends import routes as trends
from api.trends import what_if_pages as what_if_page
from api.web.documentation import DESCRIPTION, describe_inputs
from api.web.headers import set_headers
from api.web.logs import name_requests, places_of, route_of_request
from api.web.metrics import measure
from api.web.negotiation import require_json_is_acceptable
from api.web.problems import Problem, problem_of, respond
from api.web.smorest import RestApi
from api.wiring import keep_records
from instruments.card_shelf import MOUNTED, read_shelf
from screening.library import Library

#: Importing them is what puts their routes on the blueprints that they share.
_VIEWS = (action_pages, unit_pages, help_pages, design_page, evidence, log_pages, disclosure_pages, retention_pages)
#: What is open to all and concerns nobody: documented routes, and pages.
OPEN_ROUTES = (evaluations, instruments, cards, guidance, governance_data, health)
OPEN_PAGES = (api_pages, demo, governance, guidances, manual, problem_pages)
#: Documented routes of what is recorded of a case.
RECORD_ROUTES = (
    case_routes,
    journal_routes,
    facts,
    draft_routes,
    second_rating_routes,
    screenings,
    reviews,
    consents,
    experiences,
    disclosure,
    retention,
)
#: Documented routes of what rests on many cases, on the log or on the operation of the service.
OTHER_ROUTES = (trends, research, audit, checkpoint_routes, metrics)
#: Pages for whoever is logged in; those of accounts come with `api.accounts.wiring`.
PAGES = (trends_page, what_if_page, documents, training, people_pages, researcher, handed_over_pages, process_pages)
NO_MUNICIPALITY = Municipality()
API_PATHS = ("/api/", "/health", "/ready", "/metrics")


class Application(Flask):
    """Flask, except that its log never holds what somebody sent, and that it looks for no coroutines."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask would look at every request whether each of its functions is a coroutine."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Log where an unforeseen error arose; its own text may repeat a value, so that is left out."""
        kind, _, trace = exc_info
        places = "\n".join(places_of(trace))
        self.logger.error("Unforeseen %s in %s %s\n%s", kind.__name__, request.method, route_of_request(), places)


def create_app(
    settings: Settings,
    records: RecordSettings | None = None,
    *,
    municipality: Municipality = NO_MUNICIPALITY,
    now: Callable[[], datetime] = local_now,
) -> Flask:
    """Put the application together.

    Parameters
    ----------
    records : RecordSettings or None
        Where records are kept. None for a service that answers and keeps nothing: it has no cases and no accounts.
    municipality : Municipality
        Whose name and mark stand on pages, documents and letters.
    now : callable
        The clock; its day is the one for which an intake without a reference date is judged.

    Raises
    ------
    InputError, AlteredDefinitionError
        If a definition cannot be read, is not the one that was published, or a new guidance is not proved. The service
        then does not start.
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
    context = Context(Library(settings.definitions), now, Governance(settings.definitions), shelf)
    context.library.bind_new(context.today())
    app.extensions[EXTENSION] = context
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    name_requests(app)
    measure(app)
    Bootstrap5(app)
    set_headers(app, hosts=settings.hosts, force_https=settings.force_https)
    operations = Operations(app)
    api = RestApi(app, answer_error, operations)
    app.register_error_handler(Problem, answer_problem)
    app.before_request(refuse_other_media)
    for routes in OPEN_ROUTES:
        api.register_blueprint(routes.blueprint)
    api.document_later(partial(describe_inputs, api, context.library, context.today()))
    set_up_pages(app)
    name_municipality(app, municipality)
    for pages in OPEN_PAGES:
        app.register_blueprint(pages.blueprint)
    if records is not None:
        for routes in (*RECORD_ROUTES, *OTHER_ROUTES):
            api.register_blueprint(routes.blueprint)
        for blueprint in (work, oversight, *(pages.blueprint for pages in PAGES)):
            app.register_blueprint(blueprint)
        policies = Policies(settings.definitions)
        keep_records(app, records, policies, answer=answer_problem, is_api_request=is_api_request)
        api.document_later(operations.describe_callers)
    return app


def is_api_request() -> bool:
    """Whether the path of the request is answered in JSON."""
    return request.path.startswith(API_PATHS) and not request.path.startswith("/api/docs")


def refuse_other_media() -> None:
    """Refuse a program that takes no JSON where there is nothing else."""
    if is_api_request():
        require_json_is_acceptable()


def answer_error(error: HTTPException) -> Response:
    """Answer an HTTP error: a problem to a program, a page to a reader."""
    return answer_problem(problem_of(error))


def answer_problem(problem: Problem) -> Response:
    """Answer a problem in the form that fits the path."""
    return respond(problem, current_context().catalogue) if is_api_request() else problem_page(problem)
