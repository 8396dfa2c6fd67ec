"""Digests: what can be scheduled, what a firing posts, and what changes from chat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Refused, Unavailable
from handlers.core.access import ROLES, Permission
from handlers.core.errors import BadFlag, Conflict, Denied, NotFound, UnknownCommand, UserError
from handlers.digest import history
from tests.handlers.commands.digests import LINE, MONDAY, NOBODY, NOW, Stage
from tests.handlers.commands.twins import cells, words

DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_it_is_scheduled_after_a_preview_that_says_when_it_comes(stage: Stage) -> None:
    """The preview names the next firings in the asked zone and writes nothing; confirmed, the next slot is set."""
    preview = await stage.desk.run(f"digest schedule {LINE}")
    assert "Mon 23 Nov 2026 08:00, Tue 24 Nov 2026 08:00" in words(preview) and "Lead" not in preview.title
    assert await stage.soc.schedules.all() == []
    digest = await stage.make()
    now = await stage.held(digest)
    assert now.next_at == MONDAY and now.schedule.owner.user == "U1" and now.schedule.place.channel == "C1"
    assert now.schedule.place.visibility == "channel" and not now.schedule.place.response_url


@pytest.mark.parametrize(
    ("line", "error", "says"),
    [
        ('"0 8 * * 1-5" --run wipe', BadFlag, "only reads can be scheduled"),
        ('"0 8 * * 1-5" --run "digest list"', BadFlag, "nothing to schedule"),
        ('"0 8 * * 1-5" --run "digest fire a 1"', BadFlag, "nothing to schedule"),
        ('"0 8 * * 1-5" --run "confirm abc"', UnknownCommand, "no command"),
        ('"0 8 * * 1-5" --run "numbers --form"', BadFlag, "nothing to schedule"),
        ('"0 8 * * 1-5" --run "numbers; wipe"', UnknownCommand, "no command"),
        ('"0 8 * * 1-5" --run "<!channel> `rm -rf`"', UnknownCommand, "no command"),
        ('"0 8 * * 1-5" --run ""', BadFlag, "--run is empty"),
        ('"0 8 * * 1-5"', BadFlag, "--run is missing"),
        ('"0 8 * * 1-5" --run numbers --silent', BadFlag, "without --delta"),
        ('"0 8 * * 1-5" --run numbers --zone Mars/Olympus', BadFlag, "no time zone"),
        ('"0 8 * * 1-5 UTC" --run numbers --zone Europe/Berlin', BadFlag, "Two zones"),
        ('"2026-11-01 08:00" --run numbers', BadFlag, "is past"),
        ('"0 8 * * *" --run numbers --until 2026-11-01', BadFlag, "is past"),
        ('"0 8 * * *" --run numbers --until tomorrow', BadFlag, "no day"),
        ('"* * * * *" --run numbers', BadFlag, "more often"),
        ('"0 8 30 2 *" --run numbers', BadFlag, "no cron expression"),
        ('"0 3 * * *" --run numbers --quiet 22:00-07:00', BadFlag, "never fires outside quiet hours"),
        ('"0 8 * * *" --run numbers --holidays XX', BadFlag, "No public holidays are known"),
        ('"0 8 * * *" --run numbers --missed sometimes', BadFlag, "--missed cannot be"),
        ('"0 8 * * *" --run numbers --id d-unknown', NotFound, "no digest"),
    ],
)
async def test_what_cannot_be_scheduled_is_refused_before_the_preview(
    stage: Stage, line: str, error: type[UserError], says: str
) -> None:
    """Writes, hidden lines, nonsense, the past and what never comes are refused with the reason; nothing is written."""
    with pytest.raises(error, match=says):
        await stage.desk.run(f"digest schedule {line}")
    assert await stage.soc.schedules.all() == []


async def test_an_unlisted_channel_and_the_command_line_take_no_digest(stage: Stage) -> None:
    """Where nothing may be posted nothing is scheduled; on the command line the preview says so and apply refuses."""
    with pytest.raises(UserError, match="not in the access file"):
        await stage.desk.run(f"digest schedule {LINE}", channel="C9")
    shown = await stage.desk.run(f"digest schedule {LINE}", role="manager", platform="cli", channel="")
    assert "This is no chat" in words(shown)
    with pytest.raises(UserError, match="This is no chat"):
        await stage.desk.run(f"digest schedule {LINE}", apply=True, role="manager", platform="cli", channel="")


def test_managers_and_leads_may_schedule_and_nobody_else_of_the_house() -> None:
    """The permission belongs to the manager and the lead."""
    assert {name for name, may in ROLES.items() if Permission.SCHEDULE in may} == {"manager", "lead"}


async def test_who_may_not_schedule_and_who_may_not_read_the_line_are_refused(stage: Stage) -> None:
    """Scheduling needs its permission, and the permission of the line."""
    answer = await stage.desk.answer(f"digest schedule {LINE}", user="U7")
    assert answer.outcome == "refused" and "digest.schedule" in words(answer.document)
    stage.desk.registry = None
    with pytest.raises(Denied, match=r"money.read"):
        await stage.desk.run('digest schedule "0 8 * * 1-5" --run "budget plan --soc-operations"', role="lead")


async def test_a_firing_posts_in_the_channel_as_its_owner(stage: Stage) -> None:
    """A slot's call posts one document to the channel, run with the owner's rights, and tells where it comes from."""
    digest = await stage.make()
    answer = await stage.fire(digest)
    [post] = answer.posts
    assert (answer.outcome, answer.address.platform) == ("answered", "system")
    assert (post.address.channel, post.address.visibility) == ("C1", "channel")
    assert post.report == f"digest delivered {digest} {int(MONDAY.timestamp())}"
    assert stage.ran[-1].principal.person == "lead-02" and stage.ran[-1].door == "schedule"
    assert digest in words(post.document) and "runs with the rights of" in words(post.document)
    assert "Late" not in words(post.document)
    assert [one.outcome for one in await history.read(stage.soc.store, digest)] == ["made"]


async def test_the_same_slot_fired_again_makes_the_same_digest(stage: Stage) -> None:
    """A second attempt of a slot compares with the digest before it, not with its own first attempt."""
    digest = await stage.make(LINE + " --delta")
    await stage.fire(digest)
    stage.figures["queue.open"] = 9.0
    first = await stage.fire(digest, MONDAY + DAY)
    again = await stage.fire(digest, MONDAY + DAY, attempt=2)
    assert first.posts[0].document.blocks == again.posts[0].document.blocks
    assert cells(again.posts[0].document, "Changed")[0][:2] == ["queue.open", "7"]


async def test_a_late_digest_and_missed_ones_are_said(stage: Stage) -> None:
    """Posted late, a digest says when it was due and how many before it were left out."""
    digest = await stage.make()
    stage.clock.at = MONDAY + timedelta(minutes=30)
    document = (await stage.fire(digest, over=3)).posts[0].document
    assert "Late: this digest was due" in words(document) and "3 earlier firings were missed" in words(document)


async def test_delta_shows_what_reads_differently_and_keeps_the_notices(stage: Stage) -> None:
    """Only figures whose shown value differs are listed, with then and now; a missing source is still said."""
    digest = await stage.make(LINE + " --delta")
    assert "first digest" in words((await stage.fire(digest)).posts[0].document)
    stage.figures = {"queue.open": 7.0, "mttr.median": 15_010.0, "sla.low": 3.0}  # 10 s more read the same
    stage.status = "red"
    document = (await stage.fire(digest, MONDAY + DAY)).posts[0].document
    assert cells(document, "Changed") == [["sla.low", "not reported", ""]]
    assert "went from green to red" in words(document) and "One source is missing" in words(document)
    assert {figure.id for figure in document.figures} == {"queue.open", "sla.low"}
    assert "reads differently as shown" in words(document)


async def test_without_a_change_it_says_so_or_is_silent_if_asked(stage: Stage) -> None:
    """Nothing changed: a short word, or nothing at all when that was asked for; the history knows."""
    spoken, silent = await stage.make(LINE + " --delta"), await stage.make(LINE + " --delta --silent")
    for digest in (spoken, silent):
        await stage.fire(digest)
    assert "Nothing changed since" in words((await stage.fire(spoken, MONDAY + DAY)).posts[0].document)
    assert (await stage.fire(silent, MONDAY + DAY)).posts == ()
    assert (await history.read(stage.soc.store, silent))[-1].outcome == "unchanged"
    stage.figures["queue.open"] = 8.0
    assert len((await stage.fire(silent, MONDAY + 2 * DAY)).posts) == 1


async def test_an_owner_without_rights_stops_it_and_is_told_alone(stage: Stage) -> None:
    """The owner's rights are asked at each firing: gone, the schedule stops and a direct message says why."""
    digest = await stage.make()
    stage.desk.access, stage.desk.everybody = NOBODY, ()
    answer = await stage.fire(digest)
    [post] = answer.posts
    assert (post.address.visibility, post.address.user, post.address.channel) == ("direct", "U1", "")
    assert "digest.schedule" in words(post.document) and not stage.ran
    now = await stage.held(digest)
    assert now.next_at is None and "may no longer run it" in now.schedule.stopped
    assert (await stage.fire(digest, MONDAY + DAY)).posts == ()


@pytest.mark.parametrize(("private", "tlp"), [(True, "amber"), (False, "red")])
async def test_what_the_channel_may_not_see_is_not_posted(stage: Stage, private: bool, tlp: str) -> None:
    """Person-level answers and those above the channel's ceiling go to nobody; the owner is told why."""
    digest = await stage.make()
    stage.private, stage.tlp = private, tlp
    [post] = (await stage.fire(digest)).posts
    assert post.address.visibility == "direct" and "Not posted" in words(post.document)
    assert "queue.open" not in words(post.document)
    assert (await history.read(stage.soc.store, digest))[-1].outcome == "withheld"


async def test_a_backend_that_fails_is_tried_again_and_then_told(stage: Stage) -> None:
    """A failing backend fails the call, so that it is taken again; at the third attempt the channel hears why."""
    digest = await stage.make()
    stage.error = Unavailable("Case desk", "did not answer")
    assert (await stage.fire(digest)).outcome == "failed"
    [post] = (await stage.fire(digest, attempt=3)).posts
    assert post.address.channel == "C1" and "Case desk did not answer" in words(post.document) and not post.report
    assert (await history.read(stage.soc.store, digest))[-1].outcome == "failed"
    stage.error = Refused("Case desk", "refused the credentials", 401)
    assert len((await stage.fire(digest, MONDAY + DAY)).posts) == 1


async def test_a_line_that_no_longer_works_is_told_to_its_owner(stage: Stage) -> None:
    """A refusal of the line itself reaches the owner, and the schedule goes on."""
    digest = await stage.make()
    stage.error = NotFound("There is no such case.")
    [post] = (await stage.fire(digest)).posts
    assert post.address.visibility == "direct" and "no such case" in words(post.document)
    assert (await stage.held(digest)).next_at is not None


async def test_only_the_scheduler_fires(stage: Stage) -> None:
    """`digest fire` and `digest delivered` typed or pressed by anybody are refused, whatever their role."""
    digest = await stage.make()
    for line in (f"digest fire {digest} 1795417200", f"digest delivered {digest} 1795417200 --result sent"):
        answer = await stage.desk.answer(line, door="button")
        assert answer.outcome == "refused" and answer.posts == ()


async def test_deliveries_are_noted_and_a_closed_channel_stops_it(stage: Stage) -> None:
    """The history tells what was delivered; three refusals in a row stop the schedule and tell the owner why."""
    digest = await stage.make()
    told = []
    for day, result in enumerate(
        ["sent --message 17.5", "refused --reason closed", "refused", "refused --reason gone"]
    ):
        slot = MONDAY + day * DAY
        await stage.fire(digest, slot)
        line = f"digest delivered {digest} {int(slot.timestamp())} --result {result}"
        told.append(await stage.own(f"report-{day}", line))
    found = await history.read(stage.soc.store, digest)
    assert [one.outcome for one in found] == ["posted", "refused", "refused", "refused"]
    assert found[0].message == "17.5" and "closed" in found[1].note
    assert [len(one.posts) for one in told] == [0, 0, 0, 1]
    assert "3 times in a row: gone" in (await stage.held(digest)).schedule.stopped


async def test_it_is_paused_resumed_and_removed(stage: Stage) -> None:
    """A paused digest has no next firing and resumes at the next slot; a removed one is gone with every list."""
    digest = await stage.make()
    paused = await stage.desk.run(f"digest pause {digest}")
    assert paused.title == "Paused" and (await stage.held(digest)).next_at is None
    assert (await stage.desk.run(f"digest pause {digest}")).title == "Paused already"
    stage.clock.at = MONDAY + timedelta(hours=1)
    await stage.desk.run(f"digest resume {digest}")
    assert (await stage.held(digest)).next_at == MONDAY + DAY
    assert "Remove digest" in (await stage.desk.run(f"digest remove {digest}")).title
    assert (await stage.desk.run(f"digest remove {digest}", apply=True)).title == "Removed"
    assert "earlier attempt" in words(await stage.desk.run(f"digest remove {digest}", apply=True, attempt=2))
    with pytest.raises(NotFound):
        await stage.held(digest)
    assert "No digest is scheduled" in words(await stage.desk.run("digest list"))


async def test_an_edit_on_an_old_look_is_refused(stage: Stage) -> None:
    """What was changed since the preview is not overwritten; a new preview can be confirmed."""
    digest = await stage.make()
    line = f'digest schedule "weekdays 09:00" --run numbers --id {digest}'
    await stage.desk.run(line)
    await stage.desk.run(f"digest pause {digest}")
    with pytest.raises(Conflict, match="changed by somebody else"):
        await stage.desk.run(line, apply=True)
    shown = await stage.desk.run(line)
    assert "Changes digest" in words(shown)
    await stage.desk.run(line, apply=True, id="edit-1")
    now = await stage.held(digest)
    assert (now.schedule.when, now.next_at) == ("weekdays 09:00", MONDAY + timedelta(hours=2))


async def test_a_confirmation_worked_on_twice_makes_one_digest(stage: Stage) -> None:
    """The same call applied again writes the same digest once."""
    for attempt in (1, 2):
        await stage.desk.run(f"digest schedule {LINE}", apply=True, attempt=attempt, id="press-1")
    assert [one.version for one in await stage.soc.schedules.all()] == [1]


async def test_now_posts_as_whoever_presses_and_leaves_the_schedule_alone(stage: Stage) -> None:
    """Posted now, it runs with the presser's rights, says so, and neither slot nor comparison moves."""
    digest = await stage.make()
    assert "Post digest" in (await stage.desk.run(f"digest now {digest}")).title
    reply = await stage.desk.reply(f"digest now {digest}", apply=True, user="U2", role="manager")
    [post] = reply.posts
    assert post.address.channel == "C1" and "posted now by Person U2" in words(post.document)
    assert stage.ran[-1].principal.roles == ("manager",)
    assert (await stage.held(digest)).next_at == MONDAY
    stage.tlp = "red"
    with pytest.raises(UserError, match="cannot be posted"):
        await stage.desk.run(f"digest now {digest}", apply=True)


async def test_the_list_is_the_channels_and_the_history_says_what_became_of_it(stage: Stage) -> None:
    """A channel lists its own digests, a direct conversation one's own; show and history tell all of one."""
    digest = await stage.make()
    assert cells(await stage.desk.run("digest list"), "By when")[0][0] == digest
    assert "No digest" in words(await stage.desk.run("digest list", channel="C2"))
    assert "No digest" in words(await stage.desk.run("digest list", user="U7", channel="D", visibility="direct"))
    assert digest in words(await stage.desk.run("digest list", channel="D", visibility="direct"))
    assert "not fired yet" in words(await stage.desk.run(f"digest history {digest}"))
    assert "Rights of" in words(await stage.desk.run(f"digest show {digest}"))
    await stage.fire(digest)
    assert cells(await stage.desk.run(f"digest history {digest}"), "Newest")[0][1] == "made"
    with pytest.raises(NotFound):
        await stage.desk.run("digest history d-unknown")


async def test_times_are_in_the_teams_zone_unless_named(stage: Stage) -> None:
    """Without --zone the team's zone holds; words and an unquoted time are read as well."""
    digest = await stage.make("weekdays 08:00 --run numbers")
    now = await stage.held(digest)
    assert now.schedule.zone == stage.desk.zone and now.schedule.made_at == NOW
