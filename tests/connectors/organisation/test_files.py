"""The Organisation port over a folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.clock import FixedClock
from connectors.errors import NotConfigured, Unreadable
from connectors.models.organisation import FILES, Calendar, Person, Record, StaffingPolicy
from connectors.organisation import YamlOrganisation, files
from connectors.ports import Organisation

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
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
