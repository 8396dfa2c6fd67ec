"""What detection coverage is computed from: every source asked at once, each with what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import NotConfigured
from connectors.models.alerts import Rule, RuleActivity
from connectors.models.organisation import HandlingTime, LogSource, StaffingPolicy, Target, ThreatContext
from connectors.models.organisation.attack import AttackBundle
from connectors.models.organisation.detection import (
    DataSource,
    DetectionInvestment,
    DetectionPolicy,
    PurpleResult,
    RuleKnowledge,
    TechniqueKnowledge,
    TechniqueRemap,
)
from connectors.models.reading import Reading, Window
from connectors.models.threats import Recommendation, ThreatProfile
from connectors.ports import LedgerView, Organisation
from handlers.core import cells
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

AT_ONCE = 4
LONG_SECONDS = 20.0


@dataclass(frozen=True)
class Wanted:
    """Which sections were asked for."""

    coverage: bool
    gaps: bool
    roi: bool

    @property
    def noise(self) -> bool:
        """Are false positives and their minutes needed?"""
        return self.gaps or self.roi


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; None: not asked."""

    rules: Got[Reading[Rule]]
    activity: Got[Reading[RuleActivity]]
    ledger: Got[LedgerView]
    profiles: Got[Reading[ThreatProfile]]
    advice: tuple[Got[Reading[Recommendation]], ...]
    policy: Got[Reading[DetectionPolicy]]
    context: Got[Reading[ThreatContext]]
    sources: Got[Reading[DataSource]]
    feeds: Got[Reading[LogSource]]
    knowledge: Got[Reading[RuleKnowledge]]
    techniques: Got[Reading[TechniqueKnowledge]]
    exercises: Got[Reading[PurpleResult]]
    remap: Got[Reading[TechniqueRemap]]
    targets: Got[Reading[Target]]
    handling: Got[Reading[HandlingTime]] | None
    staffing: Got[Reading[StaffingPolicy]] | None
    plans: Got[Reading[DetectionInvestment]] | None
    attack: Got[Reading[AttackBundle]] | None
    """None: the organisation has no copy of ATT&CK."""

    @property
    def asked(self) -> tuple[Got[Any], ...]:
        """All that were asked, in a fixed order."""
        out: list[Got[Any]] = []
        for one in fields(self):
            value = getattr(self, one.name)
            out += value if isinstance(value, tuple) else [value] if value is not None else []
        return tuple(out)


async def gather(soc: Soc, wanted: Wanted) -> Inputs:
    """All sources at once; the policy first, because it says how far back to look."""
    files, now = soc.organisation, soc.clock.now()
    policy = await fetch("Detection policy", files.read(DetectionPolicy))
    window = back(now, assumed(policy).stale_days)
    told: dict[str, Any] = {
        "rules": fetch("SIEM rules", soc.alerts.rules(), LONG_SECONDS),
        "activity": fetch("SIEM rule activity", soc.alerts.rule_activity(window), LONG_SECONDS),
        "ledger": fetch("Case ledger", soc.ledger.view(window.start), LONG_SECONDS),
        "threats": _threats(soc),
        "context": fetch("Threat context", files.read(ThreatContext)),
        "sources": fetch("Data sources", files.read(DataSource)),
        "feeds": fetch("Log sources", files.read(LogSource)),
        "knowledge": fetch("Rule knowledge", files.read(RuleKnowledge)),
        "techniques": fetch("Techniques", files.read(TechniqueKnowledge)),
        "exercises": fetch("Purple-team results", files.read(PurpleResult)),
        "remap": fetch("Retired technique ids", files.read(TechniqueRemap)),
        "targets": fetch("Targets", files.read(Target)),
        "attack": attack_copy(files),
    }
    if wanted.noise:
        told["handling"] = fetch("Handling times", files.read(HandlingTime))
        told["staffing"] = fetch("Staffing policy", files.read(StaffingPolicy))
    if wanted.roi:
        told["plans"] = fetch("Detection investments", files.read(DetectionInvestment))
    came = dict(zip(told, await asyncio.gather(*told.values()), strict=True))
    profiles, advice = came.pop("threats")
    rest = {name: came.pop(name, None) for name in ("handling", "staffing", "plans")}
    return Inputs(policy=policy, profiles=profiles, advice=advice, **came, **rest)


async def _threats(soc: Soc) -> tuple[Got[Reading[ThreatProfile]], tuple[Got[Reading[Recommendation]], ...]]:
    profiles = await fetch("Threat profiles", soc.intel.profiles(), LONG_SECONDS)
    turn = asyncio.Semaphore(AT_ONCE)

    async def recommended(profile: ThreatProfile) -> Got[Reading[Recommendation]]:
        async with turn:
            what = f"Recommendations of {cells.shorten(profile.name, 60)}"
            return await fetch(what, soc.intel.recommendations(profile.id))

    return profiles, tuple(await asyncio.gather(*(recommended(profile) for profile in rows(profiles))))


async def attack_copy(files: Organisation) -> Got[Reading[AttackBundle]] | None:
    """The organisation's own bundle; None where there is none, which is no failure."""

    async def there() -> Reading[AttackBundle] | None:
        try:
            return await files.read(AttackBundle)
        except NotConfigured:
            return None

    got: Got[Any] = await fetch("ATT&CK bundle", there(), LONG_SECONDS)
    return got if got.value is not None or got.notice is not None else None


def bundle(inputs: Inputs) -> AttackBundle | None:
    """ATT&CK as the organisation's copy tells it; None without a copy that can be read."""
    return next(iter(rows(inputs.attack)), None)


def assumed(policy: Got[Reading[DetectionPolicy]]) -> DetectionPolicy:
    """The organisation's policy, or the defaults of the record."""
    kept = rows(policy)
    return kept[0] if kept else DetectionPolicy()


def back(now: datetime, days: int) -> Window:
    """The last so many days."""
    return Window(now - timedelta(days=days), now)
