"""A YAML file to records of any pydantic model; what is wrong is told by file, line and field.

Every error of a file is told at once (at most ten), because a person mends a file in one sitting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from connectors.errors import NotConfigured, Unreadable
from connectors.organisation.tree import BadTree, Node, Problem, parse
from connectors.organisation.wording import field_schema, schema_of, sentence, shown, what_to_write

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1_000_000
MAX_PROBLEMS = 10
ENOUGH = 100
"""Problems put into words, more than MAX_PROBLEMS because those of one record are put in the order of lines later."""


class BadFile(Unreadable):
    """A file that is there and cannot be used; `problems` holds one sentence each."""

    def __init__(self, backend: str, name: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(backend, f"cannot use {name}: {'; '.join(problems)}")


class Unfilled(BadFile):
    """A file that holds comments and nothing else: a template that nobody has filled in."""


@dataclass(frozen=True, slots=True)
class Located(Generic[M]):
    """A record and the line it starts on."""

    line: int
    record: M


def load_records(path: Path, model: type[M], *, backend: str = "Organisation", purpose: str = "") -> tuple[M, ...]:
    """All records of a file that holds a list (`[]` when there are none).

    Raises NotConfigured when the file is missing (`purpose` says what it is for), BadFile (an Unreadable) when it
    cannot be used.
    """
    return tuple(located.record for located in load_located(path, model, backend=backend, purpose=purpose))


def load_located(
    path: Path, model: type[M], *, backend: str = "Organisation", purpose: str = ""
) -> tuple[Located[M], ...]:
    """As `load_records`, with lines."""
    root = _tree(path, backend, purpose, "a list of records, or [] when there are none")
    if not isinstance(root.value, list):
        _fail(path, backend, [Problem(root.line, "a list is expected (begin each record with a dash)")])
    problems: list[Problem] = []
    found: list[Located[M]] = []
    for node in root.value if isinstance(root.value, list) else []:
        record = _record(node, model, problems)
        if record is not None:
            found.append(Located(node.line, record))
    _fail(path, backend, problems)
    return tuple(found)


def load_one(path: Path, model: type[M], *, backend: str = "Organisation", purpose: str = "") -> M:
    """The one record of a file that holds a mapping (`{}` to take every default). Raises as `load_records`."""
    root = _tree(path, backend, purpose, "name: value lines, or {} to take every default")
    problems: list[Problem] = []
    record = _record(root, model, problems)
    _fail(path, backend, problems)
    if record is None:
        raise BadFile(backend, path.name, [f"{path.name} holds no record"])
    return record


def _tree(path: Path, backend: str, purpose: str, expected: str) -> Node:
    text = _text(path, backend, purpose)
    try:
        root = parse(text)
    except BadTree as bad:
        _fail(path, backend, bad.problems)
        raise
    if root is None or root.value is None:
        kind = Unfilled if root is None and text.strip() else BadFile
        raise kind(backend, path.name, [f"{path.name} line 1: the file is empty (write {expected})"])
    return root


def _text(path: Path, backend: str, purpose: str) -> str:
    """The file as text: UTF-8, at most MAX_BYTES."""
    reason = f" ({purpose})" if purpose else ""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotConfigured(backend, f"has no {path.name}{reason}: write that file", f"{path.name}{reason}") from None
    except OSError as error:
        raise BadFile(backend, path.name, [f"{path.name}: cannot be opened ({error.strerror})"]) from None
    if len(raw) > MAX_BYTES:
        raise BadFile(backend, path.name, [f"{path.name}: is larger than 1 MB (keep it smaller)"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        detail = f"{path.name} line {line}: holds bytes that are not UTF-8 (save the file as UTF-8)"
        raise BadFile(backend, path.name, [detail]) from None


def _record(node: Node, model: type[M], problems: list[Problem]) -> M | None:
    """The record of one node; None, and problems added, when it is wrong."""
    if not isinstance(node.value, dict):
        problems.append(Problem(node.line, "a record is expected (write name: value lines)"))
        return None
    before = len(problems)
    try:
        record = model.model_validate(node.plain())
    except ValidationError as error:
        for one in error.errors(include_url=False):
            line, _ = node.at(one["loc"])
            # A large file with an error everywhere needs a count, not half a million sentences.
            words = sentence(one, schema_of(model)) if len(problems) < ENOUGH else ""
            problems.append(Problem(line, words, _name(one["loc"])))
        return None
    for path, detail in _oddities(record, node, ()):
        hint = what_to_write(field_schema(schema_of(model), path))
        problems.append(Problem(node.at(path)[0], f"{detail} (write {hint})" if hint else detail, _name(path)))
    return record if len(problems) == before else None


def _oddities(
    value: Any, node: Node | None, path: tuple[int | str, ...]
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """What pydantic lets through: numbers read as times, instants without an offset, NaN and infinity."""
    if node is None:
        return
    if isinstance(value, BaseModel) and isinstance(node.value, dict):
        for name in value.model_fields_set:
            yield from _oddities(getattr(value, name, None), node.value.get(name), (*path, name))
    elif isinstance(value, dict) and isinstance(node.value, dict):
        for key, child in value.items():
            yield from _oddities(child, node.value.get(str(key)), (*path, str(key)))
    elif isinstance(value, list | tuple) and isinstance(node.value, list):
        for index, (child, below) in enumerate(zip(value, node.value, strict=False)):
            yield from _oddities(child, below, (*path, index))
    elif isinstance(node.value, str):
        detail = _odd(value, node.value)
        if detail:
            yield path, detail


def _odd(value: Any, raw: str) -> str:
    if isinstance(value, float) and not isfinite(value):
        return f"{shown(raw)} is not a number"
    if isinstance(value, date | time) and "-" not in raw.strip("-") and ":" not in raw:
        return f"{shown(raw)} is a number where a date or time is expected"
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{shown(raw)} does not say its offset from UTC"
    return ""


def _fail(path: Path, backend: str, problems: list[Problem]) -> None:
    """Raises BadFile when there are problems."""
    if not problems:
        return
    told = [
        f"{path.name} line {one.line}, field {one.field}: {one.detail}"
        if one.field
        else f"{path.name} line {one.line}: {one.detail}"
        for one in sorted(problems, key=lambda one: one.line)[:MAX_PROBLEMS]
    ]
    if len(problems) > MAX_PROBLEMS:
        told.append(f"{path.name}: {len(problems) - MAX_PROBLEMS} more problems are not listed")
    raise BadFile(backend, path.name, told)


def _name(path: tuple[int | str, ...]) -> str:
    """ "identities[2].platform": items are counted from 1, as people count."""
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).lstrip(".")
