"""A tool's arguments as the command line that says the same: parsed, authorised and audited like any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handlers.core import form
from handlers.core.command import Command
from handlers.core.parser import is_switch

_NO_FLAG = re.compile(r"[^A-Za-z0-9]+")
_SAID = {"true": True, "false": False, "": False}
"""A prompt's switch comes as text."""


def line(command: Command[Any], arguments: Mapping[str, Any]) -> str:
    """The line of a call. What the command does not take stays in it as a flag that the parser refuses by name, so
    that a refusal reads, and is recorded, as it is in chat.
    """
    fields = command.args.model_fields
    values: dict[str, str | bool] = {}
    odd = []
    for given, value in arguments.items():
        name = given.replace("-", "_")
        field = fields.get(name)
        if field is None:
            odd.append(_flag(given))
            continue
        said = _switch(value) if is_switch(field) else _text(value)
        if said is None:
            odd.append(f"{_flag(given)}-is-no-{'truth-value' if is_switch(field) else 'text'}")
        else:
            values[name] = said
    return f"{command.name} {odd[0]}" if odd else form.line(command, values)


def _switch(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return bool(value)
    return _SAID.get(value.strip().lower()) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    """None: no text, number or truth value, which is what a line is made of."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _flag(name: str) -> str:
    return f"--{_NO_FLAG.sub('-', name).strip('-')[:40] or 'argument'}"
