"""Golden files: the rich sample in every rendering, byte for byte. `SOC_BOT_REGENERATE=1` writes them anew."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from messages import adaptive_card, as_json, block_kit, html, text
from tests.messages.sample import form, sample

GOLDEN = Path(__file__).parent / "golden"


def _json(payload: Any) -> str:
    return json.dumps(payload, indent=1, ensure_ascii=False) + "\n"


def _renderings() -> dict[str, str]:
    document = sample()
    messages = block_kit.render(document)
    drawing = re.compile(r"<svg.*?</svg>", re.DOTALL)
    return {
        "sample.slack.json": _json(messages),
        "sample.slack_without_charts.json": _json([block_kit.without_charts(one, document) for one in messages]),
        "sample.slack_home.json": _json(block_kit.home(document)),
        "sample.slack_modal.json": _json(block_kit.modal(form(), "call-1")),
        "sample.teams.json": _json(adaptive_card.render(document)),
        "sample.txt": text.render(document),
        "sample.html": drawing.sub("<svg></svg>", html.render(document)),
        "sample.json": _json(as_json.render(document)),
    }


NAMES = (
    "sample.html",
    "sample.json",
    "sample.slack.json",
    "sample.slack_home.json",
    "sample.slack_modal.json",
    "sample.slack_without_charts.json",
    "sample.teams.json",
    "sample.txt",
)


@pytest.mark.parametrize("name", NAMES)
def test_rendering_is_as_kept(name: str) -> None:
    """A rendering changes only when somebody looked at the change and kept it."""
    rendered = _renderings()[name]
    path = GOLDEN / name
    if os.environ.get("SOC_BOT_REGENERATE") == "1":
        path.write_text(rendered, encoding="utf-8")
    assert rendered == path.read_text(encoding="utf-8")
