"""The console on a free port of this machine, with commands of its own and everything in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from pydantic import SecretStr

from bot.app import App, Core, assemble
from bot.backends import connect
from bot.console.adapter import ConsoleAdapter
from bot.http import application
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.commands.help import COMMAND as HELP
from handlers.core.access import Access, AccessFile, Permission
from handlers.core.audit import Auditor
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.pipeline import Pipeline
from handlers.core.registry import Registry
from handlers.core.soc import Soc
from handlers.crisis.store import CrisisStore
from messages.document import Actions, Button, Document, Notice, Paragraph, spans

TOKEN = "correct horse battery staple"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> & </article>"


class Nothing(Args):
    pass


class Said(Args):
    text: str = word("What to say back", rest=True)


class Rows(Args):
    limit: int = option(5, "how many rows")


async def _echo(args: Said, call: Authorised, soc: Soc) -> Document:
    paragraph = Paragraph(text=spans(args.text))
    button = Button(label="Twice", line=f"echo {args.text} {args.text}"[:200])
    return Document(title=f"Echo: {args.text}", blocks=(paragraph, Actions(buttons=(button,))))


async def _count(args: Rows, call: Authorised, soc: Soc) -> Document:
    return Document(title=f"Counted {args.limit}")


async def _change(args: Nothing, call: Authorised, soc: Soc) -> Document:
    return Document(title="Change it?")


async def _changed(args: Nothing, call: Authorised, soc: Soc) -> Document:
    return Document(title="Changed", blocks=(Notice(level="info", text=spans("It is changed.")),))


def commands(gate: asyncio.Event) -> tuple[Command[Any], ...]:
    """What can be asked here; `slow` answers once the gate is open."""

    async def slow(args: Nothing, call: Authorised, soc: Soc) -> Document:
        await gate.wait()
        return Document(title="Slow but sure")

    return (
        HELP,
        Command("echo", "Says it back", Said, Permission.HELP, _echo, "echo hello"),
        Command("count rows", "Counts", Rows, Permission.OPERATIONS, _count, "count rows --limit 3"),
        Command("slow", "Takes its time", Nothing, Permission.HELP, slow, "slow"),
        Command("change", "Changes it", Nothing, Permission.CASES_WRITE, _change, "change", apply=_changed),
    )


@dataclass
class Site:
    """The bot under test and a browser's session with it."""

    url: str
    app: App
    state: MemoryState
    client: ClientSession
    adapter: ConsoleAdapter
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> ClientResponse:
        """Load the page, which gives the session."""
        return await self.client.get(f"{self.url}/")

    async def post(self, path: str = "/console/calls", /, **fields: str) -> ClientResponse:
        """A post as the page's own script makes it."""
        return await self.client.post(f"{self.url}{path}", data=fields, headers={"Origin": self.url})

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(f"{self.url}{path}", headers=headers)

    async def ask(self, **fields: str) -> dict[str, Any]:
        """Post a call and wait for its answer."""
        response = await self.post(**fields)
        assert response.status == 202, await response.text()
        call = (await response.json())["call"]
        return (await self.stream(lambda entry: entry["call"] == call and entry["kind"] == "answer"))[-1][1]

    async def stream(self, last: Any, after: str = "") -> list[tuple[str, dict[str, Any]]]:
        """(id, entry) of the stream up to the first for which `last` is true."""
        found: list[tuple[str, dict[str, Any]]] = []
        headers = {"Last-Event-ID": after} if after else {}
        async with asyncio.timeout(10), self.client.get(f"{self.url}/console/stream", headers=headers) as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("text/event-stream")
            mark = ""
            async for raw in response.content:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name == "id":
                    mark = value
                elif name == "data":
                    found.append((mark, json.loads(value)))
                    if last(found[-1][1]):
                        break
        return found


def settings(folder: Path, host: str = "127.0.0.1", token: str | None = None) -> Settings:
    secret = SecretStr(token) if token else None
    process = Process(_env_file=None, host=host, port=0, data=folder, console=True, console_token=secret)  # type: ignore[call-arg]
    groups = (Slack, State, Chronicle, Gti, Scc)
    return Settings(process, *(group.model_construct() for group in groups))  # type: ignore[arg-type]


def core(
    made: Settings, state: MemoryState, *, demo: bool, gate: asyncio.Event | None = None, file: AccessFile | None = None
) -> Core:
    clock = SystemClock()
    registry = Registry(commands(gate or asyncio.Event()))
    access = Access(file or AccessFile(), {"*": ("manager",)} if demo else None, switchable=demo)
    backends = connect(made, clock)
    soc = Soc(
        cases=backends.cases,
        alerts=backends.alerts,
        intel=backends.intel,
        posture=backends.posture,
        organisation=backends.organisation,
        ledger=backends.ledger,
        store=state.store,
        schedules=state.schedules,
        crises=CrisisStore(state.crises, b"key", clock),
        clock=clock,
        zone=ZoneInfo("UTC"),
        registry=registry,
        access=access,
        simulated=demo,
    )
    auditor = Auditor(state.audit, b"key", clock)
    return Core(made, clock, state, backends, registry, access, soc, auditor, Pipeline(soc, auditor))


def impatient(queue: Any) -> None:
    """The worker looks away from the inbox twenty times a second, not once: a site ends as soon as it is told to."""
    take = queue.take

    async def briefly(consumer: str, count: int, block: float, lease: float) -> Any:
        return await take(consumer, count, min(block, 0.05), lease)

    queue.take = briefly


@asynccontextmanager
async def site(
    folder: Path, *, demo: bool = True, token: str | None = None, file: AccessFile | None = None
) -> AsyncIterator[Site]:
    """A running console and a browser session."""
    made = settings(folder, token=token)
    state, gate = MemoryState(SystemClock()), asyncio.Event()
    impatient(state.queue)
    bot_core = core(made, state, demo=demo, gate=gate, file=file)
    platforms: dict[str, Any] = {}
    app = assemble(bot_core, platforms)
    adapter = ConsoleAdapter(made.process, app.intake, bot_core, app.health, demo=demo)
    platforms[adapter.platform.name] = adapter.platform
    runner = web.AppRunner(application(app.health, adapter.routes()), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tasks = app.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            yield Site(url, app, state, client, adapter, gate)
    finally:
        await adapter.stop()
        await runner.cleanup()
        await app.stop(tasks)
