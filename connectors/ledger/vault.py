"""The folder `SOC_BOT_DATA/ledger/<org>/`: one Parquet file of cases and one of their events a month, and the manifest.

A commit writes new files beside the old ones and then replaces the manifest, so that a crash at any point leaves the
ledger as it was before or as it is after.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from connectors.errors import Unavailable, Unreadable
from connectors.ledger.disk import Damaged, check, write_bytes, write_frame
from connectors.ledger.frames import EVENTS, NO_EVENTS, NO_ORIGINS, NO_STORED, STORED
from connectors.ledger.manifest import VERSION, Manifest, Month, Part

NAME = "Case ledger"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Change:
    """New content of one month; a frame that is None stays as it is."""

    cases: pl.DataFrame | None = None
    events: pl.DataFrame | None = None


class Vault:
    """Blocking: call it in a thread. `tenant` names whose cases these are."""

    def __init__(self, folder: Path, tenant: str) -> None:
        self.folder, self.tenant = folder, tenant
        self.manifest = Manifest(folder="", tenant=tenant)

    def open(self) -> list[str]:
        """The manifest as it lies there; a new one where there is none. Unreadable for another tenant's."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, told = self.folder / MANIFEST, list[str]()
        try:
            self.reload()
            return told
        except FileNotFoundError:
            pass
        except ValueError:
            path.replace(path.with_name(f"{MANIFEST}.damaged"))
            told.append("The case ledger's manifest was damaged and set aside: all cases are read again.")
        fresh = Manifest(folder=secrets.token_hex(8), tenant=self.tenant)
        write_bytes(path, fresh.model_dump_json(indent=1).encode(), new=True)
        self.reload()
        return told

    def reload(self) -> None:
        """The manifest as another replica may have written it. Unreadable for another tenant's; ValueError."""
        found = Manifest.model_validate_json((self.folder / MANIFEST).read_bytes())
        if found.tenant != self.tenant or found.version != VERSION:
            why = f"folder {self.folder.name} holds another tenant's cases or another version's"
            raise Unreadable(NAME, f"{why}: set SOC_BOT_ORG, or move the folder away")
        if found != self.manifest:
            self.manifest = found

    def verify(self) -> list[str]:
        """Months whose files are damaged leave the manifest for `refill`; the files are kept under another name."""
        told, bad = list[str](), set[str]()
        for part in self.manifest.files.values():
            try:
                check(self.folder, part)
            except Damaged as error:
                bad.add(part.file)
                told.append(f"{error}: set aside and read again.")
        if bad:
            self._set_aside(bad)
        return told

    def _set_aside(self, bad: set[str]) -> None:
        kept = self.manifest.model_copy(deep=True)
        for month, files in self.manifest.months.items():
            if {files.cases.file, files.events.file} & bad:
                del kept.months[month]
                kept.refill = sorted({*kept.refill, month})
                bad |= {files.cases.file, files.events.file}
        for name in ("stray_events", "stray_origins"):
            part = getattr(kept, name)
            if part is not None and part.file in bad:
                setattr(kept, name, None)
        for file in bad:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / file).replace(self.folder / f"{file}.damaged")
        self._replace(kept)

    def read(self, month: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Cases (STORED) and events (EVENTS) of a month; empty when it has none."""
        held = self.manifest.months.get(month)
        if held is None:
            return NO_STORED, NO_EVENTS
        return self.read_parts(held)

    def read_parts(self, month: Month) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Cases and events of these files."""
        return self._frame(month.cases), self._frame(month.events)

    def strays(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Events and origins of cases that are not held: not read yet, deleted, or older than the ledger."""
        events, origins = self.manifest.stray_events, self.manifest.stray_origins
        return self._frame(events) if events else NO_EVENTS, self._frame(origins) if origins else NO_ORIGINS

    def _frame(self, part: Part) -> pl.DataFrame:
        return pl.read_parquet(self.folder / part.file, memory_map=False)

    def cases(self) -> pl.LazyFrame:
        """All months' cases with a column `month`; nothing is read until columns and rows are chosen."""
        held = [
            pl.scan_parquet(self.folder / files.cases.file).with_columns(month=pl.lit(month))
            for month, files in sorted(self.manifest.months.items())
        ]
        return pl.concat(held) if held else NO_STORED.with_columns(month=pl.lit("")).lazy()

    def events(self, months: Iterable[str]) -> pl.LazyFrame:
        """These months' events."""
        held = [pl.scan_parquet(self.folder / self.manifest.months[month].events.file) for month in months]
        return pl.concat(held) if held else NO_EVENTS.lazy()

    def commit(
        self,
        changes: Mapping[str, Change],
        strays: tuple[pl.DataFrame, pl.DataFrame] | None = None,
        **fields: Any,
    ) -> None:
        """Write what changed, then replace the manifest with it and with these fields of its own."""
        new = self.manifest.model_copy(deep=True, update=fields)
        tag = f"{new.generation + 1:08d}-{secrets.token_hex(2)}"
        for month, change in changes.items():
            old = new.months.get(month)
            cases = self._part(f"{month}.cases.{tag}", change.cases, old.cases if old else None, STORED)
            events = self._part(f"{month}.events.{tag}", change.events, old.events if old else None, EVENTS)
            new.months[month] = Month(cases=cases, events=events)
            new.refill = [one for one in new.refill if one != month]
        if strays is not None:
            new.stray_events = write_frame(self.folder, f"strays.events.{tag}.parquet", strays[0])
            new.stray_origins = write_frame(self.folder, f"strays.origins.{tag}.parquet", strays[1])
        self._replace(new)
        self._sweep()

    def _sweep(self) -> None:
        """Drop files older than the manifest that it does not name: replaced ones, and what a killed commit left.

        Newer ones may be another replica's, about to be committed.
        """
        written, named = (self.folder / MANIFEST).stat().st_mtime_ns, self.manifest.files
        for path in self.folder.iterdir():
            ours = path.suffix == ".parquet" or path.name.startswith(".")
            with contextlib.suppress(FileNotFoundError):
                if ours and path.name not in named and path.stat().st_mtime_ns < written:
                    path.unlink()

    def _part(self, name: str, frame: pl.DataFrame | None, old: Part | None, schema: dict[str, Any]) -> Part:
        if frame is None and old is not None:
            return old
        content = pl.DataFrame(schema=schema) if frame is None else frame.select(*schema)
        return write_frame(self.folder, f"{name}.parquet", content)

    def _replace(self, new: Manifest) -> None:
        """Whoever lost the lease without noticing finds that the manifest went on without it, and stops."""
        there = Manifest.model_validate_json((self.folder / MANIFEST).read_bytes())
        if (there.folder, there.generation) != (new.folder, new.generation):
            raise Unavailable(NAME, "is being written by another replica")
        new.generation += 1
        write_bytes(self.folder / MANIFEST, new.model_dump_json(indent=1).encode())
        self.manifest = new

    @property
    def digest(self) -> str:
        """One checksum over all files', as Redis keeps it beside the generation."""
        names = "".join(f"{name}{part.sha256}" for name, part in sorted(self.manifest.files.items()))
        return hashlib.sha256(names.encode()).hexdigest()
