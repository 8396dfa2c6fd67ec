"""`soc-bot manifest`: what each chat platform is told about the app, as the file that its administrators upload."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.settings import Settings
from handlers.core.registry import discover


class Unfit(Exception):
    """The platform would refuse it; one sentence a line."""


@dataclass(frozen=True)
class Made:
    """A file; `text` when it can be read on a terminal."""

    name: str
    content: bytes
    text: str = ""


def slack(settings: Settings, url: str, version: str) -> Made:
    """JSON. Raises Unfit."""
    from bot.slack.manifest import manifest, problems  # noqa: PLC0415 - each platform imports what it needs

    made = manifest(discover(), settings.slack, request_url=url or None, socket_mode=not url)
    if wrong := problems(made):
        raise Unfit("\n".join(wrong))
    text = json.dumps(made, indent=2, ensure_ascii=False)
    return Made("slack-manifest.json", f"{text}\n".encode(), text)


def teams(settings: Settings, url: str, version: str) -> Made:
    """A zip. Raises Unfit."""
    from bot.teams.manifest import VERSIONS, manifest, package, problems  # noqa: PLC0415

    if version not in VERSIONS:
        raise Unfit(f"--version {version}: choose {' or '.join(VERSIONS)}.")
    if not settings.teams.app_id:
        raise Unfit("The manifest names the bot: set MICROSOFT_APP_ID.")
    made = manifest(discover(), settings.teams, url=url, version=version)
    if wrong := problems(made):
        raise Unfit("\n".join(wrong))
    return Made("soc-manager-teams.zip", package(made))


MANIFESTS: Mapping[str, Callable[[Settings, str, str], Made]] = {"slack": slack, "teams": teams}
