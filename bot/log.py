"""Structured JSON logs on stderr, without message bodies or secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|https://hooks\.slack(?:-gov)?\.com/\S+"
    # A run is taken whole or begun at few places: whoever can write what is logged must not make it slow.
    r"|(?:Bearer|Basic)\s+\S+|ya29\.[\w.-]+|eyJ[\w-]{6,}(?:\.[\w-]*)*"
    r"|[a-z][a-z0-9+.-]{0,30}://[^\s/@]+@[^\s\"']+|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END|$)"
    r"|(?<=[?&])(?:key|token|access_token|sig|signature|apikey)=[^\s&\"']+",
    re.IGNORECASE | re.DOTALL,
)
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys, or what shows a line as another than it is."""
_HIDDEN_KEYS = frozenset({"text", "body", "payload", "blocks", "token", "authorization", "response_url", "line"})


def scrub(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what may hold a message body, and cover what looks like a secret."""
    for key, value in list(event.items()):
        # structlog's own keys hold records and tuples that its later processors need as they are
        event[key] = value if key.startswith("_") else _covered(key, value)
    return event


def _covered(key: str, value: Any) -> Any:
    if key.lower() in _HIDDEN_KEYS:
        return "[left out]"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _covered(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_covered("", inner) for inner in value]
    # What is no text becomes text here: a renderer would print it past this point.
    return _COMMANDS.sub("\ufffd", _SECRET.sub("[secret]", str(value)))


def configure(level: str, pretty: bool = False) -> None:
    """Set up once, at start. `pretty` is for a person at a terminal."""
    renderer = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, scrub, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
