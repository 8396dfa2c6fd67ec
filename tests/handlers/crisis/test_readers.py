"""An approved message to persons: an audience by stakeholders.yaml, somebody by name, by an account that they read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.models.organisation.voice import Stakeholder
from handlers.commands.crisis.readers import unreached
from handlers.commands.crisis.readiness import readiness
from handlers.core.access import Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.pipeline import Pipeline
from tests.handlers.crisis.letterbox import CEILINGS, STAKEHOLDERS, approved, letterbox, outward
from tests.handlers.crisis.room import PERSONS, TENANT, Room, confirm, text_of

OBJECT = "0b6ed6a5-1c53-4c52-9b0e-6a2f6d8c1a11"
"""An Entra object id: what a Teams identity of the access file holds."""


def stakeholders(folder: Path, persons: list[str]) -> None:
    rows = [{**row, "persons": persons if row["audience"] == "executive" else []} for row in STAKEHOLDERS]
    (folder / "stakeholders.yaml").write_text(json.dumps(rows), encoding="utf-8")


async def box(folder: Path, persons: list[str]) -> Room:
    """M1 to executives, approved; `ciso` reads Slack, `chief` Teams alone, `voice` the console of nobody."""
    room = await letterbox(folder)
    stakeholders(folder, persons)
    listed: list[dict[str, Any]] = [
        {"id": name, "name": name.capitalize(), "roles": [role],
         "identities": [{"platform": "slack", "tenant": TENANT, "user": user}]}
        for name, (role, user) in PERSONS.items()
    ]  # fmt: skip
    teams = {"platform": "teams", "tenant": "tenant-9", "user": OBJECT}
    listed += [
        {
            "id": "chief",
            "name": "Chief",
            "roles": ["executive"],
            "identities": [{"platform": "cli", "user": "c"}, teams],
        },
        {"id": "voice", "roles": ["executive"], "identities": [{"platform": "cli", "user": "v"}]},
    ]
    channels = [{"platform": "slack", "tenant": TENANT, "channel": name, "tlp": tlp} for name, tlp in CEILINGS.items()]
    room.access = Access(AccessFile.model_validate({"persons": listed, "channels": channels}))
    room.soc = replace(room.soc, access=room.access)
    room.pipeline = Pipeline(room.soc, Auditor(room.state.audit, b"key of a test", room.clock))
    await approved(room)
    return room


async def test_an_audience_is_its_persons(tmp_path: Path) -> None:
    """Each gets exactly the approved text in a direct message, where they are known; each delivery has its receipt."""
    room = await box(tmp_path, ["ciso", "chief"])
    preview = await room.say("lead", "crisis send M1 --to executive,CEXEC")
    assert "Ciso on slack, directly" in text_of(preview.document)
    assert "Chief on teams, directly" in text_of(preview.document)
    assert (await room.say("lead", confirm(preview.document), door="button")).outcome == "applied"
    parcels = await outward(room)
    assert {(one.address.platform, one.address.tenant, one.address.user, one.address.channel) for one in parcels} == {
        ("slack", TENANT, "", "CEXEC"),
        ("slack", TENANT, "U5", ""),
        ("teams", "tenant-9", OBJECT, ""),
    }
    assert {(one.address.visibility, one.insiders) for one in parcels if one.address.user} == {("direct", True)}
    for one in parcels:
        refused = one.address.platform == "teams"
        outcome = 'refused --reason "the app is not installed"' if refused else "sent --channel D --message 1"
        await room.system(f"{one.report} --result {outcome}")
    letter = (await room.crisis()).letter("M1")
    assert (letter.standing, sorted(one.where for one in letter.deliveries if one.ok)) == (
        "sent",
        ["Ciso on slack", "slack CEXEC"],
    )
    told = [text_of(one.document) for one in await room.sent() if one.address.channel == "CROOM"]
    assert any("refused by Chief on teams: the app is not installed" in one for one in told)
    again = await room.say("lead", "crisis send M1 --to @ciso")
    assert "M1 went to Ciso on slack already." in text_of(again.document)


async def test_who_was_shown_gets_it(tmp_path: Path) -> None:
    """Somebody else stands in stakeholders.yaml by the time it is confirmed: those of the preview get it."""
    room = await box(tmp_path, ["ciso"])
    preview = await room.say("lead", "crisis send M1 --to executive")
    stakeholders(tmp_path, ["outsider"])
    assert (await room.say("lead", confirm(preview.document), door="button")).outcome == "applied"
    assert [one.address.user for one in await outward(room)] == ["U5"]


@pytest.mark.parametrize(
    ("persons", "to", "said"),
    [
        ([], "executive", "stakeholders.yaml names no persons for executive."),
        (["ciso"], "board", "M1 was written to executive and approved for them, not for board."),
        (["ghost"], "executive", "stakeholders.yaml names ghost for executive, whom the access file does not list."),
        (["voice"], "executive", "The access file lists no account of voice that I can write to."),
        ([], "@U999", "Nobody listed @U999: I do not know who would read it."),
        ([], "U5", "Nobody listed slack channel U5"),
    ],
)
async def test_who_cannot_be_written_to(tmp_path: Path, persons: list[str], to: str, said: str) -> None:
    """Nobody is guessed: an audience without persons, another one than it was approved for, who is not listed."""
    room = await box(tmp_path, persons)
    answer = await room.say("lead", f"crisis send M1 --to {to}")
    assert answer.outcome == "refused"
    assert said in text_of(answer.document)
    assert await outward(room) == []


async def test_who_would_not_be_reached_is_said_before_the_crisis(tmp_path: Path) -> None:
    """With no crisis open the stakeholders' overview names the persons whom no message would reach, and why."""
    room = await box(tmp_path, ["ciso", "chief", "ghost", "voice"])
    told = {row.id: unreached(row, room.access) for row in (await room.soc.organisation.read(Stakeholder)).items}
    assert told.pop("e") == ("ghost is not in the access file", "voice has no account that I can write to")
    assert set(told.values()) == {()}
    said = text_of(await readiness(room.soc, stakeholders=True, speaking=False))
    assert "Not reached directly: executive: ghost is not in the access file; executive: voice has no" in said


async def test_a_mention_is_that_person(tmp_path: Path) -> None:
    """`@U5` and `ciso` are the same reader, once; an id of the access file comes before an audience's other name."""
    room = await box(tmp_path, [])
    await room.do("lead", "crisis send M1 --to @U5,ciso,@CISO")
    assert [one.address.user for one in await outward(room)] == ["U5"]


async def test_a_drill_writes_to_nobody(tmp_path: Path) -> None:
    """An exercise leaves its own rooms neither for a channel nor for a person."""
    room = await letterbox(tmp_path)
    stakeholders(tmp_path, ["ciso"])
    await room.do("lead", "crisis drill ransomware")
    drill = await room.crisis("2")
    assert drill.drill
    await room.say("analyst", 'crisis draft executive --text "Nothing is real" --crisis 2')
    digest = (await room.crisis("2")).letter("M1").text_hash
    await room.say("ciso", f"crisis approve M1 --hash {digest} --crisis 2")
    assert (await room.crisis("2")).letter("M1").missing == ()
    said = text_of((await room.say("lead", "crisis send M1 --to executive --crisis 2")).document)
    assert "A drill posts nowhere but in its own rooms." in said
