"""The Organisation port over a folder."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.errors import NotConfigured, Unreadable
from connectors.models.organisation import FILES, Calendar, Person, Record, StaffingPolicy
from connectors.models.organisation.assurance import FrameworkTopic
from connectors.models.organisation.benchmarks import Benchmark
from connectors.models.organisation.clocks import ClockRule
from connectors.models.organisation.detection import TechniqueRemap
from connectors.organisation import YamlOrganisation, files
from connectors.ports import Organisation

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
GRADES = {"V", "V/S", "S", "S1", "K", "none", "name-inferred", "secondary"}
REMAP = "- {old: T1562, new: T1685, since: '19', confidence: name-inferred, source: s, checked: 2026-11-22}\n"
ROSTER = "- {id: a, name: A, tier: 1, role: r, zone: Europe/Berlin}\n"


def organisation(folder: Path | None) -> Organisation:
    return YamlOrganisation(folder, FixedClock(NOW))


def write(folder: Path, name: str, text: str, at: datetime) -> None:
    (folder / name).write_text(text)
    os.utime(folder / name, (at.timestamp(), at.timestamp()))


async def test_reading_says_where_it_comes_from(tmp_path: Path) -> None:
    """A reading names its file and the time of its last change."""
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    write(tmp_path, "roster.yaml", ROSTER, at)
    reading = await organisation(tmp_path).read(Person)
    assert (reading.one.id, reading.source, reading.as_of, reading.total) == ("a", "roster.yaml", at, 1)
    assert not reading.truncated


async def test_as_of_is_never_in_the_future(tmp_path: Path) -> None:
    """A file changed after the clock's now (a simulated one) is as of now."""
    write(tmp_path, "roster.yaml", ROSTER, datetime(2027, 6, 1, tzinfo=UTC))
    assert (await organisation(tmp_path).read(Person)).as_of == NOW


async def test_mapping_files(tmp_path: Path) -> None:
    """A file that holds one mapping is a reading of one record."""
    (tmp_path / "staffing.yaml").write_text("shrinkage: 0.25\n")
    assert (await organisation(tmp_path).read(StaffingPolicy)).one.shrinkage == 0.25


async def test_no_folder_names_the_setting() -> None:
    """Without a folder the error and the ping name SOC_BOT_ORGANISATION."""
    with pytest.raises(NotConfigured, match="SOC_BOT_ORGANISATION"):
        await organisation(None).read(Person)
    ping = await organisation(None).ping()
    assert not ping.ok
    assert "SOC_BOT_ORGANISATION" in ping.detail


async def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """A folder that does not exist is told as such, not as nineteen missing files."""
    with pytest.raises(NotConfigured, match="folder is not there"):
        await organisation(tmp_path / "nowhere").read(Person)
    assert "folder is not there" in (await organisation(tmp_path / "nowhere").ping()).detail


async def test_missing_file(tmp_path: Path) -> None:
    """A missing file is NotConfigured with its name and purpose, never an empty reading."""
    with pytest.raises(NotConfigured) as caught:
        await organisation(tmp_path).read(Calendar)
    assert "calendars.yaml (the business hours of SLA clocks)" in str(caught.value)


async def test_ping_lists_missing_and_wrong(tmp_path: Path) -> None:
    """The ping names every missing file and every error of the others."""
    write(tmp_path, "roster.yaml", ROSTER.replace("tier: 1", "tier: 7"), NOW)
    ping = await organisation(tmp_path).ping()
    assert not ping.ok
    assert "roster.yaml line 1, field tier: 7 is more than 4 (write 1 to 4)" in ping.detail
    assert all(
        (f"{record.FILE} ({record.PURPOSE})" in ping.detail) != record.SHIPPED
        for record in FILES
        if record is not Person
    )
    assert "missing: shifts.yaml (who works when)" in ping.detail


async def test_unchanged_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is parsed once until it changes."""
    write(tmp_path, "roster.yaml", ROSTER, NOW)
    reads: list[type[Record]] = []
    load = files.load_file

    def counted(folder: Path, record: type[Record]) -> object:
        reads.append(record)
        return load(folder, record)

    monkeypatch.setattr(files, "load_file", counted)
    port = organisation(tmp_path)
    first = await port.read(Person)
    assert (await port.read(Person)).items is first.items
    assert len(reads) == 1
    write(tmp_path, "roster.yaml", ROSTER.replace("id: a", "id: b"), datetime(2026, 11, 22, 8, tzinfo=UTC))
    assert (await port.read(Person)).one.id == "b"
    assert len(reads) == 2


async def test_an_edit_counts_at_once(tmp_path: Path) -> None:
    """After an edit the old records are gone, whether the new file is right, wrong or removed."""
    port = organisation(tmp_path)
    write(tmp_path, "roster.yaml", ROSTER, datetime(2026, 11, 1, tzinfo=UTC))
    assert len((await port.read(Person)).items) == 1
    write(tmp_path, "roster.yaml", "[]", datetime(2026, 11, 2, tzinfo=UTC))
    assert (await port.read(Person)).items == ()
    write(tmp_path, "roster.yaml", "- x", datetime(2026, 11, 3, tzinfo=UTC))
    with pytest.raises(Unreadable):
        await port.read(Person)
    (tmp_path / "roster.yaml").unlink()
    with pytest.raises(NotConfigured):
        await port.read(Person)


def test_every_file_has_a_purpose() -> None:
    """Every file of the contract can be named with what it is for."""
    assert all(record.PURPOSE for record in FILES)


async def test_aged_reference_rows_are_marked_in_every_answer(tmp_path: Path) -> None:
    """A rule last checked more than a year ago makes its source stale and is named; the product's copy is fresh."""
    fresh = await organisation(tmp_path).read(ClockRule)
    assert (fresh.stale, fresh.notes) == (False, ())
    text = (files.SHIPPED / ClockRule.FILE).read_text().replace("checked: 2026-11-22", "checked: 2025-11-21", 1)
    (tmp_path / ClockRule.FILE).write_text(text)
    aged = await organisation(tmp_path).read(ClockRule)
    assert aged.stale
    assert aged.notes == (f"1 of {len(aged.items)} rows last checked more than a year ago, first on 2025-11-21 (gdpr)",)


@pytest.mark.parametrize("record", [one for one in FILES if one.SHIPPED], ids=lambda one: str(one.FILE))
async def test_each_shipped_row_can_be_cited(record: type[Record]) -> None:
    """Each row says where it is from, how it stands, how sure it is, and when it was checked or that it never was."""
    for row in (await organisation(None).read(record)).items:
        told = {name: getattr(row, name) for name in record.model_fields}
        assert told.get("source") or (told["publisher"] and told["title"])
        assert told["status"]
        grades = {told.get(name) for name in ("evidence", "mapping_confidence", "confidence")} & GRADES
        assert len(grades) == 1
        checked = told.get("checked") or told.get("last_checked")
        unchecked = "not compared with" in told["status"] if record is not ClockRule else grades == {"K"}
        assert (checked is None) == unchecked
        assert checked is None or checked <= NOW.date()


async def test_ids_that_were_looked_up_say_where() -> None:
    """That an id exists has a day and a place, or neither; every NIST and DORA id was looked up."""
    for row in (await organisation(None).read(FrameworkTopic)).items:
        for ref in row.references:
            assert (ref.ids_checked is None) == (not ref.ids_source)
            assert ref.ids_checked is not None or ref.framework not in {"nist-csf", "sp800-53", "dora"}


async def test_an_own_file_of_reference_data_may_leave_the_status_out(tmp_path: Path) -> None:
    """An organisation's own copy needs no word on its standing."""
    write(tmp_path, TechniqueRemap.FILE, REMAP, NOW)
    assert (await organisation(tmp_path).read(TechniqueRemap)).one.status == ""


async def test_unreadable_reference_data_is_told_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the product's that cannot be used makes the ping fail by file, line and field; no folder is needed."""
    copied = tmp_path / "shipped"
    shutil.copytree(files.SHIPPED, copied)
    (copied / TechniqueRemap.FILE).write_text(REMAP.replace("T1562", "1562", 1))
    monkeypatch.setattr(files, "SHIPPED", copied)
    port = YamlOrganisation(None, FixedClock(NOW))
    found = await port.reference()
    assert found.stale == () and len(found.wrong) == 1
    assert found.wrong[0].startswith("attack_remap.yaml line 1, field old: ")
    ping = await port.ping()
    assert not ping.ok and found.wrong[0] in ping.detail and "SOC_BOT_ORGANISATION" in ping.detail


async def test_stale_reference_data_is_told_and_is_no_fault() -> None:
    """Two years on every dated file is named; the readings of all of them are marked."""
    port = YamlOrganisation(None, FixedClock(NOW.replace(year=2028)))
    found = await port.reference()
    assert found.wrong == ()
    told = {line.partition(":")[0] for line in found.stale}
    assert told == {"attack_remap.yaml", "benchmarks.yaml", "bod_26_04.yaml", "clock_rules.yaml",
                    "ssvc_coordinator.yaml"}  # fmt: skip
    assert (await port.read(Benchmark)).stale
    detail = (await port.ping()).detail
    assert all(line in detail for line in found.stale)
