"""Lines become calls, answers come by the stream."""

from __future__ import annotations

import asyncio
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

import bot.worker
from tests.bot.console.site import HOSTILE, Site, site


async def test_a_line_is_taken_and_its_answer_arrives(tmp_path: Path) -> None:
    """A posted line is answered 202 with the call, and the stream brings question and answer in that order."""
    async with site(tmp_path) as at:
        await at.open()
        response = await at.post(line="/security:echo hello", role="manager")
        asked = await response.json()
        entries = await at.stream(lambda entry: entry["kind"] == "answer")
    assert response.status == 202
    assert [entry["kind"] for _, entry in entries if entry["kind"] != "working"] == ["asked", "answer"]
    assert {entry["call"] for _, entry in entries} == {asked["call"]}
    assert "Echo: hello" in entries[-1][1]["html"]
    assert "Simulated data" in entries[-1][1]["html"]


async def test_a_line_longer_than_any_is_not_kept(tmp_path: Path) -> None:
    """What could not be read anyway is refused at the door: it would stand in the state store twice, for half a day."""
    async with site(tmp_path) as at:
        await at.open()
        response = await at.post(line="echo " + "x" * 500_000)
        assert response.status == 400 and "4,000" in (await response.json())["error"]
        await at.ask(line="echo short")
        entries = await at.stream(lambda entry: entry["kind"] == "answer")
    assert max(len(json.dumps(entry)) for _, entry in entries) < 10_000


async def test_the_stream_resumes_after_the_last_event_seen(tmp_path: Path) -> None:
    """A page that comes back with Last-Event-ID is told what it has not seen and nothing else."""
    async with site(tmp_path) as at:
        await at.open()
        await at.ask(line="echo one")
        first = await at.stream(lambda entry: entry["kind"] == "answer")
        await at.ask(line="echo two")
        rest = await at.stream(lambda entry: entry["kind"] == "answer", after=first[-1][0])
    assert [entry["line"] for _, entry in rest if entry["kind"] == "asked"] == ["echo two"]
    assert "Echo: two" in rest[-1][1]["html"]


async def test_a_position_of_another_life_of_the_store_tells_everything_again(tmp_path: Path) -> None:
    """After a restart that lost the feed's numbering nothing is left out because an old number was higher."""
    async with site(tmp_path) as at:
        await at.open()
        await at.ask(line="echo one")
        told = await at.stream(lambda entry: entry["kind"] == "answer", after="0ld.999999-0")
    assert told[0][1]["line"] == "echo one"


async def test_two_sessions_see_nothing_of_each_other(tmp_path: Path) -> None:
    """A second browser gets neither the first one's answers nor its payloads."""
    async with site(tmp_path) as at:
        await at.open()
        answer = await at.ask(line="echo secret")
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            other = Site(at.url, at.app, at.state, client, at.adapter)
            await other.open()
            theirs = await other.get(f"/console/payload/{answer['id']}?as=json")
            await other.ask(line="echo mine")
            seen = await other.stream(lambda entry: entry["kind"] == "answer")
    assert theirs.status == 404
    assert "secret" not in json.dumps(seen)


async def test_payloads_are_those_of_the_same_document(tmp_path: Path) -> None:
    """The payload of each platform holds the answer's words, in that platform's shape."""
    async with site(tmp_path) as at:
        await at.open()
        answer = await at.ask(line="echo hello")
        path = f"/console/payload/{answer['id']}"
        slack, teams, plain = [await (await at.get(f"{path}?as={kind}")).json() for kind in ("slack", "teams", "json")]
        wrong = await at.get(f"{path}?as=html")
    assert "Echo: hello" in json.dumps(slack[0]["blocks"])
    assert teams[0]["type"] == "AdaptiveCard"
    assert plain["title"] == "Echo: hello"
    assert wrong.status == 400


async def test_the_role_switch_changes_what_help_shows(tmp_path: Path) -> None:
    """In the demo the same line is answered with the rights of the chosen role, sidebar included."""
    async with site(tmp_path) as at:
        await at.open()
        lead = await at.ask(line="help", role="lead")
        auditor = await at.ask(line="help", role="auditor")
        sides = [await (await at.get(f"/console/commands?role={role}")).json() for role in ("lead", "auditor")]
        unknown = await at.post(line="help", role="emperor")
    names = [{command["name"] for command in side["commands"]} for side in sides]
    assert "count rows" in lead["html"]
    assert "count rows" not in auditor["html"]
    assert names[0] - names[1] == {"count rows", "change"}
    assert unknown.status == 400


async def test_a_form_is_assembled_into_a_line_by_the_server(tmp_path: Path) -> None:
    """A submitted form is the command with its fields as flags."""
    async with site(tmp_path) as at:
        await at.open()
        response = await at.post(**{"command": "count rows", "field.limit": "7"})
        asked = await response.json()
        entries = await at.stream(lambda entry: entry["kind"] == "answer")
        unknown = await at.post(command="no such thing")
    assert asked["line"] == "count rows --limit 7"
    assert "Counted 7" in entries[-1][1]["html"]
    assert unknown.status == 400


async def test_a_confirm_button_works_and_its_token_is_not_repeated(tmp_path: Path) -> None:
    """The press applies the change once; the conversation shows the word, not the token."""
    async with site(tmp_path) as at:
        await at.open()
        preview = await at.ask(line="change")
        line = re.search(r'data-line="(confirm [^"]+)"', preview["html"])
        assert line is not None
        done = await at.ask(line=line[1], via="button", label="Confirm")
        again = await at.ask(line=line[1], via="button", label="Confirm")
        told = await at.stream(lambda entry: entry["call"] == again["call"] and entry["kind"] == "answer")
    asked = [entry for _, entry in told if entry["kind"] == "asked"]
    assert "It is changed." in done["html"]
    assert "has been used" in again["html"]
    assert line[1].split()[1] not in json.dumps(asked)


async def test_a_role_cannot_confirm_anothers_preview(tmp_path: Path) -> None:
    """Switching role is becoming another person: the manager's confirm button refuses the lead."""
    async with site(tmp_path) as at:
        await at.open()
        preview = await at.ask(line="change", role="manager")
        line = re.search(r'data-line="(confirm [^"]+)"', preview["html"])
        assert line is not None
        refused = await at.ask(line=line[1], role="lead", via="button")
    assert "It is changed." not in refused["html"]
    assert "Not done" in refused["html"]


async def test_a_slow_answer_is_announced_and_then_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a command takes its time a "working" entry of the same call comes first."""
    monkeypatch.setattr(bot.worker, "WORKING_AFTER", 0.01)
    async with site(tmp_path) as at:
        await at.open()
        await at.post(line="slow")
        await at.stream(lambda entry: entry["kind"] == "working")
        at.gate.set()
        entries = [entry for _, entry in await at.stream(lambda entry: entry["kind"] == "answer")]
    assert [entry["kind"] for entry in entries] == ["asked", "working", "answer"]
    assert len({entry["call"] for entry in entries}) == 1


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


async def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Markup that somebody typed comes back escaped: no tag and no handler of theirs is in the fragment."""
    async with site(tmp_path) as at:
        await at.open()
        answer = await at.ask(line=f"echo {HOSTILE}")
    tags = Tags()
    tags.feed(answer["html"])
    assert "owned" in answer["html"]
    assert not tags.names & {"script", "img", "iframe", "style"}
    assert tags.handlers == []


async def test_an_empty_line_is_refused_in_words(tmp_path: Path) -> None:
    """Nothing typed is 400 with a sentence, not a call."""
    async with site(tmp_path) as at:
        await at.open()
        response = await at.post(line="   ")
        assert (response.status, (await response.json())["error"]) == (400, "Nothing was typed.")
        assert await at.state.queue.depth() == (0, 0)


async def test_stopping_ends_open_streams(tmp_path: Path) -> None:
    """An open page does not hold up a stop until its next keep-alive: the stream ends, whole as far as it came."""
    async with site(tmp_path) as at:
        await at.open()
        waiting = asyncio.create_task(at.stream(lambda entry: False))
        await at.ask(line="echo hello")
        await at.adapter.stop()
        async with asyncio.timeout(5):
            told = await waiting
    assert [entry["kind"] for _, entry in told] == ["asked", "answer"]
