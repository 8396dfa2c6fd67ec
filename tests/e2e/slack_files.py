"""Slack's external upload, as the stand-in keeps it: an address, bytes of the length announced, a completion.

Behaviour from docs.slack.dev, "files.getUploadURLExternal" and "files.completeUploadExternal". What Slack does with a
second completion is not documented; here it shares the file again, which is the worst it could do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Upload:
    """One file: announced, then filled, then shared any number of times."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    shares: list[str] = field(default_factory=list)
    completed: int = 0


@dataclass
class Files:
    """Every file that was ever announced to this workspace, by its id."""

    kept: dict[str, Upload] = field(default_factory=dict)
    slow: int = 0
    """Messages that are refused because Slack has not looked at a fresh upload yet (slackapi/java-slack-sdk#1349)."""

    def announce(self, payload: Json, base: str) -> Json:
        name, length = str(payload.get("filename", "")), str(payload.get("length", ""))
        if not name or not length.isdigit() or int(length) == 0:
            return {"ok": False, "error": "invalid_arguments"}
        made = Upload(f"F{len(self.kept) + 1:03d}", name, int(length))
        self.kept[made.id] = made
        return {"ok": True, "file_id": made.id, "upload_url": f"{base}/upload/{made.id}"}

    def fill(self, file_id: str, content: bytes) -> int:
        """The HTTP status: 200 only for the bytes that were announced."""
        found = self.kept.get(file_id)
        if found is None or len(content) != found.length:
            return 400
        found.content = content
        return 200

    def complete(self, payload: Json) -> tuple[str, list[Upload]]:
        """(error code, files to share): ids as JSON, each filled; a conversation's id, not a user's, or none: then the
        file is the uploader's alone."""
        try:
            named = json.loads(payload["files"])
            found = [self.kept[one["id"]] for one in named]
        except (KeyError, TypeError, ValueError):
            return "invalid_arguments", []
        if not found or any(one.content is None for one in found):
            return "file_not_found", []
        if "channel_id" in payload and str(payload["channel_id"])[:1] not in {"C", "D", "G"}:
            return "channel_not_found", []
        for one in found:
            one.completed += 1
        return "", found

    def shows(self, blocks: list[Json]) -> bool:
        """Whether each picture of a message is a completed upload of ours that Slack has looked at."""
        named = [block["slack_file"].get("id", "") for block in blocks if "slack_file" in block]
        if named and self.slow > 0:
            self.slow -= 1
            return False
        return all(name in self.kept and self.kept[name].completed for name in named)

    def shared(self, channel: str) -> list[Upload]:
        """Files that stand in a conversation, once for each time they were shared."""
        return [one for one in self.kept.values() for place in one.shares if place == channel]
