"""The Slack app manifest from the command table, and our checks of what Slack's schema lets through.

Limits: docs.slack.dev/reference/app-manifest and the schema of github.com/slackapi/manifest-schema (1.0.0). Slack
documents no character set for command names; lower case, digits, hyphen and underscore are what apps in use have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from bot.settings import Slack
from bot.slack.crisis_calls import DECLARE_HERE, DECLARE_SHORTCUT, NOTE_SHORTCUT
from bot.slack.door import PATH
from handlers.core.registry import Registry
from messages.limits import clip

WHY = {
    "app_mentions:read": "mentions are commands",
    "channels:read": "whether people from outside read a public channel",
    "chat:write": "answers",
    "commands": "slash commands and shortcuts",
    "files:write": "files, and pictures of charts that Slack does not draw",
    "groups:history": "whether a message stands in a crisis's room, and edits and deletions of what is in its timeline",
    "groups:read": "finding a crisis's room again, who reads it, that it was archived",
    "groups:write": "making a crisis's private room, its topic, inviting people",
    "im:history": "direct messages, and looking whether an answer stands",
    "im:write": "opening a direct message",
    "pins:read": "pins of a crisis's room enter its timeline",
    "pins:write": "the crisis's board is pinned",
    "reactions:read": "messages of a crisis's room that are marked with :memo: enter its timeline",
    "users:read": "guests, who may not read what is for insiders, and people who left",
}
"""Each bot scope, and what it is for."""
SCOPES = tuple(WHY)
EVENTS = (
    "app_home_opened", "app_mention", "app_uninstalled", "group_archive", "group_deleted",
    "member_joined_channel", "member_left_channel", "message.groups", "message.im", "pin_added", "reaction_added",
    "tokens_revoked", "user_change",
)  # fmt: skip
_EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "member_joined_channel": "groups:read",
    "member_left_channel": "groups:read",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "pin_added": "pins:read",
    "reaction_added": "reactions:read",
    "user_change": "users:read",
}
SHORTCUTS = (
    {
        "name": "Add to crisis timeline",
        "type": "message",
        "callback_id": NOTE_SHORTCUT,
        "description": "The message becomes an entry of the crisis, with who wrote it and when",
    },
    {
        "name": "Declare major incident",
        "type": "message",
        "callback_id": DECLARE_HERE,
        "description": "Opens the form, with the message's first words as the title",
    },
    {
        "name": "Declare a crisis",
        "type": "global",
        "callback_id": DECLARE_SHORTCUT,
        "description": "Opens the form that declares a major incident",
    },
)
_SHORTCUTS, _SHORTCUT_NAME, _SHORTCUT_ABOUT = 10, 24, 150
_COMMAND = re.compile(r"^/[a-z0-9_-]{1,31}$")
_NAME, _SHORT, _LONG, _DISPLAY = 35, 140, range(175, 4_001), 80
_COMMANDS, _DESCRIPTION, _HINT = 50, 2_000, 1_000
_ABOUT = (
    "Figures of the security operations centre that can be defended in front of an auditor: what was measured, over "
    "which window, from how many cases, from which system, how fresh. Reads metrics, cases, alerts, threats and "
    "posture; comments on cases and changes their priority after a preview; runs a major incident in a channel. "
    "Never contains, isolates or deletes."
)


def manifest(
    registry: Registry, settings: Slack, request_url: str | None = None, socket_mode: bool = False
) -> dict[str, Any]:
    """For "Create an app from a manifest". `request_url` is the bot's public address, with or without the path."""
    url = {} if request_url is None else {"request_url": _events_url(request_url)}
    commands = [
        {**command, **({"url": url["request_url"]} if url else {})} for command in _commands(registry, settings)
    ]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "SOC manager",
            "description": "Figures, cases and reports of the security operations centre",
            "long_description": _ABOUT,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "SOC manager", "always_online": True},
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _events_url(base: str) -> str:
    return base if urlsplit(base).path.rstrip("/").endswith(PATH) else base.rstrip("/") + PATH


FAMILY = 8
"""More commands than this with one first word are hinted at by that word alone."""


def _commands(registry: Registry, settings: Slack) -> Iterator[dict[str, Any]]:
    """The one command, and an alias for each first word: `/security-metrics soc` is `/security metrics soc`."""
    visible = registry.visible()
    counts = Counter(command.name.split()[0] for command in visible)
    names = ", ".join(
        dict.fromkeys(
            f"{first} …" if counts[first := command.name.split()[0]] > FAMILY else command.name for command in visible
        )
    )
    yield {
        "command": settings.command,
        "description": "Ask the SOC; “help” lists what you may ask",
        "usage_hint": clip(f"help | {names}", _HINT),
        "should_escape": True,
    }
    for first, several in groupby(visible, key=lambda command: command.name.split()[0]):
        found = list(several)
        hints = [_rest(command.example) for command in found if _rest(command.example)]
        yield {
            "command": f"{settings.command}-{first}",
            "description": clip("; ".join(command.summary for command in found), _DESCRIPTION),
            **({"usage_hint": clip(" | ".join(hints), _HINT)} if hints else {}),
            "should_escape": True,
        }


def _rest(example: str) -> str:
    return example.partition(" ")[2]


def problems(made: dict[str, Any]) -> list[str]:
    """What Slack would refuse, or silently never deliver; [] for a manifest that stands."""
    settings, features = made["settings"], made["features"]
    commands = features.get("slash_commands", [])
    scopes = set(made["oauth_config"]["scopes"]["bot"])
    events = settings["event_subscriptions"]["bot_events"]
    found = [*_lengths(made), *(fault for command in commands for fault in _command(command)), *_shortcuts(features)]
    names = [command["command"] for command in commands]
    found += [f"{name}: two commands have this name" for name in sorted(set(names)) if names.count(name) > 1]
    found += [f"{len(commands)} commands; Slack takes {_COMMANDS}"] if len(commands) > _COMMANDS else []
    found += [f"scope {scope} is not one this bot knows" for scope in sorted(scopes - set(SCOPES))]
    found += [f"scope {scope} is missing" for scope in SCOPES if scope not in scopes]
    found += [f"event {event} is not one this bot listens to" for event in events if event not in EVENTS]
    needed = {event: _EVENT_SCOPES[event] for event in events if event in _EVENT_SCOPES}
    found += [f"event {event} needs scope {scope}" for event, scope in needed.items() if scope not in scopes]
    if not settings["socket_mode_enabled"]:
        found += _urls(made)
    return found


def _shortcuts(features: dict[str, Any]) -> list[str]:
    made = features.get("shortcuts", [])
    found = [f"{len(made)} shortcuts; Slack takes {_SHORTCUTS}"] if len(made) > _SHORTCUTS else []
    known = {shortcut["callback_id"] for shortcut in SHORTCUTS}
    found += [f"shortcut {s['name']}: longer than {_SHORTCUT_NAME}" for s in made if len(s["name"]) > _SHORTCUT_NAME]
    found += [
        f"shortcut {s['name']}: description is missing or longer than {_SHORTCUT_ABOUT}"
        for s in made
        if not 0 < len(s.get("description", "")) <= _SHORTCUT_ABOUT
    ]
    return found + [f"shortcut {s['name']}: nobody listens" for s in made if s["callback_id"] not in known]


def _lengths(made: dict[str, Any]) -> list[str]:
    about, display = made["display_information"], made["features"]["bot_user"]["display_name"]
    found = [f"name: longer than {_NAME}"] if len(about["name"]) > _NAME else []
    found += [f"description: longer than {_SHORT}"] if len(about.get("description", "")) > _SHORT else []
    long = about.get("long_description")
    found += [f"long_description: not 175 to 4,000 characters ({len(long)})"] if long and len(long) not in _LONG else []
    return found + ([f"bot display_name: longer than {_DISPLAY}"] if len(display) > _DISPLAY else [])


def _command(command: dict[str, Any]) -> list[str]:
    name = command["command"]
    found = []
    if not _COMMAND.match(name):
        found.append(f"{name}: a command is “/” and up to 31 of a-z, 0-9, “-” and “_”")
    if not 0 < len(command.get("description", "")) <= _DESCRIPTION:
        found.append(f"{name}: description is missing or longer than {_DESCRIPTION}")
    if not 0 < len(command.get("usage_hint", "-")) <= _HINT:
        found.append(f"{name}: usage_hint is empty or longer than {_HINT}")
    return found


def _urls(made: dict[str, Any]) -> list[str]:
    settings = made["settings"]
    places = {"event_subscriptions": settings["event_subscriptions"], "interactivity": settings["interactivity"]}
    urls = {place: part.get("request_url", "") for place, part in places.items()}
    urls |= {command["command"]: command.get("url", "") for command in made["features"].get("slash_commands", ())}
    found = []
    for place, url in urls.items():
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            found.append(f"{place}: without Socket Mode an https URL is needed, not “{url}”")
    return found
