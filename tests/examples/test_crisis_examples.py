"""Every crisis command's example in its scene, from the typed line to every platform's payload."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import Core, core
from bot.backends import connect
from bot.demo import ANCHOR, organisation
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from connectors.memory import MemoryState
from handlers.core.call import NOWHERE, SELF, Address, Call, Identity
from handlers.core.pipeline import Answer, Pipeline
from handlers.core.registry import discover
from handlers.crisis.store import CrisisStore
from messages import adaptive_card, block_kit, html, text
from messages.document import Actions, Document
from tests.block_kit_rules import check_message
from tests.card_rules import check_card
from tests.examples.crisis_scene import BASE, SCENES

GOLDEN = Path(__file__).parent / "golden"
LINES = {command.name: command.example for command in discover().visible() if command.name.startswith("crisis ")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    """The demo's organisation files and no backend at all: a crisis works with every one of them away."""
    process = Process().model_copy(update={"data": tmp_path_factory.mktemp("data"), "organisation": organisation()})
    settings = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc())
    async with core(settings, FixedClock(ANCHOR), demo=True, memory_allowed=True) as one:
        yield one


@dataclass
class Stage:
    """Types lines as persons, on a crisis record of its own."""

    pipeline: Pipeline
    store: CrisisStore
    serial: int = 0

    async def type(self, who: str, line: str) -> Answer:
        self.serial += 1
        house = who == "house"
        call = Call(
            id=f"scene-{self.serial}",
            text=line,
            who=SELF if house else Identity(platform="slack", tenant="T1", user=who, name=who.capitalize()),
            address=NOWHERE if house else Address(platform="slack", tenant="T1", channel="CROOM", user=who),
            at=ANCHOR,
            door="system" if house else "slash",
        )
        return await self.pipeline.answer(call)

    async def play(self, scene: tuple[str, ...]) -> None:
        """Every line of a scene is taken, and confirmed where it asks for that."""
        for written in scene:
            who, _, line = written.partition(": ")
            answer = await self.type(who, await self.hashed(line))
            if answer.outcome == "preview":
                answer = await self.type(who, confirm(answer.document))
            assert answer.outcome in {"answered", "applied"}, (line, text.render(answer.document))

    async def hashed(self, line: str) -> str:
        """A line with the first letters of the first message's hash where it says HASH."""
        if "HASH" not in line:
            return line
        return line.replace("HASH", (await self.store.get("1")).letters[0].text_hash[:8])


def staged(made: Core) -> Stage:
    store = CrisisStore(MemoryState(made.clock).crises, b"key of a test", made.clock)
    return Stage(Pipeline(replace(made.soc, crises=store), made.auditor), store)


def confirm(document: Document) -> str:
    buttons = [b for block in document.blocks if isinstance(block, Actions) for b in block.buttons]
    return next(b.line for b in buttons if b.line.startswith("confirm "))


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_an_example_is_answered_in_its_scene(made: Core, name: str) -> None:
    """The example works, its text equals the golden file, and Slack and Teams would accept what they are sent."""
    stage = staged(made)
    await stage.play(SCENES.get(name.removeprefix("crisis "), BASE))
    line = LINES[name].replace("--hash 1a2b3c4d", "--hash HASH")
    answer = await stage.type("reader", await stage.hashed(line))
    document = answer.document
    # Files that have not changed since the declaration have nothing new to propose.
    taken = {"refused"} if name == "crisis clock propose" else {"answered", "preview"}
    assert answer.outcome in taken, text.render(document)
    assert [problem for message in block_kit.render(document) for problem in check_message(message)] == []
    assert [problem for card in adaptive_card.render(document) for problem in check_card(card)] == []
    assert document.title in html.render(document)
    shown = "\n".join(line.split("confirm ")[0].split("cancel ")[0] for line in text.render(document).splitlines())
    path = GOLDEN / f"{name.replace(' ', '_')}.txt"
    if os.environ.get("SOC_BOT_REGENERATE"):
        path.write_text(shown + "\n")
    assert shown + "\n" == path.read_text()


def test_no_backend_is_there(made: Core) -> None:
    """The scenes are played without a single backend."""
    assert connect(made.settings, made.clock).clients == []
