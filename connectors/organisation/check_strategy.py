"""Initiatives, maturity, capacity and tools against one another and against the other files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from connectors.models.organisation import BudgetLine, Control, Skill
from connectors.models.organisation.strategy import Initiative, MaturityScore, QuarterCapacity, ToolLifecycle
from connectors.organisation.folder import Folder, at
from connectors.organisation.loading import Located

CAPABLE = ("technology", "services")


def dependencies(found: Folder) -> Iterator[str]:
    """Initiatives that wait for one another in a circle, for something unknown or for something dropped."""
    items = {one.record.id: one for one in found.of(Initiative)}
    for one in items.values():
        for dep in one.record.deps:
            if dep not in items:
                yield f"{at(Initiative, one)}: waits for {dep!r}, which is not in {Initiative.FILE}"
            elif items[dep].record.status == "dropped" and one.record.status not in ("done", "dropped"):
                yield f"{at(Initiative, one)}: waits for {dep!r}, which was dropped (line {items[dep].line})"
    live = {name: one for name, one in items.items() if one.record.status not in ("done", "dropped")}
    try:
        TopologicalSorter({name: [d for d in live[name].record.deps if d in live] for name in sorted(live)}).prepare()
    except CycleError as error:
        path = list(reversed(error.args[1]))
        yield f"{at(Initiative, live[path[0]])}: initiatives wait for one another: {' → '.join(path)}"


def worth(found: Folder) -> Iterator[str]:
    """Open initiatives that cannot be ranked, or whose money names a budget line that is not there."""
    lines = {one.record.id for one in found.of(BudgetLine)}
    for one in found.of(Initiative):
        item = one.record
        if item.status in ("done", "dropped"):
            continue
        if item.value is None and not item.closes:
            yield f"{at(Initiative, one)}: needs a value, or the maturity points it closes, to be ranked"
        if item.funding is not None and found.readable(BudgetLine) and item.funding not in lines:
            yield f"{at(Initiative, one)}: funding {item.funding!r} is not in {BudgetLine.FILE}"


def references(found: Folder) -> Iterator[str]:
    """Controls and skills that an initiative says it closes and that do not exist."""
    known: dict[str, tuple[set[str], str, bool]] = {
        "control": ({one.record.id for one in found.of(Control)}, Control.FILE, found.readable(Control)),
        "skill": ({one.record.skill for one in found.of(Skill)}, Skill.FILE, found.readable(Skill)),
    }
    for one in found.of(Initiative):
        for ref in one.record.gap_refs:
            kind, _, name = ref.partition(":")
            if not name:
                yield f"{at(Initiative, one)}: gap {ref!r} does not say of what kind (write control:ID or skill:NAME)"
            elif kind in known and known[kind][2] and name not in known[kind][0]:
                yield f"{at(Initiative, one)}: {kind} {name!r} is not in {known[kind][1]}"


def scores(found: Folder) -> Iterator[str]:
    """Aspects that stand twice, and capability where SOC-CMM has none. Missing evidence is the answer's to tell."""
    seen: dict[tuple[str, str], int] = {}
    for one in found.of(MaturityScore):
        key = (one.record.domain, one.record.aspect.casefold())
        if key in seen:
            yield f"{at(MaturityScore, one)}: domain and aspect stand already on line {seen[key]}"
        seen.setdefault(key, one.line)
        if one.record.capability is not None and one.record.domain not in CAPABLE:
            yield f"{at(MaturityScore, one)}: capability is for {' and '.join(CAPABLE)} only"


def quarters(found: Folder) -> Iterator[str]:
    """A quarter that stands twice."""
    seen: dict[str, int] = {}
    for one in found.of(QuarterCapacity):
        if one.record.quarter in seen:
            yield f"{at(QuarterCapacity, one)}: quarter stands already on line {seen[one.record.quarter]}"
        seen.setdefault(one.record.quarter, one.line)


def tools(found: Folder) -> Iterator[str]:
    """A tool that stands twice, or whose migration waits for an initiative that does not exist."""
    known = {one.record.id for one in found.of(Initiative)}
    seen: dict[str, int] = {}
    for one in found.of(ToolLifecycle):
        if one.record.tool in seen:
            yield f"{at(ToolLifecycle, one)}: tool stands already on line {seen[one.record.tool]}"
        seen.setdefault(one.record.tool, one.line)
        yield from _waits(found, one, known)


def _waits(found: Folder, one: Located[ToolLifecycle], known: set[str]) -> Iterator[str]:
    for name in one.record.needs_first:
        if found.readable(Initiative) and name not in known:
            yield f"{at(ToolLifecycle, one)}: waits for {name!r}, which is not in {Initiative.FILE}"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (dependencies, worth, references, scores, quarters, tools)
