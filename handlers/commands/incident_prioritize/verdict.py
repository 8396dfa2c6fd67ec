"""The first sentence, its colour by a written rule, and what needs the manager."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.analysis.priority import Band, confirmed
from handlers.commands.incident_prioritize.gather import Sources
from handlers.commands.incident_prioritize.judge import NEAR_HOURS, Group, hours_left
from handlers.commands.incident_prioritize.work import Order
from handlers.core import cells
from messages.document import Moment, Span, Status, Text, Value, Verdict, spans
from messages.prose import duration

RULE = (
    "red: life or safety at risk, a regulatory clock with under 24 h left or overdue, or a Critical group that no "
    "person owns; unknown: cases, services, incident facts, triggers or policy are missing or cut; amber: any Critical "
    "group, a High one that no person owns, or, where asked for, a vulnerability past its due day; unknown also while "
    "any other source is missing or nobody has assessed a group; otherwise green"
)
PRIORITY: dict[Band, str] = {"Critical": "critical", "High": "high", "Medium": "medium", "Low": "low"}
RANK = ("critical", "high", "medium", "low", "info")


def unowned(group: Group) -> bool:
    """Has one of its cases no person?"""
    return any(not one.case.owned_by_human for one in group.items)


def urgent_clocks(found: Order) -> list[Group]:
    return [one for one in found.groups if one.standing.overrides.clock]


def verdict(sources: Sources, found: Order, late: int = 0) -> Verdict:
    """RULE as code; `late`: vulnerabilities past their due day."""
    return Verdict(text=_text(found, sources), status=_status(sources, found, late), rule=RULE)


def _text(found: Order, sources: Sources) -> Text:
    if not found.groups:
        return spans("No open case.")
    first = found.groups[0]
    lead = f"First: {heading(first)} — {found.level(first)}, score {found.value(first):.1f}. "
    parts: list[str | Span] = [lead, *_number(found, sources, "Critical"), " Critical and ",
        *_number(found, sources, "High"), " High of ", Value(figure="priority.groups"),
        " group" if len(found.groups) == 1 else " groups"]  # fmt: skip
    clocks = len(urgent_clocks(found))
    near = f"; {cells.counted(clocks, 'group')} with a regulatory clock under {NEAR_HOURS:g} h" if clocks else ""
    without = f", counted without {cells.names(sources.lacking, 3)}" if sources.lacking else ""
    return spans(*parts, near, without, ".")


def _number(found: Order, sources: Sources, band: Band) -> tuple[str | Span, ...]:
    """The figure; with a source missing none found is "none known to be"."""
    return (
        ("none known to be",) if sources.lacking and not found.of(band) else (Value(figure=f"priority.{band.lower()}"),)
    )


def heading(group: Group) -> str:
    """ "case 12995 (Personal data pattern …)" or "cases 1, 2 and 3 more (…)"."""
    ids = cells.names(group.ids, 3)
    title = cells.shorten(group.items[0].case.title, 60)
    return f"{'case' if len(group.ids) == 1 else 'cases'} {ids} ({title})"


def _status(sources: Sources, found: Order, late: int) -> Status:
    critical, high = found.of("Critical"), found.of("High")
    safety = any(one.standing.overrides.safety for one in found.groups)
    if safety or urgent_clocks(found) or any(unowned(one) for one in critical):
        return "red"
    needed = (sources.cases, sources.services, sources.facts, sources.policy, sources.triggers)
    if any(not got.ok or got.source.truncated for got in needed):
        return "unknown"
    if critical or late or any(unowned(one) for one in high):
        return "amber"
    assessed = all(one.assessed for one in found.groups)
    return "green" if assessed and all(got.ok for got in sources.all) else "unknown"


def needs(found: Order) -> list[Text]:
    """Gravest first; each line with a case and who is to act."""
    lines = [*_safety(found), *_clocks(found), *_ownerless(found), *_latent(found), *_tell(found)]
    return [*lines[:4], *_disagree(found)] if len(lines) > 4 else [*lines, *_disagree(found)]


def _safety(found: Order) -> Iterator[Text]:
    for one in found.groups:
        if one.standing.overrides.safety:
            yield spans(f"Life or safety: {heading(one)} (owner: {owners(one)}).")


def _clocks(found: Order) -> Iterator[Text]:
    for one in urgent_clocks(found):
        clock, left = one.clocks[0], hours_left(one.clocks[0], found.now) * 3600
        what = cells.shorten(f"{clock.regime} {clock.stage}", 60)
        more = f" and {len(one.clocks) - 1} more" if len(one.clocks) > 1 else ""
        state = f"overdue by {duration(-left)}" if left < 0 else f"{duration(left)} left"
        who = clock.files or "nobody named to file"
        yield spans(f"{what}{more}, case {one.key}: {state}, due ", Moment(at=clock.due_at), f" (owner: {who}).")


def _ownerless(found: Order) -> Iterator[Text]:
    """One line for all, so that it does not push the rest out."""
    bare = [i.case.id for one in found.of("Critical") for i in one.items if not i.case.owned_by_human]
    if bare:
        yield spans(f"Critical and without a person: {cells.names(bare)} (owner: shift lead).")


def latent(found: Order) -> list[Group]:
    """Not Critical now, Critical if confirmed: where one fact would change most."""
    return [
        one
        for one in found.groups
        if found.level(one) != "Critical" and confirmed(one.standing, one.jewel).level(found.weights) == "Critical"
    ]


def _latent(found: Order) -> Iterator[Text]:
    """Crown jewels and cases without a person before the others."""
    order = sorted(latent(found), key=lambda one: (not one.jewel, not unowned(one)))
    if order:
        said = [f"{one.key} ({worst(one, found)}, {owners(one)})" for one in order]
        yield spans(f"Critical if confirmed, so settle first: {cells.names(said, 3)}.")


def worst(group: Group, found: Order) -> str:
    """The name of the service whose impact is worst."""
    key = found.scores[group.key].of.service
    names = {one.id: one.name for one in group.services}
    return names.get(key, cells.shorten(key, 40)) or "no known service"


def _tell(found: Order) -> Iterator[Text]:
    """Whom of the business to tell: the owner of the worst service, once each."""
    told: set[str] = set()
    for one in (*found.of("Critical"), *found.of("High")):
        minutes = found.policy.tell_minutes.get(found.level(one))
        for service in (s for s in one.services if s.id == found.scores[one.key].of.service):
            if service.owner not in told and minutes is not None:
                told.add(service.owner)
                limit = f"policy: {duration(minutes * 60)}"
                what = f"case {one.key}: {found.level(one)}, {service.name}; {limit}"
                yield spans(f"Tell {service.owner} about {what} (owner: {owners(one)}).")


def _disagree(found: Order) -> Iterator[Text]:
    low = disagreements(found)
    if low:
        said = [f"{i} ({desk} at the desk, {level} here)" for i, desk, level in low]
        yield spans(f"Desk priority below this order: {cells.names(said, 3)} (owner: shift lead).")


def disagreements(found: Order) -> list[tuple[str, str, Band]]:
    """Case, the desk's priority, our band: where the desk's is lower than Critical or High here says."""
    out: list[tuple[str, str, Band]] = []
    for one in (*found.of("Critical"), *found.of("High")):
        level = found.level(one)
        for item in one.items:
            desk = item.case.priority
            if desk in RANK and RANK.index(desk) > RANK.index(PRIORITY[level]):
                out.append((item.case.id, desk, level))
    return out


def owners(group: Group) -> str:
    """Who owns its cases at the desk."""
    return cells.names(list(dict.fromkeys(one.case.assignee or "nobody" for one in group.items)), 3)
