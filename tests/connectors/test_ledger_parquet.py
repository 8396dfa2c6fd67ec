"""The ledger on the disk: it resumes, it never trusts a damaged file, and it keeps what the desk no longer has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.clock import FixedClock
from connectors.errors import Refused, Unavailable, Unreadable
from connectors.ledger import MemoryCaseLedger, ParquetCaseLedger
from connectors.ledger.refreshing import OVERLAP
from connectors.memory.store import MemoryStore
from connectors.models.cases import Case
from connectors.models.reading import Reading
from tests.connectors.test_ledger import NOW, ScriptedDesk, ago, born
from tests.ledger_views import events_of

DAY = timedelta(days=1)


class Rig:
    """A desk, a store and a folder; ledgers that are opened on them one after the other or side by side."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        self.desk: ScriptedDesk = ScriptedDesk(self.clock)
        self.store = MemoryStore(self.clock)
        self.folder = folder
        self.opened: list[ParquetCaseLedger] = []

    def ledger(self, **options: Any) -> ParquetCaseLedger:
        given = {"horizon_days": 100, "patience": 5.0, **options}
        made = ParquetCaseLedger(self.desk, self.clock, given.pop("store", self.store), self.folder, "t", **given)
        self.opened.append(made)
        return made

    async def again(self, **options: Any) -> ParquetCaseLedger:
        """A restart: what was open is closed."""
        for one in self.opened:
            await one.close()
        self.desk.asked.clear()
        return self.ledger(**options)

    async def fill(self, **options: Any) -> ParquetCaseLedger:
        """A ledger whose first fill is over."""
        made = self.ledger(**options)
        await made.view(NOW)
        await made.filled()
        return made

    def files(self, words: str) -> list[Path]:
        return sorted(self.folder.glob(f"{words}.parquet"))


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path / "ledger")
    yield made
    for one in made.opened:
        await one.close()


def populate(desk: ScriptedDesk) -> None:
    """A case every two days over 90 days, each closed three days later, some with origins; the newest open."""
    for number in range(45):
        age = 48.0 * number + 1
        done = age > 72
        desk.put(str(number), age=age, status="closed" if done else "opened", products=("Mail",))
        steps = [(age, "CREATE_CASE", "@Tier1"), (age - 1, "ASSIGNEE_CHANGE", "analyst-07")]
        desk.tell(str(number), *steps, *([(age - 72, "CLOSE_CASE", "CLOSED")] if done else []))
        if number % 3:
            born(desk, str(number), age + 2, age + 1, f"rule_{number % 4}")


async def test_it_equals_the_ledger_in_memory(rig: Rig) -> None:
    """Both implementations derive the same rows from the same desk, whatever the dtypes they keep them in."""
    populate(rig.desk)
    disk = await rig.ledger().view(NOW - 100 * DAY)
    memory = await MemoryCaseLedger(rig.desk, rig.clock, horizon_days=100).view(NOW - 100 * DAY)
    assert disk.cases.sort("case_id").rows() == memory.cases.sort("case_id").rows()
    assert sorted(events_of(disk).rows()) == sorted(events_of(memory).rows())
    assert (disk.facts.notes, disk.facts.truncated) == (memory.facts.notes, memory.facts.truncated)
    assert disk.facts.complete_from == memory.facts.complete_from


async def test_a_restart_reads_the_tail_alone(rig: Rig) -> None:
    """After a restart nothing is filled again: one look at what is new since the watermark."""
    populate(rig.desk)
    before = await rig.ledger().view(NOW - 100 * DAY)
    rig.clock.advance(600)
    after = await (await rig.again()).view(NOW - 100 * DAY)
    assert after.cases.rows() == before.cases.rows() and after.facts.as_of == NOW + timedelta(seconds=600)
    windows = [window for what, window in rig.desk.asked if what in {"cases", "history", "origins"} and window]
    assert windows and min(window.start for window in windows) == NOW - OVERLAP


async def test_a_fresh_redis_does_not_mean_a_refill(rig: Rig) -> None:
    """The manifest beside the files is enough."""
    populate(rig.desk)
    await rig.fill()
    rig.store = MemoryStore(rig.clock)
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert (view.cases.height, rig.desk.asked, view.facts.notes) == (45, [], ())


async def test_a_folder_from_a_backup_is_said(rig: Rig) -> None:
    """When Redis and the folder differ that is told, and what is missing since then is read."""
    rig.desk.put("1")
    await rig.fill()
    backup = {path: path.read_bytes() for path in rig.folder.iterdir() if path.is_file()}
    rig.desk.put("2", age=1)
    rig.clock.advance(600)
    await (await rig.again()).view(NOW)
    for path in rig.folder.iterdir():
        if path.is_file():
            path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert view.cases.height == 2
    assert "is not what Redis remembers" in view.facts.notes[0]


async def test_a_damaged_month_is_read_again(rig: Rig) -> None:
    """A file whose checksum differs is set aside, told, and its month alone is asked for again."""
    populate(rig.desk)
    before = await rig.ledger().view(NOW - 100 * DAY)
    bad = rig.files("2026-10.cases.*")[0]
    bad.write_bytes(bad.read_bytes()[:-9] + b"123456789")
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert view.cases.rows() == before.cases.rows() and events_of(view).height == events_of(before).height
    assert view.facts.notes == (
        f"{bad.name} is not what was written (its checksum differs): set aside and read again.",
    )
    spans = [window for what, window in rig.desk.asked if what == "cases" and window]
    assert [(span.start.month, span.end.month) for span in spans] == [(10, 11)]
    assert bad.with_name(f"{bad.name}.damaged").exists()


async def test_a_damaged_manifest_means_reading_all_again(rig: Rig) -> None:
    """Without an index the files prove nothing."""
    populate(rig.desk)
    await rig.fill()
    (rig.folder / "manifest.json").write_text("{")
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert view.cases.height == 45 and "manifest was damaged" in view.facts.notes[0]


async def test_another_tenants_folder_is_refused(rig: Rig) -> None:
    """Cases of two tenants never mix in one folder."""
    rig.desk.put("1")
    await rig.fill()
    other = ParquetCaseLedger(rig.desk, rig.clock, rig.store, rig.folder, "another")
    rig.opened.append(other)
    with pytest.raises(Unreadable, match="SOC_BOT_ORG"):
        await other.view(NOW)


async def test_a_cold_answer_does_not_wait_for_the_fill(rig: Rig) -> None:
    """What is there is given after `patience`, said to be incomplete; the fill completes by itself."""
    populate(rig.desk)
    ledger = rig.ledger(patience=0.6)
    rig.desk.hold_after = 3
    view = await ledger.view(NOW - 100 * DAY)
    assert 0 < view.cases.height < 45 and view.facts.truncated
    (note,) = [note for note in view.facts.notes if "newest first" in note]
    assert note.startswith(f"{view.cases.height} of about 45 cases read (month by month, newest first, back to 2026-")
    assert view.facts.complete_from is not None and view.facts.complete_from > NOW - 100 * DAY
    assert view.cases["created_at"].min() >= view.facts.complete_from  # type: ignore[operator]
    rig.desk.gate.set()
    await ledger.filled()
    view = await ledger.view(NOW - 100 * DAY)
    assert (view.cases.height, view.facts.truncated, view.facts.notes) == (45, False, ())


async def held_up(rig: Rig) -> None:
    """The fill has come to where the desk holds it; on a busy machine that may be after the first answer."""
    async with asyncio.timeout(30):
        while rig.desk.gate.is_set():
            await asyncio.sleep(0.01)


async def test_a_fill_that_was_killed_goes_on_where_it_was(rig: Rig) -> None:
    """What was read before stays read."""
    populate(rig.desk)
    rig.desk.hold_after = 3
    ledger = rig.ledger(patience=0.6)
    await ledger.view(NOW - 100 * DAY)
    await held_up(rig)
    held = await ledger.view(NOW - 100 * DAY)
    await ledger.close()
    rig.desk.gate.set()
    rig.desk.hold_after = None
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert view.cases.height == 45 and not view.facts.truncated
    newest = [window.end for what, window in rig.desk.asked if what == "cases" and window]
    assert max(newest) == held.facts.complete_from


async def test_a_desk_that_fails_during_the_fill_is_asked_again(rig: Rig) -> None:
    """A passing failure is the first answer when nothing is held; the fill then goes on without being asked."""
    populate(rig.desk)
    rig.desk.errors["cases"] = Unavailable("Case desk", "failed (HTTP 500)")
    ledger = rig.ledger()
    with pytest.raises(Unavailable):
        await ledger.view(NOW)
    rig.desk.errors.clear()
    await ledger.filled()
    assert (await ledger.view(NOW - 100 * DAY)).cases.height == 45


async def test_two_replicas_read_once(rig: Rig) -> None:
    """Of two that share folder and store one reads; the other answers from the folder."""
    populate(rig.desk)
    one, two = rig.ledger(), rig.ledger()
    first, second = await asyncio.gather(one.view(NOW - 100 * DAY), two.view(NOW - 100 * DAY))
    assert first.cases.rows() == second.cases.rows() and first.cases.height == 45
    asked = [window for what, window in rig.desk.asked if what == "history" and window]
    assert len(asked) == len(set(asked))
    rig.clock.advance(61)
    rig.desk.put("new", age=-0.01)
    rig.desk.asked.clear()
    await one.view(NOW)
    assert (await two.view(NOW)).facts.cases == (await one.view(NOW)).facts.cases
    assert rig.desk.count("history") == 1


async def test_a_refresh_touches_what_changed(rig: Rig) -> None:
    """Rows and months follow the change, not the history."""
    populate(rig.desk)
    ledger = await rig.fill()
    rig.clock.advance(600)
    rig.desk.held["0"] = replace(rig.desk.held["0"], status="closed")
    rig.desk.tell("0", (-0.05, "CLOSE_CASE", "CLOSED"))
    before = set(rig.files("*"))
    await ledger.view(NOW)
    assert ledger.cost is not None and (ledger.cost.months, ledger.cost.cases <= 5) == (1, True)
    assert {path.name[:7] for path in set(rig.files("*")) - before} <= {"2026-11", "strays."}


async def test_a_late_event_finds_its_old_case(rig: Rig) -> None:
    """Reopened and closed again months later: the case's own month is derived anew, and no other is written."""
    populate(rig.desk)
    ledger = await rig.fill()
    rig.clock.advance(600)
    rig.desk.held["40"] = replace(rig.desk.held["40"], close_reason="MALICIOUS")
    rig.desk.tell("40", (-0.02, "REOPEN_CASE", ""), (-0.05, "CLOSE_CASE", ""))
    view = await ledger.view(NOW - 100 * DAY)
    (found,) = view.cases.filter(case_id="40").iter_rows(named=True)
    assert (found["reopened"], found["close_reason"], found["closed_at"]) == (1, "MALICIOUS", ago(-0.05))
    assert ledger.cost is not None and ledger.cost.months == 1


async def test_a_deleted_case_is_left_out_and_counted(rig: Rig) -> None:
    """Once open, gone from the queue and not at the desk any more: in no figure, and told."""
    rig.desk.put("1", age=30)
    rig.desk.put("2", age=40)
    rig.desk.tell("1", (30, "CREATE_CASE", "@Tier1"))
    ledger = await rig.fill()
    rig.clock.advance(600)
    kept = rig.desk.held.pop("1")
    view = await ledger.view(NOW - DAY)
    assert view.cases["case_id"].to_list() == ["2"] and events_of(view).height == 0
    assert "1 cases were deleted at the desk and are left out." in view.facts.notes
    rig.clock.advance(600)
    rig.desk.held["1"] = kept
    assert sorted((await ledger.view(NOW - DAY)).cases["case_id"]) == ["1", "2"]


async def test_a_merged_case_stays_with_its_parent(rig: Rig) -> None:
    """A case that was merged left the queue without being deleted."""
    rig.desk.put("1", age=30)
    ledger = await rig.fill()
    rig.clock.advance(600)
    rig.desk.held["1"] = replace(rig.desk.held["1"], status="merged", merged_into="9")
    (found,) = (await ledger.view(NOW)).cases.iter_rows(named=True)
    assert (found["status"], found["merged_into"]) == ("merged", "9")


async def test_records_outlive_their_source(rig: Rig) -> None:
    """What the desk no longer tells stays as it was told, even when its cases are read again without history."""
    populate(rig.desk)
    before = await rig.ledger().view(NOW - 100 * DAY)
    rig.clock.advance(600)
    rig.desk.events.clear()
    rig.desk.births.clear()
    rig.desk.held.pop("44")
    rig.desk.tell("40", (-0.05, "STAGE_CHANGE", "Triage"))
    view = await (await rig.again()).view(NOW - 100 * DAY)
    assert view.cases.rows() == before.cases.rows()
    assert events_of(view).height == events_of(before).height + 1


async def test_history_refused_for_old_cases_alone(rig: Rig) -> None:
    """A desk that keeps a month of history answers for that month; the rest is a note, not the end of it."""
    populate(rig.desk)
    rig.desk.refused_before = NOW - 31 * DAY
    view = await rig.ledger().view(NOW - 100 * DAY)
    assert view.cases.height == 45
    young = view.cases.filter(view.cases["created_at"] > NOW - 20 * DAY)
    assert young["acknowledged_at"].null_count() == 0 and not young["closed_is_proxy"].any()
    (note,) = [note for note in view.facts.notes if note.startswith("Case history is refused before 2026-10-2")]
    assert note.count("(Case desk refused the request (HTTP 400))") == 1


async def test_origins_refused_for_a_span_are_asked_for_again(rig: Rig) -> None:
    """A passing failure of origins costs a later reading, not the figures."""
    populate(rig.desk)
    rig.desk.errors["origins"] = Unavailable("Case desk", "failed (HTTP 500)")
    ledger = await rig.fill()
    assert (await ledger.view(NOW - 100 * DAY)).cases["detected_at"].null_count() == 45
    rig.desk.errors.clear()
    rig.clock.advance(61)
    assert (await ledger.view(NOW - 100 * DAY)).cases["detected_at"].null_count() == 15


async def test_a_refusal_is_raised_and_a_failure_served_from_the_disk(rig: Rig) -> None:
    """As with the ledger in memory: old figures with their instant, unless asking again is of no use."""
    populate(rig.desk)
    ledger = await rig.fill()
    rig.clock.advance(61)
    rig.desk.errors["open"] = Unavailable("Case desk", "failed (HTTP 500)")
    old = await ledger.view(NOW - 100 * DAY)
    assert old.cases.height == 45
    assert old.facts.notes == ("Case desk failed (HTTP 500); shown as of 2026-11-22 10:00 UTC.",)
    rig.desk.errors["open"] = Refused("Case desk", "refused our credentials (HTTP 401)", 401)
    with pytest.raises(Refused):
        await ledger.view(NOW)


async def test_only_the_months_asked_for_are_loaded(rig: Rig) -> None:
    """A question about this month does not bring the years before into memory."""
    populate(rig.desk)
    ledger = await rig.fill()
    view = await ledger.view(NOW - 2 * DAY)
    assert view.facts.complete_from == datetime(2026, 11, 1, tzinfo=UTC)
    assert view.cases["created_at"].min() >= view.facts.complete_from  # type: ignore[operator]
    assert (await ledger.view(NOW - 100 * DAY)).cases.height == 45


async def test_ping_says_what_is_held(rig: Rig) -> None:
    """Before the first reading that is said; afterwards how much is held, and as of when."""
    rig.desk.put("1")
    ledger = rig.ledger()
    assert (await ledger.ping()).detail == "Not read yet."
    await ledger.view(NOW)
    await ledger.filled()
    assert (await ledger.ping()).detail == "1 cases as of 2026-11-22 10:00 UTC."


class ListingDesk(ScriptedDesk):
    """A desk whose tenant lists what was updated since."""

    def __init__(self, clock: FixedClock, *, able: bool) -> None:
        super().__init__(clock)
        self.able = able

    async def filters_by_update(self) -> bool:
        return self.able

    async def changed(self, since: datetime) -> AsyncIterator[Reading[Case]]:
        self._ask("changed", None)
        yield Reading(tuple(case for case in self.held.values() if case.updated_at >= since), "t", self.clock.now())


@pytest.mark.parametrize("able", [True, False])
async def test_a_list_of_changes_is_used_where_there_is_one(rig: Rig, able: bool) -> None:
    """With it a changed case costs one row and no open queue; without it the queue and the history tell."""
    rig.desk = ListingDesk(rig.clock, able=able)
    for number in range(30):
        rig.desk.put(str(number), age=24.0 * number + 30)
        rig.desk.held[str(number)] = replace(rig.desk.held[str(number)], updated_at=NOW - 20 * DAY)
    ledger = await rig.fill()
    for _ in range(2):
        rig.clock.advance(61)
        rig.desk.asked.clear()
        rig.desk.held["7"] = replace(rig.desk.held["7"], stage="Incident", updated_at=rig.clock.now())
        view = await ledger.view(NOW - 100 * DAY)
    assert view.cases.filter(case_id="7")["stage"].to_list() == ["Incident"]
    assert ledger.cost is not None
    assert (ledger.cost.cases, rig.desk.count("changed"), rig.desk.count("open")) == ((1, 1, 0) if able else (30, 0, 1))


async def test_a_lease_is_left_at_the_end(rig: Rig) -> None:
    """A replica that goes makes room at once; one that is killed, when its lease runs out."""
    rig.desk.put("1")
    await rig.fill()
    await rig.opened[0].close()
    rig.clock.advance(61)
    two = rig.ledger()
    assert (await two.view(NOW)).facts.as_of == rig.clock.now()
