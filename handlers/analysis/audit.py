"""Preparing an audit: which references a control serves, what is asked for by when, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from connectors.models.organisation.assurance import (
    AuditDocument,
    AuditPlan,
    Control,
    ControlException,
    FrameworkRef,
    FrameworkTopic,
    MockTest,
    PriorFinding,
)
from handlers.analysis.deadlines import Days, business_day
from handlers.analysis.evidence import Doubt, Part
from handlers.analysis.sampling import conclusion

Severity = Literal["high", "medium", "low"]
Status = Literal["ready", "part", "missing"]
DONE = ("done", "verified")


@dataclass(frozen=True, slots=True)
class Request:
    """One thing the auditor asks for. `due` None without an audit date."""

    id: str
    what: str
    owner: str
    due: date | None
    status: Status
    detail: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something an auditor would find."""

    severity: Severity
    subject: str
    what: str
    owner: str


def references(
    control: Control, topics: Mapping[str, FrameworkTopic], framework: str
) -> tuple[tuple[str, FrameworkRef], ...]:
    """Ids of the framework with the reference each stands in, the control's own first; none without a mapping."""
    topic = topics.get(control.topic)
    refs = (*control.references, *(topic.references if topic else ()))
    found = {i: ref for ref in reversed(refs) if ref.framework == framework for i in ref.ids}
    return tuple((name, found[name]) for ref in refs if ref.framework == framework for name in ref.ids)


def in_scope(controls: Sequence[Control], topics: Mapping[str, FrameworkTopic], framework: str) -> list[Control]:
    """Controls with a reference of the framework; all of them without one."""
    return [one for one in controls if not framework or references(one, topics, framework)]


def due_day(plan: AuditPlan | None, working_days: int, country: str | None) -> date | None:
    """So many working days before the first day of fieldwork. Raises ValueError for an unknown country."""
    return business_day(plan.fieldwork, -working_days, Days("UTC", country)) if plan else None


def requests(
    parts: Sequence[Part],
    documents: Sequence[AuditDocument],
    findings: Sequence[PriorFinding],
    today: date,
    due: date | None,
) -> list[Request]:
    """Evidence of every control, every document, the remedy of every finding not verified; what is missing first."""
    out = [_of_control(one, due) for one in parts]
    out += [_of_document(one, today, due) for one in documents]
    out += [_of_finding(one, due) for one in findings if one.status != "verified"]
    order: tuple[Status, ...] = ("missing", "part", "ready")
    return sorted(out, key=lambda r: (order.index(r.status), r.due or date.max, r.id))


def _of_control(one: Part, due: date | None) -> Request:
    status: Status = "ready" if one.operating == 1 else "part" if one.operating else "missing"
    what = one.control.evidence_type or f"Evidence of: {one.control.statement}"
    return Request(one.control.id, what, one.control.owner, due, status, f"{one.covered} of {one.slots} periods")


def _of_document(one: AuditDocument, today: date, due: date | None) -> Request:
    status: Status = "ready"
    detail = f"version {one.version}"
    if one.approved is None:
        status, detail = "part", f"{detail}, not approved"
    elif one.review_due < today:
        status, detail = "part", f"{detail}, review was due {one.review_due}"
    return Request(one.id, one.title, one.owner, due, status, detail)


def _of_finding(one: PriorFinding, due: date | None) -> Request:
    status: Status = "ready" if one.evidence else "part" if one.status in DONE else "missing"
    return Request(one.id, f"Remedy of: {one.title}", one.owner, due, status, one.status)


def gaps(  # noqa: PLR0917 - one argument a kind of gap
    parts: Sequence[Part],
    findings: Sequence[PriorFinding],
    documents: Sequence[AuditDocument],
    exceptions: Sequence[ControlException],
    tests: Sequence[MockTest],
    today: date,
) -> list[Gap]:
    """What an auditor would find, the gravest first."""
    known = {one.control.id for one in parts}
    out = [gap for one in parts for gap in _control_gaps(one)]
    out += [
        Gap("high" if f.severity in ("critical", "high") else "medium", f.id,
            f"finding of {f.audit} {'was due' if f.due < today else 'is due'} {f.due}, {f.status}: {f.title}", f.owner)
        for f in findings if f.status not in DONE
    ]  # fmt: skip
    for document in documents:
        request = _of_document(document, today, None)
        if request.status != "ready":
            out.append(Gap("medium", document.id, f"{document.title}: {request.detail}", document.owner))
    out += [
        Gap("medium", e.id, f"exception for {e.control} expired on {e.expires}", e.approved_by)
        for e in exceptions if e.control in known and e.expires < today
    ]  # fmt: skip
    out += [
        Gap("medium", t.control, f"own test of {t.on}: {conclusion(t.exceptions)}", t.tester)
        for t in tests if t.control in known and t.exceptions
    ]  # fmt: skip
    order: tuple[Severity, ...] = ("high", "medium", "low")
    return sorted(out, key=lambda g: (order.index(g.severity), g.subject))


def _control_gaps(one: Part) -> list[Gap]:
    control, out = one.control, list[Gap]()
    if one.operating == 0:
        out.append(
            Gap(
                "high" if control.key else "medium",
                control.id,
                "no operating evidence in the period so far",
                control.owner,
            )
        )
    elif one.operating < 1:
        said = f"evidence for {one.covered} of {one.slots} periods"
        out.append(Gap("medium" if control.key else "low", control.id, said, control.owner))
    if control.result == "fail":
        out.append(Gap("high" if control.key else "medium", control.id, "last test failed", control.owner))
    if one.design < 1:
        said = "design not documented" if one.design == 0 else "design documented in part"
        out.append(Gap("medium" if control.key else "low", control.id, said, control.owner))
    return out


def unmapped(topics: Sequence[FrameworkTopic], controls: Sequence[Control], framework: str) -> list[FrameworkTopic]:
    """Rows of the framework map that no control serves."""
    served = {one.topic for one in controls}
    return [
        one
        for one in topics
        if one.id not in served and (not framework or any(ref.framework == framework for ref in one.references))
    ]


def questioned(found: Sequence[Doubt], controls: Sequence[Control]) -> list[Doubt]:
    """Doubts about evidence of these controls."""
    known = {one.id for one in controls}
    return [one for one in found if one.evidence.control in known]
