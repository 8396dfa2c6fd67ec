"""Every kind of event, and how one is written and read back."""

from __future__ import annotations

import json

from handlers.crisis import asks, custody, duties, guests, letters, phases, press, roles, rooms, sitrep, state, work
from handlers.crisis.base import Event

_THEMES = (state, phases, roles, rooms, work, duties, letters, asks, press, sitrep, custody, guests)
KINDS: dict[str, type[Event]] = {
    event.model_fields["kind"].default: event for theme in _THEMES for event in theme.EVENTS
}


def written(event: Event) -> str:
    """Canonical JSON: sorted keys, no spaces; what the hash chain is made over."""
    return json.dumps(event.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> Event:
    """An event from its JSON. ValueError when it is none, or of a kind this version does not know."""
    raw = json.loads(text)
    kind = KINDS.get(raw.get("kind", "")) if isinstance(raw, dict) else None
    if kind is None:
        raise ValueError("not an event of a crisis, or of a newer version")
    return kind.model_validate(raw)
