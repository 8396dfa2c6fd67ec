"""Reminders about people: roles nobody holds, a commander who is late or silent, relief, overdue tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.crisis.base import Who
from handlers.crisis.need_to_know import covered
from handlers.crisis.nudge import Reminder
from handlers.crisis.phases import Phase
from handlers.crisis.roles import TITLES
from handlers.crisis.state import Crisis
from messages.prose import duration

COMMANDED: frozenset[Phase] = frozenset({"declared", "mobilised", "contained", "eradicated"})
"""Phases in which silence of the commander is asked after."""


def reminders(crisis: Crisis) -> Iterator[Reminder]:
    """Given and future ones; whoever asks leaves out what was given."""
    yield from _unfilled(crisis)
    yield from _late_commander(crisis)
    yield from _silent_commander(crisis)
    yield from _relief(crisis)
    yield from _overdue(crisis)


def _minutes(crisis: Crisis, minutes: float) -> timedelta:
    return timedelta(minutes=minutes) / crisis.speed


def _commander(crisis: Crisis) -> tuple[Who, ...]:
    holder = crisis.roles.holder("commander")
    return (holder,) if holder else ()


def _unfilled(crisis: Crisis) -> Iterator[Reminder]:
    """Once a role, and once again each time it became vacant; the board shows it all the time."""
    for role in crisis.policy.roles_needed:
        if role in crisis.roles.held:
            continue
        since = crisis.roles.vacated.get(role)
        key = f"unfilled:{role}" + (f":{since.isoformat()}" if since else "")
        at = (since or crisis.declared) + _minutes(crisis, crisis.policy.unfilled_minutes)
        press = (f"Take {TITLES[role]}", f"crisis take {role}")
        yield Reminder(key, at, f"Nobody is {TITLES[role]}{' any more' if since else ' yet'}", press=press)


def _late_commander(crisis: Crisis) -> Iterator[Reminder]:
    """No commander in the level's time: on record for the review."""
    level = next((one for one in crisis.policy.levels if one.tier == crisis.severity), None)
    if level is None or level.commander_minutes is None or crisis.roles.held.get("commander"):
        return
    if "commander" in crisis.roles.vacated:
        return
    at = crisis.declared + _minutes(crisis, level.commander_minutes)
    said = f"no Incident Commander {level.commander_minutes:g} minutes after the declaration: SEV{level.tier} missed"
    yield Reminder("late:commander", at, said, (crisis.declared_by,), ("Take command", "crisis take commander"))


def _silent_commander(crisis: Crisis) -> Iterator[Reminder]:
    """Once a silence the commander; after twice the time the deputy, after three times whoever answers for the crisis
    beside them; each directly, too. Silence is that nothing of theirs was recorded: the house reads no conversation.
    """
    held = crisis.roles.held.get("commander")
    if held is None or crisis.phase not in COMMANDED:
        return
    who = held.who
    since = max(held.since, crisis.spoke.get(who.person, held.since))
    wait, minutes = _minutes(crisis, crisis.policy.silent_minutes), crisis.policy.silent_minutes
    key = f"{who.person}:{since.isoformat()}"
    asked = f"nothing recorded from you for {minutes:g} minutes: are you in command?"
    here = ("I am in command", "crisis note In command")
    yield Reminder(f"silent:{key}", since + wait, asked, (who,), here, direct=True)
    press = ("Release the command", "crisis release commander the commander does not answer")
    for times, often in ((2, "twice"), (3, "thrice")):
        told = (
            f"nothing recorded from {who.name}, Incident Commander, for {times * minutes:g} minutes: "
            "ask, or release the command"
        )
        to = behind(crisis, who)[: 1 if times == 2 else None]
        yield Reminder(f"silent {often}:{key}", since + times * wait, told, to, press, direct=True)


def behind(crisis: Crisis, commander: Who) -> tuple[Who, ...]:
    """Who answers for the crisis when its commander does not, first to last: deputy, sponsor, whoever declared it."""
    asked = (crisis.roles.holder("deputy"), crisis.roles.holder("sponsor"), crisis.declared_by)
    others = {who.person: who for who in asked if who is not None and who.person != commander.person}
    return tuple(others.values())


def _relief(crisis: Crisis) -> Iterator[Reminder]:
    """Once a holding."""
    hours = crisis.policy.relief_hours
    for role, held in crisis.roles.held.items():
        at = held.since + timedelta(hours=hours) / crisis.speed
        to = tuple({who.person: who for who in (held.who, *_commander(crisis))}.values())
        told = f"{held.who.name} has been {TITLES[role]} for {duration(hours * 3600)}: plan the relief"
        yield Reminder(f"relief:{role}:{held.who.person}:{held.since.isoformat()}", at, told, to)


def _overdue(crisis: Crisis) -> Iterator[Reminder]:
    """Once a task and time: its owner, or the commander when nobody has it."""
    for task in covered(crisis, crisis.tlp).tasks:
        if task.status == "open" and task.due is not None:
            to = (task.owner,) if task.owner else _commander(crisis)
            told = f"task {task.id} is overdue: {task.text[:120]}{'…' if len(task.text) > 120 else ''}"
            press = (f"{task.id} done", f"crisis task done {task.id}")
            at = task.due + timedelta(seconds=1)
            yield Reminder(f"task:{task.id}:{task.due.isoformat()}", at, told, to, press)
