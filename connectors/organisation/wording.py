"""What pydantic found wrong, as a sentence that says what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

FORMATS = {
    "date": "a date like 2026-11-22",
    "time": "a time like 07:30",
    "date-time": "an instant like 2026-11-22T09:00:00Z",
}
TYPES = {
    "boolean": "true or false",
    "array": "a list like [first, second]",
    "object": "a mapping of name: value",
    "string": "text",
}
NUMBERS = {"integer": "a whole number", "number": "a number"}
COMPARED = {
    "less_than_equal": ("is more than", "le"),
    "less_than": ("is not less than", "lt"),
    "greater_than_equal": ("is less than", "ge"),
    "greater_than": ("is not more than", "gt"),
}


@lru_cache(maxsize=64)
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema; empty when it has a type that JSON schema cannot tell."""
    try:
        return model.model_json_schema()
    except PydanticUserError:
        return {}


def field_schema(schema: Mapping[str, Any], path: tuple[int | str, ...]) -> Mapping[str, Any]:
    """The part of a schema that `path` leads to; empty when it leads nowhere."""
    here = _resolved(schema, schema)
    for step in path:
        if isinstance(step, int):
            here = here.get("items") or {}
        else:
            extra = here.get("additionalProperties")
            here = here.get("properties", {}).get(step) or (extra if isinstance(extra, Mapping) else {})
        here = _resolved(schema, here)
    return here


def what_to_write(part: Mapping[str, Any]) -> str:
    """ "1 to 4", "lower or higher", "a date like 2026-11-22"; empty when the schema does not tell."""
    choices = part.get("enum") or ([part["const"]] if "const" in part else [])
    if choices:
        return _either([str(choice) for choice in choices])
    if part.get("type") in NUMBERS:
        return _number(part)
    if part.get("format") in FORMATS:
        return FORMATS[part["format"]]
    if part.get("type") == "array" and "enum" in part.get("items", {}):
        return f"a list like [{', '.join(str(one) for one in part['items']['enum'][:2])}]"
    return TYPES.get(str(part.get("type")), "")


def sentence(error: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """One pydantic error (a dict of `ValidationError.errors()`) as "7 is more than 4 (write 1 to 4)"."""
    kind, path = error["type"], tuple(error["loc"])
    if kind == "extra_forbidden":
        return f"is not a known field ({_nearest(str(path[-1]), field_schema(schema, path[:-1]))})"
    part = field_schema(schema, path)
    hint = what_to_write(part)
    wrong = _wrong(error, _noun(part, hint))
    return f"{wrong} (write {hint})" if hint else wrong


def shown(value: object) -> str:
    """A file's own value inside a sentence: quoted, escaped, at most 40 characters."""
    text = str(value)
    quoted = repr(text if len(text) <= 40 else f"{text[:39]}…")
    return text if text.isascii() and text.replace(".", "", 1).lstrip("-").isdigit() and len(text) <= 40 else quoted


def _wrong(error: Mapping[str, Any], noun: str) -> str:  # noqa: PLR0911 - one line per kind of error reads best
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return "is missing"
    if kind == "too_short":
        return "the list is too short"
    if value is None:
        return "is empty"
    if kind == "value_error":
        said = error["msg"].removeprefix("Value error, ")
        return said if isinstance(value, list | dict) else f"{shown(value)}: {said}"
    if isinstance(value, list | dict):
        return f"is a {'list' if isinstance(value, list) else 'mapping'} where something else is expected"
    if kind in COMPARED and str(value).strip().lower() != "nan":
        words, limit = COMPARED[kind]
        bound = error["ctx"][limit]
        return (
            f"{shown(value)} {words} {bound:g}" if isinstance(bound, int | float) else f"{shown(value)} {words} {bound}"
        )
    if not noun:
        return f"{shown(value)}: {error['msg'].removeprefix('Value error, ')}"
    return f"{shown(value)} is not {noun}"


def _noun(part: Mapping[str, Any], hint: str) -> str:
    """What the value should be, in general: "a whole number", "a date", "known" for a fixed set."""
    if "enum" in part or "const" in part:
        return "known"
    if part.get("type") in NUMBERS:
        return NUMBERS[part["type"]]
    return hint.split(" like ", maxsplit=1)[0]


def _number(part: Mapping[str, Any]) -> str:
    noun = NUMBERS[part["type"]]
    low, high = part.get("minimum"), part.get("maximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    limits = [
        f"{words} {part[key]:g}"
        for key, words in (
            ("minimum", "of at least"),
            ("exclusiveMinimum", "more than"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "less than"),
        )
        if key in part
    ]
    return f"{noun} {' and '.join(limits)}".strip()


def _nearest(name: str, part: Mapping[str, Any]) -> str:
    known = list(part.get("properties", {}))
    near = get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(known)}" if known else "remove it"


def _either(choices: list[str]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"


def _resolved(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows references, and the first choice of an optional value that is not null."""
    while True:
        if "$ref" in part:
            part = schema.get("$defs", {}).get(str(part["$ref"]).rsplit("/", 1)[-1], {})
        elif "anyOf" in part:
            part = next((one for one in part["anyOf"] if one.get("type") != "null"), {})
        else:
            return part
