"""Every command's example, from the typed line to every platform's payload, over the real connectors."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
import pytest_asyncio

from bot.app import Core, core
from bot.backends import connect
from bot.demo import ANCHOR, Demo, organisation, simulated
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from handlers.core.call import Address, Call, Identity
from handlers.core.pipeline import Answer, Pipeline
from handlers.core.registry import discover
from handlers.digest.model import Schedule
from handlers.digest.slots import next_slot
from messages import adaptive_card, as_json, block_kit, html, text
from tests.block_kit_rules import check_message
from tests.card_rules import check_card
from tests.examples.goldens import differing

CHANGED = ANCHOR - timedelta(days=10)
COMMANDS = [command for command in discover().visible() if not command.name.startswith("crisis ")]
"""A crisis needs one that is open: its examples are in test_crisis_examples."""
LINES = {command.name: command.example for command in COMMANDS} | {
    "dashboard": "/security:monitor operations --soc-dashboard --realtime --kpis",
    "trend": "/security:metrics soc --performance --timeframe monthly --trend-analysis",
    "google": "metrics soc --preset google",
}


SAMPLE = Schedule(
    id="d-00000001",
    line="monitor operations --soc-dashboard",
    when="weekdays 08:00",
    cron="0 8 * * 1-5",
    zone="Europe/Berlin",
    owner=Identity(platform="console", tenant="", user="lead-02", name="Lead 02"),
    place=Address(platform="console", thread="sample", user="lead-02", visibility="direct"),
    made_by="sample",
    made_at=ANCHOR - timedelta(days=3),
)
"""The digest that the examples of `digest ...` are about; a second one is paused."""
SAMPLES = (SAMPLE, SAMPLE.model_copy(update={"id": "d-00000002", "stopped": "paused by Lead 02"}))


async def seeded(made: Core) -> None:
    """Both samples as they were at first, whatever an example before has done to them."""
    for sample in SAMPLES:
        held = await made.soc.schedules.get(sample.id)
        assert held is None or await made.soc.schedules.remove(sample.id, held.version)
        coming = next_slot(sample, ANCHOR)
        assert await made.soc.schedules.save(sample.id, sample.model_dump_json(), coming, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    process = Process().model_copy(update={"data": tmp_path_factory.mktemp("data")})
    files = dated(tmp_path_factory.mktemp("organisation"))
    settings = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc())
    async with (
        simulated(Demo(cases=3_000), settings) as pointed,
        core(in_folder(pointed, files), FixedClock(ANCHOR), demo=True, memory_allowed=True) as one,
    ):
        await one.soc.ledger.view(ANCHOR - timedelta(days=775))
        yield one


def dated(folder: Path) -> Path:
    """The demo's organisation files with one time of change, whenever they were checked out."""
    shutil.copytree(organisation(), folder, dirs_exist_ok=True)
    for path in folder.iterdir():
        os.utime(path, (CHANGED.timestamp(), CHANGED.timestamp()))
    return folder


def in_folder(settings: Settings, folder: Path) -> Settings:
    return replace(settings, process=settings.process.model_copy(update={"organisation": folder}))


_ANSWERS: WeakKeyDictionary[Pipeline, dict[str, Answer]] = WeakKeyDictionary()
"""What each bot has answered: several tests look at the same answer, and the clock stands still."""


async def asked(made: Core, name: str) -> Answer:
    answers = _ANSWERS.setdefault(made.pipeline, {})
    if name not in answers:
        answers[name] = await _asked(made, name)
    return answers[name]


async def _asked(made: Core, name: str) -> Answer:
    if name.startswith("digest"):
        await seeded(made)
    call = Call(
        id=f"example-{name.replace(' ', '-')}",
        text=LINES[name],
        who=Identity(platform="cli", user="reader", tenant=""),
        address=Address(platform="cli", user="reader", visibility="direct"),
        at=ANCHOR,
        door="cli",
    )
    return await made.pipeline.answer(call)


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_an_example_is_answered_and_every_payload_is_valid(made: Core, name: str) -> None:
    """The example works, each renderer says what its golden file says, and Slack and Teams would accept theirs."""
    answer = await asked(made, name)
    document = answer.document
    assert answer.outcome in {"answered", "preview"}, text.render(document)
    assert [problem for message in block_kit.render(document) for problem in check_message(message)] == []
    assert [problem for card in adaptive_card.render(document) for problem in check_card(card)] == []
    assert document.title in html.render(document)
    assert list(differing(name, document)) == []


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_every_figure_stands_up_in_an_audit(made: Core, name: str) -> None:
    """Each figure has a definition, a source and a freshness; one without a value says why."""
    document = (await asked(made, name)).document
    told = json.loads(json.dumps(as_json.render(document, document.call), default=str))
    assert len(told["figures"]) == len({figure["id"] for figure in told["figures"]})
    for figure in told["figures"]:
        assert figure["definition"].strip(), figure["id"]
        assert figure["sources"], figure["id"]
        assert figure["as_of"], figure["id"]
        assert figure["value"] is not None or figure["note"], figure["id"]


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_no_answer_is_green_when_its_backends_are_away(made: Core, name: str) -> None:
    """With every backend failing, an answer is a notice or an unknown verdict: never green, never a zero."""
    if name.startswith(("help", "digest")):  # these ask no backend
        return
    away = Settings(
        made.settings.process.model_copy(update={"organisation": None}), Slack(), State(), Chronicle(), Gti(), Scc()
    )
    backends = connect(away, made.clock)
    soc = made.soc
    broken = replace(
        soc,
        cases=backends.cases,
        alerts=backends.alerts,
        intel=backends.intel,
        posture=backends.posture,
        organisation=backends.organisation,
        ledger=backends.ledger,
    )
    answer = await asked(replace(made, pipeline=Pipeline(broken, made.auditor)), name)
    document = answer.document
    assert answer.outcome in {"answered", "failed", "refused"}
    assert document.notices
    assert document.verdict is None or document.verdict.status != "green"
    assert [figure.id for figure in document.figures if figure.value == 0] == []
