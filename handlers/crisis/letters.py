"""Stakeholder messages under four eyes: a frozen text, approved by somebody who did not write it, then sent.

The hash is of audience, subject and text: any edit makes another hash, and an approval is of a hash. The rules are in
`letter_rules`, what is posted in `letter_posts`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, Field

from handlers.core.access import Tlp
from handlers.core.call import Address
from handlers.core.parcel import Post
from handlers.crisis import letter_posts
from handlers.crisis.base import Event, Fixed, Who
from handlers.crisis.rooms import RoomRef
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

Standing = Literal["draft", "sending", "sent", "refused", "withdrawn"]


class Approval(Fixed):
    """`role`: for which of the required roles."""

    role: str
    who: Who
    at: AwareDatetime
    text_hash: str


class Delivery(Fixed):
    """One place the message goes to and how that ended; `at` None while it is under way. `reader`: a person who gets
    it directly. `by_hand`: a person sent it there by mail or through a portal, and `reference` is what shows it.
    """

    room: RoomRef | None = None
    reader: Who | None = None
    by_hand: str = ""
    reference: str = ""
    at: AwareDatetime | None = None
    ok: bool = False
    message: str = ""
    reason: str = ""

    @property
    def where(self) -> str:
        """The place in words."""
        if self.reader is not None:
            return f"{self.reader.name} on {self.reader.platform}"
        return self.by_hand or (f"{self.room.platform} {self.room.channel}" if self.room else "?")

    @property
    def address(self) -> Address | None:
        """Where it is posted; None: by hand."""
        if self.reader is not None:
            who = self.reader
            return Address(platform=who.platform, tenant=who.tenant, user=who.user, visibility="direct")
        return self.room.address if self.room is not None else None


class Letter(Fixed):
    """`id` "M1" …. `authors`: everybody who wrote or edited the text. `needs`: roles that must approve, in order;
    `ordered`: one after the other. `from_facts`: ids of the statements it tells, `basis` their words when it was
    written, at the crisis's version `version`. `deliveries` are only ever added to.
    """

    id: str
    audience: str
    subject: str
    text: str
    tlp: Tlp
    authors: tuple[Who, ...]
    needs: tuple[str, ...]
    ordered: bool = False
    approvals: tuple[Approval, ...] = ()
    standing: Standing = "draft"
    deliveries: tuple[Delivery, ...] = ()
    written: AwareDatetime
    sent: AwareDatetime | None = None
    from_facts: tuple[str, ...] = ()
    basis: dict[str, str] = Field(default_factory=dict)
    version: int = 0

    @property
    def text_hash(self) -> str:
        return text_hash(self.audience, self.subject, self.text)

    @property
    def valid(self) -> tuple[Approval, ...]:
        """Approvals of this very text by people who did not write it."""
        wrote, now = {author.person for author in self.authors}, self.text_hash
        return tuple(one for one in self.approvals if one.text_hash == now and one.who.person not in wrote)

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles that have not approved this very text."""
        done = {approval.role for approval in self.valid}
        return tuple(role for role in self.needs if role not in done)

    @property
    def editable(self) -> bool:
        """Nobody outside has it, and it is not on its way."""
        return self.standing in {"draft", "refused"}


def text_hash(audience: str, subject: str, text: str) -> str:
    """SHA-256 of what is approved; the parts are length-prefixed so that none can flow into the next."""
    whole = "".join(f"{len(part)}:{part}" for part in (audience, subject, text))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def put(crisis: Crisis, letter: Letter) -> Crisis:
    """The crisis with this letter in the place of the one with the same id, or as a new one."""
    known = any(one.id == letter.id for one in crisis.letters)
    letters = tuple(letter if one.id == letter.id else one for one in crisis.letters)
    return crisis.model_copy(update={"letters": letters if known else (*crisis.letters, letter)})


def _delivered(letter: Letter, deliveries: tuple[Delivery, ...], event: Event) -> Letter:
    """The letter after its deliveries changed: under way while one is, sent when one arrived, else refused."""
    standing: Standing = "sent" if any(one.ok for one in deliveries) else "refused"
    if any(one.at is None for one in deliveries):
        standing = "sending"
    sent = letter.sent or (event.stamp.at if any(one.ok for one in deliveries) else None)
    return letter.model_copy(update={"deliveries": deliveries, "standing": standing, "sent": sent})


class LetterWritten(Event):
    """Drafted, or edited: an edit voids what was approved. `ask`: who is asked to approve it first."""

    kind: Literal["letter written"] = "letter written"
    letter: Letter
    edited: bool = False
    ask: tuple[Who, ...] = ()

    def apply(self, crisis: Crisis) -> Crisis:
        return put(crisis, self.letter)

    def line(self, crisis: Crisis) -> Text:
        one = self.letter
        what = "edited, approvals void" if self.edited else "drafted"
        return spans(f"Message {one.id} to {one.audience} {what} ({one.text_hash[:8]})")

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return letter_posts.waiting(crisis, self.letter, self.line(crisis), self.ask)


class LetterApproved(Event):
    """`ask`: who is asked next."""

    kind: Literal["letter approved"] = "letter approved"
    letter: str
    approval: Approval
    ask: tuple[Who, ...] = ()

    def apply(self, crisis: Crisis) -> Crisis:
        old = crisis.letter(self.letter)
        return put(crisis, old.model_copy(update={"approvals": (*old.approvals, self.approval)}))

    def line(self, crisis: Crisis) -> Text:
        one = self.approval
        return spans(
            f"Message {self.letter} ({one.text_hash[:8]}) approved as {one.role} by ", Strong(text=one.who.name)
        )

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return letter_posts.waiting(crisis, crisis.letter(self.letter), self.line(crisis), self.ask)


class LetterRejected(Event):
    """It stays a draft; what was approved of it is void."""

    kind: Literal["letter rejected"] = "letter rejected"
    letter: str
    reason: str

    def apply(self, crisis: Crisis) -> Crisis:
        return put(crisis, crisis.letter(self.letter).model_copy(update={"approvals": ()}))

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Message {self.letter} rejected by ", Strong(text=self.stamp.by.name), f": {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


class LetterSending(Event):
    """Sent to these places; each reports how that ended. `as_is`: why although a fact it tells has changed;
    `despite`: why although it says what should not be said.
    """

    kind: Literal["letter sending"] = "letter sending"
    letter: str
    text_hash: str
    deliveries: tuple[Delivery, ...]
    as_is: str = ""
    despite: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        old = crisis.letter(self.letter)
        return put(crisis, _delivered(old, (*old.deliveries, *self.deliveries), self))

    def line(self, crisis: Crisis) -> Text:
        where = ", ".join(one.where + (f" (reference {one.reference})" if one.reference else "")
                          for one in self.deliveries)  # fmt: skip
        by_hand = all(one.by_hand for one in self.deliveries)
        what = "was sent by hand" if by_hand else "released"
        why = f"; as it is: {self.as_is}" if self.as_is else ""
        why += f"; despite what it says: {self.despite}" if self.despite else ""
        return spans(f"Message {self.letter} ({self.text_hash[:8]}) {what} to {where}{why}")

    def told(self, crisis: Crisis) -> bool:
        return True

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        letter = crisis.letter(self.letter)
        first = len(letter.deliveries) - len(self.deliveries)
        return letter_posts.outward(crisis, letter, first)


class LetterDelivered(Event):
    """How the delivery number `place` ended. All ended: sent, or refused when none arrived."""

    kind: Literal["letter delivered"] = "letter delivered"
    letter: str
    place: int
    delivery: Delivery

    def apply(self, crisis: Crisis) -> Crisis:
        old = crisis.letter(self.letter)
        deliveries = tuple(self.delivery if n == self.place else d for n, d in enumerate(old.deliveries))
        return put(crisis, _delivered(old, deliveries, self))

    def line(self, crisis: Crisis) -> Text:
        one = self.delivery
        return spans(
            f"Message {self.letter} {'delivered to' if one.ok else 'refused by'} {one.where}",
            f": {one.reason}" if one.reason else "",
        )

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """A refusal is told in the rooms, with what can be done about it."""
        if self.delivery.ok:
            return ()
        return letter_posts.refused(crisis, crisis.letter(self.letter), self.line(crisis))


class LetterWithdrawn(Event):
    kind: Literal["letter withdrawn"] = "letter withdrawn"
    letter: str
    reason: str

    def apply(self, crisis: Crisis) -> Crisis:
        return put(crisis, crisis.letter(self.letter).model_copy(update={"standing": "withdrawn"}))

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Message {self.letter} withdrawn: {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


EVENTS: tuple[type[Event], ...] = (
    LetterWritten, LetterApproved, LetterRejected, LetterSending, LetterDelivered, LetterWithdrawn,
)  # fmt: skip
