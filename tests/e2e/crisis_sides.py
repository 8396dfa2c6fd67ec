"""One crisis as it is run on either platform: declared, typed at, confirmed, read back. The same words, other doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from handlers.crisis.state import Crisis, after
from messages.document import Document, Paragraph
from messages.text import render
from tests.bot.stage import until
from tests.e2e.both_rig import Both
from tests.e2e.teams_hands import actions, text
from tests.e2e.teams_standin import CRISIS_CHANNEL, Message, person
from tests.messages.reader import card_words, slack_words

PATIENCE = 25
"""Seconds, for what takes a few deliveries to one channel: Slack's pace is one a second."""


@dataclass
class Side:
    """A crisis (`id`) and its place on one platform."""

    both: Both
    id: str = ""

    async def crisis(self) -> Crisis:
        return await self.both.app.core.soc.crises.get(self.id)

    async def newest(self, title: str, platform: str) -> Crisis:
        """The crisis of this title that has its room there, once there is one."""
        crises = self.both.app.core.soc.crises
        async with asyncio.timeout(PATIENCE):
            while True:
                for one, _ in await crises.port.listed():
                    found = await crises.get(one)
                    if found.title == title and platform in {room.platform for room in found.rooms}:
                        return found
                await asyncio.sleep(0.03)

    async def timeline(self) -> list[str]:
        """Every line, without what differs from crisis to crisis: its number, its name, whose account it was."""
        lines, now = [], None
        async for _, event in self.both.app.core.soc.crises.events(self.id):
            now = after(now, event)
            lines.append(self.plain(render(Document(title="", blocks=(Paragraph(text=event.line(now)),))), now))
        return lines

    def plain(self, words: str, crisis: Crisis) -> str:
        for own, common in ((crisis.name, "NAME"), (crisis.code_name, "CODE"), (f"--crisis {crisis.id}", "--crisis N")):
            words = words.replace(own, common)
        return self.unnamed(words).strip()

    def unnamed(self, words: str) -> str:
        raise NotImplementedError

    async def so(self, true: Callable[[Crisis], bool]) -> Crisis:
        """The crisis, once it is so."""
        async with asyncio.timeout(PATIENCE):
            while not true(found := await self.crisis()):
                await asyncio.sleep(0.03)
        return found


class SlackSide(Side):
    """In the channel that the bot made."""

    channel = ""

    async def declare(self, line: str, title: str) -> Crisis:
        hands, slack = self.both.slack, self.both.slack.slack
        before = len(slack.responses)
        await hands.slash(line)
        await until(lambda: len(slack.responses) > before, PATIENCE)
        await hands.press(slack.responses[-1], "Confirm")
        found = await self.newest(title, "slack")
        self.id, self.channel = found.id, found.rooms[-1].channel
        await until(lambda: bool(slack.rooms.pins.get(self.channel)), PATIENCE)
        return found

    async def do(self, line: str, user: str = "") -> Crisis:
        """Typed in the room and, where it asks, confirmed."""
        hands, slack = self.both.slack, self.both.slack.slack
        version, before = (await self.crisis()).version, len(slack.responses)
        await hands.slash(line, channel=self.channel, **({"user": user} if user else {}))
        async with asyncio.timeout(PATIENCE):
            while (now := await self.crisis()).version == version:
                for one in slack.responses[before:]:
                    if '"Confirm"' in json.dumps(one["blocks"]):
                        before = len(slack.responses)
                        await hands.press(one, "Confirm")
                await asyncio.sleep(0.03)
        return now

    async def joined(self, name: str) -> None:
        """A guest is let into the channel."""
        slack = self.both.slack.slack
        slack.rooms.people["U9"] = {"is_restricted": True, "real_name": name}
        slack.members[self.channel].add("U9")
        what = {"type": "member_joined_channel", "user": "U9", "channel": self.channel, "channel_type": "G"}
        await self.both.slack.tell(what)

    async def admit(self, name: str) -> None:
        """By the button that the commander is sent."""
        slack, me = self.both.slack.slack, self.both.slack.user
        async with asyncio.timeout(PATIENCE):
            while not (asked := [one for one in slack.stands(me) if f"Admit {name}" in json.dumps(one["blocks"])]):
                await asyncio.sleep(0.03)
        await self.both.slack.press(asked[-1], f"Admit {name}")

    def board(self) -> str:
        """The words of the pinned board."""
        slack = self.both.slack.slack
        pinned = slack.rooms.pins[self.channel][-1]
        return slack_words([one["blocks"] for one in slack.stands(self.channel) if one["ts"] == pinned])

    def posted(self) -> str:
        return slack_words([one["blocks"] for one in self.both.slack.slack.stands(self.channel)])

    def unnamed(self, words: str) -> str:
        hands = self.both.slack
        return words.replace(f"@{hands.user}", "WHO").replace(hands.user.lower(), "WHO").replace("slack", "PLATFORM")


class TeamsSide(Side):
    """In the thread that the bot began."""

    thread = ""

    async def declare(self, line: str, title: str) -> Crisis:
        hands = self.both.teams
        chat = f"a:{hands.user}"
        hands.teams.installed.add(hands.user)
        before = len(hands.teams.of(chat))
        await hands.mention(line)
        await hands.press((await hands.until(chat, before + 1))[-1], "Confirm")
        found = await self.newest(title, "teams")
        self.id, self.thread = found.id, found.rooms[-1].thread
        await until(lambda: bool(self.boards()), PATIENCE)
        return found

    @property
    def conversation(self) -> str:
        return f"{CRISIS_CHANNEL};messageid={self.thread}"

    def boards(self) -> list[Message]:
        return [one for one in self.both.teams.teams.of(self.conversation) if "refresh" in one.card]

    async def do(self, line: str) -> Crisis:
        """Typed in the thread with a mention and, where it asks, confirmed."""
        hands = self.both.teams
        version, before = (await self.crisis()).version, len(hands.teams.of(self.conversation))
        await hands.mention(line, CRISIS_CHANNEL, self.thread)
        async with asyncio.timeout(PATIENCE):
            while (now := await self.crisis()).version == version:
                there = hands.teams.of(self.conversation)
                for one in there[before:]:
                    if "Confirm" in [action["title"] for action in actions(one.card)]:
                        before = len(there)
                        await hands.press(one, "Confirm")
                await asyncio.sleep(0.03)
        return now

    async def joined(self, name: str) -> None:
        """A guest is let into the team of the channel."""
        hands = self.both.teams
        upn = "guest_example.org#EXT#@tenant.example"
        guest = person("user-9", name=name, userPrincipalName=upn)
        hands.teams.members[CRISIS_CHANNEL] = [person("user-1"), person("user-2"), guest]
        await hands.send(
            hands.activity("conversationUpdate", "19:general@thread.tacv2", membersAdded=[{"id": "29:user-9"}])
        )

    async def admit(self, name: str) -> None:
        """By the button that the commander is sent."""
        hands, label = self.both.teams, f"Admit {name}"
        chat = f"a:{hands.user}"
        async with asyncio.timeout(PATIENCE):
            while not (asked := [one for one in hands.teams.of(chat) if label in text(one.card)]):
                await asyncio.sleep(0.03)
        await hands.press(asked[-1], label)

    def board(self) -> str:
        """The words of the board."""
        return card_words(self.boards()[-1].card)

    def posted(self) -> str:
        return text([one.card for one in self.both.teams.teams.of(self.conversation)])

    def unnamed(self, words: str) -> str:
        user = self.both.teams.user
        return words.replace(f"Person {user}", "WHO").replace(f"@{user}", "WHO").replace("teams", "PLATFORM")
