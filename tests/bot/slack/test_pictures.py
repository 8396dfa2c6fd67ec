"""Pictures of charts: uploaded once, shown once, and never at the cost of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from bot.pictures import MOST, pictures
from bot.platform import Later, Parcel, Undeliverable, Unsure
from bot.slack import pictures as module
from bot.slack.delivery import SlackDelivery
from bot.slack.pictures import PAUSES
from bot.slack.web import Web
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from handlers.core.access import Access, AccessFile
from handlers.core.call import Address
from messages.document import Chart, Document, Heading, Series
from tests.e2e.slack_standin import Slack

CHART = Chart(
    shape="heatmap",
    title="Arrivals <!channel>",
    labels=("00", "01"),
    series=(Series(name="Mon", values=(1.5, None)), Series(name="Tue", values=(0, 2))),
    x_label="hour",
)
PNG = b"\x89PNG\r\n\x1a\n and so on"


def answer(*charts: Chart, **address: Any) -> Parcel:
    at: dict[str, Any] = {"platform": "slack", "tenant": "T1", "channel": "C1", "user": "U1", "visibility": "channel"}
    document = Document(
        title="Plan", blocks=(Heading(text="Staffing"), *charts), tlp="amber", simulated=True, call="c1"
    )
    return Parcel(
        id="c1:answer", kind="answer", call="c1", address=Address.model_validate(at | address), document=document
    )


def picture(**address: Any) -> Parcel:
    return pictures(answer(CHART, **address))[0]


def picture_file() -> Any:
    return picture().file


def another(web: Web, state: MemoryState) -> SlackDelivery:
    """A process that knows nothing of the first but its state."""
    return SlackDelivery(web, Access(AccessFile(), {"*": ("manager",)}), SystemClock(), state.store)


def test_only_what_slack_cannot_draw_becomes_a_picture() -> None:
    """A chart that Slack draws, an empty one and one of another platform make no parcel; no more than MOST are made."""
    drawn = CHART.model_copy(update={"shape": "bar", "series": CHART.series[1:]})
    empty = CHART.model_copy(update={"series": (Series(name="Mon", values=(None, None)),)})
    assert [one.file and one.file.name for one in pictures(answer(drawn, CHART, empty))] == ["chart-1.png"]
    assert pictures(answer(CHART, platform="console")) == []
    assert len(pictures(answer(*(CHART,) * (MOST + 2)))) == MOST


@pytest.mark.parametrize("kept", [{"board": "b"}, {"insiders": True}, {"kind": "working"}, {"file": picture_file()}])
def test_what_is_replaced_or_guarded_has_no_picture(kept: dict[str, Any]) -> None:
    """A board would gather pictures below itself; a post for insiders is looked at before it is posted; a picture has
    none of its own."""
    assert pictures(answer(CHART).model_copy(update=kept)) == []


def test_a_picture_is_no_answer_of_its_own() -> None:
    """It replaces nothing and uses up no reply address; it bears the marks and the call of its answer."""
    parcel = picture(response_url="https://hooks.example/1", update="1.0", visibility="private")
    assert (parcel.address.response_url, parcel.address.update, parcel.kind) == ("", "", "post")
    assert (parcel.document.tlp, parcel.document.simulated, parcel.call) == ("amber", True, "c1")


async def test_it_stands_where_the_answer_stands(delivery: SlackDelivery, slack: Slack) -> None:
    """An image block in the answer's thread, with the figures in its alt text; the file is shared nowhere."""
    receipt = await delivery.hand_over(picture(thread="1.0"), PNG)
    (message,) = slack.stands("C1")
    image = message["blocks"][0]
    assert message["thread_ts"] == "1.0" and receipt.message == message["ts"]
    assert "00, 01. Mon: 1.5, –. Tue: 0, 2" in image["alt_text"]
    assert "TLP:AMBER" in str(message["blocks"]) and "<!channel>" not in message["text"]
    (upload,) = slack.files.kept.values()
    assert upload.content == PNG and not upload.shares


async def test_a_private_one_is_seen_by_its_asker_alone(delivery: SlackDelivery, slack: Slack) -> None:
    """Ephemeral where the bot is in the channel, a direct message where it is not."""
    await delivery.hand_over(picture(visibility="private"), PNG)
    assert slack.ephemerals[0]["user"] == "U1" and not slack.stands("C1")
    other = picture(visibility="private", channel="CELSEWHERE").model_copy(update={"id": "c2:answer:chart1"})
    await delivery.hand_over(other, PNG)
    assert slack.stands("U1")[0]["blocks"]


async def test_a_fresh_upload_is_waited_for(delivery: SlackDelivery, slack: Slack) -> None:
    """Slack refuses the picture until it has looked at it: asked again, without another upload."""
    slack.files.slow = 1
    with pytest.raises(Later) as later:
        await delivery.hand_over(picture(), PNG)
    assert later.value.after == PAUSES[0]
    await delivery.hand_over(picture(), PNG)
    assert len(slack.stands("C1")) == 1 and len(slack.files.kept) == 1


async def test_a_workspace_that_shows_none_is_left_alone(
    delivery: SlackDelivery, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its pauses a picture is given up without a word to anybody, and the next one asks for nothing."""
    monkeypatch.setattr(module, "PAUSES", (0.5, 1.0))
    slack.files.slow = 1_000
    for _ in range(2):
        with pytest.raises(Later):
            await delivery.hand_over(picture(), PNG)
    with pytest.raises(Undeliverable):
        await delivery.hand_over(picture(), PNG)
    asked = len(slack.asked)
    with pytest.raises(Undeliverable):
        await delivery.hand_over(picture().model_copy(update={"id": "c2:answer:chart1"}), PNG)
    assert len(slack.asked) == asked and not slack.stands("C1")


async def test_a_kill_between_upload_and_message_uploads_once(
    delivery: SlackDelivery, slack: Slack, web: Web, state: MemoryState
) -> None:
    """Another process shows the upload of the one that was killed, and makes none of its own."""
    slack.files.slow = 1
    with pytest.raises(Later):
        await delivery.hand_over(picture(), PNG)
    await another(web, state).hand_over(picture(), PNG)
    assert len(slack.stands("C1")) == 1 and len(slack.files.kept) == 1


async def test_what_was_never_tried_is_known_not_to_stand(delivery: SlackDelivery, slack: Slack) -> None:
    """A process killed while it drew leaves no doubt, so the picture is sent as if for the first time."""
    assert await delivery.delivered(picture(visibility="private")) is False
    assert await delivery.delivered(picture()) is False


async def test_a_message_in_doubt_is_looked_for(
    delivery: SlackDelivery, slack: Slack, web: Web, state: MemoryState
) -> None:
    """A picture whose message took effect while its answer was lost is found by another process."""
    slack.scopes += ",channels:history"
    slack.hang_up(1, "chat.postMessage")
    with pytest.raises(Unsure):
        await delivery.hand_over(picture(), PNG)
    assert await another(web, state).delivered(picture()) is True
    assert len(slack.stands("C1")) == 1


async def test_where_nobody_can_look_it_is_not_repeated(delivery: SlackDelivery, slack: Slack) -> None:
    """Of an ephemeral one nothing can be known: the rows stand, and no second picture is sent."""
    slack.hang_up(1, "chat.postEphemeral")
    mine = picture(visibility="private")
    with pytest.raises(Unsure):
        await delivery.hand_over(mine, PNG)
    assert await delivery.delivered(mine) is None
    with pytest.raises(Undeliverable):
        await delivery.hand_over(mine.model_copy(update={"sent_before": True}), PNG)
    assert len(slack.ephemerals) == 1


async def test_a_failed_upload_is_said_in_the_log_alone(delivery: SlackDelivery, slack: Slack) -> None:
    """Without files:write nobody gets a message in the picture's place; the reason names the scope."""
    slack.scopes = slack.scopes.replace("files:write,", "")
    with pytest.raises(Undeliverable, match="files:write"):
        await delivery.hand_over(picture(), PNG)
    assert not slack.stands("C1") and not slack.stands("U1")


async def test_a_hanging_upload_holds_nothing_up(
    delivery: SlackDelivery, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that is not heard of is given up within its seconds, not with the patience of a file."""
    monkeypatch.setattr(module, "UPLOAD_SECONDS", 0.1)
    slack.be_late(1, 5.0, "files.getUploadURLExternal")
    with pytest.raises(Undeliverable, match="not uploaded within"):
        await delivery.hand_over(picture(), PNG)
