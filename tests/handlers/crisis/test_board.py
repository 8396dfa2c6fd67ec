"""The board at one look, whatever its size, on every platform; and `crisis manage` with and without a crisis."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.organisation.files import YamlOrganisation
from handlers.core.registry import discover
from handlers.crisis.base import Who
from handlers.crisis.board import board
from handlers.crisis.duties import Duties, Duty
from handlers.crisis.phases import COURSE
from handlers.crisis.state import Crisis
from handlers.crisis.work import Decision, Statement, Task
from messages import adaptive_card, block_kit
from messages.document import Actions, Document
from tests.block_kit_rules import check_message
from tests.card_rules import check_card
from tests.handlers.commands.desk import NOW
from tests.handlers.crisis.room import Room, text_of
from tests.handlers.crisis.test_people import words

RUNBOOKS = """
- id: ransomware_response
  title: Ransomware
  file: ransomware.md
  category: response
  steps:
    - {id: isolate, text: Isolate what encrypts}
    - {id: backups, text: Check that backups can be restored}
"""
EVIL = "<!channel> *bold* `x` <https://evil.example|click> | \u202e"


def with_runbooks() -> YamlOrganisation:
    """The shipped files and one runbook."""
    folder = Path(tempfile.mkdtemp())
    (folder / "runbooks.yaml").write_text(RUNBOOKS)
    return YamlOrganisation(folder, FixedClock(NOW))


def faults(document: Document) -> list[str]:
    """What Slack and Teams would refuse."""
    found = [fault for message in block_kit.render(document) for fault in check_message(message)]
    return found + [fault for card in adaptive_card.render(document) for fault in check_card(card)]


async def crowded() -> Crisis:
    """300 tasks, 200 statements, 40 decisions, 12 clocks, in words written by somebody hostile."""
    crisis = await Room().declared()
    who = Who(person="analyst", name=f"Analyst {EVIL}", platform="slack", tenant="T1", user="U3")
    tasks = tuple(
        Task(id=f"T{n}", text=f"{EVIL} task {n} " + "x" * 400, owner=who, due=NOW + timedelta(minutes=n - 100))
        for n in range(1, 301)
    )
    kinds = ("fact", "assumption", "unknown")
    statements = tuple(
        Statement(id=f"S{n}", kind=kinds[n % 3], text=f"{EVIL} {n} " + "y" * 400, since=NOW, by=who)  # type: ignore[arg-type]
        for n in range(1, 201)
    )
    decisions = tuple(Decision(id=f"D{n}", text=f"{EVIL} {n}", at=NOW, by=who) for n in range(1, 41))
    duties = tuple(
        Duty(rule=f"rule{n}", stage="initial", name=f"{EVIL} {n}", state="running", due=NOW + timedelta(hours=n - 2))
        for n in range(1, 13)
    )
    return crisis.model_copy(
        update={
            "tasks": tasks, "statements": statements, "decisions": decisions, "duties": Duties(board=duties),
            "room_problem": EVIL, "title": EVIL * 5,
        }
    )  # fmt: skip


async def test_a_crowded_board_is_one_message_that_says_what_it_leaves_out() -> None:
    """300 tasks and 200 statements of hostile words: valid, one message on each platform, cut with a count."""
    crisis = await crowded()
    shown = board(crisis)
    assert faults(shown) == []
    assert len(block_kit.render(shown)) == 1
    assert len(adaptive_card.render(shown)) == 1
    text = text_of(shown)
    assert "300 open, 99 overdue" in text
    assert "and 64 more" in text, "67 unknowns, three of them shown"
    assert "9 more running" in text
    assert "OVERDUE" in text


@pytest.mark.parametrize("phase", [*COURSE, "cancelled"])
async def test_a_board_has_the_buttons_of_its_phase(phase: str) -> None:
    """Rows of at most five, each button a line that the parser knows, the next move in the first row while there is
    one; while the crisis is open what is written down most, and the guide, in a second.
    """
    room = Room()
    crisis = (await room.declared()).model_copy(update={"phase": phase})
    shown = board(crisis)
    assert faults(shown) == []
    actions, *more = [block for block in shown.blocks if isinstance(block, Actions)]
    assert [len(row.buttons) for row in more] == ([5] if crisis.open else [])
    assert 1 <= len(actions.buttons) <= 5
    for button in [button for row in (actions, *more) for button in row.buttons]:
        answer = await room.say("lead", button.line.replace("--crisis 1", "--crisis 1"))
        assert answer.outcome in {"answered", "preview", "form", "refused"}, button.line
        assert "no command" not in text_of(answer.document)
    following = {"declared": "mobilise", "contained": "eradicate", "recovered": "close", "closed": "review"}
    if phase in following:
        assert f"crisis {following[phase]} --crisis 1" in [button.line for button in actions.buttons]


async def test_the_board_says_what_is_next_and_what_is_late() -> None:
    """The verdict names the next deadline; an overdue one is counted and red; roles nobody has are marked."""
    room = Room()
    await room.declared(severity=2)
    calm = (await room.say("lead", "crisis status")).document
    assert calm.verdict is not None
    assert calm.verdict.status == "amber"
    assert "Next: technical-team update until 2026-11-22 10:00 UTC" in text_of(calm)
    assert "⚠ Incident Commander, Operations lead, Scribe, Communications lead" in text_of(calm)
    await room.say("lead", "crisis task Isolate it --owner me --due 30m")
    await room.say("lead", "crisis task Call the provider --due 2h")
    assert "task T1 until" in text_of((await room.say("lead", "crisis status")).document)
    room.clock.advance(50 * 60)
    late = text_of((await room.say("lead", "crisis status")).document)
    assert "1 overdue." in late
    assert "technical-team update until" in late
    room.clock.advance(11 * 60)
    worse = (await room.say("lead", "crisis status")).document
    assert "2 overdue." in text_of(worse)
    assert worse.verdict is not None
    assert worse.verdict.status == "red"
    assert "task T2 until" in text_of(worse)


async def test_others_see_how_it_stands_and_no_more() -> None:
    """A room of another audience gets phase, severity and commander: no tasks, no unknowns, no buttons."""
    crisis = await crowded()
    shown = board(crisis, "executive")
    text = text_of(shown)
    assert "SEV1" in shown.title
    assert "task 1" not in text
    assert not any(isinstance(block, Actions) for block in shown.blocks)


async def test_manage_with_a_crisis_shows_board_stakeholders_and_media() -> None:
    """The specification's exact line answers with all three in the room of a crisis."""
    room = Room()
    await room.declared()
    answer = await room.say(
        "lead", "/security:crisis manage --major-incident --stakeholder-comms --media-response", door="slash"
    )
    text = text_of(answer.document)
    assert answer.outcome == "answered"
    for said in ("Incident Commander", "Stakeholders", "Media", "Who did it"):
        assert said in text
    assert faults(answer.document) == []
    plain = text_of((await room.say("lead", "crisis manage")).document)
    assert "Stakeholders" not in plain


async def test_manage_without_a_crisis_says_what_declaring_would_do() -> None:
    """Levels with their criteria and times, roles, who is called in, what is never said, and the button."""
    room = Room()
    answer = await room.say("lead", "crisis manage --major-incident --stakeholder-comms --media-response")
    text = words(answer.document)
    assert answer.outcome == "answered"
    for said in ("No crisis is open", "Ransomware is spreading", "15 min", "Who did it", "Declare a major incident"):
        assert said in text
    assert faults(answer.document) == []


EXAMPLES = sorted(one.name for one in discover().visible() if one.name.startswith("crisis"))


@pytest.mark.parametrize("name", EXAMPLES)
async def test_every_example_is_answered_with_and_without_a_crisis(name: str) -> None:
    """An example of this family works, or says in a sentence why not: never a bug, and valid on every platform."""
    room = Room()
    command = room.soc.registry.get(name)
    assert command is not None
    for _ in ("no crisis", "a crisis"):
        answer = await room.say("manager", command.example)
        assert answer.outcome in {"answered", "preview", "refused", "failed"}, text_of(answer.document)
        assert faults(answer.document) == []
        if not await room.state.crises.listed():
            await room.declared()


async def test_everything_a_busy_crisis_posts_is_valid_on_every_platform() -> None:
    """Hostile words in roles, tasks, facts, decisions, notes, handovers and reminders: no post is refused by Slack or
    Teams, and what goes to a room goes to the team's room alone.
    """
    room = Room()
    await room.declared()
    said = EVIL.replace("`x`", "x").removesuffix(" | \u202e") + " @everyone &lt;!here&gt; " + "z" * 400
    for who, line in (
        ("manager", "crisis take commander"),
        ("analyst", "crisis take scribe"),
        ("analyst", f'crisis role scribe @U4 --brief "{said}"'),
        ("counsel", f'crisis accept scribe "{said}"'),
        ("lead", f'crisis task "{said}" --owner @U3 --due 10m'),
        ("lead", f'crisis task "{said}"'),
        ("lead", f'crisis fact "{said}"'),
        ("lead", f'crisis decide "{said}" --because "{said}"'),
        ("lead", f'crisis note "{said}"'),
        ("lead", "crisis sitrep --post"),
    ):
        answer = await room.say(who, line)
        assert answer.outcome == "answered", text_of(answer.document)
        assert faults(answer.document) == []
    room.clock.advance(9 * 3600)
    assert (await room.system("crisis tick 1")).outcome == "answered"
    sent = await room.sent()
    assert len(sent) > 20
    for parcel in sent:
        assert faults(parcel.document) == [], text_of(parcel.document)
        assert parcel.address.channel in {"CROOM", ""}
        assert parcel.address.channel or parcel.address.user in {"U1", "U2", "U3", "U4"}


async def test_the_accept_button_of_a_handover_opens_the_form_for_the_read_back() -> None:
    """Pressing it asks for the words, with role and crisis filled in: what is submitted is the whole line."""
    room = Room()
    await room.declared()
    await room.say("lead", "crisis take commander")
    await room.say("lead", 'crisis role commander @U2 --brief "two hosts are isolated, one is not"')
    answer = await room.say("manager", "crisis accept commander --crisis 1 --form", door="button")
    assert answer.outcome == "form"
    (form,) = [block for block in answer.document.blocks if block.kind == "form"]
    assert {one.name: one.value for one in form.inputs} == {"role": "commander", "readback": "", "crisis": "1"}
