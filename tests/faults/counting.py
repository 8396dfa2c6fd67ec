"""What became of acknowledged calls: the stand-in's messages counted per asker, one asker a call."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.slack.outgoing import AGAIN
from tests.e2e.slack_standin import Slack

SECOND = "Should a second answer follow"
"""What an answer says that was made while Redis was away: whether the call had been stored is unknown then."""
WORKING = "Working on it"
_PAGE = re.compile(r"\(page (\d+) of (\d+)\)")


@dataclass
class Tally:
    """Calls by what became of them. `marked` of the duplicated: every repeat says that it is one, or was announced."""

    name: str
    trials: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: int = 0
    marked: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def unmarked(self) -> int:
        return self.duplicated - self.marked

    @property
    def sound(self) -> bool:
        """Nothing was lost, and nobody got something twice without being told."""
        return not self.lost and not self.unmarked

    def add(self, acknowledged: Iterable[str], refused: Iterable[str], slack: Slack) -> None:
        """One trial: the askers whose call was acknowledged with 200, and those whose call was not."""
        said, refused = answers(slack), list(refused)
        self.trials += 1
        for user in acknowledged:
            self.acknowledged += 1
            if not whole(said[user]):
                self.lost.append(user)
            self._repeats(said[user])
        for user in refused:
            self.unacknowledged += 1
            self._repeats(said[user])

    def _repeats(self, messages: list[Any]) -> None:
        firsts = [message for message in messages if page(message)[0] == 1]
        if len(firsts) > 1:
            self.duplicated += 1
            forewarned = any(SECOND in str(message) for message in firsts)
            self.marked += forewarned or all(AGAIN in message["text"] for message in firsts[1:])

    def line(self) -> str:
        verdict = "sound" if self.sound else "NOT SOUND"
        counts = (
            f"trials {self.trials}, acknowledged {self.acknowledged} (not: {self.unacknowledged}), "
            f"lost {len(self.lost)}, duplicated {self.duplicated}, of these marked as sent again {self.marked}"
        )
        return "\n".join([f"{self.name}: {counts}: {verdict}", *(f"  {note}" for note in self.notes)])


def page(message: Any) -> tuple[int, int]:
    """Its page and the number of pages; the first of one when it does not say."""
    found = _PAGE.search(message["text"])
    return (int(found[1]), int(found[2])) if found else (1, 1)


def whole(messages: list[Any]) -> bool:
    """Is every page of an answer there?"""
    told = [page(message) for message in messages]
    return bool(told) and {number for number, _ in told} >= set(range(1, told[0][1] + 1))


def answers(slack: Slack) -> defaultdict[str, list[Any]]:
    """Final messages by asker, in the order they came: through response_urls and in direct conversations."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for message in slack.responses:
        if WORKING not in message["text"]:
            found[message["user"]].append(message)
    for channel, messages in slack.messages.items():
        found[channel.removeprefix("D")] += [one for one in messages if WORKING not in one["text"]]
    return found
