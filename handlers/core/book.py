"""Figures of one window with their targets, and the colour that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.models.organisation import Target
from connectors.models.reading import Window
from handlers.analysis.proportions import Share
from handlers.core.fetch import Got
from handlers.core.sheet import Sheet
from messages.document import Source, Status, Text, Value, spans
from messages.figures import Figure, Unit


class Book:
    """Adds figures that share sources, window and the organisation's targets."""

    def __init__(
        self, sheet: Sheet, sources: Sequence[Source], window: Window | None, targets: Iterable[Target]
    ) -> None:
        self.sheet, self.sources, self.window = sheet, tuple(sources), window
        self.targets = {target.figure: target for target in targets}

    def over(self, window: Window | None, *sources: Source) -> Book:
        """The same sheet and targets, for another window or other sources."""
        return Book(self.sheet, sources or self.sources, window, self.targets.values())

    def add(self, figure_id: str, label: str, value: float | None, unit: Unit, definition: str, **more: Any) -> Value:
        """Add a figure; target and direction come from the targets file unless given. No cases: nothing to open."""
        more["cases"] = more.get("cases") or None
        target = self.targets.get(figure_id)
        if target is not None:
            more = {"target": target.value, "better": target.better} | more
        return self.sheet.add(
            figure_id, label, value, unit, definition=definition, sources=self.sources, window=self.window, **more
        )

    def share(self, figure_id: str, label: str, found: Share, definition: str, **more: Any) -> Value:
        """Add a share with its Wilson interval; none of nothing is no value."""
        known = found.value is not None
        note = more.pop("note", "") or ("" if known else "nothing to take a share of")
        return self.add(
            figure_id,
            label,
            found.value,
            "share",
            f"{definition} (95 % Wilson interval).",
            n=found.n,
            statistic="share",
            low=found.low if known else None,
            high=found.high if known else None,
            note=note,
            **more,
        )

    def colour(self, figure_id: str) -> Status:
        """Against its target: green when met, amber up to the amber edge, red beyond, unknown without value or target.

        A share whose interval still holds the target is at worst amber: within noise.
        """
        target = self.targets.get(figure_id)
        if target is None or figure_id not in self.sheet or self.sheet[figure_id].value is None:
            return "unknown"
        return judged(self.sheet[figure_id], target)


def files(*got: Got[Any] | None) -> list[Source]:
    """Sources that are files of the organisation and answered: named, but their age is no figure's freshness."""
    return [one.source.model_copy(update={"as_of": None}) for one in got if one is not None and one.ok]


def judged(figure: Figure, target: Target) -> Status:
    """The colour of a figure that has a value."""
    sign = 1 if target.better == "lower" else -1
    value = float(figure.value or 0)
    if sign * value <= sign * target.value:
        return "green"
    best = figure.low if target.better == "lower" else figure.high
    noise = figure.unit == "share" and best is not None and sign * best <= sign * target.value
    within = target.amber is not None and sign * value <= sign * target.amber
    return "amber" if noise or within else "red"


def worst(colours: Sequence[Status]) -> Status:
    """The worst of several; red stands even when another is unknown, green needs all to be known."""
    if "red" in colours:
        return "red"
    if not colours or "unknown" in colours:
        return "unknown"
    return "amber" if "amber" in colours else "green"


def cell(part: str | Value) -> Text:
    """One cell of a table."""
    return spans(part)
