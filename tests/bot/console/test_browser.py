"""The page in a real browser: what no test of the server can see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.worker
from tests.bot.console.browser import CHROMIUM, Page, browser, tab
from tests.bot.console.site import HOSTILE, TOKEN, site

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
COMMANDS = "[...document.querySelectorAll('#commands b')].map((one) => one.textContent)"
LINE = "document.getElementById('line').value"


@pytest.fixture(scope="module")
def tabs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with browser(tmp_path_factory.mktemp("browser")) as address:
        yield address


async def opened(page: Page) -> None:
    await page.until("!document.getElementById('empty').hidden && document.querySelectorAll('#first button').length")
    await page.until("document.querySelectorAll('#health li').length >= 6")


async def test_the_page_lives_under_its_own_policy(tmp_path: Path, tabs: str) -> None:
    """Empty page, first commands, sources, a typed line and its answer: no script error, nothing refused."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        assert await page.value(COMMANDS) == ["change", "count rows", "echo", "help", "slow"]
        assert await page.value("document.activeElement.id") == "line"
        await page.ask("/security:echo hello")
        assert "Echo: hello" in await page.value("document.querySelector('li.answer').textContent")
        assert await page.value("document.getElementById('empty').hidden")
        assert "Echo: hello" in await page.value("document.getElementById('said').textContent")
        assert page.faults == []


async def test_hostile_text_does_nothing_in_the_page(tmp_path: Path, tabs: str) -> None:
    """Markup in a question, its answer and its buttons is read as words: no element of theirs, no script run."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.ask(f"echo {HOSTILE}")
        assert await page.value("document.title") == "SOC manager bot"
        assert await page.value("document.querySelectorAll('#messages script, #messages img').length") == 0
        assert await page.value("document.querySelector('li.mine .said').textContent") == f"echo {HOSTILE}"
        await page.value("document.querySelector('li.answer .actions button').click()")
        await page.until("document.querySelectorAll('li.answer').length === 2")
        assert await page.value("document.title") == "SOC manager bot"
        assert page.faults == []


async def test_the_keyboard_is_enough(tmp_path: Path, tabs: str) -> None:
    """Tab completes a command and a flag, arrows choose a view, ↑ recalls the last line."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.type("cou")
        await page.press("Tab")
        assert await page.value(LINE) == "count rows "
        await page.press("Tab")
        assert await page.value(LINE) == "count rows --limit "
        await page.type("4")
        await page.press("Enter")
        await page.until("document.querySelector('li.answer')?.textContent.includes('Counted 4')")
        await page.press("ArrowUp")
        assert await page.value(LINE) == "count rows --limit 4"
        await page.value("document.querySelector('[role=tab]').focus()")
        for kind in ("slack", "teams", "json"):
            await page.press("ArrowRight")
            await page.until(f"document.querySelector('.{kind} pre')?.textContent.includes('Counted 4')")
        json.loads(await page.value("document.querySelector('.json pre').textContent"))


async def test_switching_role_changes_the_sidebar_and_the_answers(tmp_path: Path, tabs: str) -> None:
    """The commands shown are the role's, and a line it may not run is refused; a reload keeps role and conversation."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.value("{ const s = document.getElementById('role'); s.value = 'auditor'; "
                         "s.dispatchEvent(new Event('change')); }")  # fmt: skip
        await page.until(f"{COMMANDS}.join() === 'echo,help,slow'")
        await page.ask("count rows")
        assert "operations.read" in await page.value("document.querySelector('li.answer').textContent")
        await page.value("window.before = true")
        await page.send("Page.reload")
        await page.until("!window.before && document.querySelectorAll('li.answer').length === 1")
        assert await page.value("document.getElementById('role').value") == "auditor"


async def test_a_preview_is_confirmed_once(tmp_path: Path, tabs: str) -> None:
    """Pressing confirm changes it and shuts both buttons of that preview."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.ask("change")
        press = "document.querySelector('li.answer .actions .primary').click()"
        await page.value(press)
        await page.value(press)
        await page.until("document.querySelectorAll('li.answer').length === 2")
        assert "It is changed." in await page.value("document.querySelectorAll('li.answer')[1].textContent")
        shut = "[...document.querySelectorAll('li.answer .actions button')].every((b) => b.ariaDisabled === 'true')"
        assert await page.value(shut)
        assert await page.value("document.querySelectorAll('li.mine').length") == 2


async def test_the_answer_takes_the_place_of_the_working_line(
    tmp_path: Path, tabs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it takes its time the page says so; then one card stands there, not two."""
    monkeypatch.setattr(bot.worker, "WORKING_AFTER", 0.01)
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.type("slow")
        await page.press("Enter")
        await page.until("document.querySelectorAll('li.working').length")
        at.gate.set()
        await page.until("document.querySelectorAll('li.answer').length")
        assert await page.value("document.querySelectorAll('#messages > li').length") == 2


async def test_a_form_submits(tmp_path: Path, tabs: str) -> None:
    """A form's values go to the server, which makes the line."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.ask("count rows --form")
        await page.value("document.querySelector('form.form [name=limit]').value = '9'")
        await page.value("document.querySelector('form.form button[type=submit]').click()")
        await page.until("document.querySelectorAll('li.answer')[1]?.textContent.includes('Counted 9')")
        assert await page.value("document.querySelectorAll('li.answer').length") == 2


async def test_signing_in_and_out(tmp_path: Path, tabs: str) -> None:
    """The forms that a browser posts without script pass the origin check: token in, page, sign out, token again."""
    async with site(tmp_path, token=TOKEN) as at, tab(tabs, at.url) as page:
        await page.until("document.activeElement.id === 'token'")
        await page.type("guess")
        await page.press("Enter")
        await page.until("document.getElementById('wrong')?.textContent === 'That is not the token.'")
        await page.value("document.getElementById('token').focus()")
        await page.type(TOKEN)
        await page.press("Enter")
        await opened(page)
        await page.value("document.querySelector('form[action=\"/console/logout\"] button').click()")
        await page.until("document.activeElement.id === 'token'")


async def test_a_line_that_could_not_be_sent_is_given_back(tmp_path: Path, tabs: str) -> None:
    """With the bot away the page says so and the typed line stays to be sent again."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.value("window.fetch = () => Promise.reject(new TypeError('away'))")
        await page.type("echo hello")
        await page.press("Enter")
        await page.until("document.getElementById('banner').textContent.includes('does not answer')")
        assert await page.value(LINE) == "echo hello"


async def test_a_link_from_elsewhere_keeps_the_conversation(tmp_path: Path, tabs: str) -> None:
    """Coming back by another site's link, which brings no strict cookie, finds the session and what was said."""
    async with site(tmp_path) as at, tab(tabs, at.url) as page:
        await opened(page)
        await page.ask("echo hello")
        await page.send("Page.navigate", url=at.url.replace("127.0.0.1", "localhost"))
        await page.until("location.hostname === 'localhost' && document.querySelectorAll('#first button').length")
        await page.value(f"location.href = '{at.url}/'")
        await page.until("location.hostname === '127.0.0.1' && document.querySelectorAll('li.answer').length === 1")
        assert "hello" in await page.value("document.querySelector('li.answer').textContent")
