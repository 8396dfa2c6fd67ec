"""A line of chat becomes a declared command with checked arguments; pure, so it runs before the ack."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from handlers.core.call import MAX_LINE
from handlers.core.command import Args, Command
from handlers.core.errors import BadFlag, BadLine, OtherPersona, UnknownCommand
from handlers.core.normalise import clean, dashes, without_prefix
from handlers.core.registry import Registry
from handlers.core.words import Word, cut

SIBLING_VERBS = frozenset(
    {
        "triage", "investigate", "hunt", "respond", "contain", "report", "metrics", "intel", "detect", "detection",
        "enrich", "incident", "case", "compliance",
    }
)  # fmt: skip
"""First words that other personas of the same command family use (google/mcp-security ai-runbooks)."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """`form`: the person asked for the form instead of the answer; `args` then holds, unchecked, what was typed."""

    command: Command[Any]
    args: Args
    line: str
    form: bool = False


def parse(text: str, registry: Registry) -> Parsed:
    """The command and its arguments; raises a UserError that says what to type instead."""
    if len(text) > MAX_LINE:
        raise BadLine(f"That line has {len(text):,} characters; {MAX_LINE:,} are the most I read.", "Shorten it.")
    line = without_prefix(clean(text))
    words = cut(line)
    if not words:
        return parse("help", registry)
    command, used = _find(words, registry)
    raw, form = _arguments(command, words[used:], line)
    if form:
        return Parsed(command, command.args.model_construct(**raw), line, form=True)
    return Parsed(command, validate(command, raw), line)


def validate(command: Command[Any], raw: dict[str, Any]) -> Args:
    """The argument model from raw values; raises BadFlag for the first field that is wrong."""
    try:
        checked: Args = command.args.model_validate(raw)
        return checked
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        field = command.args.model_fields.get(name)
        shown = label(name, field)
        if first["type"] == "missing":
            raise BadFlag(shown, f"{shown} is missing: {field.description if field else ''}", choices(field)) from None
        said = f"“{str(first.get('input'))[:60]}”"
        reason = first["msg"].removeprefix("Value error, ").replace("Input should", "it should", 1)
        raise BadFlag(shown, f"{shown} cannot be {said}: {reason}.", choices(field)) from None


def label(name: str, field: FieldInfo | None) -> str:
    """A field as people type it: `--timeframe`, or `<case>` for a word."""
    return f"<{name.replace('_', '-')}>" if extra(field).get("word") else f"--{name.replace('_', '-')}"


def extra(field: FieldInfo | None) -> dict[str, Any]:
    """What flag(), option() and word() noted on the field."""
    return field.json_schema_extra if field is not None and isinstance(field.json_schema_extra, dict) else {}


def choices(field: FieldInfo | None) -> list[str]:
    """The values a field can take, where it lists them."""
    found = extra(field).get("choices", [])
    return [str(choice) for choice in found] if isinstance(found, list) else []


def is_switch(field: FieldInfo) -> bool:
    """A flag without a value."""
    return field.annotation is bool


def _find(words: list[Word], registry: Registry) -> tuple[Command[Any], int]:
    typed = [word.text.lower().strip(":") for word in words[:3]]
    for used in range(len(typed), 0, -1):
        command = registry.get(" ".join(typed[:used]))
        if command is not None:
            return command, used
    if len(words) == 1 and (guide := registry.get(f"{typed[0]} help")) is not None:
        return guide, 1
    said = " ".join(word.text for word in words[:2] if not dashes(word.text).startswith("--"))[:60]
    near = registry.nearest(said.lower())
    if typed[0] in SIBLING_VERBS:
        raise OtherPersona(said, near)
    raise UnknownCommand(said, near)


def _arguments(command: Command[Any], words: list[Word], line: str) -> tuple[dict[str, Any], bool]:
    fields = command.args.model_fields
    slots = [name for name in fields if extra(fields[name]).get("word")]
    known = frozenset(_flags(command))
    raw: dict[str, Any] = {}
    at, form = 0, False
    while at < len(words):
        word = words[at]
        text = word.text if word.quoted else dashes(word.text, known)
        at += 1
        if not word.quoted and text == "--form":
            form = True
            continue
        if not word.quoted and text.startswith("--") and len(text) > 2:
            start, at = at, _flag(command, raw, text, words, at)
            name = _flags(command)[text[2:].partition("=")[0].lower()]
            if extra(fields[name]).get("phrase") and at > start and not words[start].quoted:
                at = _phrase_end(words, at, known)
                raw[name] = _said(line, words, start, at)
        elif slots:
            slot = slots.pop(0)
            if extra(fields[slot]).get("rest"):
                raw[slot] = text if at == len(words) and word.quoted else line[word.start :]
                break
            if extra(fields[slot]).get("phrase") and not word.quoted:
                at = _phrase_end(words, at, known)
                text = _said(line, words, words.index(word), at)
            raw[slot] = text
        else:
            raise BadFlag(text, f"“{text[:60]}” is more than {command.name} takes.", usage_flags(command))
    return raw, form


def _said(line: str, words: list[Word], start: int, end: int) -> str:
    """The line from one word up to another, as it was typed."""
    return line[words[start].start : words[end].start if end < len(words) else None].rstrip()


def _phrase_end(words: list[Word], at: int, known: frozenset[str]) -> int:
    """The first word from `at` on that is a flag of the command; a dash in a sentence is part of the sentence."""
    while at < len(words):
        said = dashes(words[at].text, known)
        if not words[at].quoted and said.startswith("--") and said[2:].partition("=")[0].lower() in known | {"form"}:
            break
        at += 1
    return at


def _flag(command: Command[Any], raw: dict[str, Any], text: str, words: list[Word], at: int) -> int:
    names = _flags(command)
    said, has_value, value = text[2:].partition("=")
    name = names.get(said.lower())
    if name is None:
        near = difflib.get_close_matches(said.lower(), names, n=3, cutoff=0.5)
        offer = [f"--{n}" for n in near] or usage_flags(command)
        raise BadFlag(f"--{said}", f"{command.name} has no flag --{said[:60]}.", offer)
    if name in raw:
        raise BadFlag(f"--{said}", f"--{said} is there twice.")
    field = command.args.model_fields[name]
    if is_switch(field):
        raw[name] = value if has_value else True
        return at
    if has_value:
        raw[name] = value
        return at
    if at >= len(words) or (not words[at].quoted and dashes(words[at].text).startswith("--")):
        raise BadFlag(f"--{said}", f"--{said} needs a value: {field.description}", choices(field))
    raw[name] = words[at].text
    return at + 1


def _flags(command: Command[Any]) -> dict[str, str]:
    fields = command.args.model_fields
    return {name.replace("_", "-"): name for name in fields if not extra(fields[name]).get("word")}


def usage_flags(command: Command[Any]) -> list[str]:
    """Every flag of a command as typed."""
    return [f"--{name}" for name in _flags(command)]
