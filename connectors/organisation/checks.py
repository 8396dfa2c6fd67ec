"""What only shows when the files are read side by side: for the doctor, not for every question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import combinations
from math import isclose
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from connectors.errors import NotConfigured
from connectors.models.organisation import (
    FILES,
    Absence,
    Calendar,
    Commitment,
    Contract,
    Person,
    Record,
    Shift,
    Skill,
    SkillNeed,
    SlaPolicy,
    Target,
    ThreatContext,
)
from connectors.organisation import (
    check_assurance,
    check_dates,
    check_detection,
    check_money,
    check_process,
    check_risk,
    check_strategy,
    check_training,
    check_voice,
)
from connectors.organisation.files import bundle_place, load_file
from connectors.organisation.folder import Folder, at
from connectors.organisation.loading import BadFile, Located
from connectors.organisation.stix import read_bundle
from connectors.organisation.weeks import overlap

R = TypeVar("R", bound=Record)
_THEMES = (
    check_assurance,
    check_detection,
    check_money,
    check_process,
    check_risk,
    check_strategy,
    check_training,
    check_voice,
)

SPANS: dict[type[Record], tuple[str, str]] = {
    Person: ("start", "end"),
    Shift: ("valid_from", "valid_until"),
    Absence: ("first", "last"),
    Contract: ("start", "end"),
    Commitment: ("promised", "due"),
}


def check(folder: Path, today: date | None = None) -> list[str]:
    """Sentences on what does not fit together, and on files that cannot be used; empty when all is well.

    A missing file is not a finding (the port's ping names those), and what refers to it is not judged. Without `today`
    nothing is said of what depends on the day (contracts that ran out, shifts and changes of clocks).
    """
    if not folder.is_dir():
        return [f"the folder {folder} is not there (write the path of a folder of YAML files; soc-bot init makes one)"]
    found = _load(folder)
    rules: tuple[Callable[[Folder], Iterator[str]], ...] = (
        _repeated,
        _reversed,
        _strangers,
        _zones,
        _overlaps,
        _away_twice,
        _promises,
        _weights,
        _targets,
        _unmet,
        *(rule for theme in _THEMES for rule in theme.RULES),
    )
    dated = () if today is None else (sentence for rule in check_dates.RULES for sentence in rule(found, today))
    return [*found.bad, *(sentence for rule in rules for sentence in rule(found)), *dated]


def lacking(folder: Path) -> list[str]:
    """Names of the files an organisation keeps itself that are missing or hold comments alone."""
    out = []
    for record in FILES:
        try:
            if not record.SHIPPED:
                load_file(folder, record)
        except NotConfigured:
            out.append(record.FILE)
        except BadFile:
            continue  # `check` tells what is wrong with it
    return sorted(out)


def _load(folder: Path) -> Folder:
    records: dict[type[Record], tuple[Located[Any], ...]] = {}
    bad: list[str] = []
    for record in FILES:
        try:
            records[record] = load_file(folder, record)
        except NotConfigured:
            continue
        except BadFile as error:
            bad.extend(error.problems)
    attack = None
    try:
        attack = read_bundle(bundle_place(folder))
    except NotConfigured:
        pass  # the product's own table of retired ids is used then, and answers say so
    except BadFile as error:
        bad.extend(one for one in error.problems if one not in bad)
    return Folder(records, tuple(bad), attack)


def _repeated(found: Folder) -> Iterator[str]:
    """Ids and other keys that must be single."""
    for record in found.records:
        if "id" in record.model_fields:
            yield from _twice(found, record, lambda one: one.id, "id")
    yield from _twice(found, Person, lambda one: one.desk_user, "desk_user")
    yield from _twice(
        found, Skill, lambda one: (one.person, one.skill, one.at, one.basis), "person, skill, date and basis"
    )
    yield from _twice(found, SkillNeed, lambda one: (one.skill, one.hours), "skill and hours")
    yield from _twice(found, SlaPolicy, lambda one: (one.metric, one.priority), "metric and priority")
    yield from _twice(found, Target, lambda one: one.figure, "figure")


def _twice(found: Folder, record: type[R], key: Callable[[Any], object], words: str) -> Iterator[str]:
    seen: dict[object, int] = {}
    for one in found.of(record):
        value = key(one.record)
        if value is not None and value in seen:
            told = " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
            yield f"{at(record, one)}: {words} {told!r} stands already on line {seen[value]}"
        seen.setdefault(value, one.line)


def _reversed(found: Folder) -> Iterator[str]:
    for record, (first, last) in SPANS.items():
        for one in found.any_of(record):
            begin, end = getattr(one.record, first), getattr(one.record, last)
            if begin is not None and end is not None and end < begin:
                yield f"{at(record, one)}: {last} {end} is before {first} {begin}"


def _strangers(found: Folder) -> Iterator[str]:
    """Persons and calendars that other files name and that do not exist."""
    if found.readable(Person):
        known = {one.record.id for one in found.of(Person)}
        for record in (Shift, Absence, Skill):
            for one in found.any_of(record):
                if one.record.person not in known:
                    yield f"{at(record, one)}: person {one.record.person!r} is not in {FILES[Person]}"
    calendars = {one.record.id for one in found.of(Calendar)}
    for policy in found.of(SlaPolicy):
        name = policy.record.calendar
        if name is not None and name not in calendars and found.readable(Calendar):
            yield f"{at(SlaPolicy, policy)}: calendar {name!r} is not in {FILES[Calendar]}"


def _zones(found: Folder) -> Iterator[str]:
    for record in (Person, Shift, Calendar):
        for one in found.any_of(record):
            if not _known_zone(one.record.zone):
                told = f"{at(record, one)}: zone {one.record.zone!r} is not an IANA time zone"
                yield f"{told} (write e.g. Europe/Berlin)"


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _overlaps(found: Folder) -> Iterator[str]:
    """Two blocks of one person and kind at the same time."""
    blocks: dict[tuple[str, str], list[Located[Shift]]] = {}
    for one in found.of(Shift):
        if _known_zone(one.record.zone):
            blocks.setdefault((one.record.person, one.record.kind), []).append(one)
    for (person, _), mine in blocks.items():
        for one in mine:
            if len(set(one.record.days)) < len(one.record.days):
                yield f"{at(Shift, one)}: a day stands twice in the block of {person}"
        for one, other in combinations(mine, 2):
            if overlap(one.record, other.record):
                yield f"{at(Shift, other)}: {person} already works at that time (line {one.line})"


def _away_twice(found: Folder) -> Iterator[str]:
    for one, other in combinations(found.of(Absence), 2):
        a, b = one.record, other.record
        if a.person == b.person and a.first <= b.last and b.first <= a.last:
            yield f"{at(Absence, other)}: {b.person} is already away then (line {one.line})"


def _promises(found: Folder) -> Iterator[str]:
    """Business clocks need a calendar; acknowledging comes before resolving."""
    targets = {(one.record.metric, one.record.priority): one for one in found.of(SlaPolicy)}
    for one in found.of(SlaPolicy):
        if one.record.clock == "business" and one.record.calendar is None:
            yield f"{at(SlaPolicy, one)}: the business clock needs a calendar"
        if one.record.clock == "24x7" and one.record.calendar is not None:
            yield f"{at(SlaPolicy, one)}: a calendar has no effect on the 24x7 clock"
        resolve = targets.get(("resolve", one.record.priority))
        if resolve is not None and one.record.metric == "acknowledge" and _longer(one.record, resolve.record):
            yield f"{at(SlaPolicy, one)}: acknowledge takes longer than resolve (line {resolve.line})"


def _longer(one: SlaPolicy, other: SlaPolicy) -> bool:
    """Comparable only on the same clock."""
    return one.clock == other.clock and one.target_minutes > other.target_minutes


def _weights(found: Folder) -> Iterator[str]:
    for one in found.of(ThreatContext):
        context = one.record
        total = context.weight_sector + context.weight_region + context.weight_gap + context.weight_seen
        if not isclose(total, 1.0, abs_tol=1e-6):
            yield f"{FILES[ThreatContext]}: the four weights sum to {total:g}, not to 1"


def _targets(found: Folder) -> Iterator[str]:
    for one in found.of(Target):
        target = one.record
        if target.amber is None:
            continue
        wrong = target.amber < target.value if target.better == "lower" else target.amber > target.value
        if wrong:
            yield f"{at(Target, one)}: amber {target.amber:g} is on the better side of value {target.value:g}"


def _unmet(found: Folder) -> Iterator[str]:
    """Needs that nobody's skills mention: mostly a spelling mistake."""
    if not found.readable(Skill):
        return
    known = {one.record.skill for one in found.of(Skill)}
    for one in found.of(SkillNeed):
        if one.record.skill not in known:
            yield f"{at(SkillNeed, one)}: nobody in {FILES[Skill]} has the skill {one.record.skill!r}"
