"""Business hours between instants, exact across daylight saving, and holidays to come.

Opening blocks are laid out once as UTC seconds; everything after that is arithmetic on instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.models.organisation import Calendar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, eq=False)
class BusinessHours:
    """Opening blocks as epoch seconds, with the seconds open before each; covers `first` to `last` (local days)."""

    opens: Floats
    closes: Floats
    before: Floats
    first: date
    last: date
    covers: tuple[float, float]

    def elapsed(self, epoch: Floats) -> Floats:
        """Seconds open from the start of the layout until each instant (epoch seconds)."""
        import numpy as np  # noqa: PLC0415

        index = np.searchsorted(self.opens, epoch, side="right") - 1
        safe = np.maximum(index, 0)
        inside = np.minimum(epoch, self.closes[safe]) - self.opens[safe]
        return np.where(index < 0, 0.0, self.before[safe] + np.maximum(inside, 0.0))

    def between(self, start: Floats, end: Floats) -> Floats:
        """Seconds open from each start to each end; negative where the end comes first."""
        self._check(start)
        self._check(end)
        return self.elapsed(end) - self.elapsed(start)

    def after(self, start: Floats, seconds: float) -> Floats:
        """Epoch seconds at which `seconds` of opening have passed since each start; a block's last moment is in it."""
        import numpy as np  # noqa: PLC0415

        self._check(start)
        wanted = self.elapsed(start) + seconds
        totals = self.before + (self.closes - self.opens)
        index = np.searchsorted(totals, wanted - 1e-6, side="left")
        if np.any(index >= totals.size):
            raise ValueError(f"the business calendar is laid out until {self.last} only")
        due = self.opens[index] + (wanted - self.before[index])
        return np.maximum(due, start)

    def _check(self, epoch: Floats) -> None:
        if epoch.size and (epoch.min() < self.covers[0] or epoch.max() > self.covers[1]):
            raise ValueError(f"an instant lies outside the business calendar laid out from {self.first} to {self.last}")


def lay_out(calendar: Calendar, first: date, last: date) -> BusinessHours:
    """Opening blocks of local days `first` to `last`, holidays left out; an end not after its start is the next day's.

    Raises ValueError for an unknown holiday country or when no day is open.
    """
    import numpy as np  # noqa: PLC0415

    zone = ZoneInfo(calendar.zone)
    closed = holiday_dates(calendar.holiday_country, first, last)
    overnight = calendar.end <= calendar.start
    opens: list[float] = []
    closes: list[float] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if WEEKDAYS[day.weekday()] in calendar.days and day not in closed:
            opens.append(local_instant(day, calendar.start, zone).timestamp())
            closes.append(local_instant(day + timedelta(days=overnight), calendar.end, zone).timestamp())
    if not opens:
        raise ValueError(f"calendar {calendar.id} has no open day from {first} to {last}")
    lengths = np.array(closes) - np.array(opens)
    before = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    covers = tuple(local_instant(d, time(0), zone).timestamp() for d in (first, last + timedelta(days=1)))
    return BusinessHours(np.array(opens), np.array(closes), before, first, last, (covers[0], covers[1]))


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """UTC instant of a wall-clock time; one DST skips moves on by the gap, of one it repeats the first (PEP 495)."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def business_seconds(hours: BusinessHours, start: datetime, end: datetime) -> float:
    """Open seconds between two instants."""
    import numpy as np  # noqa: PLC0415

    return float(hours.between(np.array([start.timestamp()]), np.array([end.timestamp()]))[0])


def due_at(hours: BusinessHours, start: datetime, seconds: float) -> datetime:
    """UTC instant at which `seconds` of opening have passed."""
    import numpy as np  # noqa: PLC0415

    return datetime.fromtimestamp(float(hours.after(np.array([start.timestamp()]), seconds)[0]), UTC)


def holiday_dates(country: str | None, first: date, last: date) -> dict[date, str]:
    """Public holidays with their names, both days included; none without a country. Source: the `holidays` library.

    Raises ValueError for a country the library does not know.
    """
    if country is None:
        return {}
    import holidays  # noqa: PLC0415

    try:
        known = holidays.country_holidays(country, years=range(first.year, last.year + 1))
    except NotImplementedError as error:
        raise ValueError(f"no holiday calendar is known for {country!r}") from error
    return {day: name for day, name in sorted(known.items()) if first <= day <= last}


def holidays_ahead(country: str | None, today: date, days: int = 90) -> dict[date, str]:
    """Public holidays from today through the next `days` days."""
    return holiday_dates(country, today, today + timedelta(days=days))
