"""Words that people send to people: the drafts for each audience, from templates in messages/templates/stakeholder.

Plain text: nothing is escaped here, because every renderer escapes what it shows; a value never becomes a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


def draft(audience: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The draft's lines; one that begins with "- " is an item of a list, one with "# " a heading, "" parts paragraphs.

    Raises jinja2's TemplateNotFound for an unknown audience and UndefinedError for a missing value.
    """
    text = _environment().get_template(f"{audience}.j2").render(**values)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return tuple(line for at, line in enumerate(lines) if line or (at and lines[at - 1])) or ()


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_source),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(name: str) -> str | None:
    path = resources.files("messages").joinpath("templates", "stakeholder", name)
    return path.read_text(encoding="utf-8") if path.is_file() else None
