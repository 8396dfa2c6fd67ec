"""The state machine under random commands by random persons, typed through the real pipeline."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handlers.core.access import fits
from handlers.core.parcel import Parcel
from handlers.crisis.base import Event
from handlers.crisis.roles import RoleAccepted, RoleVacated
from handlers.crisis.state import Crisis, fold
from tests.handlers.crisis.room import PERSONS, Room, text_of

LEGAL = {
    ("declared", "mobilise"): "mobilised",
    ("declared", "reopen"): "mobilised",
    ("mobilised", "contain"): "contained",
    ("contained", "eradicate"): "eradicated",
    ("eradicated", "recover"): "recovered",
    ("recovered", "close"): "closed",
    ("closed", "review"): "reviewed",
    **{(phase, "cancel"): "cancelled" for phase in ("declared", "mobilised", "contained")},
    **{
        (phase, verb): "mobilised"
        for phase in ("contained", "eradicated", "recovered", "closed", "reviewed", "cancelled")
        for verb in ("reopen", "mobilise")
    },
}
"""(phase, verb) → phase: every move there is, written down a second time."""
VERBS = ("mobilise", "contain", "eradicate", "recover", "close", "review", "cancel", "reopen")
MAY_RUN = {"lead", "manager"}
NO_PART = "outsider"
people = st.sampled_from(sorted(PERSONS))
roles = st.sampled_from(["commander", "deputy", "operations", "scribe"])
SECRET = "The informant sits in payroll"
SAID = st.sampled_from(["ok", "servers are isolated, two are not, legal waits"])


class CrisisMachine(RuleBasedStateMachine):
    """After every command the whole record is checked against what the command may have done."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.room = Room()
        self.before: Crisis = self.loop.run_until_complete(self.room.declared())
        self.now = self.before
        self.events: list[Event] = []
        self.posted: dict[int, str] = dict.fromkeys(range(self.room.state.outbox.partitions), "")
        self.look()

    def teardown(self) -> None:
        self.loop.close()

    def look(self) -> None:
        """The state and the record as they are kept now."""

        async def read() -> tuple[Crisis, list[Event]]:
            return await self.room.crisis(), [event async for _, event in self.room.store.events("1")]

        self.now, self.events = self.loop.run_until_complete(read())

    def typed(self, who: str, line: str) -> str:
        """Types, confirms, and takes note of the states before and after; a refusal must leave no event."""
        self.before = self.now
        answer = self.loop.run_until_complete(self.room.do(who, line))
        self.look()
        assert answer.outcome in {"answered", "applied", "refused"}, text_of(answer.document)
        if answer.outcome == "refused":
            assert self.now == self.before
        else:
            assert self.now.version == self.before.version + 1
        if who == NO_PART:
            assert answer.outcome == "refused"
        return answer.outcome

    @initialize(passed=st.integers(0, 4), offered=st.booleans())
    def begins(self, passed: int, offered: bool) -> None:
        """Somewhere on the course, so that its end is reached as often as its beginning."""
        for verb in ("mobilise", "contain", "eradicate", "recover")[:passed]:
            self.moves("lead", verb)
        if offered:
            self.offers("lead", "deputy", "manager", "ok")

    @rule(who=people, verb=st.sampled_from(VERBS))
    def moves(self, who: str, verb: str) -> None:
        extra = ' --anyway "the list is kept elsewhere"' if verb == "close" else ""
        outcome = self.typed(who, f"crisis {verb} as we agreed{extra}")
        legal = LEGAL.get((self.before.phase, verb))
        assert (outcome == "applied") == (legal is not None and who in MAY_RUN)
        assert self.now.phase == (legal if outcome == "applied" else self.before.phase)

    @rule(data=st.data())
    def moves_along(self, data: st.DataObject) -> None:
        """A legal one, so that every phase is reached."""
        verbs = [verb for phase, verb in LEGAL if phase == self.now.phase]
        self.moves("lead", data.draw(st.sampled_from(verbs)))

    @precondition(lambda self: self.now.roles.held and self.now.open)
    @rule(data=st.data(), to=st.sampled_from(sorted(PERSONS.keys() - {NO_PART})))
    def hands_over(self, data: st.DataObject, to: str) -> None:
        """A holder, with a brief."""
        role = data.draw(st.sampled_from(sorted(self.now.roles.held)))
        who = self.now.roles.held[role].who.person
        self.offers(who, role, to, "servers are isolated, two are not, legal waits")

    @precondition(lambda self: self.now.roles.offered)
    @rule(data=st.data())
    def accepts_what_is_offered(self, data: st.DataObject) -> None:
        """By the one it was offered to, read back: so that handovers happen."""
        role = data.draw(st.sampled_from(sorted(self.now.roles.offered)))
        self.accepts(self.now.roles.offered[role].to.person, role, "servers are isolated, two are not, legal waits")

    @rule(who=people)
    def closes_without_its_criteria(self, who: str) -> None:
        assert self.typed(who, "crisis close") == "refused"

    @rule(who=people, role=roles, to=people, brief=SAID)
    def offers(self, who: str, role: str, to: str, brief: str) -> None:
        outcome = self.typed(who, f'crisis role {role} @{PERSONS[to][1]} --brief "{brief}"')
        assert self.now.roles.held == self.before.roles.held
        assert outcome == "refused" or self.now.roles.offered[role].to.person == to  # type: ignore[index]

    @rule(who=people, role=roles)
    def takes(self, who: str, role: str) -> None:
        held = self.now.roles.held.get(role)  # type: ignore[call-overload]
        outcome = self.typed(who, f"crisis take {role}")
        assert held is None or outcome == "refused"

    @rule(who=people, role=roles, readback=SAID)
    def accepts(self, who: str, role: str, readback: str) -> None:
        offer = self.now.roles.offered.get(role)  # type: ignore[call-overload]
        held = self.now.roles.held.get(role)  # type: ignore[call-overload]
        outcome = self.typed(who, f"crisis accept {role} {readback}")
        if offer is None or offer.to.person != who or (held and readback == "ok"):
            assert outcome == "refused"

    @rule(who=people, role=roles)
    def declines(self, who: str, role: str) -> None:
        self.typed(who, f"crisis decline {role} no time")
        assert self.now.roles.held == self.before.roles.held

    @rule(who=people, role=roles)
    def releases(self, who: str, role: str) -> None:
        held = self.now.roles.held.get(role)  # type: ignore[call-overload]
        outcome = self.typed(who, f"crisis release {role} going home")
        assert outcome == "refused" or (held and (held.who.person == who or who in MAY_RUN))

    @rule(who=people, line=st.sampled_from([
        "crisis task Isolate the servers --owner me --due 30m", "crisis task take T1", "crisis task give T2 @U2",
        "crisis task done T1", "crisis task drop 2 not needed", "crisis fact Two servers encrypt --source EDR",
        "crisis assume The way in was the VPN", "crisis unknown Whether data left", "crisis settle S1 fact It did not",
        "crisis settle S2 fact", "crisis withdraw S1 it was another host", "crisis reverse D1 it did not help",
        "crisis decide Cut the VPN --options \"all; some\" --because \"unknown way in\" --approver @U2",
        "crisis note The last host is isolated", "crisis correct #1 It was three servers", "crisis correct #400 no",
        f"crisis fact {SECRET} --tlp red", f"crisis task {SECRET} --due 10m --tlp red",
        f"crisis decide {SECRET} --tlp red", "crisis mark D1 red", "crisis mark S1 red", "crisis mark T1 red",
        "crisis admit @U9", "crisis admit @U3 under NDA",
        "crisis sitrep --post", "crisis note it happened --at 2031-01-01T00:00Z", "crisis severity 2 --reason smaller",
    ]))  # fmt: skip
    def works(self, who: str, line: str) -> None:
        self.typed(who, line)
        assert self.now.roles == self.before.roles
        assert self.now.phase == self.before.phase

    @rule(user=st.sampled_from(["U3", "U9"]), result=st.sampled_from(["joined", "left"]))
    def a_guest_comes_or_goes(self, user: str, result: str) -> None:
        self.before = self.now
        where = "--platform slack --tenant T1 --channel CROOM"
        self.loop.run_until_complete(self.room.system(f"crisis guest 1 {where} --user {user} --result {result}"))
        self.look()
        assert (self.now.phase, self.now.roles) == (self.before.phase, self.before.roles)
        there = {one.who.user for one in self.now.guests}
        assert (user in there) is (result == "joined") or not self.now.open

    @rule(minutes=st.sampled_from([1, 15, 60, 600]))
    def waits(self, minutes: int) -> None:
        self.before = self.now
        self.room.clock.advance(60 * minutes)
        answers = [self.loop.run_until_complete(self.room.system("crisis tick 1")) for _ in range(4)]
        self.look()
        assert (self.now.phase, self.now.roles) == (self.before.phase, self.before.roles)
        assert answers[-1].outcome == "refused", "what was called out is not called out again"

    @invariant()
    def the_record_is_the_state(self) -> None:
        events, verified = self.events, self.loop.run_until_complete(self.room.store.verify("1"))
        assert [event.stamp.n for event in events] == list(range(1, len(events) + 1))
        assert self.now.version == len(events) == verified.events
        assert verified.broken_at is None
        assert fold(events) == self.now

    @invariant()
    def nothing_strict_is_posted_beside_a_guest_and_nothing_red_at_all(self) -> None:
        outbox = self.room.state.outbox
        for partition in range(outbox.partitions):
            for one in self.loop.run_until_complete(outbox.pending(partition, self.posted[partition], 10_000)):
                self.posted[partition] = one.entry
                assert SECRET not in one.payload
                parcel = Parcel.model_validate_json(one.payload)
                muted = parcel.address.channel == "CROOM" and any(guest.admitted is None for guest in self.now.guests)
                assert not muted or fits(parcel.document.tlp, "amber"), text_of(parcel.document)

    @invariant()
    def nobody_is_both_commander_and_operations(self) -> None:
        commander, operations = self.now.roles.holder("commander"), self.now.roles.holder("operations")
        assert commander is None or operations is None or commander.person != operations.person

    @invariant()
    def nothing_changes_hands_unaccepted(self) -> None:
        for role in {*self.now.roles.held, *self.before.roles.held}:
            was, is_now = self.before.roles.holder(role), self.now.roles.holder(role)
            if was == is_now:
                continue
            last = self.events[-1]
            if is_now is None:
                assert isinstance(last, RoleVacated)
                assert last.role == role
            else:
                assert isinstance(last, RoleAccepted)
                assert (last.role, last.stamp.by.person) == (role, is_now.person)
                assert was is None or self.before.roles.offered[role].to.person == is_now.person

    @precondition(lambda self: not self.now.open)
    @invariant()
    def no_offer_outlives_the_crisis(self) -> None:
        assert self.now.roles.offered == {}


TestCrisisMachine = CrisisMachine.TestCase
TestCrisisMachine.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
