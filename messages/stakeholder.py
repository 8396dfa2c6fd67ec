"""Words that people send to people: the drafts for each audience, from templates in messages/templates/stakeholder,
and those of a crisis, from messages/templates/crisis.

Plain text: nothing is escaped here, because every renderer escapes what it shows; a value never becomes a template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import TracebackType
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST = 100_000
"""Characters of what an own template says: a draft is cut far below, and a loop that never ends is stopped."""
_WRONG = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RuntimeError, MemoryError)


class OwnTemplateError(Exception):
    """An organisation's own template cannot be used: `line` of it (None where that is not known) and the reason."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)


def draft(audience: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The draft's lines; one that begins with "- " is an item of a list, one with "# " a heading, "" parts paragraphs.

    Raises jinja2's TemplateNotFound for an unknown audience and UndefinedError for a missing value.
    """
    return _lines(_environment("stakeholder").get_template(f"{audience}.j2").render(**values))


def crisis_draft(audience: str, values: Mapping[str, Any], own: str | None = None) -> tuple[str, ...]:
    """The same for a message of a crisis. `own`: the organisation's template, rendered in the sandbox like ours, and
    able to import our `_parts.j2`; raises OwnTemplateError when it is wrong, as jinja2 does when ours is.
    """
    environment = _environment("crisis")
    if own is None:
        return _lines(environment.get_template(f"{audience}.j2").render(**values))
    try:
        lines = _lines(_bounded(environment.from_string(own).generate(**values)))
    except TemplateSyntaxError as error:
        raise OwnTemplateError(error.lineno, error.message or "it is no template") from None
    except _WRONG as error:
        raise OwnTemplateError(_line(error.__traceback__), str(error)) from None
    if not any(lines):
        raise OwnTemplateError(None, "it says nothing")
    return lines


def _bounded(parts: Iterator[str]) -> str:
    """What a template says, while it is no more than MOST. Raises ValueError."""
    said, size = [], 0
    for part in parts:
        said.append(part)
        size += len(part)
        if size > MOST:
            raise ValueError(f"it says more than {MOST:,} characters")
    return "".join(said)


def _line(trace: TracebackType | None) -> int | None:
    """The template's line: jinja2 puts it into the traceback as one of the file "<template>"."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _lines(text: str) -> tuple[str, ...]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return tuple(line for at, line in enumerate(lines) if line or (at and lines[at - 1])) or ()


@cache
def _environment(folder: str) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: _source(folder, name)),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(folder: str, name: str) -> str | None:
    if "/" in name or ".." in name:
        return None
    path = resources.files("messages").joinpath("templates", folder, name)
    return path.read_text(encoding="utf-8") if path.is_file() else None
