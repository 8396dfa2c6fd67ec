"""Drills: injects that come by the clock, each exactly once, and a score of what the team did about each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.models.organisation.crisis import Inject
from handlers.crisis import asks, duties, letters, roles, sitrep, work
from handlers.crisis.base import Event, Refused, Stamp
from handlers.crisis.nudge import Reminder
from handlers.crisis.phases import VERBS, Moved, Rated
from handlers.crisis.record import Record
from handlers.crisis.state import Crisis, ExitChecked, Injected

KEY = "inject:"
WINDOW_MINUTES = 15
"""Minutes of the scenario in which an answer earns full points; the clock of a drill may run faster."""
FULL, LATE = 2, 1
RULE = f"{FULL} points within {WINDOW_MINUTES} minutes of the scenario, {LATE} later, 0 never"

_KINDS: dict[str, tuple[type[Event], ...]] = {
    "task": (work.TaskAdded, work.TaskChanged),
    "settle": (work.Restated,),
    "withdraw": (work.Restated,),
    "decide": (work.Decided,),
    "note": (work.Noted,),
    "role": (roles.RoleOffered, roles.RoleAccepted),
    "take": (roles.RoleAccepted,),
    "accept": (roles.RoleAccepted,),
    "clock": (duties.ClockStarted, duties.ClockFiled, duties.ClockDropped, duties.ClockOwned),
    "draft": (letters.LetterWritten,),
    "letter": (letters.LetterWritten,),
    "approve": (letters.LetterApproved,),
    "send": (letters.LetterSending,),
    "ask": (asks.AskOpened,),
    "severity": (Rated,),
    "sitrep": (sitrep.Reported,),
    "exit": (ExitChecked,),
}
"""What a command leaves in the record: the score is of the record, not of what was typed in vain."""
_STATED = {"fact": "fact", "assume": "assumption", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Score:
    """One inject. `given` when it came; `entry` the number of what answered it; `after` real time until then.

    `points` None: it expects nothing that can be scored, or has not come.
    """

    inject: Inject
    given: datetime | None
    entry: int | None = None
    after: timedelta | None = None
    points: int | None = None


def answers(expects: str) -> Callable[[Event], bool] | None:
    """Is this event what the command `expects` leaves behind? None when that cannot be told."""
    words = expects.split()
    verb = words[1] if len(words) > 1 and words[0] == "crisis" else ""
    if verb in VERBS:
        return lambda event: isinstance(event, Moved) and event.to == VERBS[verb]
    if verb in _STATED:
        return lambda event: isinstance(event, work.Stated) and event.statement.kind == _STATED[verb]
    if verb in _KINDS:
        return lambda event: isinstance(event, _KINDS[verb])
    return None


def when(crisis: Crisis, number: int) -> datetime:
    """When inject `number` (from 0) is due."""
    return crisis.declared + timedelta(minutes=crisis.scenario[number].after_minutes) / crisis.speed


def reminders(crisis: Crisis) -> Iterator[Reminder]:
    """The injects that have not come yet: `crisis tick` gives them."""
    for number in range(crisis.injects, len(crisis.scenario)):
        yield Reminder(f"{KEY}{number}", when(crisis, number), crisis.scenario[number].text)


def is_inject(reminder: Reminder) -> bool:
    return reminder.key.startswith(KEY)


def next_inject(number: int, crisis: Crisis, stamp: Stamp) -> Injected:
    """Inject `number` (from 0). Refused when it is not the next one, or not due."""
    if not crisis.open or number != crisis.injects or when(crisis, number) > stamp.at:
        raise Refused("Nothing is due.")
    return Injected(stamp=stamp, text=crisis.scenario[number].text)


def in_order(injects: tuple[Inject, ...]) -> tuple[Inject, ...]:
    """By their minute; those of the same minute as the file has them."""
    return tuple(sorted(injects, key=lambda one: one.after_minutes))


def scores(record: Record) -> tuple[Score, ...]:
    """Every inject of the scenario, in order. An event answers one inject; a phase reached before counts too."""
    crisis, given = record.crisis, record.of(Injected)
    used: set[int] = set()
    found = []
    for number, inject in enumerate(crisis.scenario):
        came = given[number] if number < len(given) else None
        found.append(_score(record, inject, came, used))
    return tuple(found)


def _score(record: Record, inject: Inject, came: Injected | None, used: set[int]) -> Score:
    test = answers(inject.expects)
    if came is None or test is None:
        return Score(inject, came.stamp.at if came else None)
    for event in record.events:
        n, person = event.stamp.n, event.stamp.by.platform != "system"
        early = n < came.stamp.n and not isinstance(event, Moved)
        if person and test(event) and not early and n not in used:
            used.add(n)
            after = max(event.stamp.at - came.stamp.at, timedelta())
            in_time = after * record.crisis.speed <= timedelta(minutes=WINDOW_MINUTES)
            return Score(inject, came.stamp.at, n, after, FULL if in_time else LATE)
    return Score(inject, came.stamp.at, points=0)


def total(found: tuple[Score, ...]) -> tuple[int, int]:
    """Points, and how many there could be for the injects that came."""
    scored = [one.points for one in found if one.points is not None]
    return sum(scored), FULL * len(scored)
