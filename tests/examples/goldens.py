"""Golden files: an example's answer in every renderer, as it was looked at and found right.

`SOC_BOT_REGENERATE=1` writes them anew; read the diff before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from messages import adaptive_card, as_json, block_kit, html, text
from messages.document import Document

FOLDER = Path(__file__).parent / "golden"
_TOKEN = re.compile(r"\b(confirm|cancel) [A-Za-z0-9_-]{8,}")


def differing(name: str, document: Document) -> Iterator[str]:
    """Names of this example's golden files that say something else."""
    for where, shown in _rendered(document).items():
        folder, _, ending = where.rpartition(".")
        path = FOLDER / folder / f"{name.replace(' ', '_')}.{ending}"
        if os.environ.get("SOC_BOT_REGENERATE"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(shown)
        if shown != path.read_text():
            yield str(path.relative_to(FOLDER))


def _rendered(document: Document) -> dict[str, str]:
    """Renderer and file ending to what it renders, without the tokens of buttons, which differ from run to run."""
    told: Mapping[str, str] = {
        "slack.json": _unfold(block_kit.render(document), 4),
        "teams.json": _unfold(adaptive_card.render(document), 4),
        "document.json": _unfold(as_json.render(document, document.call), 3),
        "html.html": html.render(document).replace("><", ">\n<"),
        ".txt": text.render(document),
    }
    return {where: _TOKEN.sub(r"\1 TOKEN", shown).rstrip("\n") + "\n" for where, shown in told.items()}


def _unfold(value: Any, deep: int) -> str:
    """JSON with a line for each part down to `deep`, so that a diff shows the block that changed and no more."""
    if deep == 0 or not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False, default=str)
    inner = deep - 1
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_unfold(part, inner)}" for key, part in value.items()]
        return "{" + ",\n".join(parts) + "}"
    return "[" + ",\n".join(_unfold(part, inner) for part in value) + "]"
