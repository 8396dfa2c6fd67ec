"""What makes a crisis's room, greets those who come in, and tells those in charge when there is none. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.core.call import Address
from handlers.core.parcel import Post, Room
from handlers.crisis.base import Who
from messages.document import Actions, Bullets, Button, Document, Moment, Notice, Paragraph, Strong, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

WITH_ROOMS = frozenset({"slack", "teams", "console"})
"""Platforms on which a room can be made and somebody can be written to directly."""
TEAM = "team"
"""The audience that sees everything."""
_NAME, _ABOUT = 76, 250
"""Characters of a channel's name (Slack: 80) and of its topic and purpose (Slack: 250)."""


def room_post(crisis: Crisis, by: Who, invite: tuple[str, ...] = (), audience: str = TEAM) -> tuple[Post, ...]:
    """A room where `by` spoke, if that platform has rooms: its outcome comes back as `crisis room`."""
    if by.platform not in WITH_ROOMS:
        return ()
    room = Room(
        name=room_name(crisis),
        title=f"{crisis.name}: {crisis.title}"[:_ABOUT],
        purpose=((f"Case {crisis.case}. " if crisis.case else "") + bridge(crisis))[:_ABOUT],
        invite=tuple(dict.fromkeys(user for user in (by.user, *invite) if user)),
    )
    at = Address(platform=by.platform, tenant=by.tenant, user=by.user, visibility="channel")
    report = f"crisis room {crisis.id} --platform {by.platform}" + (f" --tenant {by.tenant}" if by.tenant else "")
    report += f" --audience {audience}" if audience != TEAM else ""
    first = welcome(crisis, by.platform) if audience == TEAM else outside(crisis, audience)
    return (Post(address=at, document=first, room=room, report=report),)


def outside(crisis: Crisis, audience: str) -> Document:
    """The first message of a room that is not the team's. What its readers may see is known once it stands, so this
    tells nothing but what it is for.
    """
    said = f"For {audience}: what this room may see of {crisis.name} is posted here and kept up to date."
    return Document(title=crisis.name, blocks=(Paragraph(text=spans(said)),), tlp="amber")


def bridge(crisis: Crisis) -> str:
    """The call to join."""
    return f"Bridge: {crisis.policy.bridge}" if crisis.policy.bridge else "No bridge is set in crisis.yaml"


def room_name(crisis: Crisis) -> str:
    """Another one for each room that was asked for: a deleted channel's name may stay taken."""
    slug = re.sub(r"[^a-z0-9]+", "-", crisis.code_name.lower()).strip("-")
    again = f"-{crisis.rooms_asked + 1}" if crisis.rooms_asked else ""
    return f"{'drill' if crisis.drill else 'crisis'}-{crisis.id}-{slug}"[: _NAME - len(again)] + again


def welcome(crisis: Crisis, platform: str) -> Document:
    """The room's first message."""
    by = f" by {crisis.declared_by.name}"
    said = spans(Strong(text=crisis.title), " · declared ", Moment(at=crisis.declared), by)
    how = (
        spans(bridge(crisis)),
        spans(f"The {'board below' if platform == 'teams' else 'pinned board'} is kept up to date in place."),
        *([spans("Pin a message, or mark it with 📝, and it is in the timeline.")] if platform == "slack" else []),
        spans(f"Up to TLP:{crisis.tlp.upper()} may be said here, and nothing to people from outside."),
    )
    lines = [Button(label="Take command", line=f"crisis take commander --crisis {crisis.id}", style="primary")]
    if crisis.case:
        lines.append(Button(label=f"Case {crisis.case}"[:40], line=f"case show {crisis.case}"))
    blocks = (Paragraph(text=said), Bullets(items=how), Actions(buttons=tuple(lines)))
    return Document(title=f"{crisis.name} · SEV{crisis.severity}", blocks=blocks, tlp=crisis.tlp)


def without_room(crisis: Crisis) -> tuple[Post, ...]:
    """To the commander and whoever declared: there is no room, what to do, and that everything works from here."""
    commander = crisis.roles.holder("commander")
    to = {who.person: who for who in (crisis.declared_by, commander) if who and who.user}
    said = f"{crisis.name} has no room ({crisis.room_problem}). Every command works from here all the same."
    buttons = (
        Button(label="Make a new room", line=f"crisis room new --crisis {crisis.id}", style="primary"),
        Button(label="Board", line=f"crisis status --crisis {crisis.id}"),
    )
    blocks = (Notice(level="warning", text=spans(said)), Actions(buttons=buttons))
    document = Document(title=f"{crisis.name}: no room", blocks=blocks, tlp=crisis.tlp)
    return tuple(
        Post(
            address=Address(platform=who.platform, tenant=who.tenant, user=who.user, visibility="direct"),
            document=document,
        )
        for who in to.values()
        if who.platform in WITH_ROOMS
    )
