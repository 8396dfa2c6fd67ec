"""The page and its files."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from tests.bot.console.site import site


async def test_the_page_renders_with_its_marks_and_the_role_switch(tmp_path: Path) -> None:
    """In the demo the page says that data is simulated and offers every role, manager chosen."""
    async with site(tmp_path) as at:
        response = await at.open()
        text = await response.text()
    assert response.status == 200
    assert "Simulated data" in text
    assert "<option selected>manager</option>" in text
    assert "<option>analyst</option>" in text


async def test_outside_the_demo_there_is_no_role_switch(tmp_path: Path) -> None:
    """A console on real data neither claims to be simulated nor offers roles."""
    async with site(tmp_path, demo=False) as at:
        text = await (await at.open()).text()
    assert "Simulated data" not in text
    assert 'id="role"' not in text


async def test_the_page_is_served_under_a_strict_policy(tmp_path: Path) -> None:
    """Only our own files run: no unsafe source in the policy, and no frame around the page."""
    async with site(tmp_path) as at:
        headers = (await at.open()).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_nothing_in_the_pages_is_inline_or_from_elsewhere() -> None:
    """Templates and files hold no inline script, style or handler and no address of another host."""
    folder = resources.files("bot.console")
    for part in ("templates", "static"):
        for entry in folder.joinpath(part).iterdir():
            text = entry.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?://|<style|\sstyle=|\son\w+=\"|javascript:|@import", text), entry.name
            assert not re.search(r"<script(?![^>]*\ssrc=\"/console/static/)", text), entry.name


async def test_every_file_that_the_page_names_is_there_and_revalidates(tmp_path: Path) -> None:
    """Files the page and its scripts load answer 200 with an ETag, and 304 to who has them."""
    async with site(tmp_path) as at:
        text = await (await at.open()).text()
        names, read = set(re.findall(r"/console/static/([\w.]+)", text)), set[str]()
        while names - read:
            name = min(names - read)
            read.add(name)
            body = await (await at.get(f"/console/static/{name}")).text()
            names |= set(re.findall(r"from \"\./([\w.]+)\"", body))
        assert {"main.js", "card.css", "suggest.js", "tabs.js"} <= names
        for name in sorted(names):
            first = await at.get(f"/console/static/{name}")
            assert first.status == 200, name
            again = await at.get(f"/console/static/{name}", **{"If-None-Match": first.headers["ETag"]})
            assert again.status == 304, name


async def test_no_other_file_can_be_asked_for(tmp_path: Path) -> None:
    """Names outside the static folder are 404, however they are spelled."""
    async with site(tmp_path) as at:
        for name in ("nothing.js", "..%2Fadapter.py", "%2e%2e%2ftemplates%2fpage.html", "__init__.py"):
            assert (await at.get(f"/console/static/{name}")).status == 404, name
