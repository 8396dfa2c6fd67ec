"""Reference data at the start: what cannot be used and what is stale is in the log before anybody asks."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import bot.app
from bot.app import App, Core
from bot.health import Health
from connectors.clock import FixedClock
from connectors.errors import Unavailable
from connectors.memory import MemoryState
from connectors.models.organisation.clocks import ClockRule
from connectors.models.organisation.detection import TechniqueRemap
from connectors.organisation import files
from connectors.organisation.files import YamlOrganisation
from tests.bot.stage import NOW

Line = tuple[str, str, dict[str, Any]]


class Log:
    """Keeps what is logged: level, event, fields."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def __getattr__(self, level: str) -> Any:
        return lambda event, **fields: self.lines.append((level, event, fields))


class Away:
    """A case ledger that does not answer."""

    async def view(self, _since: object) -> None:
        raise Unavailable("Case ledger", "cannot be reached")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()
    monkeypatch.setattr(bot.app, "log", made)
    return made


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the product's reference data, to be spoiled."""
    copied = tmp_path / "shipped"
    shutil.copytree(files.SHIPPED, copied)
    monkeypatch.setattr(files, "SHIPPED", copied)
    return copied


def app(organisation: object) -> App:
    """No more of a bot than its warming needs."""
    core = SimpleNamespace(
        backends=SimpleNamespace(organisation=organisation), clock=FixedClock(NOW), soc=SimpleNamespace(ledger=Away())
    )
    part = cast(Any, None)
    return App(cast(Core, core), {}, part, part, part, part, part, part, part)


async def test_warming_logs_an_unreadable_row_and_stale_ones(
    log: Log, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spoiled row is an error with file, line and field; a file last checked too long ago a warning that names it."""
    monkeypatch.setattr(bot.app, "importlib", SimpleNamespace(import_module=str))
    rules = (shipped / ClockRule.FILE).read_text()
    (shipped / ClockRule.FILE).write_text(rules.replace("checked: 2026-11-22", "checked: 2025-11-21", 1))
    remap = (shipped / TechniqueRemap.FILE).read_text()
    (shipped / TechniqueRemap.FILE).write_text(remap.replace("new: T1685,", "new: 1685,", 1))
    await app(YamlOrganisation(None, FixedClock(NOW))).warming()
    wrong, stale, ledger = log.lines
    assert wrong[:2] == ("error", "reference data cannot be used")
    assert wrong[2]["problem"].startswith("attack_remap.yaml line 5, field new: ")
    assert stale[:2] == ("warning", "reference data is stale")
    assert stale[2]["rows"].startswith("clock_rules.yaml: 1 of 36 rows last checked more than a year ago")
    assert ledger[1] == "case ledger not filled"


async def test_what_ships_today_says_nothing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's own files are readable and fresh on the day they were last checked."""
    monkeypatch.setattr(bot.app, "importlib", SimpleNamespace(import_module=str))
    await app(YamlOrganisation(None, FixedClock(NOW))).warming()
    assert [event for _, event, _ in log.lines] == ["case ledger not filled"]


async def test_the_own_copy_counts(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An organisation's own file stands for the product's, at the start as in every answer."""
    monkeypatch.setattr(bot.app, "importlib", SimpleNamespace(import_module=str))
    (tmp_path / TechniqueRemap.FILE).write_text("- {old: T1562, since: '19'}\n")
    await app(YamlOrganisation(tmp_path, FixedClock(NOW))).warming()
    assert log.lines[0][2]["problem"].startswith("attack_remap.yaml line 1, field ")


async def test_readiness_is_degraded_by_an_unreadable_row(shipped: Path) -> None:
    """The body of /readyz names file, line and field under the organisation's port."""
    (shipped / TechniqueRemap.FILE).write_text("- {old: 1562}\n")
    state, port = MemoryState(FixedClock(NOW)), YamlOrganisation(None, FixedClock(NOW))

    async def kept() -> list[str]:
        return []

    health = Health({"organisation": port.ping}, state.queue, kept, FixedClock(NOW))
    health.ready = True
    report = await health.report()
    assert report["status"] == "degraded"
    assert "attack_remap.yaml line 1, field old: " in report["ports"]["organisation"]["detail"]
