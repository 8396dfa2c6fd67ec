"""Files that are whole or not there: written to a draft, synced, renamed; read only when the checksum is right."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
from pathlib import Path

import polars as pl

from connectors.ledger.manifest import Part


class Damaged(Exception):
    """A file is missing or is not what was written."""


def write_bytes(path: Path, content: bytes | memoryview, *, new: bool = False) -> None:
    """Replace a file atomically; it is on the disk when this returns. OSError when the disk refuses.

    `new`: a file that is there already stays as it is; of two writers at once the first one wins.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if new:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet (zstd)."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", compression_level=1, row_group_size=65_536)
    return content.getvalue()


def write_frame(folder: Path, name: str, frame: pl.DataFrame) -> Part:
    """A frame as Parquet, atomically. OSError when the disk refuses (polars itself would blame the Parquet)."""
    return write_packed(folder, name, packed(frame), frame.height)


def write_packed(folder: Path, name: str, content: bytes, rows: int) -> Part:
    """What `packed` made, atomically. OSError when the disk refuses."""
    write_bytes(folder / name, content)
    return Part(file=name, rows=rows, sha256=hashlib.sha256(content).hexdigest())


def read_bytes(folder: Path, part: Part) -> bytes:
    """A whole file. Raises Damaged with its name."""
    try:
        content = (folder / part.file).read_bytes()
    except OSError as error:
        raise Damaged(f"{part.file} cannot be read ({error.strerror})") from None
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise Damaged(f"{part.file} is not what was written (its checksum differs)")
    return content


def check(folder: Path, part: Part) -> None:
    """Raises Damaged with the file's name."""
    try:
        with (folder / part.file).open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise Damaged(f"{part.file} cannot be read ({error.strerror})") from None
    if found != part.sha256:
        raise Damaged(f"{part.file} is not what was written (its checksum differs)")


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
