"""`GET cases`: filter, order, paging and totals, without ever holding all cases."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from zlib import crc32

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.desk import EXPANSIONS, STATUS, Desk, Json
from connectors.simulator.filters import BadFilter, Node, Term, compare, holds, parse_filter, required, terms
from connectors.simulator.times import parse
from connectors.simulator.world import Core

FIELDS = ("status", "priority", "createtime", "updatetime", "stage", "assignee", "environment", "displayname")
COUNTED = 60_000
"""A total is given when it can be told from at most this many cases (or from their times alone); else left out."""
_FAR = 1 << 62


class BadToken(ValueError):
    """The page token is not one of ours, or belongs to another query."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """A parsed list request. Bounds are half-open, in milliseconds."""

    tree: Node | None
    order: str
    descending: bool
    created: tuple[int, int]
    updated: tuple[int, int]
    open_only: bool
    sign: int


def _bounds(found: list[Term], field: str) -> tuple[int, int]:
    low, high = -_FAR, _FAR
    for term in found:
        if term.field != field:
            continue
        at = _instant(term.value)
        if term.op in (">", ">=", "="):
            low = max(low, at + (term.op == ">"))
        if term.op in ("<", "<=", "="):
            high = min(high, at + (term.op != "<"))
    return low, high


def _instant(text: str) -> int:
    try:
        return parse(text)
    except ValueError:
        raise BadFilter(f"{text!r} is neither milliseconds nor RFC 3339") from None


def case_query(filter_text: str, order_by: str) -> CaseQuery:
    """Read filter and order; BadFilter for what the collection cannot do. Default order: createTime descending."""
    tree = parse_filter(filter_text)
    for term in terms(tree):
        if term.field not in FIELDS:
            raise BadFilter(f"cases cannot be filtered by {term.field!r}")
        if term.field in ("createtime", "updatetime"):
            _instant(term.value)
    words = order_by.replace("_", "").lower().split()
    field = words[0] if words else "createtime"
    direction = words[1] if len(words) > 1 else ("asc" if words else "desc")
    if field not in ("createtime", "updatetime") or direction not in ("asc", "desc") or len(words) > 2:
        raise BadFilter(f"cases cannot be ordered by {order_by!r}")
    must = required(tree)
    open_only = any(t.field == "status" and t.op == "=" and t.value.upper() == "OPENED" for t in must)
    sign = crc32(f"{filter_text}|{field}|{direction}".encode())
    return CaseQuery(
        tree, field, direction == "desc", _bounds(must, "createtime"), _bounds(must, "updatetime"), open_only, sign
    )


class Listing:
    """Pages of a desk's cases."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world = desk, desk.world
        self._totals: dict[tuple[int, int], int | None] = {}

    def page(self, query: CaseQuery, size: int, token: str, expand: frozenset[str]) -> Json:
        """One page as the API answers it: `cases`, `nextPageToken` when there are more, `totalSize` when known."""
        after = _read_token(token, query.sign)
        found = list(islice(self._ordered(query, after), size + 1))
        everything = frozenset(EXPANSIONS) if "*" in expand else expand
        answer: Json = {"cases": [self.desk.case(index, everything) for _, index in found[:size]]}
        if len(found) > size:
            answer["nextPageToken"] = _token(found[size - 1], query.sign)
        total = self.total(query)
        if total is not None:
            answer["totalSize"] = total
        return answer

    def _ordered(self, query: CaseQuery, after: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
        if query.order == "createtime":
            return self._by_creation(query, after)
        return self._by_update(query, after)

    def _range(self, query: CaseQuery) -> tuple[int, int]:
        low, high = query.created
        return self.world.index_at(low), self.world.index_at(high)

    def _by_creation(self, query: CaseQuery, after: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
        low, high = self._range(query)
        if after is not None and query.descending:
            high = min(high, after[1])
        elif after is not None:
            low = max(low, after[1] + 1)
        span: list[int] | range = range(low, high)
        if query.open_only:
            span = [index for index in self.desk.index.open_cases() if low <= index < high]
        for index in reversed(span) if query.descending else span:
            if self.keep(query, index):
                yield 0, index

    def _by_update(self, query: CaseQuery, after: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
        low, high = query.updated
        if after is not None and query.descending:
            high = min(high, after[0] + 1)
        elif after is not None:
            low = max(low, after[0])
        for pair in self._candidates(query, low, high):
            passed = after is None or (pair < after if query.descending else pair > after)
            if passed and self.keep(query, pair[1]):
                yield pair

    def _candidates(self, query: CaseQuery, low: int, high: int) -> Iterator[tuple[int, int]]:
        """(last update, index) in order; cases that were written to stand where their last write puts them."""
        overlay, index = self.desk.overlay, self.desk.index
        if query.open_only:
            pairs = [(self.desk.updated(self.world.core(k)), k) for k in index.open_cases()]
            yield from sorted((p for p in pairs if low <= p[0] < high), reverse=query.descending)
            return
        written = [(overlay.updated(k) or 0, k) for k in list(overlay.notes)]
        written = sorted((p for p in written if low <= p[0] < high), reverse=query.descending)
        if query.descending:
            yield from written
        yield from index.by_update(low, high, query.descending, lambda k: k not in overlay.notes)
        if not query.descending:
            yield from written

    def keep(self, query: CaseQuery, index: int) -> bool:
        """Whether a case satisfies the filter."""
        if query.tree is None:
            return True
        core = self.world.core(index)
        return holds(query.tree, lambda term: self._test(core, term))

    def _test(self, core: Core, term: Term) -> bool:
        if term.field == "createtime":
            return compare(term.op, core.created, _instant(term.value))
        if term.field == "updatetime":
            return compare(term.op, self.desk.updated(core), _instant(term.value))
        return compare(term.op, self._word(core, term.field).lower(), term.value.lower())

    def _word(self, core: Core, field: str) -> str:
        if field == "status":
            return STATUS[core.state]
        if field == "priority":
            return cat.PRIORITIES[self.desk.priority(core)]
        if field == "environment":
            return cat.ENVIRONMENTS[core.d[7] % len(cat.ENVIRONMENTS)]
        if field == "displayname":
            return story.title_of(self.world, core)
        last = story.events(self.world, core)[-1]
        return last.stage if field == "stage" else last.assignee

    def total(self, query: CaseQuery) -> int | None:
        """How many cases match; None when telling would mean looking at more than COUNTED cases."""
        key = (query.sign, self.desk.overlay.count)
        if key not in self._totals:
            if len(self._totals) > 64:
                self._totals.clear()
            self._totals[key] = self._count(query)
        return self._totals[key]

    def _count(self, query: CaseQuery) -> int | None:
        low, high = self._range(query)
        must, every = required(query.tree), terms(query.tree)
        if len(must) == len(every) and all(t.field == "createtime" and t.op != "!=" for t in every):
            return max(high - low, 0)
        if query.updated != (-_FAR, _FAR) and not query.open_only:
            return self._count_updated(query)
        span: list[int] | range = range(low, high)
        if query.open_only:
            span = [index for index in self.desk.index.open_cases() if low <= index < high]
        return sum(self.keep(query, index) for index in span) if len(span) <= COUNTED else None

    def _count_updated(self, query: CaseQuery) -> int | None:
        low, high = max(query.updated[0], self.world.start), min(query.updated[1], self.world.now)
        if self.world.index_at(high) - self.world.index_at(low) > COUNTED:
            return None
        return sum(self.keep(query, pair[1]) for pair in self._candidates(query, *query.updated))


def _token(pair: tuple[int, int], sign: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([*pair, sign]).encode()).decode()


def _read_token(token: str, sign: int) -> tuple[int, int] | None:
    if not token:
        return None
    try:
        at, index, signed = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise BadToken("the page token cannot be read") from None
    if signed != sign or not isinstance(at, int) or not isinstance(index, int):
        raise BadToken("the page token belongs to another query")
    return at, index


def words(value: Any) -> frozenset[str]:
    """A comma-separated parameter as a set."""
    return frozenset(part.strip() for part in str(value or "").split(",") if part.strip())
