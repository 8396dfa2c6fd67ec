"""The figures of an audit's preparation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.analysis.evidence import WEIGHTS
from handlers.commands.audit_prepare.work import Drawn, Inputs, Prepared
from handlers.core.book import Book, files
from handlers.core.fetch import Got

IN_PLACE = (
    "Controls in scope with a documented design, evidence in every ended part of the period, the newest evidence in "
    "date, and no failed test"
)


def add_all(book: Book, inputs: Inputs, made: Prepared) -> None:
    """Everything that its sources allow."""
    control = book.over(None, *files(inputs.controls, inputs.topics, inputs.plans))
    control.add("audit.controls", "Controls in scope", len(made.ready.parts), "count",
                f"Controls that the framework map ties to {made.name}.",
                n=made.outside + len(made.ready.parts))  # fmt: skip
    if made.plan is not None:
        control.add("audit.fieldwork", "Days to fieldwork", (made.plan.fieldwork - made.today).days, "days",
                    f"Calendar days until {made.plan.fieldwork}, the first day of {made.plan.title}.",
                    statistic="days")  # fmt: skip
    if inputs.evidence.ok:
        _readiness(book.over(None, *files(inputs.controls, inputs.evidence, inputs.topics)), made)
        told = (inputs.controls, inputs.evidence, inputs.documents, inputs.findings, inputs.exceptions, inputs.tests)
        _work(book.over(None, *files(*told)), inputs, made)
    if inputs.findings.ok:
        kept = [one for one in made.findings if one.status not in ("done", "verified")]
        prior = book.over(None, *files(inputs.findings))
        prior.add("findings.prior_open", "Earlier findings open", len(kept), "count",
                  "Findings of earlier audits of the framework, neither done nor verified.",
                  n=len(made.findings) or None, better="lower", target=0)  # fmt: skip


def _readiness(book: Book, made: Prepared) -> None:
    period, n = f"{made.period[0]} to {made.period[1]}", len(made.ready.parts) or None
    none = "" if n else "no control is in scope"
    book.add("evidence.in_place", "Controls with evidence in place", made.ready.in_place if n else None, "count",
             f"{IN_PLACE}; period {period}. It does not say that the SOC complies.", n=n, better="higher",
             note=none)  # fmt: skip
    book.add("readiness.score", "Readiness", made.ready.score, "share",
             f"{WEIGHTS}; freshness = max(0, 1 − days overdue / period); {made.name}; period {period}.",
             n=n, statistic="score", better="higher",
             note=none)  # fmt: skip
    book.add("readiness.blocking", "Key controls without evidence", len(made.ready.blocking) if n else None, "count",
             f"Key controls in scope without any operating evidence in {period}: one is enough for “not ready”.", n=n,
             target=0, better="lower", note=none)  # fmt: skip


def _without(inputs: Inputs, *names: str) -> str:
    """Which files are missing that would have added to a count."""
    known: dict[str, Got[Any]] = {
        "audit_documents.yaml": inputs.documents,
        "prior_findings.yaml": inputs.findings,
        "exceptions.yaml": inputs.exceptions,
        "mock_tests.yaml": inputs.tests,
    }
    lost = [name for name in names or known if not known[name].ok]
    return f"at least: without {', '.join(lost)}" if lost else ""


def _work(book: Book, inputs: Inputs, made: Prepared) -> None:
    unasked, unseen = _without(inputs, "audit_documents.yaml", "prior_findings.yaml"), _without(inputs)
    for status, label in (("ready", "Requests ready"), ("part", "Requests in part"), ("missing", "Requests missing")):
        book.add(f"requests.{status}", label, sum(r.status == status for r in made.requests), "count",
                 "Evidence of each control in scope, each document, the remedy of each earlier finding not verified: "
                 "ready when evidence covers every ended part of the period, a document is approved and in date, a "
                 "remedy has evidence.", n=len(made.requests) or None, note=unasked)  # fmt: skip
    for severity in ("high", "medium", "low"):
        book.add(f"gaps.{severity}", f"Gaps, {severity}", sum(g.severity == severity for g in made.gaps), "count",
                 "High: a key control without evidence or failed, a high finding open; medium: the same of other "
                 "controls, evidence or design in part of a key control, documents not approved or past review, "
                 "exceptions expired, own tests with exceptions; low: the rest.", better="lower",
                 note=unseen)  # fmt: skip


def add_samples(book: Book, inputs: Inputs, drawn: Sequence[Drawn]) -> None:
    """Samples of cases, so that they open as a list; samples of periods are shown whole by --sample-of."""
    if inputs.ledger is None or inputs.ledger.value is None:
        return
    cases = book.over(None, inputs.ledger.source)
    for one in drawn:
        if one.sample is None or one.control.population == "occurrences":
            continue
        name = f"sample.{one.control.id}"
        cases.add(name, f"Sample of {one.control.id}", len(one.sample.ids), "count",
                  f"{one.query}, drawn by SHA-256 of seed {one.sample.seed} and id from {one.sample.population:,} "
                  f"(SHA-256 of the sorted ids {one.sample.digest}).", n=one.sample.population, cases=one.sample.ids,
                  note=one.note)  # fmt: skip
