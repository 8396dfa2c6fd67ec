"""`soc-bot crisis`: the crises there are, and one of them as a pack."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.keeping import FOLDER, path
from bot.settings import Settings
from bot.state import AnyState, opened
from connectors.clock import SystemClock
from handlers.commands.crisis.review import pack_name
from handlers.core.errors import NotFound
from handlers.crisis.pack import pack, rows_of
from handlers.crisis.record import Record, record_of, recorded
from handlers.crisis.review import review
from handlers.crisis.state import Crisis
from messages.files import write
from messages.files.model import Attachment

NOT_ASKED = "the case desk is not asked by this command"


def folder(settings: Settings) -> Path:
    """Where closed crises of the organisation are kept."""
    return Path(settings.process.data) / FOLDER / settings.process.org


async def listed(settings: Settings) -> list[str]:
    """One line a crisis, the newest first; those that are in a file alone after them."""
    lines = []
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        there = await state.crises.listed()
        for crisis, _ in reversed(there):
            kept = await state.crises.load(crisis)
            if kept is not None:
                lines.append(_line(Crisis.model_validate_json(kept.state)))
    known = {crisis for crisis, _ in there}
    files = sorted(folder(settings).glob("*.jsonl"))
    lines += [f"{one.stem}  in {one} alone" for one in files if one.stem not in known]
    return lines or ["None was ever declared here."]


def _line(crisis: Crisis) -> str:
    title = "".join(ch if ch.isprintable() else " " for ch in crisis.title)
    standing = f"SEV{crisis.severity} · {crisis.phase} · {crisis.declared:%Y-%m-%d %H:%M} UTC"
    return f"{crisis.id}  {crisis.name} · {standing} · {title}"


async def packed(settings: Settings, crisis: str, out: Path) -> tuple[bool, str]:
    """The pack's path; or why there is none."""
    try:
        return True, str(await exported(settings, crisis.removeprefix("#"), out))
    except NotFound as error:
        return False, f"{error.message} `soc-bot crisis list` shows those there are."
    except OSError as error:
        return False, f"{out} cannot be written: {error.strerror}."
    except ValueError as error:
        return False, f"The record of crisis {crisis} cannot be read: {error}."


async def exported(settings: Settings, crisis: str, out: Path) -> Path:
    """The pack's path. NotFound when there is no such crisis, neither kept nor in a file; OSError; ValueError for a
    record that this version cannot read.
    """
    async with opened(settings, settings.process.org, SystemClock(), memory_allowed=False) as state:
        record = await _record(state, settings, crisis)
    document = review(record, None, NOT_ASKED if record.crisis.case else "")
    name = pack_name(record)
    content = write(Attachment(name=name, format="zip", document=document, members=pack(record, document)))
    return await asyncio.to_thread(_put, out, name, content)


def _put(out: Path, name: str, content: bytes) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    (out / name).write_bytes(content)
    return out / name


async def _record(state: AnyState, settings: Settings, crisis: str) -> Record:
    try:
        return await record_of(state.crises, crisis)
    except NotFound:
        file = path(folder(settings), crisis) if crisis.isalnum() else None
        if file is None or not file.exists():
            raise
        return recorded(rows_of(file.read_text(encoding="utf-8")))
