"""The first fill, newest cases first, a span of creation time after the other; what it has done is done for good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from connectors.errors import BackendError
from connectors.ledger.asking import HISTORY_LOST, ORIGINS_LOST, TOO_OLD, history, origins
from connectors.ledger.frames import NO_CASES, NO_EVENTS, NO_ORIGINS, case_frame
from connectors.ledger.gathering import Gathered, gather, thread
from connectors.ledger.merging import News, merge
from connectors.ledger.vault import Vault
from connectors.models.reading import Window
from connectors.ports import CaseDesk

SECOND = timedelta(seconds=1)
"""Windows are half-open: what happens at this very instant is inside."""

SHORTEST, LONGEST, GOOD_CASES = timedelta(days=1), timedelta(days=92), 15_000
FIRST = timedelta(days=7)


@dataclass
class Filler:
    """One span at a time. Spans grow and shrink towards GOOD_CASES: that much is lost when the bot is killed."""

    desk: CaseDesk
    vault: Vault
    span: timedelta = field(default=FIRST)

    async def begin(self, now: datetime, start: datetime) -> None:
        """How far back to go, and about how many cases there are: what the desk counts, if it does."""
        expected = None
        async for page in self.desk.cases(Window(start, now + SECOND)):
            expected = page.total
            break
        await thread(self.vault.commit, {}, start=_second(start), expected=expected)

    async def step(self, now: datetime) -> None:
        """The next older span. Raises BackendError, and then nothing of it was kept."""
        manifest = self.vault.manifest
        assert manifest.start is not None  # noqa: S101 - `begin` comes first
        end = manifest.filled_from or _second(now + SECOND)
        window = Window(max(manifest.start, _second(end - self.span)), end)
        cases, told, born = await asyncio.gather(
            gather(self.desk.cases(window), case_frame),
            history(self.desk, window),
            origins(self.desk, window, late=False),
        )
        news = News(
            pl.concat([NO_CASES, *cases.frames]),
            pl.concat([NO_EVENTS, *told.frames]),
            pl.concat([NO_ORIGINS, *born.frames]),
        )
        first = manifest.filled_from is None
        fields = {
            "filled_from": window.start,
            "truncated": manifest.truncated or cases.truncated or told.truncated,
            "notes": _notes(manifest.notes, cases, told, born),
            "as_of": now if first else manifest.as_of,
            "watermark": told.as_of if first else manifest.watermark,
            # origins that were not granted for one span are asked for again over all of them
            "origins_at": born.as_of if first or born.as_of is None else manifest.origins_at,
        }
        if told.refused_to is not None and (told.as_of or fields["watermark"]) is not None:
            edge = max(filter(None, (manifest.refused_to, told.refused_to)))
            fields |= {"refused_to": edge, "refusal": told.refusal}
        found = await asyncio.to_thread(merge, self.vault, news)
        await thread(self.vault.commit, found.changes, found.strays, **fields)
        much = max(sum(frame.height for frame in cases.frames), 1)
        self.span = min(max(self.span * min(max(GOOD_CASES / much, 0.5), 4.0), SHORTEST), LONGEST)

    async def again(self, now: datetime) -> None:
        """Read months again whose files were damaged. A month without cases is one that the desk no longer has."""
        for month in list(self.vault.manifest.refill):
            start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
            window = Window(start, min((start + timedelta(days=32)).replace(day=1), now + SECOND))
            since = Window(start, now + SECOND)
            cases = await gather(self.desk.cases(window), case_frame)
            told, born = await asyncio.gather(history(self.desk, since), origins(self.desk, window, late=True))
            frames = [NO_CASES, *cases.frames], [NO_EVENTS, *told.frames], [NO_ORIGINS, *born.frames]
            found = await asyncio.to_thread(merge, self.vault, News(*(pl.concat(part) for part in frames)))
            left = [one for one in self.vault.manifest.refill if one != month]
            notes = _notes(self.vault.manifest.notes, cases, told, born)
            await thread(self.vault.commit, found.changes, found.strays, refill=left, notes=notes)


def _second(at: datetime) -> datetime:
    """History knows seconds: what happened in the second that an edge divides would lie on neither side of it."""
    return at.replace(microsecond=0)


def _notes(old: list[str], *parts: Gathered) -> list[str]:
    """All notes once; a refusal of history or origins is told by whoever knows how far it reaches."""
    new = [note for part in parts for note in part.notes if not note.startswith((HISTORY_LOST, ORIGINS_LOST, TOO_OLD))]
    return list(dict.fromkeys([*old, *new]))


async def ask_again(error: BackendError, attempt: int) -> None:
    """Wait before the next attempt: as long as the desk asks for, else longer each time, a minute at most."""
    wished = getattr(error, "retry_after", 0.0)
    await asyncio.sleep(min(max(wished, 2.0**attempt), 60.0))
