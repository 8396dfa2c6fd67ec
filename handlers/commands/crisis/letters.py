"""`crisis draft`, `edit`, `letter`, `letters`, `withdraw-letter`: messages to stakeholders while they are written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors.models.organisation import Person, Service
from connectors.models.organisation.voice import LetterTemplate, Stakeholder
from handlers.commands.communicate.audiences import VOICES, canonical
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.errors import BadFlag
from handlers.core.fetch import Got, fetch, rows, shortfall
from handlers.core.redaction import Redactor, terms
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp, Who
from handlers.crisis.drafting import LONGEST, SUBJECTS, basis_after_edit, drafted
from handlers.crisis.here import here
from handlers.crisis.letter_rules import (
    SECOND,
    check_withdrawal,
    gaps,
    mapped,
    must_be,
    must_be_editable,
    open_roles,
    same_audience,
)
from handlers.crisis.letter_view import as_text, view
from handlers.crisis.letters import Letter, LetterWithdrawn, LetterWritten
from handlers.crisis.media_rules import MEDIA
from handlers.crisis.people import must_be_listed
from handlers.crisis.state import Crisis
from handlers.crisis.telling import event_of, recorded
from messages.document import Block, Document, Notice, spans

CRISIS = "Which crisis; left out: this room's"
Written = Annotated[str, Field(max_length=LONGEST)]
Subject = Annotated[str, Field(max_length=150)]
LetterId = Annotated[str, Field(max_length=12)]


class DraftArgs(Args):
    audience: Annotated[str, Field(max_length=60)] = word("Who is written to", choices=tuple(VOICES))
    subject: Subject = option("", "Subject; left out: the audience's usual one", phrase=True)
    text: Written = option("", "Own words instead of the template", example="First line ¶ second line", phrase=True)
    another: bool = flag("Although one to this audience is being written already")
    crisis: str = option("", CRISIS)


async def draft(args: DraftArgs, call: Authorised, soc: Soc) -> Document:
    """A message from the crisis's record, or in one's own words; nothing is sent."""
    must_be_listed(call, soc)
    audience = canonical(args.audience)
    if not audience:
        raise BadFlag("<audience>", f"There is no audience “{args.audience[:40]}”.", tuple(VOICES))
    contacts = await fetch("Stakeholders", soc.organisation.read(Stakeholder))
    own = await fetch("Own templates", soc.organisation.read(LetterTemplate))
    people, services, hide = await redactor(soc)
    contact = next((one for one in rows(contacts) if one.audience == audience), None)
    template = next((one.text for one in rows(own) if one.audience == audience), None)
    notes: list[str] = []

    def decide(crisis: Crisis, stamp: Stamp) -> LetterWritten:
        open_ones = same_audience(crisis, audience)
        if open_ones and not args.another:
            known = open_ones[-1].id
            tries = (f"crisis letter {known} --crisis {crisis.id}",)
            raise Refused(f"{known} to {audience} is being written already.", "`--another` drafts a second one.", tries)
        text = as_text(args.text)
        made = drafted(crisis, audience, contact, hide.free, stamp.at, template)
        notes[:] = () if text else made.notes
        letter = Letter(
            id=f"M{len(crisis.letters) + 1}", audience=audience, subject=args.subject or SUBJECTS[audience],
            text=text or made.text, tlp=VOICES[audience].tlp, authors=(stamp.by,), written=stamp.at,
            needs=(contact.approvers if contact else ()) or VOICES[audience].approvers or (SECOND,),
            ordered=audience == MEDIA, version=stamp.n - 1,
        )  # fmt: skip
        basis = basis_after_edit(crisis, letter, text) if text else made.basis
        letter = letter.model_copy(update={"basis": basis, "from_facts": tuple(basis)})
        return LetterWritten(stamp=stamp, letter=letter, ask=asked(letter, crisis, call, soc))

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    shown = view(made.crisis, made.crisis.letter(event_of(made, LetterWritten).letter.id), EDIT)
    told = (Notice(level="warning", text=spans(one)) for one in notes)
    missing = shortfall(contacts, own, people, services)
    return shown.model_copy(update={"blocks": (*told, *missing, *shown.blocks)})


async def redactor(soc: Soc) -> tuple[Got[object], Got[object], Redactor]:
    """Takes names of people and systems out; with a file missing only what looks like an indicator or a host."""
    people = await fetch("Roster", soc.organisation.read(Person))
    services = await fetch("Services", soc.organisation.read(Service))
    return people, services, Redactor(terms(rows(people), rows(services), (), ()))  # type: ignore[return-value]


def asked(letter: Letter, crisis: Crisis, call: Authorised, soc: Soc) -> tuple[Who, ...]:
    """Who is asked to approve now: the persons of the roles whose turn it is, where they have an account here."""
    if not letter.editable or gaps(letter):
        return ()
    wrote, at = {one.person for one in letter.authors}, call.who
    found: dict[str, Who] = {}
    for role in open_roles(letter):
        for person in mapped(role, crisis.policy):
            listed = soc.access.named(person)
            accounts = soc.access.accounts(listed.id, at.platform, at.tenant) if listed else ()
            if listed and accounts and listed.id not in wrote | {one.who.person for one in letter.valid}:
                found[listed.id] = Who(person=listed.id, name=listed.name or listed.id, platform=at.platform,
                                       tenant=at.tenant, user=accounts[0])  # fmt: skip
    return tuple(found.values())


class EditArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    subject: Subject = option("", "Its subject; left out: as it is", phrase=True)
    hash: Annotated[str, Field(max_length=64)] = option("", "Only if the text still has this hash")
    crisis: str = option("", CRISIS)
    text: Written = word("The whole text (¶ begins a new line)", rest=True, lines=True)


async def edit(args: EditArgs, call: Authorised, soc: Soc) -> Document:
    """Another text: what was approved is void, and whoever edits it cannot approve it any more."""
    must_be_listed(call, soc)
    text = as_text(args.text)
    if not text:
        raise BadFlag("<text>", "A message needs words.")

    def decide(crisis: Crisis, stamp: Stamp) -> LetterWritten:
        old = crisis.letter(args.letter)
        must_be_editable(old)
        must_be(old, args.hash)
        others = tuple(one for one in old.authors if one.person != stamp.by.person)
        basis = basis_after_edit(crisis, old, text)
        new = old.model_copy(
            update={
                "subject": args.subject or old.subject, "text": text, "authors": (*others, stamp.by), "approvals": (),
                "standing": "draft", "written": stamp.at, "basis": basis, "from_facts": tuple(basis),
                "version": stamp.n - 1,
            }
        )  # fmt: skip
        if new.text_hash == old.text_hash:
            raise Refused(f"That is what {old.id} says already.", "Nothing was changed; its approvals stand.")
        return LetterWritten(stamp=stamp, letter=new, edited=True, ask=asked(new, crisis, call, soc))

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return view(made.crisis, made.crisis.letter(args.letter), EDIT)


class LetterArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    full: bool = flag("The whole hash")
    crisis: str = option("", CRISIS)


async def letter(args: LetterArgs, call: Authorised, soc: Soc) -> Document:
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    return view(crisis, crisis.letter(args.letter), EDIT, args.full)


class LettersArgs(Args):
    crisis: str = option("", CRISIS)


async def letters(args: LettersArgs, call: Authorised, soc: Soc) -> Document:
    """All messages of the crisis, the newest first."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    lines = [
        cells.row(one.id, one.audience, one.subject, one.standing, ", ".join(one.missing), cells.moment(one.sent))
        for one in reversed(crisis.letters)
    ]
    block: Block = Notice(level="info", text=spans("Nothing was drafted yet: `crisis draft executive` begins."))
    if lines:
        labels = ("#", "To", "Subject", "Standing", "Still needed", "Sent")
        block = cells.table("Messages, newest first", labels, lines[:40], len(lines))
    return Document(title=f"{crisis.name}: messages", blocks=(block,), tlp=crisis.tlp)


class WithdrawArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    reason: Annotated[str, Field(min_length=3, max_length=300)] = word("Why", phrase=True)
    crisis: str = option("", CRISIS)


async def withdraw(args: WithdrawArgs, call: Authorised, soc: Soc) -> Document:
    """It is not sent."""

    def decide(crisis: Crisis, stamp: Stamp) -> LetterWithdrawn:
        old = crisis.letter(args.letter)
        check_withdrawal(old)
        return LetterWithdrawn(stamp=stamp, letter=old.id, reason=args.reason)

    return recorded(await soc.crises.change(await here(call, soc, args.crisis), call, decide))


EDIT = Command(
    name="crisis edit",
    summary="Change a message to stakeholders; its approvals are void then",
    args=EditArgs,
    needs=Permission.PART,
    run=edit,
    example="crisis edit M1 We are aware of a security incident ¶ Next update at 12:00 UTC",
    writes=True,
)
COMMANDS = (
    EDIT,
    Command(
        name="crisis draft",
        summary="A message to stakeholders from the crisis's record",
        args=DraftArgs,
        needs=Permission.PART,
        run=draft,
        example="crisis draft executive",
        writes=True,
    ),
    Command(
        name="crisis letter",
        summary="A message with its hash, authors, approvals and deliveries",
        args=LetterArgs,
        needs=Permission.PART,
        run=letter,
        example="crisis letter M1",
    ),
    Command(
        name="crisis letters",
        summary="All messages to stakeholders and how they stand",
        args=LettersArgs,
        needs=Permission.PART,
        run=letters,
        example="crisis letters",
    ),
    Command(
        name="crisis withdraw-letter",
        summary="A message is not sent",
        args=WithdrawArgs,
        needs=Permission.PART,
        run=withdraw,
        example="crisis withdraw-letter M1 superseded by a call",
        writes=True,
    ),
)
