"""The handover card: words, colour, figures, tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

from handlers.analysis.handover import Change
from handlers.analysis.queue_now import Standing
from handlers.analysis.roster import Block as Stretch
from handlers.commands.handover.work import AHEAD, Found, Inputs
from handlers.core import cells
from handlers.core.book import Book, files
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Heading,
    KpiStrip,
    Moment,
    Span,
    Status,
    Text,
    Verdict,
    spans,
)
from messages.prose import quantity

CASES_SHOWN = 8
STRIP = ("queue.open", "queue.breached", "queue.at_risk", "queue.unassigned", "handover.unattended", "handover.notes")
RULE = (
    "red: nobody at work takes over, or a breached critical or high case has no owner; unknown: the case desk, roster, "
    "shifts or the record of acceptances is missing; amber: the handover is not accepted in time, one person alone "
    "takes over, a case is breached or at risk, a critical or high case has no owner or one who is not there next; "
    "otherwise green"
)


def figures(book: Book, inputs: Inputs, found: Found) -> None:
    """The queue and the notes as figures; nothing is counted that could not be read."""
    queue = found.queue
    if queue is not None:
        blind = "" if queue.judged or not queue.cases else "no open case has a promise, in sla.yaml or at the desk"
        for figure, label, cases, rule, note in (
            ("queue.open", "Open cases", queue.cases, "Real open cases.", ""),
            ("queue.breached", "Breached", [s.case for s in queue.of("breached")], "Open past their promise.", blind),
            ("queue.at_risk", "At risk", [s.case for s in queue.of("at risk")],
             "Remaining time at most 15 minutes or a quarter of the promise.", blind),
            ("queue.unassigned", "Without an owner", queue.unassigned, "Owned by nobody or by a queue.", ""),
        ):  # fmt: skip
            book.add(figure, label, None if note else len(cases), "count", rule, cases=[c.id for c in cases],
                     better="lower", note=note)  # fmt: skip
    if found.unattended is not None:
        rostered = book.over(None, inputs.cases.source, *files(inputs.people, inputs.shifts, inputs.absences))
        leave = "" if inputs.absences.ok else "absences.yaml is missing: persons on leave count as present"
        rostered.add("handover.unattended", "Urgent, owner not there next", len(found.unattended), "count",
                     "Open critical and high cases whose owner is not at work after the change of shift.",
                     cases=[c.id for c in found.unattended], better="lower", note=leave)  # fmt: skip
    if found.notes is not None:
        book.over(None, *files(inputs.notes)).add(
            "handover.notes", "Notes", len(found.notes), "count",
            "Handover notes that hold now or begin within twelve hours.",
        )  # fmt: skip


def verdict(inputs: Inputs, found: Found) -> Verdict:
    """RULE as code."""
    status, why = _judged(inputs, found)
    because = f" {why[0].upper()}{why[1:]}." if why else ""
    return Verdict(text=(*_text(inputs, found), *spans(because)), status=status, rule=RULE)


def _text(inputs: Inputs, found: Found) -> Text:
    parts: list[str | Span] = []
    if found.due is None and found.next is None:
        lost = [name for name, got in (("roster.yaml", inputs.people), ("shifts.yaml", inputs.shifts)) if not got.ok]
        if lost:
            return spans(f"Who takes over is not known: {' and '.join(lost)} could not be read.")
        return spans("No change of shift is on file within two days.")
    if found.due is not None:
        parts += ["Handover of ", Moment(at=found.due.at)]
        if not found.known:
            parts.append(": whether it was accepted could not be read. ")
        elif found.accepted is None:
            parts.append(" is not accepted. ")
        else:
            parts += [" accepted ", Moment(at=found.accepted.at), ". "]
    if found.next is not None:
        parts += ["Next ", Moment(at=found.next.at), f", {taking(found.next)}."]
    return spans(*parts)


def taking(change: Change) -> str:
    """How many are there after the change."""
    calls = sum(b.kind == "on-call" for b in (*change.come, *change.stay))
    on_call = f"{calls} on call" if calls else "nobody on call"
    return f"then {len(change.present) or 'nobody'} at work, {on_call}"


def _judged(inputs: Inputs, found: Found) -> tuple[Status, str]:
    """The colour by RULE and what made it so, where the text does not say that already."""
    subject, queue = found.subject, found.queue
    naked = {s.case.id for s in queue.of("breached") if s.urgent and not s.case.owned_by_human} if queue else set()
    if naked:
        return "red", f"{cells.counted(len(naked), 'breached critical or high case')} without an owner"
    if subject is not None and not subject.present:
        return "red", "nobody at work takes over"
    needed = (inputs.cases, inputs.people, inputs.shifts)
    if any(not got.ok for got in needed) or not found.known or subject is None or queue is None or not queue.judged:
        return "unknown", "" if queue is None or queue.judged else "no open case has a promise to judge by"
    late_cases = len(queue.of("breached")) + len(queue.of("at risk"))
    loose = sum(s.urgent and not s.case.owned_by_human for s in queue.standings)
    why = [
        *(["one person alone takes over"] if len(subject.present) == 1 else []),
        *([f"{cells.counted(late_cases, 'case')} breached or at risk"] if late_cases else []),
        *([f"{cells.counted(loose, 'critical or high case')} without an owner"] if loose else []),
        *([f"{len(found.unattended)} with an owner who is not there next"] if found.unattended else []),
    ]
    if why or late(inputs, found):
        return "amber", "; ".join(why)
    return ("unknown", "the case list was cut") if inputs.cases.source.truncated else ("green", "")


def late(inputs: Inputs, found: Found) -> bool:
    """Is the handover that is due not accepted although its time is over?"""
    if found.due is None or found.accepted is not None or not found.known:
        return False
    return found.now > found.due.at + timedelta(minutes=inputs.assumed.accept_minutes)


def needs(inputs: Inputs, found: Found) -> list[Text]:
    """At most five lines."""
    out: list[Text] = []
    if late(inputs, found) and found.due is not None:
        since = quantity((found.now - found.due.at).total_seconds(), "seconds")
        out.append(spans("Nobody accepted the handover of ", Moment(at=found.due.at), f", {since} ago."))
    if found.subject is not None and len(found.subject.present) < 2:
        who = "One person alone is" if found.subject.present else "Nobody is"
        out.append(spans(f"{who} at work after the change of ", Moment(at=found.subject.at), "."))
    loose = [s for s in found.urgent if not s.case.owned_by_human]
    if loose:
        ids = cells.names([f"#{s.case.id}" for s in loose], 4)
        out.append(spans(f"Without an owner: {ids}."))
    if found.unattended:
        ids = cells.names([f"#{c.id} ({c.assignee})" for c in found.unattended], 3)
        out.append(spans(f"Urgent, owner not there next: {ids}."))
    for note in [n for n in found.notes or () if n.kind == "action"][:1]:
        until: tuple[str | Span, ...] = () if note.until is None else (" until ", Moment(at=note.until))
        out.append(spans(f"To do: {cells.shorten(note.text, 90)}", *until, f" ({note.owner})."))
    return out[:5]


def compose(inputs: Inputs, found: Found, held: Sequence[str], named: bool) -> list[Block]:
    """Strip, needs, shifts, notes, cases; `held` are the figures there are, `named`: persons may be named."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in held):
        out.append(KpiStrip(figures=strip))
    if lines := needs(inputs, found):
        out += [Heading(text="What needs you"), Bullets(items=tuple(lines))]
    return [*out, *body(found, named)]


def body(found: Found, named: bool) -> list[Block]:
    """What the next shift must know: who, notes, cases."""
    out: list[Block] = []
    changes = [c for c in (found.due, found.next) if c is not None]
    if changes:
        made = (
            cells.row(Moment(at=c.at), people(c.leave, named), people(c.come, named), people(c.stay, named),
                      _lead(c, named))
            for c in changes
        )  # fmt: skip
        out.append(cells.table("Shifts", ("Change", "Leave", "Come", "Stay", "Lead"), made))
    if found.notes:
        notes = (
            cells.row(n.kind, cells.shorten(n.text, 160), cells.moment(n.until), n.owner,
                      ", ".join(f"#{one}" for one in n.cases))
            for n in found.notes
        )  # fmt: skip
        out.append(cells.table("To know", ("Kind", "What", "Until", "Owner", "Cases"), notes))
    if found.urgent:
        labels = ("Case", "Title", "Priority", "Stage", "Promise", "Owner")
        made_cases = (_case(s) for s in found.urgent[:CASES_SHOWN])
        out.append(cells.table("Cases to look at first", labels, made_cases, len(found.urgent)))
    if found.moved is not None:
        out.append(Context(text=spans(f"Since the last change: {found.moved[0]} opened, {found.moved[1]} closed.")))
    return out


def _case(one: Standing) -> tuple[Text, ...]:
    state, left = one.promise.state, one.promise.remaining
    said = state if left is None else f"{state}, {quantity(abs(left), 'seconds')} {'left' if left >= 0 else 'over'}"
    return cells.row(f"#{one.case.id}", cells.shorten(one.case.title, 70), one.case.priority, one.case.stage, said,
                     one.case.assignee)  # fmt: skip


def people(blocks: Sequence[Stretch], named: bool) -> str:
    """Names where they may be told, else how many of which tier."""
    if named:
        return ", ".join(f"{b.person}{' (on call)' if b.kind == 'on-call' else ''}" for b in blocks)
    tiers = sorted({(b.tier, b.kind) for b in blocks})
    said = [(sum((b.tier, b.kind) == one for b in blocks), *one) for one in tiers]
    return ", ".join(f"{n} × tier {tier}{' (on call)' if kind == 'on-call' else ''}" for n, tier, kind in said)


def _lead(change: Change, named: bool) -> str:
    if not change.leads:
        return "none"
    return ", ".join(change.leads) if named else f"{len(change.leads)} there"


def actions(found: Found) -> Actions:
    """Accept when there is something to accept."""
    buttons = [Button(label="Refresh", line="handover"), Button(label="Operations", line="monitor operations")]
    if found.due is not None and found.accepted is None:
        buttons.insert(0, Button(label="Accept", line=f"handover accept {found.due.id}", style="primary"))
    return Actions(buttons=tuple(buttons))


def when(found: Found) -> str:
    """When the next change may be accepted, where nothing is to be accepted now."""
    if found.accepted is None or found.next is None:
        return ""
    wait = ceil((found.next.at - AHEAD - found.now).total_seconds() / 60)
    return f"The next one can be accepted in {quantity(wait * 60, 'seconds')}."
