"""The message pipeline under random hands: no path sends an unapproved text, nobody approves their own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from handlers.core.parcel import Parcel
from handlers.core.pipeline import Answer
from handlers.crisis.base import Event
from handlers.crisis.letters import (
    Approval,
    Letter,
    LetterApproved,
    LetterRejected,
    LetterSending,
    LetterWritten,
    text_hash,
)
from handlers.crisis.state import Crisis, after
from tests.handlers.crisis.letterbox import letterbox, outward, words_of
from tests.handlers.crisis.room import confirm

PERSONS = ["lead", "manager", "analyst", "counsel", "ciso", "press"]
WRITERS = st.sampled_from(PERSONS)
SENDERS = st.sampled_from(["lead", "manager", "press", "analyst"])
AT = st.integers(0, 2)
BOTH = ["counsel", "press"]
APPROVERS = {"CISO": ["ciso", "manager"], "Legal counsel": BOTH, "Communications": BOTH, "Executive": ["ciso"]}
"""Who may approve as what; two persons may do so for two roles of one message."""
TEXTS = st.sampled_from(
    ["We know of it", "We know of it ¶ - and work on it", "Nothing new ¶ Ask the desk", "40 are affected"]
)
NAMES = st.sampled_from(["M1", "M2", "M3"])
PLACES = st.sampled_from(["CEXEC", "CEXEC", "CROOM", "CGREEN", "CELSE", "room", "CEXEC,CROOM", "executive", "@counsel"])
READERS = {"U4", "U5"}
"""Accounts of counsel, and of ciso, whom stakeholders.yaml names for executives."""


class Pipeline(RuleBasedStateMachine):
    """`seen`: hashes that somebody read, each of which may be stale by the time it is used."""

    seen = Bundle("seen")
    previews = Bundle("previews")

    @initialize()
    def declare(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.room = self.loop.run_until_complete(letterbox(Path(self.folder.name), approvers=APPROVERS))
        self.say("analyst", "crisis fact 40 clients are affected --source CRM")
        for who, audience in (("manager", "executive"), ("counsel", "customers")):
            self.say(who, f'crisis draft {audience} --text "We know of it ¶ - and work on it"')

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()
            self.folder.cleanup()

    def say(self, who: str, line: str, door: str = "slash") -> Answer:
        answer = self.loop.run_until_complete(self.room.say(who, line, door=door))  # type: ignore[arg-type]
        assert answer.outcome in {"answered", "refused", "preview", "applied"}, (line, answer.outcome)
        return answer

    def near(self, at: int, wanted: Callable[[Letter], bool]) -> str:
        """A message of the kind that makes a rule worth walking, where there is one; else any."""
        letters = self.crisis().letters
        found = [one for one in letters if wanted(one)] or list(letters)
        return found[at % len(found)].id

    def crisis(self) -> Crisis:
        return self.loop.run_until_complete(self.room.crisis())

    def parcels(self) -> list[Parcel]:
        return self.loop.run_until_complete(outward(self.room))

    @rule(who=WRITERS, audience=st.sampled_from(["executive", "customers", "media", "it"]), text=TEXTS)
    def draft(self, who: str, audience: str, text: str) -> None:
        if len(self.crisis().letters) < 3:
            self.say(who, f'crisis draft {audience} --another --text "{text}"')

    @rule(who=WRITERS, name=NAMES, text=TEXTS)
    def edit(self, who: str, name: str, text: str) -> None:
        self.say(who, f"crisis edit {name} {text}")

    def shown(self, at: int) -> tuple[str, str]:
        """A message and the hash of its text, as somebody reads it now."""
        name = self.near(at, lambda one: bool(one.missing))
        return name, self.crisis().letter(name).text_hash

    @rule(target=seen, at=AT)
    def read(self, at: int) -> tuple[str, str]:
        return self.shown(at)

    @rule(who=st.sampled_from(["manager", "counsel", "ciso", "press"]), one=seen)
    def approve(self, who: str, one: tuple[str, str]) -> None:
        """Whatever came of it, nobody approved a text other than the one they had read."""
        if self.say(who, f"crisis approve {one[0]} --hash {one[1]}").outcome == "answered":
            assert self.crisis().letter(one[0]).approvals[-1].text_hash == one[1]

    @rule(writer=WRITERS, who=st.sampled_from(["ciso", "press"]), at=AT, text=TEXTS)
    def edited_in_between(self, writer: str, who: str, at: int, text: str) -> None:
        one = self.shown(at)
        self.say(writer, f"crisis edit {one[0]} {text}")
        self.approve(who, one)

    @rule(name=NAMES, order=st.permutations(PERSONS))
    def all_approve(self, name: str, order: list[str]) -> None:
        """Everybody presses the button on the text as it is now, some twice, so that long paths are walked often."""
        for letter in self.crisis().letters:
            for who in (*order[:3], *order) if letter.id == name and letter.missing else ():
                self.say(who, f"crisis approve {name} --hash {letter.text_hash}")

    @rule(who=WRITERS, at=AT)
    def reject(self, who: str, at: int) -> None:
        name = self.near(at, lambda one: bool(one.approvals))
        if self.say(who, f"crisis reject {name} say it in other words").outcome == "answered":
            assert self.crisis().letter(name).missing == self.crisis().letter(name).needs

    @rule(target=previews, who=SENDERS, at=AT, place=PLACES)
    def preview(self, who: str, at: int, place: str) -> tuple[str, str]:
        name = self.near(at, lambda one: not one.missing)
        answer = self.say(who, f"crisis send {name} --to {place}")
        return who, confirm(answer.document) if answer.outcome == "preview" else "confirm none"

    @rule(one=previews)
    def press(self, one: tuple[str, str]) -> None:
        """Late, or twice, or after an edit."""
        self.say(one[0], one[1], door="button")

    @rule(who=SENDERS, at=AT, place=PLACES)
    def send(self, who: str, at: int, place: str) -> None:
        self.press(self.preview(who, at, place))

    @rule(who=WRITERS, name=NAMES, where=st.sampled_from(["mail", "portal"]))
    def by_hand(self, who: str, name: str, where: str) -> None:
        answer = self.say(who, f"crisis send {name} --by-hand {where} --reference R1 --despite agreed")
        if answer.outcome == "preview":
            self.say(who, confirm(answer.document), door="button")

    @rule(at=st.integers(0, 9), result=st.sampled_from(["sent", "refused"]))
    def receipt(self, at: int, result: str) -> None:
        parcels = self.parcels()
        if at < len(parcels):
            line = f"{parcels[at].report} --result {result} --channel C1 --message 1.0"
            answer = self.loop.run_until_complete(self.room.system(line))
            assert answer.outcome in {"answered", "refused"}

    @rule(who=WRITERS, name=NAMES)
    def withdraw(self, who: str, name: str) -> None:
        self.say(who, f"crisis withdraw-letter {name} overtaken")

    @rule(who=WRITERS)
    def lose_a_fact(self, who: str) -> None:
        self.say(who, "crisis withdraw S1 counted twice")

    async def _history(self) -> list[tuple[Event, Crisis]]:
        """Each event with the state after it."""
        steps: list[tuple[Event, Crisis]] = []
        async for _, event in self.room.store.events("1"):
            steps.append((event, after(steps[-1][1] if steps else None, event)))
        return steps

    @invariant()
    def what_was_released_was_approved(self) -> None:
        """From the timeline alone: for exactly the released hash, every needed role, by different persons, each of
        whom had written nothing of it, each approval after the last edit.
        """
        if not hasattr(self, "loop"):
            return
        given: dict[str, list[Approval]] = {}
        wrote: dict[str, set[str]] = {}
        letters: dict[str, Letter] = {}
        for event, _ in self.loop.run_until_complete(self._history()):
            if isinstance(event, LetterWritten):
                name = event.letter.id
                letters[name], given[name] = event.letter, []
                wrote[name] = wrote.get(name, set()) | {event.stamp.by.person}
            elif isinstance(event, LetterApproved):
                assert event.approval.who.person == event.stamp.by.person
                assert event.stamp.by.person not in wrote[event.letter]
                assert event.stamp.by.person in APPROVERS.get(event.approval.role, PERSONS)
                same = [one for one in given[event.letter] if one.text_hash == event.approval.text_hash]
                assert event.stamp.by.person not in {one.who.person for one in same}
                given[event.letter].append(event.approval)
            elif isinstance(event, LetterRejected):
                given[event.letter] = []
            elif isinstance(event, LetterSending):
                one = letters[event.letter]
                assert event.text_hash == text_hash(one.audience, one.subject, one.text)
                valid = [a for a in given[one.id] if a.text_hash == event.text_hash]
                assert set(one.needs) <= {a.role for a in valid}
                assert len({a.who.person for a in valid}) == len(valid) >= 1

    @invariant()
    def what_is_posted_is_what_was_approved(self) -> None:
        """A parcel holds the text as it was released, goes where it may, and never to a place that has it already."""
        if not hasattr(self, "loop"):
            return
        released: dict[tuple[str, str], Letter] = {}
        for event, crisis in self.loop.run_until_complete(self._history()):
            if isinstance(event, LetterSending):
                letter = crisis.letter(event.letter)
                first = len(letter.deliveries) - len(event.deliveries)
                released |= {(letter.id, str(first + n)): letter for n, _ in enumerate(event.deliveries)}
        letters = {one.id: one for one in self.crisis().letters}
        there: set[tuple[str, str]] = set()
        for parcel in self.parcels():
            _, _, _, name, place = parcel.report.split(" ")
            letter, channel = released[name, place], parcel.address.channel or parcel.address.user
            assert words_of(parcel.document) == letter.text
            assert parcel.insiders and letter.audience != "media"
            assert (channel in READERS) is (parcel.address.visibility == "direct")
            channels = {"CEXEC", "CROOM", "CGREEN"} if letter.tlp in {"clear", "green"} else {"CEXEC", "CROOM"}
            assert channel in READERS | channels
            assert channel != "U5" or letter.audience == "executive", (
                "who reads for executives was not named for others"
            )
            assert (name, channel) not in there
            delivery = letters[name].deliveries[int(place)]
            if delivery.ok or delivery.at is None:
                there.add((name, channel))


TestPipeline = Pipeline.TestCase
TestPipeline.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
