"""The readers that judge our payloads find what Slack and Teams would refuse."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from messages import adaptive_card, block_kit
from tests.block_kit_rules import check_message, check_view
from tests.card_rules import check_card
from tests.messages.sample import form, sample

Json = dict[str, Any]
PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "action_id": "a", "text": PLAIN, "value": "v"}
CELL = {"type": "raw_text", "text": "x"}


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _rich(leaf: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}


def _table(rows: int, cells: int = 1, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


def _chart(series: int = 1, points: int = 2, name: str = "n") -> Json:
    labels = [f"l{n}" for n in range(points)]
    data = [{"label": label, "value": 1} for label in labels]
    found = [{"name": f"{name}{n}", "data": data} for n in range(series)]
    return {
        "type": "data_visualization",
        "title": "t",
        "chart": {"type": "bar", "series": found, "axis_config": {"categories": labels}},
    }


BAD_BLOCKS = {
    "51 blocks": [{"type": "divider"}] * 51,
    "unknown type": [{"type": "markdownish"}],
    "input in a message": [
        {"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "a"}}
    ],
    "unknown key": [{"type": "divider", "colour": "red"}],
    "long header": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
    "mrkdwn header": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "long section": [_section("x" * 3001)],
    "empty section": [_section("")],
    "channel ping": [_section("<!channel> look")],
    "unescaped angle": [_section("a <b> c")],
    "11 fields": [{"type": "section", "fields": [PLAIN] * 11}],
    "11 context elements": [{"type": "context", "elements": [PLAIN] * 11}],
    "26 buttons": [{"type": "actions", "elements": [{**BUTTON, "action_id": f"a{n}"} for n in range(26)]}],
    "same action id": [{"type": "actions", "elements": [BUTTON, BUTTON]}],
    "long button": [{"type": "actions", "elements": [{**BUTTON, "text": {"type": "plain_text", "text": "x" * 76}}]}],
    "long value": [{"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}],
    "two tables": [_table(1), _table(1)],
    "101 rows": [_table(101)],
    "21 cells": [_table(1, 21)],
    "heavy table": [_table(11, 1, "x" * 1000)],
    "heavy message": [_section("x" * 2900) for _ in range(5)],
    "three charts": [_chart()] * 3,
    "7 series": [_chart(7)],
    "21 points": [_chart(1, 21)],
    "long series name": [_chart(1, 2, "x" * 20)],
    "emoji count twice": [{"type": "header", "text": {"type": "plain_text", "text": "😀" * 76}}],
    "empty rich text": [{"type": "rich_text", "elements": []}],
    "script link": [_rich({"type": "link", "url": "javascript:alert(1)"})],
    "user id": [_rich({"type": "user", "user_id": "U1>"})],
    "date": [_rich({"type": "date", "timestamp": 1, "format": "{time}"})],
}


@pytest.mark.parametrize("name", sorted(BAD_BLOCKS))
def test_a_block_that_slack_refuses_is_found(name: str) -> None:
    """Each limit of Block Kit has a payload that breaks it, and the reader says so."""
    assert check_message({"text": "x", "blocks": BAD_BLOCKS[name]}) != []


def test_text_is_needed_and_escaped() -> None:
    """A message without fallback text, or with a live mention of everybody in it, is a fault."""
    blocks = [{"type": "divider"}]
    assert check_message({"text": "x", "blocks": blocks}) == []
    assert check_message({"text": "", "blocks": blocks}) != []
    assert check_message({"text": "<!here>", "blocks": blocks}) != []


def test_views_have_limits_of_their_own() -> None:
    """A modal's title, its metadata and its blocks are read as strictly as a message."""
    view = block_kit.modal(form())
    assert check_view(view) == []
    assert check_view({**view, "title": {"type": "plain_text", "text": "x" * 25}}) != []
    assert _without(view, "submit") != []
    assert check_view({**view, "private_metadata": "x" * 3001}) != []
    assert check_view({**view, "blocks": [_table(1)]}) != []
    assert check_view({"type": "home", "blocks": [_chart()]}) != []


def _without(view: Json, key: str) -> list[str]:
    return check_view({name: value for name, value in view.items() if name != key})


def _first(card: Json, kind: str) -> Json:
    return next(element for element in card["body"] if element["type"].startswith(kind))


BAD_CARDS: dict[str, Callable[[Json], object]] = {
    "unknown element": lambda card: card["body"].append({"type": "Marquee"}),
    "unknown property": lambda card: card["body"][0].update(colour="red"),
    "unknown property in a chart": lambda card: _first(card, "Chart")["data"][0].update(colour="red"),
    "bad enum": lambda card: card["body"][0].update(size="Huge"),
    "number for text": lambda card: card["body"][0].update(text=7),
    "chart without fallback": lambda card: _first(card, "Chart").pop("fallback"),
    "input without id": lambda card: _first(card, "Input").pop("id"),
    "same id": lambda card: card["body"].extend([copy.deepcopy(_first(card, "Input"))]),
    "Action.Http": lambda card: _first(card, "ActionSet")["actions"].append({"type": "Action.Http", "title": "x"}),
    "live link": lambda card: card["body"].append({"type": "TextBlock", "text": "[x](javascript:y)"}),
    "mention of nobody": lambda card: card["body"].append({"type": "TextBlock", "text": "<at>Lead 09</at>"}),
    "version": lambda card: card.update(version="1.6"),
    "size": lambda card: card["body"].append({"type": "TextBlock", "text": "x" * 40_000}),
}


@pytest.mark.parametrize("name", sorted(BAD_CARDS))
def test_a_card_that_teams_refuses_is_found(name: str) -> None:
    """Each rule of a card has a card that breaks it, and the reader says so."""
    card = copy.deepcopy(adaptive_card.render(sample())[0])
    assert check_card(card) == []
    BAD_CARDS[name](card)
    assert check_card(card) != []
