"""Regulatory clocks of a crisis: each starts by its own confirmed trigger, and every deadline is the law's."""

from __future__ import annotations

import pytest

from connectors.errors import Unreadable
from handlers.crisis.base import Stamp
from handlers.crisis.state import Declared
from messages import adaptive_card, block_kit
from messages.document import Actions, Button, Document
from tests.block_kit_rules import check_message
from tests.card_rules import check_card
from tests.handlers.commands.desk import FakeOrganisation, a_call
from tests.handlers.crisis.clock_room import clock, clock_room, confirmed, filed, utc
from tests.handlers.crisis.room import Room, text_of

AWAY = Unreadable("Organisation files", "cannot be read")
EXAMPLES = [
    # domain.md 17: rule, stage, zone, now, triggers, due
    ("gdpr", "supervisory authority", "Europe/Berlin", "2026-10-24T08:00",
     [("aware", "2026-10-23T18:20")], "2026-10-26T16:20"),
    ("nis2", "early warning", "Europe/Berlin", "2026-10-24T08:00",
     [("significant-determined", "2026-10-23T18:20")], "2026-10-24T16:20"),
    ("sec-8k", "Form 8-K", "America/New_York", "2026-11-26T00:00",
     [("materiality-determined", "2026-11-25T10:00")], "2026-12-02T22:30"),
    ("sec-8k", "Form 8-K", "America/New_York", "2026-07-02T00:00",
     [("materiality-determined", "2026-07-01T10:00")], "2026-07-08T21:30"),
    ("sec-8k", "Form 8-K", "America/New_York", "2026-07-12T12:00",
     [("materiality-determined", "2026-07-11T10:00")], "2026-07-16T21:30"),
    ("dora", "initial", "UTC", "2026-11-20T14:30",
     [("aware", "2026-11-20T09:00Z"), ("classified-major", "2026-11-20T14:00Z")], "2026-11-20T18:00"),
    ("dora", "initial", "UTC", "2026-11-21T08:00",
     [("aware", "2026-11-20T09:00Z"), ("classified-major", "2026-11-21T07:00Z")], "2026-11-21T09:00"),
    ("dora", "initial", "UTC", "2026-11-22T10:30",
     [("aware", "2026-11-20T09:00Z"), ("classified-major", "2026-11-22T10:00Z")], "2026-11-22T14:00"),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
async def test_deadlines_of_the_laws_own_examples(
    example: tuple[str, str, str, str, list[tuple[str, str]], str],
) -> None:
    """Confirmed through crisis commands, over daylight saving, weekends and holidays, a deadline is the worked one."""
    rule, stage, zone, now, triggers, due = example
    room = await clock_room(rule, now=utc(now), zone=zone)
    for name, at in triggers:
        await confirmed(room, name, at)
    assert (await clock(room, rule, stage)).due == utc(due)


async def test_a_month_after_the_last_of_january_is_the_last_of_february() -> None:
    """A later stage counts from the filing before it, and waits until that is logged with its reference."""
    room = await clock_room("nis2", now=utc("2026-01-30T12:00"), zone="UTC")
    await confirmed(room, "significant-determined", "2026-01-30T10:00Z")
    assert (await clock(room, "nis2", "final report")).state == "not-started"
    room.clock.at = utc("2026-01-31T11:00")
    await filed(room, "nis2", "notification", "BSI-1", "2026-01-31T10:00Z")
    assert (await clock(room, "nis2", "notification")).reference == "BSI-1"
    assert (await clock(room, "nis2", "final report")).due == utc("2026-02-28T10:00")


async def test_a_deadline_on_a_weekend_moves_to_noon_where_legal_decided_so() -> None:
    """DORA's final report of a month that ends on a Sunday is due at noon of Monday, in the team's zone."""
    room = await clock_room("dora", now=utc("2026-10-20T12:00"), noon_rule_for=("final",))
    await confirmed(room, "classified-major", "2026-10-20T10:00Z")
    await filed(room, "dora", "initial", "R1", "2026-10-20T11:00Z")
    room.clock.at = utc("2026-10-22T13:00")
    await filed(room, "dora", "intermediate", "R2", "2026-10-22T09:00Z")
    assert (await clock(room, "dora", "final")).due == utc("2026-11-23T11:00"), "22 November 2026 is a Sunday"


async def test_no_clock_runs_before_its_trigger() -> None:
    """After the declaration, with a time of awareness given, every clock waits; one press confirms that time."""
    room = await clock_room("gdpr", "dora")
    await room.do("lead", 'crisis declare "Second matter" --aware 06:40 --separate')
    second = await room.crisis("2")
    assert {one.state for one in second.duties.board} == {"not-started"}
    assert all(one.due is None for one in second.duties.board)
    board = (await room.say("counsel", "crisis clock --crisis 2")).document
    press = next(one for one in buttons(board) if one.label.startswith("Confirm: aware"))
    assert (await room.say("counsel", press.line, door="button")).outcome == "answered"
    second = await room.crisis("2")
    assert second.duties.started[0].said == "Lead, at the declaration"
    assert second.duties.started[0].confirmed.person == "counsel"
    assert {one.key: one.due for one in second.duties.board if one.due} == {
        "gdpr/supervisory authority": utc("2026-11-25T05:40")
    }, "DORA waits for its classification"
    assert (await room.say("counsel", press.line, door="button")).outcome == "refused", "confirmed once"


async def test_a_preview_says_which_clocks_start_until_when() -> None:
    """The preview names deadlines in UTC and the typed time in both zones, and records nothing."""
    room = await clock_room("gdpr")
    answer = await room.say("counsel", 'crisis clock start aware --at 06:40 --said "Data officer"')
    said = text_of(answer.document)
    assert answer.outcome == "preview"
    assert "2026-11-22 05:40 UTC (06:40 CET), as Data officer says" in said
    assert "GDPR Art 33/34: supervisory authority: running, due 2026-11-25 05:40 UTC" in said
    assert not (await room.crisis()).duties.started


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-22T23:00Z", "has not come yet"),
        ("2026-11-23", "has not come yet"),
        ("2026-10-25T02:30", "was there twice"),
        ("2026-03-29T02:30", "did not exist"),
        ("yesterday", "cannot read"),
        ("--said", "needs a value"),
    ],
)
async def test_times_that_cannot_be_are_refused(at: str, said: str) -> None:
    """A time to come, a local time a clock change gave twice or never, and no time at all have a sentence each."""
    room = await clock_room("gdpr")
    answer = await room.say("counsel", f'crisis clock start aware --at {at} --said "Data officer"')
    assert answer.outcome == "refused"
    assert said in text_of(answer.document)
    if said == "was there twice":
        assert "2026-10-25T00:30Z, 2026-10-25T01:30Z" in text_of(answer.document)


async def test_who_said_so_is_required() -> None:
    """A trigger without somebody who says so is not recorded."""
    room = await clock_room("gdpr")
    answer = await room.say("counsel", "crisis clock start aware --at 06:40")
    assert answer.outcome == "refused"
    assert "--said is missing" in text_of(answer.document)


async def test_a_day_without_a_time_is_never_its_midnight() -> None:
    """An hour clock from a date alone stays anchor-missing until the time is known; a correction then starts it."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-21")
    waiting = await clock(room, "gdpr", "supervisory authority")
    assert (waiting.state, waiting.due) == ("anchor-missing", None)
    await confirmed(room, "aware", "2026-11-21T14:00Z", '--reason "found in the mail log"')
    assert (await clock(room, "gdpr", "supervisory authority")).due == utc("2026-11-24T14:00")


async def test_a_second_time_corrects_loudly_and_keeps_the_first() -> None:
    """Another time of the same trigger needs a reason, says what it replaces, and moves the deadline; both stay."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    again = await room.say("counsel", 'crisis clock start aware --at 2026-11-22T03:00Z --said "IT"')
    assert again.outcome == "refused"
    assert "--reason" in text_of(again.document)
    same = await room.say("counsel", 'crisis clock start aware --at 2026-11-22T05:40Z --said "IT" --reason again')
    assert same.outcome == "refused"
    line = 'crisis clock start aware --at 2026-11-22T03:00Z --said "IT" --reason "the first ticket"'
    preview = " ".join(text_of((await room.say("counsel", line)).document).split())
    assert "CORRECTS 2026-11-22 05:40 UTC" in preview
    assert "(until now running, due 2026-11-25 05:40 UTC)" in preview
    await room.do("counsel", line)
    crisis = await room.crisis()
    assert [one.at for one in crisis.duties.started] == [utc("2026-11-22T05:40"), utc("2026-11-22T03:00")]
    assert (await clock(room, "gdpr", "supervisory authority")).due == utc("2026-11-25T03:00")
    posted = [text_of(one.document) for one in await room.sent() if not one.board]
    assert any(
        "Trigger corrected: aware 2026-11-22 03:00 UTC, instead of 2026-11-22 05:40 UTC" in one for one in posted
    )
    page = text_of((await room.say("counsel", "crisis clock")).document)
    assert "corrected" in page
    assert "counts" in page


async def test_what_is_judged_is_not_judged_before_anybody_knows() -> None:
    """A classification before awareness, and awareness after a classification, are refused, naming the other time."""
    room = await clock_room("dora")
    await confirmed(room, "aware", "2026-11-22T05:00Z")
    early = await room.say("counsel", 'crisis clock start classified-major --at 2026-11-22T04:00Z --said "Risk"')
    assert "is before “aware” (2026-11-22 05:00 UTC)" in text_of(early.document)
    await confirmed(room, "classified-major", "2026-11-22T06:00Z")
    late = await room.say("counsel", 'crisis clock start aware --at 2026-11-22T07:00Z --said "Risk" --reason x')
    assert "“classified major” is confirmed as 2026-11-22 06:00 UTC" in text_of(late.document)


async def test_a_filing_needs_a_reference_and_is_logged_once() -> None:
    """No filing without a reference; the same one again, or a time before the trigger, is refused."""
    room = await clock_room("gdpr")
    bare = await room.say("counsel", 'crisis clock filed gdpr "supervisory authority"')
    assert "--reference is missing" in text_of(bare.document)
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    before = await room.say("counsel", "crisis clock filed gdpr supervisory --reference R1 --at 2026-11-22T05:00Z")
    assert "before GDPR Art 33/34: supervisory authority began" in text_of(before.document)
    await filed(room, "gdpr", "supervisory", "R1")
    assert (await clock(room, "gdpr", "supervisory authority")).state == "filed"
    assert (await clock(room, "gdpr", "supervisory authority")).late is False
    twice = await room.say("counsel", "crisis clock filed gdpr supervisory --reference R1")
    assert "logged as filed under R1 already" in text_of(twice.document)
    wrong = await room.say("counsel", "crisis clock filed gdpr nowhere --reference R2")
    assert "gdpr “supervisory authority”" in text_of(wrong.document)


async def test_only_some_may_keep_clocks() -> None:
    """Who merely takes part confirms no trigger; to drop a stage needs the approver's right or the legal role."""
    room = await clock_room("gdpr")
    line = 'crisis clock start aware --at 06:40 --said "Data officer"'
    assert (await room.say("analyst", line)).outcome == "refused"
    drop = 'crisis clock drop gdpr "data subjects" no high risk to persons'
    assert (await room.say("lead", drop)).outcome == "refused"
    await room.do("lead", "crisis take legal")
    assert (await room.do("lead", drop)).outcome == "applied"
    assert [one.stage for one in (await room.crisis()).duties.board] == ["supervisory authority"]
    assert "gdpr/data subjects: no high risk to persons" in text_of((await room.say("lead", "crisis clock")).document)
    assert (await room.say("analyst", 'crisis clock restore gdpr "data subjects" risk is high')).outcome == "refused"
    assert (await room.do("counsel", 'crisis clock restore gdpr "data subjects" risk is high')).outcome == "applied"
    assert len((await room.crisis()).duties.board) == 2
    assert (await room.do("counsel", 'crisis clock restore gdpr "data subjects" again')).outcome == "refused"


async def test_owners_are_reminded_before_the_deadline_and_filing_ends_it() -> None:
    """A day, four hours, one hour before, and overdue: one reminder each to the owner; none once it is filed."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    assert (await room.do("counsel", "crisis clock owner gdpr supervisory ciso")).outcome == "answered"
    heard: list[str] = []
    for at in ("2026-11-24T05:40", "2026-11-25T01:40", "2026-11-25T04:40", "2026-11-25T05:40:01"):
        room.clock.at = utc(at)
        await room.system("crisis tick 1")
        posts = [text_of(one.document) for one in await room.sent() if one.document.title.endswith("reminder")]
        heard.append(posts[-1])
    for said, post in zip(("24 h left", "4 h left", "1 h left", "is OVERDUE"), heard, strict=True):
        assert said in post
        assert "Ciso" in post
    overdue = await room.crisis()
    assert overdue.duties.board[0].state == "overdue", "the tick made the board say so"
    boards = [one for one in await room.sent() if one.board == "crisis:1"]
    assert "OVERDUE" in text_of(boards[-1].document) or "overdue" in text_of(boards[-1].document)
    await filed(room, "gdpr", "supervisory", "R9")
    assert (await clock(room, "gdpr", "supervisory authority")).late is True
    room.clock.advance(86_400)
    await room.system("crisis tick 1")
    last = (await room.crisis()).reminded
    assert max(at for key, at in last.items() if key.startswith("duty:")) == utc("2026-11-25T05:40:01")


async def test_a_clock_of_four_hours_is_not_reminded_of_a_day_before() -> None:
    """What had passed when the deadline was computed is not called out; a corrected deadline is reminded anew."""
    room = await clock_room("dora", now=utc("2026-11-20T14:30"))
    await confirmed(room, "classified-major", "2026-11-20T14:00Z")
    await room.system("crisis tick 1")
    room.clock.at = utc("2026-11-20T17:00")
    await room.system("crisis tick 1")
    keys = [key for key in (await room.crisis()).reminded if key.startswith("duty:dora/initial")]
    assert keys == ["duty:dora/initial:2026-11-20T18:00:00:1h", "duty:dora/initial:2026-11-20T18:00:00:soon"]
    await confirmed(room, "classified-major", "2026-11-20T15:30Z", "--reason minutes")
    room.clock.at = utc("2026-11-20T18:30")
    await room.system("crisis tick 1")
    keys = [key for key in (await room.crisis()).reminded if key.startswith("duty:dora/initial:2026-11-20T19:30")]
    assert "duty:dora/initial:2026-11-20T19:30:00:1h" in keys


async def test_after_an_outage_the_law_is_called_out_first() -> None:
    """When much is due at once, one line a clock or update, the overdue clock in front of everything else."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    room.clock.at = utc("2026-11-26T09:00")
    await room.system("crisis tick 1")
    lines = [line for line in text_of((await room.sent())[-1].document).splitlines() if line.startswith("•")]
    assert "supervisory authority is OVERDUE" in lines[0]
    assert sum("supervisory authority" in line for line in lines if "→" not in line) == 1
    assert len([key for key in (await room.crisis()).reminded if key.startswith("duty:")]) == 5, "all are settled"


async def test_closing_a_crisis_ends_no_deadline() -> None:
    """A crisis that is closed with a clock running is still reminded of it."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    await room.do("lead", "crisis cancel it was a test of the scanner")
    assert not (await room.crisis()).open
    room.clock.at = utc("2026-11-24T06:00")
    assert ("1", utc("2026-11-24T05:40").timestamp()) in await room.state.crises.due(room.clock.now().timestamp(), 10)
    await room.system("crisis tick 1")
    assert "duty:gdpr/supervisory authority:2026-11-25T05:40:00:24h" in (await room.crisis()).reminded


async def test_without_any_file_scope_is_not_declared_and_triggers_are_kept() -> None:
    """No rules, no profile: the declaration stands, the board sends people to legal, a trigger is recorded all the
    same, and once the files are there the clocks run from it."""
    room = Room(organisation=FakeOrganisation(fail=AWAY))
    await room.declared()
    assert (await room.crisis()).duties.proposed
    said = text_of((await room.say("counsel", "crisis clock")).document)
    assert "ask legal" in said
    assert "Crisis 1 “Plain Signal”" in said
    await confirmed(room, "aware", "06:40")
    assert (await room.crisis()).duties.board == ()
    full = (await clock_room("gdpr")).soc.organisation
    files = room.soc.organisation
    assert isinstance(files, FakeOrganisation) and isinstance(full, FakeOrganisation)
    files.fail, files._records = None, full._records
    assert (await room.say("counsel", "crisis clock propose")).outcome == "answered"
    assert (await clock(room, "gdpr", "supervisory authority")).due == utc("2026-11-25T05:40")


async def test_counsel_decides_the_scope_of_a_rule_in_the_crisis() -> None:
    """Without any profile a rule that counsel says applies has its clocks, run by their triggers; one said not to
    apply leaves the board. Who may not approve decides nothing; a bill is no rule."""
    room = Room()
    await room.declared()
    assert (await room.say("lead", 'crisis clock scope gdpr applies --said "Legal"')).outcome == "refused"
    assert (await room.say("counsel", 'crisis clock scope uk-csr-bill applies --said "Legal"')).outcome == "refused"
    assert (await room.do("counsel", 'crisis clock scope gdpr applies --said "Legal"')).outcome == "applied"
    assert (await clock(room, "gdpr", "supervisory authority")).state == "not-started"
    await confirmed(room, "aware", "06:40")
    assert (await clock(room, "gdpr", "supervisory authority")).due == utc("2026-11-25T05:40")
    assert (await room.do("counsel", 'crisis clock scope gdpr not --said "Legal"')).outcome == "applied"
    crisis = await room.crisis()
    assert crisis.duties.board == ()
    assert [one.applies for one in crisis.duties.scoped] == [True, False]
    assert crisis.duties.scoped[0].decided_by == "Legal (recorded by Counsel)"


async def test_a_lost_file_empties_no_board() -> None:
    """When the profile cannot be read any more, deadlines stand as computed, a filing counts, and that is said."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "2026-11-22T05:40Z")
    assert isinstance(room.soc.organisation, FakeOrganisation)
    room.soc.organisation.fail = AWAY
    answer = await room.do("counsel", "crisis clock filed gdpr supervisory --reference R1")
    assert "stands as last computed" in text_of(answer.document)
    one = await clock(room, "gdpr", "supervisory authority")
    assert (one.state, one.due, one.reference) == ("filed", utc("2026-11-25T05:40"), "R1")


async def test_a_declaration_whose_worker_died_gets_its_clocks_by_a_tick() -> None:
    """A crisis whose candidates were never proposed is due a minute later, and that tick proposes them, once."""
    room = await clock_room("gdpr")
    policy = (await room.crisis()).policy

    def bare(number: str, stamp: Stamp) -> Declared:
        return Declared(stamp=stamp, id=number, code_name="X", title="Y", severity=2, reason="", policy=policy)

    await room.store.declare(a_call("x", room.soc, id="bare"), bare)
    room.clock.advance(61)
    assert "2" in [one for one, _ in await room.state.crises.due(room.clock.now().timestamp(), 10)]
    assert (await room.system("crisis tick 2")).outcome == "answered"
    crisis = await room.crisis("2")
    assert [one.key for one in crisis.duties.board] == ["gdpr/data subjects", "gdpr/supervisory authority"]
    assert {one.state for one in crisis.duties.board} == {"not-started"}
    assert (await room.system("crisis tick 2")).outcome == "refused", "nothing more is due"


async def test_the_house_proposes_and_people_confirm() -> None:
    """The candidates are recorded as proposed by the bot, a trigger under the name of whoever confirmed it."""
    room = await clock_room("gdpr")
    await confirmed(room, "aware", "06:40")
    events = {event.kind: event async for _, event in room.store.events("1")}
    assert events["clocks proposed"].stamp.by.person == "system"
    assert events["clock started"].stamp.by.person == "counsel"


async def test_every_clock_answer_is_a_valid_message() -> None:
    """Board, previews and answers keep both platforms' rules, with hostile words in them too."""
    room = await clock_room("gdpr", "dora", "sec-8k", "nis2", "hipaa", "california")
    await confirmed(room, "aware", "06:40")
    hostile = "<!channel> *x* `y` | [z](http://evil.example) " * 4
    lines = (
        "crisis clock",
        f'crisis clock start classified-major --at 07:00 --said "{hostile}"',
        'crisis clock start aware --at 05:00 --said "IT" --reason "the first ticket"',
        f'crisis clock filed gdpr supervisory --reference "{hostile[:100]}"',
        f'crisis clock drop gdpr "data subjects" {hostile}',
        "crisis clock owner gdpr supervisory me",
        "crisis cadence",
        "crisis status",
    )
    for line in lines:
        document = (await room.do("counsel", line)).document
        assert not [fault for message in block_kit.render(document) for fault in check_message(message)], line
        assert not [fault for card in adaptive_card.render(document) for fault in check_card(card)], line


async def test_rules_that_are_not_law_are_shown_and_never_counted() -> None:
    """Pending and proposed rules stand apart, with their status, and are on no board."""
    room = await clock_room("gdpr")
    said = text_of((await room.say("counsel", "crisis clock")).document)
    assert "Not law today, never counted" in said
    assert "proposal" in said
    assert all(one.rule == "gdpr" for one in (await room.crisis()).duties.board)


def buttons(document: Document) -> list[Button]:
    return [one for block in document.blocks if isinstance(block, Actions) for one in block.buttons]
