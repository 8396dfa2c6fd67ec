"""The command table as the page needs it: the sidebar, the typeahead and the first things to try."""

from __future__ import annotations

from typing import Any

from handlers.core.access import Principal
from handlers.core.command import Command
from handlers.core.help import usage
from handlers.core.parser import choices, extra, is_switch, label
from handlers.core.registry import Registry

FIRST = ("monitor operations", "metrics soc", "report executive", "resources plan", "case list", "alerts", "posture")
"""Commands worth trying first, best first; the page shows five of those that the person may run."""
FIRST_COUNT = 5


def table(registry: Registry, principal: Principal) -> dict[str, Any]:
    """`commands` the person may run, and `first` ones: JSON-able."""
    visible = registry.visible(principal)
    ranked = sorted(visible, key=lambda command: FIRST.index(command.name) if command.name in FIRST else len(FIRST))
    return {
        "commands": [_row(command) for command in visible],
        "first": [{"line": c.example, "summary": c.summary} for c in ranked if c.apply is None][:FIRST_COUNT],
    }


def _row(command: Command[Any]) -> dict[str, Any]:
    return {
        "name": command.name,
        "aliases": list(command.aliases),
        "summary": command.summary,
        "usage": usage(command),
        "example": command.example,
        "writes": command.apply is not None,
        "arguments": [_argument(name, field) for name, field in command.args.model_fields.items()],
    }


def _argument(name: str, field: Any) -> dict[str, Any]:
    return {
        "typed": label(name, field),
        "about": field.description or "",
        "choices": choices(field),
        "example": str(extra(field).get("example", "")),
        "word": bool(extra(field).get("word")),
        "switch": is_switch(field),
    }
