"""What a tool calls its arguments: Google's hosted servers are documented as `case_id` and as `caseId`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def camel(name: str) -> str:
    """`page_size` → `pageSize`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def spelled(name: str, declared: Collection[str], names: Mapping[str, str]) -> str:
    """As the file says; else as the tool declares it in either spelling; else as it is."""
    if name in names:
        return names[name]
    other = camel(name)
    return other if name not in declared and other in declared else name


def named(
    arguments: Mapping[str, Any], optional: Mapping[str, Any], declared: Collection[str], names: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments under the tool's own names; an optional one only where the tool declares it."""
    made = {spelled(name, declared, names): value for name, value in arguments.items()}
    spare = {spelled(name, declared, names): value for name, value in optional.items()}
    return made | {name: value for name, value in spare.items() if name in declared}
