"""The small filter language that the vendors share: comparisons joined by AND, OR, NOT and parentheses.

status = 'OPENED' AND (priority = "PRIORITY_HIGH" OR priority = "PRIORITY_CRITICAL")
createTime >= 1795300000000 AND createTime < "2026-11-22T00:00:00Z"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(>=|<=|!=|=|>|<|:|\(|\))|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d[\w.@+:\-]*|[\w.@+\-]+))"""
)


_LONGEST = 200


class BadFilter(ValueError):
    """The filter cannot be read, or names a field the collection cannot filter by."""


@dataclass(frozen=True, slots=True)
class Term:
    """`field op value`; `field` in lower case without underscores."""

    field: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """`parts` joined by "AND" or "OR"; "NOT" has one part."""

    kind: str
    parts: tuple[Term | Group, ...]


Node = Term | Group


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFilter(f"unexpected character at {at}")
        op, double, single, word = match.groups()
        if op:
            found.append(("op", op))
        elif word is not None:
            found.append(("word", word))
        else:
            found.append(("text", re.sub(r"\\(.)", r"\1", double if double is not None else single)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        if len(self.tokens) > _LONGEST:
            raise BadFilter("the filter is too long")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def word(self, wanted: str) -> bool:
        kind, value = self.peek()
        if kind == "word" and value.upper() == wanted:
            self.at += 1
            return True
        return False

    def joined(self, kind: str, below: Callable[[], Node]) -> Node:
        parts = [below()]
        while self.word(kind):
            parts.append(below())
        return parts[0] if len(parts) == 1 else Group(kind, tuple(parts))

    def either(self) -> Node:
        return self.joined("OR", self.both)

    def both(self) -> Node:
        return self.joined("AND", self.one)

    def one(self) -> Node:
        if self.word("NOT"):
            return Group("NOT", (self.one(),))
        kind, value = self.take()
        if (kind, value) == ("op", "("):
            inside = self.either()
            if self.take() != ("op", ")"):
                raise BadFilter("a parenthesis is not closed")
            return inside
        op_kind, op = self.take()
        value_kind, operand = self.take()
        if kind != "word" or op_kind != "op" or op in "()" or value_kind not in ("word", "text"):
            raise BadFilter(f"a comparison was expected at {value!r}")
        return Term(value.lower().replace("_", ""), "=" if op == ":" else op, operand)


def parse_filter(text: str) -> Node | None:
    """The filter's tree; None for an empty filter; BadFilter when it cannot be read."""
    if not text.strip():
        return None
    parser = _Parser(text)
    tree = parser.either()
    if parser.peek()[0] != "end":
        raise BadFilter(f"unexpected {parser.peek()[1]!r}")
    return tree


def holds(node: Node | None, test: Callable[[Term], bool]) -> bool:
    """Whether a record satisfies the tree, `test` deciding about each comparison."""
    if node is None:
        return True
    if isinstance(node, Term):
        return test(node)
    if node.kind == "NOT":
        return not holds(node.parts[0], test)
    return (all if node.kind == "AND" else any)(holds(part, test) for part in node.parts)


def terms(node: Node | None) -> list[Term]:
    """Every comparison of the tree."""
    if node is None:
        return []
    if isinstance(node, Term):
        return [node]
    return [term for part in node.parts for term in terms(part)]


def required(node: Node | None) -> list[Term]:
    """The comparisons that hold for every match: those joined by AND at the top."""
    if isinstance(node, Term):
        return [node]
    if node is not None and node.kind == "AND":
        return [term for part in node.parts for term in required(part)]
    return []


def compare(op: str, left: int | float | str, right: int | float | str) -> bool:
    """`left op right` for two numbers or two strings."""
    if op in ("=", "!="):
        return (left == right) == (op == "=")
    if isinstance(left, str) or isinstance(right, str):
        raise BadFilter(f"{op} needs a number or a time")
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]
