"""A reminder: a key that is given once, and an instant from which it is due; how several are called out at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from handlers.core.parcel import Post
from handlers.crisis.base import Fixed, Who
from handlers.crisis.telling import MOST_BUTTONS, button, directly, named
from messages.document import Actions, Block, Bullets, Document, Span, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

MOST_CALLS = 10
"""Reminders in one message; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """`to`: who is mentioned; nobody: the room. `press`: a button's label and the line it types, without --crisis.
    `direct`: also told each of them directly, because they need not be in the room.
    """

    key: str
    at: datetime
    text: str
    to: tuple[Who, ...] = ()
    press: tuple[str, str] | None = None
    direct: bool = False


_SILENCE = re.compile(r"(silent(?: twice| thrice)?:.*):(\d{4}-\d{2}-\d{2}T.*)")
_UPDATE = re.compile(r"(update:.*):(\d{4}-\d{2}-\d{2}T[\d:]{8}):(soon|\d+)")


def _place(key: str) -> tuple[str, str, int] | None:
    """What a reminder repeats, its instant, and how often it was given for that; None for one given once."""
    if found := _SILENCE.fullmatch(key):
        return found[1], found[2], 0
    if found := _UPDATE.fullmatch(key):
        soon = found[3] == "soon"
        return f"{found[1]}:{'soon' if soon else 'over'}", found[2], 0 if soon else int(found[3])
    return None


def still_known(reminded: Mapping[str, datetime], keys: Iterable[str], at: datetime) -> dict[str, datetime]:
    """What was given, and `keys` at an instant; of a commander's silences and an audience's updates the last alone:
    their instants and counts never go back, so that an earlier one is never due again.
    """
    found = {**reminded, **dict.fromkeys(keys, at)}
    places = {key: _place(key) for key in found}
    last: dict[str, tuple[str, int]] = {}
    for one in places.values():
        if one is not None:
            last[one[0]] = max(last.get(one[0], ("", 0)), one[1:])
    return {key: given for key, given in found.items() if (one := places[key]) is None or one[1:] == last[one[0]]}


class Called(Fixed):
    """A reminder as it was given."""

    text: str
    to: tuple[Who, ...] = ()
    press: tuple[str, str] | None = None
    direct: bool = False


def called(reminder: Reminder) -> Called:
    """A reminder as the event keeps it."""
    return Called(text=reminder.text, to=reminder.to, press=reminder.press, direct=reminder.direct)


def called_out(crisis: Crisis, calls: tuple[Called, ...]) -> Document:
    """All of them as one message, with at most as many buttons as a message takes."""
    items = [_item(one) for one in calls[:MOST_CALLS]]
    if len(calls) > MOST_CALLS:
        items.append(spans(f"and {len(calls) - MOST_CALLS} more: `crisis timeline` has them all"))
    presses = dict.fromkeys(one.press for one in calls if one.press is not None)
    buttons = tuple(button(crisis, label, line) for label, line in presses)[:MOST_BUTTONS]
    blocks: list[Block] = [Bullets(items=tuple(items))]
    if buttons:
        blocks.append(Actions(buttons=buttons))
    return Document(title=f"{crisis.name}: reminder", blocks=tuple(blocks), tlp=crisis.tlp)


def directed(crisis: Crisis, calls: tuple[Called, ...]) -> tuple[Post, ...]:
    """Those that are told directly, a message a person and reminder."""
    return tuple(
        post
        for one in calls
        if one.direct
        for who in one.to
        for post in directly(who, called_out(crisis, (one.model_copy(update={"to": (who,)}),)))
    )


def _item(one: Called) -> Text:
    if not one.to:
        return spans(one.text[:1].upper() + one.text[1:])
    parts: list[str | Span] = []
    for who in one.to:
        parts += [named(who), ", " if who == one.to[-1] else " "]
    return spans(*parts, one.text)
