"""Months in memory, derived and narrow: read when first asked for, dropped when their files change."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from connectors.ledger import deriving
from connectors.ledger.deriving import tell
from connectors.ledger.disk import packed
from connectors.ledger.events import PackedEvents, PackedMonth
from connectors.ledger.frames import NO_EVENTS, NO_STORED
from connectors.ledger.manifest import Manifest
from connectors.ledger.shelf import Derived, Shelf
from connectors.ledger.vault import Vault
from connectors.ports import LedgerView

Files = tuple[str, str]
"""From which a month was derived."""


@dataclass(frozen=True, slots=True)
class Told:
    """`deriving.Known` of a view over several months."""

    as_of: datetime
    watermark: datetime
    truncated: bool
    notes: tuple[str, ...]


class Months:
    """Blocking: call it in a thread."""

    def __init__(self, vault: Vault, automation: frozenset[str], source: str) -> None:
        self._vault, self._automation, self._source = vault, automation, source
        self._shelf = Shelf(vault.folder / "derived", automation)
        self._held: dict[str, tuple[Files, Derived]] = {}

    def view(self, manifest: Manifest, since: datetime, notes: tuple[str, ...], *, truncated: bool) -> LedgerView:
        """Every case created since then, and those of the same month before. FileNotFoundError: replaced meanwhile."""
        first = f"{since:%Y-%m}"
        names = [name for name in sorted(manifest.months) if name >= first]
        found = [self._month(manifest, name) for name in names]
        nothing = [] if found else [deriving.month(NO_STORED, NO_EVENTS, self._automation)[0]]
        cases = pl.concat([*(month.cases for month in found), *nothing], rechunk=False)
        events = PackedEvents([month.events for month in found])
        if deleted := sum(month.deleted for month in found):
            notes = (*notes, f"{deleted} cases were deleted at the desk and are left out.")
        as_of = manifest.as_of or since
        told = Told(as_of, manifest.watermark or as_of, truncated or manifest.truncated, notes)
        return tell(cases, events, told, complete_from(manifest, since), self._source)

    def prepare(self, manifest: Manifest) -> None:
        """Derive the months that are whole and not on the shelf yet, one after the other, keeping none in memory.

        What is held is let go first: the peak is one month being derived, not that beside all others. Reading them
        again from the shelf takes half a second for a million cases.
        """
        filled = manifest.filled_from
        missing = [
            name
            for name, files in manifest.months.items()
            if (manifest.complete or (filled is not None and f"{filled:%Y-%m}" < name))
            and not self._shelf.has(name, files)
        ]
        if missing:
            self._held.clear()
        for name in missing:
            with contextlib.suppress(FileNotFoundError):  # replaced meanwhile: whoever did it prepares it
                self._derive(manifest, name)

    def _month(self, manifest: Manifest, name: str) -> Derived:
        source = manifest.months[name]
        files = (source.cases.file, source.events.file)
        if name not in self._held or self._held[name][0] != files:
            self._held.pop(name, None)
            self._held[name] = (files, self._shelf.read(name, source) or self._derive(manifest, name))
        return self._held[name][1]

    def _derive(self, manifest: Manifest, name: str) -> Derived:
        source = manifest.months[name]
        stored, events = self._vault.read_parts(source)
        cases, steps = deriving.month(stored, events, self._automation)
        first: Any = steps.get_column("at").min()
        found = Derived(cases, PackedMonth(name, packed(steps), steps.height, first), stored.height - cases.height)
        with contextlib.suppress(OSError):  # the answer does not need it, and a full disk is told by the next commit
            self._shelf.write(name, source, found)
        return found


def complete_from(manifest: Manifest, since: datetime) -> datetime | None:
    """Every case created since then is in a view that was asked for `since`; None: nothing is held yet."""
    if manifest.filled_from is None:
        return manifest.as_of
    first = datetime(since.year, since.month, 1, tzinfo=since.tzinfo)
    return max(manifest.filled_from, first)
