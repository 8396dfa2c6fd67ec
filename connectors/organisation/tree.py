"""YAML text to a tree of text, lists and mappings that remembers its lines.

Scalars stay text, because YAML 1.1 guesses wrongly: `15:00` is the number 900 and `no` is false there. The model
that reads the tree knows what each field is. Only parsing events are used (https://yaml.org/spec/1.2.2/, section 3.1):
nothing is constructed, and aliases, tags and deep nesting are refused, so that a small file cannot become a large tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MAX_DEPTH = 20
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
NODES = (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent, yaml.AliasEvent)
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a line (counted from 1); `field` empty when it is no single field's fault."""

    line: int
    detail: str
    field: str = ""


class BadTree(Exception):
    """The text cannot be made a tree; holds every problem found up to the place where reading stopped."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it starts on; `keys` holds the line of each key of a mapping."""

    line: int
    value: str | list[Node] | dict[str, Node] | None
    keys: dict[str, int]

    def plain(self) -> Any:
        """The value without lines: nested dict, list, str and None."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def at(self, path: tuple[int | str, ...]) -> tuple[int, Node | None]:
        """Line of the deepest part of `path` that exists, and its node (None when only a part of the path exists)."""
        line, node = self.line, self
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                line, node = node.keys[str(step)], node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.line
            else:
                return line, None
        return line, node


def parse(text: str) -> Node | None:
    """The one document of `text`; None when it holds nothing. Raises BadTree."""
    builder = _Builder()
    try:
        root = builder.document(yaml.parse(text, Loader=LOADER))
    except BadTree as bad:
        raise BadTree([*builder.problems, *bad.problems]) from None
    except yaml.YAMLError as error:
        raise BadTree([*builder.problems, _syntax(error, text)]) from None
    if builder.problems:
        raise BadTree(builder.problems)
    return root


class _Builder:
    """Events to nodes; duplicate keys are collected, everything else that is refused stops the reading."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _stop(event, "a second document begins here (keep one document, remove the line ---)")
            elif isinstance(event, NODES):
                root = self.node(event, events, 0)
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise _stop(event, f"the alias *{event.anchor} is not accepted (write the value out)")
        if event.tag is not None and event.tag != "!":
            raise _stop(event, f"the tag {event.tag} is not accepted (write the value without a tag)")
        if depth > MAX_DEPTH:
            raise _stop(event, f"values are nested more than {MAX_DEPTH} deep (write them flat)")
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            return Node(line, None if plain and event.value in NULLS else event.value, {})
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(line, self.items(events, depth), {})
        return self.mapping(line, events, depth)

    def items(self, events: Iterator[Any], depth: int) -> list[Node]:
        found: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.node(event, events, depth + 1))
        return found

    def mapping(self, line: int, events: Iterator[Any], depth: int) -> Node:
        children: dict[str, Node] = {}
        keys: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise _stop(event, "a name is expected before the colon (write name: value)")
            child = self.node(next(events), events, depth + 1)
            key, at = event.value, _line(event)
            if key in children:
                self.problems.append(Problem(at, f"stands already on line {keys[key]} (keep one of them)", key))
            children.setdefault(key, child)
            keys.setdefault(key, at)
        return Node(line, children, keys)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _stop(event: Any, detail: str) -> BadTree:
    return BadTree([Problem(_line(event), detail)])


def _syntax(error: yaml.YAMLError, text: str) -> Problem:
    """The library's complaint as a problem with a line."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, int(error.position)) + 1
        return Problem(line, "holds a control character (remove it)")
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    start = lines[line - 1] if line <= len(lines) else ""
    if "\t" in start[: len(start) - len(start.lstrip())]:
        return Problem(line, "is indented with a tab (write spaces)")
    reason = getattr(error, "problem", None) or "not understood"
    return Problem(
        line, f"is not valid YAML: {reason} (check indentation, colons and quotes here and on the line above)"
    )
