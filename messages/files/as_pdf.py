"""Attachment → PDF, A4, by Typst: TLP label on every page, page numbers, charts as vectors, definitions at the end.

Every word travels as JSON in `sys.inputs` and is placed as a string, so that no word is ever Typst code
(typst.app/docs, "sys" and "str"). Letters that the fonts inside Typst lack come from the machine's
fonts, where it has them.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from messages.files.model import Attachment
from messages.files.paper import paper
from messages.files.said import behind, dated

_LONG = re.compile(r"\S{20}(?=\S{6})")
_BREAK = "\u200b"
"""Typst breaks no word by itself: a zero-width space lets a long one go on in the next line."""


def render(attachment: Attachment) -> bytes:
    """The PDF's bytes."""
    from typst import Compiler  # noqa: PLC0415 - 60 MB of compiler

    data = json.dumps(_breakable({**paper(attachment.document), "behind": behind(attachment)}))
    compiler = Compiler(_template(), sys_inputs={"data": data})
    made: Any = compiler.compile(format="pdf", timestamp=dated(attachment.document))
    return bytes(made)


@cache
def _template() -> bytes:
    return resources.files("messages").joinpath("files", "document.typ").read_bytes()


def _breakable(item: Any, name: str = "") -> Any:
    match item:
        case str() if name not in {"svg", "url"}:
            return _LONG.sub(lambda found: found.group() + _BREAK, item)
        case list() | tuple():
            return [_breakable(one, name) for one in item]
        case dict():
            return {key: _breakable(value, key) for key, value in item.items()}
        case _:
            return item
