"""Who may speak to the console."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.console.adapter import ConsoleAdapter
from bot.console.guard import MOST_WAITING, SESSION_SECONDS
from bot.serving import check
from bot.settings import SettingsError
from connectors.clock import SystemClock
from connectors.memory import MemoryState
from connectors.models.reading import Ping
from handlers.core.access import AccessFile, Account, PersonAccess
from tests.bot.console.site import TOKEN, Site, core, settings, site


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "localhost", "127.0.0.1.:{port}"]
)
async def test_a_foreign_host_name_is_refused(tmp_path: Path, host: str) -> None:
    """A name that was made to point at this machine (DNS rebinding) gets neither page nor session."""
    async with site(tmp_path) as at:
        port = at.url.rsplit(":", 1)[1]
        response = await at.get("/", Host=host.format(port=port))
    assert response.status == 403
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
async def test_this_machines_names_are_answered(tmp_path: Path, host: str) -> None:
    """Each name of loopback with the port works."""
    async with site(tmp_path) as at:
        port = at.url.rsplit(":", 1)[1]
        assert (await at.get("/", Host=host.format(port=port))).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
        {"Origin": "{url}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{url}", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("path", ["/console/calls", "/console/login", "/console/logout"])
async def test_a_post_from_another_origin_is_refused(tmp_path: Path, headers: dict[str, str], path: str) -> None:
    """A page of somebody else cannot type, even with the session's cookie."""
    async with site(tmp_path) as at:
        await at.open()
        sent = {name: value.format(url=at.url) for name, value in headers.items()}
        response = await at.client.post(f"{at.url}{path}", data={"line": "help"}, headers=sent)
        assert await at.state.queue.depth() == (0, 0)
    assert response.status == 403


@pytest.mark.parametrize("path", ["/console/stream", "/console/commands", "/console/health", "/console/payload/x"])
async def test_without_a_session_nothing_is_told(tmp_path: Path, path: str) -> None:
    """Every door behind the page wants the cookie that the page gave."""
    async with site(tmp_path) as at:
        assert (await at.get(path)).status == 401
        assert (await at.post(line="help")).status == 401


async def test_a_session_that_was_not_given_by_us_is_none(tmp_path: Path) -> None:
    """A cookie with another signature, or another session's name under a valid signature, is refused."""
    async with site(tmp_path) as at:
        response = await at.open()
        (name, morsel), *_ = response.cookies.items()
        session, until, signature = morsel.value.split(".")
        other = session[::-1]
        assert other != session
        async with ClientSession() as bare:
            for value in (f"{other}.{until}.{signature}", f"{session}.{int(until) + 9}.{signature}", session, "é"):
                answer = await bare.get(f"{at.url}/console/health", headers={"Cookie": f"{name}={value}"})
                assert answer.status == 401, value
            answer = await bare.get(f"{at.url}/console/health", headers={"Cookie": f"{name}={morsel.value}"})
            assert answer.status == 200


async def test_the_cookie_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    """HttpOnly, SameSite=Strict, with an end."""
    async with site(tmp_path) as at:
        morsel = next(iter((await at.open()).cookies.values()))
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["max-age"]) == ("Strict", str(SESSION_SECONDS))


async def test_a_session_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its twelve hours the cookie is worth nothing, whatever the browser kept."""
    async with site(tmp_path) as at:
        await at.open()
        later = datetime.now(UTC) + timedelta(seconds=SESSION_SECONDS + 60)
        monkeypatch.setattr(SystemClock, "now", lambda self: later)
        assert (await at.get("/console/health")).status == 401


def test_outside_loopback_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    """A console that other machines can reach needs SOC_BOT_CONSOLE_TOKEN, and says so."""
    made = settings(tmp_path, host="0.0.0.0")  # noqa: S104 - never listened on
    bot_core = core(made, MemoryState(SystemClock()), demo=True)
    with pytest.raises(SettingsError, match="SOC_BOT_CONSOLE_TOKEN"):
        ConsoleAdapter(made.process, None, bot_core, None, demo=True)  # type: ignore[arg-type]


def test_outside_loopback_a_token_that_can_be_guessed_is_none(tmp_path: Path) -> None:
    """Two guesses a second find a short one; on this machine alone any will do."""
    for token, host in (("letmein", "0.0.0.0"), ("x" * 15, "10.0.0.7")):  # noqa: S104 - never listened on
        with pytest.raises(SettingsError, match="at least 16 characters"):
            check(settings(tmp_path, host, token), demo=True)
    check(settings(tmp_path, "0.0.0.0", "x" * 16), demo=True)  # noqa: S104
    check(settings(tmp_path, token="letmein"), demo=True)


async def test_with_a_token_only_who_knows_it_gets_in(tmp_path: Path) -> None:
    """The page is a login form until the token was given; a wrong one is refused and gives no session."""
    async with site(tmp_path, token=TOKEN) as at:
        first = await at.open()
        assert 'name="token"' in await first.text()
        assert not first.cookies
        wrong = await at.post("/console/login", token="guess")
        assert (wrong.status, len(wrong.cookies)) == (403, 0)
        assert (await at.post(line="help")).status == 401
        right = await at.post("/console/login", token=TOKEN)
        assert 'id="composer"' in await right.text()
        assert "What you may ask" in (await at.ask(line="help"))["html"]
        await at.post("/console/logout")
        assert (await at.get("/console/health")).status == 401


def _listed(*roles: str) -> AccessFile:
    account = Account(platform="console", user="operator")
    return AccessFile(persons=(PersonAccess(id="lead-02", name="Lead 02", roles=roles, identities=(account,)),))


async def _html(at: Site, **fields: str) -> str:
    await at.open()
    return str((await at.ask(**fields))["html"])


async def test_on_real_data_nobody_has_rights_until_listed(tmp_path: Path) -> None:
    """Outside the demo the console's operator may do nothing, whatever role the browser sends."""
    async with site(tmp_path, demo=False) as at:
        refused = await _html(at, line="count rows", role="manager")
        table = await (await at.get("/console/commands?role=manager")).json()
    assert "Counted" not in refused
    assert table["commands"] == []


async def test_on_real_data_the_access_file_gives_the_rights(tmp_path: Path) -> None:
    """The operator has the roles of the person whom the file lists for {platform: console, user: operator}."""
    async with site(tmp_path, demo=False, file=_listed("analyst")) as at:
        assert "Counted 5" in await _html(at, line="count rows", role="manager")
        assert "Change it?" not in await _html(at, line="change", role="manager")


async def test_whoever_has_no_rights_is_not_told_why_a_port_fails(tmp_path: Path) -> None:
    """A detail may quote a file of the organisation; that something fails is told to anybody who is let in."""

    async def wrong() -> Ping:
        return Ping("Organisation", False, "roster.yaml line 4: “Lead 02” is not …")

    for access, told in ((AccessFile(), False), (_listed("analyst"), True)):
        async with site(tmp_path, demo=False, file=access) as at:
            at.app.health.watch("organisation", wrong)
            await at.open()
            text = await (await at.get("/console/health")).text()
            assert ("Lead 02" in text, '"ok": false' in text) == (told, True)


async def test_guesses_do_not_pile_up(tmp_path: Path) -> None:
    """Who guesses faster than is answered is sent away at once, and the right token still gets in."""
    async with site(tmp_path, token=TOKEN) as at:
        await at.open()
        guesses = [asyncio.create_task(at.post("/console/login", token="guess")) for _ in range(MOST_WAITING + 20)]
        done, waiting = await asyncio.wait(guesses, timeout=0.4)
        assert [one.result().status for one in done].count(429) >= 10
        right = await at.post("/console/login", token=TOKEN)
        assert 'id="composer"' in await right.text()
        for one in waiting:
            one.cancel()
