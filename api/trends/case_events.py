"""One case's journal folded into what the lattice counts: one row for each measure and month."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from api.cases.event_kinds import CaseClosed
from api.cases.follow_up_limits import meeting_due_after
from api.cases.participation_kinds import ParticipationStarted
from api.cases.reviews.applicable_result import NOT_STATED, ResultFolder
from api.cases.screenings.best_before import RESTED_ON
from api.trends.run_outs import RunOut, RunOutOf
from screening.fact_reading import completed_years
from screening.trends.lattice import Lattice, month_of

#: The criteria of a guidance, by its ``id@version``.
CriteriaOf = Callable[[str], tuple[str, ...]]
Row = dict[str, Any]
#: A measure, a month, and what is counted there of a case.
CountedRow = tuple[str, int, Row]
#: What was screened has no end of its own any more once one of these is recorded.
_OVERTAKING = (*RESTED_ON, ParticipationStarted.KIND, CaseClosed.KIND)
_STAGES = {"assessment": "assessed", "screening": "screened", "participation_started": "started"}


@dataclass(frozen=True)
class Recorded:
    """An entry as far as it is counted.

    Parameters
    ----------
    on : date
        The day on which it was recorded, by the calendar of the service.
    content : Mapping
        The parts of its content that are counted.
    """

    id: str
    kind: str
    on: date
    subject_id: str | None
    content: Mapping[str, Any]


@dataclass(frozen=True)
class About:
    """What is counted of a case beside its journal. Sex is for following up equal treatment only."""

    unit: str
    birth_date: date | None
    sex: str


@dataclass
class _State:
    reporter: str = "unknown"
    received_on: date | None = None
    first_on: date | None = None
    met_on: date | None = None
    screened: dict[str, tuple[date, Row]] = field(default_factory=dict)
    results: ResultFolder[Any] = field(default_factory=ResultFolder)
    reached: list[tuple[date, str]] = field(default_factory=list)
    #: The key of the latest screening and when it runs out; None where it does not, or is overtaken.
    standing: tuple[str, RunOut] | None = None


class CaseEventCounter:
    """Folds journals by one lattice.

    Parameters
    ----------
    criteria_of : callable
        The criteria of a guidance; nothing for one whose definition is gone.
    run_out_of : callable
        When a screening runs out.
    instruments : collection of str
        The ids of every instrument.
    """

    def __init__(
        self, lattice: Lattice, criteria_of: CriteriaOf, run_out_of: RunOutOf, instruments: Collection[str] = ()
    ) -> None:
        self._lattice = lattice
        self._criteria_of = criteria_of
        self._run_out_of = run_out_of
        self._instruments = instruments
        self._ages = lattice.dimension("age_band")
        self._waits = lattice.dimension("waited")
        self._stages = lattice.dimension("stage").ids()
        self._needed = {measure.id: set(measure.dimensions()) for measure in lattice.measures}
        self._follow_up = timedelta(days=lattice.limit("follow_up_days"))

    def fold(self, about: About, journal: Iterable[Recorded]) -> list[CountedRow]:
        """The rows of a case: for each measure and month one, and of several in a month the last.

        Parameters
        ----------
        journal : iterable of Recorded
            In the order in which they were recorded.
        """
        rows: dict[tuple[str, int], Row] = {}
        state = _State()
        for entry in journal:
            rows |= self._ran_out(about, state, entry.on)
            for measure, row in self._rows_of(entry, state):
                rows[measure, month_of(entry.on)] = self._complete(measure, row, about, state, entry.on)
        rows |= self._ran_out(about, state, date.max)
        if state.first_on is not None:
            until = state.first_on + self._follow_up
            reached = {"intake", *(stage for on, stage in state.reached if on <= until)}
            row = {"stage": max(reached, key=self._stages.index)}
            rows["flow", month_of(until)] = self._complete("flow", row, about, state, until)
        return [(measure, month, row) for (measure, month), row in rows.items()]

    def _complete(self, measure: str, row: Row, about: About, state: _State, on: date) -> Row:
        needed = self._needed[measure]
        known = {"unit": about.unit, "sex": about.sex, "reporter": state.reporter}
        if "age_band" in needed:
            years = completed_years(about.birth_date, on) if about.birth_date is not None else None
            known["age_band"] = self._ages.band_of(years)
        known |= row
        return {name: value for name, value in known.items() if name in needed or "." in name}

    def _ran_out(self, about: About, state: _State, until: date) -> dict[tuple[str, int], Row]:
        """The row of the latest screening, if it ran out by a day."""
        if state.standing is None or state.standing[1].on > until:
            return {}
        name, run_out = state.standing
        state.standing = None
        if state.results.by_screening[name].result.is_replaced:
            return {}
        row = {"outcome": state.screened[name][1]["outcome"], "ran_out_by": run_out.by}
        return {("run_out", month_of(run_out.on)): self._complete("run_out", row, about, state, run_out.on)}

    def _standing(self, entry: Recorded) -> tuple[str, RunOut] | None:
        """A screening that will run out if nothing is recorded; what had already when it was recorded was not left."""
        run_out = self._run_out_of(entry.content) if "run_out" in self._needed else None
        return None if run_out is None or run_out.on <= entry.on else (entry.id, run_out)

    def _waited(self, since: date | None, until: date) -> str:
        return self._waits.band_of(None if since is None else (until - since).days)

    def _rows_of(self, entry: Recorded, state: _State) -> Iterable[tuple[str, Row]]:
        content = entry.content
        if entry.kind in _STAGES:
            state.reached.append((entry.on, _STAGES[entry.kind]))
        if entry.kind in _OVERTAKING:
            state.standing = None
        match entry.kind:
            case "intake":
                state.reporter = content["reporter"]
                state.received_on = date.fromisoformat(content["received_on"])
                state.first_on = state.first_on or entry.on
                return [("intakes", {})]
            case "screening":
                state.results.add(entry)
                row = self._screened(content)
                state.screened[entry.id] = (entry.on, row)
                state.standing = self._standing(entry)
                return [("recommendations", {**row, "waited": self._waited(state.received_on, entry.on)})]
            case "review" | "review_countersigned" | "review_rejected":
                return self._reviewed(entry, state)
            case "consent":
                return [("consents", {"answer": content["status"]})]
            case "consent_withdrawn":
                return [("consents", {"answer": "withdrawn"})]
            case "participation_started":
                state.met_on = date.fromisoformat(content["started_on"])
                return [("starts", {"waited": self._waited(state.received_on, entry.on)})]
            case "network_meeting":
                held = date.fromisoformat(content["held_on"])
                is_kept = state.met_on is None or held <= meeting_due_after(state.met_on)
                state.met_on = max(held, state.met_on or held)
                return [("meetings", {"kept": "yes" if is_kept else "no"})]
            case "participation_ended":
                return [("endings", {"ending": content["reason"]})]
            case "outcome_after_ending":
                return [("outcomes", {"new_reports": content["new_reports"]})]
            case _:
                return []

    def _reviewed(self, entry: Recorded, state: _State) -> Iterable[tuple[str, Row]]:
        """A review that takes effect: one that needs nobody else, or that its second person confirms."""
        reviewed = state.results.add(entry)
        if reviewed is None or reviewed.review is None:
            return []
        review: Mapping[str, Any] = reviewed.review.content
        if entry.kind == "review_rejected" or (entry.kind == "review" and review["needs_second_person"]):
            return []
        state.reached.append((entry.on, "reviewed"))
        screened_on, screening = state.screened[reviewed.screening.id]
        row = {
            **{name: screening[name] for name in ("guidance", "outcome", "track")},
            "applies": reviewed.result.applies or NOT_STATED,
            "verdict": review["verdict"],
            "deviation": review["deviation"],
            "waited": self._waited(screened_on, entry.on),
        }
        return [("decisions", row)]

    def _screened(self, content: Mapping[str, Any]) -> Row:
        definitions, statuses, inputs = (content["covered"][name] for name in ("definitions", "statuses", "inputs"))
        guidance = reference_of(content["guidance"], definitions)
        row: Row = {"outcome": content["outcome"], "guidance": guidance, "track": track_of(statuses)}
        row["instrument"] = next((each for each in definitions if each.partition("@")[0] in self._instruments), None)
        for name in self._criteria_of(guidance):
            row[f"criterion.{name}"] = statuses.get(name)
        for name, given in inputs["facts"].items():
            row[f"fact.{name}"] = given.get("blank") or "known"
        return row


def reference_of(guidance: str, definitions: Iterable[str]) -> str:
    """``id@version`` of a guidance among the definitions that a screening rested on."""
    name = guidance.partition("@")[0]
    return next((each for each in definitions if each.partition("@")[0] == name), guidance)


def track_of(statuses: Mapping[str, str]) -> str:
    """On which ground somebody comes: at risk, or wants to leave."""
    at_risk, leaves = statuses.get("at_risk"), statuses.get("wants_to_leave")
    if at_risk == leaves == "met":
        return "both"
    if at_risk == "met":
        return "at_risk"
    if leaves == "met":
        return "wants_to_leave"
    return "neither" if at_risk == leaves == "not_met" else "unclear"
