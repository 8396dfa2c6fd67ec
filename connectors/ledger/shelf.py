"""Months as they were derived, kept beside their sources: a restart or another view reads columns and derives nothing.

All of it can be made again from the months themselves, so a file that is missing, damaged or made by other rules is
made again. `<folder>/derived/<month>-<key>.cases.parquet`, `.events.parquet` and `.json`, which holds their checksums.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from connectors.ledger import deriving, frames
from connectors.ledger.disk import Damaged, check, read_bytes, write_bytes, write_frame, write_packed
from connectors.ledger.events import PackedMonth
from connectors.ledger.manifest import Month, Part

KEY = 16


class Kept(BaseModel):
    """What lies there of one month; `deleted` cases are left out of it. `first`: its earliest event."""

    cases: Part
    events: Part
    first: datetime | None
    deleted: int


@dataclass(frozen=True, slots=True)
class Derived:
    """One month as the port documents it, without its deleted cases."""

    cases: pl.DataFrame
    events: PackedMonth
    deleted: int


class Shelf:
    """Blocking: call it in a thread. Replicas that share the folder write the same under the same names."""

    def __init__(self, folder: Path, automation: Collection[str]) -> None:
        self._folder, self._automation = folder, "\n".join(sorted(automation))

    def has(self, name: str, source: Month) -> bool:
        """Is there one of these very files? Whether it is whole is found out by reading it."""
        return self._note(name, source).exists()

    def read(self, name: str, source: Month) -> Derived | None:
        """That month; None when it must be derived."""
        try:
            kept = Kept.model_validate_json(self._note(name, source).read_bytes())
            check(self._folder, kept.cases)
            cases = pl.read_parquet(self._folder / kept.cases.file, memory_map=False)
            events = PackedMonth(name, read_bytes(self._folder, kept.events), kept.events.rows, kept.first)
            return Derived(cases, events, kept.deleted)
        except (OSError, ValueError, Damaged):
            return None

    def write(self, name: str, source: Month, found: Derived) -> None:
        """Keep it, and drop what was derived from other files of that month. OSError when the disk refuses."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stem, events = self._note(name, source).stem, found.events
        kept = Kept(
            cases=write_frame(self._folder, f"{stem}.cases.parquet", found.cases),
            events=write_packed(self._folder, f"{stem}.events.parquet", events.content, events.rows),
            first=events.first,
            deleted=found.deleted,
        )
        write_bytes(self._folder / f"{stem}.json", kept.model_dump_json().encode())
        for old in self._folder.glob(f"*{name}-*"):
            if stem not in old.name:
                with contextlib.suppress(FileNotFoundError):
                    old.unlink()

    def _note(self, name: str, source: Month) -> Path:
        """The key says from what and by which rules it was derived."""
        made = "\n".join((_rules(), self._automation, source.cases.sha256, source.events.sha256))
        return self._folder / f"{name}-{hashlib.sha256(made.encode()).hexdigest()[:KEY]}.json"


@cache
def _rules() -> str:
    """Checksum of the code that derives: nobody has to remember to raise a version."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (deriving, frames))
    return hashlib.sha256(code + pl.__version__.encode()).hexdigest()
