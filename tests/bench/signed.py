"""Signed slash commands as bytes on the wire, without an HTTP client's cost."""

from __future__ import annotations

import itertools
from urllib.parse import urlencode

from connectors.clock import SystemClock
from tests.e2e.slack_hands import sign

SECRET = "bench-signing-secret"
TOKEN = "xoxb-bench-token"
TEAM = "T1"
_serial = itertools.count(1)


def slash(host: str, text: str, user: str, response_url: str) -> bytes:
    """One request with a trigger of its own; `host` is `127.0.0.1:port` of whoever is asked."""
    body = urlencode(
        {
            "token": "unused",
            "team_id": TEAM,
            "team_domain": "example",
            "channel_id": "C1",
            "channel_name": "soc",
            "user_id": user,
            "user_name": user.lower(),
            "command": "/security",
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": f"{response_url}.{next(_serial)}",
        }
    )
    at = int(SystemClock().now().timestamp())
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: {sign(body, SECRET, at)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def get(host: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
