"""ATT&CK technique ids: retired ones to their successors, which are in scope, and how much each weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from connectors.models.organisation import ThreatContext
from connectors.models.organisation.attack import AttackBundle
from connectors.models.organisation.detection import TechniqueKnowledge, TechniqueRemap
from connectors.models.threats import Recommendation
from handlers.analysis.relevance import matches


@dataclass(frozen=True, slots=True)
class Current:
    """Ids after remapping, without repetitions. `moved`: (old, new); `gone`: retired without a successor."""

    ids: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]


class Remap:
    """Retired technique ids; a successor that is itself retired is followed, a circle ends in no successor."""

    def __init__(self, rows: Iterable[TechniqueRemap]) -> None:
        self._rows = {row.old: row for row in rows}

    def row(self, old: str) -> TechniqueRemap | None:
        return self._rows.get(old)

    @property
    def successors(self) -> frozenset[str]:
        """Every id that stands for a retired one."""
        return frozenset(row.new for row in self._rows.values() if row.new is not None)

    def current(self, technique: str) -> str | None:
        """The id of today; None when it was retired without a successor."""
        seen: set[str] = set()
        at: str | None = technique
        while at is not None and at in self._rows:
            if at in seen:
                return None
            seen.add(at)
            at = self._rows[at].new
        return at

    def all(self, techniques: Iterable[str]) -> Current:
        """Several ids at once."""
        ids: list[str] = []
        moved: list[tuple[str, str]] = []
        gone: list[str] = []
        for one in dict.fromkeys(techniques):
            new = self.current(one)
            if new is None:
                gone.append(one)
                continue
            ids.append(new)
            if new != one:
                moved.append((one, new))
        return Current(tuple(dict.fromkeys(ids)), tuple(moved), tuple(gone))


def retired(bundle: AttackBundle, checked: date) -> tuple[TechniqueRemap, ...]:
    """What a bundle says of ids that no longer count: revoked ones with their successors, deprecated ones without."""
    return tuple(
        TechniqueRemap(
            old=one.id,
            new=one.successor,
            since=bundle.version,
            confidence="verified",
            source=bundle.called,
            checked=checked,
            note=one.state,
        )
        for one in bundle.techniques
        if one.state != "live"
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """A tactic: `all` its living techniques, how many `of scope`, on how many a rule counts (`ruled`)."""

    tactic: str
    all: int
    in_scope: int
    ruled: int


def by_tactic(bundle: AttackBundle, in_scope: frozenset[str], ruled: frozenset[str]) -> list[Reach]:
    """Every tactic in the bundle's order, then those that only techniques name; a technique counts in each of its own.

    Sub-techniques count as techniques.
    """
    names = {one.short: one.name for one in bundle.tactics}
    members: dict[str, set[str]] = {short: set() for short in names}
    for one in bundle.techniques:
        for short in one.tactics if one.state == "live" else ():
            members.setdefault(short, set()).add(one.id)
    return [
        Reach(names.get(short, short), len(ids), len(ids & in_scope), len(ids & ruled))
        for short, ids in members.items()
    ]


@dataclass(frozen=True, slots=True)
class InScope:
    """A technique that counts. `threats`: names of threats that use it; `stated`: the file gives its weight."""

    id: str
    weight: float
    threats: tuple[str, ...]
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """`excluded`: techniques given weight 0. `moved` and `gone` as in Current, of threat intelligence's own ids."""

    techniques: tuple[InScope, ...]
    excluded: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]
    weighed: bool
    """False without a threat context: every technique without a stated weight has weight 1."""
    elsewhere: tuple[str, ...] = ()
    """Techniques left out because they occur on none of the platforms in use."""


def weight_of(threat: Recommendation, context: ThreatContext) -> int:
    """1, and 1 more when the threat targets our sector, and 1 more when it targets our region."""
    ours = (matches(threat.industries, context.sectors), matches(threat.regions, context.regions))
    return 1 + sum(degree == 1.0 for degree in ours)


def scope(
    threats: Sequence[Recommendation],
    context: ThreatContext | None,
    knowledge: Mapping[str, TechniqueKnowledge],
    remap: Remap,
) -> Scope:
    """Techniques of the recommended threats, heaviest first, then by id.

    A technique weighs what its heaviest threat does; a weight of `knowledge` (by current id) stands instead.
    """
    users: dict[str, dict[str, None]] = {}
    weights: dict[str, float] = {}
    moved: dict[tuple[str, str], None] = {}
    gone: dict[str, None] = {}
    for threat in threats:
        heavy = 1 if context is None else weight_of(threat, context)
        found = remap.all(threat.techniques)
        moved |= dict.fromkeys(found.moved)
        gone |= dict.fromkeys(found.gone)
        for technique in found.ids:
            users.setdefault(technique, {})[threat.name] = None
            weights[technique] = max(weights.get(technique, 0), heavy)
    rows = []
    for technique, names in users.items():
        known = knowledge.get(technique)
        stated = known.weight if known is not None else None
        weight = weights[technique] if stated is None else stated
        rows.append(InScope(technique, weight, tuple(sorted(names)), stated is not None))
    counted = sorted((row for row in rows if row.weight > 0), key=lambda row: (-row.weight, row.id))
    excluded = tuple(sorted(row.id for row in rows if row.weight <= 0))
    return Scope(tuple(counted), excluded, tuple(sorted(moved)), tuple(sorted(gone)), context is not None)


def on_platforms(found: Scope, bundle: AttackBundle, used: Iterable[str]) -> Scope:
    """The scope on the platforms in use; none named: all of it. What the bundle names no platform for stays."""
    ours = {one.casefold() for one in used}
    known = {one.id: {name.casefold() for name in one.platforms} for one in bundle.techniques}
    elsewhere = {one.id for one in found.techniques if ours and known.get(one.id) and not known[one.id] & ours}
    kept = tuple(one for one in found.techniques if one.id not in elsewhere)
    return replace(found, techniques=kept, elsewhere=tuple(sorted(elsewhere)))


def parent(technique: str) -> str:
    """T1059.001 → T1059."""
    return technique.split(".", maxsplit=1)[0]
