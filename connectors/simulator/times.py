"""Instants as the vendors write them. Inside the simulator an instant is an integer of milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """An aware datetime in milliseconds."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def iso(ms: int) -> str:
    """RFC 3339 in UTC, as Google writes it: "2026-11-21T10:00:00.250Z"."""
    at = _EPOCH + timedelta(milliseconds=ms)
    return at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


def parse(text: str) -> int:
    """Milliseconds as digits, or RFC 3339 (a time without a zone is UTC); ValueError for anything else."""
    text = text.strip()
    if text.lstrip("-").isdigit():
        return int(text)
    at = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
