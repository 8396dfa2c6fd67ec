"""Answers kept for a day, so that their definitions open later, and their asker can post or export them."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from connectors.ports import Store
from handlers.core.access import Permission, Principal
from handlers.core.errors import NotFound, UserError
from messages.document import Document

SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """`needs` is the permission the answer needed and opening it needs again; `command` by name, "" when not known;
    `layer` the ATT&CK Navigator layer that belongs to it, "" for none; `shown`: it stands where others read it.
    """

    person: str
    needs: Permission
    document: Document
    command: str = ""
    layer: str = ""
    shown: bool = False

    def must_open_for(self, principal: Principal) -> None:
        """Denied without the permission it needed. UserError for anybody but its asker while it was shown to nobody
        else, or is about persons: what an answer tells can rest on more of its asker's rights than that one.
        """
        principal.require(self.needs)
        if principal.person == self.person:
            return
        if self.document.private:
            raise UserError("This answer is about persons: it is for whoever asked for it.")
        if not self.shown:
            raise UserError("This answer was given to somebody else alone.", "Ask for it yourself.")


def key(call_id: str) -> str:
    """Where the answer of a call is kept."""
    return f"doc:{call_id}"


async def keep(
    store: Store,
    person: str,
    needs: Permission,
    document: Document,
    *,
    command: str = "",
    layer: str = "",
    shown: bool = False,
) -> None:
    """Keep an answer under its call's id; StateError when that is not possible."""
    packed = _packed(document.model_dump_json())
    held = {"person": person, "needs": needs, "command": command, "document": packed, "shown": shown}
    if layer:
        held["layer"] = _packed(layer)
    await store.put(key(document.call), json.dumps(held), SECONDS)


async def load(store: Store, call_id: str) -> Kept:
    """The kept answer; NotFound when its day is over."""
    text = await store.get(key(call_id))
    if text is None:
        raise NotFound("This answer is no longer kept (answers are for a day).", "Ask again.")
    held = json.loads(text)
    document = Document.model_validate_json(_unpacked(held["document"]))
    layer = _unpacked(held["layer"]) if "layer" in held else ""
    command, shown = held.get("command", ""), held.get("shown", False)
    return Kept(held["person"], Permission(held["needs"]), document, command, layer, shown)


def _packed(text: str) -> str:
    return base64.b85encode(zlib.compress(text.encode(), 1)).decode()


def _unpacked(text: str) -> str:
    return zlib.decompress(base64.b85decode(text)).decode()
