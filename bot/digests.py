"""`soc-bot digest list`: every schedule of the organisation, from the state alone."""

from __future__ import annotations

from bot.settings import Settings
from bot.state import opened
from connectors.clock import SystemClock
from handlers.digest.model import Held, everything
from messages.prose import instant


async def listed(settings: Settings) -> list[str]:
    """One line a digest: id, next, when, place, owner, line. Raises StateError, SettingsError."""
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        found = await everything(state.schedules)
    found.sort(key=lambda one: (one.next_at is None, one.next_at, one.schedule.id))
    return [_line(one) for one in found] or [f"No digest is scheduled in “{settings.process.org}”."]


def _line(one: Held) -> str:
    made = one.schedule
    coming = instant(one.next_at) if one.next_at else (made.stopped or "over")
    place = f"{made.place.platform} {made.place.channel or made.place.user}"
    owner = made.owner.name or made.owner.user
    return f"{made.id}  {coming}  {made.when} {made.zone}  {place}  {owner}  {made.line}"
