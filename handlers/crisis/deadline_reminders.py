"""Reminders about regulatory clocks: a day, four hours and one hour before, and when they are overdue.

A clock whose deadline was computed late is not reminded of what had passed by then, except that it is overdue. They
outlive the crisis: closing it ends no deadline.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.crisis.base import Who
from handlers.crisis.board_clocks import named
from handlers.crisis.duties import RUNNING, Duty, utc
from handlers.crisis.nudge import Reminder
from handlers.crisis.state import Crisis

AHEAD = (timedelta(hours=24), timedelta(hours=4), timedelta(hours=1))
PROPOSE = "clocks:propose"
"""The tick that finds this reminder due proposes the candidate clocks instead of calling anything out."""
PATIENCE = timedelta(minutes=1)


def reminders(crisis: Crisis) -> Iterator[Reminder]:
    """Given and future ones; whoever asks leaves out what was given. A filed or dropped clock has none."""
    if not crisis.duties.proposed and crisis.open:
        yield Reminder(PROPOSE, crisis.declared + PATIENCE, "The candidate clocks were not looked for yet")
    for duty in crisis.duties.board:
        if duty.due is not None and duty.state in RUNNING:
            yield from _of(duty, crisis)


def _of(duty: Duty, crisis: Crisis) -> Iterator[Reminder]:
    """The key holds the deadline: one that was corrected is reminded of anew."""
    if duty.due is None:
        return
    since, until = duty.since or crisis.declared, f"{duty.due:%Y-%m-%dT%H:%M:%S}"
    to, press = _who(duty, crisis), ("Log the filing", f"crisis clock filed {named(duty)} --form")
    for lead in AHEAD:
        at = duty.due - lead / crisis.speed
        if at > since:
            hours = lead.total_seconds() / 3600
            left = f"{hours:g} h" if crisis.speed == 1 else f"{hours:g} h of the exercise's time"
            text = f"{left} left to file {duty.name}, due {utc(duty.due)}"
            yield Reminder(f"duty:{duty.key}:{until}:{hours:g}h", at, text, to, press)
    if duty.soon is not None and duty.soon > since:
        text = f"{duty.name} is due soon: {utc(duty.due)}"
        yield Reminder(f"duty:{duty.key}:{until}:soon", duty.soon, text, to, press)
    text = f"{duty.name} is OVERDUE: it was due {utc(duty.due)}; file it, and give the reasons for the delay"
    yield Reminder(f"duty:{duty.key}:{until}:overdue", duty.due + timedelta(seconds=1), text, to, press)


def _who(duty: Duty, crisis: Crisis) -> tuple[Who, ...]:
    """Its owner; else the commander and the legal liaison."""
    if duty.owner is not None:
        return (duty.owner,)
    found = (crisis.roles.holder("commander"), crisis.roles.holder("legal"))
    return tuple({who.person: who for who in found if who}.values())
