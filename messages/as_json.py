"""Document → one JSON object: what `soc-bot ask --format json` prints."""

from math import isfinite
from typing import Any

from messages.document import Document
from messages.reading import words


def render(document: Document, call: Any = None) -> dict[str, Any]:
    """The document as JSON-able data.

    Keys: `call`, `title`, `verdict` ({text, status, rule} or None; text is a plain string), `figures` (all fields,
    durations in seconds), `blocks` (as declared in messages.document), `notices` ({level, text}), `provenance`,
    and the marks `tlp`, `simulated`, `private`. `call` replaces the document's call id. A number that is not finite is
    None and a lone surrogate `?`: JSON in UTF-8 has no word for either. KeyError when a span names a figure that the
    document does not hold.
    """
    rendered = {
        "call": document.call if call is None else call,
        "title": document.title,
        "verdict": _verdict(document),
        "figures": [figure.model_dump(mode="json") for figure in document.figures],
        "blocks": [block.model_dump(mode="json") for block in document.blocks],
        "notices": [{"level": notice.level, "text": words(notice.text, document)} for notice in document.notices],
        "provenance": [source.model_dump(mode="json") for source in document.provenance],
        "tlp": document.tlp,
        "simulated": document.simulated,
        "private": document.private,
    }
    return {key: _sendable(value) for key, value in rendered.items()}


def _verdict(document: Document) -> dict[str, Any] | None:
    if document.verdict is None:
        return None
    verdict = document.verdict
    return {"text": words(verdict.text, document), "status": verdict.status, "rule": verdict.rule}


def _sendable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode() if not value.isascii() else value
        case float():
            return value if isfinite(value) else None
        case dict():
            return {key: _sendable(item) for key, item in value.items()}
        case list():
            return [_sendable(item) for item in value]
        case _:
            return value
