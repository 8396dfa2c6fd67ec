"""Regulatory clocks of a crisis: triggers people confirm, deadlines arithmetic gives, filings with a reference.

The arithmetic is `handlers.analysis.clocks`; what it gave is stored with the event that made it, so that deadlines
stand, and are auditable, with every backend and every file away.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from connectors.models.organisation.clocks import Instant, Scope, Trigger
from handlers.crisis.base import Event, Fixed, Who
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


class Started(Fixed):
    """A trigger time. `said` who knows it, `confirmed` who confirmed it, `reason` why it replaces an earlier one."""

    trigger: Trigger
    at: Instant
    said: str
    confirmed: Who
    reason: str = ""


class Filed(Fixed):
    """A stage filed with the authority; `reference` is theirs."""

    rule: str
    stage: str
    at: AwareDatetime
    reference: str
    by: Who


class Duty(Fixed):
    """One stage of one rule as last computed: `state` in the words of `handlers.analysis.clocks.State`.

    `due` the last instant (in a drill: faster, `lawful` is the law's); `day` when the whole of that local day counts.
    `soon` from when it is due-soon; `since` when this deadline was put on the board. `trigger` what starts it ("": the
    filing of an earlier stage). `files` who files, as a role; `form` what the authority's form asks for.
    """

    rule: str
    stage: str
    name: str
    state: str
    due: AwareDatetime | None = None
    note: str = ""
    owner: Who | None = None
    lawful: AwareDatetime | None = None
    day: date | None = None
    soon: AwareDatetime | None = None
    since: AwareDatetime | None = None
    trigger: str = ""
    files: str = ""
    authority: str = ""
    form: tuple[str, ...] = ()
    reference: str = ""
    late: bool | None = None
    source: str = ""

    @property
    def key(self) -> str:
        return f"{self.rule}/{self.stage}"

    def at(self, now: datetime) -> Duty:
        """As it stands at an instant: time alone makes a running clock due-soon, then overdue."""
        if self.due is None or self.state not in RUNNING:
            return self
        state = "overdue" if now > self.due else "due-soon" if self.soon and now >= self.soon else "running"
        return self if state == self.state else self.model_copy(update={"state": state})


RUNNING = frozenset({"running", "due-soon", "overdue"})


class Duties(Fixed):
    """`proposed`: the candidates were looked for. `notes`: what does not fit or could not be read, in sentences."""

    started: tuple[Started, ...] = ()
    filed: tuple[Filed, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    """(rule/stage, reason) that counsel said is not due."""
    scoped: tuple[Scope, ...] = ()
    """Decided in this crisis; the latest of a rule counts, before what the profile says."""
    board: tuple[Duty, ...] = ()
    proposed: bool = False
    notes: tuple[str, ...] = ()

    def at(self, now: datetime) -> Duties:
        """With every state as it is at an instant."""
        board = tuple(duty.at(now) for duty in self.board)
        return self if board == self.board else self.model_copy(update={"board": board})

    def trigger(self, name: str) -> Started | None:
        """The entry that counts: the latest."""
        return next((one for one in reversed(self.started) if one.trigger == name), None)


class _Recomputed(Event):
    """Base: every change of what clocks stand on carries the whole board computed from it."""

    board: tuple[Duty, ...]
    notes: tuple[str, ...] = ()

    def _with(self, crisis: Crisis, **changed: object) -> Crisis:
        old = {duty.key: duty for duty in crisis.duties.board}
        board = tuple(self._kept(duty, old.get(duty.key)) for duty in self.board)
        new = {**changed, "board": board, "notes": self.notes, "proposed": True}
        return crisis.model_copy(update={"duties": crisis.duties.model_copy(update=new)})

    def _kept(self, duty: Duty, old: Duty | None) -> Duty:
        """A clock keeps its owner, and as long as its deadline is the same, since when it stands."""
        same = old is not None and old.due == duty.due
        since = (old.since if old and same else self.stamp.at) if duty.due else None
        return duty.model_copy(update={"owner": duty.owner or (old.owner if old else None), "since": since})


class ClocksProposed(_Recomputed):
    """The candidate clocks of the organisation's profile, none of them started."""

    kind: Literal["clocks proposed"] = "clocks proposed"

    def apply(self, crisis: Crisis) -> Crisis:
        return self._with(crisis)

    def line(self, crisis: Crisis) -> Text:
        if not self.board:
            return spans("No regulatory clock could be proposed: ask legal. ", ". ".join(self.notes))
        return spans(f"{len(self.board)} regulatory clocks could apply; none starts before its trigger is confirmed")


class ClockStarted(_Recomputed):
    """`new`: the clocks whose deadline it set or moved, by key."""

    kind: Literal["clock started"] = "clock started"
    started: Started
    new: tuple[str, ...] = ()

    def apply(self, crisis: Crisis) -> Crisis:
        return self._with(crisis, started=(*crisis.duties.started, self.started))

    def line(self, crisis: Crisis) -> Text:
        """With what it set going; a correction says what it replaces."""
        one = self.started
        before = [other for other in crisis.duties.started if other.trigger == one.trigger][:-1]
        said = f" (said by {one.said})" if one.said else ""
        because = f", {one.reason}" if one.reason else ""
        instead = f", instead of {utc(before[-1].at)}{because}" if before else ""
        new = [duty for duty in self.board if duty.key in self.new]
        until = "".join(f"; {duty.name} until {utc(duty.due)}" for duty in new if duty.due)
        what = "Trigger corrected: " if before else "Trigger confirmed: "
        return spans(
            what,
            Strong(text=one.trigger.removesuffix("_at").replace("_", " ")),
            f" {utc(one.at)}{instead}{said}{until}",
        )

    def told(self, crisis: Crisis) -> bool:
        return True


class ClockFiled(_Recomputed):
    kind: Literal["clock filed"] = "clock filed"
    filed: Filed

    def apply(self, crisis: Crisis) -> Crisis:
        return self._with(crisis, filed=(*crisis.duties.filed, self.filed))

    def line(self, crisis: Crisis) -> Text:
        one = self.filed
        name = next(
            (d.name for d in self.board if (d.rule, d.stage) == (one.rule, one.stage)), f"{one.rule}, {one.stage}"
        )
        return spans(f"Filed: {name}, {utc(one.at)}, reference ", Strong(text=one.reference))

    def told(self, crisis: Crisis) -> bool:
        return True


class ClockDropped(_Recomputed):
    """Counsel decided that a stage is not due, or (`restored`) that it is after all."""

    kind: Literal["clock dropped"] = "clock dropped"
    duty: str
    reason: str
    restored: bool = False

    def apply(self, crisis: Crisis) -> Crisis:
        others = tuple(one for one in crisis.duties.dropped if one[0] != self.duty)
        return self._with(crisis, dropped=others if self.restored else (*others, (self.duty, self.reason)))

    def line(self, crisis: Crisis) -> Text:
        return spans(f"{'Due after all' if self.restored else 'Not due'}: {self.duty}: {self.reason}")

    def told(self, crisis: Crisis) -> bool:
        return True


class ClockScoped(_Recomputed):
    """Counsel decided for this crisis whether a rule applies; the profile's file stays as it is."""

    kind: Literal["clock scoped"] = "clock scoped"
    scope: Scope

    def apply(self, crisis: Crisis) -> Crisis:
        return self._with(crisis, scoped=(*crisis.duties.scoped, self.scope))

    def line(self, crisis: Crisis) -> Text:
        one = self.scope
        return spans(
            Strong(text=f"{one.rule} {'applies' if one.applies else 'does not apply'}"), f", says {one.decided_by}"
        )

    def told(self, crisis: Crisis) -> bool:
        return True


class ClockOwned(Event):
    """Who files it and is reminded."""

    kind: Literal["clock owned"] = "clock owned"
    duty: str
    owner: Who

    def apply(self, crisis: Crisis) -> Crisis:
        board = tuple(
            d.model_copy(update={"owner": self.owner}) if d.key == self.duty else d for d in crisis.duties.board
        )
        return crisis.model_copy(update={"duties": crisis.duties.model_copy(update={"board": board})})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"{self.duty} is filed by ", Strong(text=self.owner.name))


def utc(at: datetime | date) -> str:
    """ "2026-11-22 05:40 UTC"; of a day without a time, that day."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(at, datetime) else f"{at} (no time given)"


EVENTS: tuple[type[Event], ...] = (ClocksProposed, ClockStarted, ClockFiled, ClockDropped, ClockScoped, ClockOwned)
