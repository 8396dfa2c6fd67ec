"""Structured JSON logs on stderr, without message bodies or secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"(xox[a-z]-[\w-]+|xapp-[\w-]+|https://hooks\.slack\.com/\S+|Bearer\s+\S+|rediss?://[^\s@]+@\S+)", re.IGNORECASE
)
_HIDDEN_KEYS = frozenset({"text", "body", "payload", "blocks", "token", "authorization", "response_url", "line"})


def scrub(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what may hold a message body, and cover what looks like a secret."""
    for key, value in list(event.items()):
        if key in _HIDDEN_KEYS:
            event[key] = "[left out]"
        elif isinstance(value, str):
            event[key] = _SECRET.sub("[secret]", value)
    return event


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
