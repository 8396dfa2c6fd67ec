"""The simulated SOC's own files: they load, fit together, and hold what the answers should find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from connectors import simulator
from connectors.clock import FixedClock
from connectors.models.organisation import (
    FILES,
    Absence,
    Contract,
    LogSource,
    Person,
    Record,
    Service,
    Shift,
    Skill,
    SkillNeed,
    SlaPolicy,
)
from connectors.organisation import YamlOrganisation, check
from connectors.organisation.files import load_file
from connectors.organisation.weeks import WEEK, spans

R = TypeVar("R", bound=Record)

FOLDER = Path(next(iter(simulator.__path__))) / "organisation"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def records(record: type[R]) -> tuple[R, ...]:
    return tuple(one.record for one in load_file(FOLDER, record))


def on_duty() -> dict[int, set[str]]:
    """Persons on shift (not on call) at each quarter of an hour of the UTC week."""
    found: dict[int, set[str]] = {minute: set() for minute in range(0, WEEK, 15)}
    for shift in records(Shift):
        for start, end in spans(shift) if shift.kind == "on" else ():
            for minute in range(start, end, 15):
                found[minute % WEEK].add(shift.person)
    return found


@pytest.mark.parametrize("record", FILES, ids=lambda record: FILES[record])
def test_every_demo_file_loads(record: type[Record]) -> None:
    """Every file of the contract is there and holds something."""
    assert records(record)


async def test_the_port_is_well() -> None:
    """The port's ping finds nothing missing and nothing wrong."""
    ping = await YamlOrganisation(FOLDER, FixedClock(NOW)).ping()
    assert (ping.ok, ping.detail) == (True, "")


def test_the_files_fit_together() -> None:
    """The doctor finds nothing."""
    assert check(FOLDER) == []


def test_people_are_neutral_labels() -> None:
    """Twelve analysts, two leads, one manager; the desk's user id is the person's id."""
    people = records(Person)
    ids = [f"analyst-{n:02}" for n in range(1, 13)] + ["lead-01", "lead-02", "manager-01"]
    assert [one.id for one in people] == ids
    assert all(one.name == one.id.replace("-", " ").capitalize() for one in people)
    assert all(one.desk_user == one.id for one in people)


def test_weak_spots_of_the_rota() -> None:
    """Nobody is on duty on Saturday night, one person is alone on Sunday afternoon, otherwise two or more are."""
    duty = on_duty()
    empty = [minute for minute, people in duty.items() if not people]
    alone = [minute for minute, people in duty.items() if len(people) == 1]
    saturday, sunday = 5 * 1440, 6 * 1440
    # Berlin in winter is one hour ahead of UTC
    assert (min(empty), max(empty) + 15) == (saturday + 21 * 60 + 15, sunday + 5 * 60)
    assert len(empty) == 31
    assert (min(alone), max(alone) + 15, len(alone)) == (sunday + 13 * 60 + 15, sunday + 21 * 60, 31)


def rests(person: str) -> Iterator[float]:
    blocks = sorted(span for shift in records(Shift) if shift.person == person for span in spans(shift))
    for (_, end), (start, _) in zip(blocks, [*blocks[1:], (blocks[0][0] + WEEK, 0)], strict=True):
        yield (start - end) / 60


def test_one_rest_violation() -> None:
    """Exactly one person comes back in less than eleven hours."""
    short = {one.id: min(rests(one.id)) for one in records(Person) if min(rests(one.id)) < 11}
    assert short == {"analyst-08": 7.75}


def test_bus_factor_of_one() -> None:
    """Every need has somebody who works alone, and malware analysis has exactly one such person."""
    able = {
        need.skill: {one.person for one in records(Skill) if one.skill == need.skill and one.level >= 3}
        for need in records(SkillNeed)
    }
    assert len(able) == 8
    assert all(able.values())
    assert [skill for skill, people in able.items() if len(people) == 1] == ["malware-analysis"]


def test_dates_lie_around_the_anchor() -> None:
    """Somebody is away at the simulated now, absences reach through December, and a notice date has passed."""
    absences = records(Absence)
    assert [one.person for one in absences if one.first <= NOW.date() <= one.last] == ["analyst-03", "analyst-06"]
    assert max(one.last for one in absences) > date(2026, 12, 31)
    passed = [one.product for one in records(Contract) if one.auto_renew and one.end == date(2026, 12, 31)]
    assert passed == ["EDR suite", "Incident response retainer"]


def test_promises_for_every_priority() -> None:
    """Acknowledging is promised for every priority, resolving for all but info."""
    promised = {(one.metric, one.priority) for one in records(SlaPolicy)}
    assert {priority for metric, priority in promised if metric == "acknowledge"} == {
        "critical",
        "high",
        "medium",
        "low",
        "info",
    }
    assert len(promised) == 9


def test_services_and_one_silent_feed() -> None:
    """Twelve services, three crown jewels, no host in two of them; one feed with a known last event is silent."""
    services = records(Service)
    hosts = [host for one in services for host in one.hosts]
    assert (len(services), sum(one.crown_jewel for one in services)) == (12, 3)
    assert len(hosts) == len(set(hosts))
    silent = [
        one.id
        for one in records(LogSource)
        if one.last_event_at is not None and (NOW - one.last_event_at).total_seconds() / 60 > 3 * one.usual_gap_minutes
    ]
    assert silent == ["badge"]


def test_hosts_and_rules_are_those_of_the_simulated_backends() -> None:
    """Hosts of monitored services and rules of log sources exist in the simulated SIEM."""
    catalogue = pytest.importorskip("connectors.simulator.catalogue")
    named = {host for one in records(Service) if one.monitored for host in one.hosts}
    assert named <= set(catalogue.HOSTS)
    assert {one.rule for one in records(LogSource) if one.rule} <= {one.name for one in catalogue.DETECTIONS}
