"""Tasks, statements, decisions."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from handlers.crisis.events import read
from handlers.crisis.knowing import known_then
from handlers.crisis.reminders import all_of
from handlers.crisis.state import fold
from tests.handlers.crisis.room import Room, text_of
from tests.handlers.crisis.test_people import lines, mentioned, words


async def test_a_task_is_given_reminded_and_done() -> None:
    """Its owner is mentioned when it is given and once when it is overdue; a done task is silent."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", "crisis task Isolate both file servers --owner @U3 --due 30m --source playbook")
    assert "crisis task done T1 --crisis 1" in lines(answer.document)
    (task,) = (await room.crisis()).tasks
    assert (task.id, task.owner and task.owner.person, task.source) == ("T1", "analyst", "playbook")
    assert task.due == room.clock.now() + timedelta(minutes=30)
    told = [one for one in await room.sent() if "U3" in mentioned(one.document)]
    assert [one.address.channel for one in told] == ["CROOM"]
    room.clock.advance(30 * 60)
    assert "0 overdue" in text_of((await room.say("analyst", "crisis tasks")).document)
    room.clock.advance(1)
    await room.system("crisis tick 1")
    assert "1 overdue" in text_of((await room.sent())[-1].document) + text_of((await room.sent())[-2].document)
    assert "overdue" in text_of((await room.say("analyst", "crisis tasks")).document)
    assert (await room.say("analyst", "crisis task done t1 unplugged")).outcome == "answered"
    assert not any(one.key.startswith("task:") for one in all_of(await room.crisis()))
    again = await room.say("analyst", "crisis task done T1")
    assert "Task T1 is done." in text_of(again.document)


async def test_a_text_that_begins_like_a_subcommand_is_said_how_to_type() -> None:
    """`crisis task take the server …` is no task's number: the hint says quotes, and with quotes it is a task."""
    room = Room()
    await room.declared()
    said = text_of((await room.say("lead", "crisis task take the server offline")).document)
    assert "There is no task “the”" in said
    assert "put in quotes" in said
    assert (await room.say("lead", 'crisis task "take the server offline"')).outcome == "answered"
    assert [task.text for task in (await room.crisis()).tasks] == ["take the server offline"]


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        ("soon", "I cannot read “soon” as a time."),
        ("2026-11-23", "has no time of day"),
        ("2020-01-01T00:00Z", "has gone by"),
        ("25:00", "There is no 25:00"),
    ],
)
async def test_a_due_time_nobody_can_mean_is_refused(due: str, sentence: str) -> None:
    """Unreadable, without a time of day, past, impossible: each has its sentence and adds nothing."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", f"crisis task Isolate it --due {due}")
    assert answer.outcome == "refused"
    assert sentence in text_of(answer.document)
    assert (await room.crisis()).tasks == ()


async def test_too_many_open_tasks_of_one_owner_are_warned_of() -> None:
    """The eighth open task of one person is added with a warning, the seventh without."""
    room = Room()
    await room.declared()
    for n in range(1, 9):
        answer = text_of((await room.say("lead", f"crisis task Look at host {n} --owner @U3")).document)
        assert ("Analyst has 8 open tasks now" in answer) == (n == 8)


async def test_a_runbooks_steps_become_tasks_once() -> None:
    """Each step is a task with the step as its source; adding the runbook again adds nothing."""
    from tests.handlers.crisis.test_board import with_runbooks

    room = Room(organisation=with_runbooks())
    await room.declared()
    answer = await room.say("lead", "crisis tasks add-runbook RANSOMWARE_response")
    assert answer.outcome == "answered", text_of(answer.document)
    tasks = (await room.crisis()).tasks
    assert [task.source for task in tasks] == ["ransomware_response/isolate", "ransomware_response/backups"]
    assert (await room.say("lead", "crisis tasks add-runbook ransomware_response")).outcome == "refused"
    missing = text_of((await room.say("lead", "crisis tasks add-runbook ransom")).document)
    assert "ransomware_response" in missing


async def test_without_runbooks_the_crisis_goes_on() -> None:
    """No runbooks.yaml: adding one is refused or failed with a sentence, tasks by hand still work."""
    room = Room()
    await room.declared()
    answer = await room.say("lead", "crisis tasks add-runbook ransomware_response")
    assert answer.outcome in {"refused", "failed"}
    assert "SOC_BOT_ORGANISATION" in text_of(answer.document)
    assert (await room.say("lead", "crisis task Isolate it")).outcome == "answered"


async def test_statements_move_only_towards_certainty() -> None:
    """An assumption is confirmed, an unknown needs its answer, a fact is only ever withdrawn; old words stay."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis fact Two servers encrypt --source EDR")
    await room.say("analyst", "crisis assume The way in was the VPN")
    await room.say("analyst", "crisis unknown Whether customer data left")
    assert (await room.say("analyst", "crisis settle S1 assumption")).outcome == "refused"
    assert (await room.say("analyst", "crisis settle S3 fact")).outcome == "refused", "an unknown without its answer"
    await room.say("analyst", "crisis settle S2 fact --source VPN log")
    await room.say("analyst", "crisis settle s3 fact No customer data left --source proxy")
    kinds = [(one.id, one.kind, one.text, one.source) for one in (await room.crisis()).statements]
    assert kinds[1:] == [
        ("S2", "fact", "The way in was the VPN", "VPN log"), ("S3", "fact", "No customer data left", "proxy"),
    ]  # fmt: skip
    timeline = text_of((await room.say("lead", "crisis timeline --kind fact")).document)
    assert "Whether customer data left" in timeline
    await room.say("analyst", "crisis withdraw S1 it was a test host")
    assert "Two servers" not in text_of((await room.say("lead", "crisis facts")).document)
    assert "Two servers" in text_of((await room.say("lead", "crisis facts --all")).document)


async def test_a_decision_keeps_the_facts_known_then() -> None:
    """Facts that hold at the time are recorded with it; withdrawing one later names the decision built on it."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis fact Two servers encrypt")
    await room.say("analyst", "crisis assume The way in was the VPN")
    await room.say("analyst", "crisis fact A test host is down")
    await room.say("analyst", "crisis withdraw S3 it was planned")
    line = 'crisis decide Cut the VPN --options "cut all; cut one group" --because "way in unknown" --approver @U5'
    assert (await room.say("lead", line)).outcome == "answered"
    (decision,) = (await room.crisis()).decisions
    assert known_then(await room.crisis(), decision) == ("S1",)
    await room.say("analyst", "crisis settle S2 fact --source VPN log")
    await room.say("analyst", "crisis fact A third server encrypts")
    assert known_then(await room.crisis(), decision) == ("S1",), "what became known later was not known then"
    assert (decision.options, decision.approver) == (("cut all", "cut one group"), "Ciso")
    withdrawn = await room.say("analyst", "crisis withdraw S1 miscounted")
    assert "was known when these were made: D1" in text_of(withdrawn.document)
    assert (await room.say("lead", "crisis reverse D1 the VPN is clean")).outcome == "answered"
    assert "reversed already" in text_of((await room.say("lead", "crisis reverse d1 again")).document)
    assert "reversed: the VPN is clean" in words((await room.say("lead", "crisis decisions")).document)


async def test_what_an_older_record_says_was_known_is_still_read() -> None:
    """Decisions that hold the ids, facts without versions: as state and as events, beside decisions of today."""
    room = Room()
    await room.declared()
    for line in ("crisis fact Two servers encrypt", "crisis fact A test host is down", "crisis decide Cut the VPN"):
        await room.say("analyst", line)
    made = (await room.crisis()).model_dump(mode="json")
    for one in made["statements"]:
        del one["known_at"], one["gone_at"]
    made["decisions"][0] |= {"known": ["S1"], "seen": 0}
    old = type(await room.crisis()).model_validate(made)
    assert known_then(old, old.decisions[0]) == ("S1",)
    today = old.decisions[0].model_copy(update={"known": (), "seen": 9})
    assert known_then(old, today) == ("S1", "S2")
    events = [json.loads(text) async for _, text, _ in room.store.port.events("1")]
    for event in events:
        for name in ("known_at", "gone_at"):
            event.get("statement", {}).pop(name, None)
    events[-1]["decision"] |= {"known": ["S2"], "seen": 0}
    folded = fold(read(json.dumps(event)) for event in events)
    assert folded is not None and known_then(folded, folded.decisions[0]) == ("S2",)


async def test_nothing_is_worked_on_when_the_crisis_is_over() -> None:
    """Tasks, statements and decisions are refused on a cancelled crisis; a note is still taken."""
    room = Room()
    await room.declared()
    await room.do("lead", "crisis cancel the alarm was a test")
    for line in ("crisis task Isolate it", "crisis fact It was a test", "crisis decide Nothing more"):
        answer = await room.say("lead", f"{line} --crisis 1")
        assert "Crisis 1 is cancelled." in text_of(answer.document)
    assert (await room.say("lead", "crisis note The test team was told --crisis 1")).outcome == "answered"
