"""The after-action review: what was expected, what happened, what is left to ask. Pure.

It finds no fault with persons: findings name roles. Order of questions after the after-action review (expected,
happened, why, what to change).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from handlers.core import cells
from handlers.crisis.highlights import highlights
from handlers.crisis.misses import Miss, misses
from handlers.crisis.need_to_know import covered, covered_event
from handlers.crisis.record import Record
from handlers.crisis.response import SOURCE, figures
from handlers.crisis.telling import button
from messages.document import (
    Actions,
    Block,
    Bullets,
    Context,
    Document,
    Heading,
    KpiStrip,
    Moment,
    Notice,
    Paragraph,
    Source,
    Status,
    Strong,
    Text,
    Verdict,
    spans,
    typed,
)
from messages.figures import Figure
from messages.prose import duration

HOT_WASH_DAYS = 5
"""Working days after the close in which people still remember."""
FINAL_DAYS = 30
MOST = 25
TURNS = 60
RULE = "red: a regulatory deadline was missed or met late; amber: something else was not in time; green: nothing was"
PROMPTS = (
    "What did we expect to happen at each turning point, and what happened instead?",
    "Why? Ask it of each entry under “Not in time” until the answer is a process, a tool or a rule, never a person.",
    "What went well, and what was luck?",
    "Which control was missing, or was there and did not work?",
    "What changes: in which runbook, by which role, until when, and how will we see that it worked?",
    "Were the right people told in time, inside and outside?",
    "What did it cost: hours, outside help, lost business?",
)
UNMEASURED = (
    "Dwell time: when the attacker came in is not part of this record; `crisis note … --at` can say it once known.",
    "Cost beyond what was recorded with `crisis cost`; hours of work.",
)


def review(
    record: Record, case_created: datetime | None = None, case_note: str = "", *, buttons: bool = False
) -> Document:
    """The whole document. `case_created` as in `response.figures`; `buttons`: where somebody can press them."""
    crisis, found = record.crisis, figures(record, case_created, case_note)
    late = misses(record.events, record.as_of)
    blocks: list[Block] = [
        *_standing(record),
        Heading(text="Times"),
        KpiStrip(figures=tuple(one.id for one in found if one.statistic == "time")),
        Heading(text="Work"),
        KpiStrip(figures=tuple(one.id for one in found if one.statistic != "time")),
        *_listed("Not in time", [spans(one.text) for one in late], "Nothing on record was late."),
        *_listed("In time", _well(found), "No target with a time was met."),
        *_turns(record),
        *_listed("Left open", _open(record), "Nothing was left open."),
        *_listed("Not measured", [typed(one) for one in UNMEASURED], ""),
        *_listed("To be talked about", [spans(one) for one in PROMPTS], ""),
        Context(text=spans("Findings name roles. Words that people wrote stand as they wrote them. Times are UTC.")),
    ]
    if buttons:
        blocks.append(_buttons(record))
    return Document(
        title=f"{crisis.name}: after-action review",
        verdict=Verdict(text=_said(found, late, record), status=_status(late), rule=RULE),
        blocks=tuple(blocks),
        figures=found,
        provenance=(Source(name=SOURCE, as_of=record.as_of, rows=len(record.entries)),),
        tlp=crisis.tlp,
    )


def working_day(start: date, days: int) -> date:
    """The day that is `days` working days (Monday to Friday; holidays count as such) after `start`."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def _said(found: tuple[Figure, ...], late: tuple[Miss, ...], record: Record) -> Text:
    contain = next(one for one in found if one.id.endswith(".contain.time"))
    first = (
        f"Contained {duration(contain.value)} after the declaration. "
        if contain.value is not None
        else f"Never contained for good ({contain.note}). "
    )
    missed = cells.counted(sum(1 + one.skipped for one in late), "thing was", "things were") + " not in time."
    drill = "DRILL: part of no real metric. " if record.crisis.drill else ""
    return spans(Strong(text=drill), first, missed) if drill else spans(first, missed)


def _status(late: tuple[Miss, ...]) -> Status:
    if any(one.what.startswith("Filing") for one in late):
        return "red"
    return "amber" if late else "green"


def _standing(record: Record) -> tuple[Block, ...]:
    """Is it final, and until when the review is due."""
    crisis = record.crisis
    if crisis.open:
        told = f"It is {crisis.phase}: this is how it stands at entry #{crisis.version}, not the end of it."
        return (Notice(level="warning", text=spans(told)),)
    closed = crisis.entered.get("closed") or crisis.entered.get("cancelled") or record.as_of
    wash, final = working_day(closed.date(), HOT_WASH_DAYS), (closed + timedelta(days=FINAL_DAYS)).date()
    said = f"Hot wash until {wash} ({HOT_WASH_DAYS} working days, Monday to Friday), final review until {final} "
    return (Paragraph(text=spans(said, f"({FINAL_DAYS} days). Closed ", Moment(at=closed), ".")),)


def _listed(title: str, items: list[Text], none: str) -> tuple[Block, ...]:
    if not items:
        return (Heading(text=title), Paragraph(text=spans(none)))
    shown = items[:MOST]
    if len(items) > MOST:
        shown.append(spans(f"and {len(items) - MOST} more; the pack has them all (`crisis export`)"))
    return (Heading(text=title), Bullets(items=tuple(shown)))


def _well(found: tuple[Figure, ...]) -> list[Text]:
    """Targets that were met, and rhythms that were kept throughout."""
    met = []
    for one in found:
        if one.value is not None and one.target is not None and one.value <= one.target:
            met.append(spans(f"{one.label}: {duration(one.value)}, target {duration(one.target)}"))
        if one.id.endswith(".updates.share") and one.value == 1:
            met.append(spans(f"All {one.n} updates"))
        if one.id.endswith(".clocks.in_time.count") and one.value:
            met.append(spans(f"{one.value:g} of {one.n} regulatory deadlines filed in time"))
    return met


def _turns(record: Record) -> tuple[Block, ...]:
    turns = highlights(covered_event(event, record.crisis.tlp) for event in record.events)
    rows = [cells.row(f"#{event.stamp.n}", Moment(at=event.when), words) for event, words in turns[:TURNS]]
    table = cells.table("Turning points, by when they happened", ("#", "When", "What"), rows, len(turns))
    return (Heading(text="What happened"), table)


def _open(record: Record) -> list[Text]:
    """What nobody brought to an end: what is not known, was never settled, never done, never sent, never answered."""
    crisis = covered(record.crisis, record.crisis.tlp)
    kinds = {"unknown": "Never answered", "assumption": "Never settled"}
    found = [
        spans(f"{kinds[one.kind]}: {one.id} {one.text}")
        for one in crisis.statements
        if one.kind in kinds and not one.withdrawn
    ]
    found += [spans(f"Never done: {one.id} {one.text}") for one in crisis.tasks if one.status == "open"]
    found += [spans(f"Never sent: message {one.id} to {one.audience}") for one in crisis.letters if one.editable]
    found += [
        spans(f"Never answered by {cells.counted(len(one.waiting), 'owner')}: {one.id} {one.question}")
        for one in crisis.asks
        if one.waiting
    ]
    unmet = [one for one in crisis.policy.exit_criteria if one not in crisis.exits]
    return found + [spans(f"Exit criterion nobody vouched for: {one}") for one in unmet if not crisis.open]


def _buttons(record: Record) -> Actions:
    crisis = record.crisis
    made = [button(crisis, "The pack", "crisis export", first=True), button(crisis, "Timeline", "crisis timeline")]
    if crisis.phase == "closed":
        made.append(button(crisis, "It was reviewed", "crisis review"))
    if crisis.drill:
        made.append(button(crisis, "Score", "crisis drill score"))
    return Actions(buttons=tuple(made))
