"""What falls short of an answer is told."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from connectors.errors import NotConfigured, Unavailable
from connectors.ledger.events import EventFrame
from connectors.models.cases import LedgerFacts
from connectors.ports import LedgerView
from handlers.core.fetch import SINGLY, fetch, shortfall
from messages.document import Plain

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


async def _view(*notes: str) -> LedgerView:
    facts = LedgerFacts("Case ledger", NOW, NOW, 0, 0, False, NOW, notes)
    return LedgerView(pl.DataFrame(), EventFrame(pl.DataFrame()), facts)


async def _away() -> LedgerView:
    raise Unavailable("Case desk", "is away")


def _words(notices: object) -> list[str]:
    return ["".join(span.text for span in n.text if isinstance(span, Plain)) for n in notices]  # type: ignore[attr-defined]


async def test_what_the_ledger_says_against_itself_is_a_notice() -> None:
    """Closing times that are only last updates are told beside the figures, even when every source answered."""
    told = shortfall(await fetch("Case ledger", _view("3 closing times are last updates.")))
    assert _words(told) == ["Case ledger: 3 closing times are last updates."]
    assert shortfall(await fetch("Case ledger", _view())) == ()


async def test_the_same_failure_is_told_once() -> None:
    """Two questions to one backend that fail alike are one warning, and both are counted as unanswered."""
    told = _words(shortfall(await fetch("Cases", _away()), await fetch("History", _away())))
    assert told[:-1] == ["Case desk is away."]
    assert told[-1].startswith("0 of 2 sources answered")


async def _lacking(file: str) -> LedgerView:
    raise NotConfigured("Organisation", f"has no {file}: write that file", f"{file} (what it is for)")


async def test_many_missing_files_are_one_notice() -> None:
    """A few missing files are told one by one, many in one sentence that names each; a backend that is away stays."""
    names = [f"file{number}.yaml" for number in range(SINGLY + 1)]
    got = [await fetch(name, _lacking(name)) for name in names]
    few = _words(shortfall(*got[:SINGLY]))
    assert few[:SINGLY] == [f"Organisation has no {name}: write that file." for name in names[:SINGLY]]
    away, many, count = _words(shortfall(*got, await fetch("Case ledger", _away())))
    assert "is away" in away and count.startswith("0 of 5")
    assert many.startswith("4 files of the organisation") and all(f"{name} (what it is for)" in many for name in names)
