"""The board: the crisis at one look, one pinned message that is replaced in place. Pure."""

from __future__ import annotations

from datetime import datetime

from handlers.crisis.board_clocks import clock_lines
from handlers.crisis.board_people import role_facts, unfilled
from handlers.crisis.board_work import pending, work_facts
from handlers.crisis.cadence import rhythms, update_lines
from handlers.crisis.guests import guest_notices
from handlers.crisis.need_to_know import covered
from handlers.crisis.phases import MOVES, VERBS, Phase
from handlers.crisis.state import Crisis
from handlers.crisis.tasking import is_overdue
from handlers.crisis.telling import MOST_BUTTONS, button
from messages.document import (
    Actions,
    Block,
    Button,
    Context,
    Document,
    Fact,
    Facts,
    Moment,
    Notice,
    Span,
    Status,
    Strong,
    Text,
    Verdict,
    spans,
)

RULE = "red: open and SEV1, or a clock or an update overdue; amber: open; green: over"
NEXT: dict[Phase, str] = {
    "declared": "mobilise",
    "mobilised": "contain",
    "contained": "eradicate",
    "eradicated": "recover",
    "recovered": "close",
    "closed": "review",
}
"""The verb that moves a crisis on along its course."""


def board(crisis: Crisis, audience: str = "team", now: datetime | None = None) -> Document:
    """For the team, everything; for others, how it stands. `now`: what is overdue is judged at this time; left out:
    at the last event, and each deadline's own reminder is one.
    """
    at = now or crisis.updated or crisis.declared
    crisis = covered(crisis.model_copy(update={"updated": at, "duties": crisis.duties.at(at)}), crisis.tlp)
    blocks: list[Block] = []
    if audience == "team":
        if crisis.room_problem and crisis.open:
            blocks.append(Notice(level="warning", text=spans(f"No room: {crisis.room_problem}")))
        blocks += guest_notices(crisis) if crisis.open else ()
        blocks.append(Facts(facts=facts(crisis, at)))
        blocks.append(actions(crisis))
        blocks += (writing(crisis),) if crisis.open else ()
    else:
        blocks.append(Facts(facts=_outer(crisis)))
    small = spans(f"As of #{crisis.version}, ", Moment(at=at), f" · TLP:{crisis.tlp.upper()}")
    return Document(
        title=f"{crisis.name} · SEV{crisis.severity} · {crisis.phase}",
        verdict=Verdict(text=verdict(crisis, at, audience), status=status(crisis, at), rule=RULE),
        blocks=(*blocks, Context(text=small)),
        tlp=crisis.tlp,
    )


def deadlines(crisis: Crisis) -> tuple[tuple[datetime, str], ...]:
    """Everything that has its time and is not done, the earliest first: (when, what)."""
    found = [(duty.due, f"{duty.name} ({duty.key})") for duty in pending(crisis) if duty.due]
    found += [(task.due, f"task {task.id}") for task in crisis.tasks if task.status == "open" and task.due]
    found += [(one.due, f"{one.audience} update") for one in rhythms(crisis)]
    found += [(ask.due, f"answers to {ask.id}") for ask in crisis.asks if not ask.closed and ask.waiting]
    return tuple(sorted(found))


def status(crisis: Crisis, now: datetime) -> Status:
    """By `RULE`."""
    if not crisis.open:
        return "green"
    clock = any(duty.state == "overdue" for duty in crisis.duties.at(now).board)
    update = any(one.over(now) for one in rhythms(crisis))
    return "red" if crisis.severity == 1 or clock or update else "amber"


def verdict(crisis: Crisis, now: datetime, audience: str = "team") -> Text:
    """What is happening, and what must be done by when."""
    parts: list[str | Span] = [crisis.title + "."]
    if audience == "team" and crisis.open:
        late = sum(at < now for at, _ in deadlines(crisis))
        parts += [" ", Strong(text=f"{late} overdue."), " "] if late else [" "]
        coming = next(((at, what) for at, what in deadlines(crisis) if at >= now), None)
        parts += ["Next: ", Strong(text=coming[1]), " until ", Moment(at=coming[0]), "."] if coming else []
        parts += [] if coming or late else ["Nothing has a deadline yet."]
    return spans(*parts)


def facts(crisis: Crisis, now: datetime) -> tuple[Fact, ...]:
    """Label and value, the ones that matter first."""
    found = [*role_facts(crisis)]
    found += [Fact(label="Clock", text=line) for line in clock_lines(crisis)]
    found += [Fact(label="Update", text=line) for line in update_lines(crisis)]
    found += work_facts(crisis, now)
    declared = spans(Moment(at=crisis.declared), f" by {crisis.declared_by.name}")
    found.append(Fact(label="Declared", text=declared))
    if crisis.case:
        found.append(Fact(label="Case", text=spans(crisis.case)))
    if crisis.policy.bridge:
        found.append(Fact(label="Bridge", text=spans(crisis.policy.bridge)))
    return tuple(found)


def _outer(crisis: Crisis) -> tuple[Fact, ...]:
    commander = crisis.roles.holder("commander")
    return (
        Fact(label="Declared", text=spans(Moment(at=crisis.declared))),
        Fact(label="Incident Commander", text=spans(commander.name if commander else "nobody yet")),
    )


def actions(crisis: Crisis) -> Actions:
    """What is most likely to be pressed next: never more than fit."""
    found: list[Button] = []
    if crisis.open and "commander" in unfilled(crisis):
        found.append(button(crisis, "Take command", "crisis take commander", first=True))
    if (verb := NEXT.get(crisis.phase)) and VERBS[verb] in MOVES[crisis.phase]:
        found.append(button(crisis, verb.capitalize(), f"crisis {verb}", first=not found))
    if crisis.open:
        note = button(crisis, "Note", "crisis note")
        found.append(note.model_copy(update={"line": f"{note.line} --form"}))
        found.append(button(crisis, _tasks(crisis), "crisis tasks"))
    else:
        again = button(crisis, "Reopen", "crisis reopen")
        found.append(again.model_copy(update={"line": f"{again.line} --form"}))
        found.append(button(crisis, "After-action review", "crisis after-action"))
    if crisis.phase == "recovered":
        found.append(button(crisis, "Exit checklist", "crisis exit"))
    found.append(button(crisis, "Timeline", "crisis timeline"))
    return Actions(buttons=tuple(found[:MOST_BUTTONS]))


def writing(crisis: Crisis) -> Actions:
    """What is written down most, each by its form, and what else there is to type for whoever presses."""
    forms = {"Fact…": "crisis fact", "Task…": "crisis task", "Decision…": "crisis decide"}
    found = [button(crisis, label, line) for label, line in forms.items()]
    found = [one.model_copy(update={"line": f"{one.line} --form"}) for one in found]
    found += [button(crisis, "Clocks", "crisis clock"), button(crisis, "What to type", "crisis help")]
    return Actions(buttons=tuple(found))


def _tasks(crisis: Crisis) -> str:
    late = sum(is_overdue(task, crisis.updated or crisis.declared) for task in crisis.tasks)
    return f"Tasks ({late} overdue)" if late else "Tasks"
