"""CPU of a signed slash command: `soc-bot serve` against a bare slack-bolt app, both on the same Redis and sink.

The CPU column alone is robust on a shared machine: user and system seconds of the one process, from proc(5).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.bench.children import Child, module, running
from tests.bench.rows import ROUNDS, Row, against
from tests.bench.scene import Scene, ask, host_of, load, scene, sink, slack
from tests.bench.signed import TEAM

COUNT = int(os.environ.get("BENCH_SLASH_COUNT", "1000"))
GOAL = 1.5


def measure() -> list[Row]:
    """Milliseconds of CPU per command, answers included: both halves are waited for until the sink has them all."""
    with scene() as stage, sink(stage.folder) as at:
        bare = Child(module("tests.bench.bare"), stage.folder / "bare.log", _bare(stage, at))
        with running(stage.bot(at)) as ours, running(bare):
            hosts = {child: host_of(child.line("ready: ")) for child in (ours, bare)}
            ours.until_said("case ledger filled")
            found: dict[Child, list[float]] = {ours: [], bare: []}
            for number in range(ROUNDS + 1):
                for child, host in hosts.items():
                    found[child].append(_round(child, host, at, stage.folder, f"{child.pid}-{number}"))
            took = {child: values[1:] for child, values in found.items()}  # the first round warms both up
            return [against(f"slash: CPU of one `help`, {COUNT} a round", took[ours], took[bare], "ms", GOAL)]


def _round(child: Child, host: str, at: str, folder: Path, name: str) -> float:
    before, came = child.cpu(), ask(f"{at}/count")
    said = load(host, folder, count=COUNT, sink=at, name=name)
    assert said["statuses"] == {"200": COUNT}, said
    end = time.monotonic() + 120
    while (have := ask(f"{at}/count") - came) < COUNT:
        assert time.monotonic() < end, f"{have} of {COUNT} answers came"
        time.sleep(0.05)
    return (child.cpu() - before) / COUNT * 1000


def _bare(stage: Scene, at: str) -> dict[str, str]:
    return slack(at) | {"REDIS_URL": stage.env["REDIS_URL"], "BARE_MESSAGE": json.dumps(answer_of_help())}


def answer_of_help() -> dict[str, object]:
    """The Slack message that `help` is for a manager, so that both sides send the same bytes of answer."""
    from handlers.commands.help import overview
    from handlers.core.access import Access, AccessFile
    from handlers.core.registry import discover
    from messages import block_kit

    person = Access(AccessFile(), {"*": ("manager",)}).principal("slack", TEAM, "U0")
    messages = block_kit.render(overview(discover().visible(person), families=True))
    assert len(messages) == 1, "help has more than one page: the count of posts is no count of answers any more"
    return messages[0]
