"""What the subcommands of `soc-bot` share: options, settings, and how a subcommand ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot.log import configure
from bot.settings import Settings, SettingsError, load
from connectors.errors import BackendError, StateError

T = TypeVar("T")
YEARS = (2000, 2100)
Cases = Annotated[int, typer.Option(min=1, max=5_000_000, help="Cases in the simulated SOC.")]
Now = Annotated[str, typer.Option(help="The simulated SOC's present, ISO 8601.")]
DemoFlag = Annotated[bool, typer.Option("--demo", help="Answer from the simulated SOC.")]


def configured() -> Settings:
    """Settings from the environment; exit 2 with a sentence when one is wrong."""
    # Standard output belongs to the answer; `serve` sets its own level later.
    configure("warning", pretty=True)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a stream that a test put there
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return load()
    except SettingsError as error:
        usage(str(error))


def of_demo(settings: Settings, demo: bool) -> Settings:
    """With `--demo` the records of the simulated SOC, which have an organisation of their own."""
    if not demo:
        return settings
    return replace(settings, process=settings.process.model_copy(update={"org": "demo"}))


def instant(text: str) -> datetime:
    """The present that `--now` asks for; exit 2 when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        usage(f"--now {text}: write an ISO 8601 instant such as 2026-11-22T09:00:00+00:00.")
    if not YEARS[0] <= at.year <= YEARS[1]:
        usage(f"--now {text}: choose a year from {YEARS[0]} to {YEARS[1]}.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The work's result; exit 2 for a wrong setting, 1 when state or a backend fails."""
    try:
        return asyncio.run(work)
    except SettingsError as error:
        usage(str(error))
    except (StateError, BackendError) as error:
        fail(f"{error}.")
    except BrokenPipeError:
        # Whoever read has read enough; Python would say so once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def tell(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{text}\n")


def said(ok: bool, text: str) -> None:
    """The answer on standard output; what went wrong on standard error, and exit 1."""
    if not ok:
        fail(text)
    tell(text)


def usage(sentence: str) -> NoReturn:
    """Exit 2: what was typed or set cannot be."""
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(2)


def fail(sentence: str) -> NoReturn:
    """Exit 1: it did not work."""
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(1)
