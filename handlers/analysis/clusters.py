"""Cases that share a host or an account are one matter: counted, scored and worked once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import polars as pl

K = TypeVar("K")
_WORD = re.compile(r"[\w.@-]+")


def plain(name: str) -> str:
    """An entity's name as it is compared: case, outer spaces and a trailing dot do not matter."""
    return name.strip().casefold().rstrip(".")


def telling(name: str) -> bool:
    """Can this name, told by telemetry, join cases? An attacker may call a host "on": that would join every title."""
    return len(name) > 3 and any(ch.isdigit() for ch in name)


def named_in(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """The known entities (as `plain`) that stand in a text as whole words, in order.

    Only known names: a title is written by whoever raised the alert, so a word that looks like a host proves nothing.
    """
    found = (plain(word.strip(".-")) for word in _WORD.findall(text))
    return tuple(dict.fromkeys(word for word in found if word in known))


def clusters(entities: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Ids joined through any entity they share, also by way of others; ids and groups in the order given."""
    parent = {one: one for one in entities}

    def root(one: str) -> str:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    first: dict[str, str] = {}
    for one, names in entities.items():
        for name in names:
            parent[root(one)] = root(first.setdefault(plain(name), one))
    groups: dict[str, list[str]] = {}
    for one in entities:
        groups.setdefault(root(one), []).append(one)
    return [tuple(ids) for ids in groups.values()]


def rules_of(cases: Any, ids: Sequence[str]) -> dict[str, str]:
    """The rule that made each of these cases, from the ledger's case frame; those it does not know are left out."""
    kept = cases.filter(pl.col("case_id").is_in(list(ids)) & pl.col("rule").is_not_null())
    return dict(kept.select("case_id", "rule").iter_rows())
