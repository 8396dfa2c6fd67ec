"""Detection coverage as an ATT&CK Navigator layer, format 4.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from handlers.analysis.coverage import SCORES, Scored

NAVIGATOR, LAYER = "4.9.0", "4.5"
"""The first Navigator that reads layer format 4.5, and that format (attack-navigator, layers/spec/v4.5)."""
COLOURS = {
    -1: "#d73027", 0: "#fc8d59", 1: "#fee08b", 2: "#ffffbf", 3: "#d9ef8b", 4: "#91cf60", 5: "#1a9850",
}  # fmt: skip


def layer(
    name: str, techniques: Iterable[Scored], attack: str, names: Mapping[str, str] | None = None, description: str = ""
) -> dict[str, Any]:
    """The layer as JSON-ready data. `attack`: ATT&CK's version, of which the Navigator takes the whole number.

    `names` are the organisation's words for techniques by id.
    """
    return {
        "name": name,
        "versions": {"attack": attack.split(".", maxsplit=1)[0], "navigator": NAVIGATOR, "layer": LAYER},
        "domain": "enterprise-attack",
        "description": description,
        "techniques": [_technique(one, (names or {}).get(one.id, "")) for one in techniques],
        "gradient": {"colors": [COLOURS[-1], COLOURS[2], COLOURS[5]], "minValue": -1, "maxValue": 5},
        "legendItems": [{"label": f"{score} {word}", "color": COLOURS[score]} for score, word in SCORES.items()],
        "sorting": 3,
        "hideDisabled": False,
    }


def _technique(one: Scored, name: str) -> dict[str, Any]:
    rules = ", ".join(state.rule.name for state in one.rules) or "none"
    metadata = [
        {"name": "detection", "value": SCORES[one.score]},
        {"name": "weight", "value": f"{one.weight:g}"},
        {"name": "rules", "value": rules},
        {"name": "threats", "value": ", ".join(one.technique.threats) or "none"},
    ]
    return {
        "techniqueID": one.id,
        "score": one.score,
        "comment": "; ".join(part for part in (name, one.note) if part),
        "enabled": True,
        "color": COLOURS[one.score],
        "metadata": metadata,
    }
