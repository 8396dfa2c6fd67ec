"""The straight line: parse → authorise → audit → run within the budget → Document → audit."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

import structlog

from connectors.errors import BackendError, StateError
from handlers.core import form, problems
from handlers.core.access import Permission, fits
from handlers.core.audit import Auditor, digest
from handlers.core.call import NOWHERE, Address, Authorised, Call
from handlers.core.ceilings import ceiling
from handlers.core.command import Reply
from handlers.core.errors import Conflict, Denied, Unsaved, UserError
from handlers.core.hosts import AGENTS, kept_from_host
from handlers.core.kept import keep
from handlers.core.parcel import Packed, Post, packed
from handlers.core.parser import Parsed, parse
from handlers.core.sheet import classify
from handlers.core.soc import Soc
from messages.document import Actions, Button, Document, Notice, spans
from messages.files.model import Attachment

log = structlog.get_logger()
TOKEN_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome`: answered, form, preview, applied, withheld, unconfirmed, refused, failed or bug; `address`: where it
    goes. Withheld: it was made, and the agent host that asked may not see it.
    """

    document: Document
    outcome: str
    address: Address
    command: str = ""
    posts: tuple[Post, ...] = ()
    files: tuple[Attachment, ...] = ()
    packed: Packed | None = None


class Pipeline:
    """Answers calls; holds nothing of any one call."""

    def __init__(self, soc: Soc, auditor: Auditor) -> None:
        self._soc, self._auditor = soc, auditor

    async def answer(self, call: Call, attempt: int = 1) -> Answer:
        """Always an answer, never an exception."""
        who = call.who
        principal = self._soc.access.principal(who.platform, who.tenant, who.user, who.name)
        asked = Authorised(**dict(call), principal=principal, attempt=attempt)
        bound = log.bind(call=call.id, door=call.door, person=principal.person)
        try:
            answer = await self._answer(asked)
        except UserError as error:
            # What the house tells itself nobody types again: it is taken again, as after any failure.
            outcome = "failed" if isinstance(error, Unsaved) and call.address == NOWHERE else "refused"
            await self._note(asked, outcome, error.message)
            answer = Answer(problems.refusal(error, call.id), outcome, _aside(call))
        except BackendError as error:
            await self._note(asked, "failed", str(error))
            answer = Answer(problems.failure(error, call.id), "failed", _aside(call))
        except StateError:
            await self._note(asked, "failed", "state store away")
            answer = Answer(problems.no_state(call.id), "failed", _aside(call))
        except Exception:
            bound.exception("bug")
            await self._note(asked, "bug", "unexpected error")
            answer = Answer(problems.bug(call.id), "bug", _aside(call))
        marks = {"call": call.id, "simulated": self._soc.simulated}
        if (answer.document.call, answer.document.simulated) != (call.id, self._soc.simulated):
            answer = replace(answer, document=answer.document.model_copy(update=marks))
        bound.info("answered", command=answer.command, outcome=answer.outcome)
        return answer

    async def _answer(self, call: Authorised) -> Answer:
        verb, _, token = call.text.strip().partition(" ")
        if verb in {"confirm", "cancel"} and token:
            return await self._pressed(call, verb, token.strip())
        parsed = parse(call.text, self._soc.registry)
        call.principal.require(parsed.command.needs)
        if parsed.form:
            asked = form.document(parsed.command, parsed.args).model_copy(update={"call": call.id})
            return Answer(asked, "form", call.address, parsed.command.name)
        warning = await self._open(call, parsed, must=parsed.command.writes)
        asks = parsed.command.apply is not None
        if parsed.command.writes and call.address.platform == AGENTS:
            # An agent types by itself: what takes effect at once in chat is shown first, as any other change is.
            reply, outcome, asks = Reply(problems.step(parsed.command.summary, parsed.line, call.id)), "answered", True
        else:
            reply, outcome = await self._run(parsed, call, apply=False)
        if not asks or outcome != "answered" or kept_from_host(reply.document, call.address, self._soc):
            return await self._finish(call, parsed, reply, outcome, warning)
        token = secrets.token_urlsafe(12)
        held = {"line": call.text, "person": call.principal.person, "settled": dict(reply.settled)}
        await self._soc.store.put(f"act:{token}", json.dumps(held), TOKEN_SECONDS)
        buttons = Actions(
            buttons=(
                Button(label="Confirm", line=f"confirm {token}", style="primary"),
                Button(label="Cancel", line=f"cancel {token}"),
            )
        )
        preview = reply.document.model_copy(update={"blocks": (*reply.document.blocks, buttons)})
        return await self._finish(call, parsed, Reply(preview), "preview", warning)

    async def _pressed(self, call: Authorised, verb: str, token: str) -> Answer:
        used = Conflict("This button has been used, or is older than 15 minutes.", "Type the command again.")
        held = await self._soc.store.get(f"act:{token}")
        if held is None:
            raise used
        kept = json.loads(held)
        if kept["person"] != call.principal.person:
            raise Denied("a preview of one's own", call.principal.name)
        parsed = parse(kept["line"], self._soc.registry)
        parsed = replace(parsed, args=parsed.args.model_copy(update=kept.get("settled", {})))
        call.principal.require(parsed.command.needs)
        if await self._soc.store.claim(f"act:{token}", call.id) is None:
            raise used
        if verb == "cancel":
            await self._open(call, parsed, must=False, event="cancelled")
            document = Document(title="Cancelled", blocks=(Notice(level="info", text=spans("Nothing was changed.")),))
            return Answer(document.model_copy(update={"call": call.id}), "answered", call.address, parsed.command.name)
        await self._open(call, parsed, must=True, event="confirmed")
        reply, outcome = await self._run(parsed, call, apply=True)
        return await self._finish(call, parsed, reply, outcome, None)

    async def _run(self, parsed: Parsed, call: Authorised, apply: bool) -> tuple[Reply, str]:
        """The command's answer, and how it came out."""
        command = parsed.command
        work = command.apply if apply and command.apply is not None else command.run
        try:
            async with asyncio.timeout(command.budget):
                made = await work(parsed.args, call, self._soc)
        except TimeoutError:
            late = problems.unconfirmed if apply else problems.timed_out
            return Reply(late(command.name, command.budget, call.id)), "unconfirmed" if apply else "failed"
        return made if isinstance(made, Reply) else Reply(made), "applied" if apply else "answered"

    async def _finish(
        self, call: Authorised, parsed: Parsed, reply: Reply, outcome: str, warning: Notice | None
    ) -> Answer:
        document = reply.document.model_copy(update={"call": call.id, "simulated": self._soc.simulated})
        if warning is not None:
            document = document.model_copy(update={"blocks": (warning, *document.blocks)})
        if outcome != "applied":
            await classify(document, self._soc.store)
        kept_back = kept_from_host(document, call.address, self._soc)
        if kept_back is not None and outcome in {"answered", "applied"}:
            document = problems.kept_back(*kept_back, applied=outcome == "applied", call_id=call.id)
            reply, outcome = Reply(document, reply.posts), "withheld" if outcome == "answered" else outcome
        address = await self._placed(call, document)
        if outcome == "answered" and document.figures:
            document = await self._kept(call, parsed, document, address, reply.layer)
        pack = packed(document)
        hashed = digest(b"", "", pack.text)
        await self._note(call, outcome, "", command=parsed.command.name, output=hashed)
        return Answer(document, outcome, address, parsed.command.name, reply.posts, reply.files, pack)

    async def _placed(self, call: Authorised, document: Document) -> Address:
        """A channel sees an answer only when its ceiling allows; otherwise the asker alone does."""
        at = call.address
        if at.visibility != "channel":
            return at
        if document.private or not fits(document.tlp, await ceiling(at, self._soc)):
            return at.model_copy(update={"visibility": "private"})
        return at

    async def _kept(
        self, call: Authorised, parsed: Parsed, document: Document, address: Address, layer: str
    ) -> Document:
        """Keep the answer for its definitions and files; what only the asker sees can be posted to the channel."""
        shown = address.visibility == "private" and address.channel and not document.private
        buttons = []
        if shown and call.principal.may(Permission.SHARE):
            buttons.append(Button(label="Post to channel", line=f"share {call.id}"))
        if address.platform != "cli":  # in a terminal there is nothing to press; it has --out
            buttons.append(Button(label="Files", line=f"export {call.id}"))
        if buttons:
            document = document.model_copy(update={"blocks": (*document.blocks, Actions(buttons=tuple(buttons)))})
        command, person = parsed.command, call.principal.person
        try:
            await keep(
                self._soc.store, person, command.needs, document, command=command.name, layer=layer,
                shown=address.visibility == "channel",
            )  # fmt: skip
        except StateError:
            log.warning("answer not kept", call=call.id)
        return document

    async def _open(self, call: Authorised, parsed: Parsed, must: bool, event: str = "opened") -> Notice | None:
        """The audit entry before execution. Without it a write is refused and a read goes on with a warning."""
        try:
            await self._auditor.record(
                event, call.id, person=call.principal.person, command=parsed.command.name, line=parsed.line
            )
        except StateError:
            if must:
                raise Unsaved(
                    "I could not write the audit log, so I changed nothing.", "Reads still work; try again soon."
                ) from None
            log.warning("audit not written", call=call.id)
            return Notice(level="warning", text=spans("The audit log could not be written; this read is not recorded."))
        return None

    async def _note(self, call: Authorised, outcome: str, reason: str, **fields: Any) -> None:
        try:
            line = {} if "command" in fields else {"line": call.text[:500]}
            await self._auditor.record(
                "closed", call.id, person=call.principal.person, outcome=outcome, reason=reason[:300], **line, **fields
            )
        except StateError:
            log.warning("audit not written", call=call.id)


def _aside(call: Call) -> Address:
    """What went wrong is for whoever asked, not for the channel."""
    private = call.address.visibility == "channel"
    return call.address.model_copy(update={"visibility": "private"}) if private else call.address
