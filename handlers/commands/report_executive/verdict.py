"""The bottom line: two sentences and a colour, each by a written rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.models.organisation import Ask, Commitment
from handlers.commands.report_executive.headline import Measure, rounded
from handlers.core import cells
from handlers.core.book import Book
from messages.document import Span, Status, Text, Value, Verdict, spans

SLIPPING = ("at risk", "late")
RULE = (
    "red: a headline measure misses its target beyond the amber edge and beyond noise; amber: one misses it less far "
    "or within noise, a commitment is late or at risk, or a decision is past its date; unknown: an input is missing "
    "and nothing is red or amber; otherwise green. Measures without a target are not judged."
)


def verdict(  # noqa: PLR0917 - the bottom line draws on every part
    book: Book, measures: Sequence[Measure], asks: Sequence[Ask] | None, promised: Sequence[Commitment] | None,
    today: date, ok: bool,
) -> Verdict:  # fmt: skip
    """`ok`: every input of the rule answered; `asks` and `promised` None: their file did not."""
    text = spans(*_first(book, measures), " ", *_second(asks, promised, today))
    return Verdict(text=text, status=overall(measures, asks or (), promised or (), today, ok), rule=RULE)


def overall(
    measures: Sequence[Measure], asks: Sequence[Ask], promised: Sequence[Commitment], today: date, ok: bool
) -> Status:
    """RULE as code."""
    colours = [measure.status for measure in measures]
    if "red" in colours:
        return "red"
    if "amber" in colours or any(c.status in SLIPPING for c in promised) or any(a.decide_by < today for a in asks):
        return "amber"
    return "green" if ok and not any(measure.missing for measure in measures) else "unknown"


def _first(book: Book, measures: Sequence[Measure]) -> Text:
    parts: list[str | Span] = list(detected(book))
    sla = next(measure for measure in measures if measure.figure == "sla.attainment")
    if book.sheet["sla.attainment"].value is not None:
        parts += ["; ", rounded(book, "sla.attainment"), " of promises to resolve were kept"]
        if target := book.targets.get("sla.attainment"):
            parts.append(f" (target {target.value:.0%}".replace("%", " %") + f"): {sla.remark}")
    missed = [measure.name.lower() for measure in measures if measure.status in ("red", "amber") and measure is not sla]
    also = "also " if sla.status in ("red", "amber") else ""
    return spans(*parts, f"; {also}off target: {', '.join(missed)}." if missed else ".")


def detected(book: Book) -> Text:
    """Never "no incidents": what was not seen may still be there."""
    count = book.sheet["incidents.count"].value
    if count is None:
        return spans("Incidents could not be counted")
    seen = ("; visibility ", rounded(book, "visibility.services"))
    if book.sheet["visibility.services"].value is None:
        seen = ("; visibility not known",)  # type: ignore[assignment]
    if count == 0:
        return spans("No incidents detected", *seen)
    major: list[str | Value] = []
    for priority in ("critical", "high"):
        major += [", " if major else "", rounded(book, f"incidents.{priority}"), f" {priority}"]
    noun = " incident detected (" if count == 1 else " incidents detected ("
    return spans(rounded(book, "incidents.count"), noun, *major, ")", *seen)


def _second(asks: Sequence[Ask] | None, promised: Sequence[Commitment] | None, today: date) -> Text:
    """What is asked, and how the last promises stand; a missing file is not "none"."""
    asked = "No decision is asked of you"
    if asks is None:
        asked = "Which decisions are asked of you is not known (asks.yaml)"
    elif asks:
        first = min(a.decide_by for a in asks)
        past = " (past)" if first < today else ""
        verb = "is" if len(asks) == 1 else "are"
        asked = f"{cells.counted(len(asks), 'decision')} {verb} asked of you, the first by {first}{past}"
    kept = "how commitments stand is not known (commitments.yaml)" if promised is None else ""
    if promised:
        slipping = sum(c.status in SLIPPING for c in promised)
        kept = f"{slipping} of {cells.counted(len(promised), 'commitment')} late or at risk"
    return spans(f"{asked}{'; ' if kept else ''}{kept}.")
