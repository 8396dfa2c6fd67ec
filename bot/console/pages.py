"""The page, the login page and their static files, all from inside the package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from aiohttp import web
from jinja2 import Environment, FunctionLoader, StrictUndefined

from bot.console.guard import HEADERS

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page(name: str, words: Mapping[str, Any], status: int = 200) -> web.Response:
    """A template as an answer with the console's headers."""
    text = _environment().get_template(f"{name}.html").render(words)
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


async def static(request: web.Request) -> web.Response:
    """A file of the static folder, revalidated by its ETag; 404 for anything else."""
    found = _files().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound(reason="There is no such file.")
    body, etag, kind = found
    headers = {**HEADERS, "Cache-Control": "no-cache", "ETag": f'"{etag}"'}
    if request.if_none_match and any(tag.value in {etag, "*"} for tag in request.if_none_match):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    """Name → bytes, ETag, type. Read once: what is not in here cannot be asked for."""
    found = {}
    for entry in resources.files("bot.console").joinpath("static").iterdir():
        kind = _TYPES.get(entry.name[entry.name.rfind(".") :])
        if kind is not None:
            body = entry.read_bytes()
            found[entry.name] = (body, hashlib.sha256(body).hexdigest()[:32], kind)
    return found


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _source(name: str) -> str:
    return resources.files("bot.console").joinpath("templates", name).read_text(encoding="utf-8")
