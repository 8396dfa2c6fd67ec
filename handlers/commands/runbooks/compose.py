"""What is shown of runbooks: figures, words, colour, tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.models.organisation import Target
from connectors.models.organisation.process import ProcessPolicy, Runbook, RunbookUse
from connectors.models.reading import Reading
from handlers.analysis.proportions import Share, wilson
from handlers.analysis.runbook_health import FEW, PERSONA, Health
from handlers.core import cells
from handlers.core.book import Book, files
from handlers.core.fetch import Got, shortfall
from handlers.core.sheet import Sheet
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Document,
    Heading,
    KpiStrip,
    Notice,
    Status,
    Table,
    Text,
    Value,
    Verdict,
    spans,
)
from messages.prose import quantity

STRIP = ("runbooks.count", "runbooks.stale", "runbooks.unowned", "runbooks.adherence", "runbooks.use")
RULE = (
    "red: a response runbook is surely followed less often than the target (the 95 % interval's upper end is below "
    "it); unknown: the catalogue or the samples are missing; amber: one is stale, never reviewed, without an owner, "
    "missing, or any other is surely below the target; otherwise green"
)
EFFECT = (
    f"Effect: minutes without the runbook − with it, per case. Under {FEW} cases on either side it is too few to call. "
    "It compares cases as they came, not equal ones: who uses a runbook may also differ otherwise."
)
SORTING = {"triage": 0, "response": 1, "analysis": 2, "reporting": 3}


@dataclass(frozen=True)
class Inputs:
    """The catalogue, the samples, the policy, the targets."""

    books: Got[Reading[Runbook]]
    uses: Got[Reading[RunbookUse]]
    policy: Got[Reading[ProcessPolicy]]
    targets: Got[Reading[Target]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return (self.books, self.uses, self.policy, self.targets)

    @property
    def assumed(self) -> ProcessPolicy:
        """The organisation's policy, or the defaults of the record."""
        return self.policy.value.items[0] if self.policy.value and self.policy.value.items else ProcessPolicy()


def figures(book: Book, found: Sequence[Health], inputs: Inputs) -> None:
    """Nothing is counted that could not be read."""
    if inputs.books.ok:
        own = book.over(None, *files(inputs.books))
        own.add("runbooks.count", "Runbooks", len(found), "count", "Runbooks in the catalogue.")
    if inputs.books.ok and found:
        own = book.over(None, *files(inputs.books))
        own.add("runbooks.stale", "Not reviewed in time", sum(h.stale for h in found), "count",
                f"Never reviewed, or longer ago than their limit (else {inputs.assumed.stale_days} days).", target=0,
                better="lower", n=len(found))  # fmt: skip
        own.add("runbooks.unowned", "Without an owner", sum(h.runbook.owner is None for h in found), "count",
                "Runbooks that name no owner.", target=0, better="lower", n=len(found))  # fmt: skip
    if inputs.books.ok and inputs.uses.ok:
        book.share("runbooks.adherence", "Mandatory steps followed", _pooled([h.followed for h in found]),
                   "Sampled cases in which every mandatory step was done", target=inputs.assumed.adherence_target,
                   better="higher")  # fmt: skip
        book.share("runbooks.use", "Used where they fit", _pooled([h.use for h in found]),
                   "Cases worked with the runbook of those it fits", better="higher")  # fmt: skip


def _pooled(shares: Sequence[Share]) -> Share:
    return wilson(sum(s.successes for s in shares), sum(s.n for s in shares))


def verdict(found: Sequence[Health], lacking: Sequence[str], inputs: Inputs) -> Verdict:
    """RULE as code."""
    if not inputs.books.ok:
        return Verdict(text=spans("The catalogue of runbooks could not be read."), status="unknown", rule=RULE)
    stale = sum(h.stale for h in found)
    said = f"{len(PERSONA) - len(lacking)} of the {len(PERSONA)} runbooks of the SOC manager are here; "
    said += f"{stale} of {len(found)} not reviewed in time"
    status, why = _judged(found, lacking, inputs)
    followed = (". Mandatory steps followed in ", Value(figure="runbooks.adherence"), " of sampled cases.")
    text = spans(said, *followed) if inputs.uses.ok else spans(f"{said}. How well they are followed is unknown.")
    return Verdict(text=(*text, *spans(f" {why}." if why else "")), status=status, rule=RULE)


def _judged(found: Sequence[Health], lacking: Sequence[str], inputs: Inputs) -> tuple[Status, str]:
    """The colour by RULE and, where the text does not say it already, what made it so."""
    target = inputs.assumed.adherence_target
    below = [h for h in found if h.below(target)]
    poor = cells.names([h.runbook.title for h in sorted(below, key=lambda h: h.runbook.category != "response")], 2)
    why = f"Surely below {quantity(target, 'share')}: {poor}" if below else ""
    if any(h.runbook.category == "response" for h in below):
        return "red", why
    if not inputs.uses.ok or not any(h.followed.n for h in found):
        return "unknown", "" if not inputs.uses.ok else "No case was sampled for any of them"
    amber = below or lacking or any(h.stale or h.runbook.owner is None for h in found)
    return ("amber" if amber else "green"), why


def _needs(found: Sequence[Health], lacking: Sequence[str], target: float) -> list[Text]:
    """At most five lines: not followed, nobody's, missing, then the longest not reviewed."""
    out = [
        spans(f"{h.runbook.title}: followed in {h.followed.successes} of {h.followed.n} sampled cases "
              f"(owner {h.runbook.owner or 'nobody'}).")
        for h in found if h.below(target)
    ]  # fmt: skip
    out += [spans(f"{h.runbook.title} has no owner.") for h in found if h.runbook.owner is None]
    out += [spans(f"Not in the catalogue: {cells.names(lacking, 3)}.")] if lacking else []
    late = sorted((h for h in found if h.stale), key=lambda h: (h.age is not None, -(h.age or 0)))
    out += [
        spans(f"{h.runbook.title}: {_review(h)} (owner {h.runbook.owner}).")
        for h in late
        if h.runbook.owner is not None
    ]
    return out[:5]


def _review(one: Health) -> str:
    return "never reviewed" if one.age is None else f"last review {one.age} d ago, limit {one.limit} d"


def _short(one: Health) -> str:
    said = "never" if one.age is None else f"{one.age} d ago"
    return f"{said} (stale)" if one.stale else said


def blocks(detail: bool, found: Sequence[Health], lacking: Sequence[str], inputs: Inputs, sheet: Sheet) -> list[Block]:
    """Strip, needs, catalogue or health (`detail`)."""
    out: list[Block] = []
    if strip := tuple(one for one in STRIP if one in sheet):
        out.append(KpiStrip(figures=strip))
    if lines := _needs(found, lacking, inputs.assumed.adherence_target):
        out += [Heading(text="What needs you"), Bullets(items=tuple(lines))]
    if found:
        out.append(_health_table(found) if detail else _list_table(found))
    if detail and (effects := _effect_table(found)) is not None:
        out += [effects, Context(text=spans(EFFECT))]
    other = Button(label="Health", line="runbooks health")
    if detail:
        other = Button(label="Catalogue", line="runbooks list")
    process = Button(label="Process", line="process optimize --workflow")
    return [*out, cells.quality([got.source for got in inputs.all[:2]]), Actions(buttons=(other, process))]


def _list_table(found: Sequence[Health]) -> Table:
    made = (
        cells.row(h.runbook.id, h.runbook.category, h.runbook.owner, h.runbook.version,
                  str(h.runbook.reviewed or "never") + (" (stale)" if h.stale else ""),
                  ", ".join(h.runbook.case_types))
        for h in found
    )  # fmt: skip
    labels = ("Runbook", "Kind", "Owner", "Version", "Last review", "Case types")
    return cells.table("Catalogue", labels, made)


def _health_table(found: Sequence[Health]) -> Table:
    made = (
        cells.row(h.runbook.id, h.runbook.owner, _short(h), _of(h.use),
                  _of(h.followed), _of(h.automatable))
        for h in sorted(found, key=lambda h: (not h.stale, SORTING[h.runbook.category], h.runbook.title))
    )  # fmt: skip
    labels = ("Runbook", "Owner", "Last review", ">Used of fitting", ">Followed of sampled", ">Steps automatable")
    return cells.table("Health", labels, made)


def _of(share: Share) -> str | None:
    return None if share.value is None else f"{share.successes} of {share.n} ({quantity(share.value, 'share')})"


def _effect_table(found: Sequence[Health]) -> Table | None:
    made = [
        cells.row(h.runbook.id, e.case_type, f"{e.used:,}", f"{e.unused:,}", _effect(e.saved, e.enough))
        for h in found
        for e in h.effects
    ]
    labels = ("Runbook", "Case type", ">Cases with", ">Cases without", "Effect on handling time")
    return cells.table("Use by case type and effect", labels, made) if made else None


def _effect(saved: float | None, enough: bool) -> str:
    if saved is None:
        return "not measured"
    said = "no difference" if saved == 0 else f"{abs(saved):g} min {'shorter' if saved > 0 else 'longer'}"
    return said if enough else f"{said}, too few to call"


def show(one: Health, inputs: Inputs, sheet: Sheet) -> Document:
    """One runbook with its steps, but for its figures, which the sheet holds."""
    book = one.runbook
    if inputs.uses.ok:
        shelf = Book(sheet, files(inputs.books, inputs.uses), None, ())
        shelf.share("runbook.adherence", "Mandatory steps followed", one.followed,
                    "Sampled cases of this runbook in which every mandatory step was done",
                    target=inputs.assumed.adherence_target, better="higher")  # fmt: skip
        shelf.share("runbook.use", "Used where it fits", one.use, "Cases worked with it of those it fits",
                    better="higher")  # fmt: skip
    told = f"{book.file} · {book.category} · version {book.version or 'unknown'} · owner {book.owner or 'nobody'} · "
    told += _review(one)
    blocks: list[Block] = [*shortfall(*inputs.all), Context(text=spans(told))]
    if one.stale or book.owner is None:
        wrong = [_review(one)] if one.stale else []
        wrong += ["no owner"] if book.owner is None else []
        blocks.append(Notice(level="warning", text=spans(f"To mend: {'; '.join(wrong)}.")))
    if strip := tuple(f.id for f in sheet.figures):
        blocks.append(KpiStrip(figures=strip))
    steps = (
        cells.row(s.text, "mandatory" if s.mandatory else "if it applies", "yes" if s.automatable else "no", s.mark)
        for s in book.steps
    )
    if book.steps:
        blocks.append(cells.table("Steps", ("Step", "Mandatory", "Automatable", "Seen in the history by"), steps))
    if (effects := _effect_table([one])) is not None:
        blocks += [effects, Context(text=spans(EFFECT))]
    blocks.append(Actions(buttons=(Button(label="Catalogue", line="runbooks list"),)))
    return Document(
        title=f"Runbook: {book.title}",
        blocks=tuple(blocks),
        provenance=tuple(got.source for got in inputs.all),
    )
