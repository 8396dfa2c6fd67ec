"""Every answer of a port says where it came from, when, and whether something was cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open interval of UTC instants: `start` <= t < `end`."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a port answered.

    `source` is for people ("Chronicle cases"); `as_of` is when the source was asked (or when the source
    says its own cache was built); `total` is what the source says exists, None when it does not say;
    `truncated` is True when anything was cut, whoever cut it; `notes` are sentences for the data-quality line.
    """

    items: tuple[T, ...]
    source: str
    as_of: datetime
    window: Window | None = None
    total: int | None = None
    truncated: bool = False
    stale: bool = False
    notes: tuple[str, ...] = ()

    @property
    def one(self) -> T:
        """The single item of a reading that holds one."""
        if len(self.items) != 1:
            raise ValueError(f"{self.source}: one item expected, {len(self.items)} found")
        return self.items[0]


@dataclass(frozen=True, slots=True)
class Ping:
    """Is a port answering? `detail` is a sentence when it is not, or what is degraded."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write. `confirmed` only when the backend's own answer or a read-back proves it."""

    confirmed: bool
    reference: str = ""
    detail: str = ""
