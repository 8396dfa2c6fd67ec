"""A crisis as it stands: what its events fold to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from connectors.models.organisation.crisis import CrisisPolicy, Inject, Tier
from handlers.core.access import Tlp
from handlers.core.errors import NotFound
from handlers.core.parcel import Post
from handlers.crisis.asks import Ask
from handlers.crisis.base import Event, Fixed, Who
from handlers.crisis.custody import Cost, Evidence
from handlers.crisis.duties import Duties
from handlers.crisis.guests import Guest
from handlers.crisis.letters import Letter
from handlers.crisis.nudge import MOST_CALLS, Called, called_out, directed, still_known
from handlers.crisis.phases import OVER, Phase
from handlers.crisis.press import Question
from handlers.crisis.roles import Roles
from handlers.crisis.rooms import RoomRef
from handlers.crisis.telling import in_rooms
from handlers.crisis.work import Decision, Statement, Task
from messages.document import Strong, Text, spans


class Crisis(Fixed):
    """`entered`: when each phase was last entered (event time). `sources`: message id → timeline number.

    `spoke`: when each person last did something here. `reminded`: keys of reminders that were given. `exits`: exit
    criterion → who said it is met. `drill`: not real, outside every metric; its clocks may run `speed` times faster.
    """

    id: str
    code_name: str
    title: str
    severity: Tier
    reason: str
    criteria: tuple[str, ...] = ()
    phase: Phase = "declared"
    declared: AwareDatetime
    declared_by: Who
    rated: AwareDatetime | None = None
    """When the severity was last changed: from then on updates are due anew."""
    aware: AwareDatetime | None = None
    case: str = ""
    tlp: Tlp
    policy: CrisisPolicy
    every_minutes: dict[str, int] = Field(default_factory=dict)
    """Audience → how often it is told (stakeholders.yaml)."""
    drill: str = ""
    speed: float = 1.0
    rooms: tuple[RoomRef, ...] = ()
    room_problem: str = ""
    rooms_asked: int = 0
    """Rooms that were asked for after the first one."""
    guests: tuple[Guest, ...] = ()
    """Who from outside is in a room."""
    entered: dict[Phase, AwareDatetime] = Field(default_factory=dict)
    roles: Roles = Roles()
    tasks: tuple[Task, ...] = ()
    statements: tuple[Statement, ...] = ()
    decisions: tuple[Decision, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    costs: tuple[Cost, ...] = ()
    duties: Duties = Duties()
    letters: tuple[Letter, ...] = ()
    asks: tuple[Ask, ...] = ()
    questions: tuple[Question, ...] = ()
    exits: dict[str, Who] = Field(default_factory=dict)
    sources: dict[str, int] = Field(default_factory=dict)
    spoke: dict[str, AwareDatetime] = Field(default_factory=dict)
    reminded: dict[str, AwareDatetime] = Field(default_factory=dict)
    scenario: tuple[Inject, ...] = ()
    injects: int = 0
    """The drill's injects, and how many of them were given."""
    version: int = 0
    updated: AwareDatetime | None = None
    """Number and time of the last event: what the board is "as of"."""
    sitreps: tuple[AwareDatetime, ...] = ()
    """When situation reports were posted: each is an update of those who work on it."""

    @property
    def open(self) -> bool:
        return self.phase not in OVER

    @property
    def name(self) -> str:
        """As it is called in every message."""
        return f"{'DRILL ' if self.drill else ''}Crisis {self.id} “{self.code_name}”"

    def letter(self, said: str) -> Letter:
        """The letter with this id, in any case."""
        for one in self.letters:
            if one.id == said.upper():
                return one
        there = ", ".join(one.id for one in self.letters) or "none"
        raise NotFound(f"There is no message {said}.", f"There are: {there}.")


class Declared(Event):
    """The first event. `policy` is the organisation's as it was then: what counted is what was written down then."""

    kind: Literal["declared"] = "declared"
    id: str
    code_name: str
    title: str
    severity: Tier
    reason: str
    criteria: tuple[str, ...] = ()
    aware: AwareDatetime | None = None
    case: str = ""
    policy: CrisisPolicy
    every_minutes: dict[str, int] = Field(default_factory=dict)
    drill: str = ""
    speed: float = 1.0
    scenario: tuple[Inject, ...] = ()
    """What the drill's file said then: a file that changes, or is away, does not change a drill."""
    invite: tuple[str, ...] = ()
    """User ids, where it was declared, of those called in at once."""

    anchors: ClassVar[bool] = True

    def start(self) -> Crisis:
        """The crisis as declared."""
        return Crisis(
            id=self.id,
            code_name=self.code_name,
            title=self.title,
            severity=self.severity,
            reason=self.reason,
            criteria=self.criteria,
            declared=self.when,
            declared_by=self.stamp.by,
            aware=self.aware,
            case=self.case,
            tlp=self.policy.tlp,
            policy=self.policy,
            every_minutes=self.every_minutes,
            drill=self.drill,
            speed=self.speed,
            scenario=self.scenario,
            entered={"declared": self.when},
        )

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis

    def line(self, crisis: Crisis) -> Text:
        return spans(Strong(text=f"SEV{self.severity} declared"), f": {self.title} ({self.reason})")

    def told(self, crisis: Crisis) -> bool:
        return True


class ExitChecked(Event):
    """Somebody said that an exit criterion is met, or no longer."""

    kind: Literal["exit checked"] = "exit checked"
    criterion: str
    met: bool = True
    reason: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        others = {name: who for name, who in crisis.exits.items() if name != self.criterion}
        exits = {**others, self.criterion: self.stamp.by} if self.met else others
        return crisis.model_copy(update={"exits": exits})

    def line(self, crisis: Crisis) -> Text:
        because = f" ({self.reason})" if self.reason else ""
        return spans(f"Exit criterion {'met' if self.met else 'no longer met'}: {self.criterion}{because}")


class Reminded(Event):
    """What the house called out because its time had come; `keys` are not called out again. `calls`: the same as
    `text`, with who is meant and what can be pressed.
    """

    kind: Literal["reminded"] = "reminded"
    keys: tuple[str, ...]
    text: tuple[str, ...]
    calls: tuple[Called, ...] = ()

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"reminded": still_known(crisis.reminded, self.keys, self.stamp.at)})

    def line(self, crisis: Crisis) -> Text:
        more = len(self.text) - MOST_CALLS
        rest = (f"and {more} more",) if more > 0 else ()
        return spans("Reminder: " + "; ".join((*self.text[:MOST_CALLS], *rest)))

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """One message in each room of the team, whoever is meant mentioned; some are also told directly."""
        rooms = in_rooms(crisis, called_out(crisis, self.calls)) if self.calls else ()
        return (*rooms, *directed(crisis, self.calls))


class Injected(Event):
    """The next inject of a drill."""

    kind: Literal["injected"] = "injected"
    text: str

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"injects": crisis.injects + 1})

    def line(self, crisis: Crisis) -> Text:
        return spans("Inject: ", Strong(text=self.text))

    def told(self, crisis: Crisis) -> bool:
        return True


def after(crisis: Crisis | None, event: Event) -> Crisis:
    """The state after an event. ValueError for a stream that does not begin with a declaration."""
    if isinstance(event, Declared):
        crisis = event.start()
    elif crisis is None:
        raise ValueError("a crisis begins with its declaration")
    else:
        crisis = event.apply(crisis)
    who = event.stamp.by
    passed = {"version": event.stamp.n, "updated": event.stamp.at, "duties": crisis.duties.at(event.stamp.at)}
    crisis = crisis.model_copy(update=passed)
    return (
        crisis
        if who.platform == "system"
        else crisis.model_copy(update={"spoke": {**crisis.spoke, who.person: event.stamp.at}})
    )


def fold(events: Iterable[Event]) -> Crisis | None:
    """The state after all events; None for none."""
    crisis: Crisis | None = None
    for event in events:
        crisis = after(crisis, event)
    return crisis


EVENTS: tuple[type[Event], ...] = (Declared, ExitChecked, Reminded, Injected)
