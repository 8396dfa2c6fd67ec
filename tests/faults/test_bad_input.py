"""Input that means harm or makes no sense, through the whole pipeline, as people on a platform would see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.organisation.files import YamlOrganisation
from handlers.core.call import Address, Call, Identity
from handlers.core.pipeline import Pipeline
from messages import block_kit, html
from messages.document import Document
from tests.handlers.commands.desk import NOW
from tests.handlers.commands.digests import Stage
from tests.handlers.crisis.room import Room, text_of
from tests.handlers.crisis.test_board import faults

HOSTILE = '<!channel> <@U1> *bold* <script>alert(1)</script> | \u202e"; crisis close --crisis 1 --anyway x\n--owner @U1'


def hostile_book(folder: Path) -> YamlOrganisation:
    """One runbook whose title, alias, step and step's id somebody hostile wrote."""
    step = {"id": HOSTILE, "text": HOSTILE + " " + "x" * 900}
    book = {"id": "evil", "title": HOSTILE, "file": "evil.md", "category": "response", "aliases": ["@here"]}
    (folder / "runbooks.yaml").write_text(json.dumps([book | {"steps": [step, step | {"id": "two"}]}]))
    return YamlOrganisation(folder, FixedClock(NOW))


def harmless(document: Document) -> bool:
    """Both platforms take it, nobody is called, nothing is markup."""
    shown = json.dumps(block_kit.render(document))
    calls_nobody = '"type": "user"' not in shown and '"type": "broadcast"' not in shown
    return not faults(document) and calls_nobody and "<script" not in html.render(document)


@pytest.mark.parametrize("said", ["evil", "@here"])
async def test_a_hostile_runbook_is_words_and_nothing_else(tmp_path: Path, said: str) -> None:
    """Its steps become tasks with their words as data: no mention, no link, no markup, no second command."""
    room = Room(organisation=hostile_book(tmp_path))
    await room.declared()
    before = len(await room.sent())
    answer = await room.say("lead", f"crisis tasks add-runbook {said}")
    assert answer.outcome == "answered", text_of(answer.document)
    crisis = await room.crisis()
    assert crisis.open and [task.owner for task in crisis.tasks] == [None, None]
    assert all(task.text.startswith(HOSTILE[:60]) and len(task.text) <= 500 for task in crisis.tasks)
    listed = await room.say("lead", "crisis tasks --crisis 1")
    posted = [parcel.document for parcel in (await room.sent())[before:]]
    assert len(posted) >= 2 and all(map(harmless, [answer.document, listed.document, *posted]))


async def test_a_hostile_name_of_no_runbook_is_said_back_as_words(tmp_path: Path) -> None:
    """What is not found is named, harmlessly, and nothing is recorded."""
    room = Room(organisation=hostile_book(tmp_path))
    crisis = await room.declared()
    answer = await room.say("lead", "crisis tasks add-runbook <!channel> *nothing* --crisis 1")
    assert answer.outcome == "refused" and "no runbook" in text_of(answer.document)
    assert harmless(answer.document) and await room.crisis() == crisis


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ('"2026-11-01 08:00"', "is past"),
        ('"0 8 * * *" --until 2026-11-01', "is past"),
        ('"0 8 * * *" --zone Mars/Olympus', "no time zone"),
        ('"0 8 * * *" --zone ../../etc/passwd', "no time zone"),
        ('"0 8 * * *" --zone <!channel>', "no time zone"),
        ('"0 8 31 2 *"', "no cron expression"),
        ('"2026-03-29 02:30 Europe/Berlin"', "is past"),
    ],
)
async def test_a_schedule_that_cannot_be_is_refused_with_a_sentence(when: str, says: str) -> None:
    """Past times and zones that are none: refused to the asker alone, nothing is scheduled, nothing is a mention."""
    stage = Stage()
    who = Identity(platform="slack", tenant="T1", user="U1")
    at = Address(platform="slack", tenant="T1", channel="C1", user="U1", visibility="channel")
    text = f"digest schedule {when} --run numbers"
    call = Call(id="c1", text=text, who=who, address=at, at=stage.clock.now(), door="mention")
    answer = await Pipeline(stage.soc, stage.desk.auditor).answer(call)
    assert (answer.outcome, answer.address.visibility) == ("refused", "private")
    assert says in text_of(answer.document) and harmless(answer.document)
    assert await stage.soc.schedules.all() == []
