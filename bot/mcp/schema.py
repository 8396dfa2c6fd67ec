"""What a command looks like to an MCP client: its names, the schemas of what it takes and gives, how careful to be."""

from __future__ import annotations

from typing import Any, NamedTuple

from handlers.core.command import Command
from handlers.core.help import arguments, usage
from handlers.core.parser import choices, is_switch

NAMESPACE = "/security:"
"""How the persona's lines begin (google/mcp-security, ai-runbooks)."""

CONFIRM = "confirm"
CANCEL = "cancel"
TOKEN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"token": {"type": "string", "description": "the `confirm` of a preview's structured content"}},
    "required": ["token"],
    "additionalProperties": False,
}

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_FIGURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "label": _TEXT,
        "value": _NUMBER,
        "unit": _TEXT,
        "n": {"type": ["integer", "null"]},
        "statistic": _TEXT,
        "definition": _TEXT,
        "window": {"type": ["object", "null"]},
        "sources": {"type": "array", "items": _TEXT},
        "as_of": _TEXT,
        "truncated": {"type": "boolean"},
        "previous": _NUMBER,
        "target": _NUMBER,
        "note": _TEXT,
    },
    "required": ["id", "label", "value", "unit", "definition", "sources", "as_of", "truncated"],
}
OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "call": _TEXT,
        "title": _TEXT,
        "verdict": {"type": ["object", "null"]},
        "figures": {"type": "array", "items": _FIGURE},
        "blocks": {"type": "array", "items": {"type": "object"}},
        "notices": {"type": "array", "items": {"type": "object"}},
        "provenance": {"type": "array", "items": {"type": "object"}},
        "tlp": _TEXT,
        "simulated": {"type": "boolean"},
        "private": {"type": "boolean"},
        "outcome": _TEXT,
        "confirm": _MAYBE,
    },
    "required": ["call", "title", "verdict", "figures", "blocks", "notices", "provenance", "tlp", "outcome", "confirm"],
}
"""What `messages.as_json` gives, with the call's outcome and a preview's token. Durations are seconds."""


def tool_name(command: Command[Any]) -> str:
    """`monitor operations` → `monitor_operations`: the protocol advises letters, digits, `_`, `-` and `.` alone."""
    return command.name.replace(" ", "_").replace("-", "_")


def opening(command: Command[Any]) -> str:
    """The switch that the persona's line begins with (`soc_dashboard`): a first argument that is one; else ""."""
    name, field = next(iter(command.args.model_fields.items()), ("", None))
    return name if field is not None and is_switch(field) else ""


def prompt_name(command: Command[Any]) -> str:
    """`security:monitor operations --soc-dashboard`: with the slash that a host puts before it, the persona's line."""
    first = opening(command)
    flag = f" --{first.replace('_', '-')}" if first else ""
    return f"{NAMESPACE.removeprefix('/')}{command.name}{flag}"


def input_schema(command: Command[Any]) -> dict[str, Any]:
    """JSON Schema of the argument model; what only the chat's parser needs is left out."""
    made: dict[str, Any] = command.args.model_json_schema()
    made.pop("title", None)
    made.pop("description", None)
    properties = made.setdefault("properties", {})
    for name, field in command.args.model_fields.items():
        offered = choices(field)
        shown = properties[name]
        example = shown.pop("example", "")
        for key in ("title", "word", "rest", "phrase", "lines", "choices"):
            shown.pop(key, None)
        examples = offered or ([example] if example else [])
        if examples and field.annotation in {str, str | None}:
            shown["examples"] = examples
    return made


def description(command: Command[Any]) -> str:
    """What it answers, and what becomes of a change."""
    said = [f"{command.summary.rstrip('.')}.", f"In chat: {NAMESPACE}{command.example}", *command.notes]
    if changes(command):
        said.append(
            "Answers with a preview and changes nothing: show it to the person, and call the tool `confirm` with the "
            "preview's token only when they agree."
        )
    return "\n".join(said)


class Hints(NamedTuple):
    """`repeatable`: called again with the same arguments it has no further effect."""

    reads: bool
    destroys: bool
    repeatable: bool


READS = Hints(True, False, True)
PREVIEWS = Hints(False, False, True)
"""No read, because it leaves a token or takes one; nothing of the SOC's is changed."""
CONFIRMS = Hints(False, True, True)


def changes(command: Command[Any]) -> bool:
    """Something is changed by it: over MCP a preview comes first, also where chat does it at once."""
    return command.apply is not None or command.writes


def hints(command: Command[Any]) -> Hints:
    """How careful a host has to be: what changes anything is shown here, and done by `confirm` alone."""
    return PREVIEWS if changes(command) else READS


def prompt_arguments(command: Command[Any]) -> list[tuple[str, str, bool]]:
    """Name, description and whether it is required, of every argument but the opening one."""
    found = []
    for name, told in zip(command.args.model_fields, arguments(command), strict=True):
        values = f" ({told.values})" if told.values else ""
        if name != opening(command):
            found.append((name, f"{told.about}{values}", told.required))
    return found


def usage_line(command: Command[Any]) -> str:
    """`/security:monitor operations [--soc-dashboard] …`"""
    return f"{NAMESPACE}{usage(command)}"
