"""The same counting once more, with pandas over the raw records: an account that shares nothing with ours."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.schema import Case, Entry, Monitoring
from tests.api.trends.histories import DEFINITIONS, LATTICE

STOCKHOLM = ZoneInfo("Europe/Stockholm")
STAGES = ["intake", "assessed", "screened", "reviewed", "started"]
#: "Minst var fjärde vecka".
DAYS_BETWEEN_MEETINGS = 28
#: Of the limit `motivation_days` in both guidances of `histories`.
DAYS_OF_MOTIVATION = 30
SECOND_PERSON = ("review_countersigned", "review_rejected")
#: After one of these a screening no longer ends by itself.
OVERTAKING = (
    "screening", "fact", "guardians", "consent", "consent_withdrawn", "assessment", "participation_started",
    "case_closed",
)  # fmt: skip


def raw_frame(session: Session) -> pd.DataFrame:
    """Every entry with its case, and the Swedish day on which it was recorded."""
    chosen = (
        select(Entry.case_id, Entry.number, Entry.id, Entry.kind, Entry.content, Entry.made_at, Entry.subject_id)
        .add_columns(Case.unit_id.label("unit"), Case.birth_date, Monitoring.registered_sex.label("sex"))
        .join(Case, Case.id == Entry.case_id)
        .outerjoin(Monitoring, Monitoring.case_id == Case.id)
    )
    frame = pd.DataFrame(session.execute(chosen).mappings().all()).sort_values(["case_id", "number"])
    frame["on"] = [moment.astimezone(STOCKHOLM).date() for moment in frame["made_at"]]
    frame["sex"] = frame["sex"].fillna("unknown")
    is_intake = frame["kind"] == "intake"
    for name in ("reporter", "received_on"):
        told = pd.Series([content.get(name) for content in frame["content"]], index=frame.index).where(is_intake)
        frame[name] = told.groupby(frame["case_id"]).ffill()
    frame["reporter"] = frame["reporter"].fillna("unknown")
    return frame.reset_index(drop=True)


def part(frame: pd.DataFrame, *names: str) -> list[Any]:
    contents = list(frame["content"])
    for name in names:
        contents = [content[name] for content in contents]
    return contents


def band(dimension: str, numbers: list[Any]) -> list[str]:
    return [LATTICE.dimension(dimension).band_of(None if pd.isna(number) else int(number)) for number in numbers]


def days(since: Any, until: Any) -> list[Any]:
    return (pd.to_datetime(pd.Series(list(until))) - pd.to_datetime(pd.Series(list(since)))).dt.days.tolist()


def with_age(frame: pd.DataFrame) -> pd.DataFrame:
    ages = [
        None if pd.isna(born) else day.year - born.year - (f"{day:%m%d}" < f"{born:%m%d}")
        for born, day in zip(frame["birth_date"], frame["on"], strict=True)
    ]
    return frame.assign(age_band=band("age_band", ages))


def screened(frame: pd.DataFrame) -> pd.DataFrame:
    chosen = frame[frame["kind"] == "screening"].reset_index(drop=True)
    chosen["outcome"] = part(chosen, "outcome")
    chosen["guidance"] = [DEFINITIONS[name] for name in part(chosen, "guidance")]
    chosen["waited"] = band("waited", days(chosen["received_on"], chosen["on"]))
    statuses = pd.DataFrame(part(chosen, "covered", "statuses"))
    at_risk, leaves = statuses["at_risk"], statuses["wants_to_leave"]
    chosen["track"] = "unclear"
    chosen.loc[(at_risk == "not_met") & (leaves == "not_met"), "track"] = "neither"
    chosen.loc[leaves == "met", "track"] = "wants_to_leave"
    chosen.loc[at_risk == "met", "track"] = "at_risk"
    chosen.loc[(at_risk == "met") & (leaves == "met"), "track"] = "both"
    used = [[each for each in given if "_spj@" in each] for given in part(chosen, "covered", "definitions")]
    chosen["instrument"] = [each[0] if each else None for each in used]
    for name in ("gang_ties", "offence_count", "age"):
        facts = [given[name] for given in part(chosen, "covered", "inputs", "facts")]
        chosen[f"fact.{name}"] = [each.get("blank", "known") for each in facts]
    return chosen


def decided(frame: pd.DataFrame) -> pd.DataFrame:
    reviews = frame[frame["kind"] == "review"].set_index("id")
    reviews["needs"] = part(reviews, "needs_second_person")
    alone = reviews[~reviews["needs"]].assign(effect=lambda each: each["on"])
    second = frame[frame["kind"] == "review_countersigned"]
    confirmed = reviews.loc[second["subject_id"]].assign(
        effect=second["on"].to_list(), number=second["number"].to_list(), reporter=second["reporter"].to_list()
    )
    together = pd.concat([alone, confirmed]).sort_values(["case_id", "number"])
    of = screened(frame).set_index("id").loc[together["subject_id"]]
    together["outcome"], together["guidance"] = of["outcome"].to_list(), of["guidance"].to_list()
    together["track"] = of["track"].to_list()
    stated = [content.get("applies") or "not_stated" for content in together["content"]]
    agreed = [content["verdict"] == "agree" for content in together["content"]]
    together["applies"] = [
        computed if is_agreed else other
        for computed, is_agreed, other in zip(together["outcome"], agreed, stated, strict=True)
    ]
    together["waited"] = band("waited", days(of["on"], together["effect"]))
    together["verdict"], together["deviation"] = part(together, "verdict"), part(together, "deviation")
    return together.assign(on=together["effect"]).reset_index(drop=True)


def met(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for _, case in frame.groupby("case_id", sort=False):
        last = None
        for _, entry in case[case["kind"].isin(["participation_started", "network_meeting"])].iterrows():
            day = pd.Timestamp(entry["content"].get("held_on") or entry["content"]["started_on"])
            if entry["kind"] == "participation_started":
                last = day
                continue
            kept = last is None or (day - last).days <= DAYS_BETWEEN_MEETINGS
            rows.append({**entry, "kept": "yes" if kept else "no"})
            last = day if last is None else max(day, last)
    return pd.DataFrame(rows, columns=[*frame.columns, "kept"])


def flowed(frame: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    first = frame[frame["kind"] == "intake"].groupby("case_id").head(1)
    until = {row["case_id"]: row["on"] + timedelta(days=180) for _, row in first.iterrows()}
    reached = {
        "assessed": frame[frame["kind"] == "assessment"],
        "screened": frame[frame["kind"] == "screening"],
        "reviewed": reviews,
        "started": frame[frame["kind"] == "participation_started"],
    }
    stage = dict.fromkeys(until, "intake")
    for name in STAGES[1:]:
        for case, day in zip(reached[name]["case_id"], reached[name]["on"], strict=True):
            if case in until and day <= until[case]:
                stage[case] = name
    last = frame[frame["case_id"].isin(until)].groupby("case_id").tail(1)
    return last.assign(on=[until[case] for case in last["case_id"]], stage=[stage[case] for case in last["case_id"]])


def runs_out(screening: Any) -> tuple[date, str] | None:
    """When a screening of `histories` ends by itself and by what; the earliest of what time ends in it."""
    submission = screening["content"]["submission"]
    ends = [
        (date.fromisoformat(consent["valid_to"]) + timedelta(days=1), "consent") for consent in submission["consents"]
    ]
    facts = submission["facts"]
    if "motivation_to_leave" in facts:
        observed = date.fromisoformat(facts["motivation_to_leave"]["observed_on"])
        ends.append((observed + timedelta(days=DAYS_OF_MOTIVATION + 1), "stale"))
    if "birth_date" in facts:
        born = date.fromisoformat(facts["birth_date"])
        ends.append((born.replace(year=born.year + 18), "age"))
    if "age" in facts:  # the last to be a year older has the birthday on which the age was recorded
        observed = date.fromisoformat(facts["age"]["observed_on"])
        ends.append((observed.replace(year=observed.year + 1), "age"))
    ends = [(day, by) for day, by in ends if day > date.fromisoformat(submission["reference_date"])]
    if not ends:
        return None
    first = min(day for day, _ in ends)
    if first <= screening["on"]:
        return None
    names = {by for day, by in ends if day == first}
    return first, names.pop() if len(names) == 1 else "several"


def ran_out(frame: pd.DataFrame) -> pd.DataFrame:
    """What time ended before anybody added to it, tested again, replaced it or closed the case."""
    rows = []
    for _, case in frame.groupby("case_id", sort=False):
        entries = case.to_dict("records")
        for place, screening in enumerate(entries):
            end = runs_out(screening) if screening["kind"] == "screening" else None
            if end is None:
                continue
            later = entries[place + 1 :]
            reached = next((number for number, each in enumerate(later) if each["on"] >= end[0]), len(later))
            before = later[:reached]
            if any(each["kind"] in OVERTAKING for each in before) or is_replaced(screening["id"], before):
                continue
            last = before[-1] if before else screening
            rows.append({**last, "on": end[0], "ran_out_by": end[1], "outcome": screening["content"]["outcome"]})
    return pd.DataFrame(rows, columns=[*frame.columns, "ran_out_by", "outcome"])


def is_replaced(screening: str, entries: list[Any]) -> bool:
    """Whether the last review of a screening deviates, and is in force."""
    reviews = [each for each in entries if each["kind"] == "review" and each["subject_id"] == screening]
    if not reviews or reviews[-1]["content"]["verdict"] == "agree":
        return False
    content, name = reviews[-1]["content"], reviews[-1]["id"]
    answers = [each["kind"] for each in entries if each["kind"] in SECOND_PERSON and each["subject_id"] == name]
    waits = content["needs_second_person"] and content.get("applies") is not None
    return answers[:1] == ["review_countersigned"] if waits else True


def true_events(session: Session) -> dict[str, pd.DataFrame]:
    """For each measure, one row for each case and month with every dimension."""
    frame = raw_frame(session)

    def of_kind(*kinds: str) -> pd.DataFrame:
        return frame[frame["kind"].isin(kinds)].reset_index(drop=True)

    starts, endings, after = (
        of_kind(kind) for kind in ("participation_started", "participation_ended", "outcome_after_ending")
    )
    consents = of_kind("consent", "consent_withdrawn")
    consents["answer"] = [content.get("status", "withdrawn") for content in consents["content"]]
    reviews = decided(frame)
    events = {
        "intakes": of_kind("intake"),
        "recommendations": screened(frame),
        "decisions": reviews,
        "consents": consents,
        "starts": starts.assign(waited=band("waited", days(starts["received_on"], starts["on"]))),
        "endings": endings.assign(ending=part(endings, "reason")),
        "outcomes": after.assign(new_reports=part(after, "new_reports")),
        "meetings": met(frame),
        "flow": flowed(frame, reviews),
        "run_out": ran_out(frame),
    }
    last_of_month = {}
    for name, rows in events.items():
        rows = with_age(rows)
        rows["month"] = [day.year * 12 + day.month - 1 for day in rows["on"]]
        last_of_month[name] = rows.groupby(["case_id", "month"], sort=False).tail(1)
    return last_of_month
