"""What only shows when files are read side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.organisation import check

PERSON = "- {{id: {0}, name: A, tier: 1, role: r, zone: {1}, desk_user: {2}}}\n"
ROSTER = PERSON.format("a", "Europe/Berlin", "a") + PERSON.format("b", "Europe/Berlin", "b")
CONTRACT = (
    "- {vendor: v, product: p, capabilities: [x], start: 2026-02-01, end: 2026-01-31, notice_days: 1, "
    "auto_renew: true, price: 1, currency: EUR, metric: m, owner: o}\n"
)


def shift(days: str, start: str, end: str, rest: str = "", zone: str = "Europe/Berlin") -> str:
    return f"- {{person: a, days: [{days}], start: {start}, end: {end}, zone: {zone}{rest}}}\n"


def found(folder: Path, **texts: str) -> list[str]:
    (folder / "roster.yaml").write_text(ROSTER)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return check(folder)


def test_missing_files_are_no_findings(tmp_path: Path) -> None:
    """An organisation may keep only some of the files."""
    assert found(tmp_path) == []


def test_unusable_files_are_findings(tmp_path: Path) -> None:
    """A file that cannot be read is told, and what refers to it is not judged."""
    skills = "- {person: zz, skill: s, level: 1, basis: self, at: 2026-01-01}\n"
    assert found(tmp_path, roster="- 1\n", skills=skills) == [
        "roster.yaml line 1: a record is expected (write name: value lines)"
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shifts", shift("mon", "08:00", "16:00").replace("person: a", "person: zz")),
        ("absences", "- {person: zz, first: 2026-01-01, last: 2026-01-01, kind: sick}\n"),
        ("skills", "- {person: zz, skill: s, level: 1, basis: self, at: 2026-01-01}\n"),
    ],
)
def test_unknown_persons(tmp_path: Path, name: str, text: str) -> None:
    """A person that is not in the roster is named with file and line."""
    assert found(tmp_path, **{name: text}) == [f"{name}.yaml line 1: person 'zz' is not in roster.yaml"]


def test_unknown_calendar(tmp_path: Path) -> None:
    """An SLA's calendar must exist, and a business clock must have one."""
    calendars = "- {id: office, zone: Europe/Berlin, days: [mon], start: 08:00, end: 17:00}\n"
    sla = (
        "- {metric: resolve, priority: low, target_minutes: 9, clock: business, calendar: offise}\n"
        "- {metric: resolve, priority: high, target_minutes: 9, clock: business}\n"
        "- {metric: acknowledge, priority: low, target_minutes: 10, clock: business, calendar: office}\n"
        "- {metric: acknowledge, priority: high, target_minutes: 99, calendar: office}\n"
    )
    assert found(tmp_path, sla=sla, calendars=calendars) == [
        "sla.yaml line 1: calendar 'offise' is not in calendars.yaml",
        "sla.yaml line 2: the business clock needs a calendar",
        "sla.yaml line 3: acknowledge takes longer than resolve (line 1)",
        "sla.yaml line 4: a calendar has no effect on the 24x7 clock",
    ]


@pytest.mark.parametrize(
    ("blocks", "overlaps"),
    [
        ([("mon, tue", "06:00", "14:00"), ("mon", "13:00", "22:00")], True),
        ([("mon, tue", "06:00", "14:00"), ("mon", "14:00", "22:00")], False),
        ([("sun", "22:00", "06:15"), ("mon", "06:00", "14:00")], True),
        ([("sun", "22:00", "06:00"), ("mon", "06:00", "14:00")], False),
        ([("mon", "22:00", "06:00"), ("mon", "05:00", "07:00")], False),
        ([("mon", "00:00", "00:00"), ("mon", "23:00", "23:30")], True),
    ],
)
def test_overlapping_blocks(tmp_path: Path, blocks: list[tuple[str, str, str]], overlaps: bool) -> None:
    """Nobody works twice at once, over midnight and over the week's end too; touching is no overlap."""
    told = found(tmp_path, shifts="".join(shift(*block) for block in blocks))
    assert told == (["shifts.yaml line 2: a already works at that time (line 1)"] if overlaps else [])


def test_validity_and_kind_part_blocks(tmp_path: Path) -> None:
    """Blocks valid at different times, or of different kinds, do not overlap."""
    early = shift("mon", "06:00", "14:00", ", valid_until: 2026-06-30")
    later = shift("mon", "06:00", "14:00", ", valid_from: 2026-07-01")
    call = shift("mon", "06:00", "14:00", ", kind: on-call")
    assert found(tmp_path, shifts=early + later + call) == []
    assert len(found(tmp_path, shifts=early + later.replace("07-01", "06-30"))) == 1


def test_blocks_in_two_zones(tmp_path: Path) -> None:
    """Blocks are compared as instants: 12:00 in New York is 18:00 in Berlin."""
    berlin = shift("mon", "10:00", "18:00")
    assert found(tmp_path, shifts=berlin + shift("mon", "12:00", "15:00", zone="America/New_York")) == []
    assert len(found(tmp_path, shifts=berlin + shift("mon", "11:00", "15:00", zone="America/New_York"))) == 1


def test_a_day_twice_in_one_block(tmp_path: Path) -> None:
    """Blocks of a whole day may follow each other, but a day stands once."""
    assert found(tmp_path, shifts=shift("mon, tue", "08:00", "08:00")) == []
    assert found(tmp_path, shifts=shift("mon, mon", "08:00", "09:00")) == [
        "shifts.yaml line 1: a day stands twice in the block of a"
    ]


def test_weights_sum_to_one(tmp_path: Path) -> None:
    """Relevance weights that do not sum to 1 are told with their sum."""
    text = "sectors: [x]\nregions: [y]\nweight_sector: 0.5\n"
    assert found(tmp_path, threat_context=text) == ["threat_context.yaml: the four weights sum to 1.1, not to 1"]


def test_reversed_dates(tmp_path: Path) -> None:
    """An end before its beginning is told for every kind of span."""
    told = found(
        tmp_path,
        roster=ROSTER.replace("tier: 1", "tier: 1, start: 2026-02-01, end: 2026-01-01", 1),
        shifts=shift("mon", "08:00", "09:00", ", valid_from: 2026-02-01, valid_until: 2026-01-01"),
        absences="- {person: a, first: 2026-02-02, last: 2026-02-01, kind: leave}\n",
        vendors=CONTRACT,
        commitments="- {id: c, promised: 2026-02-02, due: 2026-02-01, title: t, owner: o, status: done}\n",
    )
    assert told == [
        "roster.yaml line 1: end 2026-01-01 is before start 2026-02-01",
        "shifts.yaml line 1: valid_until 2026-01-01 is before valid_from 2026-02-01",
        "absences.yaml line 1: last 2026-02-01 is before first 2026-02-02",
        "vendors.yaml line 1: end 2026-01-31 is before start 2026-02-01",
        "commitments.yaml line 1: due 2026-02-01 is before promised 2026-02-02",
    ]


def test_what_must_be_single(tmp_path: Path) -> None:
    """An id, a desk user, a promise or a target stands once."""
    told = found(
        tmp_path,
        roster=PERSON.format("a", "UTC", "x") + PERSON.format("a", "UTC", "x"),
        sla="- {metric: resolve, priority: low, target_minutes: 9}\n" * 2,
        targets="- {figure: f, value: 1, better: lower}\n" * 2,
    )
    assert told == [
        "roster.yaml line 2: id 'a' stands already on line 1",
        "roster.yaml line 2: desk_user 'x' stands already on line 1",
        "sla.yaml line 2: metric and priority 'resolve low' stands already on line 1",
        "targets.yaml line 2: figure 'f' stands already on line 1",
    ]


def test_zones_absences_targets_and_needs(tmp_path: Path) -> None:
    """Unknown zones, double absences, an amber on the better side and needs nobody has are told."""
    told = found(
        tmp_path,
        roster=PERSON.format("a", "Europe/Berlim", "a"),
        absences="- {person: a, first: 2026-02-01, last: 2026-02-03, kind: leave}\n"
        "- {person: a, first: 2026-02-03, last: 2026-02-04, kind: sick}\n",
        targets="- {figure: f, value: 1, better: lower, amber: 0.5}\n"
        "- {figure: g, value: 1, better: higher, amber: 2}\n",
        skills="- {person: a, skill: triage, level: 1, basis: self, at: 2026-01-01}\n",
        skill_needs="- {skill: triaje, level: 1}\n",
    )
    assert told == [
        "roster.yaml line 1: zone 'Europe/Berlim' is not an IANA time zone (write e.g. Europe/Berlin)",
        "absences.yaml line 2: a is already away then (line 1)",
        "targets.yaml line 1: amber 0.5 is on the better side of value 1",
        "targets.yaml line 2: amber 2 is on the better side of value 1",
        "skill_needs.yaml line 1: nobody in skills.yaml has the skill 'triaje'",
    ]
