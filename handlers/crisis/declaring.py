"""What a declaration needs to know: the policy, what the desk says of the case, crises that look like this one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.models.organisation.crisis import CrisisPolicy, Level
from handlers.core.errors import Conflict
from handlers.crisis.state import Crisis

RECENT = timedelta(minutes=30)
ALIKE = 0.6
"""Similarity of titles (difflib's ratio) from which two declarations are taken for one and the same."""
BARE = CrisisPolicy(
    levels=(
        Level(tier=1, criteria=("A crown-jewel service, regulated data or many systems are hit",)),
        Level(tier=2, criteria=("A compromise is confirmed and its scope is limited",)),
        Level(tier=3, criteria=("A compromise is suspected",)),
    ),
    code_names=("Plain Signal",),
    exit_criteria=("The Incident Commander says that it is over, and why",),
)
"""What counts when no crisis.yaml can be read: a declaration waits for no file."""


@dataclass(frozen=True, slots=True)
class Known:
    """A crisis that this declaration may be about, and why."""

    crisis: Crisis
    why: str


def lookalikes(crises: Iterable[Crisis], title: str, case: str, now: datetime) -> tuple[Known, ...]:
    """Open ones on the same case, and open ones of the last half hour with a similar title; drills never."""
    out = []
    for crisis in crises:
        if not crisis.open or crisis.drill:
            continue
        if case and crisis.case == case:
            out.append(Known(crisis, f"it began with case {case}, too"))
        elif now - crisis.declared <= RECENT and alike(title, crisis.title):
            minutes = int((now - crisis.declared).total_seconds() // 60)
            out.append(Known(crisis, f"“{crisis.title}” was declared {minutes} min ago"))
    return tuple(out)


def alike(one: str, other: str) -> bool:
    """The same words in another order, or nearly the same letters."""
    a, b = (sorted(re.findall(r"\w+", text.casefold())) for text in (one, other))
    if not a or not b:
        return one.strip().casefold() == other.strip().casefold()
    return (
        difflib.SequenceMatcher(None, " ".join(a), " ".join(b)).ratio() >= ALIKE or set(a) <= set(b) or set(b) <= set(a)
    )


def refuse_second(known: tuple[Known, ...], separate_line: str) -> None:
    """Conflict that offers what is there; `separate_line` is the same declaration with --separate."""
    if known:
        there = "; ".join(f"{one.crisis.name}: {one.why}" for one in known[:3])
        raise Conflict(
            f"This may have been declared already. {there}.",
            "Join that one, or declare another with --separate.",
            (f"crisis status --crisis {known[0].crisis.id}", separate_line),
        )
