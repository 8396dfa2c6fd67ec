"""Which step to mend first: the words and the colour by a written rule."""

from __future__ import annotations

from handlers.commands.process_optimize.work import Found, Inputs
from handlers.core import cells
from handlers.core.book import Book
from messages.document import Span, Status, Text, Value, Verdict, spans
from messages.prose import quantity

RULE = (
    "red: fewer than half of the checked cases show every mandatory step; unknown: the case ledger, handling times, "
    "runbooks or hunts are missing, or the ledger does not hold the whole period; amber: rework above the policy's "
    "share, mandatory steps below the adherence target (both beyond their 95 % interval), or a hunt overdue; "
    "otherwise green"
)


def verdict(inputs: Inputs, found: Found, book: Book) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(found), status=_status(inputs, found, book), rule=RULE)


def _text(found: Found) -> Text:
    if found.flow is None:
        return spans("The case ledger did not answer: how work flows is unknown.")
    parts: list[str | Span] = []
    stuck = found.bottleneck
    if stuck is not None:
        parts += [f"Cases wait longest in {stuck.stage}: ", Value(figure="waiting.bottleneck.hours"),
                  " without an owner. "]  # fmt: skip
    else:
        parts.append("No case waited without an owner. ")
    best = next(iter(found.scored or ()), None)
    if best is not None and best.net > 0:
        parts += [f"Automate first: {best.item.title}, ", Value(figure=f"automation.{best.item.id}.hours"),
                  " a month."]  # fmt: skip
    return spans(*parts)


def _status(inputs: Inputs, found: Found, book: Book) -> Status:
    policy = inputs.assumed
    held = {figure.id: figure for figure in book.sheet.figures}
    steps = held.get("conformance.share")
    if steps is not None and steps.high is not None and steps.high < 0.5:
        return "red"
    needed = (inputs.ledger, inputs.times, inputs.books, inputs.hunts)
    if any(not got.ok for got in needed) or found.incomplete or steps is None or steps.value is None:
        return "unknown"
    rework = book.sheet["workflow.rework"]
    loops = rework.low is not None and rework.low > policy.open_loops
    short = steps.high is not None and steps.high < policy.adherence_target
    late = found.hunting is not None and bool(found.hunting.overdue)
    return "amber" if loops or short or late else "green"


def needs(found: Found) -> list[Text]:
    """At most five lines, each with its owner or its case."""
    out: list[Text] = []
    stuck = found.bottleneck
    if stuck is not None:
        ids = cells.names([f"#{one}" for one in stuck.ids], 3)
        waited = quantity(stuck.waiting / max(stuck.entered, 1), "seconds")
        out.append(spans(f"{stuck.stage}: {waited} without an owner per case that entered; longest {ids}."))
    for one in found.quick_wins[:1]:
        item = one.item
        missing = f"; first: {cells.names(item.prerequisites, 2)}" if item.prerequisites else ""
        out.append(spans(f"Quick win: {item.title}, pays back in {months(one.payback)}{missing} "
                         f"(owner {item.owner or 'nobody'})."))  # fmt: skip
    for judged in [c for c in found.checked or () if c.bad][:1]:
        ids = cells.names([f"#{one}" for one in judged.bad], 3)
        out.append(spans(f"{judged.runbook.title}: {len(judged.bad)} of {judged.cases} cases lack a mandatory step, "
                         f"{ids} (owner {judged.runbook.owner or 'nobody'})."))  # fmt: skip
    for hunt in found.hunting.overdue if found.hunting else ():
        out.append(spans(f"Hunt overdue since {hunt.due}: {hunt.title} (owner {hunt.owner})."))
    return out[:5]


def months(payback: float | None) -> str:
    """ "1.1 months", "never"."""
    return "never" if payback is None else f"{payback:.1f} months"
