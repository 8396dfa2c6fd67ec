"""The plan's figures, each with its definition."""

from __future__ import annotations

from math import ceil, isfinite
from statistics import median

from handlers.analysis import queueing, staffing
from handlers.commands.resources_plan.ahead import LABOUR_WEEKS, Roster, week_name
from handlers.commands.resources_plan.work import Load, Plan
from handlers.core.book import Book
from messages.prose import quantity

NO_LEAVE = "absences.yaml is missing: counted as if nobody were away"


def hour_name(index: int) -> str:
    """An hour of the week: "Mon 09:00"."""
    return f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[index // 24]} {index % 24:02}:00"


def percent(share: float) -> str:
    """0.8 → "80 %"."""
    return quantity(share, "share")


def add_all(work: Book, files: Book, plan: Plan, leave: bool) -> None:
    """`work` has the ledger among its sources, `files` the organisation's files alone; `leave`: absences are known."""
    if plan.load is not None:
        _demand(work, plan.load, plan)
        _erlang(work, plan.load, plan)
        _people(work, plan.load, plan)
    if plan.roster is not None:
        _shifts(work if plan.load is not None else files, plan.roster, plan, leave)
        _available(files, plan.roster, plan)
        if plan.service is not None:
            work.add(
                "roster.service_level", "Answered in time with this roster", plan.service, "share",
                f"Share of cases answered within {plan.policy.service_minutes:g} min by Erlang C with the fewest "
                f"people present in each hour of {week_name(plan.times.monday)}, weighted by arrivals; an hour with "
                "nobody answers none.", statistic="share", target=plan.policy.service_target, better="higher",
                note="" if leave else NO_LEAVE,
            )  # fmt: skip
    if plan.skills is not None:
        _skills(files, plan, leave)


def _demand(book: Book, load: Load, plan: Plan) -> None:
    weeks = load.weeks
    who = "real cases that were not closed automatically (tests, merged ones and maintenance left out)"
    book.add("demand.cases", "Cases needing people", load.came.total, "count",
             f"{who.capitalize()}, opened in {weeks:g} complete weeks.", previous=load.before)  # fmt: skip
    peak = max(load.came.per_hour)
    busiest = hour_name(load.came.per_hour.index(peak))
    book.add("demand.per_hour.mean", "Arrivals, mean hour", load.came.total / (load.came.weeks * 168), "per_hour",
             f"Mean arrivals an hour of {who}.", n=load.came.total, statistic="mean")  # fmt: skip
    book.add("demand.per_hour.peak", f"Arrivals, busiest hour ({busiest})", peak, "per_hour",
             f"Mean arrivals in the busiest of the 168 hours of the week, of {who}.", n=load.came.total,
             statistic="max")  # fmt: skip
    book.add(
        "demand.burstiness", "Variance over mean of hourly arrivals", load.came.burstiness, "ratio",
        "Variance of hourly counts around their own hour of the week's mean, over the mean: 1 for Poisson arrivals; "
        "above 1.5 the margin over the load is widened by its square root.", statistic="ratio",
        note="" if load.came.burstiness is not None else "needs arrivals and at least two weeks",
    )  # fmt: skip
    book.add(
        "demand.handling", "Hands-on time of a case", load.handling.minutes * 60, "seconds",
        "Mean hands-on time by type of case from the handling times (never the time a case is open); "
        f"{load.handling.matched:,} of {load.handling.cases:,} cases have a type of their own, "
        f"{load.handling.measured:,} a measured one, the others take {plan.policy.default_handling_minutes:g} min.",
        n=load.handling.cases, statistic="mean",
    )  # fmt: skip


def _erlang(book: Book, load: Load, plan: Plan) -> None:
    rate, minutes, policy = load.came.per_hour[load.busiest], load.handling.minutes, plan.policy
    seats = load.seats.required[load.busiest]
    told = queueing.erlang_c(queueing.offered_load(rate, minutes), seats, minutes, policy.service_minutes)
    hour = f"in the hour that needs most seats ({hour_name(load.busiest)}, {rate:.3g} arrivals, {minutes:.3g} min each)"
    rule = (
        f"Erlang C for {percent(policy.service_target)} within {policy.service_minutes:g} min, occupancy at most "
        f"{percent(policy.max_occupancy)}, at least {policy.min_on_shift} on shift"
    )
    book.add(
        "erlang.seats", "Seats, busiest hour", seats, "count", f"Seats required {hour}: {rule}.", statistic="seats"
    )
    book.add("erlang.load", "Offered load, busiest hour", told.load, "score",
             f"Erlangs {hour}: arrivals an hour × hands-on hours.", statistic="load")  # fmt: skip
    empty = "" if rate > 0 else "no case came in the weeks looked at"
    book.add("erlang.service_level", "Answered in time", None if empty else told.service_level, "share",
             f"Share answered within {policy.service_minutes:g} min with those seats {hour}, Erlang C.",
             statistic="share", target=policy.service_target, better="higher", note=empty)  # fmt: skip
    book.add("erlang.occupancy", "Occupancy", None if empty else told.occupancy, "share",
             f"Load per seat with those seats {hour}.", statistic="share", target=policy.max_occupancy, better="lower",
             note=empty)  # fmt: skip
    book.add("erlang.wait", "Chance of waiting", None if empty else told.wait, "share",
             f"Probability of waiting with those seats {hour}.", statistic="share", note=empty)  # fmt: skip
    book.add("erlang.speed", "Average wait", told.speed * 60 if isfinite(told.speed) and not empty else None, "seconds",
             f"Average speed of answer with those seats {hour}.", statistic="mean",
             note=empty or ("" if isfinite(told.speed) else "the queue never empties"))  # fmt: skip
    book.add("erlang.square_root", "Square-root rule", queueing.square_root_seats(told.load), "score",
             f"A + √A seats {hour}: a quick check of the exact answer.", statistic="seats")  # fmt: skip
    if seats > 1:
        sick = queueing.erlang_c(told.load, seats - 1, minutes, policy.service_minutes)
        book.add("erlang.sick.service_level", "Answered in time, one person sick",
                 None if empty else sick.service_level, "share",
                 f"Share answered within {policy.service_minutes:g} min with {seats - 1} of {seats} seats {hour}.",
                 statistic="share", target=policy.service_target, better="higher", note=empty)  # fmt: skip


def _people(book: Book, load: Load, plan: Plan) -> None:
    policy, seats = plan.policy, load.seats.required[load.busiest]
    exact = queueing.rostered(seats, policy.shrinkage)
    net = (
        f"net hours a year {policy.contract_hours_per_year:g} − leave {policy.leave_hours:g} − holidays "
        f"{policy.holiday_hours:g} − sickness {policy.sick_hours:g} − training {policy.training_hours:g}"
    )
    book.add("staffing.rostered", "To roster, busiest hour", ceil(exact - 1e-9), "count",
             f"Seats of the busiest hour / (1 − shrinkage {percent(policy.shrinkage)}) = {exact:.2f}, rounded up.",
             statistic="heads")  # fmt: skip
    book.add("staffing.fte_per_seat", "People for one seat 24×7", staffing.per_seat(policy), "fte",
             f"8760 h / ({net}).", statistic="fte")  # fmt: skip
    book.add("staffing.fte.all_hours", "If the busiest hour's seats stood all week",
             seats * staffing.per_seat(policy), "fte", f"Seats of the busiest hour in all 168 hours × 8760 / ({net}): "
             "why seats follow the hours.", statistic="fte")  # fmt: skip
    work = (
        f"Seat-hours of the week ({sum(load.seats.required):,}) plus {policy.project_hours_per_week:g} h of other "
        f"work, × 52.14 weeks / ({net})"
    )
    have = plan.roster.available_fte if plan.roster else None
    book.add("staffing.fte.required", "People required", plan.needed_fte, "fte", f"{work}.", statistic="fte")
    for name, value, words in zip(("low", "high"), load.fte_range, ("fewer", "more"), strict=True):
        book.add(f"staffing.fte.{name}", f"People required with 20 % {words} arrivals", value, "fte",
                 f"As people required with every hour's arrivals 20 % {words}: sensitivity, not a confidence interval.",
                 statistic="fte")  # fmt: skip
    book.add("staffing.fte.days", "People required without nights", plan.without_nights, "fte",
             f"As people required without the seat-hours from 22 to 6. {work}.", statistic="fte")  # fmt: skip
    if plan.needed_fte is None or have is None:
        return
    lacking = plan.needed_fte - have
    book.add("staffing.fte.shortfall", "People short", lacking, "fte",
             f"Required minus available (below zero: to spare). {work}.", statistic="fte", target=0,
             better="lower")  # fmt: skip
    if policy.cost_per_fte is not None:
        book.add("staffing.cost", "Cost of closing it by hiring, a year", max(lacking, 0) * policy.cost_per_fte,
                 "money", f"People short × {policy.cost_per_fte:,.0f} a year each.", statistic="sum",
                 currency=policy.currency)  # fmt: skip


def _available(book: Book, ahead: Roster, plan: Plan) -> None:
    book.add("staffing.fte.available", "People available", ahead.available_fte, "fte",
             f"Full-time equivalents of the {ahead.seated} people of tiers 1 to 3 employed on {plan.times.monday}; "
             "leads and managers fill no seat.", n=ahead.seated, statistic="fte")  # fmt: skip


def _shifts(book: Book, ahead: Roster, plan: Plan, leave: bool) -> None:
    note = "" if leave else NO_LEAVE
    week, name = ahead.week, week_name(plan.times.monday)
    need = (
        "what Erlang C and the minimum on shift require" if plan.load
        else f"the minimum of {plan.policy.min_on_shift} on shift alone, for want of arrivals"
    )  # fmt: skip
    hours = len(week.seats.slots)
    book.add("shift.coverage", "Hours covered", week.seats.share, "share",
             f"Hours of {name} in which at least as many people of tiers 1 to 3 are present at every moment as {need}, "
             f"of {hours}{'; absences taken out' if leave else ''}.", n=hours, statistic="share", target=1.0,
             better="higher", note=note)  # fmt: skip
    book.add("shift.gap_hours", "Hours short", len(week.seats.gaps), "hours",
             f"Hours of {name} with fewer people in seats than {need}.", n=hours, target=0, better="lower",
             note=note)  # fmt: skip
    book.add("shift.lone_hours", "Hours alone", len(week.company.lone), "hours",
             f"Hours of {name} in which at some moment exactly one person of any tier is on shift.", n=hours, target=0,
             better="lower", note=note)  # fmt: skip
    book.add("shift.empty_hours", "Hours with nobody", len(week.company.empty), "hours",
             f"Hours of {name} in which at some moment nobody is on shift (on-call does not count).", n=hours, target=0,
             better="lower", note=note)  # fmt: skip
    book.add(
        "shift.violations", "Rest and hours to check", len(ahead.violations), "count",
        f"Rests under {plan.policy.min_rest_hours:g} h, shifts over {plan.policy.max_shift_hours:g} h, weeks over "
        f"{plan.policy.max_week_hours:g} h in {LABOUR_WEEKS} weeks from {plan.times.monday}: single weeks, to check "
        "with local law.", target=0, better="lower",
    )  # fmt: skip
    known = [h.minutes for h in ahead.handovers if h.minutes is not None]
    alone = len(ahead.handovers) - len(known)
    book.add("shift.handover.median", "Handover overlap, median", median(known) * 60 if known else None, "seconds",
             f"Median of the longest time anyone who stays was on shift together with who leaves, {name}.",
             n=len(known), statistic="median", note="" if known else "no shift end has anyone who stays")  # fmt: skip
    book.add("shift.handover.none", "Shift ends without a handover", alone, "count",
             f"Ends of a shift in {name} after which nobody in a seat stays.", n=len(ahead.handovers), target=0,
             better="lower")  # fmt: skip


def _skills(book: Book, plan: Plan, leave: bool) -> None:
    found = plan.skills or ()
    name = week_name(plan.times.monday)
    book.add("skills.uncovered_hours", "Skill-hours uncovered a week", sum(c.uncovered for c in found), "hours",
             f"Over {len(found)} skill needs, the hours of {name} in which nobody on shift has the level needed.",
             n=len(found), statistic="sum", target=0, better="lower", note="" if leave else NO_LEAVE)  # fmt: skip
    least = min((c.bus_factor for c in found), default=None)
    book.add("skills.bus_factor", "Smallest bus factor", least, "count",
             "Fewest people at level 3 or more over the skills needed: how many may be missing before one is gone.",
             n=len(found), statistic="min", target=2, better="higher",
             note="" if found else "no skill need is on file")  # fmt: skip
