"""The organisation behind the wire: deterministic, lazy, believable."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest

from connectors.simulator import SimulatorSettings, story
from connectors.simulator import catalogue as cat
from connectors.simulator.hashing import draws
from connectors.simulator.index import UPDATE_LIMIT, CaseIndex
from connectors.simulator.times import DAY, HOUR, iso, parse, to_ms
from connectors.simulator.world import AUTO, HUMAN, OPEN_LIMIT, OPENED, SLA, STUCK, Core, World
from tests.connectors.simulator.conftest import NOW


@pytest.fixture(scope="module")
def world() -> World:
    return World(SimulatorSettings(now=NOW))


@pytest.fixture(scope="module")
def cores(world: World) -> list[Core]:
    return [world.fresh(index) for index in range(world.size)]


def test_same_settings_same_cases(world: World, cores: list[Core]) -> None:
    """Two worlds made from equal settings hold equal cases, and another seed holds others."""
    twin = World(SimulatorSettings(now=NOW))
    other = World(SimulatorSettings(now=NOW, seed=8))
    assert [twin.fresh(index) for index in range(500, 700)] == cores[500:700]
    assert [other.fresh(index).created for index in range(500, 700)] != [c.created for c in cores[500:700]]


def test_creation_rises_and_inverts(world: World, cores: list[Core]) -> None:
    """Creation times never fall as the number rises, lie inside the history, and invert by index_at."""
    times = [core.created for core in cores]
    assert times == sorted(times)
    assert world.start <= times[0] and times[-1] < world.now
    for index in range(0, world.size, 97):
        first = world.index_at(times[index])
        assert times[first] == times[index] and (first == 0 or times[first - 1] < times[index])
        assert world.index_at(times[index] + 1) > index


def test_million_cases_are_lazy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting with a million cases and making the last thousand computes few cases beyond those thousand."""
    computed: list[int] = []

    def counted(seed: int, stream: str, index: int) -> tuple[int, ...]:
        computed.append(index)
        return draws(seed, stream, index)

    monkeypatch.setattr("connectors.simulator.world.draws", counted)
    world = World(SimulatorSettings(now=NOW, cases=1_000_000))
    last = [world.fresh(index) for index in range(999_000, 1_000_000)]
    assert len(computed) < 3000
    assert last[-1].created <= world.now and world.created(0) - world.start < HOUR


def test_limits_hold(world: World, cores: list[Core]) -> None:
    """No case is open longer than OPEN_LIMIT nor updated later than UPDATE_LIMIT after its creation."""
    index = CaseIndex(world)
    for core in cores:
        assert (core.last_closed or world.now) - core.created < OPEN_LIMIT or core.state != OPENED
        assert core.created <= index.updated(core) < min(core.created + UPDATE_LIMIT, world.now)


def test_touched_cases_are_all_there(world: World, cores: list[Core]) -> None:
    """The index names every case that has an event at or after an instant, and few others."""
    for low in (world.now - 40 * DAY, world.bulk - HOUR, world.start + 100 * DAY):
        found = set(CaseIndex(world).touched_since(low, 0, world.size))
        having = {core.number for core in cores if story.events(world, core)[-1].at >= low}
        assert having <= found and len(found) < len(having) * 1.2


def test_open_queue_is_believable(world: World, cores: list[Core]) -> None:
    """The open queue is all open cases, 40 to 120 of them, with breached, at-risk and unowned critical ones."""
    found = CaseIndex(world).open_cases()
    assert found == [core.number for core in cores if core.state == OPENED]
    assert 40 <= len(found) <= 120
    states = Counter(story.sla_of(world, cores[index])[2] for index in found)
    assert min(states["PASSED_DUE"], states["CRITICAL_EXPIRED"], states["OPEN_SLA"], states["PAUSED"]) >= 2
    unowned = [k for k in found if cores[k].acked is None and story.priority_now(world, cores[k]) == cat.CRITICAL]
    assert len(unowned) >= 2
    titles = [story.title_of(world, cores[k]) for k in found]
    assert any(title in cat.HOSTILE for title in titles)


@pytest.mark.parametrize("strata", [(HUMAN, STUCK), (HUMAN, STUCK, AUTO)])
def test_handling_gets_faster(world: World, cores: list[Core], strata: tuple[int, ...]) -> None:
    """The monthly medians of the last year fall clearly enough for Mann-Kendall, automatic closes left in or out."""
    months: dict[int, list[int]] = {}
    for core in cores:
        if core.stratum in strata and core.last_closed is not None and not core.skewed:
            months.setdefault((core.created - world.start) // (30 * DAY), []).append(core.last_closed - core.created)
    medians = [median(months[k]) for k in range(12, 24)]
    pairs = [(a, b) for k, a in enumerate(medians) for b in medians[k + 1 :]]
    score = sum((b > a) - (b < a) for a, b in pairs)
    # Mann-Kendall on 12 periods: |Z| > 1.96 needs |S| >= 30 (variance 12*11*29/18 = 212.67)
    assert score <= -30


def test_mix_has_every_kind(world: World, cores: list[Core]) -> None:
    """Automatic closes, tests, reopened cases, incidents and skewed clocks all occur, rarely enough."""
    n = len(cores)
    assert 0.12 < sum(core.stratum == AUTO for core in cores) / n < 0.25
    kinds = Counter(story.kind_of(core) for core in cores)
    assert 0.01 < (kinds["TEST"] + kinds["SIMULATION"]) / n < 0.04
    assert 0.01 < sum(core.reopened is not None for core in cores) / n < 0.05
    assert 2 <= sum(core.skewed and core.closed is not None and core.closed < core.created for core in cores) < 60
    reasons = Counter(story.closing_words(world, core)[0] for core in cores if core.state != OPENED)
    assert set(reasons) == {"MALICIOUS", "NOT_MALICIOUS", "MAINTENANCE", "INCONCLUSIVE"}
    assert reasons.most_common(1)[0][0] == "NOT_MALICIOUS"
    incidents = sum(story.is_incident(world, core) for core in cores)
    assert 0.02 < incidents / n < 0.08


def test_one_bulk_close_hour(world: World, cores: list[Core]) -> None:
    """One hour of one month holds more than a fifth of that month's closes; no other hour stands out."""
    closes = Counter(core.last_closed // HOUR for core in cores if core.last_closed is not None)
    (hour, count), (_, next_count) = closes.most_common(2)
    month = sum(n for at, n in closes.items() if abs(at - hour) < 15 * 24)
    assert hour == world.bulk // HOUR and count / month > 0.2 and next_count < count / 4


def test_sla_is_mostly_kept(cores: list[Core], world: World) -> None:
    """Of the last quarter's closed human cases, 65 to 95 % of every promised priority were on time."""
    for priority, promise in enumerate(SLA):
        done = [
            core
            for core in cores
            if core.priority == priority and core.stratum in (HUMAN, STUCK) and core.created > world.now - 90 * DAY
        ]
        spans = [core.last_closed - core.created for core in done if core.last_closed is not None]
        if promise is not None:
            assert 0.65 < sum(span <= promise for span in spans) / len(spans) < 0.95


def test_arrivals_follow_the_week(cores: list[Core], world: World) -> None:
    """Office hours bring more cases than nights, weekdays more than weekends, this year more than last."""
    hours = Counter(core.created // HOUR % 24 for core in cores)
    assert sum(hours[h] for h in range(8, 16)) > 2 * sum(hours[h] for h in (22, 23, 0, 1, 2, 3, 4, 5))
    days = Counter((core.created // DAY + 3) % 7 for core in cores)
    assert days[5] + days[6] < 0.5 * (days[0] + days[1])
    middle = (world.start + world.now) // 2
    assert world.size - world.index_at(middle) > 1.2 * world.index_at(middle)


@pytest.mark.parametrize("cases", [1, 2, 5, 13, 400])
@pytest.mark.parametrize("days", [1, 30, None])
def test_small_worlds_stand(cases: int, days: int | None) -> None:
    """Any number of cases over any history gives ordered cases and an open queue without failing."""
    world = World(SimulatorSettings(now=NOW, cases=cases, history_days=days))
    times = [world.created(index) for index in range(cases)]
    assert times == sorted(times)
    for index in CaseIndex(world).open_cases():
        assert story.events(world, world.fresh(index))[0].activity == "CREATE_CASE"


def test_shift_moves_every_instant() -> None:
    """A clock that is off moves all instants alike and changes nothing else."""
    plain, ahead = World(SimulatorSettings(now=NOW, cases=900)), World(SimulatorSettings(now=NOW, cases=900), 90_000)
    for index in range(0, 900, 7):
        a, b = plain.fresh(index), ahead.fresh(index)
        assert b.created - a.created == 90_000 and b.priority == a.priority
        assert (a.closed is None) == (b.closed is None)
        assert a.closed is None or b.closed is None or b.closed - a.closed == 90_000


def test_naive_now_is_refused() -> None:
    """Settings without a time zone are an error, not a guess."""
    with pytest.raises(ValueError, match="time zone"):
        SimulatorSettings(now=datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="case"):
        replace(SimulatorSettings(now=NOW), cases=0)


def test_instants_read_both_ways() -> None:
    """Milliseconds and RFC 3339 name the same instant."""
    at = to_ms(NOW + timedelta(milliseconds=250))
    assert parse(iso(at)) == parse(str(at)) == at
    assert iso(to_ms(NOW)) == "2026-11-20T10:30:00Z"
