"""What an audit is prepared from, and the preparation: pure once the sources are in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.models.organisation import Control
from connectors.models.organisation.assurance import (
    AssurancePolicy,
    AuditDocument,
    AuditPlan,
    ControlException,
    Evidence,
    FrameworkTopic,
    MockTest,
    PriorFinding,
)
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import audit, evidence, slices
from handlers.analysis.business import local_instant
from handlers.analysis.sampling import Sample, draw, size
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc

LEDGER_SECONDS = 18.0
LOOK_BACK = timedelta(days=731)
NAMES = {
    "sox": "SOX", "soc2": "SOC 2", "iso27001": "ISO 27001:2022", "pci": "PCI DSS 4.0.1", "nist-csf": "NIST CSF 2.0",
    "hipaa": "HIPAA", "dora": "DORA", "nis2": "NIS2", "sp800-53": "NIST SP 800-53r5",
}  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; the ledger only when samples are drawn."""

    controls: Got[Reading[Control]]
    evidence: Got[Reading[Evidence]]
    topics: Got[Reading[FrameworkTopic]]
    plans: Got[Reading[AuditPlan]]
    findings: Got[Reading[PriorFinding]]
    documents: Got[Reading[AuditDocument]]
    exceptions: Got[Reading[ControlException]]
    tests: Got[Reading[MockTest]]
    policy: Got[Reading[AssurancePolicy]]
    ledger: Got[LedgerView] | None = None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        found = (
            self.controls, self.evidence, self.topics, self.plans, self.findings, self.documents, self.exceptions,
            self.tests, self.policy, self.ledger,
        )  # fmt: skip
        return tuple(got for got in found if got is not None)

    @property
    def assumed(self) -> AssurancePolicy:
        """The organisation's policy, or the defaults of the record."""
        kept = rows(self.policy)
        return kept[0] if kept else AssurancePolicy()


async def gather(soc: Soc, sampling: bool) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    base: list[Any] = await asyncio.gather(
        fetch("Controls", files.read(Control)),
        fetch("Evidence", files.read(Evidence)),
        fetch("Framework map", files.read(FrameworkTopic)),
        fetch("Audit plan", files.read(AuditPlan)),
        fetch("Prior findings", files.read(PriorFinding)),
        fetch("Audit documents", files.read(AuditDocument)),
        fetch("Exceptions", files.read(ControlException)),
        fetch("Own tests", files.read(MockTest)),
        fetch("Compliance policy", files.read(AssurancePolicy)),
    )
    if sampling:
        base.append(await fetch("Case ledger", soc.ledger.view(soc.clock.now() - LOOK_BACK), LEDGER_SECONDS))
    return Inputs(*base)


@dataclass(frozen=True)
class Prepared:
    """The preparation. `plan` None: no audit of that framework is planned, so nothing has a date."""

    today: date
    framework: str
    plan: AuditPlan | None
    period: tuple[date, date]
    due: date | None
    topics: Mapping[str, FrameworkTopic]
    ready: evidence.Readiness
    outside: int
    unserved: tuple[FrameworkTopic, ...]
    requests: tuple[audit.Request, ...]
    gaps: tuple[audit.Gap, ...]
    doubts: tuple[evidence.Doubt, ...]
    findings: tuple[PriorFinding, ...]
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return NAMES.get(self.framework, "All frameworks")

    @property
    def controls(self) -> list[Control]:
        return [part.control for part in self.ready.parts]


def prepare(inputs: Inputs, framework: str, now: datetime, zone: str) -> Prepared | None:
    """None without controls. Raises nothing: what cannot be computed is a problem."""
    if not inputs.controls.ok:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    plan = pick(rows(inputs.plans), framework, today)
    framework = framework or (plan.framework if plan else "")
    period = (plan.period_from, plan.period_to) if plan else (today - timedelta(days=364), today)
    topics = {one.id: one for one in rows(inputs.topics)}
    problems, due = list[str](), None
    try:
        due = audit.due_day(plan, inputs.assumed.request_working_days, inputs.assumed.holiday_country)
    except ValueError as error:
        problems.append(f"The day evidence is due could not be computed: {error}.")
    scoped = audit.in_scope(rows(inputs.controls), topics, framework if inputs.topics.ok else "")
    strange = sorted({c.topic for c in rows(inputs.controls) if c.topic and c.topic not in topics})
    if strange and inputs.topics.ok:
        problems.append(f"Controls name rows that the framework map does not have: {', '.join(strange)}.")
    proof = evidence.usable(rows(inputs.evidence), now)
    parts = [evidence.part(one, proof, period, today) for one in scoped]
    findings = tuple(f for f in rows(inputs.findings) if not framework or f.framework in (None, framework))
    documents, exceptions, tests = rows(inputs.documents), rows(inputs.exceptions), rows(inputs.tests)
    found = evidence.doubts(rows(inputs.evidence), rows(inputs.controls), period[1], now)
    return Prepared(
        today=today,
        framework=framework,
        plan=plan,
        period=period,
        due=due,
        topics=topics,
        ready=evidence.readiness(parts),
        outside=len(rows(inputs.controls)) - len(scoped),
        unserved=tuple(audit.unmapped(rows(inputs.topics), rows(inputs.controls), framework)),
        requests=tuple(audit.requests(parts, documents, findings, today, due)) if inputs.evidence.ok else (),
        gaps=tuple(audit.gaps(parts, findings, documents, exceptions, tests, today)) if inputs.evidence.ok else (),
        doubts=tuple(audit.questioned(found, scoped)),
        findings=findings,
        problems=tuple(problems),
    )


def pick(plans: Sequence[AuditPlan], framework: str, today: date) -> AuditPlan | None:
    """The next audit by its fieldwork, of the framework when one is given."""
    ahead = [one for one in plans if one.fieldwork >= today and framework in ("", one.framework)]
    return min(ahead, key=lambda one: one.fieldwork, default=None)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A control's sample, or why there is none. `query` names the population so that it can be made again."""

    control: Control
    query: str
    sample: Sample | None
    note: str = ""


def samples(inputs: Inputs, made: Prepared, now: datetime, zone: str) -> list[Drawn]:
    """A sample for every control in scope, from the cases of the period or from the periods it operated in."""
    seed = made.plan.seed if made.plan else 1
    tz = ZoneInfo(zone)
    end = min(local_instant(made.period[1] + timedelta(days=1), time(0), tz), now.astimezone(UTC))
    window = Window(local_instant(made.period[0], time(0), tz), end)
    return [_drawn(one, inputs, made, window, seed) for one in made.controls]


def _drawn(control: Control, inputs: Inputs, made: Prepared, window: Window, seed: int) -> Drawn:
    count = size(control.frequency, control.key)
    if control.population == "occurrences":
        slots = evidence.ended(control.frequency, made.period, made.today)
        ids = [f"{a}" if a == b else f"{a}/{b}" for a, b in slots]
        return Drawn(control, f"{control.frequency} periods ended by {made.today}", draw(ids, count, seed))
    view = inputs.ledger.value if inputs.ledger else None
    query = f"{control.population} created {window.start:%Y-%m-%dT%H:%MZ} to {window.end:%Y-%m-%dT%H:%MZ}"
    if view is None:
        return Drawn(control, query, None, "the case ledger did not answer")
    cases = slices.opened(view.cases, window)
    cases = slices.of_priority(cases, "critical") if control.population == "critical cases" else cases
    held = view.facts.complete_from
    short = view.facts.truncated or (held is not None and held > window.start)
    return Drawn(
        control, query, draw(slices.ids(cases), count, seed), "the ledger lacks cases of the period" if short else ""
    )
