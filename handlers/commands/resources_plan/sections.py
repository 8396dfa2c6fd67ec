"""What is shown of the demand and the seats: charts, scenarios, assumptions."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.analysis import queueing, staffing
from handlers.commands.resources_plan.figures import hour_name, percent
from handlers.commands.resources_plan.work import Load, Plan
from handlers.core import cells
from messages.document import Block, Chart, Context, Fact, Facts, Heading, Series, Table, Value, spans
from messages.prose import duration, quantity

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
ASSUMED = (
    "Erlang C assumes Poisson arrivals, exponential handling times, one queue without priorities and nobody who gives "
    "up. Seats are for each hour of the week, so peaks are not averaged away. In small teams one sick person is a "
    "large share."
)


def week_map(title: str, values: Sequence[float | None]) -> Chart:
    """Seven days by 24 hours from 168 values."""
    series = tuple(Series(name=day, values=tuple(values[n * 24 : n * 24 + 24])) for n, day in enumerate(DAYS))
    return Chart(shape="heatmap", title=title, labels=HOURS, series=series, x_label="hour (local)")


def staffing_blocks(plan: Plan, patience: float | None) -> list[Block]:
    """Demand, seats, people, sensitivity."""
    load = plan.load
    if load is None:
        return [Heading(text="Staffing"), *assumptions(plan)]
    shown = [
        "demand.cases", "demand.per_hour.mean", "demand.per_hour.peak", "demand.burstiness", "demand.handling",
        "erlang.load", "erlang.seats", "erlang.square_root", "erlang.wait", "erlang.speed", "staffing.rostered",
        "staffing.fte_per_seat", "staffing.fte.all_hours", "staffing.fte.required",
    ]  # fmt: skip
    shown += ["staffing.fte.available", "staffing.fte.shortfall"] if plan.roster else []
    shown += ["roster.service_level"] if plan.service is not None else []
    shown += ["staffing.cost"] if plan.roster and plan.policy.cost_per_fte is not None else []
    blocks: list[Block] = [
        Heading(text="Staffing"),
        facts(shown, LABELS),
        week_map("Arrivals an hour", tuple(round(rate, 3) for rate in load.came.per_hour)),
        week_map("Seats required", tuple(float(seat) for seat in load.seats.required)),
        *_at_minimum(load, plan),
        _scenarios(load, plan),
        *([_ways(plan)] if plan.way is not None else []),
    ]
    if patience is not None:
        blocks.append(_ageing(load, patience))
    if load.came.bursty:
        text = "Arrivals come in bursts: the margin over the load is widened; a simulation of them would be more exact."
        blocks.append(Context(text=spans(text)))
    return [*blocks, *assumptions(plan)]


def _at_minimum(load: Load, plan: Plan) -> list[Block]:
    """Says so when the minimum on shift, not the work, sets the seats."""
    least = plan.policy.min_on_shift
    hours = sum(seats <= least for seats in load.seats.required)
    if not hours:
        return []
    text = f"{hours} of {len(load.seats.required)} hours of the week stand at the minimum on shift of {least}: there, "
    return [Context(text=spans(f"{text}fewer cases would need no fewer people."))]


LABELS = {
    "demand.cases": "Cases needing people", "demand.per_hour.mean": "Arrivals, mean hour",
    "demand.per_hour.peak": "Arrivals, busiest hour", "demand.burstiness": "Burstiness (variance / mean)",
    "demand.handling": "Hands-on time of a case", "erlang.load": "Load, busiest hour (Erlangs)",
    "erlang.seats": "Seats, busiest hour", "erlang.square_root": "Square-root rule (A + √A)",
    "erlang.wait": "Chance of waiting", "erlang.speed": "Average wait", "staffing.rostered": "To roster, busiest hour",
    "staffing.fte_per_seat": "One seat 24×7", "staffing.fte.all_hours": "Busiest hour's seats all week",
    "staffing.fte.required": "People required", "staffing.fte.available": "People available",
    "staffing.fte.shortfall": "People short", "staffing.cost": "Cost a year by hiring",
    "roster.service_level": "Answered in time with this roster",
    "shift.coverage": "Hours covered", "shift.gap_hours": "Hours short", "shift.lone_hours": "Hours alone",
    "shift.empty_hours": "Hours with nobody", "shift.violations": "Rest and hours to check",
    "shift.handover.median": "Handover overlap, median", "shift.handover.none": "Shift ends without a handover",
}  # fmt: skip


def facts(ids: Sequence[str], labels: dict[str, str]) -> Facts:
    """Figures under short names."""
    return Facts(facts=tuple(Fact(label=labels[i], text=spans(Value(figure=i))) for i in ids))


def _scenarios(load: Load, plan: Plan) -> Table:
    """What one sick person, more arrivals or harder cases do to the busiest hour."""
    seats = load.seats.required[load.busiest]
    found = staffing.scenarios(load.came.per_hour[load.busiest], load.handling.minutes, seats, plan.policy)
    rows = (
        cells.row(
            one.name, str(one.answer.seats), f"{one.answer.load:.2f}", quantity(one.answer.service_level, "share"),
            quantity(one.answer.occupancy, "share"),
            duration(one.answer.speed * 60) if one.answer.stable else "never empties",
        )
        for one in found
    )  # fmt: skip
    labels = ("Case", ">Seats", ">Erlangs", ">In time", ">Occupancy", ">Average wait")
    return cells.table(f"If it comes otherwise, {hour_name(load.busiest)}", labels, rows)


def _ways(plan: Plan) -> Table:
    """The ways out side by side; the verdict's rule picks one."""
    way = plan.way
    assert way is not None  # noqa: S101 - the caller looked
    chosen = {way.move: "by the rule"}
    rows = (
        cells.row("Keep", "nothing is short this week or in the year", chosen.get("keep")),
        cells.row(
            "Move shifts", f"{way.spare:,} seat-hours to spare against {way.short:,} short", chosen.get("move shifts")
        ),
        (
            spans("Outsource nights"),
            spans("then required: ", Value(figure="staffing.fte.days")),
            spans(chosen.get("outsource nights", cells.NONE)),
        ),
        (
            spans("Hire"),
            spans(Value(figure="staffing.fte.shortfall"), " to close the year; 20 % fewer or more arrivals: ",
                  Value(figure="staffing.fte.low"), " or ", Value(figure="staffing.fte.high"), " required"),
            spans(chosen.get("hire", cells.NONE)),
        ),
    )  # fmt: skip
    return cells.table("Ways out", ("Way", "What it means", "Chosen"), rows)


def _ageing(load: Load, patience: float) -> Table:
    """Erlang A: waiting work that ages out after `patience` hours on average."""
    rate, most = load.came.per_hour[load.busiest], load.seats.required[load.busiest]
    told = [
        queueing.erlang_a(rate, load.handling.minutes, seats, 1 / patience)
        for seats in range(most, max(most - 3, 0), -1)
        if rate > 0
    ]
    rows = (cells.row(str(a.seats), quantity(a.wait, "share"), quantity(a.abandon, "share")) for a in told)
    caption = f"Erlang A: waiting work ages out after {patience:g} h on average, {hour_name(load.busiest)}"
    return cells.table(caption, (">Seats", ">Chance of waiting", ">Aged out"), rows)


def assumptions(plan: Plan) -> list[Block]:
    """Every assumption with its value."""
    p = plan.policy
    pairs = [
        ("Service target", f"{percent(p.service_target)} within {p.service_minutes:g} min"),
        ("Occupancy at most", percent(p.max_occupancy)),
        ("On shift at least", f"{p.min_on_shift}"),
        ("Shrinkage", percent(p.shrinkage)),
        ("Hands-on time without a type", f"{p.default_handling_minutes:g} min"),
        ("Work besides cases", f"{p.project_hours_per_week:g} h a week (hunts, tuning, training)"),
        (
            "Hours of a year",
            f"{p.contract_hours_per_year:g} − leave {p.leave_hours:g} − holidays {p.holiday_hours:g} − sickness "
            f"{p.sick_hours:g} − training {p.training_hours:g}",
        ),
        (
            "Limits",
            f"rest {p.min_rest_hours:g} h, shift {p.max_shift_hours:g} h, week {p.max_week_hours:g} h",
        ),
        ("Cost of a person a year", "not given" if p.cost_per_fte is None else f"{p.cost_per_fte:,.0f} {p.currency}"),
    ]
    if plan.load is not None:
        weeks = plan.load.weeks
        pairs.append(("Arrivals", f"{weeks:g} complete weeks, by hour of the week in {plan.times.zone}"))
    return [
        Heading(text="Assumptions"),
        Facts(facts=tuple(Fact(label=label, text=spans(text)) for label, text in pairs)),
        Context(text=spans(ASSUMED)),
    ]
