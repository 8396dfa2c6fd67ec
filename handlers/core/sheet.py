"""Collects a reply's figures, each with its definition, source and freshness, and the cases behind them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from connectors.errors import StateError
from connectors.models.reading import Window
from connectors.ports import Store
from handlers.core.access import TLP_ORDER, Permission, Tlp, fits
from handlers.core.call import Authorised
from handlers.core.soc import Soc
from messages.document import Document, Source, Value
from messages.figures import Cases, Figure, FigureWindow, Unit

KEPT_CASES = 5_000
KEPT_SECONDS = 7 * 86_400
USUAL: Tlp = "amber"
"""What cases behind a figure are whose answer is marked as no more."""


def snapshot_key(snapshot: str) -> str:
    """Where the cases behind a figure are kept."""
    return f"snap:{snapshot}"


def level_key(call_id: str) -> str:
    """Where the TLP of an answer is kept whose cases are more than USUAL."""
    return f"snaplevel:{call_id}"


async def classify(document: Document, store: Store) -> None:
    """Keep how far the cases behind an answer's figures go, for as long as they are kept: as far as it. StateError."""
    if not fits(document.tlp, USUAL) and any(figure.cases for figure in document.figures):
        await store.put(level_key(document.call), document.tlp, KEPT_SECONDS)


async def level(snapshot: str, store: Store) -> Tlp:
    """How far the cases of a snapshot go. StateError."""
    kept = await store.get(level_key(snapshot.rpartition(".")[0]))
    return USUAL if kept is None else next((tlp for tlp in TLP_ORDER if tlp == kept), "red")


class Sheet:
    """Figures of one reply. `needs` is the permission that opening a figure's cases asks for again."""

    def __init__(self, call: Authorised, soc: Soc, needs: Permission, private: bool = False) -> None:
        self._call, self._soc, self._needs, self._private = call, soc, needs, private
        self._figures: dict[str, Figure] = {}
        self._cases: dict[str, tuple[str, list[str]]] = {}

    def add(
        self,
        figure_id: str,
        label: str,
        value: float | None,
        unit: Unit,
        *,
        definition: str,
        sources: Sequence[Source],
        cases: Iterable[str] | None = None,
        window: Window | None = None,
        truncated: bool = False,
        **more: Any,
    ) -> Value:
        """Add a figure and return the span that shows it. `cases` are the ids behind it; `more` are Figure fields."""
        times = [source.as_of for source in sources if source.as_of is not None]
        behind = None
        if cases is not None:
            ids = list(dict.fromkeys(cases))
            snapshot = f"{self._call.id}.{len(self._cases)}"
            self._cases[snapshot] = (label, ids)
            behind = Cases(snapshot=snapshot, count=len(ids))
        self._figures[figure_id] = Figure(
            id=figure_id,
            label=label,
            value=value,
            unit=unit,
            definition=definition,
            sources=tuple(dict.fromkeys(source.name for source in sources)),
            as_of=min(times) if times else self._soc.clock.now(),
            truncated=truncated or any(source.truncated for source in sources),
            window=FigureWindow(start=window.start, end=window.end) if window else None,
            cases=behind,
            **more,
        )
        return Value(figure=figure_id)

    def __contains__(self, figure_id: str) -> bool:
        return figure_id in self._figures

    def __getitem__(self, figure_id: str) -> Figure:
        return self._figures[figure_id]

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(self._figures.values())

    async def keep(self) -> tuple[Figure, ...]:
        """Store the cases behind each figure for a week, and return all figures."""
        for snapshot, (label, ids) in self._cases.items():
            kept = {
                "label": label,
                "needs": self._needs.value,
                "private": self._private,
                "person": self._call.principal.person,
                "at": _iso(self._soc.clock.now()),
                "count": len(ids),
                "ids": ids[:KEPT_CASES],
            }
            try:
                await self._soc.store.put(snapshot_key(snapshot), json.dumps(kept), KEPT_SECONDS)
            except StateError:
                # The figures stand without Redis; only opening them does not.
                return tuple(figure.model_copy(update={"cases": None}) for figure in self.figures)
        return self.figures


def _iso(at: datetime) -> str:
    return at.isoformat()
