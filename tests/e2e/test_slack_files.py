"""Answers as files in Slack: from the button to the bytes that arrive."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from bot.files import Unwritable
from messages.files.model import Attachment
from tests.bot.stage import until
from tests.e2e.rig import Bot
from tests.e2e.slack_files import Upload
from tests.e2e.slack_standin import Slack

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINE = "case list --priority high --sort age"


def words(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


async def offered(bot: Bot, slack: Slack, line: str, kind: str) -> dict[str, Any]:
    """Ask directly, press “Files”, press a kind; the card that was first answered."""
    me = bot.hands.user
    await bot.hands.dm(line)
    await until(lambda: any("“Files”" in words(m) or '"Files"' in words(m) for m in slack.stands(me)), 20)
    card = next(m for m in slack.stands(me) if '"Files"' in words(m))
    pages = len(slack.stands(me))
    await bot.hands.press(card, "Files")
    await until(lambda: len(slack.stands(me)) > pages)
    await bot.hands.press(slack.stands(me)[pages], kind)
    return card


async def arrived(slack: Slack, channel: str) -> Upload:
    await until(lambda: bool(slack.files.shared(channel)), 30)
    (found,) = slack.files.shared(channel)
    return found


async def test_a_workbook_arrives_with_the_cards_figures(bot: Bot, slack: Slack, me: str) -> None:
    """metrics soc → Files → XLSX: the file comes to the same conversation, and what the card shows stands in it."""
    from openpyxl import load_workbook

    await offered(bot, slack, "metrics soc", "XLSX")
    file = await arrived(slack, f"D{me}")
    assert file.name.endswith(".xlsx") and file.content is not None
    message = next(m for m in slack.stands(me) if m.get("files"))
    assert "TLP:AMBER" in message["text"] and "Simulated data" in message["text"]
    book = load_workbook(io.BytesIO(file.content))
    rows = list(book["Figures"].iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[0] == "id")
    shown = {row[rows[head].index("label")]: str(row[rows[head].index("shown")]) for row in rows[head + 1 :] if row[0]}
    said = " ".join(words(m) for m in slack.stands(me) if not m.get("files"))
    headline = {label: value for label, value in shown.items() if f"{label} = " in said}
    assert len(headline) >= 5
    for label, value in headline.items():
        assert f"{label} = {value}" in said


async def test_a_private_answers_file_comes_directly(bot: Bot, slack: Slack, me: str) -> None:
    """The file of an answer that only the asker saw in a channel goes to the direct conversation, not the channel."""
    await bot.hands.slash(f"export --as csv {LINE}")
    file = await arrived(slack, f"D{me}")
    rows = list(csv.DictReader(io.StringIO((file.content or b"").decode("utf-8-sig"))))
    assert rows and {"id", "label", "value", "definition"} <= rows[0].keys()
    assert not slack.files.shared("C1")


async def test_an_answer_for_all_has_its_file_there(bot: Bot, slack: Slack) -> None:
    """In a channel cleared for the answer the file stands in the thread where it was asked for."""
    event = bot.hands.mentioned(f"export --as csv {LINE}", channel="CTEAM")
    await bot.hands.tell(event)
    await arrived(slack, "CTEAM")
    message = next(m for m in slack.stands("CTEAM") if m.get("files"))
    assert message["thread_ts"] == event["ts"]


async def test_what_the_channel_may_not_see_comes_directly(bot: Bot, slack: Slack, me: str) -> None:
    """Where nobody cleared the channel the file goes to whoever asked."""
    await bot.hands.mention(f"export --as csv {LINE}")
    await arrived(slack, f"D{me}")
    assert not slack.stands("C1")


async def test_a_missing_scope_is_said(bot: Bot, slack: Slack, me: str) -> None:
    """Without files:write the person reads which file did not come, and what whoever runs the bot must do."""
    slack.scopes = slack.scopes.replace("files:write,", "")
    await bot.hands.dm(f"export --as csv {LINE}")
    await until(lambda: any("files:write" in words(m) for m in slack.stands(me)), 20)
    told = next(m for m in slack.stands(me) if "files:write" in words(m))
    assert ".csv" in words(told) and not slack.files.kept


async def test_a_lost_upload_is_sent_once(bot: Bot, slack: Slack, me: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection lost before the completion doubles nothing and marks nothing."""
    monkeypatch.setattr("bot.slack.upload.CONNECT_AGAIN", 0.05)
    slack.hang_up(1, "upload")
    await bot.hands.dm(f"export --as csv {LINE}")
    await arrived(slack, f"D{me}")
    assert "sent again" not in words(slack.stands(me)[-1])


async def test_a_lost_completion_is_found(bot: Bot, slack: Slack, me: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A completion that took effect while its answer was lost is found in the conversation and not repeated."""
    monkeypatch.setattr("bot.courier._pause", lambda attempt: 0.0)
    slack.hang_up(1, "files.completeUploadExternal")
    await bot.hands.dm(f"export --as csv {LINE}")
    await until(lambda: slack.counted("conversations.history") >= 1)
    await bot.hands.dm("case lst")
    await until(lambda: "case lst" in words(slack.stands(me)[-1]))
    assert len(slack.files.shared(f"D{me}")) == 1


async def test_a_completion_in_doubt_is_repeated_with_a_mark(
    bot: Bot, slack: Slack, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A completion that was not heard of and is not found may still come: the second one says so."""
    monkeypatch.setattr("bot.courier._pause", lambda attempt: 0.0)
    slack.hang_up(1, "files.completeUploadExternal", applied=False)
    await bot.hands.dm(f"export --as csv {LINE}")
    await arrived(slack, f"D{me}")
    message = next(m for m in slack.stands(me) if m.get("files"))
    assert "sent again" in message["text"]


async def test_a_file_that_cannot_be_written_is_said(
    bot: Bot, slack: Slack, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the writer fails, the person is told which file and why, and the next answer comes."""

    async def fails(attachment: Attachment) -> bytes:
        raise Unwritable("it was not finished within 60 s.")

    monkeypatch.setattr(bot.app.core.writer, "write", fails)
    await bot.hands.dm(f"export --as csv {LINE}")
    await until(lambda: any("not finished within" in words(m) for m in slack.stands(me)), 20)
    told = next(m for m in slack.stands(me) if "not finished within" in words(m))
    assert ".csv" in words(told) and not slack.files.kept


PLAN = "resources plan --staffing"


def pictured(slack: Slack, me: str) -> list[dict[str, Any]]:
    return [m for m in slack.stands(me) if any(block["type"] == "image" for block in m.get("blocks", ()))]


async def test_charts_that_slack_does_not_draw_come_as_pictures(bot: Bot, slack: Slack, me: str) -> None:
    """A heatmap stands as rows in the answer at once; its picture follows, with the same figures in its alt text."""
    await bot.hands.dm(PLAN)
    await until(lambda: len(pictured(slack, me)) >= 2, 40)
    first, *_ = pictured(slack, me)
    image = next(block for block in first["blocks"] if block["type"] == "image")
    drawn = slack.files.kept[image["slack_file"]["id"]]
    assert drawn.content is not None and drawn.content.startswith(b"\x89PNG") and not drawn.shares
    monday = image["alt_text"].partition("Mon: ")[2].split(", ")[0]
    answer = slack.stands(me)[: slack.stands(me).index(first)]
    assert re.search(rf"\\n00 +{monday} ", "".join(map(words, answer)))


async def test_an_answer_stands_without_its_pictures(
    bot: Bot, slack: Slack, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing can be drawn, the rows stand, nobody reads of it, and the next answer comes."""

    async def fails(attachment: Attachment) -> bytes:
        raise Unwritable("the process that writes files was lost over it, twice.")

    monkeypatch.setattr(bot.app.core.writer, "write", fails)
    await bot.hands.dm(PLAN)
    await until(lambda: any("Arrivals an hour" in words(m) for m in slack.stands(me)), 20)
    await bot.hands.dm("case lst")
    await until(lambda: any("case lst" in words(m) for m in slack.stands(me)), 20)
    assert "twice" not in "".join(map(words, slack.stands(me))) and not pictured(slack, me)
