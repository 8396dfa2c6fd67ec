"""Parity over the wire: one bot, two platforms, the same words typed in each."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel

from handlers.core.call import Address, Call, Identity
from handlers.core.kept import load
from messages.document import Document
from tests.bot.mcp.test_schema import PERSONA
from tests.bot.stage import until
from tests.e2e.both_rig import Both, running_both
from tests.messages.reader import body_words, card_words, slack_words

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINES = sorted(PERSONA - {"security:communicate"} | {"security:communicate --stakeholder executive"})
NO_FIGURES = {"security:crisis manage --major-incident"}
"""Nothing is open."""
_EXPORT = re.compile(r"export ([ST][0-9a-f]{20})")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder: Path = tmp_path_factory.mktemp("both")
    async with running_both(folder) as made:
        await made.app.core.soc.ledger.view(made.app.core.clock.now() - timedelta(days=775))
        yield made
        assert made.slack.slack.wrong == []
        assert made.teams.teams.wrong == []


async def in_slack(both: Both, line: str) -> Any:
    """What was posted into the person's direct messages."""
    both.slack.user = f"U7{next(_serial):03d}"
    slack = both.slack.slack
    await both.slack.dm(line)
    await until(lambda: _complete(slack.stands(both.slack.user)), 30)
    return slack.stands(both.slack.user)


async def in_teams(both: Both, line: str) -> Any:
    """What was posted into the person's chat."""
    both.teams.user = f"user-7{next(_serial)}"
    chat = f"a:{both.teams.user}"
    await both.teams.say(line)
    await until(lambda: _complete([one.card for one in both.teams.teams.of(chat)]), 30)
    return [one.card for one in both.teams.teams.of(chat)]


def _complete(posted: list[Any]) -> bool:
    """All pages of an answer, and no word any more that it is under way."""
    words = json.dumps(posted)
    pages = re.findall(r"page (\d+) of (\d+)", words)
    return bool(posted) and "asking the backends" not in words and (not pages or (pages[-1][1],) * 2 in pages)


async def by_itself(both: Both, line: str) -> Document:
    """The core's own answer, through no adapter."""
    who = Identity(platform="console", tenant="", user="reader")
    at = Address(platform="console", user="reader", visibility="direct")
    now = both.app.core.clock.now()
    call = Call(id=f"C{next(_serial)}", text=line, who=who, address=at, at=now, door="console")
    return (await both.app.core.pipeline.answer(call)).document


async def kept(both: Both, posted: Any) -> Document:
    """The document behind an answer, by the button that offers its files."""
    call = _EXPORT.search(json.dumps(posted))
    assert call is not None, json.dumps(posted)[:1000]
    return (await load(both.app.core.state.store, call[1])).document


@pytest.mark.parametrize("line", LINES)
async def test_the_same_words_give_the_same_figures(both: Both, line: str) -> None:
    """The sixteen lines: every figure with its value, window, definition and sources, the verdict and each block are
    the same through both adapters and through none, and every word of them stands in what each platform was sent.
    """
    expected = await by_itself(both, line)
    slack, teams = await asyncio.gather(in_slack(both, line), in_teams(both, line))
    assert _unsaid(expected, slack_words([message["blocks"] for message in slack])) == []
    assert _unsaid(expected, card_words(teams)) == []
    assert expected.verdict is not None or "crisis" in line
    if not expected.figures:
        assert line in NO_FIGURES
        return
    for one in (await kept(both, slack), await kept(both, teams)):
        assert [_neutral(figure, one.call) for figure in one.figures] == [
            _neutral(figure, expected.call) for figure in expected.figures
        ]
        assert one.verdict == expected.verdict
        assert _neutral(one, one.call) == _neutral(expected, expected.call)


def _unsaid(document: Document, said: str) -> list[str]:
    return sorted(word for word in body_words(document) - {document.call} if word not in said)


def _neutral(part: BaseModel, call: str) -> str:
    """Without the id of the call that asked for it."""
    return part.model_dump_json().replace(call, "CALL")
