"""Modals: which lines open one, what it carries, and what a submitted one types."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.slack.calls import Payload, call_id
from handlers.core import form
from handlers.core.call import Address, Call, Identity
from handlers.core.command import Args, Command
from handlers.core.errors import BadFlag, UserError
from handlers.core.normalise import clean, without_prefix
from handlers.core.parser import parse
from handlers.core.registry import Registry
from messages import block_kit

KEPT_SECONDS = 30 * 60
"""A response_url's life (docs.slack.dev, "Handling user interaction")."""
_NAME = 100
"""Characters within which a command's name alone fits."""


def kept_key(key: str) -> str:
    """Where the response_url of an open modal is kept."""
    return f"slackform:{key}"


def wanted(text: str, registry: Registry) -> Command[Any] | None:
    """The command whose form a line asks for: by `--form`, or by a command that writes and lacks all its words."""
    if "form" in text.lower():
        try:
            parsed = parse(text, registry)
        except UserError:
            return None
        return parsed.command if parsed.form else None
    bare = registry.get(" ".join(without_prefix(clean(text[:_NAME])).lower().split()))
    return bare if bare is not None and (bare.apply or bare.writes) and _lacking(bare) else None


def given(text: str, registry: Registry) -> Args | None:
    """What was typed beside `--form`, if anything: it stands in the form already."""
    if "form" not in text.lower():
        return None
    try:
        parsed = parse(text, registry)
    except UserError:
        return None
    return parsed.args if parsed.form and parsed.args.model_fields_set else None


def _lacking(command: Command[Any]) -> bool:
    return any(field.is_required() for field in command.args.model_fields.values())


def view(command: Command[Any], address: Address, key: str, typed: Args | None = None) -> dict[str, Any]:
    """The modal. It carries where the answer goes, but not the response_url: that is a capability."""
    place = address.model_copy(update={"response_url": "", "update": ""}).model_dump(exclude_defaults=True)
    return block_kit.modal(
        form.form(command, typed), json.dumps({"key": key, "command": command.name, "address": place})
    )


@dataclass(frozen=True)
class Submission:
    """A submitted modal; `errors` by block id, none when the line is good."""

    call: Call
    key: str
    errors: dict[str, str]


def submission(body: Payload, registry: Registry, at: datetime) -> Submission | None:
    """None when the view is not one of ours."""
    try:
        carried = json.loads(body["view"].get("private_metadata") or "{}")
        command = registry.get(carried["command"])
        address = Address.model_validate(carried["address"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    user = body["user"]
    if command is None or address.user != user["id"]:
        return None
    line = form.line(command, block_kit.submitted(body["view"]))
    tenant = user.get("team_id") or (body.get("team") or {}).get("id") or address.tenant
    call = Call(
        id=call_id("form", body["view"]["id"], body["view"].get("hash", "")),
        text=line,
        who=Identity(platform="slack", tenant=tenant, user=user["id"], name=user.get("username", "")),
        address=address,
        at=at,
        door="form",
    )
    return Submission(call, carried.get("key", ""), _errors(line, registry, body["view"]))


def _errors(line: str, registry: Registry, shown: dict[str, Any]) -> dict[str, str]:
    """What the parser has against the line, under the input it concerns, or under the first one."""
    try:
        parse(line, registry)
    except UserError as error:
        inputs = [block["block_id"] for block in shown.get("blocks", ()) if block.get("type") == "input"]
        inputs = inputs or list(shown["state"]["values"])
        said = error.flag.strip("-<>").replace("_", "-") if isinstance(error, BadFlag) else ""
        where = said if said in inputs else inputs[0]
        return {where: f"{error.message} {error.hint}".strip()}
    return {}
