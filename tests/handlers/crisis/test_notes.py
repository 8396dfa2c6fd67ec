"""The timeline: notes with their own time, corrections instead of edits, pages, filters, the situation report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.ports import Commit, Committed
from handlers.commands.crisis.timeline import GROUPS
from handlers.core.errors import BadFlag
from handlers.core.pipeline import Answer
from handlers.crisis.events import KINDS
from handlers.crisis.telling import ONE_NODE
from handlers.crisis.times import ahead, past
from tests.handlers.crisis.room import Room, text_of
from tests.handlers.crisis.test_people import words

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("06:40", datetime(2026, 11, 22, 5, 40, tzinfo=UTC)),
        ("23:30", datetime(2026, 11, 21, 22, 30, tzinfo=UTC)),
        ("2026-11-22T06:40Z", datetime(2026, 11, 22, 6, 40, tzinfo=UTC)),
        ("2026-11-22T06:40", datetime(2026, 11, 22, 5, 40, tzinfo=UTC)),
        ("2026-11-22 06:40+05:30", datetime(2026, 11, 22, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_past_time_as_people_type_it(said: str, at: datetime) -> None:
    """HH:MM is the most recent such time in the team's zone; a time without a zone is the team's."""
    assert past(said, NOON, BERLIN) == at


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("2026-11-22T23:00Z", "has not come yet"),
        ("2026-11-22", "no time of day; I do not assume midnight"),
        ("2026-10-25T02:30", "was there twice"),
        ("2026-03-29T02:30", "did not exist"),
        ("yesterday", "cannot read"),
        ("24:10", "There is no 24:10"),
    ],
)
def test_a_past_time_nobody_can_place_is_refused(said: str, sentence: str) -> None:
    """The future, a bare date, a local time that a clock change gave twice or never: refused, with the readings."""
    with pytest.raises(BadFlag) as caught:
        past(said, NOON, BERLIN)
    assert sentence in caught.value.message
    if "twice" in sentence:
        assert caught.value.choices == ("2026-10-25T00:30Z", "2026-10-25T01:30Z")


def test_a_due_time_as_people_type_it() -> None:
    """A span counts from now, shorter in a fast drill; HH:MM is the next such time."""
    assert ahead("30m", NOON, BERLIN) == NOON + timedelta(minutes=30)
    assert ahead("4h", NOON, BERLIN, speed=10) == NOON + timedelta(minutes=24)
    assert ahead("06:40", NOON, BERLIN) == datetime(2026, 11, 23, 5, 40, tzinfo=UTC)


def utc(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "next_one", "latest"),
    [
        # The night of 29 March 2026 has no 02:30 in Berlin: 02:00 CET is 01:00 UTC is 03:00 CEST.
        ("2026-03-28T00:00", "2026-03-28T01:30", "2026-03-27T01:30"),
        ("2026-03-28T12:00", "did not exist", "2026-03-28T01:30"),
        ("2026-03-29T00:50", "did not exist", "2026-03-28T01:30"),
        ("2026-03-29T01:10", "2026-03-30T00:30", "did not exist"),
        ("2026-03-29T12:00", "2026-03-30T00:30", "did not exist"),
        ("2026-03-30T12:00", "2026-03-31T00:30", "2026-03-30T00:30"),
        # The night of 25 October has two: 00:30 UTC and 01:30 UTC.
        ("2026-10-24T12:00", "was there twice", "2026-10-24T00:30"),
        ("2026-10-25T00:10", "was there twice", "2026-10-24T00:30"),
        ("2026-10-25T00:45", "2026-10-25T01:30", "2026-10-25T00:30"),
        ("2026-10-25T01:45", "2026-10-26T01:30", "was there twice"),
        ("2026-10-25T12:00", "2026-10-26T01:30", "was there twice"),
        ("2026-10-26T12:00", "2026-10-27T01:30", "2026-10-26T01:30"),
    ],
)
def test_a_night_of_changing_clocks_refuses_only_its_own_date(now: str, next_one: str, latest: str) -> None:
    """02:30 is refused only where the very date it falls on has it twice or never; else it is the next, or latest."""
    for read, said in ((ahead, next_one), (past, latest)):
        if said[0].isdigit():
            assert read("02:30", utc(now), BERLIN) == utc(said)
        else:
            with pytest.raises(BadFlag, match=said):
                read("02:30", utc(now), BERLIN)


def test_every_time_of_day_is_the_one_that_counting_minutes_finds() -> None:
    """Around both nights, whatever it is now: the first minute ahead that the zone's clocks show so, unless its date
    has it twice ahead.
    """
    for start in ("2026-03-28T20:00", "2026-10-24T20:00"):
        minutes = [utc(start) + timedelta(minutes=n) for n in range(60 * 60)]
        shown = [f"{at.astimezone(BERLIN):%d %H:%M}" for at in minutes]
        for n in range(0, 12 * 60, 37):
            for wanted in ("01:59", "02:00", "02:30", "02:59", "03:00", "12:00"):
                later = [(at, day) for at, day in zip(minutes[n + 1 :], shown[n + 1 :], strict=True) if wanted in day]
                twice = later[0][1] == later[1][1]
                try:
                    found = ahead(wanted, minutes[n], BERLIN)
                except BadFlag as error:
                    assert twice or "did not exist" in error.message
                else:
                    assert found == later[0][0] and not twice


async def test_a_note_has_its_own_time_beside_the_logged_one() -> None:
    """`--at` is the event time, said back in UTC and the team's zone; the logged time stays what it was."""
    room = Room()
    await room.declared()
    answer = await room.say("analyst", "crisis note The alarm was seen first --at 06:40")
    assert "2026-11-22 05:40 UTC (06:40 CET)" in text_of(answer.document)
    *_, (_, noted) = [one async for one in room.store.events("1")]
    assert noted.occurred == datetime(2026, 11, 22, 5, 40, tzinfo=UTC)
    assert noted.stamp.at == room.clock.now()
    by_time = text_of((await room.say("lead", "crisis timeline --order happened")).document)
    assert by_time.index("SEV1 declared") < by_time.index("The alarm was seen first")


async def test_a_correction_stands_beside_what_it_corrects() -> None:
    """The entry keeps its words, the correction is an entry of its own, and the timeline shows both in one line."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis note Three servers encrypt")
    entry = (await room.crisis()).version
    await room.say("analyst", f"crisis correct #{entry} Two servers encrypt --reason miscounted")
    text = words((await room.say("lead", "crisis timeline")).document)
    assert f"Three servers encrypt [corrected in #{entry + 1}: Two servers encrypt]" in text
    for bad in (f"#{entry + 2}", "0", "#x", "3_0", "-1"):
        assert (await room.say("analyst", f"crisis correct {bad} Something else")).outcome == "refused", bad


async def test_the_timeline_is_paged_and_filtered_and_says_so() -> None:
    """`--kind` and `--since` leave entries out and say how many of how many; a page that is not there is refused."""
    room = Room()
    await room.declared()
    room.clock.advance(3600)
    for n in range(45):
        await room.say("analyst", f"crisis note Line {n}")
    first = text_of((await room.say("lead", "crisis timeline")).document)
    assert "page 1 of 2" in first
    assert "Line 44" in first
    assert "SEV1 declared" not in first
    assert "SEV1 declared" in text_of((await room.say("lead", "crisis timeline --page 2")).document)
    total = (await room.crisis()).version
    assert f"1 of {total} entries" in text_of((await room.say("lead", "crisis timeline --kind phase")).document)
    assert f"45 of {total} entries" in text_of((await room.say("lead", "crisis timeline --since 10:30")).document)
    assert (await room.say("lead", "crisis timeline --page 3")).outcome == "refused"


async def test_a_move_has_happened_between_declaration_and_now() -> None:
    """A move's own time is neither in the future nor before the declaration; one between is its event time."""
    room = Room()
    crisis = await room.declared()
    room.clock.advance(3600)
    early = await room.say("lead", "crisis mobilise --at 2026-11-22T08:00Z")
    assert "is before the declaration" in text_of(early.document)
    late = await room.say("lead", "crisis mobilise --at 2026-11-22T11:00Z")
    assert "has not come yet" in text_of(late.document)
    assert (await room.do("lead", "crisis mobilise --at 2026-11-22T09:20Z")).outcome == "applied"
    assert (await room.crisis()).entered["mobilised"] == crisis.declared + timedelta(minutes=20)


async def test_closing_needs_every_exit_criterion_or_a_reason_that_is_kept() -> None:
    """Not met: refused with what is missing; `--anyway` closes, and the timeline says how many were not met."""
    room = Room()
    await room.declared()
    for verb in ("mobilise", "contain", "eradicate", "recover"):
        await room.do("lead", f"crisis {verb}")
    refused = text_of((await room.say("lead", "crisis close")).document)
    assert "0 of 6 exit criteria are met" in refused
    await room.say("lead", "crisis task Hand the evidence over")
    preview = text_of((await room.say("lead", 'crisis close --anyway "handed to the provider"')).document)
    assert "1 task still open" in preview
    assert "Closed although not met" in preview
    await room.do("lead", 'crisis close --anyway "handed to the provider"')
    said = words((await room.say("lead", "crisis timeline --kind phase --crisis 1")).document)
    assert "6 exit criteria not met, closed anyway: handed to the provider" in said


async def test_a_false_alarm_and_a_reopening_say_why() -> None:
    """Both are refused without a reason, and confirmed with one."""
    room = Room()
    await room.declared()
    assert (await room.say("lead", "crisis cancel")).outcome == "refused"
    assert (await room.do("lead", "crisis cancel the alarm was a test")).outcome == "applied"
    assert (await room.say("lead", "crisis reopen --crisis 1")).outcome == "refused"
    assert (await room.do("lead", "crisis reopen it was no test --crisis 1")).outcome == "applied"
    assert (await room.crisis()).phase == "mobilised"


async def test_severity_changes_with_a_reason_and_a_confirmation() -> None:
    """Another severity is previewed and confirmed; the same one, none, or no reason is refused."""
    room = Room()
    await room.declared(severity=2)
    assert (await room.say("lead", 'crisis severity 2 --reason "it is the same"')).outcome == "refused"
    assert (await room.say("lead", "crisis severity 1")).outcome == "refused"
    assert (await room.say("analyst", 'crisis severity 1 --reason "data left"')).outcome == "refused"
    assert (await room.do("lead", 'crisis severity 1 --reason "data left"')).outcome == "applied"
    assert (await room.crisis()).severity == 1


async def test_a_situation_report_is_made_from_the_record() -> None:
    """Known, assumed, unknown, done since the last one, decided, next; a posted one is on record and counts on."""
    room = Room()
    await room.declared()
    await room.say("analyst", "crisis fact Two servers encrypt --source EDR")
    await room.say("analyst", "crisis unknown Whether data left")
    await room.say("lead", "crisis task Isolate both")
    await room.say("lead", "crisis task done T1")
    room.clock.advance(60)
    first = text_of((await room.say("lead", "crisis sitrep")).document)
    for said in ("Two servers encrypt (EDR)", "Whether data left", "T1 Isolate both", "Fill: Incident Commander"):
        assert said in first
    assert "Next update: 2026-11-22 09:30 UTC" in first, "SEV1: every 30 minutes from the declaration"
    await room.say("lead", "crisis sitrep --post")
    assert any("Situation report" in one.document.title for one in await room.sent())
    assert (await room.crisis()).sitreps == (room.clock.now(),)
    room.clock.advance(60)
    second = text_of((await room.say("lead", "crisis sitrep")).document)
    assert "T1 Isolate both" not in second
    assert "Two servers encrypt (EDR)" in second


def test_every_kind_of_event_can_be_chosen_in_the_timeline() -> None:
    """Each kind of event belongs to exactly one `--kind`: none can be left out of all filters."""
    grouped = [event for events in GROUPS.values() for event in events]
    assert {event.model_fields["kind"].default for event in grouped} == set(KINDS)
    assert len(grouped) == len(set(grouped))


async def test_evidence_keeps_its_chain_of_custody() -> None:
    """Each handover names who gave it to whom; the chain is read in order, and stays readable when all is over."""
    room = Room()
    await room.declared()
    await room.say("analyst", 'crisis evidence Disk image of the first server --place "safe 2"')
    assert (await room.say("analyst", "crisis evidence Log copy --sha256 abc")).outcome == "refused"
    await room.do("lead", "crisis cancel the alarm was a test")
    answer = await room.say("lead", 'crisis evidence move e1 --to "the forensics provider" --crisis 1')
    assert answer.outcome == "answered"
    (evidence,) = (await room.crisis()).evidence
    assert [(hand.giver, hand.holder) for hand in evidence.hands] == [
        ("", "Analyst"),
        ("Analyst", "the forensics provider"),
    ]
    wrong = await room.say("lead", "crisis evidence move E9 --to me --crisis 1")
    assert "There is no evidence E9" in text_of(wrong.document)
    shown = words((await room.say("lead", "crisis custody --crisis 1")).document)
    assert shown.index("safe 2") < shown.index("the forensics provider")


async def test_costs_are_summed_per_currency_and_never_converted() -> None:
    """Each currency has its own sum, exact to the cent; nothing, and no currency, is refused."""
    room = Room()
    await room.declared()
    for line in ("0.10 EUR a call", "0.20 eur another", "12500 USD forensics", "-0.10 EUR the call was free"):
        assert (await room.say("analyst", f"crisis cost {line}")).outcome == "answered", line
    for line in ("0 EUR nothing", "10 euros a taxi", "12,500 EUR forensics", "1.005 EUR half a cent"):
        assert (await room.say("analyst", f"crisis cost {line}")).outcome == "refused", line
    assert "In all 0.20 EUR, 12,500 USD" in text_of((await room.say("lead", "crisis costs")).document)


async def test_an_entry_on_one_node_alone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the state store should have copied an entry and has not, whoever typed it reads that beside the number."""
    room = Room()
    await room.declared()
    commit = room.state.crises.commit

    async def alone(wanted: Commit) -> Committed:
        return replace(await commit(wanted), copied=False)

    assert ONE_NODE not in _flat(await room.say("lead", "crisis note The first"))
    monkeypatch.setattr(room.state.crises, "commit", alone)
    told = _flat(await room.say("lead", "crisis note The second"))
    assert ONE_NODE in told and "Recorded as #" in told


def _flat(answer: Answer) -> str:
    return " ".join(text_of(answer.document).split())
