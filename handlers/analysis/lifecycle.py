"""Tools: tolerate, invest, migrate or eliminate; who does the same; how much is used; until when supported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from connectors.models.organisation import Contract
from connectors.models.organisation.strategy import ToolLifecycle

Time = Literal["tolerate", "invest", "migrate", "eliminate"]
HIGH = 3
SOON_DAYS = 365


def quadrant(business_value: int, technical_quality: int) -> Time:
    """TIME by two marks from 1 to 5, high from 3 on."""
    if business_value >= HIGH:
        return "invest" if technical_quality >= HIGH else "migrate"
    return "tolerate" if technical_quality >= HIGH else "eliminate"


def overlaps(contracts: Iterable[Contract], today: date) -> dict[str, tuple[str, ...]]:
    """Capability → products that both have it, among contracts that run today."""
    by: dict[str, set[str]] = defaultdict(set)
    for one in contracts:
        if one.start <= today <= one.end:
            for capability in one.capabilities:
                by[" ".join(capability.casefold().split())].add(one.product)
    return {name: tuple(sorted(products)) for name, products in sorted(by.items()) if len(products) > 1}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with its contract (None when vendors.yaml has none of that product). `used` is the share of the
    entitlement in use; `days` until support ends, None when no date is on file.
    """

    tool: ToolLifecycle
    contract: Contract | None
    time: Time
    used: float | None
    days: int | None
    overlap: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def unsupported(self) -> bool:
        return self.days is not None and self.days < 0

    @property
    def ending(self) -> bool:
        return self.days is not None and 0 <= self.days <= SOON_DAYS


def tools(rows: Iterable[ToolLifecycle], contracts: Iterable[Contract], today: date) -> list[Tool]:
    """Every tool, first whose support is over or ends soonest."""
    kept = list(contracts)
    shared = overlaps(kept, today)
    out = []
    for one in rows:
        mine = _contract(one.tool, kept)
        days = None if one.support_ends is None else (one.support_ends - today).days
        same = tuple(
            (name, tuple(p for p in products if p != one.tool))
            for name, products in shared.items()
            if one.tool in products
        )
        out.append(Tool(one, mine, quadrant(one.business_value, one.technical_quality), _used(mine), days, same))
    return sorted(out, key=lambda t: (t.days is None, t.days or 0, t.tool.tool))


def _contract(product: str, contracts: Iterable[Contract]) -> Contract | None:
    """The contract that ends last of those for the product."""
    return max((c for c in contracts if c.product == product), key=lambda c: c.end, default=None)


def _used(contract: Contract | None) -> float | None:
    if contract is None or not contract.entitled or contract.used_p95 is None:
        return None
    return contract.used_p95 / contract.entitled
