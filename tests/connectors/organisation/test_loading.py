"""Files to records: each kind of error names file, line, field and what to write."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from connectors.errors import NotConfigured, Unreadable
from connectors.models.organisation import (
    Contract,
    LogSource,
    Person,
    Record,
    Shift,
    StaffingPolicy,
    Target,
    ThreatContext,
)
from connectors.organisation import BadFile, load_one, load_records

PERSON = "- {id: a, name: A, tier: 1, role: r, zone: Europe/Berlin"


def told(folder: Path, text: str | bytes, model: type[Record] = Person, name: str = "roster.yaml") -> tuple[str, ...]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadFile) as caught:
        load_records(path, model)
    return caught.value.problems


def test_the_brief_sentence(tmp_path: Path) -> None:
    """A number out of range names file, line, field, value, limit and what to write."""
    text = "# comment\n- id: a\n  name: A\n  tier: 7\n  role: r\n  zone: Europe/Berlin\n"
    assert told(tmp_path, text) == ("roster.yaml line 4, field tier: 7 is more than 4 (write 1 to 4)",)


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        (", tear: 1}", "field tear: is not a known field (did you mean tier?)"),
        (", qqqq: 1}", "field qqqq: is not a known field (known: id, name, tier, role, zone, fte, desk_user"),
        (", fte: 0}", "field fte: 0 is not more than 0 (write a number more than 0 and at most 1)"),
        (", fte: half}", "field fte: 'half' is not a number"),
        (", fte: nan}", "field fte: 'nan' is not a number (write a number more than 0 and at most 1)"),
        (", start: 2026-02-30}", "field start: '2026-02-30' is not a date (write a date like 2026-11-22)"),
        (", start: 86400}", "field start: 86400 is a number where a date or time is expected (write a date"),
        (", start: [x]}", "field start: is a list where something else is expected (write a date like 2026-11-22)"),
        (", start: {x: y}}", "field start: is a mapping where something else is expected (write a date"),
        (", cost_per_year: -5}", "field cost_per_year: -5 is less than 0 (write a number of at least 0)"),
    ],
)
def test_one_wrong_field(tmp_path: Path, rest: str, sentence: str) -> None:
    """Whatever is wrong with a field is one sentence with its remedy."""
    [problem] = told(tmp_path, PERSON + rest)
    assert problem.startswith(f"roster.yaml line 1, {sentence}")


def test_missing_and_empty_fields(tmp_path: Path) -> None:
    """A field left out stands on the record's line, one left blank on its own."""
    text = "- id:\n  tier: two\n  role: r\n  zone: Europe/Berlin\n"
    assert told(tmp_path, text) == (
        "roster.yaml line 1, field id: is empty (write text)",
        "roster.yaml line 1, field name: is missing (write text)",
        "roster.yaml line 2, field tier: 'two' is not a whole number (write 1 to 4)",
    )


def test_choices(tmp_path: Path) -> None:
    """A value outside a fixed set is answered with the set, at the item's own line."""
    text = (
        "- person: a\n  days:\n    - mon\n    - Tue\n  start: 15:00\n  end: 23:00\n  kind: off\n  zone: Europe/Berlin\n"
    )
    assert told(tmp_path, text, Shift, "shifts.yaml") == (
        "shifts.yaml line 4, field days[2]: 'Tue' is not known (write mon, tue, wed, thu, fri, sat or sun)",
        "shifts.yaml line 7, field kind: 'off' is not known (write on or on-call)",
    )


def test_lists_and_booleans(tmp_path: Path) -> None:
    """A list left empty, text where a list is due and a word that is no boolean are told apart."""
    shift = "- {person: a, days: [], start: 15:00, end: 16:00, zone: UTC}\n"
    shift += "- {person: a, days: mon, start: 1:2, end: 07:00, zone: U}"
    first, second, third, *_ = told(tmp_path, shift, Shift, "shifts.yaml")
    assert first == "shifts.yaml line 1, field days: the list is too short (write a list like [mon, tue])"
    assert second.startswith("shifts.yaml line 2, field days: 'mon' is not a list (write a list like [mon, tue])")
    assert "'1:2' is not a time (write a time like 07:30)" in third
    contract = (
        "- {vendor: v, product: p, capabilities: [x], start: 2026-01-01, end: 2026-12-31, notice_days: 1.5, "
        "auto_renew: maybe, price: 1, currency: EUR, metric: m, owner: o}"
    )
    assert told(tmp_path, contract, Contract, "vendors.yaml") == (
        "vendors.yaml line 1, field notice_days: 1.5 is not a whole number (write a whole number of at least 0)",
        "vendors.yaml line 1, field auto_renew: 'maybe' is not true or false (write true or false)",
    )


def test_numbers_are_not_times(tmp_path: Path) -> None:
    """A bare number is never read as seconds since midnight or since 1970."""
    shift = "- {person: a, days: [mon], start: 15:00, end: 900, zone: UTC}"
    [problem] = told(tmp_path, shift, Shift, "shifts.yaml")
    assert problem == ("shifts.yaml line 1, field end: 900 is not a time (write a time like 07:30)")


def test_instants_need_an_offset(tmp_path: Path) -> None:
    """An instant without an offset from UTC is refused, not guessed."""
    text = "- {id: a, name: A, usual_gap_minutes: 5, last_event_at: 2026-11-22 09:00}"
    [problem] = told(tmp_path, text, LogSource, "log_sources.yaml")
    assert "does not say its offset from UTC (write an instant like 2026-11-22T09:00:00Z)" in problem


@pytest.mark.parametrize("value", ["nan", "inf", ".inf", "-Infinity"])
def test_only_finite_numbers(tmp_path: Path, value: str) -> None:
    """Not-a-number and infinity never become a target."""
    [problem] = told(tmp_path, f"- {{figure: f, value: {value}, better: lower}}", Target, "targets.yaml")
    assert "field value:" in problem
    assert "is not a number" in problem


def test_all_errors_up_to_ten(tmp_path: Path) -> None:
    """All errors of a file come at once, at most ten, and the rest is counted."""
    problems = told(tmp_path, "\n".join(["- {id: a, name: A, tier: 9, role: r, zone: z}"] * 14))
    assert len(problems) == 11
    assert problems[9].startswith("roster.yaml line 10, field tier:")
    assert problems[10] == "roster.yaml: 4 more problems are not listed"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "roster.yaml line 1: the file is empty (write a list of records, or [] when there are none)"),
        ("# nobody\n", "roster.yaml line 1: the file is empty (write a list of records, or [] when there are none)"),
        ("id: a\n", "roster.yaml line 1: a list is expected (begin each record with a dash)"),
        ("hello", "roster.yaml line 1: a list is expected (begin each record with a dash)"),
        ("\n- hello\n", "roster.yaml line 2: a record is expected (write name: value lines)"),
        ("- id: a\n\tname: b\n", "roster.yaml line 2: is indented with a tab (write spaces)"),
        (PERSON + ", id: b}", "roster.yaml line 1, field id: stands already on line 1 (keep one of them)"),
        (b"- id: a\n- id: \xe4\n", "roster.yaml line 2: holds bytes that are not UTF-8 (save the file as UTF-8)"),
        ("- id: a\n".encode("utf-16"), "roster.yaml line 1: holds bytes that are not UTF-8 (save the file as UTF-8)"),
        (b"# " + b"x" * 1_000_000, "roster.yaml: is larger than 1 MB (keep it smaller)"),
    ],
)
def test_unusable_files(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    """A file that is no list of records says what it is instead."""
    assert told(tmp_path, text) == (sentence,)


def test_hostile_values_are_quoted_and_cut(tmp_path: Path) -> None:
    """A value from a file is shown escaped and at most 40 characters long."""
    [problem] = told(tmp_path, PERSON.replace("tier: 1", f'tier: "\\u202e{"x" * 500}"') + "}")
    assert "\u202e" not in problem
    assert len(problem) < 140


def test_an_empty_list_means_none(tmp_path: Path) -> None:
    """[] is a statement: there are no records."""
    path = tmp_path / "roster.yaml"
    path.write_text("[]\n")
    assert load_records(path, Person) == ()


def test_a_byte_order_mark_is_harmless(tmp_path: Path) -> None:
    """A UTF-8 file may begin with a byte order mark and use CRLF."""
    path = tmp_path / "roster.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (PERSON + "}\r\n").encode())
    assert [one.id for one in load_records(path, Person)] == ["a"]


def test_missing_file_names_file_and_purpose(tmp_path: Path) -> None:
    """A missing file is NotConfigured, and says what the file is for."""
    with pytest.raises(NotConfigured) as caught:
        load_records(tmp_path / "roster.yaml", Person, purpose="who works in the SOC")
    assert str(caught.value) == "Organisation has no roster.yaml (who works in the SOC): write that file"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """What cannot be opened is Unreadable, with the system's reason."""
    (tmp_path / "roster.yaml").mkdir()
    with pytest.raises(Unreadable, match=r"roster\.yaml: cannot be opened"):
        load_records(tmp_path / "roster.yaml", Person)


def test_shift_times_are_read_as_written(tmp_path: Path) -> None:
    """15:00 is three in the afternoon, quoted or not."""
    path = tmp_path / "shifts.yaml"
    path.write_text("- {person: a, days: [mon], start: 15:00, end: '23:15', zone: UTC, valid_from: 2026-01-05}\n")
    [shift] = load_records(path, Shift)
    assert (shift.start, shift.end, shift.valid_from) == (time(15), time(23, 15), date(2026, 1, 5))


def test_load_one(tmp_path: Path) -> None:
    """A mapping file gives one record; {} takes every default, nothing at all does not."""
    path = tmp_path / "staffing.yaml"
    path.write_text("{}")
    assert load_one(path, StaffingPolicy) == StaffingPolicy()
    path.write_text("shrinkage: 0.25\nmin_on_shift: 3\n")
    assert load_one(path, StaffingPolicy).min_on_shift == 3
    path.write_text("")
    with pytest.raises(BadFile, match=r"line 1: the file is empty"):
        load_one(path, StaffingPolicy)
    path.write_text("- shrinkage: 0.25\n")
    with pytest.raises(BadFile, match=r"line 1: a record is expected"):
        load_one(path, StaffingPolicy)
    path.write_text("shrinkage: 1\n")
    with pytest.raises(BadFile, match=r"field shrinkage: 1 is not less than 1"):
        load_one(path, StaffingPolicy)


def test_load_one_with_required_fields(tmp_path: Path) -> None:
    """A mapping file's missing fields are all told."""
    path = tmp_path / "threat_context.yaml"
    path.write_text("{}")
    with pytest.raises(BadFile) as caught:
        load_one(path, ThreatContext)
    assert len(caught.value.problems) == 2


class Identity(BaseModel):
    model_config = ConfigDict(extra="forbid")
    platform: str
    user: str


class Holder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    identities: tuple[Identity, ...]
    roles: frozenset[str] = Field(min_length=1)


class Access(BaseModel):
    model_config = ConfigDict(extra="forbid")
    persons: dict[str, Holder]


def test_nested_models_of_others(tmp_path: Path) -> None:
    """Any pydantic model can be read, and an error deep inside still names its own line."""
    path = tmp_path / "access.yaml"
    path.write_text(
        "persons:\n  lead-01:\n    roles: [manager]\n    identities:\n"
        "      - {platform: slack, user: U1}\n      - platform: teams\n        usr: T1\n"
    )
    with pytest.raises(BadFile) as caught:
        load_one(path, Access, backend="Access file")
    assert caught.value.problems == (
        "access.yaml line 6, field persons.lead-01.identities[2].user: is missing (write text)",
        "access.yaml line 7, field persons.lead-01.identities[2].usr: is not a known field (did you mean user?)",
    )
    path.write_text(path.read_text().replace("usr", "user"))
    assert load_one(path, Access).persons["lead-01"].identities[1].user == "T1"


NAMES = ("id", "tier", "name", "zone", "start", "a", "9", "nan", "2026-01-01", "<<", "!!int", "---", "...")
MARKS = tuple("-?|>:,{}[]'\"#%&*~ \n\t\0\ud83d")
PIECES = st.lists(st.sampled_from((*NAMES, *MARKS, "- ", ": ", "&x ", "*x", "---\n")), max_size=40)


@given(raw=PIECES | st.binary(max_size=200))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file(tmp_path: Path, raw: bytes | list[str]) -> None:
    """Any bytes give records or sentences that begin with the file's name, never another error."""
    path = tmp_path / "roster.yaml"
    path.write_bytes(raw if isinstance(raw, bytes) else "".join(raw).encode("utf-8", "surrogatepass"))
    for load in (load_records, load_one):
        try:
            load(path, Person)
        except BadFile as bad:
            assert bad.problems
            assert all(problem.startswith("roster.yaml") for problem in bad.problems)
