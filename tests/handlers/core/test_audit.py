"""The hash chain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
import structlog

from connectors.clock import FixedClock
from connectors.errors import StateError
from connectors.memory.audit import MemoryAuditLog
from handlers.core.audit import ANCHOR, Auditor, canonical, digest, verify
from tests.handlers.commands.twins import NOW

KEY = b"key of a test"


async def chain(entries: int = 5) -> MemoryAuditLog:
    log = MemoryAuditLog()
    auditor = Auditor(log, KEY, FixedClock(NOW))
    for number in range(entries):
        await auditor.record("opened", f"call-{number}", line=f"case show {number}")
    return log


async def test_untouched_chain_verifies() -> None:
    """A chain nobody touched verifies to its head; an empty one too."""
    log = await chain()
    found = await verify(log, KEY)
    assert (found.entries, found.broken_at, found.head) == (5, None, (await log.head())[1])
    assert (await verify(MemoryAuditLog(), KEY)).broken_at is None


@pytest.mark.parametrize("at", [1, 3, 5])
async def test_changed_entry_is_found(at: int) -> None:
    """An entry changed after the fact is found at its own number."""
    log = await chain()
    entry, kept = log._entries[at - 1]
    log._entries[at - 1] = (entry.replace("case show", "case list"), kept)
    found = await verify(log, KEY)
    assert (found.broken_at, found.entries) == (at, at - 1)


async def test_entry_made_to_fit_without_the_key_is_found() -> None:
    """Whoever can write the log but has not the key cannot make an entry that verifies."""
    log = await chain()
    previous = log._entries[1][1]
    entry = log._entries[2][0].replace("call-2", "call-9")
    log._entries[2] = (entry, digest(b"guess", previous, entry))
    assert (await verify(log, KEY)).broken_at == 3


@pytest.mark.parametrize(("change", "at"), [("remove", 2), ("swap", 2), ("insert", 2), ("first", 1)])
async def test_moved_entries_are_found(change: str, at: int) -> None:
    """An entry removed, swapped, inserted or taken from the front breaks the chain at that place."""
    log = await chain()
    kept = log._entries
    if change == "remove":
        del kept[1]
    elif change == "swap":
        kept[1], kept[2] = kept[2], kept[1]
    elif change == "insert":
        kept.insert(1, kept[3])
    else:
        del kept[0]
    assert (await verify(log, KEY)).broken_at == at


async def test_cut_tail_shows_against_a_noted_head() -> None:
    """A cut tail still verifies, but no longer to the head that was noted elsewhere."""
    log = await chain()
    noted = await log.head()
    log._entries.pop()
    found = await verify(log, KEY)
    assert found.broken_at is None
    assert (found.entries, found.head) != noted


async def test_gap_in_numbers_is_found() -> None:
    """A missing number is named."""

    class Gap(MemoryAuditLog):
        async def entries(self, after: int = 0):  # type: ignore[no-untyped-def]
            async for seq, entry, kept in super().entries(after):
                if seq != 3:
                    yield seq, entry, kept

    log = Gap()
    log._entries = (await chain())._entries
    found = await verify(log, KEY)
    assert (found.broken_at, found.reason) == (3, "entry 3 is missing")


async def test_other_key() -> None:
    """With another key nothing verifies, from the first entry."""
    assert (await verify(await chain(), b"other")).broken_at == 1


async def test_many_writers_make_one_chain() -> None:
    """Several auditors on one log, at once, lose nothing and keep one chain."""
    log = MemoryAuditLog()
    auditors = [Auditor(log, KEY, FixedClock(NOW)) for _ in range(6)]
    await asyncio.gather(*(auditor.record("opened", f"{n}") for n in range(10) for auditor in auditors))
    found = await verify(log, KEY)
    assert (found.entries, found.broken_at) == (60, None)


async def test_log_that_is_away() -> None:
    """When the log cannot be written the caller is told, and the next entry goes on from the true head."""
    log = await chain(2)
    auditor = Auditor(log, KEY, FixedClock(NOW))

    class Away(MemoryAuditLog):
        async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
            raise StateError("away")

    with pytest.raises(StateError):
        await Auditor(Away(), KEY, FixedClock(NOW)).record("opened", "x")
    await auditor.record("opened", "y")
    assert (await verify(log, KEY)).entries == 3


async def test_never_accepted_is_an_error() -> None:
    """A log that refuses every number ends in StateError, not in a loop without end."""

    class Busy(MemoryAuditLog):
        async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
            return False

    with pytest.raises(StateError, match="too busy"):
        await Auditor(Busy(), KEY, FixedClock(NOW)).record("opened", "x")


def test_canonical_is_one_spelling() -> None:
    """The same content in another order is the same text; characters beyond ASCII are kept."""
    assert canonical({"b": 1, "a": "ü"}) == canonical({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'
    assert json.loads(canonical({"a": 'x"\n'})) == {"a": 'x"\n'}


async def test_what_is_recorded_at_once_is_written_together() -> None:
    """Fifty entries recorded at the same time cost few writes and stand in an unbroken chain."""
    writes: list[int] = []

    class Counting(MemoryAuditLog):
        async def append(self, seq: int, entries: Sequence[tuple[str, str]]) -> bool:
            writes.append(len(entries))
            await asyncio.sleep(0.001)
            return await super().append(seq, entries)

    log = Counting()
    auditor = Auditor(log, KEY, FixedClock(NOW))
    await asyncio.gather(*(auditor.record("opened", f"c{n}") for n in range(50)))
    assert sum(writes) == 50
    assert len(writes) < 10
    assert (await verify(log, KEY)).entries == 50


async def test_a_log_cut_under_the_writer_is_said_in_the_log() -> None:
    """When entries vanish while the bot runs, the next entry tells how many there were and what the head was."""
    log = MemoryAuditLog()
    auditor = Auditor(log, KEY, FixedClock(NOW))
    await auditor.record("opened", "a")
    await auditor.record("closed", "a")
    head = (await log.head())[1]
    log._entries.clear()
    await auditor.record("opened", "b")
    entries = [json.loads(entry) async for _, entry, _ in log.entries()]
    assert entries[0] == {"event": "log cut", "had": 2, "head": head}
    assert entries[1]["call"] == "b"
    assert (await verify(log, KEY)).broken_at is None


async def test_a_log_cut_and_filled_up_by_another_is_said_in_the_log() -> None:
    """Entries that vanished are missed also when a replica that never saw them has written as many since."""
    log = MemoryAuditLog()
    seeing, other = Auditor(log, KEY, FixedClock(NOW)), Auditor(log, KEY, FixedClock(NOW))
    for call in "abc":
        await seeing.record("opened", call)
    head = (await log.head())[1]
    del log._entries[1:]
    for call in "defgh":
        await other.record("opened", call)
    await seeing.record("closed", "a")
    entries = [json.loads(entry) async for _, entry, _ in log.entries()]
    assert entries[-2] == {"event": "log cut", "had": 3, "head": head}
    assert (await verify(log, KEY)).broken_at is None
    await other.record("closed", "d")
    await seeing.record("closed", "b")
    said = [json.loads(entry)["event"] async for _, entry, _ in log.entries()]
    assert said.count("log cut") == 1


async def test_the_head_is_noted_outside_the_log_now_and_then() -> None:
    """The process's own log holds a head of every hundred entries: who cuts the chain at rest does not reach it."""
    log = MemoryAuditLog()
    auditor = Auditor(log, KEY, FixedClock(NOW))
    with structlog.testing.capture_logs() as said:
        for number in range(2 * ANCHOR + 1):
            await auditor.record("opened", f"call-{number}")
    noted = [one for one in said if one["event"] == "audit head"]
    hashes = {seq: kept async for seq, _, kept in log.entries()}
    assert [one["entries"] for one in noted] == [ANCHOR, 2 * ANCHOR]
    assert [one["head"] for one in noted] == [hashes[ANCHOR], hashes[2 * ANCHOR]]
