"""The colour, the words and what needs the manager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.models.organisation.strategy import Initiative
from handlers.analysis import maturity
from handlers.analysis.lifecycle import Tool
from handlers.analysis.roadmap import first_day
from handlers.commands.strategy_develop.work import Inputs, Roadmap, Strategy
from handlers.core import cells
from handlers.core.book import worst
from handlers.core.fetch import rows
from messages.document import Status, Text, Verdict, spans
from messages.prose import count, quantity

SOON_DAYS = 60
RULE = (
    "roadmap — red: initiatives wait for one another in a circle, or a decision's day has passed; unknown: "
    "initiatives, capacity or maturity are missing; amber: an initiative has no place or ends beyond the horizon, one "
    "in it has no funding, more run than strategy.yaml allows, or a score of 3 or more has no evidence; otherwise "
    "green. Technology, when asked — red: the support of a tool is over; unknown: the tools or contracts are missing; "
    "amber: one ends within 365 days or has no date; otherwise green. The worse of what was asked counts"
)


def verdict(inputs: Inputs, found: Strategy, planned: bool, technology: bool) -> Verdict:
    """RULE as code."""
    colours: list[Status] = [road_status(inputs, found)] if planned else []
    colours += [tool_status(inputs, found)] if technology else []
    told = [*(_road(found) if planned else ()), *(_tools(found) if technology else ())]
    return Verdict(text=spans(" ".join(told)), status=worst(colours), rule=RULE)


def road_status(inputs: Inputs, found: Strategy) -> Status:
    road = found.road
    if road is not None and (road.circle or overdue(road, found.today)):
        return "red"
    if road is None or not found.maturity or not road.quarters:
        return "unknown"
    crowded = len(road.running) > inputs.rules.most_running
    unproven = any(one.unproven for one in found.maturity)
    return "amber" if road.blocked or road.beyond or road.unfunded or crowded or unproven else "green"


def tool_status(inputs: Inputs, found: Strategy) -> Status:
    tools = found.tools
    if tools is not None and any(one.unsupported for one in tools):
        return "red"
    if not tools or inputs.contracts is None or not inputs.contracts.ok:
        return "unknown"
    return "amber" if any(one.ending or one.days is None for one in tools) else "green"


def _road(found: Strategy) -> list[str]:
    out = []
    road = found.road
    if road is None:
        out.append("No roadmap: the initiatives could not be read.")
    elif road.circle:
        out.append(f"No order is possible: initiatives wait for one another ({circle(road)}).")
    elif road.placed:
        first = [title(road.by_id[one.id]) for one in road.placed[:3]]
        out.append(f"In this order: {'; '.join(first)}{_when(road)}.")
    else:
        out.append("No initiative is open.")
    gap = maturity.largest_gap(found.maturity or ())
    if gap is not None:
        out.append(f"Largest gap: {gap.domain} at {gap.score:.1f} of {gap.target:.1f}.")
    return out


def _when(road: Roadmap) -> str:
    """The quarters of the first three."""
    names = [name for one in road.placed[:3] for name in one.quarters]
    return f" ({names[0]} to {names[-1]})" if names and names[0] != names[-1] else f" ({names[0]})" if names else ""


def _tools(found: Strategy) -> list[str]:
    if found.tools is None:
        return ["The tools could not be read."]
    over = [one.tool.tool for one in found.tools if one.unsupported]
    soon = [one.tool.tool for one in found.tools if one.ending]
    out = [f"Support is over for {_names(over)}."] if over else []
    out += [f"Support ends within a year for {_names(soon)}."] if soon else []
    return out or ["No tool's support ends within a year."]


def circle(road: Roadmap) -> str:
    """ "ini-1 → ini-2 → ini-1"."""
    return " → ".join(cells.shorten(name, 40) for name in road.circle)


def title(one: Initiative, most: int = 60) -> str:
    return cells.shorten(one.title, most)


def overdue(road: Roadmap, today: date) -> list[Initiative]:
    """Open initiatives whose decision should have been taken."""
    return [one for one in decisions(road) if one.decide_by is not None and one.decide_by < today]


def decisions(road: Roadmap) -> list[Initiative]:
    """Open initiatives that wait for a decision, soonest day first."""
    live = [one for one in road.by_id.values() if one.decision and one.status not in ("done", "dropped")]
    return sorted(live, key=lambda one: (one.decide_by or date.max, one.id))


def needs(inputs: Inputs, found: Strategy, planned: bool) -> list[Text]:
    """Gravest first; without the roadmap only what tools need."""
    called = {p.id: p.role for p in rows(inputs.people)}
    out: list[str] = []
    road = found.road
    if not planned:
        return [spans(_support(one, road, called)) for one in found.tools or () if one.unsupported or one.ending]
    if road is not None and road.circle:
        out.append(
            f"Break the circle {circle(road)}: take one dependency out of initiatives.yaml (owner: SOC manager)."
        )
    out += [_support(one, road, called) for one in found.tools or () if one.unsupported]
    if road is not None:
        out += _decide(road, found.today, called)
        out += _road_needs(inputs, road)
    out += [_support(one, road, called) for one in found.tools or () if one.ending]
    if found.gaps:
        gaps = cells.names([cells.shorten(ref, 40) for ref in found.gaps], 4)
        out.append(f"Gaps that no initiative closes: {gaps} (owner: SOC manager).")
    claims = [aspect for one in found.maturity or () for aspect in one.unproven]
    if claims:
        names = cells.names([cells.shorten(one, 40) for one in claims], 3)
        out.append(f"Give evidence or lower the score: {names} (owner: SOC manager).")
    return [spans(text) for text in out]


def _decide(road: Roadmap, today: date, called: Mapping[str, str]) -> list[str]:
    """Decisions that are late or due within 60 days."""
    out = []
    for one in decisions(road):
        left = (one.decide_by - today).days if one.decide_by is not None else None
        if left is not None and left <= SOON_DAYS:
            late = "late, it was due" if left < 0 else "by"
            what = f"{cells.shorten(one.decision, 80)} for “{title(one, 50)}”"
            out.append(f"Decide: {what}, {late} {one.decide_by} (owner: {_owner(one.owner, called)}).")
    return out


def _road_needs(inputs: Inputs, road: Roadmap) -> list[str]:
    out = []
    if road.unfunded:
        cost = ", ".join(
            f"{title(one, 50)} ({quantity(one.cost, 'money', one.currency)})" for one in road.unfunded[:3]
        )  # fmt: skip
        more = f" and {len(road.unfunded) - 3} more" if len(road.unfunded) > 3 else ""
        out.append(f"Planned without funding: {cost}{more} (owner: SOC manager).")
    if len(road.running) > inputs.rules.most_running:
        told = f"{len(road.running)} initiatives run at once, {inputs.rules.most_running} are allowed"
        out.append(f"{told}: finish before beginning (owner: SOC manager).")
    return out


def _support(one: Tool, road: Roadmap | None, called: Mapping[str, str]) -> str:
    """A tool whose support ends, where it goes, and what that waits for."""
    tool = one.tool
    ends = "support ended" if one.unsupported else "support ends"
    go = f"; move to {cells.shorten(tool.replaced_by, 60)}" if tool.replaced_by else "; no successor is named"
    owner = _owner(one.contract.owner, called) if one.contract is not None else "SOC manager"
    return f"{cells.shorten(tool.tool, 60)}: {ends} {tool.support_ends}{go}{late(one, road)} (owner: {owner})."


def late(one: Tool, road: Roadmap | None) -> str:
    """Says when what the migration waits for ends after the support."""
    if road is None or one.tool.support_ends is None:
        return ""
    told = []
    for placed in road.placed:
        if placed.id in one.tool.needs_first and placed.quarters:
            after = first_day(placed.quarters[-1]) > one.tool.support_ends
            told.append(f"{placed.id} in {placed.quarters[-1]}{', after support' if after else ''}")
        elif placed.id in one.tool.needs_first:
            told.append(f"{placed.id}, beyond the horizon")
    return f" once {', '.join(told)}" if told else ""


def _owner(owner: str, called: Mapping[str, str]) -> str:
    return cells.shorten(called.get(owner, owner), 40)


def _names(items: list[str]) -> str:
    return cells.names([cells.shorten(one, 60) for one in items], 3)


def points(value: float) -> str:
    """A figure of points or effort without needless digits."""
    return count(round(value, 2))
