"""`crisis approve`, `crisis reject`: the second pair of eyes, on exactly the text that was read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.commands.crisis.letters import CRISIS, EDIT, LetterId, asked
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.soc import Soc
from handlers.crisis.base import Refused, Stamp
from handlers.crisis.here import here
from handlers.crisis.letter_rules import check_approval
from handlers.crisis.letter_view import view
from handlers.crisis.letters import Approval, LetterApproved, LetterRejected, put
from handlers.crisis.people import must_be_listed
from handlers.crisis.state import Crisis
from handlers.crisis.telling import event_of
from messages.document import Document, Notice, spans


class ApproveArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    hash: Annotated[str, Field(max_length=64)] = option("", "The hash of the text that was read, at least 8 characters")
    role: Annotated[str, Field(max_length=60)] = option("", "As which approver; left out: the one that is yours")
    crisis: str = option("", CRISIS)


async def approve(args: ApproveArgs, call: Authorised, soc: Soc) -> Document:
    """For one role, by somebody who did not write it, of exactly this text."""
    must_be_listed(call, soc)

    def decide(crisis: Crisis, stamp: Stamp) -> LetterApproved:
        old = crisis.letter(args.letter)
        role = check_approval(old, stamp.by, args.hash, crisis.policy, args.role)
        approval = Approval(role=role, who=stamp.by, at=stamp.at, text_hash=old.text_hash)
        new = old.model_copy(update={"approvals": (*old.approvals, approval)})
        # Only what the order of the chain has just made their turn: the others have been asked.
        ask = asked(new, put(crisis, new), call, soc) if old.ordered else ()
        return LetterApproved(stamp=stamp, letter=old.id, approval=approval, ask=ask)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    shown = view(made.crisis, made.crisis.letter(args.letter), EDIT)
    event = event_of(made, LetterApproved)
    how = "" if made.crisis.policy.approvers else " (crisis.yaml maps no persons to approvers)"
    notice = Notice(level="info", text=spans(f"You approved {event.letter} as {event.approval.role}{how}."))
    return shown.model_copy(update={"blocks": (notice, *shown.blocks)})


class RejectArgs(Args):
    letter: LetterId = word("Which message, e.g. M1")
    reason: Annotated[str, Field(min_length=3, max_length=500)] = word("What must change", phrase=True)
    crisis: str = option("", CRISIS)


async def reject(args: RejectArgs, call: Authorised, soc: Soc) -> Document:
    """It stays a draft, and every approval of it is void."""
    must_be_listed(call, soc)

    def decide(crisis: Crisis, stamp: Stamp) -> LetterRejected:
        old = crisis.letter(args.letter)
        if not old.editable:
            raise Refused(f"{old.id} is {old.standing}.", "There is nothing to reject.")
        return LetterRejected(stamp=stamp, letter=old.id, reason=args.reason)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return view(made.crisis, made.crisis.letter(args.letter), EDIT)


COMMANDS = (
    Command(
        name="crisis approve",
        summary="Approve a message to stakeholders that you did not write",
        args=ApproveArgs,
        needs=Permission.APPROVE,
        run=approve,
        example="crisis approve M1 --hash 1a2b3c4d",
        writes=True,
    ),
    Command(
        name="crisis reject",
        summary="A message to stakeholders must change",
        args=RejectArgs,
        needs=Permission.APPROVE,
        run=reject,
        example="crisis reject M1 the number of customers is not confirmed",
        writes=True,
    ),
)
