"""What was known when: a fact and a decision each hold a version of the crisis, so that no decision copies a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis
    from handlers.crisis.work import Decision, Statement


def dated(new: Statement, old: Statement | None, n: int) -> Statement:
    """A statement with the versions at which it became a fact and was withdrawn; `n` is this entry's."""
    first = n if new.kind == "fact" else 0
    known = old.known_at if old is not None and old.kind == "fact" else first
    return new.model_copy(update={"known_at": known, "gone_at": n if new.withdrawn else 0})


def known_then(crisis: Crisis, decision: Decision) -> tuple[str, ...]:
    """The ids of the facts that were known when it was decided: a fact stays one until it is withdrawn."""
    if not decision.seen:
        return decision.known
    facts = (one for one in crisis.statements if one.kind == "fact" and one.known_at <= decision.seen)
    return tuple(one.id for one in facts if one.gone_at > decision.seen or not one.withdrawn)
