"""All readable files of a folder side by side, for rules that look across them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.models.organisation import Record
from connectors.models.organisation.attack import AttackBundle
from connectors.organisation.loading import Located

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Folder:
    """Every readable file; `bad` holds the sentences on those that cannot be used. `attack`: the own copy, if any."""

    records: dict[type[Record], tuple[Located[Any], ...]]
    bad: tuple[str, ...]
    attack: AttackBundle | None = None

    def of(self, record: type[R]) -> tuple[Located[R], ...]:
        return self.records.get(record, ())

    def any_of(self, record: type[Record]) -> tuple[Located[Any], ...]:
        """As `of`, for loops over several kinds of record that share a field."""
        return self.records.get(record, ())

    def readable(self, record: type[Record]) -> bool:
        return record in self.records


def at(record: type[Record], located: Located[Any]) -> str:
    """Where a record stands: "roster.yaml line 12"."""
    return f"{record.FILE} line {located.line}"
