"""Parcels as activities: one card each, never text and card together (Teams would split them and give no id)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from bot.platform import Parcel
from bot.teams.calls import REFRESH
from handlers.core.parcel import Room
from handlers.crisis.guests import WITH_GUESTS
from messages import adaptive_card
from messages.adaptive_card.runs import words
from messages.document import Actions, Block, Bullets, Context, Document, Mention, Notice, Paragraph, Strong, spans
from messages.limits import clip
from messages.reading import summary

Card = dict[str, Any]
Activity = dict[str, Any]
AGAIN = "(sent again: I could not rule out that you have this already)"
THE_ROOM = "(this is the room; a thread “{name}” that is still being made ready may be left over: it is not used)"
NOT_THERE = "(here, because I cannot write to that conversation)"
ASIDE = "The answer is for your eyes: it is in our personal chat."
NO_CHAT = (
    "The answer is not for everybody here, and I have no personal chat with you: add me as a personal app, say "
    "“help” there, and ask again."
)
_SUMMARY = 200
LARGE = 40
"""Figures and blocks from which a document is drawn in a thread."""


async def cards(document: Document) -> list[Card]:
    """A document's, without a parcel's marks."""
    return await asyncio.to_thread(adaptive_card.render, document)


async def rendered(parcel: Parcel) -> list[Card]:
    """`pages`, beside the event loop for what takes long to draw."""
    large = len(parcel.document.figures) + len(parcel.document.blocks) > LARGE
    return await asyncio.to_thread(pages, parcel) if large else pages(parcel)


def pages(parcel: Parcel) -> list[Card]:
    """The parcel's cards in order; a repeat says so on the first, a board can be refreshed."""
    made = adaptive_card.render(parcel.document)
    first = noted(made[0], AGAIN) if parcel.sent_before else made[0]
    return [refreshed(first, parcel.board) if parcel.board else first, *made[1:]]


def noted(card: Card, note: str) -> Card:
    """The card with a remark above it."""
    return {**card, "body": [*words(note, size="Small", isSubtle=True), *card["body"]]}


def uncalled(card: Card) -> Card | None:
    """The card with people named instead of mentioned; None where it mentions nobody.

    Teams takes no message with a mention of somebody it does not know ("Invalid mention entity", botbuilder-js#317): a
    mistyped name, or somebody who left, must not keep a board from everybody.
    """
    teams: dict[str, Any] = card.get("msteams", {})
    names = {one["text"]: one["mentioned"]["name"] for one in teams.get("entities", ())}
    if not names:
        return None
    kept = {key: value for key, value in teams.items() if key != "entities"}
    return {**card, "msteams": kept, "body": _named(card["body"], names)}


def _named(item: Any, names: dict[str, str]) -> Any:
    if isinstance(item, str):
        for said, name in names.items():
            item = item.replace(said, name)
        return item
    if isinstance(item, dict):
        return {key: _named(value, names) for key, value in item.items()}
    return [_named(one, names) for one in item] if isinstance(item, list) else item


def refreshed(card: Card, board: str) -> Card:
    """Whoever opens the conversation gets the board's newest state. Without `userIds` Teams asks by itself in
    conversations of at most 60 people (learn.microsoft.com, "Up to date cards"); others have the card's menu.
    """
    action = {"type": "Action.Execute", "title": "Refresh", "verb": REFRESH, "data": {"board": board}}
    return {**card, "refresh": {"action": action}}


def activity(card: Card, document: Document, alert: bool = False) -> Activity:
    """`alert`: it also appears in the activity feed, with the summary."""
    made: Activity = {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
        "summary": clip(summary(document), _SUMMARY),
    }
    return {**made, "channelData": {"notification": {"alert": True}}} if alert else made


def pointer(document: Document, text: str) -> Document:
    """What the channel reads instead of an answer that is for one person: nothing of the answer itself."""
    return Document(title="For your eyes", blocks=(Context(text=spans(text)),), tlp="green", call=document.call)


def unshared(document: Document) -> Document:
    """Without “Post to channel”: it would post where it is pressed, which is the personal chat; and what the channel
    may see stands there already.
    """
    blocks: list[Block] = []
    for block in document.blocks:
        if not isinstance(block, Actions):
            blocks.append(block)
        elif buttons := tuple(one for one in block.buttons if not one.line.startswith("share ")):
            blocks.append(Actions(buttons=buttons))
    return document.model_copy(update={"blocks": tuple(blocks)})


def unshowable(document: Document, code: str) -> Document:
    """What is shown instead of a card that Teams did not take."""
    said = f"Teams refused to show this answer ({code}). Quote {document.call} to whoever runs me."
    return Document(title="Not shown", blocks=(Notice(level="error", text=spans(said)),), call=document.call)


def unready(room: Room) -> Document:
    """What a thread says until its id is known to us."""
    said = (
        "This thread is being made ready. If these words still stand here in a minute it is not used: the room is then "
        "another thread of this channel."
    )
    return Document(title=room.name, blocks=(Context(text=spans(said)),), tlp="green")


def withheld(room: Room, outside: Iterable[tuple[str, str]]) -> Document:
    """What opens a thread whose channel somebody from outside reads who was not admitted: nothing of the crisis."""
    people = [spans(Strong(text=name or "Somebody"), f" ({why})") for name, why in outside]
    most = f"TLP:{WITH_GUESTS.upper()}"
    said = (
        f"They read this channel and are from outside. Nothing above {most} is posted here, the board neither, until "
        "they leave or the Incident Commander admits them. Every command works here all the same."
    )
    blocks = (Bullets(items=tuple(people)), Notice(level="warning", text=spans(said)))
    return Document(title=room.name, blocks=blocks, tlp=WITH_GUESTS)


def called(document: Document, people: list[tuple[str, str]], missing: list[str]) -> Document | None:
    """Whom the room concerns, mentioned: a thread has no members to invite, and a mention in a message that is changed
    later calls nobody. None where there is nobody.
    """
    blocks: list[Block] = []
    if people:
        found: list[str | Mention] = ["Called here: "]
        for user, name in people:
            found += [Mention(platform="teams", user=user, name=name), " "]
        blocks.append(Paragraph(text=spans(*found)))
    if missing:
        said = f"Not all went well: I do not know, so I did not call: {', '.join(missing)}."
        blocks.append(Notice(level="warning", text=spans(said)))
    if not blocks:
        return None
    return Document(title=document.title, blocks=tuple(blocks), tlp=document.tlp, call=document.call)
