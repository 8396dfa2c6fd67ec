"""Public holidays to come and whether the roster holds on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from handlers.analysis.roster import Block, coverage


@dataclass(frozen=True, slots=True)
class HolidayCover:
    """A holiday's hours: `gaps` short of what they need, `empty` with nobody, and the persons on shift in it."""

    day: date
    name: str
    gaps: int
    empty: int
    people: tuple[str, ...]


def holiday_cover(
    blocks: Sequence[Block], holidays: Mapping[date, str], zone: str, required: Sequence[int]
) -> list[HolidayCover]:
    """Each holiday (see `business.holidays_ahead`) against `required` heads per hour of the week (168, from Monday).

    Expand blocks from the day before the first holiday to the last one.
    """
    tz = ZoneInfo(zone)
    out = []
    for day, name in sorted(holidays.items()):
        week = coverage(blocks, day - timedelta(days=day.weekday()), zone, required)
        slots = [s for s in week.slots if s.start.astimezone(tz).date() == day]
        start, end = slots[0].start, slots[-1].start + timedelta(hours=1)
        people = {b.person for b in blocks if b.kind == "on" and b.start < end and b.end > start}
        gaps, empty = sum(not s.covered for s in slots), sum(s.rostered == 0 for s in slots)
        out.append(HolidayCover(day, name, gaps, empty, tuple(sorted(people))))
    return out
