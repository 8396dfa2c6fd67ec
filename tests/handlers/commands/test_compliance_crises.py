"""`compliance monitor` with major incidents that are run in chat: their clocks stand on the same board."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import StateError
from connectors.models.organisation.clocks import ClockRule, IncidentTriggers
from handlers.commands.compliance_monitor.crises import LEFT_OUT
from handlers.core.access import TLP_ORDER
from tests.handlers.commands.test_compliance_monitor import desk, incident, profile
from tests.handlers.commands.twins import NOW, Desk, cells, words
from tests.handlers.crisis.clock_room import clock_room, confirmed, filed, shipped
from tests.handlers.crisis.room import Room

AWARE = "2026-11-20T12:00Z"
LAST = NOW + timedelta(hours=27)
"""72 hours after AWARE: 2026-11-23 12:00 UTC."""


async def beside(room: Room) -> Desk:
    """The files in order, the shipped rule of GDPR, and this room's crisis."""
    made = desk()
    made.organisation.files[ClockRule] = [one for one in await shipped(ClockRule) if one.id == "gdpr"]  # type: ignore[union-attr]
    made.organisation.files[IncidentTriggers] = []
    made.crises = room.store
    return made


async def room_at(**more: Any) -> Room:
    room = await clock_room("gdpr", now=NOW, **more)
    await confirmed(room, "aware", AWARE)
    return room


async def test_a_crisis_stands_on_the_board() -> None:
    """Its confirmed trigger gives the same deadline as the file's arithmetic: 72 hours, and it is the next one."""
    made = await beside(await room_at())
    said = await made.run("compliance monitor")
    assert said.figure("clocks.next").value == pytest.approx((LAST - NOW).total_seconds())
    rows = cells(said, "Regulatory clocks")
    assert rows[0][:3] == ["1 d 3 h", "GDPR Art 33/34: supervisory authority", "crisis 1"]
    assert "(crisis 1) by " in words(said)
    made.organisation.files[IncidentTriggers] = [incident("2026-11-22T07:00:00Z")]
    both = await made.run("compliance monitor")
    assert [row[2] for row in cells(both, "Regulatory clocks")][:2] == ["crisis 1", "inc-1"]


async def test_what_is_filed_in_the_room_is_filed_here() -> None:
    """A filing with its reference ends the clock on this board too."""
    room = await room_at()
    await filed(room, "gdpr", "supervisory", "BF-1")
    made = await beside(room)
    said = await made.run("compliance monitor --operational")
    states = {(row[1], row[3]) for row in cells(said, "Regulatory clocks")}
    assert ("GDPR Art 33/34: supervisory authority", "filed in time (BF-1)") in states
    assert said.figure("clocks.filed_late").value == 0


async def test_a_scope_decided_in_the_room_needs_no_profile() -> None:
    """Without regulator_profile.yaml the room's own decision counts for its crisis, and the verdict is not green."""
    room = await room_at()
    answer = await room.do("counsel", 'crisis clock scope gdpr applies --said "Legal counsel"')
    assert answer.outcome == "applied"
    made = await beside(room)
    del made.organisation.files[type(profile())]
    said = await made.run("compliance monitor")
    assert said.figure("clocks.next").value == pytest.approx((LAST - NOW).total_seconds())
    assert said.verdict is not None and said.verdict.status == "unknown"


async def test_one_case_is_counted_once() -> None:
    """An incident of the file that is run as a crisis is counted in the crisis alone, and that is said."""
    room = Room()
    room.clock.at = NOW
    await room.do("lead", 'crisis declare "Ransomware" --severity 1 --case 7')
    made = await beside(room)
    made.organisation.files[IncidentTriggers] = [incident(case_id="7")]
    said = await made.run("compliance monitor --operational")
    assert "inc-1 is the case of crisis 1: its clocks are counted there, not from the file." in words(said)
    assert {row[2] for row in cells(said, "Regulatory clocks")} == {"crisis 1"}


async def test_a_drill_has_no_duties() -> None:
    """What is practised stands on no board."""
    room = Room()
    room.clock.at = NOW
    answer = await room.do("lead", "crisis drill ransomware")
    assert answer.outcome == "applied"
    made = await beside(room)
    said = await made.run("compliance monitor --operational")
    assert "crisis 1" not in words(said)
    assert said.verdict is not None and said.verdict.status == "green"


async def test_without_the_permission_or_the_store_nothing_is_green(monkeypatch: pytest.MonkeyPatch) -> None:
    """An auditor sees no crises and is told so; a store that is away is a notice."""
    made = await beside(await room_at())
    auditor = await made.run("compliance monitor", role="auditor")
    assert LEFT_OUT in words(auditor)
    assert "crisis 1" not in words(auditor)
    assert auditor.verdict is not None and auditor.verdict.status == "unknown"

    async def away() -> list[tuple[str, bool]]:
        raise StateError("redis is away")

    monkeypatch.setattr(made.crises.port, "listed", away)
    said = await made.run("compliance monitor")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert any("Crises in chat" in str(notice) for notice in said.notices)


async def test_a_red_crisis_makes_a_red_answer() -> None:
    """The answer goes no further than the crises whose clocks it shows."""
    made = await beside(await room_at())
    crisis = await made.crises.get("1")
    assert (await made.run("compliance monitor")).tlp == max("amber+strict", crisis.tlp, key=TLP_ORDER.index)

    async def red(_: str) -> Any:
        return crisis.model_copy(update={"tlp": "red"})

    made.crises.get = red  # type: ignore[method-assign]
    assert (await made.run("compliance monitor")).tlp == "red"
    made.organisation.files[ClockRule] = []
    assert (await made.run("compliance monitor")).tlp == "amber+strict"
