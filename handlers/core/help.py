"""What can be asked, written from the declarations: usage lines, argument lists and the README's table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from handlers.core.command import Command
from handlers.core.parser import choices, extra, is_switch, label


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as people type it. `values`: what it can be, or an example; `default` "" for none."""

    typed: str
    about: str
    values: str
    default: str
    required: bool


def usage(command: Command[Any]) -> str:
    """`case list [--priority critical|high|…] [--unassigned]`: the command with everything it takes."""
    fields = command.args.model_fields
    return " ".join([command.name, *(_slot(name, field) for name, field in fields.items())])


def _slot(name: str, field: FieldInfo) -> str:
    typed = label(name, field)
    if extra(field).get("word"):
        typed = f"<{name.replace('_', '-')}>"
        typed = typed[:-1] + "…>" if extra(field).get("rest") or extra(field).get("phrase") else typed
    elif not is_switch(field):
        typed = f"{typed} {'|'.join(choices(field)) or _placeholder(name, field)}"
    return typed if field.is_required() else f"[{typed}]"


def _placeholder(name: str, field: FieldInfo) -> str:
    return str(extra(field).get("example") or name.upper().replace("_", "-"))


def arguments(command: Command[Any]) -> list[Argument]:
    """Every argument in the order of declaration."""
    out = []
    for name, field in command.args.model_fields.items():
        values = ", ".join(choices(field)) or str(extra(field).get("example", ""))
        given = "" if field.is_required() or field.default in (None, False, "") else str(field.default)
        typed = _slot(name, field).strip("[]").split(" ")[0]
        out.append(Argument(typed, field.description or "", values, given, field.is_required()))
    return out


def table(commands: Iterable[Command[Any]]) -> str:
    """Commands as a Markdown table: command, what it answers, permission, example."""
    rows = ["| command | what it answers | permission | example |", "|---|---|---|---|"]
    for command in commands:
        shown = (f"`{command.name}`", command.summary, f"`{command.needs.value}`", f"`{command.example}`")
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in shown)} |")
    return "\n".join(rows) + "\n"
