"""One crisis, a room on each platform: engineers in Slack, executives in Teams."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import CapturingLogger

from tests.bot.stage import until
from tests.e2e.both_rig import ACCESS, Both, running_both
from tests.e2e.crisis_sides import PATIENCE, SlackSide, TeamsSide
from tests.e2e.teams_signing import TENANT
from tests.e2e.teams_standin import CRISIS_CHANNEL, TEAM_CHANNEL

pytestmark = pytest.mark.asyncio(loop_scope="module")
TITLE = "Ransomware on file servers"
LOWER = f'  - {{platform: teams, tenant: {TENANT}, channel: "{CRISIS_CHANNEL}", tlp: amber}}\n'
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder: Path = tmp_path_factory.mktemp("both")
    async with running_both(folder, cases=50) as made:
        yield made
        assert made.slack.slack.wrong == []
        assert made.teams.teams.wrong == []


async def two_rooms(both: Both, audience: str) -> tuple[SlackSide, TeamsSide]:
    """Declared in Slack; somebody in Teams asks for a room there, too."""
    title = f"{TITLE} {next(_serial)}"
    slack, teams = SlackSide(both), TeamsSide(both)
    await slack.declare(f'crisis declare "{title}" --severity 1 --separate', title)
    both.teams.teams.installed.add(both.teams.user)
    await both.teams.mention(f"crisis room new --audience {audience} --crisis {slack.id}", TEAM_CHANNEL)
    teams.id = slack.id
    now = await slack.so(lambda one: len(one.rooms) == 2)
    teams.thread = next(room.thread for room in now.rooms if room.platform == "teams")
    return slack, teams


async def test_the_team_on_both_sides_reads_the_same(both: Both) -> None:
    """Two rooms of the team: what is decided in either is told in both, both boards say the same, nobody asks which
    crisis is meant.
    """
    slack, teams = await two_rooms(both, "team")
    await slack.do("crisis take commander")
    await teams.do("crisis take scribe")
    await teams.do("crisis decide Cut the VPN --options all;one --because unknown")
    now = await slack.do("crisis mobilise")
    await until(lambda: all(f"As of #{now.version}" in side.board() for side in (slack, teams)), PATIENCE)
    for side in (slack, teams):
        assert "Cut the VPN" in side.posted()
        assert "mobilised" in side.board()
        assert f"Person {both.teams.user}" in side.board() or both.teams.user in side.board()


async def test_executives_read_how_it_stands_and_nothing_of_the_work(both: Both) -> None:
    """Executives in Teams: their board has phase, severity and commander, moves are told; notes, tasks, facts and the
    work's buttons are not.
    """
    slack, teams = await two_rooms(both, "executive")
    await slack.do("crisis take commander")
    await slack.do("crisis fact Two servers encrypt --source EDR")
    await slack.do("crisis task Isolate the two file servers --due 30m")
    await slack.do("crisis decide Cut the VPN --options all;one --because unknown")
    now = await slack.do("crisis mobilise")
    await until(lambda: all(f"As of #{now.version}" in side.board() for side in (slack, teams)), PATIENCE)
    assert "mobilised" in teams.board()
    assert "Incident Commander" in teams.board()
    assert "declared → " in teams.posted()
    for word in ("Two servers encrypt", "Isolate the two", "Cut the VPN", "Take command", "Pin a message"):
        assert word not in teams.posted()
    assert "Cut the VPN" in slack.posted()
    assert len(teams.boards()) == 1


async def test_a_room_below_the_crisis_is_told_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executives' channel is listed below the crisis's TLP: neither board nor moves are posted there, the record
    and the team say so, the log has each refusal; a room of the team, which would show it all, is refused.
    """
    heard = CapturingLogger()
    monkeypatch.setattr("handlers.crisis.store.log", heard)
    async with running_both(tmp_path, cases=50, access=ACCESS + LOWER) as both:
        slack, teams = await two_rooms(both, "executive")
        now = await slack.do("crisis mobilise")
        await until(lambda: f"As of #{now.version}" in slack.board(), PATIENCE)
        assert [room.tlp for room in now.rooms] == ["amber+strict", "amber"]
        assert teams.boards() == []
        assert "mobilised" not in teams.posted()
        assert TITLE not in teams.posted()
        said = "for executive, up to TLP:AMBER: nothing that is TLP:AMBER+STRICT is posted there"
        assert any(said in line for line in await slack.timeline())
        assert "nothing that is TLP:AMBER+STRICT is posted there" in slack.posted()
        await both.teams.mention(f"crisis room new --crisis {slack.id}", TEAM_CHANNEL)
        failed = await slack.so(lambda one: bool(one.room_problem))
        assert failed.room_problem == (
            "teams: the channel for crises may see up to TLP:AMBER, this is TLP:AMBER+STRICT"
        )
        assert TITLE not in teams.posted()
    assert [call.args[0] for call in heard.calls].count("held back: above the room's TLP") >= 3
