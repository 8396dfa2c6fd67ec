"""What must hold before a stakeholder message is edited, approved, sent or withdrawn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handlers.crisis.base import Refused, Who
from handlers.crisis.letters import Delivery, Letter
from handlers.crisis.need_to_know import quoted

if TYPE_CHECKING:
    from connectors.models.organisation.crisis import CrisisPolicy
    from handlers.crisis.state import Crisis

SECOND = "Second person"
"""The role that approves where the organisation names none: four eyes at least."""
GAP = "[to fill in"
"""How a template marks what a person must write: nothing with such a mark is approved or sent."""
SHORTEST = 8
"""Characters of a hash that name a text."""


def must_be(letter: Letter, said_hash: str) -> None:
    """Refused when the text is not the one that was seen; no hash: whichever it is."""
    if not letter.text_hash.startswith(said_hash.lower()):
        tries = (f"crisis letter {letter.id}",)
        raise Refused(f"{letter.id} was edited since you saw it.", "Read it again.", tries)


def must_be_editable(letter: Letter) -> None:
    """Refused for a message that went out, is on its way, or was withdrawn."""
    if not letter.editable:
        raise Refused(f"{letter.id} is {letter.standing}: its text does not change any more.", "Draft another one.")


def mapped(role: str, policy: CrisisPolicy) -> tuple[str, ...]:
    """The persons whom crisis.yaml lets approve as a role; none: whoever may approve at all."""
    names = {name.casefold(): persons for name, persons in policy.approvers.items()}
    return names.get(role.casefold(), ())


def open_roles(letter: Letter) -> tuple[str, ...]:
    """The roles whose turn it is."""
    return letter.missing[:1] if letter.ordered else letter.missing


def may_be(who: Who, role: str, policy: CrisisPolicy) -> bool:
    """May this person, who has the right to approve, approve as this role?"""
    persons = mapped(role, policy)
    return not persons or who.person.casefold() in {one.casefold() for one in persons}


def _chosen(letter: Letter, who: Who, policy: CrisisPolicy, wanted: str) -> str:
    """The role this approval is for: the one wanted, else the one that fewest others can give."""
    turn = [role for role in open_roles(letter) if not wanted or role.casefold() == wanted.casefold()]
    mine = [role for role in turn if may_be(who, role, policy)]
    if mine:
        return min(mine, key=lambda role: len(mapped(role, policy)) or 1_000)
    whose = "; ".join(f"{role}: {', '.join(mapped(role, policy)) or 'anybody who may approve'}" for role in turn)
    if not turn:
        raise Refused(f"{letter.id} does not wait for {wanted}.", f"It waits for: {', '.join(open_roles(letter))}.")
    then = " They approve one after the other." if letter.ordered and len(letter.missing) > 1 else ""
    raise Refused(f"It is not your turn to approve {letter.id}.", f"It waits for {whose}.{then}")


def check_approval(letter: Letter, who: Who, said_hash: str, policy: CrisisPolicy, wanted: str = "") -> str:
    """The role that this approval is for. Refused: an author's own, a text that changed, not theirs to give."""
    read = (f"crisis letter {letter.id}",)
    if not letter.editable:
        raise Refused(f"{letter.id} is {letter.standing}.", "There is nothing to approve.")
    if len(said_hash) < SHORTEST:
        raise Refused(f"Say which text: at least {SHORTEST} characters of its hash.", "The button does.", read)
    must_be(letter, said_hash)
    if who.person in {author.person for author in letter.authors}:
        raise Refused("Who wrote or edited a message cannot approve it.", "A second person approves.")
    if who.person in {one.who.person for one in letter.valid}:
        raise Refused(f"You have approved {letter.id} already.", "Each approval comes from another person.")
    if not letter.missing:
        raise Refused(f"{letter.id} has all its approvals.", "It can be sent.", (f"crisis send {letter.id}",))
    must_be_whole(letter)
    return _chosen(letter, who, policy, wanted)


def gaps(letter: Letter) -> int:
    """Places left to fill in."""
    return letter.text.count(GAP) + letter.subject.count(GAP)


def must_be_whole(letter: Letter) -> None:
    """Refused while something is left to fill in."""
    if count := gaps(letter):
        raise Refused(
            f"{letter.id} has {count} places left to fill in.", "Edit it first.", (f"crisis letter {letter.id}",)
        )


def outdated(crisis: Crisis, letter: Letter) -> tuple[str, ...]:
    """A sentence for each fact that the message tells and that is not what it was when the message was written."""
    now = {one.id: one for one in crisis.statements}
    found = []
    for name, words in letter.basis.items():
        one = now.get(name)
        if one is None or one.withdrawn:
            found.append(f"{name} was withdrawn since {letter.id} was written: “{words}”")
        elif one.text != words:
            found.append(f"{name} reads otherwise since {letter.id} was written: “{one.text}”")
    return tuple(found)


def check_send(crisis: Crisis, letter: Letter, as_is: str) -> None:
    """Refused unless every approval is of this very text, nothing is left to fill in, it says nothing marked as more
    than its reader may read, and what it tells still holds or somebody says why it goes out as it is.
    """
    if letter.standing == "withdrawn":
        raise Refused(f"{letter.id} is withdrawn.", "It is not sent again.")
    must_be_whole(letter)
    if letter.missing:
        tries = (f"crisis letter {letter.id} --crisis {crisis.id}",)
        raise Refused(f"{letter.id} still needs the approval of: {', '.join(letter.missing)}.", "", tries)
    if marked := quoted(crisis, f"{letter.subject} {letter.text}", letter.tlp):
        raise Refused(" ".join(marked), "Edit it; or whoever may marks it for this reader: `crisis mark`.")
    stale = outdated(crisis, letter)
    if stale and not as_is:
        raise Refused(f"{'; '.join(stale)}.", "Edit it, or send it with `--as-is REASON`; the reason is kept.")


def check_new(letter: Letter, deliveries: Sequence[Delivery]) -> None:
    """Refused where it arrived already, or is on its way."""
    there = {_place(one) for one in letter.deliveries if one.ok or one.at is None}
    for one in deliveries:
        if _place(one) in there:
            raise Refused(f"{letter.id} went to {one.where} already.", "It is not sent there twice.")


def _place(one: Delivery) -> str:
    if one.reader is not None:
        return f"reader: {one.reader.person}"
    return one.room.key if one.room is not None else f"by hand: {one.by_hand.casefold()}"


def check_withdrawal(letter: Letter) -> None:
    """Refused for what is out: it cannot be called back."""
    if letter.standing == "withdrawn":
        raise Refused(f"{letter.id} was withdrawn already.")
    if not letter.editable:
        raise Refused(f"{letter.id} is {letter.standing}: readers have it.", "Send them a correction.")


def same_audience(crisis: Crisis, audience: str) -> tuple[Letter, ...]:
    """Messages to an audience that are still being written."""
    return tuple(one for one in crisis.letters if one.audience == audience and one.editable)
