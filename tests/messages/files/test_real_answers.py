"""Answers of real commands over the simulated SOC: chat and files show the same numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Core, core
from bot.demo import ANCHOR, Demo, simulated
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.clock import FixedClock
from handlers.core.call import Address, Call, Identity
from messages import adaptive_card, block_kit, html, text
from messages.document import Document
from tests.examples.test_examples import dated, in_folder
from tests.messages.files.reading_back import FORMATS, made, outside, said
from tests.messages.files.test_same_numbers import missing
from tests.messages.reader import Page, card_words, slack_words

LINES = ("report executive --summary", "monitor operations --soc-dashboard", "metrics detection --coverage")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    process = Process().model_copy(update={"data": tmp_path_factory.mktemp("data")})
    files = dated(tmp_path_factory.mktemp("organisation"))
    settings = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc())
    async with (
        simulated(Demo(cases=800), settings) as pointed,
        core(in_folder(pointed, files), FixedClock(ANCHOR), demo=True, memory_allowed=True) as one,
    ):
        yield one


async def answered(running: Core, line: str) -> Document:
    call = Call(
        id="files",
        text=line,
        who=Identity(platform="cli", user="reader", tenant=""),
        address=Address(platform="cli", user="reader", visibility="direct"),
        at=ANCHOR,
        door="cli",
    )
    return (await running.pipeline.answer(call)).document


@pytest.mark.parametrize("line", LINES)
@pytest.mark.asyncio(loop_scope="module")
async def test_every_figure_is_said_alike_everywhere(running: Core, line: str) -> None:
    """Each figure of the answer is in every file and on every platform, in the same words."""
    document = await answered(running, line)
    assert len(document.figures) > 5, text.render(document)
    shown = {form: said(form, made(document, form)) for form in FORMATS}
    # A chat message defines the headline figures itself and opens the others by a button: so here it has no call.
    whole = document.model_copy(update={"call": ""})
    shown |= {
        "slack": slack_words(block_kit.render(whole)),
        "teams": card_words(adaptive_card.render(whole)),
        "console": "\n".join(Page(html.render(whole)).words),
        "terminal": text.render(whole),
    }
    assert {name: missing(document, words) for name, words in shown.items() if missing(document, words)} == {}
    assert outside(made(document, "pptx")) == []
