"""Regulatory clocks as tables: earliest deadline first, who files, what is missing, and where each rule comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.models.organisation.clocks import ClockRule
from connectors.models.organisation.record import stale
from handlers.analysis.clock_doubts import words
from handlers.analysis.clocks import FILED, Board, Clock
from handlers.commands.compliance_monitor.work import Noted
from handlers.core import cells
from messages.document import Block, Context, Moment, Plain, Span, Strong, Table, Text, spans
from messages.prose import duration

SHOWN = 8
GRADES = {
    "V": "official source read", "S": "secondary sources agree", "S1": "one secondary source",
    "K": "unchecked: confirm with legal", "C": "computed",
}  # fmt: skip
PROMISE = (
    "Not legal advice: whether a rule applies and when it starts is decided by people and read from the files; "
    "the bot counts."
)


def blocks(board: Board, today: date, detail: bool) -> list[Block]:
    """The clocks that are open, then where their rules come from; with `detail` also filed ones and rules not law."""
    shown = [c for c in board.clocks if detail or (c.open and not waits(c))]
    out: list[Block] = []
    if shown:
        most = len(shown) if detail else SHOWN
        out.append(_table(shown[:most], len(shown)))
        out.append(Context(text=spans(_sources(shown[:most], today, detail))))
    if board.not_law and detail:
        out.append(_not_law(board.not_law, today))
    out.append(Context(text=spans(_rest(board, detail), PROMISE)))
    return out


def noted(found: Sequence[Noted]) -> list[Block]:
    """Clocks that stand at cases only: shown, so that none is missed, and apart, because nobody confirmed a trigger."""
    if not found:
        return []
    made = (
        (*cells.row(f"{duration(-one.left)} over" if one.left < 0 else duration(one.left), cells.shorten(one.name, 60),
                    f"case {one.case}"), spans(Moment(at=one.clock.due_at)), spans(one.clock.files or cells.NONE))
        for one in found
    )  # fmt: skip
    caption = "Noted in incident_facts.yaml, not counted from a trigger"
    return [cells.table(caption, ("Left", "Rule", "Incident", "Deadline", "Who files"), made)]


def waits(c: Clock) -> bool:
    """Not started because an earlier stage has not been filed yet."""
    return c.state == "not-started" and c.stage is not None and c.stage.limits[0].start.startswith(FILED)


def _table(shown: list[Clock], total: int) -> Table:
    labels = ("Left", "Rule", "Incident", "State", "Deadline", "Who files", "To settle")
    return cells.table("Regulatory clocks, earliest deadline first", labels, (_row(c) for c in shown), total)


def _row(c: Clock) -> tuple[Text, ...]:
    return (
        spans(left(c)),
        spans(cells.shorten(c.name, 60)),
        spans(c.incident.id),
        _state(c),
        spans(_deadline(c) or cells.NONE),
        spans(c.scope.files if c.scope and c.scope.files else cells.NONE),
        spans(cells.shorten(to_settle(c), 140) or cells.NONE),
    )


def left(c: Clock) -> str:
    """Time left, time over, or time since awareness while it waits."""
    if c.remaining is not None:
        return f"{duration(-c.remaining)} over" if c.remaining < 0 else duration(c.remaining)
    return f"aware {duration(c.elapsed)} ago" if c.elapsed is not None else cells.NONE


def _state(c: Clock) -> Text:
    if c.state == "filed":
        said = {True: "filed late", False: "filed in time", None: "filed"}[c.late]
        return spans(f"{said} ({c.filed.reference})" if c.filed and c.filed.reference else said)
    return (Strong(text=c.state),) if c.state in ("overdue", "due-soon") else (Plain(text=c.state),)


def _deadline(c: Clock) -> Span | None:
    if c.due is None:
        return None
    return Plain(text=f"{c.due.day} (whole day)") if c.due.day and not c.rule.closes else Moment(at=c.due.at)


def to_settle(c: Clock) -> str:
    """What people still have to find out: condition, confirmation, form fields, or what the clock waits for."""
    parts = [c.note] if c.note else []
    if c.stage is not None and c.stage.condition:
        parts.append(f"only if {c.stage.condition}")
    if c.unconfirmed:
        parts.append(f"nobody confirmed “{', '.join(c.unconfirmed)}”")
    if c.missing_fields and c.state in ("running", "due-soon", "overdue", "anchor-missing"):
        parts.append(f"form lacks {cells.names(c.missing_fields, 3)}")
    return "; ".join(parts)


def _sources(shown: list[Clock], today: date, detail: bool) -> str:
    rules = {c.rule.id: c for c in shown}
    said = (f"{_source(c.rule, today)}{_decided(c)}.{_notes(c.rule) if detail else ''}" for c in rules.values())
    return " ".join(said)


def _notes(rule: ClockRule) -> str:
    """How the rule counts and what else is known of it."""
    return "".join(f" {text[:1].upper()}{text[1:]}." for text in (rule.calendar, rule.note) if text)


def _source(rule: ClockRule, today: date) -> str:
    return f"{rule.regime}: {rule.status}, {rule.source}, {GRADES[rule.evidence]}, {_looked(rule, today)}"


def _looked(rule: ClockRule, today: date) -> str:
    """When somebody last looked at the rule's source, and whether that is too long ago."""
    if rule.checked is None:
        return "never checked"
    return f"checked {rule.checked}{', over a year ago' if stale(rule.checked, today) else ''}"


def _decided(c: Clock) -> str:
    if c.scope is None:
        return "; scope not declared"
    start = {limit.start for limit in c.stage.limits} if c.stage else set()
    times = [t for t in c.incident.triggers if t.trigger in start and t.confirmed_by]
    sure = f"; “{words(times[-1].trigger)}” confirmed by {times[-1].confirmed_by}" if times else ""
    return f"; scope decided by {c.scope.decided_by} on {c.scope.decided_on}{sure}"


def _not_law(rules: tuple[ClockRule, ...], today: date) -> Table:
    made = (
        cells.row(r.regime, r.status if r.status != "in force" else f"from {r.effective_from}",
                  _looked(r, today).removeprefix("checked "), cells.shorten(r.note or r.applies_if, 140))
        for r in rules
    )  # fmt: skip
    return cells.table("Not law today, never counted", ("Rule", "Status", "Checked", "What is known"), made)


def _rest(board: Board, detail: bool) -> str:
    counts = (
        (board.out_of_scope, "decided not to apply"),
        (board.not_due, "decided not due"),
        (0 if detail else len(board.of("filed")), "filed"),
        (0 if detail else sum(waits(c) for c in board.clocks), "waiting for an earlier filing"),
    )
    parts = [f"{number:,} {said}" for number, said in counts if number]
    parts += [f"{cells.counted(board.closed, 'closed incident')} left out"] if board.closed else []
    return f"Not shown: {', '.join(parts)}. " if parts else ""


def first(board: Board) -> Clock | None:
    """The clock whose deadline comes first."""
    return next((c for c in board.clocks if c.remaining is not None), None)
