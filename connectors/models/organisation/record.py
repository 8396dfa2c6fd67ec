"""The base of every row of an organisation file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A row of an organisation file."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
