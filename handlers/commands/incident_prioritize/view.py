"""`--management-view`: the order with its reasons."""

from __future__ import annotations

from handlers.analysis.priority import FACTOR, TOP, confirmed
from handlers.commands.case_list import sla_words
from handlers.commands.incident_prioritize.judge import Group
from handlers.commands.incident_prioritize.verdict import PRIORITY, owners, worst
from handlers.commands.incident_prioritize.work import Order
from handlers.core import cells
from messages.document import Block, Bullets, Context, Heading, Table, Text, Value, spans

OVERRIDES = {
    "safety": "life or safety", "clock": "clock under 24 h", "crown": "confirmed on crown jewel or tier-0",
    "ransomware": "ransomware precursors",
}  # fmt: skip


def blocks(found: Order, most: int) -> list[Block]:
    """The table, the arithmetic of the first three, how firm it is."""
    if not found.groups:
        return []
    out: list[Block] = [_table(found, most)]
    out += [Heading(text="Why the first ones"), Bullets(items=tuple(_why(found, one) for one in found.groups[:TOP]))]
    if len(found.groups) > TOP:
        out.append(Context(text=_firm(found)))
    return out


def _table(found: Order, most: int) -> Table:
    lines = [
        cells.row(
            f"{place}",
            f"{cells.names(one.ids, 3)}: {cells.shorten(one.items[0].case.title, 60)}",
            service(one, found),
            f"{found.value(one):.1f} (P{100 * found.percentile(one):.0f})",
            _band(one, found),
            _sla(one, found),
            owners(one),
            reason(one, found),
        )
        for place, one in enumerate(found.groups[:most], 1)
    ]
    labels = (">#", "Cases", "Worst service", ">Score", "Band", "SLA", "Owner", "Decided by")
    return cells.table("Order of attention (P: percentile among the open groups)", labels, lines, len(found.groups))


def _band(group: Group, found: Order) -> str:
    """The band, and the desk's priority where it says something else."""
    desk = list(dict.fromkeys(one.case.priority for one in group.items))
    level = found.level(group)
    return level if desk == [PRIORITY[level]] else f"{level} (desk: {cells.names(desk, 3)})"


def _sla(group: Group, found: Order) -> str | None:
    """Of the case that is due first."""
    due = [one.case for one in group.items if one.case.sla is not None and one.case.sla.due_at is not None]
    first = min(due, key=lambda case: (case.sla.due_at, case.id), default=None)  # type: ignore[union-attr]
    return sla_words((first or group.items[0].case), found.now)


def service(group: Group, found: Order) -> str:
    """The service whose impact is worst, and how many more."""
    more = len(group.standing.impacts) - 1
    return worst(group, found) + (f" and {more} more" if more else "")


def reason(group: Group, found: Order) -> str:
    """What put it there: an override before the score, then certainty and signs."""
    over = [words for name, words in OVERRIDES.items() if getattr(group.standing.overrides, name)]
    made = f"impact {found.scores[group.key].impact:.2f}, {group.standing.certainty}"
    signs = f", {', '.join(group.signs)}" if group.signs else ""
    hits = sum(one.matches for one in group.items)
    seen = f", {cells.counted(hits, 'indicator match', 'indicator matches')}" if hits else ""
    return "; ".join([*over, made + signs + seen])


def _why(found: Order, group: Group) -> Text:
    """The sum, what is assumed in it, and what one fact would change."""
    score, weights = found.scores[group.key], found.weights
    of = score.of
    parts = " + ".join(
        f"{weight:.2f}·{rating}"
        for weight, rating in zip(
            (weights.functional, weights.information, weights.recoverability, weights.regulatory),
            of.ratings,
            strict=True,
        )
    )
    told = f"impact {parts} = {score.impact:.2f}; 100·{score.impact / 5:.2f}·{score.factor:g} = {score.base:.1f}"
    signs = f" + {score.momentum:g} ({', '.join(group.signs)})" if group.signs else ""
    level = found.level(group)
    total = f" = {score.value:.1f}" if group.signs else ""
    ends = f"{total} {score.band}" + (f", {level} by override" if level != score.band else "")
    basis = f" Certainty: {group.standing.certainty}, {group.basis}."
    return spans(
        f"Case {group.key}: {told}{signs}{ends}.{basis}{_rated(group, of.assumed)}{_if_confirmed(found, group)}"
    )


def _rated(group: Group, assumed: tuple[str, ...]) -> str:
    stands = "its service's entry stands in" if group.services else "no service of it is known"
    rated = "" if group.assessed else f" Nobody has rated it: {stands}."
    return rated + (f" Not known, taken as 3: {', '.join(assumed)}." if assumed else "")


def _if_confirmed(found: Order, group: Group) -> str:
    if FACTOR[group.standing.certainty] == 1:
        return ""
    then = confirmed(group.standing, group.jewel)
    return f" If confirmed: {then.score(found.weights).value:.1f} {then.level(found.weights)}."


def _firm(found: Order) -> Text:
    firm = found.firm
    if not found.rated:
        return spans("How firm the order is cannot be said: no rating is known, so no weight can move it.")
    others = f"; under others {cells.names([f'case {key}' for key in firm.challengers], 3)} would come in" if (
        firm.challengers
    ) else ""  # fmt: skip
    told = f" ({firm.unchanged} of {firm.tried} sets of weights within ±20 %){others}."
    return spans(f"First {TOP} and their order unchanged in ", Value(figure="priority.stable"), told)
