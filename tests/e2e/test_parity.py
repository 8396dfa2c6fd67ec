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
from handlers.crisis.board import board
from messages.document import Document
from messages.text import render
from tests.bot.mcp.test_schema import PERSONA
from tests.bot.stage import until
from tests.e2e.both_rig import Both, running_both
from tests.e2e.crisis_sides import SlackSide, TeamsSide
from tests.messages.reader import body_words, card_words, slack_words

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINES = sorted(PERSONA - {"security:communicate"} | {"security:communicate --stakeholder executive"})
NO_FIGURES = {"security:crisis manage --major-incident"}
"""Nothing is open."""
TITLE = "Ransomware on file servers"
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
    return sorted(word for word in body_words(document) - {document.call} if not _said(word, said))


def _said(word: str, said: str) -> bool:
    """Long words (never numbers) of a table's head may be wrapped within their column."""
    wrapped = range(3, len(word) if len(word) >= 9 and word.isalpha() else 0)
    return word in said or any(word[:at] in said and word[at:] in said for at in wrapped)


def _neutral(part: BaseModel, call: str) -> str:
    """Without the id of the call that asked for it."""
    return part.model_dump_json().replace(call, "CALL")


STEPS = (
    "crisis take commander",
    "crisis mobilise",
    "crisis task Isolate the two file servers --due 30m",
    "crisis task done T1",
    "crisis fact Two servers encrypt --source EDR",
    "crisis assume The way in was the VPN",
    'crisis decide Cut the VPN --options "cut all; cut one group" --because "the way in is not known"',
    'crisis clock start aware --at "2026-11-22T08:10Z" --said "Shift lead"',
    'crisis evidence Disk image of the first file server --place "safe 2"',
    'crisis draft executive --text "File services are down. Next update at 11:00 UTC."',
    'crisis severity 2 --reason "one site alone"',
    "crisis contain",
    "crisis note The third host is clean",
)


@pytest.mark.slow
async def test_each_step_of_a_crisis_is_the_same(both: Both) -> None:
    """Declared and run in Slack, declared and run in Teams: the same timeline and the same board, line by line."""
    both.slack.user, both.teams.user = "U1", "user-1"
    sides = SlackSide(both), TeamsSide(both)
    for side in sides:
        await side.declare(f'crisis declare "{TITLE}" --severity 1 --separate', TITLE)
    for step in STEPS:
        await asyncio.gather(*(side.do(step) for side in sides))
    one, other = [await side.timeline() for side in sides]
    assert one == other
    assert len(one) >= len(STEPS) + 2
    boards = [board(now) for now in [await side.crisis() for side in sides]]
    assert len({side.plain(render(shown), await side.crisis()) for side, shown in zip(sides, boards, strict=True)}) == 1
    for side, shown in zip(sides, boards, strict=True):
        version = (await side.crisis()).version
        await until(lambda at=side, v=version: f"As of #{v}" in at.board(), 30)  # type: ignore[misc]
        assert _unsaid(shown, side.board()) == []


async def test_a_guest_is_the_same_on_either_side(both: Both) -> None:
    """Somebody from outside comes into the room: told, nothing strict is posted until the commander's word, then all of
    it is; the same lines in both records.
    """
    both.slack.user, both.teams.user = "U1", "user-1"
    sides = SlackSide(both), TeamsSide(both)
    await asyncio.gather(*(beside_a_guest(side) for side in sides))
    one, other = [await side.timeline() for side in sides]
    assert one == other
    assert any("Guest 09 (a guest account) admitted to the room by" in line for line in one)
    both.teams.teams.members.clear()


async def beside_a_guest(side: SlackSide | TeamsSide) -> None:
    title = "A guest comes in"
    await side.declare(f'crisis declare "{title}" --severity 1 --separate', title)
    await side.do("crisis take commander")
    await side.joined("Guest 09")
    await side.so(lambda one: bool(one.guests))
    await until(lambda: "is in this crisis's room" in side.posted(), 30)
    await side.do("crisis fact The backups are encrypted --source EDR")
    await side.admit("Guest 09")
    await side.so(lambda one: one.guests[0].admitted is not None)
    now = await side.do("crisis fact The backups are clean --source restore")
    await until(lambda: f"As of #{now.version}" in side.board(), 30)
    await until(lambda: "The backups are clean" in side.posted(), 30)
    assert "The backups are encrypted" not in side.posted()
