"""CPU of a signed Teams message: `soc-bot serve` against botbuilder as shipped that replies the same card.

JWTs are checked on both sides, the outgoing token is static. Ours does what theirs does not: inbox, rights, audit,
outbox. p50 and p99 are of the answer to the HTTP request at 20 connections: ours says "stored" and answers after,
theirs answers inside the request, so the two are told and not compared.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.children import Child, module, running
from tests.bench.rows import ROUNDS, Row, against
from tests.bench.scene import BOT, Scene, ask, host_of, scene
from tests.bench.teams_load import TENANTS
from tests.e2e.teams_signing import APP_ID, jwk, token
from tests.e2e.teams_standin import SECRET, TOKEN

COUNT = int(os.environ.get("BENCH_TEAMS_COUNT", "400"))
CONNECTIONS = 20
GOAL = 0.6
TEXT = "help metrics soc"


def measure() -> list[Row]:
    """Milliseconds of CPU per message, answers included: both halves are waited for until the sink has them all."""
    with scene() as stage, running(_sink(stage.folder)) as microsoft:
        at = microsoft.json()["url"]
        env = _settings(stage, at)
        ours = Child([BOT, "serve"], stage.folder / "bot.log", env, cwd=stage.folder)
        bare = Child(module("tests.bench.teams_bare"), stage.folder / "bare.log", {**env, **_bare()})
        with running(ours), running(bare):
            hosts = {child: host_of(child.line("ready: ")) for child in (ours, bare)}
            ours.until_said("case ledger filled")
            found: dict[Child, list[tuple[float, float, float]]] = {ours: [], bare: []}
            for number in range(ROUNDS + 1):
                for child, host in hosts.items():
                    found[child].append(_round(child, host, at, stage.folder, f"{child.pid}-{number}"))
        cpu = {child: [one[0] for one in rows[1:]] for child, rows in found.items()}  # the first warms both up
        row = against(f"teams: CPU of one `{TEXT}`, {COUNT} a round, JWT on", cpu[ours], cpu[bare], "ms", GOAL)
        return [row, *(_latency(name, index, found[ours], found[bare]) for index, name in ((1, "p50"), (2, "p99")))]


def _latency(name: str, index: int, ours: list[Any], bare: list[Any]) -> Row:
    said = [f"{median(one[index] for one in rows[1:]) * 1000:.3g} ms" for rows in (ours, bare)]
    return Row(f"teams: {name} of the HTTP answer at {CONNECTIONS} connections", said[0], said[1])


def _round(child: Child, host: str, at: str, folder: Path, name: str) -> tuple[float, float, float]:
    """(CPU in ms a message, p50, p99 in seconds)."""
    before, came = child.cpu(), ask(f"{at}/count")
    service = f"{at}/connector/"
    words = ("--count", str(COUNT), "--connections", str(CONNECTIONS), "--name", name, "--text", TEXT)
    env = {"TEAMS_TOKEN": token(service), "TEAMS_SERVICE": service}
    with running(Child(module("tests.bench.teams_load", host, *words), folder / "load.log", env)) as load:
        said = load.json(300)
    assert said["statuses"] == {"201": COUNT}, said
    end = time.monotonic() + 120
    while (have := ask(f"{at}/count") - came) < COUNT:
        assert time.monotonic() < end, f"{have} of {COUNT} answers came"
        time.sleep(0.05)
    return (child.cpu() - before) / COUNT * 1000, said["p50"], said["p99"]


def _sink(folder: Path) -> Child:
    return Child(module("tests.bench.teams_sink", json.dumps(jwk())), folder / "sink.log", stdin=True)


def _settings(stage: Scene, at: str) -> dict[str, str]:
    rows = [{"platform": "teams", "tenant": f"tenant-{number}", "user": "person"} for number in range(TENANTS)]
    person = {"id": "lead-02", "name": "Lead 02", "roles": ["manager"], "identities": rows}
    path = stage.folder / "teams-access.yaml"
    path.write_text(json.dumps({"persons": [person]}))  # JSON is YAML
    return stage.env | {
        "SOC_BOT_ACCESS": str(path),
        "MICROSOFT_APP_ID": APP_ID,
        "MICROSOFT_APP_PASSWORD": SECRET,
        "MICROSOFT_APP_TYPE": "MultiTenant",
        "TEAMS_OPENID_METADATA_URL": f"{at}/metadata",
        "TEAMS_LOGIN_URL": at,
        "TEAMS_SERVICE_HOSTS": "127.0.0.1",
    }


def _bare() -> dict[str, str]:
    return {"BARE_TOKEN": TOKEN, "BARE_CARD": json.dumps(answer())}


def answer() -> dict[str, Any]:
    """The card that TEXT is for a manager, so that both sides send the same."""
    from handlers.commands.help import explained
    from handlers.core.registry import discover
    from messages import adaptive_card

    command = discover().get(TEXT.removeprefix("help "))
    assert command is not None
    cards = adaptive_card.render(explained(command))
    assert len(cards) == 1, "the answer has more than one page: the count of posts is no count of answers any more"
    return cards[0]
