"""Answers kept for a day, so that their definitions open later and their asker can post them to a channel."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from connectors.ports import Store
from handlers.core.access import Permission
from handlers.core.errors import NotFound
from messages.document import Document

SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """`needs` is the permission the answer needed and opening it needs again."""

    person: str
    needs: Permission
    document: Document


def key(call_id: str) -> str:
    """Where the answer of a call is kept."""
    return f"doc:{call_id}"


async def keep(store: Store, person: str, needs: Permission, document: Document) -> None:
    """Keep an answer under its call's id; StateError when that is not possible."""
    packed = base64.b85encode(zlib.compress(document.model_dump_json().encode(), 1)).decode()
    await store.put(key(document.call), json.dumps({"person": person, "needs": needs, "document": packed}), SECONDS)


async def load(store: Store, call_id: str) -> Kept:
    """The kept answer; NotFound when its day is over."""
    text = await store.get(key(call_id))
    if text is None:
        raise NotFound("This answer is no longer kept (answers are for a day).", "Ask again.")
    held = json.loads(text)
    packed = zlib.decompress(base64.b85decode(held["document"]))
    return Kept(held["person"], Permission(held["needs"]), Document.model_validate_json(packed))
