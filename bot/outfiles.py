"""Files of an answer in a folder: what `soc-bot ask --out` leaves behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.files import Unwritable, Writer
from handlers.core.pipeline import Answer
from messages.files.model import Attachment, Format, file_name
from messages.files.said import as_of

KINDS: dict[str, Format] = {"csv": "csv", "xlsx": "xlsx", "html": "html", "pdf": "pdf", "pptx": "pptx"}
NOT_WRITTEN = "The file was not written: add --out FOLDER."
NONE = "This answer has no file of its own: add --format csv, xlsx, html, pdf or pptx."


@dataclass(frozen=True)
class Said:
    """`ok` False: refused or failed, and `text` is the reason as plain text."""

    ok: bool
    text: str


def files_of(answer: Answer, kind: str, now: datetime) -> tuple[Attachment, ...]:
    """The answer's own files; else the answer itself as one of `kind`; none when that is no kind of file."""
    if answer.files or kind not in KINDS:
        return answer.files
    document, form = answer.document, KINDS[kind]
    name = file_name(document.title, as_of(document) or now, form)
    return (Attachment(name=name, format=form, document=document),)


async def written(files: tuple[Attachment, ...], folder: Path, writer: Writer) -> Said:
    """Their paths, one a line; not ok when there is none, or one could not be written."""
    if not files:
        return Said(False, NONE)
    paths = []
    for file in files:
        try:
            content = await writer.write(file)
            paths.append(await asyncio.to_thread(_put, folder, file.name, content))
        except Unwritable as error:
            return Said(False, f"{file.name} was not written: {error}")
        except OSError as error:
            return Said(False, f"{folder / file.name} cannot be written: {error.strerror}.")
    return Said(True, "\n".join(str(path) for path in paths))


def _put(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(name).name
    path.write_bytes(content)
    return path
