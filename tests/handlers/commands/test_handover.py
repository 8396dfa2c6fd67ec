"""`handover` and `handover accept`: the card, and an acceptance that is recorded once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from connectors.errors import StateError, TimedOut
from connectors.models.organisation import Absence, Calendar, Person, Shift, SlaPolicy
from connectors.models.organisation.process import HandoverNote, ProcessPolicy
from handlers.commands.handover import COMMANDS
from handlers.core.errors import BadFlag, Conflict, NotFound
from tests.handlers.commands.desk import dangling
from tests.handlers.commands.twins import NOW, Desk, ago, case, cells, lines, with_commands, words

ALL: Any = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DUE, KEY = "20261122T0800Z", "handover:20261122T0800Z"


def person(name: str, tier: int = 1) -> Person:
    return Person(id=name, name=name, tier=tier, role="r", zone="UTC", desk_user=name)


def shift(name: str, start: int, end: int, **more: Any) -> Shift:
    return Shift(person=name, days=ALL, start=time(start), end=time(end, 15), zone="UTC", **more)


def desk() -> Desk:
    """08:00 and 20:00 UTC changes of shift; it is 09:00."""
    made = with_commands(*COMMANDS)
    made.cases.hold(case("7", priority="high", assignee="night-1", created_at=ago(3), title="<!channel> Beacon"))
    made.organisation.files = {
        Person: [person("day-1"), person("day-2"), person("night-1"), person("night-2"), person("lead-1", 4)],
        Shift: [shift("day-1", 8, 20), shift("day-2", 8, 20), shift("night-1", 20, 8), shift("night-2", 20, 8),
                shift("lead-1", 8, 20, kind="on-call")],
        Absence: [],
        HandoverNote: [HandoverNote(id="n", kind="action", text="Call back", since=ago(1), owner="lead-1",
                                    until=NOW + timedelta(hours=3))],
        SlaPolicy: [SlaPolicy(metric="resolve", priority=p, target_minutes=6000) for p in ("high", "medium")],
        Calendar: [],
        ProcessPolicy: [ProcessPolicy()],
    }  # fmt: skip
    return made


async def test_card_says_what_the_next_shift_must_know() -> None:
    """The card names the change due, the notes, and urgent cases whose owner is not there next."""
    said = await desk().run("handover")
    assert said.verdict is not None and said.verdict.status == "amber"
    assert said.figure("handover.unattended").value == 1
    assert said.figure("handover.notes").value == 1
    assert "Nobody accepted the handover of" in words(said)
    assert lines(said)[0] == f"handover accept {DUE}"
    assert dangling(said) == set()
    assert "<!channel> Beacon" in cells(said, "Cases to look at")[0][1]


async def test_persons_are_named_in_direct_messages_to_managers_only() -> None:
    """In a channel, and to a lead, tiers are counted; a manager's direct message names people and is private."""
    made = desk()
    cases: tuple[dict[str, Any], ...] = ({}, {"visibility": "direct", "role": "lead"})
    for more in cases:
        said = await made.run("handover", **more)
        assert not said.private and "day-1" not in words(said) and "2 × tier 1" in words(said)
    direct = await made.run("handover", visibility="direct", role="manager")
    assert direct.private and "day-1" in words(direct)


async def test_accepted_once_and_kept() -> None:
    """Preview records nothing; the press records who, when and what was shown; a second person is refused."""
    made = desk()
    preview = await made.answer("handover accept")
    assert await made.store.get(KEY) is None
    done = await made.answer(lines(preview.document)[0])
    assert (done.outcome, done.document.title) == ("applied", "Handover accepted")
    held = json.loads(await made.store.get(KEY) or "")
    assert (held["change"], held["cases"], held["notes"], held["incoming"]) == (DUE, ["7"], ["n"], False)
    assert datetime.fromisoformat(held["at"]) == NOW
    assert (await made.answer("handover accept", user="U2")).outcome == "refused"
    after = await made.run("handover")
    assert f"handover accept {DUE}" not in lines(after)


async def test_acceptance_is_audited() -> None:
    """The audit log holds the line of the confirmed acceptance."""
    made = desk()
    await made.answer(lines((await made.answer("handover accept")).document)[0])
    told = [entry async for _, entry, _ in made.audit.entries()]
    assert any("confirmed" in one and "handover accept" in one for one in told)


async def test_race_and_redelivery() -> None:
    """Of two who press, the first stands; the same call delivered again is told that it did it."""
    made = desk()
    await made.run("handover accept", user="U1")
    await made.run("handover accept", user="U2")
    first = await made.run("handover accept", apply=True, user="U1", id="c-1")
    assert (await made.run("handover accept", apply=True, attempt=2, user="U1", id="c-1")).title == first.title
    with pytest.raises(Conflict, match="already"):
        await made.run("handover accept", apply=True, user="U2", id="c-2")
    with pytest.raises(Conflict, match="no longer known"):
        await made.run("handover accept", apply=True, user="U3")


async def test_wrong_change_and_bad_words() -> None:
    """Only the change that is due can be accepted; anything that is no change is a bad word."""
    with pytest.raises(NotFound, match=DUE):
        await desk().run("handover accept 20261122T2000Z")
    with pytest.raises(BadFlag):
        await desk().run("handover accept now")


async def test_nobody_takes_over_is_red() -> None:
    """When the next shift has nobody at work the card is red and says so."""
    made = desk()
    made.organisation.files[Absence] = [
        Absence(person=p, first=NOW.date(), last=NOW.date(), kind="sick") for p in ("day-1", "day-2")
    ]
    said = await made.run("handover")
    assert said.verdict is not None and said.verdict.status == "red"
    assert "Nobody is at work after the change" in words(said)


async def test_what_is_missing_is_said() -> None:
    """A desk, roster or record that does not answer makes the colour unknown and is named; no zero is shown."""
    made = desk()
    made.cases.fails["open_cases"] = TimedOut("Case desk", 5.0)
    said = await made.run("handover")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "queue.open" not in {f.id for f in said.figures}
    for record in (Person, Shift, HandoverNote):
        made = desk()
        del made.organisation.files[record]
        said = await made.run("handover")
        assert record.FILE in words(said)
    made = desk()

    async def away(key: str) -> str | None:
        raise StateError("the state store is away")

    made.store.get = away  # type: ignore[method-assign]
    said = await made.run("handover")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "not known, not refused" in words(said)


async def test_the_verdict_says_why() -> None:
    """The colour's reason stands in the verdict: unowned breached cases; files that hide who takes over."""
    made = desk()
    made.cases.hold(case("8", priority="critical", assignee=None, created_at=ago(300)))
    made.organisation.files[SlaPolicy].append(SlaPolicy(metric="resolve", priority="critical", target_minutes=60))
    said = await made.run("handover")
    assert said.verdict is not None and said.verdict.status == "red"
    assert "1 breached critical or high case without an owner." in said.verdict.model_dump_json()
    made = desk()
    del made.organisation.files[Person]
    said = await made.run("handover")
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert "roster.yaml could not be read" in said.verdict.model_dump_json()


async def test_without_promises_nothing_is_breached_or_safe() -> None:
    """No promise in sla.yaml nor at the desk: breached and at risk are not known, never 0; notes are of the files."""
    made = desk()
    assert made.organisation.files.pop(SlaPolicy)
    said = await made.run("handover")
    assert [said.figure(f"queue.{name}").value for name in ("open", "breached", "at_risk")] == [1, None, None]
    assert said.figure("queue.breached").note == "no open case has a promise, in sla.yaml or at the desk"
    assert said.figure("handover.notes").sources == ("Organisation files",)
    assert set(said.figure("handover.unattended").sources) > {"Organisation files"}


async def test_who_may_accept() -> None:
    """An analyst may read the card and may not accept it."""
    made = desk()
    made.everybody = ("analyst",)
    assert (await made.answer("handover")).outcome == "answered"
    assert (await made.answer("handover accept")).outcome == "refused"


def test_now_is_after_the_change() -> None:
    """The desk's clock stands an hour after the change that these tests speak of."""
    assert NOW - datetime(2026, 11, 22, 8, tzinfo=UTC) == timedelta(hours=1)
