"""`soc-bot ask`: one call answered in this process, without a chat platform."""

from __future__ import annotations

import getpass
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.app import core, roles
from bot.demo import Demo, simulated
from bot.outfiles import NOT_WRITTEN, Said, files_of, written
from bot.rendering import FORMATS
from bot.settings import Settings, SettingsError
from connectors.clock import FixedClock, SystemClock
from connectors.ports import Clock
from handlers.core.call import Address, Call, Identity


@dataclass(frozen=True)
class Question:
    """`demo` None: the configured backends."""

    line: str
    format: str = "text"
    role: str = ""
    demo: Demo | None = None
    out: Path | None = None
    """Folder for the answer's files; without files of its own the answer is written there in `format`."""


async def ask(settings: Settings, question: Question) -> Said:
    """The answer in the asked format."""
    if question.role and question.role not in roles():
        raise SettingsError(f"There is no role “{question.role}”: choose {', '.join(roles())}.")
    if question.demo is None:
        return await _answer(settings, SystemClock(), question)
    async with simulated(question.demo, settings) as pointed:
        return await _answer(pointed, FixedClock(question.demo.now), question)


async def _answer(settings: Settings, clock: Clock, question: Question) -> Said:
    user = f"demo-{question.role}" if question.role else _account()
    async with core(settings, clock, demo=question.demo is not None, memory_allowed=True) as made:
        answer = await made.pipeline.answer(_call(question.line, user, clock.now()))
        ok = answer.outcome not in {"refused", "failed", "unconfirmed", "bug"}
        if not ok:
            return Said(False, FORMATS["text"](answer.document))
        if question.out is not None:
            return await written(files_of(answer, question.format, clock.now()), question.out, made.writer)
    text = FORMATS[question.format](answer.document)
    return Said(True, f"{text}\n\n{NOT_WRITTEN}" if answer.files and question.format == "text" else text)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"  # a container's user need not have a name


def _call(line: str, user: str, at: datetime) -> Call:
    return Call(
        id=uuid.uuid4().hex[:20],
        text=line.encode(errors="replace").decode(),  # what the terminal sent and is no UTF-8
        who=Identity(platform="cli", tenant="", user=user),
        address=Address(platform="cli", user=user, visibility="direct"),
        at=at,
        door="cli",
    )
