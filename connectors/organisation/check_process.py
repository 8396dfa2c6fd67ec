"""Runbooks, automations, playbook runs, hunts and handover notes against one another and the other files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.models.organisation import HandlingTime, Person, Record
from connectors.models.organisation.process import Automation, HandoverNote, Hunt, PlaybookRun, Runbook, RunbookUse
from connectors.organisation.folder import Folder, at


def names(found: Folder) -> Iterator[str]:
    """A name or alias that two runbooks claim."""
    seen: dict[str, int] = {}
    for one in found.of(Runbook):
        for name in (one.record.id, *one.record.aliases):
            if name in seen and seen[name] != one.line:
                yield f"{at(Runbook, one)}: the name {name!r} stands already on line {seen[name]}"
            seen.setdefault(name, one.line)
        steps = [step.id for step in one.record.steps]
        for twice in sorted({step for step in steps if steps.count(step) > 1}):
            yield f"{at(Runbook, one)}: step {twice!r} stands twice"


def references(found: Folder) -> Iterator[str]:
    """Runbooks and persons that are named and do not exist."""
    books = {name for one in found.of(Runbook) for name in (one.record.id, *one.record.aliases)}
    if found.readable(Runbook):
        for record in (RunbookUse, Automation, Hunt):
            for one in found.any_of(record):
                if one.record.runbook is not None and one.record.runbook not in books:
                    yield f"{at(record, one)}: runbook {one.record.runbook!r} is not in {Runbook.FILE}"
    known = {one.record.id for one in found.of(Person)}
    owned: tuple[type[Record], ...] = (Runbook, Automation, Hunt, HandoverNote) if found.readable(Person) else ()
    for kind in owned:
        for one in found.any_of(kind):
            if one.record.owner is not None and one.record.owner not in known:
                yield f"{at(kind, one)}: owner {one.record.owner!r} is not in {Person.FILE}"


def types(found: Folder) -> Iterator[str]:
    """Case types that are named and have no handling time."""
    if not found.readable(HandlingTime):
        return
    known = {one.record.type for one in found.of(HandlingTime)}
    named = [(Runbook.FILE, one.line, name) for one in found.of(Runbook) for name in one.record.case_types]
    for record in (RunbookUse, Automation):
        named += [(record.FILE, one.line, one.record.case_type) for one in found.any_of(record)]
    for file, line, name in named:
        if name not in known:
            yield f"{file} line {line}: case type {name!r} is not in {HandlingTime.FILE}"


def counts(found: Folder) -> Iterator[str]:
    """Parts that are larger than their whole, and periods that end before they begin."""
    for one in found.of(RunbookUse):
        use = one.record
        if use.followed > use.sampled:
            yield f"{at(RunbookUse, one)}: {use.followed} followed of {use.sampled} sampled"
        if use.sampled > use.used:
            yield f"{at(RunbookUse, one)}: {use.sampled} sampled of {use.used} used"
    for run in found.of(PlaybookRun):
        if run.record.failed > run.record.runs:
            yield f"{at(PlaybookRun, run)}: {run.record.failed} failed of {run.record.runs} runs"
    for record in (RunbookUse, PlaybookRun):
        for one in found.any_of(record):
            if one.record.period_to < one.record.period_from:
                yield f"{at(record, one)}: period_to {one.record.period_to} is before {one.record.period_from}"


def failures(found: Folder) -> Iterator[str]:
    """An automation whose failures are neither estimated nor measured cannot be scored."""
    measured = {one.record.playbook for one in found.of(PlaybookRun) if one.record.runs}
    for one in found.of(Automation):
        item = one.record
        if item.failure is None and item.playbook not in measured:
            yield f"{at(Automation, one)}: needs a failure share, or a playbook with runs in {PlaybookRun.FILE}"


def hunts(found: Folder) -> Iterator[str]:
    """A finished hunt has a day and a result; an unfinished one has no day."""
    for one in found.of(Hunt):
        hunt = one.record
        if hunt.status == "done" and (hunt.finished is None or not hunt.result):
            yield f"{at(Hunt, one)}: done, but without the day it finished or without a result"
        if hunt.status != "done" and hunt.finished is not None:
            yield f"{at(Hunt, one)}: finished on {hunt.finished}, but its status is {hunt.status}"


def notes(found: Folder) -> Iterator[str]:
    """A note that ends before it begins."""
    for one in found.of(HandoverNote):
        note = one.record
        if note.until is not None and note.until <= note.since:
            yield f"{at(HandoverNote, one)}: until {note.until} is not after since {note.since}"


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (names, references, types, counts, failures, hunts, notes)
