"""What became of a storm's requests: the timelines held against what was asked, the chat against the timelines."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.slack.outgoing import AGAIN, METADATA
from connectors.memory import MemoryState
from connectors.redis import RedisState
from handlers.core.audit import digest
from handlers.core.parcel import Post
from handlers.crisis.effects import follow
from handlers.crisis.events import read
from handlers.crisis.state import Crisis, after
from tests.e2e.slack_standin import Slack
from tests.faults.counting import answers
from tests.faults.storm import Asked

REFUSED = re.compile(r"nothing was changed|nothing can be changed|nothing was recorded|changed nothing", re.IGNORECASE)
"""How an answer says that nothing came of a request."""
UNKNOWN = re.compile(r"whether it was (done|recorded) is unknown|could not rule out that the store", re.IGNORECASE)
_TEXT = {"noted": ("text",), "stated": ("statement", "text"), "declared": ("title",),
         "task added": ("tasks", 0, "text"), "task changed": ("task", "text")}  # fmt: skip


@dataclass
class StormTally:
    """`refused`: acknowledged, not recorded, and the asker was told so. `contradicted`: recorded, and the asker was
    told that nothing was. `untold`: acknowledged and never answered. `again`: answers for one pair of eyes that were
    sent again and say so, because no history tells whether the first arrived.
    """

    name: str
    trials: int = 0
    faults: int = 0
    repeats: int = 0
    acknowledged: int = 0
    events: int = 0
    told: int = 0
    lost: int = 0
    duplicated: int = 0
    torn: int = 0
    breaks: int = 0
    refused: int = 0
    contradicted: int = 0
    untold: int = 0
    again: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return self.acknowledged > 0 and not (self.lost or self.duplicated or self.torn or self.breaks)

    def line(self) -> str:
        counts = (
            f"trials {self.trials}, faults {self.faults}, deliveries repeated {self.repeats}, acknowledged "
            f"{self.acknowledged} (not recorded and said so: {self.refused}), lost {self.lost}, duplicated "
            f"{self.duplicated}, torn {self.torn}, chain breaks {self.breaks}: {'sound' if self.sound else 'NOT SOUND'}"
        )
        more = (
            f"  {self.events} events, {self.told} messages that each had to stand once; answers that never came "
            f"{self.untold}, that said nothing was changed where something was {self.contradicted}, sent again and "
            f"saying so {self.again}"
        )
        return "\n".join([f"{self.name}: {counts}", more, *(f"  {one}" for one in self._examples())])

    def _examples(self) -> list[str]:
        """Three of each kind, the worst first."""
        kinds = ("lost", "duplicated", "torn", "breaks", "untold", "contradicted")
        return [one for kind in kinds for one in [e for e in self.examples if e.startswith(f"{kind}:")][:3]]

    def note(self, kind: str, example: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.examples.append(f"{kind}: {example}")


@dataclass(frozen=True)
class Walked:
    """One crisis: how often each (kind, words) is an event; every post its events had to lead to, by parcel id."""

    crisis: Crisis
    words: Counter[tuple[str, str]]
    posts: dict[str, Post]
    events: int


async def count(
    state: RedisState | MemoryState, key: bytes, slack: Slack, asked: list[Asked], tally: StormTally
) -> None:
    """Add one storm that is over, with nothing left in inbox and outbox."""
    there = await state.crises.listed()
    crises = [found for one, _ in there if (found := await walked(state, one, key, tally)) is not None]
    words = sum((one.words for one in crises), Counter[tuple[str, str]]())
    heard = answers(slack)
    for whisper in slack.ephemerals:
        heard[whisper["user"]].append(whisper)
    for one in asked:
        count_request(one, words[one.kind, one.marker], " ".join(map(str, heard[one.user])), tally)
    tally.again += sum(AGAIN in str(one.get("text")) for one in (*slack.responses, *slack.ephemerals))
    stands = standing(slack)
    for identity, times in stands.items():
        if times > 1:
            tally.note("duplicated", f"message {identity} stands {times} times")
    for crisis in crises:
        tally.events += crisis.events
        count_posts(crisis, stands, slack, tally)
    tally.trials += 1


def count_request(one: Asked, events: int, heard: str, tally: StormTally) -> None:
    tally.acknowledged += one.acknowledged + one.presses
    if events > 1:
        tally.note("duplicated", f"{one}: {events} events")
    if not (one.acknowledged or one.presses):
        return
    if not heard:
        tally.note("untold", str(one))
    said_no = bool(REFUSED.search(heard)) and not UNKNOWN.search(heard)
    if events and said_no and not one.presses:
        tally.note("contradicted", str(one))
    if not events:
        if REFUSED.search(heard) or UNKNOWN.search(heard):
            tally.refused += 1
        else:
            tally.note("lost", f"{one}; told: {heard[:300]}")


async def walked(state: RedisState | MemoryState, crisis: str, key: bytes, tally: StormTally) -> Walked | None:
    """The chain verified, the events folded and held against the state that is kept."""
    now: Crisis | None = None
    previous, number = "", 0
    words: Counter[tuple[str, str]] = Counter()
    calls: Counter[str] = Counter()
    posts: dict[str, Post] = {}
    async for version, text, head in state.crises.events(crisis):
        number += 1
        if version != number or digest(key, previous, text) != head:
            tally.note("breaks", f"crisis {crisis} at {version}")
        before, event = now, read(text)
        now, previous = after(before, event), head
        words[event.kind, _words(json.loads(text))] += 1
        calls[event.stamp.call] += 1
        for at, post in enumerate(follow(before, now, event, head)):
            posts[f"crisis:{crisis}:{version}:{at}"] = post
    for call, times in calls.items():
        if times > 1:
            tally.note("duplicated", f"crisis {crisis}: call {call} made {times} events")
    kept = await state.crises.load(crisis)
    if now is None or kept is None or kept.version != number or kept.head != previous:
        tally.note("torn", f"crisis {crisis}: {number} events, state at {kept.version if kept else None}")
        return None
    if Crisis.model_validate_json(kept.state) != now:
        tally.note("torn", f"crisis {crisis}: its state is not what its events make")
    return Walked(now, words, posts, number)


def _words(event: Any) -> str:
    """What somebody typed, of an event's JSON; "" of those that nobody types."""
    for step in _TEXT.get(event["kind"], ()):
        event = event[step]
    return event if isinstance(event, str) else ""


def standing(slack: Slack) -> Counter[tuple[str, int]]:
    """(parcel, page) → how many messages of the chat are it."""
    marks = [one.get("metadata") or {} for messages in slack.messages.values() for one in messages]
    ours = [mark["event_payload"] for mark in marks if mark.get("event_type") == METADATA]
    return Counter((one["id"], one["page"]) for one in ours)


def count_posts(one: Walked, stands: Counter[tuple[str, int]], slack: Slack, tally: StormTally) -> None:
    """Each told line stands once in its room, each room has one board, pinned and the newest."""
    boards: dict[str, list[str]] = {}
    for identity, post in one.posts.items():
        if post.board:
            boards.setdefault(post.address.channel, []).append(identity)
        elif post.address.visibility != "private":
            tally.told += 1
            if stands[identity, 0] == 0:
                tally.note("lost", f"message {identity} to {post.address.channel or post.address.user}")
    for channel, identities in boards.items():
        tally.told += 1
        marks = [(m["ts"], (m.get("metadata") or {}).get("event_payload", {})) for m in slack.messages.get(channel, ())]
        boards_there = [(ts, mark.get("id")) for ts, mark in marks if mark.get("id") in set(identities)]
        if [found for _, found in boards_there] != identities[-1:]:
            tally.note("duplicated" if len(boards_there) > 1 else "lost", f"board in {channel}: {boards_there}")
        elif slack.rooms.pins.get(channel) != [boards_there[0][0]]:
            tally.note("torn", f"board in {channel}: pinned {slack.rooms.pins.get(channel)}")
    if not boards:
        tally.note("lost", f"crisis {one.crisis.id} has no room: {one.crisis.room_problem}")
