"""What Teams sends back when somebody uses a card that `render` made (the `data` of an Action.Execute)."""

from collections.abc import Mapping
from typing import Any


def pressed(data: Mapping[str, Any]) -> str:
    """The command line of verb `line`: a button's own, or the one chosen in its menu; "" when none was chosen."""
    return str(data.get(data["menu"], "") if "menu" in data else data.get("line", ""))


def submitted(data: Mapping[str, Any]) -> tuple[str, dict[str, str | bool]]:
    """The command and the fields by input name of verb `form`; empty ones are left out, a switch is True or absent."""
    prefix = str(data.get("prefix", ""))
    own = {key.removeprefix(prefix): value for key, value in data.items() if prefix and key.startswith(prefix)}
    fields: dict[str, str | bool] = {name: value for name, value in own.items() if value not in ("", None, False)}
    switches = set(data.get("switches", ()))
    on = {name: True for name in fields if name in switches and fields[name] in ("true", True)}
    return str(data.get("command", "")), {name: value for name, value in fields.items() if name not in switches} | on
