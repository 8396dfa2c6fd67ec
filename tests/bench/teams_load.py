"""`python -m tests.bench.teams_load HOST`: signed activities over N busy connections, as `tests.bench.load` does it.

TEAMS_TOKEN and TEAMS_SERVICE are its environment. People and conversations are many, because a bot may send seven
messages a second to one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time

from tests.bench.load import Load
from tests.e2e.teams_signing import APP_ID

TENANTS = 60
CHATS = 30


class TeamsLoad(Load):
    """Direct messages."""

    def request(self, user: str) -> bytes:
        number = next(self._serial)
        tenant = f"tenant-{number % TENANTS}"
        body = json.dumps(
            {
                "type": "message",
                "id": f"{self.given.name}-{number}",
                "channelId": "msteams",
                "serviceUrl": os.environ["TEAMS_SERVICE"],
                "timestamp": "2026-11-22T09:00:00Z",
                "text": self.given.text,
                "textFormat": "plain",
                "locale": "en-GB",
                "from": {"id": "29:person", "aadObjectId": "person", "name": "Lead 02"},
                "recipient": {"id": f"28:{APP_ID}", "name": "SOC Bot"},
                "conversation": {
                    "id": f"a:{tenant}-{number // TENANTS % CHATS}",
                    "conversationType": "personal",
                    "tenantId": tenant,
                },
                "channelData": {"tenant": {"id": tenant}},
                "entities": [{"type": "clientInfo", "locale": "en-GB", "platform": "Web"}],
            }
        ).encode()
        head = (
            f"POST /api/messages HTTP/1.1\r\nHost: {self.given.host}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {os.environ['TEAMS_TOKEN']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.teams_load", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--text", default="help metrics soc")
    parser.add_argument("--name", default="load")
    given = parser.parse_args()
    given.path, given.seconds, given.sink = "", 0.0, ""
    load, started = TeamsLoad(given), time.monotonic()
    await asyncio.gather(*(load.connection(number) for number in range(given.connections)))
    took = sorted(load.seconds) or [0.0]
    said = {
        "statuses": load.statuses,
        "seconds": time.monotonic() - started,
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
