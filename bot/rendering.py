"""A document in the form that `ask --format` names."""

from __future__ import annotations

import json
from collections.abc import Callable

from messages import adaptive_card, as_json, block_kit, html, text
from messages.document import Document


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


FORMATS: dict[str, Callable[[Document], str]] = {
    "text": text.render,
    "json": lambda document: _pretty(as_json.render(document, document.call)),
    "slack": lambda document: _pretty(block_kit.render(document)),
    "teams": lambda document: _pretty(adaptive_card.render(document)),
    "html": html.render,
}
"""`slack`: array of messages {text, blocks}; `teams`: array of Adaptive Cards; `json`: the document and its figures."""
