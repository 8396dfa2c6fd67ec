from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web as server

from bot.platform import Later, Unsure
from bot.slack.web import Refusal, Web, response_hosts
from connectors.clock import FixedClock
from tests.e2e.rig import slack_settings
from tests.e2e.slack_standin import Slack

HELLO = {"channel": "C1", "text": "hello"}


@pytest.mark.parametrize(
    ("api", "hosts"),
    [
        ("https://slack.com/api/", {"https://hooks.slack.com"}),
        ("https://slack-gov.com/api/", {"https://slack-gov.com", "https://hooks.slack-gov.com"}),
        ("http://127.0.0.1:4600/api/", {"http://127.0.0.1:4600", "http://hooks.127.0.0.1:4600"}),
    ],
)
def test_where_a_response_url_may_lead(api: str, hosts: set[str]) -> None:
    """Slack's own API goes with Slack's hooks host alone; another one with its own hosts."""
    assert response_hosts(api) == hosts


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://hooks.slack.com/commands/T1/1/x", True),
        ("http://hooks.slack.com/commands/T1/1/x", False),
        ("https://hooks.slack.com.example.org/x", False),
        ("https://hooks.slack.com@169.254.169.254/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("http://127.0.0.1/x", False),
        ("", False),
    ],
)
def test_no_other_host_is_posted_to(url: str, trusted: bool) -> None:
    """Whatever only looks like Slack's hooks host is not."""
    settings = slack_settings(Slack()).model_copy(update={"api_url": "https://slack.com/api/"})
    assert Web(settings, FixedClock(datetime(2026, 1, 1, tzinfo=UTC))).trusted(url) is trusted


async def test_failures_are_told_by_what_to_do(web: Web, slack: Slack) -> None:
    """429 is patience with Slack's own seconds, 500 and a lost connection are unsure, ok:false is a refusal."""
    slack.limit(1, 7)
    with pytest.raises(Later) as later:
        await web.ask("chat.postMessage", HELLO)
    assert later.value.after == 7
    slack.break_down(1)
    with pytest.raises(Unsure):
        await web.ask("chat.postMessage", HELLO)
    slack.hang_up(1)
    with pytest.raises(Unsure):
        await web.ask("chat.postMessage", HELLO)
    with pytest.raises(Refusal) as refusal:
        await web.ask("chat.postMessage", {"channel": "CNONE", "text": "hello"})
    assert refusal.value.code == "channel_not_found"
    assert slack.counted("chat.postMessage") == 4


@pytest.mark.parametrize("url", ["https://files.example.org/upload", "http://10.0.0.1/upload", "ftp://127.0.0.1/x", ""])
async def test_bytes_go_to_slack_alone(web: Web, url: str) -> None:
    """An upload's address on another host than the API's is refused before anything is sent."""
    with pytest.raises(Refusal, match="another host"):
        await web.upload(url, b"figures")


async def test_an_upload_is_told_by_what_to_do(web: Web, slack: Slack) -> None:
    """Bytes of another length than announced are refused; a lost or failed upload is unsure, 429 is patience."""
    said = await web.form("files.getUploadURLExternal", {"filename": "a.csv", "length": 3})
    with pytest.raises(Refusal):
        await web.upload(said["upload_url"], b"four")
    slack.break_down(1, "upload")
    with pytest.raises(Unsure):
        await web.upload(said["upload_url"], b"abc")
    slack.limit(1, 7, "upload")
    with pytest.raises(Later) as later:
        await web.upload(said["upload_url"], b"abc")
    assert later.value.after == 7
    await web.upload(said["upload_url"], b"abc")
    assert slack.files.kept[said["file_id"]].content == b"abc"


async def test_slow_is_unsure(web: Web, slack: Slack) -> None:
    """An answer later than the time limit may have been a success."""
    slack.be_late(1, 3.0)
    with pytest.raises(Unsure):
        await web.ask("chat.postMessage", HELLO)
    assert len(slack.stands("C1")) == 1


async def test_nobody_there_is_not_unsure(slack: Slack, unused_tcp_port: int) -> None:
    """A refused connection posted nothing."""
    settings = slack_settings(slack).model_copy(update={"api_url": f"http://127.0.0.1:{unused_tcp_port}/api/"})
    closed = Web(settings, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)), seconds=1.0)
    with pytest.raises(Later):
        await closed.ask("chat.postMessage", HELLO)
    with pytest.raises(Later):
        await closed.respond(f"http://127.0.0.1:{unused_tcp_port}/x", {"text": "hello"})


async def test_auth_is_asked_once(web: Web, slack: Slack) -> None:
    """auth.test is asked once and again only after the token was doubted."""
    for _ in range(3):
        assert (await web.me()).user == slack.bot_user
    assert slack.counted("auth.test") == 1
    web.forget("test")
    await web.me()
    assert slack.counted("auth.test") == 2


async def test_a_redirect_is_not_followed(web: Web, slack: Slack) -> None:
    """A response_url that redirects is refused: it could lead anywhere."""

    async def elsewhere(_: server.Request) -> server.Response:
        raise server.HTTPFound(f"{slack.base}/api/chat.postMessage")

    app = server.Application()
    app.router.add_post("/x", elsewhere)
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        with pytest.raises(Refusal):
            await web.respond(f"http://127.0.0.1:{runner.addresses[0][1]}/x", {"text": "hello"})
    finally:
        await runner.cleanup()
    assert not slack.asked


async def test_after_closing_answers_still_leave(web: Web, slack: Slack) -> None:
    """While the process drains, late answers open sessions of their own."""
    await web.close()
    await web.ask("chat.postMessage", HELLO)
    await web.respond(slack.response_url("C1", "U1"), {"text": "hello"})
    assert len(slack.stands("C1")) == 1 and len(slack.responses) == 1
