"""Reminders about updates: shortly before one is due, and at every due time that goes by without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.crisis.base import Who
from handlers.crisis.cadence import Rhythm, rhythms
from handlers.crisis.duties import utc
from handlers.crisis.nudge import Reminder
from handlers.crisis.people_reminders import behind
from handlers.crisis.roles import Role
from handlers.crisis.state import Crisis
from messages.prose import duration

AHEAD = timedelta(minutes=10)
DIRECTLY = 2
"""Due times that went by and are also told directly; the later ones are called out in the room alone."""
SHARE = 0.25
"""The early reminder comes `AHEAD` of the due time, or this share of the interval when that is less."""


def reminders(crisis: Crisis) -> Iterator[Reminder]:
    """Given and future ones; whoever asks leaves out what was given."""
    for one in rhythms(crisis):
        press = ("Draft it", f"crisis draft {one.audience}")
        key = f"update:{one.audience}:{one.due:%Y-%m-%dT%H:%M:%S}"
        ahead = min(AHEAD / crisis.speed, SHARE * one.every)
        text = f"The {one.audience} update is due {utc(one.due)}"
        yield Reminder(f"{key}:soon", one.due - ahead, text, _who(crisis, one.audience, 0), press)
        missed = _gone_by(crisis, one)
        at = one.due + missed * one.every
        over = f"The {one.audience} update of {utc(one.due)} is overdue"
        since = f" by {duration((missed * one.every).total_seconds())}" if missed else ""
        to = _who(crisis, one.audience, missed)
        yield Reminder(
            f"{key}:{missed}", at + timedelta(seconds=1), over + since, to, press, direct=0 < missed <= DIRECTLY
        )


def _gone_by(crisis: Crisis, one: Rhythm) -> int:
    """Due times that were called out already, or went by while nobody looked: the next one is worth a word."""
    key = f"update:{one.audience}:{one.due:%Y-%m-%dT%H:%M:%S}:"
    given = [at for said, at in crisis.reminded.items() if said.startswith(key) and not said.endswith(":soon")]
    return int((max(given) - one.due) / one.every) + 1 if given else 0


def _who(crisis: Crisis, audience: str, missed: int) -> tuple[Who, ...]:
    """The communications lead, for the technical team the operations lead, else the commander; from the second due time
    that goes by the commander, too, and from the third who stands behind the commander.
    """
    first: Role = "operations" if audience == "technical-team" else "communications"
    commander = crisis.roles.holder("commander")
    found = [crisis.roles.holder(first) or commander, *((commander,) if missed else ())]
    if missed > 1:
        found += behind(crisis, commander or crisis.declared_by)[:1] or (crisis.declared_by,)
    return tuple({who.person: who for who in found if who is not None}.values())
