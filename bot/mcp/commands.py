"""The commands as tools and prompts: what is listed, and what becomes of a call. One pipeline answers every door."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import structlog

from bot.app import Core
from bot.mcp import schema
from bot.mcp.answers import FAILED, result, token_of
from bot.mcp.lines import line
from bot.mcp.once import Once, Try, digest
from bot.mcp.persons import PLATFORM
from connectors.errors import StateError
from handlers.core.call import Address, Call, Identity
from handlers.core.command import Command
from handlers.core.hosts import host_ceiling
from handlers.core.parcel import outgoing, wrapped
from handlers.core.pipeline import TOKEN_SECONDS, Answer
from messages.document import Notice, spans

if TYPE_CHECKING:
    from mcp_types import CallToolResult, GetPromptResult, Prompt, Tool

log = structlog.get_logger()
DONE_BEFORE = "You confirmed the very same within the last quarter of an hour: confirming this does it once more."
NOT_POSTED = "The state store is away: what belongs into channels beside this answer could not be handed over."


class Commands:
    """Tools and prompts of one core."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._once = Once(core.state.store, core.clock)
        listed = core.registry.visible()
        self._tools = {schema.tool_name(command): command for command in listed}
        self._prompts = {schema.prompt_name(command): command for command in listed}
        if len(self._tools) != len(listed) or self._tools.keys() & {schema.CONFIRM, schema.CANCEL}:
            raise ValueError("two commands would be the same tool")

    @property
    def today(self) -> date:
        """The day on which a token may have ended."""
        return self._core.clock.now().date()

    def tell_ceilings(self, users: Iterable[str]) -> None:
        """To the log: what the hosts of these accounts may see."""
        for user in dict.fromkeys(users):
            log.info("agent host", account=user, tlp_at_most=host_ceiling(user, self._core.soc))

    def tools(self, who: Identity) -> list[Tool]:
        """What the person may run; `confirm` and `cancel` besides."""
        made = []
        for name, command in self._allowed(self._tools, who).items():
            hints = schema.hints(command)
            about = schema.description(command)
            made.append(_tool(name, command.name, about, schema.input_schema(command), hints))
        confirm = (
            "Make the change that a preview showed: once, within 15 minutes, by the same person. Sent again with the "
            "same token it changes nothing more and answers as it did."
        )
        cancel = "Drop a preview: nothing is changed."
        made.append(_tool(schema.CONFIRM, schema.CONFIRM, confirm, schema.TOKEN_SCHEMA, schema.CONFIRMS))
        made.append(_tool(schema.CANCEL, schema.CANCEL, cancel, schema.TOKEN_SCHEMA, schema.PREVIEWS))
        return made

    def prompts(self, who: Identity) -> list[Prompt]:
        """One a command, named and titled as the persona writes it."""
        from mcp_types import Prompt, PromptArgument  # noqa: PLC0415

        return [
            Prompt(
                name=name,
                title=f"/{name}",
                description=f"{command.summary}\n{schema.usage_line(command)}",
                arguments=[
                    PromptArgument(name=argument, description=about, required=required)
                    for argument, about, required in schema.prompt_arguments(command)
                ],
            )
            for name, command in self._allowed(self._prompts, who).items()
        ]

    async def call(self, name: str, arguments: Mapping[str, Any], who: Identity) -> CallToolResult | None:
        """The tool's result; None when there is no such tool."""
        if name in {schema.CONFIRM, schema.CANCEL}:
            return await self._pressed(name, str(arguments.get("token", "")).strip() or "-", who)
        if (command := self._tools.get(name)) is None:
            return None
        said = line(command, arguments)
        call = self._asked(said, who, uuid.uuid4().hex[:20], self._core.clock.now())
        answer = await self._core.pipeline.answer(call)
        if (token := token_of(answer)) is not None:
            answer = await self._only(answer, token, said, who)
        return await self._told(answer)

    async def to_be_asked(self, token: str, who: Identity) -> str:
        """The line that the person is about to confirm; "" when there is none, which the pipeline tells."""
        try:
            held = await self._core.state.store.get(f"act:{token}")
            if held is None or await self._once.begun(_key(schema.CONFIRM, token, who)):
                return ""
        except StateError:
            return ""
        kept = json.loads(held)
        same = kept["person"] == self._core.access.principal(who.platform, who.tenant, who.user).person
        return str(kept["line"]) if same else ""

    async def settled(self) -> None:
        """Confirmations that have begun are ended."""
        await self._once.settled()

    async def _pressed(self, verb: str, token: str, who: Identity) -> CallToolResult:
        """A preview confirmed or dropped; sent again, it has the same answer and no further effect."""

        async def work(one: Try) -> tuple[CallToolResult, bool]:
            asked = self._asked(f"{verb} {token}", who, one.call, one.at)
            answer = await self._core.pipeline.answer(asked, one.attempt)
            return await self._told(answer), answer.outcome not in FAILED

        return await self._once(_key(verb, token, who), work)

    async def _only(self, answer: Answer, token: str, said: str, who: Identity) -> Answer:
        """Of one person's previews of one line the last alone can be confirmed: asking twice must not do it twice."""
        name = f"mcp:line:{digest(who.user, said)}"
        store = self._core.state.store
        try:
            before = await store.get(name)
            await store.put(name, token, TOKEN_SECONDS)
            if before is None or await store.claim(f"act:{before}", "a newer preview") is not None:
                return answer
            done = await self._once.begun(_key(schema.CONFIRM, before, who))
        except StateError:
            log.warning("an earlier preview may still be confirmed", call=answer.document.call)
            return answer
        return _noted(answer, "warning", DONE_BEFORE) if done else answer

    async def _told(self, answer: Answer) -> CallToolResult:
        return await result(await self._posted(answer), self._core.writer, self._core.soc)

    def prompt(self, name: str, arguments: Mapping[str, Any]) -> GetPromptResult | None:
        """The persona's line, and the tool that answers it; None when there is no such prompt."""
        from mcp_types import GetPromptResult, PromptMessage, TextContent  # noqa: PLC0415

        command = self._prompts.get(name)
        if command is None:
            return None
        first = schema.opening(command)
        typed = f"{schema.NAMESPACE}{line(command, {first: True, **arguments} if first else arguments)}"
        ask = f"{typed}\n\nAnswer this with the tool `{schema.tool_name(command)}`, given what the line says."
        message = PromptMessage(role="user", content=TextContent(type="text", text=ask))
        return GetPromptResult(description=command.summary, messages=[message])

    def _allowed(self, table: Mapping[str, Command[Any]], who: Identity) -> dict[str, Command[Any]]:
        principal = self._core.access.principal(who.platform, who.tenant, who.user)
        return {name: command for name, command in table.items() if principal.may(command.needs)}

    @staticmethod
    def _asked(said: str, who: Identity, call: str, at: datetime) -> Call:
        address = Address(platform=PLATFORM, user=who.user, visibility="direct")
        return Call(id=call, text=said, who=who, address=address, at=at, door="mcp")

    async def _posted(self, answer: Answer) -> Answer:
        """What a command posts elsewhere goes to the outbox, for the bot's couriers; what cannot is said."""
        call = answer.document.call
        posts = [(n, post) for n, post in enumerate(answer.posts) if post.address.platform != PLATFORM]
        if not posts:
            return answer
        try:
            await self._core.state.queue.post([outgoing(wrapped(post, f"{call}:post{n}", call)) for n, post in posts])
        except StateError as error:
            log.error("not posted", call=call, reason=str(error))
            return _noted(answer, "error", NOT_POSTED)
        return answer


def _key(verb: str, token: str, who: Identity) -> str:
    return digest(who.platform, who.user, verb, token)


def _noted(answer: Answer, level: Literal["warning", "error"], text: str) -> Answer:
    blocks = (Notice(level=level, text=spans(text)), *answer.document.blocks)
    return replace(answer, document=answer.document.model_copy(update={"blocks": blocks}))


def _tool(name: str, words: str, about: str, takes: dict[str, Any], hints: schema.Hints) -> Tool:
    from mcp_types import Tool, ToolAnnotations  # noqa: PLC0415

    return Tool(
        name=name,
        title=f"{schema.NAMESPACE}{words}",
        description=about,
        input_schema=takes,
        output_schema=schema.OUTPUT_SCHEMA,
        annotations=ToolAnnotations(
            read_only_hint=hints.reads, destructive_hint=hints.destroys, idempotent_hint=hints.repeatable
        ),
    )
