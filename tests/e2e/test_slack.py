"""The whole bot between a stand-in for Slack and a simulated SOC."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.platform import Parcel
from handlers.core.call import Address, Call
from handlers.core.pipeline import Answer
from messages.document import Chart, Document, Series
from tests.bot.stage import until
from tests.e2e.rig import Bot
from tests.e2e.slack_standin import Slack

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINE = "case list --priority high --sort age"
SHORT = "case lst"
"""Answered in one short message: no such command."""


async def deliver(bot: Bot, document: Document) -> None:
    """Give the platform a document as the courier does."""
    user = bot.hands.user
    at = Address(platform="slack", tenant="T1", channel=f"D{user}", user=user, visibility="direct")
    parcel = Parcel(id=f"{document.title}:{user}", kind="post", call="c", address=at, document=document)
    await bot.adapter.platform.deliver(parcel, None)


def words(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


async def test_a_slash_command_is_answered_through_its_response_url(bot: Bot, slack: Slack) -> None:
    """A signed slash command is acknowledged with an empty 200 and answered for the asker alone by response_url."""
    heard = await bot.hands.slash(LINE)
    assert (heard.status, heard.body) == (200, "")
    await until(lambda: len(slack.responses) >= 1)
    answer = slack.responses[-1]
    assert answer["response_type"] == "ephemeral" and answer["replace_original"] is False
    assert "Simulated data" in words(answer) and answer["text"]
    assert not slack.stands("C1") and not slack.ephemerals


async def test_the_acknowledgement_does_not_wait_for_slack(bot: Bot, slack: Slack) -> None:
    """The 200 comes within Slack's three seconds although Slack itself answers us late."""
    slack.be_late(50, 4.0)
    heard = await bot.hands.slash(SHORT)
    assert heard.status == 200 and heard.seconds < 3.0
    await until(lambda: len(slack.responses) >= 1)
    slack.faults.clear()


async def test_an_alias_types_the_commands_first_words(bot: Bot, slack: Slack) -> None:
    """`/security-case list` is `/security case list`."""
    await bot.hands.slash("list --priority high --sort age", command="/security-case")
    await until(lambda: len(slack.responses) >= 1)
    assert "Not done" not in words(slack.responses[-1])


async def test_a_mangled_line_is_understood(bot: Bot, slack: Slack) -> None:
    """Typographic dashes, the colon spelling and entities reach the parser as phones send them."""
    await bot.hands.slash("/security:case list —priority high —sort age")
    await until(lambda: len(slack.responses) >= 1)
    assert "Not done" not in words(slack.responses[-1])


async def test_a_mention_is_answered_in_its_thread(bot: Bot, slack: Slack) -> None:
    """A mention in a channel cleared for the answer is answered under the message that asked, for all to see."""
    event = bot.hands.mentioned(LINE, channel="CTEAM")
    assert (await bot.hands.tell(event)).status == 200
    await until(lambda: len(slack.stands("CTEAM")) == 1)
    assert slack.stands("CTEAM")[0]["thread_ts"] == event["ts"] and not slack.ephemerals


async def test_a_mention_in_a_thread_stays_there(bot: Bot, slack: Slack) -> None:
    """A mention inside a thread is answered in that thread."""
    await bot.hands.mention(LINE, channel="CTEAM", thread_ts="1700000000.000100")
    await until(lambda: len(slack.stands("CTEAM")) == 1)
    assert slack.stands("CTEAM")[0]["thread_ts"] == "1700000000.000100"


async def test_a_channel_without_ceiling_sees_nothing(bot: Bot, slack: Slack, me: str) -> None:
    """Where nobody cleared the channel, the answer to a mention is for the asker alone."""
    event = bot.hands.mentioned(LINE)
    await bot.hands.tell(event)
    await until(lambda: len(slack.ephemerals) == 1)
    assert (slack.ephemerals[0]["user"], slack.ephemerals[0]["thread_ts"]) == (me, event["ts"])
    assert not slack.stands("C1")


@pytest.fixture
def slow(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Answers wait until this is set, and "working" comes almost at once."""
    gate, answer = asyncio.Event(), bot.app.core.pipeline.answer

    async def gated(call: Call, attempt: int = 1) -> Answer:
        await gate.wait()
        return await answer(call, attempt)

    monkeypatch.setattr(bot.app.core.pipeline, "answer", gated)
    monkeypatch.setattr("bot.worker.WORKING_AFTER", 0.05)
    return gate


async def test_the_working_message_becomes_the_answer(bot: Bot, slack: Slack, slow: asyncio.Event) -> None:
    """What takes long is announced, and the announcement is replaced in place."""
    await bot.hands.mention(LINE, channel="CTEAM")
    await until(lambda: len(slack.stands("CTEAM")) == 1)
    working = dict(slack.stands("CTEAM")[0])
    assert "Working" in words(working)
    slow.set()
    await until(lambda: "edited" in slack.stands("CTEAM")[0])
    answer = slack.stands("CTEAM")[0]
    assert answer["ts"] == working["ts"] and "Working" not in words(answer)
    assert answer["metadata"]["event_payload"]["id"].endswith(":answer")


async def test_the_working_message_is_taken_back(bot: Bot, slack: Slack, slow: asyncio.Event) -> None:
    """When the answer turns out to be for the asker alone, the channel keeps no orphaned announcement."""
    await bot.hands.mention(LINE)
    await until(lambda: len(slack.stands("C1")) == 1)
    slow.set()
    await until(lambda: len(slack.ephemerals) == 1 and not slack.stands("C1"))
    assert not slack.responses


async def test_a_slow_slash_answer_takes_two_posts(bot: Bot, slack: Slack, slow: asyncio.Event) -> None:
    """A slash command's response_url is used once for "working" and once for the answer."""
    await bot.hands.slash(SHORT)
    await until(lambda: len(slack.responses) == 1)
    slow.set()
    await until(lambda: len(slack.responses) == 2)
    assert "Working" in words(slack.responses[0]) and "Working" not in words(slack.responses[1])


async def test_a_direct_message_is_answered_directly(bot: Bot, slack: Slack, me: str) -> None:
    """A direct message is answered in the same conversation, with metadata that makes a repeat findable."""
    await bot.hands.dm(LINE)
    await until(lambda: len(slack.stands(me)) >= 1)
    answer = slack.stands(me)[0]
    assert answer["metadata"]["event_type"] == "socbot_parcel" and answer["unfurl_links"] is False
    assert "thread_ts" not in answer


@pytest.mark.parametrize(
    "more",
    [{"bot_id": "B9"}, {"subtype": "message_changed"}, {"edited": {"ts": "1.0"}}, {"channel_type": "channel"}],
)
async def test_what_nobody_asked_is_left_alone(bot: Bot, slack: Slack, me: str, more: dict[str, Any]) -> None:
    """Messages of bots, edits and messages outside direct conversations get 200 and no answer."""
    assert (await bot.hands.dm(LINE, **more)).status == 200
    assert (await bot.hands.dm(SHORT)).status == 200
    await until(lambda: len(slack.stands(me)) >= 1)
    assert len(slack.stands(me)) == 1


async def test_the_same_event_three_times_is_one_answer(bot: Bot, slack: Slack, me: str) -> None:
    """Slack's retries of an event are the same call."""
    event = bot.hands.written(LINE)
    for retry in range(3):
        assert (await bot.hands.tell(event, event_id="EvThrice", retry=retry)).status == 200
    await until(lambda: len(slack.stands(me)) >= 1)
    await bot.hands.dm(SHORT)
    await until(lambda: len(slack.stands(me)) >= 2)
    assert len(slack.stands(me)) == 2


async def test_a_button_types_its_line(bot: Bot, slack: Slack, me: str) -> None:
    """A button of a direct message is answered there; an unknown command offers the nearest ones as buttons."""
    await bot.hands.dm("case lst")
    await until(lambda: len(slack.stands(me)) >= 1)
    first = slack.stands(me)[0]
    assert (await bot.hands.press(first, "case list")).status == 200
    await until(lambda: len(slack.stands(me)) >= 2)
    assert "Not done" not in words(slack.stands(me)[1])


async def test_a_write_previews_opens_its_form_and_is_confirmed_once(bot: Bot, slack: Slack) -> None:
    """A bare write opens a modal; submitted it is a preview; confirmed it is replaced; a second press is told so."""
    await bot.hands.slash("case list --priority high")
    await bot.hands.slash("case comment")
    await until(lambda: len(slack.views) == 1)
    view = slack.views[0]
    assert "hooks" not in view["private_metadata"] and "commands/" not in view["private_metadata"]
    wrong = await bot.hands.submit(view, {"case-id": "1001"})
    assert wrong.json["response_action"] == "errors" and "text" in wrong.json["errors"]
    before = len(slack.responses)
    right = await bot.hands.submit(view, {"case-id": "1001", "text": "Bridge opened"})
    assert (right.status, right.body) == (200, "")
    await until(lambda: any("Confirm" in words(r) for r in slack.responses[before:]))
    preview = next(r for r in slack.responses if "Confirm" in words(r))
    press = bot.hands.pressed(preview, "Confirm")
    await bot.hands.interact(press)
    await until(lambda: any(r["replace_original"] for r in slack.responses))
    await bot.hands.press(preview, "Confirm")
    await until(lambda: any("has been used" in words(r) for r in slack.responses))


async def test_an_expired_trigger_offers_a_button_instead(bot: Bot, slack: Slack) -> None:
    """When Slack refuses the trigger, an "Open form" button is offered, and opens the form with its own trigger."""
    form = bot.hands.slash_form("case list --form")
    slack.age(form["trigger_id"])
    assert (await bot.hands.post(urlencode(form))).status == 200
    await until(lambda: len(slack.responses) >= 1)
    await bot.hands.press(slack.responses[-1], "Open form")
    await until(lambda: len(slack.views) == 1)


async def test_the_home_tab_is_published_and_cached(bot: Bot, slack: Slack, me: str) -> None:
    """Opening Home publishes a board; within a minute the same roles get the kept one without a new call."""
    await bot.hands.open_home(me, tab="messages")
    await bot.hands.open_home(me)
    await until(lambda: me in slack.homes)
    assert slack.homes[me]["type"] == "home"
    assert (await bot.hands.open_home("U2")).status == 200
    await until(lambda: "U2" in slack.homes)


async def test_unsigned_and_stale_requests_are_refused(bot: Bot, slack: Slack, me: str) -> None:
    """A wrong signature or a timestamp older than five minutes is 401 and nothing is answered."""
    body = json.dumps(bot.hands.event(bot.hands.written(SHORT)))
    assert (await bot.hands.post(body, secret="another-secret")).status == 401
    assert (await bot.hands.post(body, age=301)).status == 401
    assert (await bot.hands.post(body, age=-301)).status == 401
    assert (await bot.hands.post(body, headers={"X-Slack-Signature": ""})).status == 401
    assert (await bot.hands.post(body, headers={"X-Slack-Request-Timestamp": "yesterday"})).status == 401
    assert (await bot.hands.post(body, age=299)).status == 200
    await until(lambda: len(slack.stands(me)) == 1)


async def test_hostile_bodies_are_refused_calmly(bot: Bot) -> None:
    """What is not Slack's is 400, what is too long 413; signed or not, never a 500."""
    assert (await bot.hands.post("{" * 10)).status == 400
    assert (await bot.hands.post('{"a":' * 20_000)).status == 400
    assert (await bot.hands.post("payload=[1]")).status == 400
    assert (await bot.hands.post("payload=" + "x" * 1_100_000)).status == 413
    assert (await bot.hands.post('{"type":"never_heard_of"}')).status == 200
    assert (await bot.hands.interact({"type": "shortcut", "callback_id": "x", "team": {"id": "T1"}})).status == 200


async def test_slack_checks_the_address(bot: Bot) -> None:
    """url_verification echoes its challenge, when it is signed; ssl_check is 200."""
    heard = await bot.hands.post('{"type":"url_verification","challenge":"c-1"}')
    assert heard.status == 200 and "c-1" in heard.body
    assert (await bot.hands.post("ssl_check=1&token=t", secret="none")).status == 200
    async with bot.hands.session.get(f"{bot.hands.url}/slack/events?ssl_check=1") as answer:
        assert answer.status == 200


async def test_patience_is_kept(bot: Bot, slack: Slack, me: str) -> None:
    """After a 429 the answer is posted once, not before Retry-After has passed."""
    slack.limit(1, 0.3, "chat.postMessage")
    await bot.hands.dm(SHORT)
    await until(lambda: len(slack.stands(me)) >= 1)
    assert slack.counted("chat.postMessage") == 2 and len(slack.stands(me)) == 1


async def test_a_lost_answer_is_not_posted_twice(bot: Bot, slack: Slack, me: str) -> None:
    """A post that took effect while its answer was lost is found by its metadata and not repeated."""
    slack.hang_up(1, "chat.postMessage")
    await bot.hands.dm(SHORT)
    await until(lambda: slack.counted("conversations.history") >= 1)
    await bot.hands.dm("case list --priority high")
    await until(lambda: len(slack.stands(me)) >= 2)
    assert len(slack.stands(me)) == 2 and "sent again" not in words(slack.stands(me)[0])


async def test_a_repeat_that_cannot_be_ruled_out_says_so(bot: Bot, slack: Slack) -> None:
    """Where Slack keeps no history for us, the second try is marked as one."""
    slack.hang_up(1, "response_url")
    await bot.hands.slash(SHORT)
    await until(lambda: len(slack.responses) >= 2)
    assert "sent again" in slack.responses[1]["text"] and "sent again" not in slack.responses[0]["text"]


async def test_refused_charts_become_rows(bot: Bot, slack: Slack) -> None:
    """invalid_blocks for a native chart leads to the same answer with rows, and is remembered."""
    slack.charts_refused = True
    said = "Drawn as rows"
    chart = Chart(shape="bar", title="Cases", labels=("open", said), series=(Series(name="n", values=(2.0, 3.0)),))
    for number in range(2):
        await deliver(bot, Document(title=f"Chart {number}", blocks=(chart,)))
    await until(lambda: len(slack.stands(bot.hands.user)) == 2)
    assert all(said in words(message) for message in slack.stands(bot.hands.user))
    assert sum("data_visualization" in words(payload) for _, payload in slack.asked) == 1


async def test_unshowable_answers_are_admitted(bot: Bot, slack: Slack) -> None:
    """Blocks that Slack refuses altogether become a sentence with the call's id, never silence."""
    slack.blocks_refused = True
    await bot.hands.slash(SHORT)
    await until(lambda: len(slack.responses) >= 1)
    assert "refused to show" in slack.responses[0]["text"] and not slack.responses[0]["blocks"]


async def test_a_closed_channel_is_answered_directly(bot: Bot, slack: Slack, me: str) -> None:
    """A mention from where the bot cannot write is answered to the asker."""
    await bot.hands.mention(SHORT, channel="CELSEWHERE")
    await until(lambda: len(slack.stands(me)) >= 1)
    assert "cannot write to that channel" in words(slack.stands(me)[0])


async def test_post_to_channel_reaches_a_cleared_channel(bot: Bot, slack: Slack) -> None:
    """ "Post to channel" under a private answer posts the same document for all where the channel is cleared."""
    await bot.hands.slash(LINE, channel="CTEAM")
    await until(lambda: len(slack.responses) == 1)
    await bot.hands.press(slack.responses[0], "Post to channel")
    await until(lambda: len(slack.stands("CTEAM")) == 1)
    assert slack.stands("CTEAM")[0]["blocks"][0] == slack.responses[0]["blocks"][0]


async def test_a_withdrawn_token_is_noticed(bot: Bot, slack: Slack) -> None:
    """After tokens_revoked nothing is posted, and the bot answers again once Slack knows its token again."""
    await bot.hands.tell({"type": "tokens_revoked", "tokens": {"bot": [slack.bot_user]}})
    slack.revoked = True
    heard = await bot.hands.slash(SHORT)
    assert heard.status == 200 and not slack.responses[1:]
    slack.revoked = False
    await bot.hands.dm(SHORT)
    await until(lambda: len(slack.stands(bot.hands.user)) == 1)
