"""How a command is declared: one object in one file, from which everything else derives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.parcel import Post
from handlers.core.soc import Soc
from messages.document import Document
from messages.files.model import Attachment, Format


class Args(BaseModel):
    """Base of every command's arguments: frozen, no unknown flags."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


A = TypeVar("A", bound=Args)


def flag(text: str) -> Any:
    """A switch: `--trend-analysis`; absent is False."""
    return Field(default=False, description=text)


def option(default: Any, text: str, choices: Sequence[str] = (), example: str = "", *, phrase: bool = False) -> Any:
    """A flag with a value: `--timeframe monthly`. `choices` are offered in errors, help and forms. The value is one
    word, or with `phrase` everything up to the next of the command's flags.
    """
    extra: dict[str, Any] = {"choices": list(choices), "example": example, "phrase": phrase}
    return Field(default=default, description=text, json_schema_extra=extra)


NEW_LINE = "¶"
"""Begins a new line where a line of chat stands for a text of several."""


def word(
    text: str,
    default: Any = ...,
    choices: Sequence[str] = (),
    *,
    rest: bool = False,
    phrase: bool = False,
    lines: bool = False,
) -> Any:
    """A word without a flag, in order of declaration; `rest` takes everything to the end of the line, `phrase`
    everything up to the next of the command's flags; `lines`: a text, whose lines a form keeps apart as `¶`.
    """
    extra: dict[str, Any] = {"word": True, "rest": rest, "phrase": phrase, "lines": lines, "choices": list(choices)}
    return Field(default=default, description=text, json_schema_extra=extra)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that brings posts or files with it. `layer`: the ATT&CK Navigator layer that belongs to it (JSON).

    `settled`, of a preview: arguments by name that the typed line leaves open and that count when it is confirmed,
    whatever they would be read as by then.
    """

    document: Document
    posts: tuple[Post, ...] = ()
    files: tuple[Attachment, ...] = ()
    layer: str = ""
    settled: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command(Generic[A]):
    """`run` answers; a command that changes something also has `apply`: `run` then returns the preview, the
    pipeline adds the confirm button, and `apply` is called once, after the press, as whoever pressed it.
    `apply` with `call.attempt` above 1 must first read back whether the change was made.
    """

    name: str
    """Words as typed: "metrics soc"."""
    summary: str
    args: type[A]
    needs: Permission
    run: Callable[[A, Authorised, Soc], Awaitable[Document | Reply]]
    example: str
    """A line that works on the simulated SOC; help, golden tests and the README's table use it."""
    apply: Callable[[A, Authorised, Soc], Awaitable[Document | Reply]] | None = None
    writes: bool = False
    """`run` itself changes something of the house's own, without a preview: refused when the audit log cannot be
    written. A repeated attempt of the same call must change nothing twice."""
    files: tuple[Format, ...] = ("csv", "xlsx")
    """Kinds of file that the "Files" button of an answer offers; `export` makes any kind of any answer."""
    budget: float = 25.0
    """Seconds until the person is told it did not finish."""
    aliases: tuple[str, ...] = ()
    hidden: bool = False
    """Typed by buttons only; not in help."""
    notes: tuple[str, ...] = field(default=())
    """Sentences for `help NAME`."""
