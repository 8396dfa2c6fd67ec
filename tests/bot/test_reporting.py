"""How a delivery ended, told as a line of the house's own."""

from __future__ import annotations

import pytest

from bot.courier import Ended
from bot.platform import Receipt
from bot.reporting import teller
from connectors.clock import FixedClock
from handlers.core.call import Call
from handlers.core.parser import parse
from handlers.core.registry import discover
from tests.bot.stage import NOW, parcel

GONE = "crisis gone 1 --channel C1"


async def told(ended: Ended, **lines: str) -> list[Call]:
    """The calls that were offered."""
    found: list[Call] = []

    async def offer(call_id: str, payload: str) -> bool:
        found.append(Call.model_validate_json(payload))
        return True

    await teller(offer, FixedClock(NOW))(parcel(1).model_copy(update=lines), ended)
    return found


async def test_a_place_that_is_gone_is_told() -> None:
    """The line for it is typed with the reason, by the house."""
    (call,) = await told(Ended("gone", None, 'Slack refused chat.update: is_archived"'), if_gone=GONE)
    assert call.text == f"{GONE} --reason 'Slack refused chat.update: is_archived\"'"
    assert (call.who.platform, call.door) == ("system", "system")


@pytest.mark.parametrize("result", ["sent", "re-sent", "already there", "undeliverable", "given up", "bug"])
async def test_nothing_else_says_that_a_place_is_gone(result: str) -> None:
    """A refused or lost message does not take a room away from its crisis."""
    assert not await told(Ended(result, Receipt(channel="C1", message="m"), "x"), if_gone=GONE)


async def test_a_report_is_told_however_it_ended() -> None:
    """A place that is gone is a refusal for whoever wanted to know how it ended."""
    (call,) = await told(Ended("gone", None, "is_archived"), report="crisis receipt 1", if_gone=GONE)
    assert call.text == "crisis receipt 1 --result refused --reason is_archived"


@pytest.mark.parametrize(
    "reason",
    [
        "a «b» c",
        "“quoted”",
        'x” --message "evil',
        "&quot; --result sent",
        "--result sent",
        "\u2014result sent",
        'it\'s "both"',
        "¶",
        "é",
    ],
)
async def test_no_reason_becomes_a_flag(reason: str) -> None:
    """Whatever a platform or a person wrote, the line is read as one reason and the result stands."""
    (call,) = await told(Ended("undeliverable", None, reason), report="crisis receipt 1 M1 0")
    args = parse(call.text, discover()).args
    assert args.model_fields_set == {"crisis", "letter", "place", "result", "reason"}
    assert args.result == "refused"  # type: ignore[attr-defined]
    assert args.reason  # type: ignore[attr-defined]
