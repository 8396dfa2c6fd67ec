"""What became of acknowledged commits: every crisis of an organisation walked, and held against the writers' notes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.keys import PARTITIONS, Keys
from connectors.redis import RedisState
from handlers.core.audit import digest
from tests.faults.crisis_writer import KEY


@dataclass
class CrisisTally:
    """`control`: a trial that must lose something, else the instrument measures nothing; it counts for nothing else.
    `skipped`: why it could not be tried here."""

    name: str
    trials: int = 0
    faults: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    torn: int = 0
    breaks: int = 0
    control: bool = False
    skipped: str = ""
    notes: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        if self.skipped:
            return True
        if self.control:
            return self.lost > 0
        return self.acknowledged > 0 and not (self.lost or self.duplicated or self.torn or self.breaks)

    def line(self) -> str:
        if self.skipped:
            return f"{self.name}: not tried: {self.skipped}"
        verdict = "sound" if self.sound else "NOT SOUND"
        if self.control:
            verdict = "the control loses, as it must" if self.sound else "NOT SOUND: the control lost nothing"
        counts = (
            f"trials {self.trials}, faults {self.faults}, acknowledged {self.acknowledged} (present without: "
            f"{self.unacknowledged}), lost {self.lost}, duplicated {self.duplicated}, torn {self.torn}, "
            f"chain breaks {self.breaks}"
        )
        return "\n".join([f"{self.name}: {counts}: {verdict}", *(f"  {one}" for one in self.notes + self.examples[:5])])

    def note(self, kind: str, example: str) -> None:
        """One more of lost, duplicated, torn or breaks."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.examples.append(f"{kind}: {example}")


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of a writer's notes."""

    crisis: str
    version: int
    key: str


def noted(lines: Iterable[str]) -> list[Noted]:
    """Whole lines alone: a writer killed within one had not been told yet what it says."""
    rows = (line.split() for line in lines if line.endswith("\n"))
    return [Noted(crisis, int(version), key) for crisis, version, key in rows]


async def count(state: RedisState, keys: Keys, acknowledged: list[Noted], tally: CrisisTally) -> None:
    """Add what this organisation holds. The outbox must never have been delivered from."""
    sent = await _deliveries(state)
    where: dict[tuple[str, int], str] = {}
    for crisis, _ in await state.crises.listed():
        found = await _walked(state, crisis, tally)
        where |= {(crisis, version): key for version, key in enumerate(found, start=1)}
        await _whole(state, keys, crisis, found, tally)
    for key, times in Counter(where.values()).items():
        if times > 1 or sent[key] > 1:
            tally.note("duplicated", f"{key}: {times} events, {sent[key]} deliveries")
        if sent[key] == 0:
            tally.note("torn", f"{key}: an event without its delivery")
    for key in set(sent) - set(where.values()):
        tally.note("torn", f"{key}: a delivery without its event")
    for one in acknowledged:
        if where.get((one.crisis, one.version)) != one.key:
            tally.note("lost", str(one))
    tally.acknowledged += len(acknowledged)
    tally.unacknowledged += len(set(where.values()) - {one.key for one in acknowledged})
    if len({one.key for one in acknowledged}) != len(acknowledged):
        tally.note("duplicated", "a commit was acknowledged twice")


async def _deliveries(state: RedisState) -> Counter[str]:
    """Id -> times in the outbox."""
    found: Counter[str] = Counter()
    for number in range(PARTITIONS):
        after = ""
        while page := await state.outbox.pending(number, after, 1000):
            found.update(one.id for one in page)
            after = page[-1].entry
    return found


async def _walked(state: RedisState, crisis: str, tally: CrisisTally) -> list[str]:
    """The keys of its events in order; gaps and what does not follow from the event before are chain breaks."""
    found: list[str] = []
    previous = ""
    async for version, event, head in state.crises.events(crisis):
        said = json.loads(event)
        found.append(said["key"])
        if (version, said["version"]) != (len(found), len(found)) or digest(KEY, previous, event) != head:
            tally.note("breaks", f"{crisis} at {version}")
        previous = head
    return found


async def _whole(state: RedisState, keys: Keys, crisis: str, found: list[str], tally: CrisisTally) -> None:
    """State, keys, due time and room say what the last event said."""
    due = dict(await state.crises.due(float("inf"), 10_000)).get(crisis)
    held = await state.crises.load(crisis)
    rows = await state.link.call("HGETALL", keys.crisis_keys(crisis))
    kept = dict(zip(rows[::2], rows[1::2], strict=True)) if isinstance(rows, list) else rows
    versions = {key.decode(): int(value.partition(b":")[0]) for key, value in kept.items()}
    told = json.loads(held.state) if held else {}
    last = [head async for _, _, head in state.crises.events(crisis, len(found) - 1)]
    right = (
        held is not None
        and (held.version, told["version"], told["key"]) == (len(found), len(found), found[-1])
        and [held.head] == last
        and versions == {key: version for version, key in enumerate(found, start=1)}
        and due == len(found)
        and await state.crises.find(f"room of {crisis}") == crisis
    )
    if not right:
        tally.note("torn", f"{crisis}: {len(found)} events, state {held.version if held else None}, due {due}")
