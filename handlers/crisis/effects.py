"""What follows from an event: the board of every room, the words that are posted, other deliveries. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.core.access import fits
from handlers.core.parcel import Post
from handlers.crisis.base import Event
from handlers.crisis.board import board
from handlers.crisis.guests import limit
from handlers.crisis.need_to_know import covered, covered_event
from handlers.crisis.phases import Moved, Rated
from handlers.crisis.room_posts import TEAM, room_post
from handlers.crisis.rooms import RoomOpened, RoomRef
from handlers.crisis.state import Crisis, Declared
from messages.document import Context, Document, Mono, Paragraph, spans

FOR_ALL = (Moved, Rated)
"""Events that every audience is told; the team is told whatever says so itself."""


def within(crisis: Crisis, posts: Iterable[Post]) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """(what is sent, what a room's TLP ceiling holds back). What reports its outcome was checked before it was made."""
    limits = {room.address.order: limit(crisis, room) for room in crisis.rooms}
    sent: list[Post] = []
    held: list[Post] = []
    for post in posts:
        most = limits.get(post.address.order)
        above = most is not None and not post.report and not fits(post.document.tlp, most)
        (held if above else sent).append(post)
    return tuple(sent), tuple(held)


def follow(before: Crisis | None, after: Crisis, event: Event, head: str) -> tuple[Post, ...]:
    """Posts in the order in which they are delivered; what is marked as more than the crisis's TLP goes nowhere."""
    posts: list[Post] = []
    after, event = covered(after, after.tlp), covered_event(event, after.tlp)
    for room in after.rooms:
        if isinstance(event, RoomOpened) and room.key == event.room.key:
            posts.append(_board(after, room))
            continue
        if event.told(after) and (room.audience == TEAM or isinstance(event, FOR_ALL)):
            posts.append(_told(after, event, head, room))
        posts.append(_board(after, room))
    if isinstance(event, Declared):
        posts += room_post(after, event.stamp.by, event.invite)
    return (*posts, *event.posts(after))


def _told(crisis: Crisis, event: Event, head: str, room: RoomRef) -> Post:
    place = (room.platform, room.tenant)
    brought = tuple(who.user for who in event.brings() if (who.platform, who.tenant) == place and who.user)
    return Post(address=room.address, document=announcement(crisis, event, head), invite=brought)


def _board(crisis: Crisis, room: RoomRef) -> Post:
    at, place = room.address, f"--platform {room.platform} --channel {room.channel}"
    gone = f"crisis gone {crisis.id} {place}" + (f" --tenant {room.tenant}" if room.tenant else "")
    shown = board(crisis, room.audience)
    return Post(address=at, document=shown, board=f"crisis:{crisis.id}", pin=True, if_gone=gone)


def announcement(crisis: Crisis, event: Event, head: str) -> Document:
    """One line of the timeline as a message; at anchors with the chain's head."""
    line = Paragraph(text=event.line(crisis))
    number = f"#{event.stamp.n} · {event.stamp.by.name}"
    small = spans(number, " · chain ", Mono(text=head)) if event.anchors else spans(number)
    return Document(title=crisis.name, blocks=(line, Context(text=small)), tlp=crisis.tlp)
