"""Attachment → ATT&CK Navigator layer, format 4.5 (attack-navigator, layers/spec/v4.5/layerformat.md)."""

from __future__ import annotations

import json

from messages.files.model import Attachment

LAYER = "4.5"


def render(attachment: Attachment) -> bytes:
    """`raw` as UTF-8, unchanged. ValueError when it is not a JSON object with `versions.layer` 4.5."""
    found = json.loads(attachment.raw)
    versions = found.get("versions") if isinstance(found, dict) else None
    if not isinstance(versions, dict) or versions.get("layer") != LAYER:
        message = f"not a Navigator layer of format {LAYER}"
        raise ValueError(message)
    return attachment.raw.encode("utf-8")
