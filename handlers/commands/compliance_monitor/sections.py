"""What is shown of controls, exceptions, obligations and retention."""

from __future__ import annotations

from connectors.models.organisation.assurance import ControlException, Obligation, Retention
from handlers.analysis.evidence import Standing
from handlers.commands.compliance_monitor.work import Found, Inputs, is_short
from handlers.core import cells
from handlers.core.fetch import rows
from messages.document import Block, Heading, Table, Text

ORDER = ("failed", "no evidence", "overdue", "due soon", "in date")
SHOWN = 6


def control_blocks(found: Found, everything: bool) -> list[Block]:
    """Controls that are not in date (all with `everything`), the worst and the key ones first."""
    if found.controls is None:
        return []
    ranked = sorted(found.controls, key=lambda s: (ORDER.index(s.state), not s.control.key, -s.overdue, s.control.id))
    shown = [one for one in ranked if everything or one.state != "in date"]
    if not shown:
        return []
    labels = ("Control", "State", "What it says", "Owner", "Last evidence", "Due", "Exception")
    most = len(shown) if everything else SHOWN
    return [cells.table("Controls to look at", labels, (_control(one) for one in shown[:most]), len(shown))]


def _control(one: Standing) -> tuple[Text, ...]:
    late = f" {one.overdue} d" if one.state == "overdue" else ""
    return cells.row(
        f"{one.control.id}{' (key)' if one.control.key else ''}",
        f"{one.state}{late}",
        cells.shorten(one.control.statement, 80),
        one.control.owner,
        str(one.last or ""),
        str(one.due or ""),
        f"{one.exception.id} until {one.exception.expires}" if one.exception else None,
    )


def calendar_blocks(inputs: Inputs, found: Found) -> list[Block]:
    """Exceptions, tests and reviews, retention: each a table, each only when there is something."""
    tables = (
        _exceptions(rows(inputs.exceptions), found),
        _obligations(rows(inputs.obligations), found),
        _retention(rows(inputs.retention)),
    )
    kept = [one for one in tables if one.rows]
    return [Heading(text="Exceptions, obligations, retention"), *kept] if kept else []


def _exceptions(all_of: tuple[ControlException, ...], found: Found) -> Table:
    made = (
        cells.row(e.id, e.control, cells.shorten(e.reason, 80), cells.shorten(e.compensating, 80) or "nothing",
                  f"{'expired ' if e.expires < found.today else ''}{e.expires}", e.approved_by)
        for e in sorted(all_of, key=lambda e: e.expires)
    )  # fmt: skip
    labels = ("Exception", "Control", "Reason", "Compensated by", "Expires", "Approved by")
    return cells.table("Exceptions and compensating controls", labels, made)


def _obligations(all_of: tuple[Obligation, ...], found: Found) -> Table:
    waiting = sorted((o for o in all_of if o.completed is None), key=lambda o: o.due)
    made = (
        cells.row(f"{'overdue since ' if o.due < found.today else ''}{o.due}", o.kind, cells.shorten(o.title, 80),
                  f"{o.done} of {o.of}" if o.done is not None and o.of is not None else None, o.owner)
        for o in waiting
    )  # fmt: skip
    return cells.table("Obligations by date", ("Due", "Kind", "What", "Done", "Owner"), made)


def _retention(all_of: tuple[Retention, ...]) -> Table:
    made = (
        cells.row(
            r.name, f"{r.kept_days} of {r.required_days} d",
            f"{r.online_days if r.online_days is not None else 'unknown'} of {r.online_required_days} d"
            if r.online_required_days else None, cells.shorten(r.basis, 80), r.owner,
        )
        for r in all_of if is_short(r)
    )  # fmt: skip
    return cells.table("Log sources kept too short", ("Source", "Kept", "Online", "Basis", "Owner"), made)
