"""The course of a crisis: declared → mobilised → contained → eradicated → recovered → closed → reviewed.

Phases after NIST SP 800-61 (contain, eradicate, recover) with declaration, mobilisation and review around them. A
closed crisis can be opened again; one that was none is cancelled as a false alarm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from connectors.models.organisation.crisis import Tier
from handlers.crisis.base import Event, Refused
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

Phase = Literal[
    "declared", "mobilised", "contained", "eradicated", "recovered", "closed", "reviewed", "cancelled"
]  # fmt: skip
COURSE: tuple[Phase, ...] = get_args(Phase)[:-1]
OVER: frozenset[Phase] = frozenset({"closed", "reviewed", "cancelled"})
VERBS: dict[str, Phase] = {
    "mobilise": "mobilised",
    "contain": "contained",
    "eradicate": "eradicated",
    "recover": "recovered",
    "close": "closed",
    "review": "reviewed",
    "cancel": "cancelled",
}
MOVES: dict[Phase, frozenset[Phase]] = {
    "declared": frozenset({"mobilised", "cancelled"}),
    "mobilised": frozenset({"contained", "cancelled"}),
    "contained": frozenset({"eradicated", "mobilised", "cancelled"}),
    "eradicated": frozenset({"recovered", "mobilised"}),
    "recovered": frozenset({"closed", "mobilised"}),
    "closed": frozenset({"reviewed", "mobilised"}),
    "reviewed": frozenset({"mobilised"}),
    "cancelled": frozenset({"mobilised"}),
}
"""To `mobilised` from a later phase: the attacker is back, or the crisis is opened again."""


def possible(phase: Phase) -> tuple[str, ...]:
    """The commands that move a crisis on from a phase."""
    verbs = {to: f"crisis {verb}" for verb, to in VERBS.items()} | {"mobilised": "crisis reopen"}
    if phase == "declared":
        verbs["mobilised"] = "crisis mobilise"
    return tuple(verbs[to] for to in get_args(Phase) if to in MOVES[phase])


def check(crisis: Crisis, to: Phase) -> None:
    """Refused, with what is possible now, when the crisis cannot go there from where it is."""
    if to not in MOVES[crisis.phase]:
        now = possible(crisis.phase)
        raise Refused(
            f"Crisis {crisis.id} is {crisis.phase}: it cannot become {to}.",
            f"Possible now: {', '.join(now)}.",
            now,
        )


def must_run(crisis: Crisis) -> None:
    """Refused when the crisis is over."""
    if crisis.phase in OVER:
        raise Refused(f"Crisis {crisis.id} is {crisis.phase}.", "It can be opened again.", ("crisis reopen",))


class Moved(Event):
    """From one phase to another."""

    kind: Literal["moved"] = "moved"
    before: Phase
    to: Phase
    reason: str = ""
    anchors: ClassVar[bool] = True

    def apply(self, crisis: Crisis) -> Crisis:
        """When the crisis is over, what was offered and not accepted is void."""
        entered = {**crisis.entered, self.to: self.when}
        roles = crisis.roles.model_copy(update={"offered": {}}) if self.to in OVER else crisis.roles
        return crisis.model_copy(update={"phase": self.to, "entered": entered, "roles": roles})

    def line(self, crisis: Crisis) -> Text:
        because = f": {self.reason}" if self.reason else ""
        return spans(f"{self.before} → ", Strong(text=self.to), because)

    def told(self, crisis: Crisis) -> bool:
        return True


class Rated(Event):
    """The severity was changed."""

    kind: Literal["rated"] = "rated"
    before: Tier
    to: Tier
    reason: str

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"severity": self.to, "rated": self.stamp.at})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"SEV{self.before} → ", Strong(text=f"SEV{self.to}"), f": {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


EVENTS: tuple[type[Event], ...] = (Moved, Rated)
