"""A real browser, headless, spoken to by the Chrome DevTools Protocol (chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless",
    "--window-size=1280,900",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


class Page:
    """One tab. `faults` collects script errors and what the content policy refused."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, count(1)
        self.faults: list[str] = []

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async for message in self._socket:
            told: dict[str, Any] = message.json()
            if told.get("id") == number:
                assert "error" not in told, told
                return dict(told["result"])
            if told.get("method") == "Runtime.exceptionThrown":
                self.faults.append(str(told["params"]["exceptionDetails"]))
            if told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.faults.append(str(told["params"]["entry"]))
        raise AssertionError("the browser went away")

    async def value(self, script: str) -> Any:
        result = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, script: str, within: float = 15.0) -> Any:
        """The script's value as soon as it is true; a page still loading is not. Says what was shown if it never is."""
        try:
            async with asyncio.timeout(within):
                while True:
                    with contextlib.suppress(AssertionError):
                        if found := await self.value(script):
                            return found
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"never true: {script}; page: {await self.value('document.body.innerText')}") from None

    async def type(self, text: str) -> None:
        """As from a keyboard, into what has the focus."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        code = {"Enter": 13, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40, "ArrowRight": 39, "Escape": 27}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            await self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                **(text if kind == "keyDown" else {}),
            )  # fmt: skip

    async def ask(self, line: str) -> None:
        """Type a line, send it, wait until one more answer is there."""
        before = await self.value("document.querySelectorAll('li.answer').length")
        await self.value("document.getElementById('line').focus()")
        await self.type(line)
        await self.press("Escape")
        await self.press("Enter")
        await self.until(f"document.querySelectorAll('li.answer').length > {before}")


@contextmanager
def browser(folder: Path) -> Iterator[str]:
    """A browser with a profile of its own, ended by its own process; gives the address of its tabs."""
    assert CHROMIUM is not None
    with (folder / "stderr").open("wb") as told:
        process = subprocess.Popen([CHROMIUM, *_FLAGS, f"--user-data-dir={folder / 'profile'}"], stderr=told)
    try:
        yield f"http://127.0.0.1:{_port(folder / 'stderr', process)}"
    finally:
        process.terminate()
        process.wait(10)


def _port(told: Path, process: subprocess.Popen[bytes]) -> int:
    for _ in range(600):
        if found := re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", told.read_text(errors="replace")):
            return int(found[1])
        assert process.poll() is None, told.read_text(errors="replace")
        time.sleep(0.05)
    raise AssertionError("the browser did not start")


@asynccontextmanager
async def tab(tabs: str, url: str) -> AsyncIterator[Page]:
    """A new tab with the page at `url`, closed afterwards."""
    async with ClientSession() as client:
        made = await (await client.put(f"{tabs}/json/new?about:blank")).json()
        async with client.ws_connect(made["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            page = Page(socket)
            for domain in ("Runtime", "Log", "Page"):
                await page.send(f"{domain}.enable")
            await page.send("Page.navigate", url=url)
            yield page
        await client.get(f"{tabs}/json/close/{made['id']}")
