"""What lies in the ledger's folder: which files make up which month, how far the fill is, how far it was refreshed."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

VERSION = 1


class Part(BaseModel):
    """One Parquet file. A file whose SHA-256 differs is not what was written, and is not read."""

    file: str
    rows: int
    sha256: str


class Month(BaseModel):
    """Cases created in one month of UTC, and all their events whenever they happened."""

    cases: Part
    events: Part


class Manifest(BaseModel):
    """The index of the folder, replaced as a whole: a file that it does not name is not part of the ledger.

    `folder` is a random name of the folder itself. `start` is how far back the fill goes, `filled_from` how far back it
    has come (newest first, without gaps). `as_of`: cases are complete up to then; `watermark`: so is their history;
    `origins_at`: so are their origins. None for the latter two: nothing was granted yet, and all of it is asked again.
    """

    version: int = VERSION
    folder: str
    tenant: str
    generation: int = 0
    start: datetime | None = None
    filled_from: datetime | None = None
    expected: int | None = None
    as_of: datetime | None = None
    watermark: datetime | None = None
    origins_at: datetime | None = None
    swept_at: datetime | None = None
    months: dict[str, Month] = Field(default_factory=dict)
    stray_events: Part | None = None
    stray_origins: Part | None = None
    refill: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    truncated: bool = False
    refused_to: datetime | None = None
    """History of cases created before then was refused as too old."""
    refusal: str = ""

    @property
    def complete(self) -> bool:
        """Has the fill come to its end?"""
        return self.start is not None and self.filled_from is not None and self.filled_from <= self.start

    @property
    def files(self) -> dict[str, Part]:
        """Every file by its name."""
        parts = [part for month in self.months.values() for part in (month.cases, month.events)]
        return {part.file: part for part in (*parts, self.stray_events, self.stray_origins) if part is not None}

    @property
    def cases(self) -> int:
        """Cases held, deleted ones included."""
        return sum(month.cases.rows for month in self.months.values())
