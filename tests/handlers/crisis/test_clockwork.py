"""What is stored of a clock stays true as time passes, and nothing runs that nobody confirmed."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from functools import cache
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.models.organisation.clocks import ClockRule, Instant, Trigger
from connectors.models.organisation.crisis import CrisisPolicy
from handlers.analysis.clocks import FILED, board
from handlers.crisis.base import Who
from handlers.crisis.clockwork import Rulebook, computed, incident, source
from handlers.crisis.duties import RUNNING, Duties, Filed, Started
from handlers.crisis.state import Crisis
from tests.handlers.crisis.clock_room import profile, shipped, utc

ZONE = "Europe/Berlin"
START = utc("2026-10-20T08:00")
WHO = Who(person="counsel", name="Counsel")


@cache
def known() -> tuple[tuple[ClockRule, ...], CrisisPolicy]:
    rules = asyncio.run(shipped(ClockRule))
    (policy,) = asyncio.run(shipped(CrisisPolicy))
    assert isinstance(policy, CrisisPolicy)
    return tuple(one for one in rules if isinstance(one, ClockRule)), policy


def crisis(duties: Duties = Duties(), **more: object) -> Crisis:  # noqa: B008 - frozen
    fields = {"id": "1", "code_name": "Amber Harbour", "title": "Matter", "severity": 1, "reason": "", "tlp": "amber"}
    return Crisis.model_validate(
        {**fields, "declared": START, "declared_by": WHO, "policy": known()[1], "duties": duties, **more}
    )


def book() -> Rulebook:
    rules = known()[0]
    return Rulebook(rules, profile(*(one.id for one in rules)), ZONE)


minutes = st.integers(min_value=0, max_value=60 * 24 * 60)
instants = minutes.map(lambda n: START + timedelta(minutes=n))
starts = st.lists(
    st.builds(
        Started,
        trigger=st.sampled_from(get_args(Trigger)),
        at=instants | instants.map(lambda at: at.date()),
        said=st.just("Data officer"),
        confirmed=st.just(WHO),
    ),
    max_size=8,
)
stages = st.sampled_from([(rule.id, stage.name) for rule in known()[0] for stage in rule.stages])
filings = st.lists(
    st.builds(lambda key, at: Filed(rule=key[0], stage=key[1], at=at, reference="R1", by=WHO), key=stages, at=instants),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(starts, filings, instants)
def test_no_clock_runs_without_its_trigger(started: list[Started], filed: list[Filed], now: datetime) -> None:
    """Whatever was confirmed and filed: a clock that is going has its trigger, or the filing it counts from."""
    duties = Duties(started=tuple(started), filed=tuple(filed))
    made = computed(crisis(duties), book(), now)
    triggers = {one.trigger for one in started}
    done = {(one.rule, one.stage) for one in filed}
    rules = {rule.id: rule for rule in known()[0]}
    for duty in made.board:
        if duty.state not in RUNNING:
            continue
        stage = next(one for one in rules[duty.rule].stages if one.name == duty.stage)
        anchors = [limit.start for limit in stage.limits]
        by_filing = {name.removeprefix(FILED) for name in anchors if name.startswith(FILED)}
        recorded = {s.name for s in rules[duty.rule].stages if s.filed_as in triggers}
        assert triggers & set(anchors) or {(duty.rule, one) for one in by_filing} & done or by_filing & recorded


@settings(max_examples=60, deadline=None)
@given(starts, filings, instants, minutes)
def test_time_alone_gives_the_state_the_rules_give(
    started: list[Started], filed: list[Filed], computed_at: datetime, later: int
) -> None:
    """A stored board, asked at a later instant without rules or files, says what the rules say at that instant."""
    matter = crisis(Duties(started=tuple(started), filed=tuple(filed)))
    stored = Duties(board=computed(matter, book(), computed_at).board)
    now = computed_at + timedelta(minutes=later)
    rules = board([incident(matter)], book().rules or (), book().profile, now, ZONE)
    fresh = {(one.rule.id, one.stage.name if one.stage else ""): one.state for one in rules.clocks}
    for duty in stored.at(now).board:
        if (duty.rule, duty.stage) in fresh:  # a rule that becomes law later is no clock of the stored board
            assert duty.state == fresh[duty.rule, duty.stage], duty


def test_in_a_drill_clocks_run_faster_and_say_so() -> None:
    """A drill at sixty times the speed has 72 minutes for 72 hours, with the law's own deadline beside it; a real
    crisis has the law's."""
    aware: Instant = START
    duties = Duties(started=(Started(trigger="aware_at", at=aware, said="x", confirmed=WHO),))
    for drill, speed, due in (("ransomware", 60.0, timedelta(minutes=72)), ("", 1.0, timedelta(hours=72))):
        made = computed(crisis(duties, drill=drill, speed=speed), book(), START)
        gdpr = next(one for one in made.board if one.key == "gdpr/supervisory authority")
        assert gdpr.due == START + due
        assert gdpr.lawful == (START + timedelta(hours=72) if drill else None)
        assert gdpr.at(START + due * 0.7).state == "running"
        assert gdpr.at(START + due * 0.8).state == "due-soon"
        assert gdpr.at(START + due + timedelta(seconds=1)).state == "overdue"


def test_an_old_look_at_the_law_is_told() -> None:
    """A rule that nobody looked up for over a year says so where its clock names its source."""
    rule = ClockRule(
        id="x", regime="X", jurisdictions=("EU",), applies_if="", source="X 1", evidence="S", checked=date(2025, 11, 21)
    )
    assert source(rule, date(2025, 12, 1)).endswith("checked 2025-11-21")
    assert source(rule, date(2026, 11, 22)).endswith("checked 2025-11-21, over a year ago")
