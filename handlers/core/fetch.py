"""Asking several backends at once, where one that fails becomes a notice and never a zero."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from connectors.errors import BackendError
from connectors.models.reading import Reading
from connectors.ports import LedgerView
from handlers.core.problems import calm
from messages.document import Mono, Notice, Source, spans

T = TypeVar("T")
SINGLY = 3
"""So many missing files are told one by one."""


@dataclass(frozen=True, slots=True)
class Got(Generic[T]):
    """What came back: `value` None means it failed and `notice` says how, in words for a manager.

    `lacks`: the file of the organisation's that is not there, with its purpose.
    """

    value: T | None
    source: Source
    notice: Notice | None = None
    lacks: str = ""

    @property
    def ok(self) -> bool:
        return self.value is not None


def rows(got: Got[Reading[T]] | None) -> tuple[T, ...]:
    """What came, or nothing: ask `ok` whether nothing means none."""
    return () if got is None or got.value is None else got.value.items


async def fetch(name: str, asked: Awaitable[T], within: float = 8.0) -> Got[T]:
    """Await one port. `name` is what a manager calls the source; `within` seconds is all it gets."""
    try:
        async with asyncio.timeout(within):
            value = await asked
    except TimeoutError:
        return _failed(name, f"{name} did not answer (timed out after {within:g} s).")
    except BackendError as error:
        return _failed(name, calm(error), getattr(error, "lacks", ""))
    return Got(value, _source(name, value))


def _failed(name: str, sentence: str, lacks: str = "") -> Got[T]:
    source = Source(name=name, as_of=None, ok=False, note=sentence)
    return Got(None, source, Notice(level="warning", text=spans(sentence)), lacks)


def _source(name: str, value: object) -> Source:
    if isinstance(value, Reading):
        notes = " ".join(value.notes)
        rows = value.total if value.total is not None else len(value.items)
        return Source(
            name=value.source or name,
            as_of=value.as_of,
            rows=rows,
            truncated=value.truncated,
            stale=value.stale,
            note=notes,
        )
    if isinstance(value, LedgerView):
        facts = value.facts
        notes = " ".join(facts.notes)
        return Source(name=facts.source, as_of=facts.as_of, rows=facts.cases, truncated=facts.truncated, note=notes)
    return Source(name=name, as_of=None)


def shortfall(*got: Got[Any]) -> tuple[Notice, ...]:
    """The notices of everything that failed, the same words once, with how many answered when some did not.

    Files that are not there are one notice when they are many: the answer begins below it.
    What the case ledger says against itself (closing times that are only last updates) is told here too: a figure
    that rests on it must not stand without it.
    """
    failed = [g for g in got if g.notice is not None]
    lacking = tuple(dict.fromkeys(g.lacks for g in failed if g.lacks))
    many = len(lacking) > SINGLY
    told = [g for g in failed if not (many and g.lacks)]
    notices = tuple({g.source.note or g.source.name: g.notice for g in told if g.notice is not None}.values())
    notices += (_lacking(lacking),) if many else ()
    caveats = tuple(
        Notice(level="warning", text=spans(f"{g.source.name}: {note}"))
        for g in got
        if isinstance(g.value, LedgerView)
        for note in g.value.facts.notes
    )
    if not failed:
        return caveats
    count = f"{len(got) - len(failed)} of {len(got)} sources answered; what needs the others is left out, not zero."
    return (*notices, Notice(level="info", text=spans(count)), *caveats)


def _lacking(files: tuple[str, ...]) -> Notice:
    text = f"{len(files)} files of the organisation are missing or not filled in: {', '.join(files)}. "
    return Notice(level="warning", text=spans(text, Mono(text="soc-bot doctor"), " says what to write."))
