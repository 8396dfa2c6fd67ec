"""What Teams makes of a typed line: mentions, HTML, non-breaking blanks; undone before it becomes a command line. Pure.

Source: learn.microsoft.com, "Channel and group conversations with a bot" (mentions), "Format your bot messages"; that
a message's rich text comes beside the plain one as a `text/html` attachment: the same page, "Picture messages".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
# The inside ends at the next mention: many that are never closed must not each be read to the end.
_AT = re.compile(r"<at(?:\s[^<>]*)?>((?:(?!<at\b).)*?)</at>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_TAGS = re.compile(
    r"</?(?:span|strong|b|em|i|u|s|a|code|pre|ul|ol|blockquote|font|h[1-6]|attachment|img|emoji|table|tbody|td|at)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def part(item: Any, *path: str) -> str:
    """The string at a path of nested objects; "" when there is none: nothing that came in is trusted to have a form."""
    for key in path:
        if not isinstance(item, dict):
            return ""
        item = item.get(key)
    return item if isinstance(item, str) else ""


def inner(item: Any, *path: str) -> Json:
    """The object at a path of nested objects; {} when there is none."""
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item if isinstance(item, dict) else {}


def parts(item: Any, key: str) -> list[Json]:
    """The objects of a list."""
    found = item.get(key) if isinstance(item, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def whole(item: Any) -> Any:
    """The same with every half surrogate, in names and in values, as a replacement character."""
    if isinstance(item, str):
        return item.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(item, dict):
        return {whole(key): whole(value) for key, value in item.items()}
    return [whole(one) for one in item] if isinstance(item, list) else item


def mentioned(activity: Json) -> Iterator[tuple[str, str, str]]:
    """(text as it stands in the message, account, aadObjectId or "") of each mention."""
    for entity in parts(activity, "entities"):
        if part(entity, "type") == "mention" and (text := part(entity, "text")):
            yield text, part(entity, "mentioned", "id"), part(entity, "mentioned", "aadObjectId")


def addressed(activity: Json) -> bool:
    """Is the bot itself mentioned?"""
    me = part(activity, "recipient", "id")
    return any(account == me for _, account, _ in mentioned(activity))


def line(activity: Json, users: Mapping[str, str]) -> str:
    """The typed words: the bot's own mention gone, people as `@<aadObjectId>` where `users` (by account) knows them.

    Entities are left for the parser, which decodes them once.
    """
    text, me = _typed(activity), part(activity, "recipient", "id")
    for said, account, user in mentioned(activity):
        known = user or users.get(account, "")
        name = _AT.sub(r"\1", said)
        text = text.replace(said, " " if account == me else f" @{known} " if known else f"@{name}", 1)
    text = _AT.sub(lambda found: f"@{found[1]}", text)
    return " ".join(_TAGS.sub("", _BREAKS.sub(" ", text)).split())


def _typed(activity: Json) -> str:
    """The message's text; where it is empty, its rich twin."""
    if text := part(activity, "text").strip():
        # In "xml" the text is markup; in "plain" a "<" is what somebody typed, but `<at>` is markup all the same.
        return text
    for attachment in parts(activity, "attachments"):
        if part(attachment, "contentType") == "text/html" and (rich := part(attachment, "content")):
            return html.unescape(rich) if "&lt;at" in rich else rich
    return ""
