"""Table cells and small print that many commands write the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from typing import TypeVar

from handlers.core.errors import NotFound
from messages.document import Column, Context, Moment, Plain, Source, Span, Table, Text, spans

T = TypeVar("T")
NONE = "—"


def row(*cells: str | Span | None) -> tuple[Text, ...]:
    """One table row; None and "" are shown as a dash."""
    return tuple(spans(NONE if cell in (None, "") else cell) for cell in cells)


def table(caption: str, labels: Sequence[str], rows: Iterable[tuple[Text, ...]], total: int | None = None) -> Table:
    """A table; a label that begins with ">" aligns right. `total`: rows that exist when fewer are given."""
    columns = tuple(Column(label=label.lstrip(">"), align="right" if label[:1] == ">" else "left") for label in labels)
    kept = tuple(rows)
    return Table(caption=caption, columns=columns, rows=kept, total=total if total and total > len(kept) else None)


def moment(at: datetime | None) -> Span | None:
    """An instant, or None (a dash) when there is none."""
    return None if at is None else Moment(at=at)


def shorten(text: str, most: int) -> str:
    """At most `most` characters, and how many were left out: nothing is cut silently."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most].rstrip()}… ({len(text) - most:,} characters more)"


def names(items: Sequence[str], most: int = 5) -> str:
    """ "a, b and 7 more"; empty for none."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 case", "1,204 cases"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def page_of(items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int]:
    """The items of a page (from 1) and how many pages there are. Raises NotFound for a page that does not exist."""
    pages = max(1, ceil(len(items) / size))
    if page > pages:
        raise NotFound(f"There is no page {page}; the last one is {pages}.", f"Ask for --page {pages} or less.")
    return items[(page - 1) * size : page * size], pages


def quality(sources: Iterable[Source], *more: str) -> Context:
    """The data-quality line: source, when asked, rows, what was cut or stale, then any further sentences."""
    parts: list[str | Span] = []
    for source in sources:
        parts += [" · " if parts else "", source.name]
        if not source.ok or source.as_of is None:
            parts.append(" (did not answer)" if not source.ok else "")
            continue
        parts += [" as of ", Moment(at=source.as_of)]
        facts = [counted(source.rows, "row")] if source.rows is not None else []
        facts += ["truncated"] if source.truncated else []
        facts += ["stale"] if source.stale else []
        parts.append(f" ({', '.join(facts)})" if facts else "")
        parts.append(f" {source.note}" if source.note else "")
    text = " ".join(sentence for sentence in more if sentence)
    parts += [f"{' · ' if parts else ''}{text}"] if text else []
    return Context(text=tuple(Plain(text=part) if isinstance(part, str) else part for part in parts if part))
