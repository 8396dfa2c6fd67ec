"""The Teams app package: a manifest from the command table, checked against Microsoft's schema, and two icons.

1.29 offers the commands as slash commands too (targeted messages); 1.23 for tenants where those are not there yet.
Source: the schemas beside this file, and learn.microsoft.com, "App manifest reference".
"""

from __future__ import annotations

import io
import json
import zipfile
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.settings import Teams
from bot.teams import icons
from handlers.core.command import Command
from handlers.core.registry import Registry
from messages.limits import clip

Version = Literal["1.29", "1.23"]
VERSIONS: tuple[Version, ...] = ("1.29", "1.23")
_COMMANDS: dict[Version, int] = {"1.29": 12, "1.23": 10}
FIRST = (
    "monitor operations", "metrics soc", "incident prioritize", "handover", "compliance monitor", "report executive",
    "case list", "crisis declare", "help", "alerts", "threats", "digest list",
)  # fmt: skip
"""What is offered by Teams itself, most used first; every other command is typed, and listed by `help`."""
_TITLE, _ABOUT = 128, 4_000
SHORT = "Figures, cases and reports of the security operations centre"
LONG = (
    "Figures of the security operations centre that can be defended in front of an auditor: what was measured, over "
    "which window, from how many cases, from which system, how fresh. Reads metrics, cases, alerts, threats and "
    "posture; comments on cases and changes their priority after a preview; runs a major incident in a thread. Never "
    "contains, isolates or deletes. Answers only to people whom the organisation's access file lists."
)
PLACEHOLDER = "https://bot.example"
"""Where no public address is given: the schema wants one, and Microsoft never asks it."""


def manifest(registry: Registry, settings: Teams, *, url: str = "", version: Version = "1.29") -> dict[str, Any]:
    """`url` is the bot's public address. No right over teams' data is asked for: a mention is what the bot reads."""
    base = (url or settings.public_url or PLACEHOLDER).rstrip("/")
    slash = version == "1.29"
    listed = {"commands": _commands(registry, version), **({"triggers": ["mention", "slash"]} if slash else {})}
    bot: dict[str, Any] = {
        "botId": settings.app_id,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": False,
        "isNotificationOnly": False,
        "commandLists": [{"scopes": ["personal", "team", "groupChat"], **listed}],
    }
    if slash:
        bot["supportsTargetedMessages"] = True
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{version}/MicrosoftTeams.schema.json",
        "manifestVersion": version,
        "version": "1.0.0",
        "id": settings.app_id,
        "developer": {
            "name": "SOC",
            "websiteUrl": base,
            "privacyUrl": f"{base}/",
            "termsOfUseUrl": f"{base}/",
        },
        "name": {"short": "SOC manager", "full": "SOC manager bot"},
        "description": {"short": SHORT, "full": LONG},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#0B3D62",
        "bots": [bot],
        "validDomains": [host] if (host := urlsplit(base).hostname) and base != PLACEHOLDER else [],
    }


def _commands(registry: Registry, version: Version) -> list[dict[str, str]]:
    """As they are typed: choosing one writes its title into the message."""
    known = [command for name in FIRST if (command := registry.get(name)) is not None]
    return [
        {"title": f"security:{_typed(command)}"[:_TITLE], "description": clip(command.summary, _ABOUT)}
        for command in known[: _COMMANDS[version]]
    ]


def _typed(command: Command[Any]) -> str:
    """A read with its example's flags; a write by its name alone, which opens its form instead of doing the example."""
    return command.name if command.writes or command.apply is not None else command.example


def problems(made: dict[str, Any]) -> list[str]:
    """What Teams would refuse; [] for a manifest that stands. Microsoft's schema first, then what it lets through."""
    from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - for this command alone

    schema = json.loads(files("bot.teams").joinpath("schemas", f"teams-{made['manifestVersion']}.json").read_text())
    found = [
        f"{'/'.join(map(str, fault.absolute_path)) or 'manifest'}: {fault.message[:200]}"
        for fault in Draft4Validator(schema).iter_errors(made)
    ]
    titles = [command["title"] for listed in made["bots"][0]["commandLists"] for command in listed["commands"]]
    found += [f"two commands are called {title}" for title in sorted(set(titles)) if titles.count(title) > 1]
    found += [] if titles else ["no command is offered"]
    return found


def package(made: dict[str, Any]) -> bytes:
    """The zip as Teams takes it: three files, no folder; the same manifest is the same bytes."""
    held = {
        "manifest.json": json.dumps(made, indent=2, ensure_ascii=False).encode() + b"\n",
        "color.png": icons.color(),
        "outline.png": icons.outline(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
