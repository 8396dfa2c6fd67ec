"""The base of every row of an organisation file."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

STALE_DAYS = 365
"""Reference data looked up longer ago than this is stale: laws and standards are revised about once a year."""


class Record(BaseModel):
    """A row of an organisation file, and what is to be known of that file."""

    # Eighty records, of which a question reads a few: each builds its validator when first read.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)

    FILE: ClassVar[str] = ""
    """The file's name in the organisation's folder."""
    PURPOSE: ClassVar[str] = ""
    """What the file is for, as the end of "… is missing: "."""
    ONE: ClassVar[bool] = False
    """The file holds one mapping instead of a list."""
    SHIPPED: ClassVar[bool] = False
    """Reference data: a copy comes with the product and counts unless the organisation's folder has its own."""


def stale(checked: date | None, today: date) -> bool:
    """Looked up too long ago; what was never looked up is not stale but unchecked, which its row says in words."""
    return checked is not None and (today - checked).days > STALE_DAYS
