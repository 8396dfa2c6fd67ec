"""The doctor: every finding has a sentence, and what is wrong has its fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

import bot.doctor
from bot.doctor import Finding, examine
from bot.settings import Chronicle, Gti, Process, Scc, Settings, Slack, State
from connectors.organisation.templates import to_fill

BAD_ACCESS = """persons:
  - id: a
    roles: [emperor]
    identities: [{platform: slack, tenant: T1, user: U1}]
"""


def settings(data: Path, **process: Path) -> Settings:
    return Settings(Process(data=data, **process), Slack(), State(), Chronicle(), Gti(), Scc())  # type: ignore[arg-type]


def about(findings: list[Finding], subject: str) -> Finding:
    return next(one for one in findings if one.sentence.startswith(subject))


async def test_what_is_not_configured_names_the_setting(tmp_path: Path) -> None:
    """On a bare machine the state and the empty audit chain are in order, and each missing thing has its line."""
    findings = await examine(settings(tmp_path))
    assert about(findings, "Redis").ok
    assert about(findings, "Audit chain").sentence == "Audit chain: 0 entries hold."
    assert about(findings, "Access").fix.startswith("SOC_BOT_ACCESS=")
    assert about(findings, "Organisation").fix.startswith("SOC_BOT_ORGANISATION=")
    assert all(one.fix for one in findings if not one.ok)


async def test_the_products_own_reference_data_is_read_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the product's that cannot be used is a finding by file and line, whoever keeps files or not."""
    copied = tmp_path / "shipped"
    shutil.copytree(bot.doctor.SHIPPED, copied)
    (copied / "attack_remap.yaml").write_text("- {old: 1562}\n")
    monkeypatch.setattr(bot.doctor, "SHIPPED", copied)
    found = about(await examine(settings(tmp_path / "data")), "Reference data")
    assert not found.ok and "attack_remap.yaml line 1, field old" in found.sentence


async def test_the_access_file_is_read_and_its_error_told(tmp_path: Path) -> None:
    """A role that nobody defined is found before the bot is started."""
    file = tmp_path / "access.yaml"
    file.write_text(BAD_ACCESS)
    found = about(await examine(settings(tmp_path / "data", access=file)), "Access")
    assert (found.ok, "emperor" in found.sentence) == (False, True)
    file.write_text(BAD_ACCESS.replace("emperor", "manager"))
    assert about(await examine(settings(tmp_path / "data", access=file)), "Access").ok


async def test_a_redis_that_is_away_is_a_finding_without_its_password(tmp_path: Path) -> None:
    """The doctor goes on to the other ports."""
    made = settings(tmp_path)
    url = State(redis_url=SecretStr("redis://u:hunter2@127.0.0.1:1/0"))
    findings = await examine(Settings(made.process, made.slack, url, made.chronicle, made.gti, made.scc))
    assert not about(findings, "Redis").ok
    assert "hunter2" not in str(findings)
    assert len(findings) > 5


async def test_an_organisation_folder_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    """A folder that does not exist is wrong; a fresh one is in order and says how many files are not filled in."""
    gone = about(await examine(settings(tmp_path / "data", organisation=tmp_path / "nowhere")), "Organisation")
    assert (gone.ok, f"{tmp_path / 'nowhere'} is not there" in gone.sentence) == (False, True)
    (tmp_path / "soc").mkdir()
    (tmp_path / "soc" / "sla.yaml").write_text("[]\n")
    fresh = about(await examine(settings(tmp_path / "data", organisation=tmp_path / "soc")), "Organisation")
    assert fresh.ok
    assert f"{len(to_fill()) - 1} are not filled in" in fresh.sentence
    assert "absences.yaml" in fresh.sentence and "sla.yaml" not in fresh.sentence
