"""What a move needs, and what whoever confirms it should know: exit criteria, clocks, roles, open work. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers.core.cells import counted, names
from handlers.crisis.base import Refused
from handlers.crisis.phases import OVER, Phase
from handlers.crisis.roles import TITLES
from handlers.crisis.tasking import is_overdue

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

PENDING = frozenset({"running", "due-soon", "overdue", "anchor-missing"})
"""States of a clock that runs: somebody still has to file, or to say that nothing is due."""


def unmet(crisis: Crisis) -> tuple[str, ...]:
    """Exit criteria that nobody said are met."""
    return tuple(one for one in crisis.policy.exit_criteria if one not in crisis.exits)


def check_exits(crisis: Crisis, anyway: str) -> None:
    """Refused while an exit criterion is not met, unless somebody says why it is closed anyway."""
    left = unmet(crisis)
    if left and not anyway:
        met = len(crisis.policy.exit_criteria) - len(left)
        raise Refused(
            f"{met} of {len(crisis.policy.exit_criteria)} exit criteria are met. Not met: {'; '.join(left)}.",
            "Settle them with `crisis exit`, or say `--anyway REASON`; the reason is kept.",
            (f"crisis exit --crisis {crisis.id}",),
        )


def closing_reason(crisis: Crisis, reason: str, anyway: str) -> str:
    """The reason as recorded: with what was not met."""
    left = unmet(crisis)
    if not left:
        return reason
    short = f"{counted(len(left), 'exit criterion', 'exit criteria')} not met, closed anyway: {anyway}"
    return f"{reason}; {short}" if reason else short


def warnings(crisis: Crisis, to: Phase, now: datetime) -> tuple[str, ...]:
    """What is shown before the move is confirmed."""
    if to == "mobilised" and crisis.phase == "declared":
        return _unfilled(crisis)
    if to not in OVER or crisis.phase in OVER:
        return ()
    found = list(clocks(crisis))
    left = [task.id for task in crisis.tasks if task.status == "open"]
    late = sum(is_overdue(task, now) for task in crisis.tasks)
    if left:
        found.append(f"{counted(len(left), 'task')} still open ({late} overdue): {names(left, 8)}.")
    asked = [ask.id for ask in crisis.asks if not ask.closed and ask.waiting]
    if asked:
        found.append(f"Not everybody has answered: {names(asked, 8)}.")
    drafts = [letter.id for letter in crisis.letters if letter.standing in {"draft", "sending"}]
    if drafts:
        found.append(f"Messages not sent: {names(drafts, 8)}.")
    if to == "closed" and (missing := unmet(crisis)):
        found.append(f"Closed although not met: {'; '.join(missing)}.")
    return tuple(found)


def _unfilled(crisis: Crisis) -> tuple[str, ...]:
    empty = [TITLES[role] for role in crisis.policy.roles_needed if role not in crisis.roles.held]
    return (f"Nobody is yet: {', '.join(empty)}.",) if empty else ()


def clocks(crisis: Crisis) -> tuple[str, ...]:
    """One sentence a clock that is still running, the earliest first."""
    pending = [duty for duty in crisis.duties.board if duty.state in PENDING]
    pending.sort(key=lambda duty: (duty.due is None, duty.due.timestamp() if duty.due else 0.0, duty.key))
    said = []
    for duty in pending:
        due = f", due {duty.due:%Y-%m-%d %H:%M} UTC" if duty.due else ""
        whose = duty.owner.name if duty.owner else "nobody"
        said.append(f"The clock {duty.key} is {duty.state}{due}; {whose} files it.")
    return tuple(said)
