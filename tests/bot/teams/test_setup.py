"""What must not be started, the app package, the doctor."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.settings import Teams as TeamsSettings
from bot.teams.doctor import check
from bot.teams.manifest import VERSIONS, manifest, package, problems
from bot.teams.setup import refusal
from connectors.clock import FixedClock
from handlers.core.registry import discover
from tests.bot.stage import NOW
from tests.bot.test_cli import soc_bot
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import APP_ID, TENANT
from tests.e2e.teams_standin import Teams


def settings(**more: Any) -> TeamsSettings:
    good = {"app_id": APP_ID, "app_password": SecretStr("s"), "tenant_id": TENANT}
    return TeamsSettings.model_construct(**{**good, **more})


@pytest.mark.parametrize(
    ("more", "loopback", "names"),
    [
        ({}, False, ""),
        ({"app_id": ""}, False, ""),
        ({"app_id": "", "anonymous": True}, True, ""),
        ({"app_id": "", "anonymous": True}, False, "TEAMS_ANONYMOUS"),
        ({"app_password": None}, True, "MICROSOFT_APP_PASSWORD"),
        ({"app_password": None, "app_type": "UserAssignedMSI"}, True, ""),
        ({"tenant_id": ""}, True, "MICROSOFT_APP_TENANT_ID"),
        ({"tenant_id": "", "app_type": "MultiTenant"}, True, ""),
        ({"service_hosts": " , "}, True, "TEAMS_SERVICE_HOSTS"),
    ],
)
def test_what_must_not_be_started_is_refused(more: dict[str, Any], loopback: bool, names: str) -> None:
    """Without an application id only on loopback and only when that is asked for; without its parts never."""
    said = refusal(settings(**more), loopback=loopback)
    assert bool(said) == bool(names)
    assert names in said


def test_the_sdk_is_imported_only_when_teams_is_configured() -> None:
    """Starting without Teams costs nothing of the SDK."""
    code = "import sys, bot.serving, bot.doctor, bot.manifests; print([m for m in ('botbuilder', 'msrest', 'jwt') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_package_stands_before_microsofts_schema(version: Any) -> None:
    """Both versions: valid, flat, with icons of the right sizes, commands that the bot knows, no right over data."""
    made = manifest(discover(), settings(), url="https://bot.example.org", version=version)
    assert problems(made) == []
    with zipfile.ZipFile(io.BytesIO(package(made))) as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(archive.read("manifest.json")) == made
        sizes = [struct.unpack(">II", archive.read(name)[16:24]) for name in ("color.png", "outline.png")]
    assert sizes == [(192, 192), (32, 32)]
    assert "authorization" not in made
    (listed,) = made["bots"][0]["commandLists"]
    assert len(listed["commands"]) == {"1.29": 12, "1.23": 10}[version]
    assert ("triggers" in listed) == (version == "1.29")
    assert made["validDomains"] == ["bot.example.org"]


def test_a_write_is_offered_by_name_alone() -> None:
    """Choosing an offered command never does what its example says: `crisis declare` opens its form."""
    made = manifest(discover(), settings())
    titles = [command["title"] for command in made["bots"][0]["commandLists"][0]["commands"]]
    assert "security:crisis declare" in titles


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "no-guid"}, "id"),
        ({"accentColor": "blue"}, "accentColor"),
        ({"name": {"short": "x" * 31}}, "name"),
        ({"somethingElse": 1}, "somethingElse"),
    ],
)
def test_a_manifest_that_does_not_stand_is_told(change: dict[str, Any], said: str) -> None:
    """Each fault is named by its place."""
    made = {**manifest(discover(), settings(), url="https://bot.example.org"), **change}
    assert any(said in fault for fault in problems(made))


def test_a_manifest_of_two_equal_commands_is_told() -> None:
    """What the schema lets through and Teams does not show twice."""
    made = manifest(discover(), settings())
    commands = made["bots"][0]["commandLists"][0]["commands"]
    commands[1] = commands[0]
    assert "two commands are called" in problems(made)[0]


def test_the_cli_writes_the_package(tmp_path: Path) -> None:
    """`manifest teams --out DIR` writes the zip; without an id, folder or known version it says which is missing."""

    def made(*more: str) -> subprocess.CompletedProcess[str]:
        return soc_bot(tmp_path, "manifest", "teams", *more, MICROSOFT_APP_ID=APP_ID)

    assert "MICROSOFT_APP_ID" in soc_bot(tmp_path, "manifest", "teams", "--out", "out").stderr
    assert made().returncode == 2
    assert "choose 1.29 or 1.23" in made("--version", "1.0", "--out", "x").stderr
    done = made("--out", "out", "--version", "1.23")
    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "out" / "soc-manager-teams.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["manifestVersion"] == "1.23"


def clock() -> FixedClock:
    from connectors.clock import SystemClock

    return FixedClock(SystemClock().now())


async def test_the_doctor_finds_a_good_setup_in_order(teams: Teams) -> None:
    """Keys, token and clock are in order; what is not set is named with its line."""
    found = await check(teams_settings(teams), loopback=True, clock=clock())
    assert [one.sentence for one in found if not one.ok] == []
    assert any("TEAMS_PUBLIC_URL is not set" in one.sentence for one in found)
    assert any("1 signing keys" in one.sentence for one in found)
    assert any("token for answers is issued" in one.sentence for one in found)


async def test_the_doctor_names_what_is_wrong(teams: Teams) -> None:
    """A wrong secret, a wrong clock, keys that are away, an address that does not answer: a sentence and a fix each."""
    wrong = teams_settings(teams, app_password=SecretStr("leaked-secret"), public_url="https://127.0.0.1:9/")
    late = FixedClock(NOW)
    late.advance(90 * 86_400)
    found = [one for one in await check(wrong, loopback=True, clock=late) if not one.ok]
    said = " ".join(one.sentence for one in found)
    for words in ("the client secret is wrong", "clock is", "was not reached"):
        assert words in said
    assert all(one.fix for one in found)
    assert "leaked-secret" not in said
    teams.keys_away = True
    found = await check(teams_settings(teams), loopback=True, clock=clock())
    assert any("signing keys were not fetched" in one.sentence for one in found if not one.ok)
    found = await check(settings(tenant_id=""), loopback=True)
    assert [one.ok for one in found] == [False]
