"""`--shift-coverage`: the week's map, its gaps, who is alone, rest, handovers, holidays and the weeks ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from handlers.analysis import roster
from handlers.analysis.roster import Slot, on_at
from handlers.analysis.staffing import by_hour
from handlers.commands.resources_plan.ahead import DAYS_AHEAD, LABOUR_WEEKS, Roster, week_name
from handlers.commands.resources_plan.sections import DAYS, LABELS, facts, week_map
from handlers.commands.resources_plan.work import Plan
from handlers.core import cells
from messages.document import Block, Context, Heading, Paragraph, Table, spans
from messages.prose import duration, quantity

ROWS = 20
SHOWN = (
    "shift.coverage", "shift.gap_hours", "shift.lone_hours", "shift.empty_hours", "shift.violations",
    "shift.handover.median", "shift.handover.none",
)  # fmt: skip


def blocks(plan: Plan, called: Mapping[str, str] | None) -> list[Block]:
    """`called`: names by person id, None where nobody may be named."""
    ahead = plan.roster
    head = Heading(text="Shift coverage")
    if ahead is None:
        return [head, Paragraph(text=spans("No coverage: the roster or the shifts could not be read."))]
    name = week_name(plan.times.monday)
    required = plan.load.seats.required if plan.load else (plan.policy.min_on_shift,) * 168
    present = by_hour(ahead.week.seats)
    spare = [None if there is None else float(there - need) for there, need in zip(present, required, strict=True)]
    out: list[Block] = [
        head,
        facts(SHOWN, LABELS),
        week_map(f"Rostered in {name}", [None if there is None else float(there) for there in present]),
        week_map(f"Rostered minus required in {name}", spare),
        _gaps(ahead, plan, called),
        _tiers(ahead),
        _weeks(ahead),
    ]
    out += [_violations(ahead, plan, called)] if ahead.violations else []
    out.append(_feasts(ahead))
    if ahead.unknown:
        text = (
            f"{cells.counted(len(ahead.unknown), 'person', 'people')} with shifts are not on the roster: not counted."
        )
        out.append(Context(text=spans(text)))
    if bent := roster.bent(ahead.blocks):
        told = cells.names([f"{b.day} {b.label} is {b.hours:g} h, not {b.wall_hours:g} h" for b in bent], 5)
        text = f"The clocks change within shifts: {told}. Hours and rest are counted as they pass."
        out.append(Context(text=spans(text)))
    return out


def stretches(slots: Sequence[Slot]) -> list[tuple[Slot, ...]]:
    """Hours that follow one another with the same need and presence, together."""
    out: list[tuple[Slot, ...]] = []
    for _, group in groupby(
        enumerate(slots), key=lambda pair: (pair[1].start.timestamp() / 3600 - pair[0], _same(pair[1]))
    ):
        out.append(tuple(slot for _, slot in group))
    return out


def _same(slot: Slot) -> tuple[int, int]:
    return slot.required, slot.rostered


def _when(group: Sequence[Slot]) -> str:
    last = group[-1]
    return f"{DAYS[group[0].weekday]} {group[0].hour:02}:00 – {DAYS[last.weekday]} {last.hour:02}:59"


def _gaps(ahead: Roster, plan: Plan, called: Mapping[str, str] | None) -> Table:
    """Every gap hour, hours alike in one row."""
    groups = stretches(ahead.week.seats.gaps)
    rows = []
    for group in groups[:ROWS]:
        there = {b.person: b.tier for slot in group for b in on_at(ahead.blocks, slot.start)}
        who = (
            ", ".join(sorted(called.get(p, p) for p in there))
            if called is not None
            else ", ".join(f"{n} × tier {tier}" for tier, n in sorted(Counter(there.values()).items()))
        )
        rows.append(
            cells.row(_when(group), f"{len(group)}", f"{group[0].required}", f"{group[0].rostered}", who or "nobody")
        )
    labels = (
        "When",
        ">Hours",
        ">Required",
        ">In seats",
        "On shift in it" if called is not None else "On shift in it, by tier",
    )
    caption = f"Hours short in {week_name(plan.times.monday)}" + ("" if groups else ": none")
    return cells.table(caption, labels, rows, len(groups))


def _tiers(ahead: Roster) -> Table:
    """Hours without anybody of a tier or higher."""
    rows = (cells.row(f"{tier} or higher", f"{168 - short}", f"{short}") for tier, short in ahead.tiers.items())
    return cells.table("By tier, planned week", ("Tier", ">Hours present", ">Hours absent"), rows)


def _weeks(ahead: Roster) -> Table:
    """Each of the coming weeks."""
    rows = (
        cells.row(
            week_name(week.monday), quantity(week.seats.share, "share"), f"{len(week.seats.gaps)}",
            f"{len(week.company.lone)}", f"{len(week.company.empty)}",
        )
        for week in ahead.weeks
    )  # fmt: skip
    labels = ("Week", ">Covered", ">Hours short", ">Hours alone", ">Hours with nobody")
    return cells.table("Weeks ahead, absences taken out", labels, rows)


def _violations(ahead: Roster, plan: Plan, called: Mapping[str, str] | None) -> Table:
    """By rule; by person as well where persons may be named."""
    words = {"rest": "Rest too short", "shift": "Shift too long", "week": "Week too long"}
    if called is not None:
        zone = ZoneInfo(plan.times.zone)
        single = (
            cells.row(
                called.get(v.person, v.person), words[v.rule], f"{v.start.astimezone(zone):%a %Y-%m-%d %H:%M}",
                duration(v.hours * 3600), duration(v.limit * 3600),
            )
            for v in ahead.violations[:ROWS]
        )  # fmt: skip
        labels = ("Person", "What", "From", ">Hours", ">Limit")
        return cells.table(f"Rest and hours, {LABOUR_WEEKS} weeks", labels, single, len(ahead.violations))
    rows = []
    for rule in ("rest", "shift", "week"):
        found = [v for v in ahead.violations if v.rule == rule]
        if found:
            worst = (min if rule == "rest" else max)(v.hours for v in found)
            people = len({v.person for v in found})
            rows.append(
                cells.row(
                    words[rule], f"{len(found)}", f"{people}", duration(worst * 3600), duration(found[0].limit * 3600)
                )
            )
    labels = ("What", ">Times", ">People", ">Worst", ">Limit")
    return cells.table(f"Rest and hours, {LABOUR_WEEKS} weeks", labels, rows)


def _feasts(ahead: Roster) -> Block:
    """Public holidays."""
    if not ahead.feasts:
        text = ahead.feast_note or f"No public holiday in the next {DAYS_AHEAD} days."
        return Context(text=spans(text))
    rows = (
        cells.row(
            f"{feast.day:%a %Y-%m-%d}",
            cells.shorten(feast.name, 60),
            f"{len(feast.people)}",
            f"{feast.gaps}",
            f"{feast.empty}",
        )
        for feast in ahead.feasts
    )
    labels = ("Day", "Holiday", ">People in seats", ">Hours short", ">Hours with nobody")
    return cells.table(f"Public holidays, next {DAYS_AHEAD} days", labels, rows)
