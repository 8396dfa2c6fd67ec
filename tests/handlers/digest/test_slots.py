"""When a schedule fires, and what becomes of slots that were missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from handlers.core.call import Address, Identity
from handlers.core.errors import BadFlag
from handlers.digest.model import Quiet, Schedule
from handlers.digest.slots import MOST_CAUGHT_UP, next_slot, plan, slots
from handlers.digest.when import check, read_country, read_quiet, read_when, split_zone, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


def schedule(cron: str = "0 8 * * 1-5", zone: str = "Europe/Berlin", **more: Any) -> Schedule:
    return Schedule(
        id="d1",
        line="monitor operations",
        when=cron,
        cron=cron,
        zone=zone,
        owner=Identity(platform="slack", tenant="T1", user="U1"),
        place=Address(platform="slack", tenant="T1", channel="C1", user="U1", visibility="channel"),
        made_by="c",
        made_at=NOW,
        **more,
    )


def local(made: Schedule, after: datetime, count: int) -> list[str]:
    found = islice(slots(made, after), count)
    return [at.astimezone(ZoneInfo(made.zone)).strftime("%a %d %b %H:%M %z") for at in found]


def test_weekdays_keep_their_wall_clock_time_across_both_changes() -> None:
    """08:00 Berlin stays 08:00 when the clocks change, and weekends are left out."""
    assert local(schedule(), datetime(2026, 3, 26, 12, tzinfo=UTC), 3) == [
        "Fri 27 Mar 08:00 +0100", "Mon 30 Mar 08:00 +0200", "Tue 31 Mar 08:00 +0200",
    ]  # fmt: skip
    assert local(schedule(), datetime(2026, 10, 22, 12, tzinfo=UTC), 2) == [
        "Fri 23 Oct 08:00 +0200", "Mon 26 Oct 08:00 +0100",
    ]  # fmt: skip


def test_a_time_that_does_not_exist_or_comes_twice_fires_once() -> None:
    """02:30 Berlin fires at 03:00 on the spring night, and once on the autumn night (Debian's cron)."""
    nightly = schedule("30 2 * * *")
    assert local(nightly, datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == [
        "Sun 29 Mar 03:00 +0200", "Mon 30 Mar 02:30 +0200",
    ]  # fmt: skip
    assert local(nightly, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "Sun 25 Oct 02:30 +0200", "Mon 26 Oct 02:30 +0100",
    ]  # fmt: skip


@examples(max_examples=80, deadline=None)
@given(
    cron=st.sampled_from(["0 8 * * 1-5", "30 2 * * *", "*/15 * * * *", "0 0 1 * *", "7 1-3 * * 0", "0 */2 * * *"]),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    start=st.integers(0, 2 * 365 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    within=st.floats(0, 1, exclude_max=True),
)
def test_where_one_asks_from_changes_no_slot(cron: str, zone: str, start: datetime, within: float) -> None:
    """Slots only grow, and asked from anywhere between two of them the next is the later one."""
    made = schedule(cron, zone)
    found = list(islice(slots(made, start), 12))
    assert all(one < two for one, two in pairwise(found))
    for one, two in pairwise(found):
        between = one + timedelta(seconds=int((two - one).total_seconds() * within))
        assert next_slot(made, between) == two


def test_quiet_hours_and_holidays_are_left_out() -> None:
    """Nothing fires in quiet hours past midnight, on a public holiday, after the end, or when stopped."""
    hourly = schedule("0 * * * *", quiet=Quiet.model_validate({"start": "22:00", "end": "07:00"}))
    assert local(hourly, datetime(2026, 11, 20, 19, 30, tzinfo=UTC), 3) == [
        "Fri 20 Nov 21:00 +0100", "Sat 21 Nov 07:00 +0100", "Sat 21 Nov 08:00 +0100",
    ]  # fmt: skip
    christmas = schedule("0 8 * * *", country="DE")
    assert local(christmas, datetime(2026, 12, 23, 12, tzinfo=UTC), 2) == [
        "Thu 24 Dec 08:00 +0100", "Sun 27 Dec 08:00 +0100",
    ]  # fmt: skip
    assert list(slots(schedule(until=NOW + timedelta(days=3, hours=20)), NOW)) == [
        datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 24, 7, tzinfo=UTC),
    ]  # fmt: skip
    assert next_slot(schedule(stopped="paused"), NOW) is None


@pytest.mark.parametrize(
    ("said", "cron"),
    [
        ("weekdays 08:00", "0 8 * * 1-5"),
        ("Every weekday at 8:05", "5 8 * * 1-5"),
        ("daily 00:00", "0 0 * * *"),
        ("mon,thu 16:30", "30 16 * * 1,4"),
        ("fri-mon 7:00", "0 7 * * 5,6,0,1"),
        ("Sundays 23.59", "59 23 * * 0"),
        ("hourly", "0 * * * *"),
        ("0 8 * * 1-5", "0 8 * * 1-5"),
    ],
)
def test_days_and_times_are_read(said: str, cron: str) -> None:
    """Days and a time in words, or cron, mean what they say."""
    assert read_when(said, BERLIN) == (cron, None)


def test_one_date_is_an_instant_and_a_zone_may_stand_behind() -> None:
    """A date and time is one instant in the zone; a zone after the time is told apart from it."""
    assert read_when("2026-12-24 9:00", BERLIN) == ("", datetime(2026, 12, 24, 8, tzinfo=UTC))
    assert split_zone("weekdays 08:00 Europe/Berlin") == ("weekdays 08:00", "Europe/Berlin")
    assert split_zone("0 8 * * 1-5") == ("0 8 * * 1-5", "")


@pytest.mark.parametrize(
    "said",
    ["", "sometimes", "weekdays", "weekdays 25:00", "moonday 08:00", "0 8 * *", "0 0 8 * * 1-5", "* * * * * *",
     "61 8 * * *", "0 8 30 2 *", "2026-02-30 08:00", "@reboot", "0 8 * * $(id)", "٠ ٨ * * *", "0 8 * * " + "1," * 500,
     "-- 08:00", "a-b-c 08:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_a_sentence(said: str) -> None:
    """Anything else is refused with what it could have been, and nothing crashes."""
    with pytest.raises(BadFlag) as caught:
        read_when(said, BERLIN)
    assert caught.value.message and caught.value.choices


@pytest.mark.parametrize("name", ["Europe/Berln", "Mars/Olympus", "../../etc/passwd", "Europe", "", "\0", "x" * 5_000])
def test_an_impossible_zone_is_refused(name: str) -> None:
    """Only zones of the IANA database are taken; the nearest are named."""
    with pytest.raises(BadFlag) as caught:
        zone_of(name)
    assert caught.value.choices


@pytest.mark.parametrize("text", ["22:00", "25:00-07:00", "a-b", "08:00-08:00", "22:00-07:00-08:00"])
def test_impossible_quiet_hours_and_countries_are_refused(text: str) -> None:
    """Quiet hours have two different ends; a country is one whose holidays are known."""
    with pytest.raises(BadFlag):
        read_quiet(text)
    with pytest.raises(BadFlag):
        read_country(f"X{text}")
    assert str(read_quiet("22:00-7:00")) == "22:00-07:00" and read_quiet("none") is None
    assert read_country("de") == "DE"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (schedule("", once=NOW - timedelta(minutes=1)), "is past"),
        (schedule(until=NOW - timedelta(days=1)), "is past"),
        (schedule("0 0 * 2 MON#5"), "never fires in the next five years"),
        (schedule("0 3 * * *", quiet=read_quiet("22:00-07:00")), "never fires outside quiet hours 22:00-07:00"),
        (schedule("0 8 25 12 *", country="DE"), "never fires outside the holidays of DE"),
        (schedule(until=NOW + timedelta(hours=1)), "never fires outside the time after --until"),
        (schedule("* * * * *"), "more often than every 5 minutes"),
        (schedule("0,58 9 * * *"), ""),
        (schedule("58,59 9 * * *"), "more often than every 5 minutes"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(made: Schedule, says: str) -> None:
    """Past, never, or too often: refused with the reason; otherwise the next slots are told."""
    if not says:
        assert len(check(made, NOW)) == 5
        return
    with pytest.raises(BadFlag, match=says):
        check(made, NOW)


SLOT = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_on_time_there_is_one_slot_and_the_next() -> None:
    """Right after its slot every policy posts it and waits for the next one."""
    for policy in ("latest-within-grace", "skip", "all"):
        made = plan(schedule("0 * * * *", missed=policy), SLOT, SLOT + timedelta(seconds=3))
        assert (made.post, made.passed_over, made.next_at) == (SLOT, 0, SLOT + HOUR)


def test_the_latest_missed_slot_is_posted_within_its_grace() -> None:
    """After five hours away the newest slot is posted once and four are passed over; beyond the grace none is."""
    hourly = schedule("0 * * * *", grace=1800)
    now = SLOT + 4 * HOUR + timedelta(minutes=20)
    made = plan(hourly, SLOT, now)
    assert (made.post, made.passed_over, made.next_at) == (SLOT + 4 * HOUR, 4, SLOT + 5 * HOUR)
    late = plan(hourly, SLOT, now + timedelta(minutes=20))
    assert (late.post, late.passed_over, late.next_at) == (None, 5, SLOT + 5 * HOUR)


def test_skip_posts_nothing_late() -> None:
    """The policy `skip` passes over whatever is not on time."""
    made = plan(schedule("0 * * * *", missed="skip"), SLOT, SLOT + timedelta(minutes=5))
    assert (made.post, made.passed_over, made.next_at) == (None, 1, SLOT + HOUR)


def test_all_posts_each_missed_slot_in_turn_up_to_a_limit() -> None:
    """The policy `all` goes through every missed slot; of more than 24 the oldest are passed over, and counted."""
    hourly = schedule("0 * * * *", missed="all")
    now, slot, posted = SLOT + 2 * HOUR, SLOT, []
    while slot is not None and slot <= now:
        made = plan(hourly, slot, now)
        assert made.post is not None and made.passed_over == 0 and made.next_at is not None
        posted.append(made.post)
        slot = made.next_at
    assert posted == [SLOT, SLOT + HOUR, SLOT + 2 * HOUR] and slot == SLOT + 3 * HOUR
    made = plan(hourly, SLOT, SLOT + 99 * HOUR)
    assert made.post == SLOT + (100 - MOST_CAUGHT_UP) * HOUR and made.passed_over == 100 - MOST_CAUGHT_UP
    assert made.next_at == made.post + HOUR


def test_a_single_date_is_over_after_it() -> None:
    """A schedule of one date has no next slot."""
    once = schedule("", once=SLOT)
    assert plan(once, SLOT, SLOT).next_at is None and check(once, NOW) == (SLOT,)
