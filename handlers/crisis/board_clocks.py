"""Regulatory clocks as lines of the board and as a page of their own, the earliest deadline first. Pure."""

from __future__ import annotations

from datetime import datetime

from connectors.models.organisation.clocks import ClockRule
from handlers.analysis.clock_doubts import words
from handlers.core import cells
from handlers.crisis.duties import RUNNING, Duty, utc
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button
from messages.document import Actions, Block, Button, Context, Moment, Notice, Status, Strong, Table, Text, spans
from messages.prose import duration

RULE = (
    "red: a clock is overdue; amber: one is due soon, or its time of day is missing; unknown: no scope or no file; "
    "otherwise green"
)
PROMISE = (
    "Not legal advice: people decide whether a rule applies and when it starts; the bot counts. No clock runs without "
    "its own confirmed trigger."
)
_ORDER = {"overdue": 0, "due-soon": 1, "running": 1, "anchor-missing": 2, "scope-not-declared": 3, "not-started": 4}
MOST_FORM = 6


def clock_lines(crisis: Crisis, most: int = 3) -> tuple[Text, ...]:
    """The next clocks for the crisis's board, states as of its last event; how many more there are is said."""
    open_ones = [d for d in ordered(crisis.duties.board) if d.state != "filed"]
    going = [d for d in open_ones if d.state in RUNNING or d.state == "anchor-missing"]
    lines = [_line(duty) for duty in going[:most]]
    waiting = len(open_ones) - len(going)
    rest = [f"{len(going) - most} more running"] if len(going) > most else []
    rest += [f"{waiting} not started"] if waiting else []
    if rest:
        lines.append(spans(", ".join(rest)))
    if crisis.duties.proposed and not crisis.duties.board:
        lines.append(spans("scope not declared: ask legal"))
    return tuple(lines)


def _line(duty: Duty) -> Text:
    owner = f" ({duty.owner.name if duty.owner else duty.files or 'no owner'})"
    if duty.due is None:
        return spans(f"{duty.name}: {duty.state}", owner)
    said = "OVERDUE since " if duty.state == "overdue" else "due "
    parts = (f"{duty.name}: ", said, Moment(at=duty.due), owner)
    return spans("🔴 ", *parts) if duty.state == "overdue" else spans(*parts)


def ordered(board: tuple[Duty, ...]) -> list[Duty]:
    """Earliest deadline first, then what waits, filed ones last."""
    return sorted(board, key=lambda d: (d.state == "filed", d.due is None, d.due or d.name, _ORDER.get(d.state, 9)))


def status(board: tuple[Duty, ...]) -> Status:
    """By `RULE`."""
    states = {duty.state for duty in board}
    if "overdue" in states:
        return "red"
    if states & {"due-soon", "anchor-missing"}:
        return "amber"
    return "unknown" if not board or "scope-not-declared" in states else "green"


def page(crisis: Crisis, now: datetime, not_law: tuple[ClockRule, ...]) -> tuple[Block, ...]:
    """Everything about the crisis's clocks at an instant."""
    board = ordered(crisis.duties.at(now).board)
    out: list[Block] = [Notice(level="warning", text=spans(f"{note.rstrip('.')}.")) for note in crisis.duties.notes]
    out += _aware(crisis)
    if board:
        labels = ("Left", "Rule", "State", "Deadline", "Who files", "To settle")
        out.append(cells.table("Earliest deadline first", labels, [_row(d, now) for d in board]))
        out.append(Context(text=spans(". ".join(dict.fromkeys(d.source for d in board)) + ".")))
    if crisis.duties.started:
        out.append(_triggers(crisis))
    dropped = "; ".join(f"{key}: {reason}" for key, reason in crisis.duties.dropped)
    if dropped:
        out.append(Context(text=spans(f"Decided not to be due: {dropped}")))
    if not_law:
        out.append(_not_law(not_law))
    return (*out, Context(text=spans(PROMISE)), Actions(buttons=_buttons(crisis, board)))


def _aware(crisis: Crisis) -> list[Block]:
    """What was said at the declaration is a proposal until somebody confirms it."""
    if crisis.aware is None or crisis.duties.trigger("aware_at"):
        return []
    said = f"{crisis.declared_by.name} said at the declaration that we became aware at "
    text = spans(said, Moment(at=crisis.aware), f" ({utc(crisis.aware)}). No clock runs on it until it is confirmed.")
    return [Notice(level="info", text=text)]


def _row(duty: Duty, now: datetime) -> tuple[Text, ...]:
    strong = duty.state in {"overdue", "due-soon"}
    state = f"filed{_late(duty)} ({duty.reference})" if duty.state == "filed" else duty.state
    state = f"🔴 {state}" if duty.state == "overdue" else state
    due = (
        spans(cells.NONE) if duty.due is None else spans(f"{duty.day} (whole day)" if duty.day else Moment(at=duty.due))
    )
    who = ", ".join(part for part in (duty.owner.name if duty.owner else "", duty.files) if part)
    return (
        spans(_left(duty, now)),
        spans(duty.name),
        spans(Strong(text=state) if strong else state),
        due,
        spans(who or cells.NONE),
        spans(_to_settle(duty) or cells.NONE),
    )


def _late(duty: Duty) -> str:
    return {True: " late", False: " in time", None: ""}[duty.late]


def _left(duty: Duty, now: datetime) -> str:
    if duty.due is None or duty.state == "filed":
        return cells.NONE
    left = (duty.due - now).total_seconds()
    return f"{duration(-left)} over" if left < 0 else duration(left)


def _to_settle(duty: Duty) -> str:
    parts = [duty.note] if duty.note else []
    if duty.lawful:
        parts.append(f"drill: by law {utc(duty.lawful)}")
    if duty.form and duty.state in {*RUNNING, "anchor-missing"}:
        parts.append(f"the form asks for {cells.names(duty.form, MOST_FORM)}")
    return "; ".join(parts)


def _triggers(crisis: Crisis) -> Table:
    """All entries in order: a corrected one stays."""
    started = crisis.duties.started
    rows = [
        cells.row(
            words(one.trigger),
            Moment(at=one.at) if hasattr(one.at, "hour") else f"{one.at}, time not known",  # type: ignore[arg-type]
            one.said,
            one.confirmed.name,
            "counts" if crisis.duties.trigger(one.trigger) is one else "corrected",
            one.reason,
        )
        for one in started
    ]
    return cells.table("Confirmed triggers", ("Trigger", "When", "Said by", "Confirmed by", "", "Why changed"), rows)


def _not_law(rules: tuple[ClockRule, ...]) -> Table:
    rows = [
        cells.row(r.regime, r.status if r.status != "in force" else f"from {r.effective_from}", str(r.checked or ""),
                  cells.shorten(r.note or r.applies_if, 140))
        for r in rules
    ]  # fmt: skip
    return cells.table("Not law today, never counted", ("Rule", "Status", "Checked", "What is known"), rows)


def _buttons(crisis: Crisis, board: list[Duty]) -> tuple[Button, ...]:
    """Confirm what was proposed, log the filing of what is due first, start another."""
    out: list[Button] = []
    if crisis.aware is not None and not crisis.duties.trigger("aware_at"):
        out.append(button(crisis, f"Confirm: aware {utc(crisis.aware)}", "crisis clock confirm", first=True))
    for one in [duty for duty in board if duty.state in RUNNING][:1]:
        out.append(button(crisis, f"Filed: {one.name}"[:75], f"crisis clock filed {named(one)} --form"))
    out.append(button(crisis, "A trigger is known", "crisis clock start --form"))
    if crisis.duties.notes or not crisis.duties.proposed:
        out.append(button(crisis, "Read the files again", "crisis clock propose"))
    return tuple(out)


def named(duty: Duty) -> str:
    """A clock as typed: rule and stage, each one word of a line."""
    return f'{duty.rule} "{duty.stage.replace(chr(34), chr(39))}"'
