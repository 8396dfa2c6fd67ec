"""What each MTTx means here: the interval, who is counted, and the footnote printed beside every figure.

Acronyms mean different intervals in different products, so a figure never travels without its definition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Clock = Literal["elapsed", "business"]
Censoring = Literal["kaplan-meier", "reached only"]
Cohort = Literal["opened", "closed"]
Preset = Literal["org", "google"]

POINTS: dict[str, str] = {
    "first_activity_at": "first activity",
    "detected_at": "first detection",
    "created_at": "case created",
    "acknowledged_at": "first human owner",
    "identified_at": "declared an incident",
    "contained_at": "contained",
    "first_closed_at": "first close",
    "closed_at": "last close",
    "first_event_at": "earliest history event",
    "first_assigned_at": "first assignee change",
    "last_close_event_at": "latest close event",
}
"""Words of each time point; the keys are ledger columns, the last three those of `durations.with_history_points`."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One duration metric. `from_point` and `to_point` are columns named in `POINTS`.

    `population` is `all` (real cases, merged ones and maintenance left out) or `incidents` (those that became one).
    `censoring`: with `kaplan-meier` an open case counts as "at least this long"; with `reached only` it is left out.
    `cohort`: `opened` takes cases whose first point lies in the window, `closed` those whose second point does.
    """

    id: str
    name: str
    from_point: str
    to_point: str
    clock: Clock = "elapsed"
    population: Literal["all", "incidents"] = "all"
    statistics: tuple[str, ...] = ("n", "open", "median", "p90", "mean", "km_median", "excluded")
    censoring: Censoring = "kaplan-meier"
    cohort: Cohort = "opened"
    preset: Preset = "org"

    @property
    def acronym(self) -> str:
        return self.id.upper() if self.id.startswith("mt") else self.id.capitalize()


ORG: dict[str, MetricDefinition] = {
    d.id: d
    for d in (
        MetricDefinition("mttd", "Time to detect", "first_activity_at", "detected_at"),
        MetricDefinition("mtta", "Time to acknowledge", "created_at", "acknowledged_at"),
        MetricDefinition("mtti", "Time to identify", "created_at", "identified_at", population="incidents"),
        MetricDefinition("mttc", "Time to contain", "created_at", "contained_at", population="incidents"),
        MetricDefinition("mttr", "Time to resolve", "created_at", "closed_at"),
        MetricDefinition("dwell", "Dwell time", "first_activity_at", "detected_at", population="incidents"),
    )
}
"""The default preset: intervals a SOC manager would defend, still-open cases included by Kaplan–Meier."""


def _google(metric: str, from_point: str, to_point: str) -> MetricDefinition:
    return replace(
        ORG[metric],
        from_point=from_point,
        to_point=to_point,
        population="all",
        statistics=("n", "mean", "excluded"),
        censoring="reached only",
        cohort="closed",
        preset="google",
    )


GOOGLE: dict[str, MetricDefinition] = {
    d.id: d
    for d in (
        _google("mttd", "detected_at", "created_at"),
        _google("mtta", "first_event_at", "first_assigned_at"),
        _google("mttc", "first_event_at", "last_close_event_at"),
        _google("mttr", "first_event_at", "last_close_event_at"),
    )
}
"""Google SecOps dashboard templates (its documentation): the average over cases that have both events.

Its "MTTR" template names the variable MTTC, hence the same interval twice; it has no MTTI and no dwell time.
"""


def definition(metric: str, preset: Preset = "org") -> MetricDefinition:
    """The definition of a metric id; where Google has no template the organisation's is given (see its `preset`).

    Raises KeyError for a metric that is not defined.
    """
    if preset == "google" and metric in GOOGLE:
        return GOOGLE[metric]
    return ORG[metric]


def footnote(d: MetricDefinition, n: int, still_open: int) -> str:
    """The sentence printed beside a figure: interval, clock, counting rule, n and how many of them are open."""
    counted = "closed+open (Kaplan–Meier)" if d.censoring == "kaplan-meier" else "only cases with both events"
    who = ", incidents only" if d.population == "incidents" else ""
    preset = ", Google SecOps definition" if d.preset == "google" else ""
    interval = f"{POINTS[d.from_point]}→{POINTS[d.to_point]}"
    return f"{d.acronym} = {interval}, {d.clock} hours, {counted}{who}{preset}, n={n}, {still_open} open"
