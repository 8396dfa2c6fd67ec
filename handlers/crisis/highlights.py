"""The turning points of a crisis for its review, told by roles: persons are named by the record alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.crisis.base import Event
from handlers.crisis.duties import ClockDropped, ClockFiled, ClockStarted, utc
from handlers.crisis.letters import LetterRejected, LetterSending, LetterWithdrawn
from handlers.crisis.phases import Moved, Rated
from handlers.crisis.roles import TITLES, RoleAccepted, RoleVacated
from handlers.crisis.rooms import RoomFailed
from handlers.crisis.state import Declared, Injected
from handlers.crisis.work import Decided, DecisionReversed


def highlights(events: Iterable[Event]) -> tuple[tuple[Event, str], ...]:
    """The events that made a difference, each with its line, by the time they happened."""
    told = [(event, words) for event in events if (words := said(event))]
    return tuple(sorted(told, key=lambda pair: (pair[0].when, pair[0].stamp.n)))


def said(event: Event) -> str:
    """The event in words without a person's name; "" for what is no turning point."""
    match event:
        case Declared():
            return f"SEV{event.severity} declared: {event.title}"
        case Moved():
            return f"{event.before} → {event.to}" + (f": {event.reason}" if event.reason else "")
        case Rated():
            return f"SEV{event.before} → SEV{event.to}: {event.reason}"
        case Decided():
            return f"Decision {event.decision.id}: {event.decision.text}"
        case DecisionReversed():
            return f"Decision {event.decision} reversed: {event.reason}"
        case _:
            return _by_role(event) or _outward(event)


def _by_role(event: Event) -> str:
    match event:
        case RoleAccepted():
            return f"{TITLES[event.role]} {'taken over' if event.before else 'in place'}"
        case RoleVacated():
            return f"{TITLES[event.role]} vacant"
        case Injected():
            return f"Inject: {event.text}"
        case RoomFailed():
            return f"No room on {event.platform}: {event.reason}"
        case _:
            return ""


def _outward(event: Event) -> str:
    match event:
        case ClockStarted():
            return (
                f"Clock trigger {event.started.trigger.removesuffix('_at').replace('_', ' ')}: {utc(event.started.at)}"
            )
        case ClockFiled():
            return f"Filed: {event.filed.rule}, {event.filed.stage}"
        case ClockDropped():
            return f"Not due: {event.duty}: {event.reason}"
        case LetterSending():
            return f"Message {event.letter} sent"
        case LetterRejected() | LetterWithdrawn():
            return f"Message {event.letter} {event.kind.removeprefix('letter ')}: {event.reason}"
        case _:
            return ""
