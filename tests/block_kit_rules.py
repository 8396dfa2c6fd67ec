"""A strict reader of Block Kit: what Slack would refuse, said in words.

`check_message` and `check_view` return every fault found, [] for a payload that stands. Written from Slack's reference
(docs.slack.dev/reference/block-kit) and the validators of slack_sdk 3.47, not from our renderer: it imports nothing of
ours. Where two official pages differ the stricter one counts. Lengths are UTF-16 units.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
MESSAGE_BLOCKS = {
    "actions",
    "context",
    "divider",
    "header",
    "image",
    "rich_text",
    "section",
    "table",
    "data_visualization",
}
VIEW_BLOCKS = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table"}
_SPECIAL = re.compile(
    r"<(?!(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|https?://[^|<>]+\|[^<>]+|https?://[^|<>]+|!date\^\d+\^[^|<>]+\|[^<>]+)>)"
)


def size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_message(message: Any) -> list[str]:
    """Faults of `{"text", "blocks"}` as sent by chat.postMessage or a response_url."""
    if not isinstance(message, dict):
        return ["message: not an object"]
    blocks = message.get("blocks", [])
    faults = [] if isinstance(message.get("text"), str) and message["text"].strip() else ["text: missing"]
    faults += [f"{key}: unknown key" for key in set(message) - {"text", "blocks"}]
    faults += _text_of("text", message.get("text", ""), 4_000) + _mrkdwn("text", str(message.get("text", "")))
    faults += _blocks(blocks, 50, MESSAGE_BLOCKS)
    if (total := sum(map(_words, blocks))) > 13_200:
        faults.append(f"blocks: {total} characters, msg_blocks_too_long")
    return faults


def check_view(view: Any) -> list[str]:
    """Faults of a modal or Home view as sent by views.open or views.publish."""
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return ["view: type is neither modal nor home"]
    allowed = VIEW_BLOCKS - {"table"} if view["type"] == "modal" else VIEW_BLOCKS
    faults = _blocks(view.get("blocks"), 100, allowed)
    if view["type"] == "modal":
        faults += _plain("title", view.get("title"), 24)
        for key in ("submit", "close"):
            faults += _plain(key, view[key], 24) if key in view else []
        if "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks", [])):
            faults.append("submit: needed with inputs")
    faults += _text_of("private_metadata", view.get("private_metadata", ""), 3_000, least=0)
    faults += _text_of("callback_id", view.get("callback_id", ""), 255, least=0)
    known = {"type", "title", "submit", "close", "blocks", "private_metadata", "callback_id"}
    return faults + [f"{key}: unknown key" for key in set(view) - known]


def _blocks(blocks: Any, most: int, allowed: set[str]) -> list[str]:
    if not isinstance(blocks, list) or not blocks:
        return ["blocks: not a filled list"]
    faults = [f"blocks: {len(blocks)} of at most {most}"] if len(blocks) > most else []
    for number, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in allowed:
            faults.append(f"blocks[{number}]: type {kind!r} not allowed here")
            continue
        faults += [f"blocks[{number}] {kind}: {fault}" for fault in _block(kind, block)]
    faults += _unique("block_id", [block["block_id"] for block in blocks if "block_id" in block])
    faults += _unique("action_id", list(_action_ids(blocks)))
    tables = [block for block in blocks if block.get("type") == "table"]
    faults += ["blocks: more than one table"] if len(tables) > 1 else []
    faults += ["tables: over 10,000 characters"] if sum(map(_words, tables)) > 10_000 else []
    charts = sum(block.get("type") == "data_visualization" for block in blocks)
    return faults + (["blocks: more than two charts"] if charts > 2 else [])


def _unique(what: str, ids: list[str]) -> list[str]:
    return [f"{what}: {found!r} twice" for found, times in Counter(ids).items() if times > 1]


def _action_ids(blocks: list[Json]) -> Iterator[str]:
    """Ids that must differ; an input block holds one element, which its block_id tells apart."""
    for block in blocks:
        inner = [*block.get("elements", []), block.get("accessory")]
        yield from (item["action_id"] for item in inner if isinstance(item, dict) and "action_id" in item)


def _block(kind: str, block: Json) -> list[str]:
    shape, check = _KINDS[kind]
    faults = _keys(block, {"type", "block_id"} | shape)
    faults += _text_of("block_id", block["block_id"], 255) if "block_id" in block else []
    return faults or check(block)


def _keys(item: Json, known: set[str]) -> list[str]:
    return [f"{key}: unknown key" for key in set(item) - known]


def _text_of(where: str, text: Any, most: int, least: int = 1) -> list[str]:
    if not isinstance(text, str):
        return [f"{where}: not a string"]
    if any("\ud800" <= character <= "\udfff" for character in text) or "\0" in text:
        return [f"{where}: not sendable text"]
    return [] if least <= size(text) <= most else [f"{where}: {size(text)} characters, {least} to {most} allowed"]


def _plain(where: str, item: Any, most: int) -> list[str]:
    if not isinstance(item, dict) or item.get("type") != "plain_text":
        return [f"{where}: not plain_text"]
    return _keys(item, {"type", "text", "emoji"}) + _text_of(where, item.get("text"), most)


def _text(where: str, item: Any, most: int) -> list[str]:
    if isinstance(item, dict) and item.get("type") == "mrkdwn":
        faults = _keys(item, {"type", "text", "verbatim"}) + _text_of(where, item.get("text"), most)
        return faults or _mrkdwn(where, item["text"])
    return _plain(where, item, most)


def _mrkdwn(where: str, text: str) -> list[str]:
    """Specials that a platform would obey: `<!channel>`, a malformed `<…>`."""
    return [f"{where}: unescaped {text[found.start() : found.start() + 20]!r}" for found in _SPECIAL.finditer(text)]


def _header(block: Json) -> list[str]:
    return _plain("text", block.get("text"), 150)


def _section(block: Json) -> list[str]:
    faults = [] if "text" in block or "fields" in block else ["neither text nor fields"]
    faults += _text("text", block["text"], 3_000) if "text" in block else []
    fields = block.get("fields", [{"type": "plain_text", "text": "-"}])
    faults += [] if 1 <= len(fields) <= 10 else [f"fields: {len(fields)} of at most 10"]
    faults += [fault for item in fields for fault in _text("field", item, 2_000)]
    return faults + (_element(block["accessory"], _ACTION_ELEMENTS) if "accessory" in block else [])


def _context(block: Json) -> list[str]:
    found = block.get("elements", [])
    faults = [] if 1 <= len(found) <= 10 else [f"elements: {len(found)} of at most 10"]
    return faults + [fault for item in found for fault in _text("element", item, 2_000)]


def _actions(block: Json) -> list[str]:
    found = block.get("elements", [])
    faults = [] if 1 <= len(found) <= 25 else [f"elements: {len(found)} of at most 25"]
    return faults + [fault for item in found for fault in _element(item, _ACTION_ELEMENTS)]


def _input(block: Json) -> list[str]:
    faults = _plain("label", block.get("label"), 2_000)
    faults += _plain("hint", block["hint"], 2_000) if "hint" in block else []
    return faults + _element(block.get("element"), _INPUT_ELEMENTS)


def _element(item: Any, allowed: set[str]) -> list[str]:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in allowed:
        return [f"element type {kind!r} not allowed here"]
    faults = _text_of("action_id", item.get("action_id"), 255)
    match kind:
        case "button":
            return faults + _button(item)
        case "static_select":
            return faults + _select(item)
        case "checkboxes":
            return faults + _options(item.get("options"), 10) + _keys(item, _BASE | {"options", "initial_options"})
        case _:
            known = _BASE | {"multiline", "initial_value", "placeholder", "min_length", "max_length"}
            value = item.get("initial_value", "")
            return faults + _keys(item, known) + _text_of("initial_value", value, 3_000, least=0)


def _button(item: Json) -> list[str]:
    faults = _keys(item, _BASE | {"text", "value", "url", "style"}) + _plain("button", item.get("text"), 75)
    faults += _text_of("value", item.get("value", "-"), 2_000)
    return faults + ([] if item.get("style", "primary") in {"primary", "danger"} else ["style: unknown"])


def _select(item: Json) -> list[str]:
    faults = _keys(item, _BASE | {"options", "option_groups", "initial_option", "placeholder"})
    faults += _plain("placeholder", item["placeholder"], 150) if "placeholder" in item else []
    if ("options" in item) == ("option_groups" in item):
        return [*faults, "either options or option_groups"]
    groups = item.get("option_groups", [])
    offered = item.get("options") or [option for group in groups for option in group["options"]]
    faults += [] if len(groups) <= 100 else ["option_groups: over 100"]
    for group in groups:
        faults += _plain("label", group.get("label"), 75) + _options(group["options"], 100)
    faults += _options(item["options"], 100) if "options" in item else []
    initial = item.get("initial_option")
    return faults + ([] if initial is None or initial in offered else ["initial_option: not among the options"])


def _options(options: Any, most: int) -> list[str]:
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        return [f"options: 1 to {most} allowed"]
    faults = _unique("option value", [option["value"] for option in options])
    for option in options:
        faults += _plain("option", option.get("text"), 75) + _text_of("option value", option.get("value"), 150)
    return faults


def _rich(block: Json) -> list[str]:
    found = block.get("elements")
    if not isinstance(found, list) or not found:
        return ["elements: empty"]
    return [fault for item in found for fault in _rich_part(item)]


def _rich_part(item: Json) -> list[str]:
    kind, inner = item.get("type"), item.get("elements")
    if not isinstance(inner, list) or not inner:
        return [f"{kind}: empty"]
    if kind == "rich_text_list":
        faults = [] if item.get("style") in {"bullet", "ordered"} else ["list style: unknown"]
        wrong = [part for part in inner if part.get("type") != "rich_text_section"]
        return faults + (
            ["list: holds no section"] if wrong else [fault for part in inner for fault in _rich_part(part)]
        )
    if kind not in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
        return [f"rich_text: type {kind!r}"]
    return [fault for leaf in inner for fault in _leaf(leaf)]


def _leaf(leaf: Json) -> list[str]:
    match leaf.get("type"):
        case "text":
            style = leaf.get("style", {"bold": True})
            odd = set(style) - {"bold", "italic", "strike", "code"} or not style
            faults = ["style: unknown"] if odd else []
            return faults + _keys(leaf, {"type", "text", "style"}) + _text_of("text", leaf.get("text"), 3_000)
        case "link":
            url = str(leaf.get("url"))
            faults = [] if re.match(r"https?://[^\s]+$", url) else [f"link: {url[:30]!r}"]
            return faults + _text_of("url", url, 3_000) + _keys(leaf, {"type", "url", "text", "style", "unsafe"})
        case "user":
            return [] if re.fullmatch(r"[UW][A-Z0-9]+", str(leaf.get("user_id"))) else ["user_id: malformed"]
        case "date":
            whole = isinstance(leaf.get("timestamp"), int) and leaf.get("format") and leaf.get("fallback")
            return [] if whole else ["date: timestamp, format and fallback needed"]
        case kind:
            return [f"rich_text leaf {kind!r}"]


def _table(block: Json) -> list[str]:
    rows = block.get("rows") or []
    faults = [] if 1 <= len(rows) <= 100 else [f"rows: {len(rows)} of at most 100"]
    faults += ["rows: differ in length"] if len({len(row) for row in rows}) > 1 else []
    faults += ["cells: 1 to 20 allowed"] if any(not 1 <= len(row) <= 20 for row in rows) else []
    faults += ["column_settings: over 20"] if len(block.get("column_settings", [])) > 20 else []
    for setting in block.get("column_settings", []):
        faults += _keys(setting, {"align", "is_wrapped"})
        faults += [] if setting.get("align", "left") in {"left", "center", "right"} else ["align: unknown"]
    return faults + [fault for row in rows for cell in row for fault in _cell(cell)]


def _cell(cell: Json) -> list[str]:
    if cell.get("type") == "raw_text":
        return _keys(cell, {"type", "text"}) + _text_of("cell", cell.get("text"), 10_000)
    return _rich(cell) if cell.get("type") == "rich_text" else [f"cell type {cell.get('type')!r}"]


def _visualization(block: Json) -> list[str]:
    faults = _text_of("title", block.get("title"), 50)
    chart = block.get("chart") or {}
    if chart.get("type") == "pie":
        segments = chart.get("segments", [])
        faults += [] if 1 <= len(segments) <= 6 else ["segments: 1 to 6 allowed"]
        faults += ["segment: value not above 0"] if any(not part["value"] > 0 for part in segments) else []
        faults += _unique("segment", [part["label"] for part in segments])
        return faults + [fault for part in segments for fault in _text_of("label", part["label"], 20)]
    if chart.get("type") not in {"bar", "line", "area"}:
        return [*faults, f"chart type {chart.get('type')!r}"]
    return faults + _axes(chart.get("axis_config") or {}, chart.get("series", []))


def _axes(axis: Json, series: list[Json]) -> list[str]:
    categories = axis.get("categories", [])
    faults = _keys(axis, {"categories", "x_label", "y_label"}) + _unique("category", categories)
    for key in ("x_label", "y_label"):
        faults += _text_of(key, axis[key], 50) if key in axis else []
    faults += [] if 1 <= len(series) <= 6 else ["series: 1 to 6 allowed"]
    faults += _unique("series", [one["name"] for one in series])
    for one in series:
        faults += _text_of("series", one["name"], 20)
        faults += [] if 1 <= len(one["data"]) <= 20 else ["data: 1 to 20 allowed"]
        if [point["label"] for point in one["data"]] != categories:
            faults.append("data: not one point a category")
        for point in one["data"]:
            number = isinstance(point["value"], int | float) and abs(point["value"]) < float("inf")
            faults += _text_of("label", point["label"], 20) + ([] if number else ["value: no number"])
    return faults


def _words(item: Any) -> int:
    """Characters under the keys that hold words."""
    if isinstance(item, list):
        return sum(map(_words, item))
    if not isinstance(item, dict):
        return 0
    own = sum(size(item[key]) for key in _WORDS if isinstance(item.get(key), str))
    return own + sum(_words(value) for value in item.values())


_WORDS = ("text", "title", "label", "name", "fallback", "url", "alt_text", "x_label", "y_label")
_BASE = {"type", "action_id"}
_ACTION_ELEMENTS = {"button", "static_select"}
_INPUT_ELEMENTS = {"plain_text_input", "static_select", "checkboxes"}


def _none(block: Json) -> list[str]:
    return []


def _image(block: Json) -> list[str]:
    faults = _text_of("alt_text", block.get("alt_text"), 2_000)
    faults += _plain("title", block["title"], 2_000) if "title" in block else []
    if ("image_url" in block) == ("slack_file" in block):
        return [*faults, "not one of image_url and slack_file"]
    file = block.get("slack_file")
    return (
        faults if file is None or len({"id", "url"} & set(file)) == 1 else [*faults, "slack_file: not one of id, url"]
    )


_KINDS: dict[str, tuple[set[str], Callable[[Json], list[str]]]] = {
    "actions": ({"elements"}, _actions),
    "context": ({"elements"}, _context),
    "data_visualization": ({"title", "chart"}, _visualization),
    "divider": (set(), _none),
    "header": ({"text", "level"}, _header),
    "image": ({"image_url", "slack_file", "alt_text", "title"}, _image),
    "input": ({"label", "element", "hint", "optional", "dispatch_action"}, _input),
    "rich_text": ({"elements"}, _rich),
    "section": ({"text", "fields", "accessory", "expand"}, _section),
    "table": ({"rows", "column_settings"}, _table),
}
