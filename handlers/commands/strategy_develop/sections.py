"""The roadmap, maturity and tools as tables."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.models.organisation.strategy import Domain, Initiative
from handlers.analysis import maturity
from handlers.analysis.lifecycle import Tool
from handlers.analysis.roadmap import Placed
from handlers.commands.strategy_develop.verdict import circle, late, points, title
from handlers.commands.strategy_develop.work import Inputs, Roadmap, Strategy
from handlers.core import cells
from handlers.core.fetch import rows
from messages.document import Block, Bullets, Context, Heading, Paragraph, Table, Text, spans
from messages.prose import count, quantity

ROWS = 20
METHOD = (
    "Order: what runs first; then the best value/effort of a chain, where an enabler inherits the ratio of the chain "
    "it unlocks; ties by its own ratio, then the id. One after another, by each quarter's capacity: now is the first "
    "quarter, next the two after. Points are ordinal: “Place ±20 %” is how far up or down an item goes when any single "
    "value is a fifth lower or higher."
)
CLAIMS = (
    "Own assessment by SOC-CMM's five domains, 0 to 5. Proven: scores of 3 or more that name no evidence count as 2. "
    "Capability (0 to 3) only for technology and services."
)
TIME = (
    "TIME by business value and technical quality, high from 3 of 5: both high invest, value alone migrate, quality "
    "alone tolerate, neither eliminate. Used: peak use (95th percentile) of what the contract entitles to. "
    "Detections: share that needs the tool's data."
)


def roadmap_blocks(inputs: Inputs, found: Strategy, details: bool) -> list[Block]:
    """Order, what is not done, maturity; with `details` also the Gantt, risks and aspects."""
    head = Heading(text="Roadmap")
    road = found.road
    if road is None:
        out: list[Block] = [head, Paragraph(text=spans("No roadmap: the initiatives could not be read."))]
    elif road.circle:
        told = f"No roadmap: initiatives wait for one another in a circle: {circle(road)}. Nothing else is guessed."
        out = [head, Paragraph(text=spans(told))]
    elif not road.placed and not road.blocked:
        out = [head, Paragraph(text=spans("No initiative is open."))]
    else:
        out = [head, _order(road), Context(text=spans(METHOD, *_small(road, inputs)))]
    if road is not None and (items := not_doing(road)):
        out += [Heading(text="Not doing"), Bullets(items=tuple(items))]
    if road is not None and details and road.placed:
        out += [Heading(text="By quarter"), *_gantt(road), *_risks(road)]
    return [*out, *_maturity(inputs, found, details)]


def _order(road: Roadmap) -> Table:
    lines = []
    for place, one in enumerate(road.placed[:ROWS], start=1):
        item = road.by_id[one.id]
        ratio = f"{points(road.values[one.id])} / {points(item.effort)} = {one.ratio:.2f}"
        chain = f", chain {one.chain:.2f}" if one.chain > one.ratio + 1e-9 else ""
        lines.append(cells.row(
            f"{place}", title(item), _time(road, one), item.theme, f"{ratio}{chain}", _range(road, one.id),
            cells.names([cells.shorten(dep, 30) for dep in item.deps], 3), _kpi(item), _funding(item),
        ))  # fmt: skip
    labels = (">#", "Initiative", "When", "Theme", "Value / effort", "Place ±20 %", "After", "KPI", "Funding")
    return cells.table("Initiatives in order", labels, lines, len(road.placed))


def _time(road: Roadmap, one: Placed) -> str:
    if not road.quarters:
        return "no dates"
    if not one.fits:
        return "beyond the horizon"
    last = one.quarters[-1]
    span = one.quarters[0] if len(one.quarters) == 1 else f"{one.quarters[0]} to {last}"
    running = ", running" if road.by_id[one.id].status == "running" else ""
    return f"{road.when(one)} · {span}{running}"


def _range(road: Roadmap, name: str) -> str | None:
    if name not in road.places:
        return None
    first, last = road.places[name]
    return f"{first}" if first == last else f"{first} to {last}"


def _kpi(item: Initiative) -> str | None:
    """What it must move, from where to where; said when that is not on file."""
    if not item.kpi:
        return "none named"
    if item.baseline is None or item.goal is None:
        return f"{cells.shorten(item.kpi, 50)}, no baseline or goal"
    return f"{cells.shorten(item.kpi, 50)}: {count(item.baseline)} → {count(item.goal)}"


def _funding(item: Initiative) -> str:
    cost = "no cost on file" if item.cost is None else quantity(item.cost, "money", item.currency)
    if item.funding:
        return f"{cost}, {cells.shorten(item.funding, 30)}"
    return f"{cost}, not funded" if item.cost else cost


def _small(road: Roadmap, inputs: Inputs) -> list[str]:
    """The critical path, and how many values were computed."""
    rules, out = inputs.rules, []
    derived = sum(road.by_id[name].value is None for name in road.values)
    if derived:
        told = f"{derived} of {len(road.values)} values follow from maturity points closed"
        out.append(f" {told}, {points(rules.point_value)} a point.")
    if len(road.path) > 1:
        out.append(f" Critical path: {' → '.join(road.path)}, {points(road.path_effort)} {rules.effort_unit}.")
    return out


def not_doing(road: Roadmap) -> list[Text]:
    """Dropped, blocked and beyond the horizon: each with its reason, nothing silently missing."""
    out = [f"{title(one)}: dropped{f', {cells.shorten(one.why_not, 160)}' if one.why_not else ', no reason on file'}."
           for one in road.dropped]  # fmt: skip
    out += [f"{title(road.by_id[one.id])}: ends beyond the quarters of capacity.yaml." for one in road.beyond]
    out += [f"{title(road.by_id[name])}: {why}." for name, why in road.blocked.items()]
    return [spans(text) for text in out]


def _gantt(road: Roadmap) -> list[Block]:
    if not road.quarters:
        return [Paragraph(text=spans("No quarters: the capacity could not be read."))]
    lines = [
        cells.row(title(road.by_id[one.id], 40), *("■" if q.name in one.quarters else "" for q in road.quarters))
        for one in road.placed[:ROWS]
    ]
    labels = ("Initiative", *(q.name for q in road.quarters))
    return [cells.table("Initiatives by quarter", labels, lines, len(road.placed))]


def _risks(road: Roadmap) -> list[Block]:
    items = [road.by_id[one.id] for one in road.placed]
    told = tuple(spans(f"Risk of {title(one, 50)}: {cells.shorten(one.risk, 200)}") for one in items if one.risk)
    return [Bullets(items=told)] if told else []


def _maturity(inputs: Inputs, found: Strategy, details: bool) -> list[Block]:
    head = Heading(text="Maturity")
    if not found.maturity:
        told = "no score is on file" if found.maturity is not None else "the scores could not be read"
        return [head, Paragraph(text=spans(f"No maturity: {told}."))]
    live = [one for one in rows(inputs.initiatives) if one.status not in ("done", "dropped")]
    effort = maturity.effort_by_domain(live)
    total = sum(effort.values())
    lines = []
    for one in found.maturity:
        share = quantity(round(effort.get(one.domain, 0.0) / total, 3), "share") if total else None
        able = None if one.capability is None else f"{one.capability:.1f}"
        lines.append(cells.row(one.domain, f"{one.score:.1f}", f"{one.target:.1f}", f"{one.gap:.1f}",
                               f"{one.proven:.1f}", able, share))  # fmt: skip
    labels = ("Domain", ">Current", ">Target", ">Gap", ">Proven", ">Capability", ">Effort planned")
    out: list[Block] = [head, cells.table("Maturity by domain", labels, lines)]
    out += [Paragraph(text=spans(text)) for text in (usual_mistake(found.maturity, effort),) if text]
    return [*out, *(_aspects(inputs) if details else []), Context(text=spans(CLAIMS))]


def usual_mistake(found: Sequence[maturity.Maturity], effort: dict[Domain, float]) -> str:
    """Says so when the largest gap is not technology, and whether technology takes most effort all the same."""
    worst = maturity.largest_gap(found)
    if worst is None or worst.domain == "technology":
        return ""
    told = f"The largest gap is {worst.domain}: spending more on technology, the usual mistake, does not close it."
    if not effort or max(effort, key=lambda name: effort[name]) != "technology":
        return told
    share = quantity(round(effort["technology"] / sum(effort.values()), 3), "share")
    return f"{told} Technology takes {share} of the planned effort, more than any other domain."


def _aspects(inputs: Inputs) -> list[Block]:
    lines = []
    for one in rows(inputs.scores):
        proof = cells.shorten(one.evidence, 80) or ("missing" if maturity.unproven(one) else None)
        marks = (count(one.score), count(one.target), count(one.importance))
        lines.append(cells.row(one.domain, cells.shorten(one.aspect, 60), *marks, proof))
    labels = ("Domain", "Aspect", ">Score", ">Target", ">Importance", "Evidence")
    return [cells.table("Maturity by aspect", labels, lines)]


def tool_blocks(inputs: Inputs, found: Strategy) -> list[Block]:
    """Tools, first whose support ends."""
    head = Heading(text="Technology modernisation")
    if not found.tools:
        told = "no tool is on file" if found.tools is not None else "the tools could not be read"
        return [head, Paragraph(text=spans(f"No lifecycle: {told}."))]
    known = inputs.contracts is not None and inputs.contracts.ok
    lines = [_tool(one, found.road, known) for one in found.tools[:ROWS]]
    labels = ("Tool", "TIME", "Support ends", ">Used", ">Detections", "Overlaps with", "API", "Data out", "Move to",
              ">Parallel run")  # fmt: skip
    return [head, cells.table("Tools by end of support", labels, lines, len(found.tools)), Context(text=spans(TIME))]


def _tool(one: Tool, road: Roadmap | None, known: bool) -> tuple[Text, ...]:
    """`known`: the contracts could be read; without them use and overlap are not known."""
    tool = one.tool
    ends = (
        "no date on file" if tool.support_ends is None else f"{tool.support_ends}{' (over)' if one.unsupported else ''}"
    )
    none = "no contract" if known else "not known"
    used = none if one.contract is None else None if one.used is None else quantity(one.used, "share")
    same = (
        "not known"
        if not known
        else "; ".join(f"{name}: {cells.names(list(products), 3)}" for name, products in one.overlap)
    )
    months = "" if tool.parallel_months is None else f" ({count(tool.parallel_months)} months)"
    cost = None if tool.parallel_cost is None else f"{quantity(tool.parallel_cost, 'money', tool.currency)}{months}"
    go = f"{cells.shorten(tool.replaced_by, 60)}{late(one, road)}" if tool.replaced_by else None
    return cells.row(
        cells.shorten(tool.tool, 60), f"{one.time} ({tool.business_value}, {tool.technical_quality})", ends, used,
        None if tool.coverage is None else quantity(tool.coverage, "share"), cells.shorten(same, 160), tool.api,
        tool.data_out, go, cost,
    )  # fmt: skip
