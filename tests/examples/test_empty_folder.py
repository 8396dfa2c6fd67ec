"""Every command against the folder that `soc-bot init` has just written: nothing is filled in yet."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Core, core
from bot.demo import ANCHOR, Demo, simulated
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from bot.starting import init
from connectors.clock import FixedClock
from connectors.organisation.templates import to_fill
from messages.reading import words
from tests.examples.test_examples import LINES, asked, in_folder

OWN = {record.FILE for record in to_fill()}
RESTS = {
    "audit prepare", "benchmark", "budget plan", "communicate", "compliance monitor", "dashboard", "handover",
    "incident prioritize", "iocs", "metrics detection", "metrics soc", "monitor operations", "posture",
    "process optimize", "report executive", "resources plan", "runbooks", "strategy develop", "threats",
    "training assess", "vendor evaluate",
}  # fmt: skip
"""Commands whose answer rests on files of the organisation's."""
NEED = {
    "metrics soc": ("sla.attainment", "sla.met", "sla.no_policy", "sla.acknowledge.met", "sla.acknowledge.no_policy"),
    "process optimize": ("automation.hours", "effort.hours"), "report executive": ("sla.attainment", "trend.sla.n"),
    "dashboard": ("sla.attainment",), "benchmark": ("sla.attainment", "dwell.median"),
    "metrics detection": ("gaps.single_source",), "budget plan": ("budget.plan",),
    "compliance monitor": ("controls.total",),
}  # fmt: skip
"""Figures that cannot be had without a file: not known, or not shown at all."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    process = Process().model_copy(update={"data": tmp_path_factory.mktemp("data")})
    folder = tmp_path_factory.mktemp("organisation")
    init(folder)
    settings = Settings(process, Slack(), State(), Chronicle(), Gti(), Scc())
    async with (
        simulated(Demo(cases=1_000), settings) as pointed,
        core(in_folder(pointed, folder), FixedClock(ANCHOR), demo=True, memory_allowed=True) as one,
    ):
        yield one


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_a_command_names_the_files_it_lacks(made: Core, name: str) -> None:
    """Nothing crashes; whatever rests on a file names it as not filled in, and no verdict is green without it."""
    answer = await asked(made, name)
    assert answer.outcome in {"answered", "preview", "refused"}
    said = " ".join(words(notice.text, answer.document) for notice in answer.document.notices)
    named = set(re.findall(r"([a-z_]+\.yaml)(?: is not filled in| \()", said))
    assert named <= OWN
    if name in RESTS:
        assert answer.outcome == "answered"
        assert named
        assert answer.document.verdict is None or answer.document.verdict.status != "green"


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_a_missing_file_is_never_a_zero(made: Core, name: str) -> None:
    """A figure of which no source answered has no value; one that needs a file is not known."""
    document = (await asked(made, name)).document
    failed = {source.name for source in document.provenance if not source.ok}
    bare = [f.id for f in document.figures if f.value is not None and f.sources and set(f.sources) <= failed]
    assert bare == []
    values = {figure.id: figure.value for figure in document.figures}
    assert {one: values[one] for one in NEED.get(name, ()) if values.get(one) is not None} == {}
