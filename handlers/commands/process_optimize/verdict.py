"""Which step to mend first: the words and the colour by a written rule."""

from __future__ import annotations

from typing import Any

from handlers.commands.process_optimize.work import Found, Inputs
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.fetch import Got
from messages.document import Span, Status, Text, Value, Verdict, spans
from messages.prose import quantity

WORTH_MONTHS = 24
"""An automation that takes longer to pay back is not recommended."""
RULE = (
    "red: fewer than half of the checked cases show every mandatory step; unknown: the case ledger, handling times, "
    "runbooks or hunts are missing, or the ledger does not hold the whole period; amber: rework above the policy's "
    "share, mandatory steps below the adherence target (both beyond their 95 % interval), or a hunt overdue; "
    f"otherwise green. Automate first: most hours a month among what pays back within {WORTH_MONTHS} months"
)


def verdict(inputs: Inputs, found: Found, book: Book) -> Verdict:
    """RULE as code."""
    status, why = _judged(inputs, found, book)
    return Verdict(text=_text(found, why), status=status, rule=RULE)


def _text(found: Found, why: list[str]) -> Text:
    if found.flow is None:
        return spans("The case ledger did not answer: how work flows is unknown.")
    said = "; ".join(why)
    parts: list[str | Span] = [f"{said[0].upper()}{said[1:]}. "] if said else []
    stuck = found.bottleneck
    if stuck is not None:
        parts += [f"Cases wait longest in {stuck.stage}: ", Value(figure="waiting.bottleneck.hours"),
                  " without an owner."]  # fmt: skip
    else:
        parts.append("No case waited without an owner.")
    gain = [one for one in found.scored or () if one.item.status != "live" and one.net > 0]
    worth = [one for one in gain if one.payback is not None and one.payback <= WORTH_MONTHS]
    for best in (worth or gain)[:1]:
        lead = "Automate first" if worth else f"Nothing to automate pays back in {WORTH_MONTHS} months; most hours"
        parts += [f" {lead}: {best.item.title}, ", Value(figure=f"automation.{best.item.id}.hours"),
                  f" a month, pays back in {months(best.payback)}."]  # fmt: skip
    return spans(*parts)


def _judged(inputs: Inputs, found: Found, book: Book) -> tuple[Status, list[str]]:
    """The colour by RULE and, unless it is green, what made it so."""
    policy = inputs.assumed
    held = {figure.id: figure for figure in book.sheet.figures}
    steps = held.get("conformance.share")
    if steps is not None and steps.high is not None and steps.high < 0.5:
        return "red", ["fewer than half of the checked cases show every mandatory step"]
    lacking = _lacking(inputs, found)
    if not lacking and (steps is None or steps.value is None):
        lacking = ["no case could be checked for mandatory steps"]
    if lacking:
        return "unknown", lacking
    rework = book.sheet["workflow.rework"]
    late = len(found.hunting.overdue) if found.hunting is not None else 0
    loops = rework.low is not None and rework.low > policy.open_loops
    short = steps is not None and steps.high is not None and steps.high < policy.adherence_target
    why = [
        *([f"rework is above {quantity(policy.open_loops, 'share')} of the cases"] if loops else []),
        *([f"mandatory steps are below {quantity(policy.adherence_target, 'share')}"] if short else []),
        *([f"{cells.counted(late, 'hunt')} {'is' if late == 1 else 'are'} overdue"] if late else []),
    ]
    return ("amber" if why else "green"), why


def _lacking(inputs: Inputs, found: Found) -> list[str]:
    needed: dict[str, Got[Any]] = {
        "the case ledger": inputs.ledger,
        "handling_times.yaml": inputs.times,
        "runbooks.yaml": inputs.books,
        "hunts.yaml": inputs.hunts,
    }
    missing = [name for name, got in needed.items() if not got.ok]
    said = [f"not judged without {cells.names(missing, 4)}"] if missing else []
    return said + (["the ledger does not hold the whole period"] if found.incomplete else [])


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
