"""Declaring well: a severity with its reason, never twice by accident, with every backend down."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from typing import Any

import pytest

from connectors.errors import StateError, Unavailable
from connectors.models.cases import Case
from connectors.models.organisation.crisis import CrisisPolicy
from connectors.models.organisation.risk import IncidentFacts
from connectors.unconfigured import UnconfiguredCaseDesk
from handlers.core.registry import discover
from handlers.crisis.declaring import alike
from handlers.crisis.severity import TABLE, Signs, by_signs, coded, criteria_met, nearest
from messages.document import Actions, Button, Document
from tests.handlers.commands.desk import NOW, FakeDesk, FakeOrganisation
from tests.handlers.crisis.clock_room import shipped
from tests.handlers.crisis.room import Room, text_of

FLAGS = ("safety", "spreading", "exfiltration", "tier0", "precursors", "privileged")
ALL = [
    Signs(**dict(zip(FLAGS, flags, strict=True)), certainty=certainty, priority=priority)
    for flags in itertools.product((False, True), repeat=len(FLAGS))
    for certainty in (None, "suspected", "probable", "confirmed")
    for priority in ("", "low", "high", "critical")
]


def expected(s: Signs) -> int:
    """The table's rule in other words."""
    sure = s.certainty == "confirmed"
    if s.safety or s.spreading or (sure and (s.exfiltration or s.tier0)):
        return 1
    return 2 if sure or s.exfiltration or s.tier0 or s.precursors or s.privileged or s.priority == "critical" else 3


def test_the_table_of_signs_gives_what_it_says() -> None:
    """Every combination of signs has one severity, with a reason for it."""
    for signs in ALL:
        tier, why = by_signs(signs)
        assert tier == expected(signs), signs
        assert why
        assert all(row.words in why for row in TABLE if row.tier == tier and row.holds(signs))


def test_one_more_sign_never_makes_it_milder() -> None:
    """Adding a sign to any combination leaves the severity or makes it worse."""
    for signs in ALL:
        for name in FLAGS:
            worse = Signs(**{**dataclasses.asdict(signs), name: True})
            assert by_signs(worse)[0] <= by_signs(signs)[0]


async def test_criteria_by_number_or_words() -> None:
    """A criterion is found by its number or by words that only it has; anything else lists what there is."""
    (policy,) = await shipped(CrisisPolicy)
    assert isinstance(policy, CrisisPolicy)
    assert criteria_met("1.3, 3.1", policy)[0] == (1, "Ransomware is spreading")
    assert criteria_met("exfiltration", policy) == ((1, "Exfiltration of regulated data is confirmed"),)
    assert list(coded(policy)) == ["1.1", "1.2", "1.3", "2.1", "3.1"]
    assert nearest(2, policy.model_copy(update={"levels": policy.levels[:1]})) == 1
    for said, why in (("compromise", "several criteria"), ("7.1", "no criterion")):
        with pytest.raises(Exception, match=why):
            criteria_met(said, policy)


async def test_a_title_is_enough() -> None:
    """One field declares: the middle severity, said to be a proposal, with each criterion one press away."""
    room = Room()
    preview = await room.say("lead", "crisis declare Odd sign-ins on the VPN")
    said = flat(preview.document)
    assert "SEV2 (proposed: nobody has said yet which criterion is met)" in said
    press = next(one for one in buttons(preview.document) if one.label.startswith("Met: 1.3"))
    worse = await room.say("lead", press.line, door="button")
    assert "SEV1 (met: Ransomware is spreading)" in flat(worse.document)
    confirm = next(one.line for one in buttons(worse.document) if one.label == "Confirm")
    answer = await room.say("lead", confirm, door="button")
    crisis = await room.crisis()
    assert (crisis.severity, crisis.criteria, crisis.title) == (
        1, ("Ransomware is spreading",), "Odd sign-ins on the VPN"
    )  # fmt: skip
    said = flat(answer.document)
    assert "Crisis 1 “Amber Harbour” is declared" in said
    assert "A room is being made on Slack" in said
    assert {"Take command", "Clocks", "Board"} <= {one.label for one in buttons(answer.document)}


async def test_milder_than_the_criteria_needs_a_reason() -> None:
    """A severity below what a met criterion makes it is refused until a reason is given."""
    room = Room()
    line = 'crisis declare "VPN" --criteria 1.2 --severity 3'
    refused = await room.say("lead", line)
    assert "a milder severity needs its reason" in flat(refused.document)
    assert (await room.say("lead", f'{line} --reason "test data only"')).outcome == "preview"


async def test_what_is_known_of_the_case_proposes_the_severity() -> None:
    """Established facts and the desk's priority propose; what the preview said is what is declared, whatever the desk
    does meanwhile."""
    desk = FakeDesk(open=[a_case("7001", priority="high")])
    facts = IncidentFacts(
        case_id="7001", assessed_at=NOW, assessed_by="Shift lead", certainty="confirmed", exfiltration=True
    )
    room = Room(cases=desk, organisation=FakeOrganisation(facts, *await shipped(CrisisPolicy)))
    preview = await room.say("lead", 'crisis declare "Stolen files" --case 7001')
    assert "SEV1 (case 7001: exfiltration is confirmed)" in flat(preview.document)
    desk.fail = Unavailable("Case desk", "is away")
    confirm = next(one.line for one in buttons(preview.document) if one.label == "Confirm")
    answer = await room.say("lead", confirm, door="button")
    assert answer.outcome == "applied"
    assert (await room.crisis()).severity == 1
    comment = next(one for one in buttons(answer.document) if one.label == "Comment on case 7001")
    assert comment.line.startswith('case comment 7001 "Declared as a major incident: crisis 1')
    assert desk.written == [], "nothing is written to the case by itself"


async def test_an_unknown_case_is_said() -> None:
    """A case that the desk does not have is refused before anything is opened."""
    room = Room(cases=FakeDesk())
    answer = await room.say("lead", 'crisis declare "Stolen files" --case 9999')
    assert answer.outcome == "refused"
    assert "no case 9999" in flat(answer.document)


@pytest.mark.parametrize("files", [True, False])
async def test_it_works_with_every_backend_down(files: bool) -> None:
    """No desk and no files: the preview says so, the crisis is declared, its board and clocks answer."""
    parts = {} if files else {"organisation": FakeOrganisation()}
    room = Room(cases=UnconfiguredCaseDesk("Case desk", "CHRONICLE_PROJECT_ID"), **parts)
    preview = await room.say("lead", 'crisis declare "Stolen files" --case 7001')
    said = flat(preview.document)
    assert "SEV2 (case 7001: proposed: nothing of the case could be read)" in said
    assert "The severity rests on what could be read" in said
    assert ("barest policy" in said) is not files
    confirm = next(one.line for one in buttons(preview.document) if one.label == "Confirm")
    assert (await room.say("lead", confirm, door="button")).outcome == "applied"
    for line in ("crisis status", "crisis clock", "crisis cadence"):
        assert (await room.say("lead", line)).outcome == "answered", line


async def test_the_same_incident_is_not_declared_twice_by_accident() -> None:
    """The same case, or a similar title within half an hour, offers what there is; --separate declares another."""
    room = Room(cases=FakeDesk(open=[a_case("7001")]))
    await room.do("lead", 'crisis declare "Ransomware on file servers" --case 7001 --severity 1')
    for line in ('crisis declare "Something else" --case 7001', "crisis declare File servers: ransomware!"):
        answer = await room.say("manager", line)
        assert answer.outcome == "refused"
        assert "may have been declared already" in flat(answer.document)
        offered = [one.line for one in buttons(answer.document)]
        assert offered[0] == "crisis status --crisis 1"
        assert (await room.say("manager", offered[1], door="button")).outcome == "preview", offered[1]
    room.clock.advance(31 * 60)
    assert (await room.say("manager", "crisis declare File servers: ransomware!")).outcome == "preview"
    assert (await room.say("manager", 'crisis declare "Other words" --case 7001')).outcome == "refused"


async def test_two_presses_at_once_declare_one_crisis() -> None:
    """Two people confirm the same declaration: one crisis, the other is sent to it; a repeat changes nothing."""
    room = Room()
    lines = []
    for who in ("lead", "manager"):
        preview = await room.say(who, 'crisis declare "Ransomware on file servers"')
        lines.append(next(one.line for one in buttons(preview.document) if one.label == "Confirm"))
    first = await room.say("lead", lines[0], call_id="press-1")
    second = await room.say("manager", lines[1], call_id="press-2")
    assert (first.outcome, second.outcome) == ("applied", "refused")
    assert "crisis status --crisis 1" in [one.line for one in buttons(second.document)]
    again = await room.say("lead", lines[0], call_id="press-1", attempt=2)
    assert again.outcome == "applied"
    assert [one for one, _ in await room.state.crises.listed()] == ["1"]
    assert (await room.crisis()).version == 2, "declared and clocks proposed, once each"


async def test_presses_in_the_same_instant_declare_one_crisis() -> None:
    """Six people whose presses run side by side: one is applied, five are refused, there is one crisis."""
    room = Room()
    people = ("lead", "manager") * 3
    previews = [await room.say(who, 'crisis declare "Ransomware on file servers"') for who in people]
    lines = [next(one.line for one in buttons(preview.document) if one.label == "Confirm") for preview in previews]
    done = await asyncio.gather(*(room.say(who, line) for who, line in zip(people, lines, strict=True)))
    assert sorted(one.outcome for one in done) == ["applied", *["refused"] * 5]
    assert len(await room.state.crises.listed()) == 1


class Away:
    """The state's crises, whose commits fail from the second one on."""

    def __init__(self, crises: Any) -> None:
        self.crises, self.commits = crises, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.crises, name)

    async def commit(self, commit: Any) -> Any:
        self.commits += 1
        if self.commits > 1:
            raise StateError("Redis is away")
        return await self.crises.commit(commit)


async def test_declared_is_said_even_when_the_clocks_must_wait() -> None:
    """State that goes away right after the declaration: the answer says it is declared and what must still come."""
    room = Room()
    preview = await room.say("lead", 'crisis declare "Ransomware on file servers"')
    line = next(one.line for one in buttons(preview.document) if one.label == "Confirm")
    room.store.port = Away(room.store.port)
    answer = await room.say("lead", line)
    assert answer.outcome == "applied"
    assert "Crisis 1 “Amber Harbour” is declared" in flat(answer.document)
    assert "it is tried again in a minute" in flat(answer.document)
    assert not (await room.crisis()).duties.proposed


async def test_aware_is_a_time_of_the_past_and_a_proposal() -> None:
    """A time to come is refused; a local time is said back in UTC, and no clock runs on it."""
    room = Room()
    late = await room.say("lead", 'crisis declare "Stolen files" --aware 2026-11-22T23:00')
    assert "has not come yet" in flat(late.document)
    fine = await room.say("lead", 'crisis declare "Stolen files" --aware 06:40')
    assert "Aware since 2026-11-22 05:40 UTC (06:40 CET): a proposal" in flat(fine.document)


@pytest.mark.parametrize(
    "title", ['"; crisis close', "<!channel> `x`", "a" * 400, "“quoted” 'twice\"", "--separate", "x"]
)
async def test_a_cases_button_declares_whatever_its_title_says(title: str) -> None:
    """A case's title is data: the button's line is one declaration of that very case, never another command."""
    from handlers.commands.crisis.declare import declare_line
    from handlers.core.parser import parse

    parsed = parse(declare_line(title, "7001"), discover())
    assert parsed.command.name == "crisis declare"
    assert parsed.args.model_dump()["case"] == "7001"
    assert not parsed.args.model_dump()["separate"]


async def test_the_button_is_there_for_those_who_may() -> None:
    """A case shows "Declare major incident" to who runs crises, not to an analyst."""
    room = Room(cases=FakeDesk(open=[a_case("7001")]))
    for who, there in (("lead", True), ("analyst", False)):
        shown = buttons((await room.say(who, "case show 7001")).document)
        assert any(one.label == "Declare major incident" for one in shown) is there


def test_titles_that_are_alike() -> None:
    """The same words in another order or with another ending are alike; other matters are not."""
    assert alike("Ransomware on file servers", "file servers: ransomware")
    assert alike("Ransomware on file servers", "Ransomware on the fileserver")
    assert not alike("Ransomware on file servers", "Stolen payment data at a supplier")


def flat(document: Document) -> str:
    """Everything a document says, without its line breaks."""
    return " ".join(text_of(document).split())


def a_case(number: str, priority: str = "critical") -> Case:
    from tests.handlers.commands.desk import case

    return case(number, priority=priority)


def buttons(document: Document) -> list[Button]:
    return [one for block in document.blocks if isinstance(block, Actions) for one in block.buttons]
