"""A command's argument model as an input form, and a submitted form as a command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.core.call import MAX_LINE
from handlers.core.command import NEW_LINE, Args, Command
from handlers.core.errors import BadLine
from handlers.core.normalise import clean, dashes
from handlers.core.parser import choices, extra, is_switch
from handlers.core.words import cut
from messages.document import Choice, Document, Form, Input, spans
from messages.document import Paragraph as Text

LAYERS = 10
"""Of entities and links within each other, beyond which what makes them is taken out."""
LONGEST = 4 * MAX_LINE
"""Characters of a value: cleaning makes it shorter, but no readable text that much."""


def form(command: Command[Any], given: Args | None = None) -> Form:
    """One input a field, in the order of declaration; `given` fills in what was typed with `--form`."""
    typed = given.model_fields_set if given is not None else set()
    inputs = []
    for name, field in command.args.model_fields.items():
        offered = choices(field)
        kind = "switch" if is_switch(field) else "choice" if offered else "text"
        if extra(field).get("rest") or extra(field).get("phrase"):
            kind = "multiline"
        default = "" if field.is_required() or field.default is None else str(field.default)
        default = str(getattr(given, name)) if name in typed else default
        if extra(field).get("lines"):
            default = "\n".join(part.strip() for part in default.split(NEW_LINE))
        default = "true" if kind == "switch" and default not in {"", "False"} else "" if kind == "switch" else default
        inputs.append(
            Input(
                name=name.replace("_", "-"),
                label=(field.description or name).split(": ")[0].split("; ")[0],
                kind=kind,  # type: ignore[arg-type]
                choices=tuple(Choice(value=choice, label=choice) for choice in offered),
                value=default,
                required=field.is_required(),
                hint=str(extra(field).get("example", "")),
            )
        )
    return Form(title=command.name, command=command.name, inputs=tuple(inputs))


def document(command: Command[Any], given: Args | None = None) -> Document:
    """The form as an answer of its own."""
    return Document(title=command.name, blocks=(Text(text=spans(command.summary)), form(command, given)))


def line(command: Command[Any], values: Mapping[str, str | bool]) -> str:
    """The command line that a submitted form types; words first, each value quoted so that it stays one value."""
    fields = command.args.model_fields
    flags, words, rest = [], [], ""
    for name, field in fields.items():
        value = values.get(name.replace("_", "-"), values.get(name, ""))
        if extra(field).get("lines"):
            value = " ".join(f" {NEW_LINE} ".join(str(value).splitlines()).split())
        if extra(field).get("rest"):
            rest = _rest(str(value).strip())
        elif extra(field).get("word"):
            words += [quoted(str(value))] if value else []
        elif is_switch(field):
            flags += [f"--{name.replace('_', '-')}"] if value in (True, "true", "on", name.replace("_", "-")) else []
        elif value:
            # A phrase without quotes would take the words that follow it.
            said = quoted(str(value), always=bool(extra(field).get("phrase")))
            flags.append(f"--{name.replace('_', '-')} {said}")
    return " ".join([command.name, *flags, *words, rest]).strip()


def quoted(value: str, always: bool = False) -> str:
    """One word of a line that is cleaned and cut into exactly this value again; a double quote beside an apostrophe
    becomes an apostrophe, because nothing can hold both.
    """
    value = " ".join(_settled(value).split())
    bare = value and not any(ch in value for ch in " \"'") and dashes(value, frozenset({value[1:]}))[0] != "-"
    if bare and not always:
        return value
    return f"'{value}'" if '"' in value and "'" not in value else '"' + value.replace('"', "'") + '"'


def _rest(value: str) -> str:
    """Text to the end of a line: as it is when it will be read as that, else as one quoted word."""
    value = _settled(value)
    try:
        cut(value)
    except BadLine:
        return quoted(value)
    return quoted(value) if value and (value[0] in "\"'" or dashes(value)[0] == "-") else value


def _settled(value: str) -> str:
    """The value after as much cleaning as changes it, so that the line's own cleaning finds nothing to undo. What is
    too long for any line is left as it is, and refused when the line is read.
    """
    if len(value) > LONGEST:
        return value
    for _ in range(LAYERS):
        cleaned = clean(value)
        if cleaned == value:
            return value
        value = cleaned
    # Nobody wraps words this deep by accident, and each layer costs a walk over all of them.
    return clean(value.replace("&", " ").replace("<", " "))
