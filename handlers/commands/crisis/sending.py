"""`crisis send`: an approved message to channels whose ceiling allows it, to persons directly, or recorded as sent by
hand; its receipts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.commands.crisis.letters import CRISIS, EDIT, LetterId
from handlers.commands.crisis.readers import reader, spelled_out
from handlers.core.access import Permission, fits
from handlers.core.call import Authorised
from handlers.core.ceilings import ceiling
from handlers.core.command import Args, Command, Reply, option, word
from handlers.core.errors import BadFlag, Denied
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp, speaker
from handlers.crisis.here import here
from handlers.crisis.letter_posts import as_sent
from handlers.crisis.letter_rules import check_new, check_send, must_be
from handlers.crisis.letter_view import view, warnings
from handlers.crisis.letters import Delivery, Letter, LetterDelivered, LetterSending
from handlers.crisis.media_rules import MEDIA, check_words
from handlers.crisis.rooms import RoomRef
from handlers.crisis.state import Crisis
from messages.document import Block, Bullets, Divider, Document, Heading, Mono, Notice, Paragraph, Strong, spans

ROOM = "room"
_PLATFORMS = frozenset({"slack", "teams", "console"})
_MOST = 10


class SendArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    to: Annotated[str, Field(max_length=400)] = option(
        "",
        "Channels by id or mention, parted by commas; “room”: the crisis's room; or directly: the audience's name for "
        "its persons of stakeholders.yaml, @somebody",
        example="room",
    )
    by_hand: Annotated[str, Field(max_length=120)] = option("", "Where a person sent it: mail, a portal", phrase=True)
    reference: Annotated[str, Field(max_length=120)] = option("", "With --by-hand: what shows that it was sent")
    as_is: Annotated[str, Field(max_length=300)] = option(
        "", "Why it goes out although a fact in it has changed", phrase=True
    )
    hash: Annotated[str, Field(max_length=64)] = option("", "Only if the text still has this hash")
    despite: Annotated[str, Field(max_length=300)] = option(
        "", "Media: why it goes out despite what it says", phrase=True
    )
    crisis: str = option("", CRISIS)


def may_send(call: Authorised, crisis: Crisis) -> None:
    """Whoever runs the crisis or approves messages, and who holds Communications in it."""
    holder = crisis.roles.holder("communications")
    who = call.principal
    if who.may(Permission.CRISIS) or who.may(Permission.APPROVE) or (holder and holder.person == who.person):
        return
    raise Denied(Permission.CRISIS.value, who.name)


async def places(args: SendArgs, call: Authorised, soc: Soc, crisis: Crisis, letter: Letter) -> tuple[Delivery, ...]:
    """Where it goes. Refused: a channel that nobody listed, or that may not see something of its TLP; a person who
    cannot be written to.
    """
    if args.by_hand:
        if args.to:
            raise BadFlag("--by-hand", "Either --to or --by-hand.")
        if not args.reference:
            raise BadFlag("--reference", "What shows that it was sent: a ticket, a message id, a portal's number?")
        return (Delivery(by_hand=args.by_hand, reference=args.reference, ok=True),)
    if letter.audience == MEDIA:
        raise Refused(
            "A statement to the press is never posted by the bot.",
            "The spokesperson gives it out; then: --by-hand WHERE --reference WHAT.",
        )
    if not args.to.strip(" ,"):
        raise BadFlag("--to", "Where does it go? A channel (--to), or by hand (--by-hand WHERE --reference WHAT).")
    said = list(dict.fromkeys(part.strip() for part in args.to.split(",") if part.strip()))
    direct = {one: reader(one, call, soc) for one in said}
    persons = {who.person: who for who in direct.values() if who is not None}
    found = {room.key: room for one in said if direct[one] is None for room in _rooms(one, call, crisis)}
    if len(found) + len(persons) > _MOST:
        raise BadFlag("--to", f"{len(found) + len(persons)} places at once; {_MOST} are the most.")
    own = {(room.platform, room.tenant, room.channel) for room in crisis.rooms}
    elsewhere = any((room.platform, room.tenant, room.channel) not in own for room in found.values())
    if crisis.drill and (persons or elsewhere):
        raise Refused("A drill posts nowhere but in its own rooms.", "Elsewhere: --by-hand WHERE --reference WHAT.")
    rooms = [Delivery(room=await _allowed(room, letter, soc)) for room in found.values()]
    return (*rooms, *(Delivery(reader=who) for who in persons.values()))


def _rooms(said: str, call: Authorised, crisis: Crisis) -> tuple[RoomRef, ...]:
    """`room`, `#C123`, `C123`, or `platform:tenant:channel`."""
    if said.casefold() == ROOM:
        rooms = tuple(room for room in crisis.rooms if room.audience == "team")
        if not rooms:
            raise Refused(f"{crisis.name} has no room.")
        return rooms
    name = said.removeprefix("#")
    platform, _, rest = name.partition(":")
    if platform in _PLATFORMS and rest:
        tenant, _, channel = rest.partition(":") if ":" in rest else ("", "", rest)
        return (RoomRef(platform=platform, tenant=tenant, channel=channel),)
    at = call.who
    if at.platform not in _PLATFORMS:
        raise BadFlag(
            "--to", f"“{said[:60]}” is no channel from here.", ("slack:TENANT:CHANNEL", "teams:TENANT:CHANNEL")
        )
    return (RoomRef(platform=at.platform, tenant=at.tenant, channel=name),)


async def _allowed(room: RoomRef, letter: Letter, soc: Soc) -> RoomRef:
    limit = await ceiling(room.address, soc)
    if limit is None:
        hint = "Whoever keeps the access file can list it with a TLP ceiling; or send it by hand."
        raise Refused(f"Nobody listed {room.platform} channel {room.channel}: nothing may be posted there.", hint)
    if not fits(letter.tlp, limit):
        raise Refused(
            f"{letter.id} is TLP:{letter.tlp.upper()}; {room.platform} channel {room.channel} may see up to "
            f"TLP:{limit.upper()}."
        )
    return room.model_copy(update={"tlp": limit})


def checked(args: SendArgs, call: Authorised, crisis: Crisis, deliveries: tuple[Delivery, ...]) -> Letter:
    """The message, when it may go there now."""
    letter = crisis.letter(args.letter)
    must_be(letter, args.hash)
    check_send(crisis, letter, args.as_is)
    if letter.audience == MEDIA:
        may = call.principal.may(Permission.APPROVE)
        check_words(crisis, letter.text, speaker(call), args.despite, may)
    check_new(letter, deliveries)
    return letter


async def run(args: SendArgs, call: Authorised, soc: Soc) -> Reply:
    """The preview: the text as readers will get it, the places and what each may see. That very text is confirmed."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    may_send(call, crisis)
    letter = crisis.letter(args.letter)
    check_send(crisis, letter, args.as_is)
    args = args.model_copy(update={"to": await spelled_out(args.to, soc, letter)})
    deliveries = await places(args, call, soc, crisis, letter)
    checked(args, call, crisis, deliveries)
    sent = as_sent(crisis, letter)
    blocks: list[Block] = [Notice(level="warning", text=spans(one)) for one in warnings(crisis, letter)]
    blocks += [
        Divider(),
        Paragraph(text=spans(Strong(text=sent.title))),
        *sent.blocks,
        Divider(),
        Heading(text="Goes to"),
    ]
    items = [spans(_announced(one)) for one in deliveries]
    approved = ", ".join(f"{one.role}: {one.who.name}" for one in letter.valid)
    by = Paragraph(text=spans("Hash ", Mono(text=letter.text_hash[:8]), f" · approved as {approved}"))
    blocks += [Bullets(items=tuple(items)), by]
    shown = Document(title=f"Send {letter.id} to {letter.audience}?", blocks=tuple(blocks), tlp=crisis.tlp)
    # Those who were shown: stakeholders.yaml may name others when this is confirmed.
    return Reply(shown, settled={"crisis": crisis.id, "hash": letter.text_hash, "to": args.to})


def _announced(one: Delivery) -> str:
    if one.reader is not None:
        return f"{one.where}, directly; refused where that is an account from outside"
    if one.room is None:
        return f"{one.where}, by hand, reference {one.reference}: recorded as sent"
    return f"{one.where}: up to TLP:{one.room.tlp.upper()}; refused where people from outside read along"


async def apply(args: SendArgs, call: Authorised, soc: Soc) -> Document:
    """Released. Everything is checked again on the state it is committed to."""
    name = await here(call, soc, args.crisis)
    before = await soc.crises.get(name)
    may_send(call, before)
    known = before.letter(args.letter)
    deliveries = await places(args, call, soc, before, known)

    def decide(crisis: Crisis, stamp: Stamp) -> LetterSending:
        may_send(call, crisis)
        letter = checked(args, call, crisis, deliveries)
        if letter.text_hash != known.text_hash:
            raise Refused(f"{letter.id} was edited while you were sending it.", "Read it again.")
        done = tuple(one.model_copy(update={"at": stamp.at}) if one.by_hand else one for one in deliveries)
        return LetterSending(
            stamp=stamp, letter=letter.id, text_hash=letter.text_hash, deliveries=done, as_is=args.as_is,
            despite=args.despite,
        )  # fmt: skip

    made = await soc.crises.change(name, call, decide)
    return view(made.crisis, made.crisis.letter(args.letter), EDIT)


class ReceiptArgs(Args):
    crisis: str = word("The crisis")
    letter: LetterId = word("The message")
    place: Annotated[int, Field(ge=0)] = word("Which delivery")
    result: Literal["sent", "refused"] = option("refused", "How it ended", ("sent", "refused"))
    channel: str = option("", "Where it stands")
    message: str = option("", "Its id")
    reason: str = option("", "Why not")


async def receipt(args: ReceiptArgs, call: Authorised, soc: Soc) -> Document:
    """How one delivery ended."""

    def decide(crisis: Crisis, stamp: Stamp) -> LetterDelivered:
        letter = crisis.letter(args.letter)
        if args.place >= len(letter.deliveries) or letter.deliveries[args.place].at is not None:
            raise Refused("No such delivery is under way.")
        ok = args.result == "sent"
        reason = "" if ok else args.reason or "the platform did not say why"
        changed = {"at": stamp.at, "ok": ok, "message": args.message, "reason": reason}
        delivery = letter.deliveries[args.place].model_copy(update=changed)
        return LetterDelivered(stamp=stamp, letter=letter.id, place=args.place, delivery=delivery)

    await soc.crises.change(args.crisis, call, decide)
    return Document(title="Noted")


COMMANDS = (
    Command(
        name="crisis send",
        summary="Send an approved message, or record that it was sent by hand",
        args=SendArgs,
        needs=Permission.PART,
        run=run,
        apply=apply,
        example="crisis send M1 --to room",
    ),
    Command(
        name="crisis receipt",
        summary="How a delivery ended",
        args=ReceiptArgs,
        needs=Permission.SYSTEM,
        run=receipt,
        example="crisis receipt 1 M1 0 --result sent",
        hidden=True,
        writes=True,
    ),
)
