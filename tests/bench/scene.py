"""The stage of a bench or a fault: a real redis-server, a simulated SOC in its own process, a sink, `soc-bot serve`."""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.children import ROOT, Child, module, running
from tests.bench.signed import SECRET, TEAM, TOKEN
from tests.redis_server import RedisServer

BOT = str(Path(sys.executable).parent / "soc-bot")
ORGANISATION = ROOT / "connectors" / "simulator" / "organisation"


@dataclass(frozen=True)
class Scene:
    """Where everything stands. `env` are the bot's settings but for Slack's."""

    folder: Path
    env: dict[str, str]
    simulator: str

    def bot(self, slack_api: str, name: str = "bot", **more: str) -> Child:
        """`soc-bot serve` on a free port; its environment may be added to."""
        env = self.env | slack(slack_api) | more
        return Child([BOT, "serve"], self.folder / f"{name}.log", env, cwd=self.folder)

    def slow(self, seconds: float) -> None:
        """Every backend of the simulated SOC answers so much later; 0: at once again."""
        ask(f"{self.simulator}/_simulator/faults", {"faults": [{"latency": seconds}] if seconds else []})


def slack(api: str) -> dict[str, str]:
    """Settings of an app on a Slack at `api`."""
    return {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": f"{api}/api/"}


def ask(url: str, body: Any = None) -> Any:
    """JSON over HTTP on loopback."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def access(folder: Path, users: int) -> Path:
    """An access file in which the accounts U0 to U<users-1> are one manager's."""
    rows = [{"platform": "slack", "tenant": TEAM, "user": f"U{number}"} for number in range(users)]
    person = {"id": "lead-02", "name": "Lead 02", "roles": ["manager"], "identities": rows}
    path = folder / "access.yaml"
    path.write_text(json.dumps({"persons": [person]}))  # JSON is YAML
    return path


@contextmanager
def scene(cases: int = 400, users: int = 300, redis: bool = True) -> Iterator[Scene]:
    """A folder, a Redis (unless the bot is to start its own) and a simulated SOC, all gone at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="socbot-")))
        env = {
            "SOC_BOT_PORT": "0",
            "SOC_BOT_DATA": str(folder / "data"),
            "SOC_BOT_ORGANISATION": str(ORGANISATION),
            "SOC_BOT_ACCESS": str(access(folder, users)),
        }
        if redis:
            (folder / "redis").mkdir()
            server = RedisServer(folder / "redis").start()
            stack.callback(server.stop)
            env["REDIS_URL"] = f"unix://{server.socket}"
        arguments = ("--port", "0", "--cases", str(cases), "--until-stdin-closes")
        simulator = stack.enter_context(
            running(Child(module("connectors.simulator", *arguments), folder / "simulator.log", stdin=True))
        )
        said = simulator.json()
        yield Scene(folder, env | said["environment"], said["url"])


@contextmanager
def sink(folder: Path) -> Iterator[str]:
    """The URL of a sink."""
    with running(Child(module("tests.bench.sink"), folder / "sink.log", stdin=True)) as child:
        yield child.json()["url"]


def load(host: str, folder: Path, **options: str | float) -> Any:
    """What `tests.bench.load` says when it is done."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    child = Child(module("tests.bench.load", host, *words), folder / "load.log")
    with running(child):
        return child.json(600)


def host_of(ready: str) -> str:
    """`127.0.0.1:port` of "ready: http://127.0.0.1:port/"."""
    return ready.removeprefix("ready: ").removeprefix("http://").rstrip("/")
