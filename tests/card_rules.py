"""A strict reader of Adaptive Cards as Teams takes them: `check_card` returns every fault found.

Microsoft's own models (microsoft-teams-cards, generated from the schema) ignore what they do not know; here an unknown
type or property is a fault. On top: unique ids, 40,000 characters, a fallback on each chart, no Action.Http, no
markdown link and no `<at>` without its entity in a TextBlock.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from microsoft_teams.cards import core
from pydantic import BaseModel, ValidationError

Json = dict[str, Any]
_LINK = re.compile(r"(?<!\\)\[[^\]]*(?<!\\)\]\((?!https?://)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_AT = re.compile(r"(?<!\\)<at>.*?</at>")


def check_card(card: Any) -> list[str]:
    """Faults of one card, [] for a card that stands."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["card: not an AdaptiveCard"]
    faults = [] if card.get("version") == "1.5" else ["version: Teams takes 1.5"]
    faults += [] if card.get("fallbackText") else ["fallbackText: missing"]
    faults += [f"size: {len(json.dumps(card))}"] if len(json.dumps(card)) > 40_000 else []
    faults += _item("card", {key: value for key, value in card.items() if key not in {"$schema", "msteams"}})
    within = list(_walk(card))
    ids = [found["id"] for found in within if "id" in found and "type" in found]
    faults += [f"id {name!r} twice" for name in set(ids) if ids.count(name) > 1]
    faults += [
        f"target {name!r} missing" for item in within for name in item.get("targetElements", []) if name not in ids
    ]
    return faults + _mentions(card) + [fault for found in within for fault in _own(found)]


def _walk(item: Any) -> Iterator[Json]:
    """Every object of a card, whole before its parts."""
    waiting = [item]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += [value for key, value in one.items() if isinstance(value, dict | list) and not _open(one, key)]
        elif isinstance(one, list):
            waiting += one


def _open(item: Json, key: str) -> bool:
    """Whether a property holds the bot's own words: an action's data."""
    return key == "data" and str(item.get("type", "")).startswith("Action.")


def _own(item: Json) -> list[str]:
    kind = str(item.get("type", ""))
    faults = []
    if kind.startswith("Chart.") and "fallback" not in item:
        faults.append(f"{kind}: no fallback")
    if kind.startswith("Input.") and not item.get("id"):
        faults.append(f"{kind}: no id")
    if kind in {"Action.Http", "Action.Submit"}:
        faults.append(f"{kind}: not used")
    if kind == "TextBlock" and _LINK.search(_string(item.get("text"))):
        faults.append(f"TextBlock: link in {item['text'][:60]!r}")
    if kind == "RichTextBlock" and not item.get("inlines"):
        faults.append("RichTextBlock: empty")
    if any(_CONTROL.search(_string(value)) for value in item.values()):
        faults.append(f"{kind}: control character")
    return faults


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mentions(card: Json) -> list[str]:
    known = {entity["text"] for entity in card.get("msteams", {}).get("entities", [])}
    body = list(_walk(card["body"]))
    texts = [_string(item.get("text")) for item in body if item.get("type") == "TextBlock"]
    texts += [fact["value"] for item in body for fact in item.get("facts", [])]
    used = {found for text in texts for found in _AT.findall(text)}
    return [f"mention {text!r} without entity" for text in used - known] + [f"unused {text!r}" for text in known - used]


@cache
def _models() -> dict[str, type[BaseModel]]:
    found = {}
    for model in vars(core).values():
        if isinstance(model, type) and issubclass(model, BaseModel) and "type" in model.model_fields:
            annotation = model.model_fields["type"].annotation
            if get_origin(annotation) is Literal:
                found[get_args(annotation)[0]] = model
    return found


def _item(where: str, item: Json) -> list[str]:
    """Faults of a typed element and of all below it."""
    model = _models().get(item.get("type", ""))
    if model is None:
        return [f"{where}: unknown type {item.get('type')!r}"]
    try:
        parsed = model.model_validate(item)
    except ValidationError as error:
        return [f"{where} {item['type']}: {fault['loc']} {fault['msg']}" for fault in error.errors()]
    return _extras(f"{where} {item['type']}", parsed) + _below(where, item)


def _extras(where: str, parsed: BaseModel) -> list[str]:
    """Properties that the model does not declare; what says its type is read by that type in `_below`."""
    faults = [f"{where}: unknown property {key!r}" for key in parsed.model_extra or {}]
    for key in type(parsed).model_fields:
        value = getattr(parsed, key)
        if key == "data" and isinstance(parsed, core.Action):
            continue
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, BaseModel) and "type" not in part.model_fields_set | set(part.model_extra or {}):
                faults += _extras(f"{where}.{key}", part)
    return faults


def _below(where: str, item: Json) -> list[str]:
    faults = []
    for key, value in item.items():
        if _open(item, key):
            continue
        parts = value if isinstance(value, list) else [value]
        for number, part in enumerate(parts):
            if isinstance(part, dict) and "type" in part:
                faults += _item(f"{where}.{key}[{number}]", part)
            elif isinstance(part, dict):
                faults += _below(f"{where}.{key}[{number}]", part)
    return faults
