"""Hire, move shifts, outsource nights or keep: the words and the colour, each by a written rule."""

from __future__ import annotations

from handlers.analysis.staffing import NIGHT_SHARE, NIGHTS_WORTH, ONE_ERLANG, Way
from handlers.commands.resources_plan.figures import percent
from handlers.commands.resources_plan.work import Inputs, Plan
from messages.document import Span, Status, Text, Value, Verdict, spans

SHORT_RED = 0.10
RULE = (
    "red: an hour of the planned week with nobody on shift, or people short by more than "
    f"{percent(SHORT_RED)} of what is required; amber: people short, an hour short or alone, a rest or hours limit "
    "passed, a shift end without a handover, a skill-hour uncovered; unknown: an input of this rule is missing; "
    "otherwise green. Way out: nothing short — keep; people enough for the year — move shifts; at least "
    f"{percent(NIGHT_SHARE)} of the missing seat-hours from 22 to 6 while no night hour holds {ONE_ERLANG:g} Erlang of "
    f"work, and people short by at least {percent(NIGHTS_WORTH)} of what nights take — outsource nights; otherwise "
    "hire the difference, rounded up"
)


def verdict(inputs: Inputs, plan: Plan) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(plan), status=_status(inputs, plan), rule=RULE)


def _text(plan: Plan) -> Text:
    if plan.way is None:
        lacking = "the arrivals" if plan.load is None else "the roster or the shifts"
        return spans(f"No staffing verdict: {lacking} could not be read. What could be computed is below.")
    parts: list[str | Span] = []
    match plan.way.move:
        case "keep":
            parts = ["Keep the plan: every hour of the planned week is covered and people suffice for the year"]
        case "move shifts":
            parts = ["Move shifts: people suffice for the year, but ", Value(figure="shift.gap_hours"),
                     " of the planned week are short"]  # fmt: skip
        case "outsource nights":
            parts = ["Outsource nights or accept the risk: ", Value(figure="shift.gap_hours"), " are short, ",
                     f"{percent(plan.way.night_share or 0)} of the missing seat-hours at night, where the minimum on "
                     "shift and not the work sets the seats"]  # fmt: skip
        case "hire":
            parts = [f"Hire {plan.way.people}: ", Value(figure="staffing.fte.shortfall"), " short for the year"]
            parts += _moving(plan.way)
    parts += ["; required ", Value(figure="staffing.fte.required"), ", available ",
              Value(figure="staffing.fte.available"), "."]  # fmt: skip
    if plan.roster is not None and plan.roster.week.company.empty:
        parts += [" Of the planned week ", Value(figure="shift.empty_hours"), " have nobody on shift."]
    if plan.load is not None and not plan.load.came.total:
        parts.append(" No case came in the weeks looked at: the seats are the minimum on shift alone.")
    return spans(*parts)


def _moving(way: Way) -> list[str | Span]:
    """What hiring leaves to do in the planned week."""
    if not way.short:
        return []
    spare = (
        f"{way.spare:,} seat-hours stand elsewhere to spare: move shifts too"
        if way.spare >= way.short
        else (f"only {way.spare:,} seat-hours stand elsewhere to spare")
    )
    return [", and ", Value(figure="shift.gap_hours"), f" of the planned week are short ({way.short:,} seat-hours, "
            f"{percent(way.night_share or 0)} at night; {spare})"]  # fmt: skip


def _status(inputs: Inputs, plan: Plan) -> Status:
    ahead, needed = plan.roster, plan.needed_fte
    short = max(needed - ahead.available_fte, 0) / needed if ahead and needed else None
    if (ahead is not None and ahead.week.company.empty) or (short is not None and short > SHORT_RED):
        return "red"
    if ahead is None or short is None or plan.skills is None or not inputs.policy.ok or not inputs.absences.ok:
        return "unknown"
    handover = any(h.minutes is None for h in ahead.handovers)
    uncovered = any(c.uncovered for c in plan.skills)
    week = ahead.week
    if short or week.seats.gaps or week.company.lone or ahead.violations or handover or uncovered:
        return "amber"
    return "unknown" if any(got.source.truncated for got in inputs.all) else "green"
