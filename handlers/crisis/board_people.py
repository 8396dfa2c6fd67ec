"""The board's roles: who has which, what is offered, what nobody has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.crisis.roles import TITLES, Role
from messages.document import Fact, Span, Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


def role_facts(crisis: Crisis) -> tuple[Fact, ...]:
    """One line a role that is filled or offered; those that nobody has together on one line."""
    named = {*crisis.roles.held, *crisis.roles.offered}
    found = [Fact(label=TITLES[role], text=holding(crisis, role)) for role in TITLES if role in named]
    empty = [TITLES[role] for role in unfilled(crisis) if role not in named]
    if empty:
        found.append(Fact(label="Nobody yet", text=spans(Strong(text="⚠ " + ", ".join(empty)))))
    return tuple(found)


def unfilled(crisis: Crisis) -> tuple[Role, ...]:
    """Roles that are needed and that nobody has, in the order of their titles."""
    needed = set(crisis.policy.roles_needed) - crisis.roles.held.keys()
    return tuple(role for role in TITLES if role in needed)


def holding(crisis: Crisis, role: Role) -> Text:
    """Who has it, or that nobody has, and to whom it is offered."""
    holder, offer = crisis.roles.holder(role), crisis.roles.offered.get(role)
    parts: list[str | Span] = [Strong(text=holder.name if holder else "⚠ nobody")]
    if offer:
        parts.append(f" (offered to {offer.to.name}, not accepted)")
    return spans(*parts)
