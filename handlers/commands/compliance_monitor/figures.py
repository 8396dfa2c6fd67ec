"""The figures of compliance, each with its definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from connectors.models.organisation import Control
from connectors.models.organisation.assurance import Evidence as EvidenceFile
from connectors.models.organisation.clocks import RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts
from handlers.analysis.adherence import Adherence
from handlers.analysis.clocks import SOON, Board, State
from handlers.analysis.evidence import PERIOD_DAYS, WEIGHTS, Readiness, Standing
from handlers.commands.compliance_monitor.work import OPEN_SINCE_DAYS, Found, Inputs, Kept, Noted
from handlers.core.book import Book, files

PREFIX = {"resolve": "sla", "acknowledge": "sla.acknowledge"}
SAID = {"resolve": "created to close", "acknowledge": "created to first human owner"}
NO_SCOPE = f"{RegulatorProfile.FILE} could not be read: which rules apply is not known"
NO_EVIDENCE = f"{EvidenceFile.FILE} could not be read: by the days in {Control.FILE} alone"
IN_PLACE = (
    "Controls with a documented design, evidence in every ended part of the period (days, weeks, months, quarters or "
    "the whole, by their frequency), the newest evidence in date, and no failed test"
)


def add_all(book: Book, inputs: Inputs, found: Found, label: str) -> None:
    """What came is added; what did not is left out."""
    if found.clocks is not None:
        scope = "" if inputs.profile.ok else NO_SCOPE
        kept = files(inputs.rules, inputs.profile, inputs.incidents, inputs.facts, inputs.crises)
        _clocks(book.over(None, *kept), found.clocks, scope, found.noted)
    control = book.over(None, *files(inputs.controls, inputs.evidence))
    if found.controls is not None:
        _controls(control, found.controls, inputs)
    if found.readiness is not None:
        _readiness(control, found.readiness, found)
    _dates(book, inputs, found)
    if found.kept is not None:
        _sla(book, found.kept, inputs, label)


def _clocks(book: Book, board: Board, no_scope: str, noted: Sequence[Noted]) -> None:
    """`no_scope`: why it is not known which rules apply, and so which clocks run."""
    law = "of rules in force that somebody decided apply; each stage is one clock"
    said: dict[State, tuple[str, str]] = {
        "overdue": ("Clocks overdue", "not filed and past their deadline"),
        "due-soon": ("Clocks due soon", SOON),
        "running": ("Clocks running", "started, not filed, with more time left or without a number in the law"),
        "not-started": ("Clocks not started", "waiting for a determination or for the filing before"),
        "anchor-missing": ("Clocks without a time", "the day of the trigger is known and its time is not"),
        "scope-not-declared": ("Rules nobody decided on", "of the jurisdictions, without a decision in the profile"),
    }
    states = Counter(clock.state for clock in board.clocks)
    for state, (label, words) in said.items():
        name = f"clocks.{state.replace('-', '_')}"
        better = "lower" if state in ("overdue", "anchor-missing", "scope-not-declared") else None
        unknown = no_scope if state != "scope-not-declared" else ""
        book.add(name, label, None if unknown else states[state], "count", f"Regulatory clocks {law}: {words}.",
                 better=better, note=unknown)  # fmt: skip
    filed = board.of("filed")
    late = sum(c.late is True for c in filed) if filed else None
    none = "" if filed else no_scope or "nothing is logged as filed"
    book.add("clocks.filed_late", "Filed late", late, "count", "Filings logged after their deadline.",
             n=len(filed) or None, better="lower", note=none)  # fmt: skip
    lefts = [*(c.remaining for c in board.clocks if c.remaining is not None), *(one.left for one in noted)]
    left = min(lefts, default=None)
    book.add("clocks.next", "Next deadline in", left, "seconds",
             "Time from now to the earliest deadline of a clock that is not filed, those noted at cases "
             f"({IncidentFacts.FILE}) included; negative when it is past.", statistic="min", n=len(lefts) or None,
             note="" if left is not None else no_scope or "no clock with a number is running")  # fmt: skip


def _controls(book: Book, standings: tuple[Standing, ...], inputs: Inputs) -> None:
    states = Counter(one.state for one in standings)
    periods = ", ".join(f"{name} {days}" for name, days in PERIOD_DAYS.items())
    rule = (
        "the first that fits of: no evidence; last test failed; overdue (last evidence plus the frequency's longest "
        f"distance in days: {periods}); due soon (within {inputs.assumed.soon_days} days); in date"
    )
    for state in ("in date", "due soon", "overdue", "failed", "no evidence"):
        count = None if state == "no evidence" and not inputs.evidence.ok else states[state]
        book.add(f"controls.{state.replace(' ', '_')}", f"Controls {state}", count, "count",
                 f"Controls by the state of their evidence, {rule}.", n=len(standings),
                 better="higher" if state == "in date" else "lower",
                 note="" if inputs.evidence.ok else NO_EVIDENCE)  # fmt: skip


def _readiness(book: Book, ready: Readiness, found: Found) -> None:
    period = f"{found.period[0]} to {found.period[1]}" + (f" ({found.plan.title})" if found.plan else "")
    n = len(ready.parts)
    book.add("evidence.in_place", "Controls with evidence in place", ready.in_place, "count",
             f"{IN_PLACE}; period {period}. It does not say that the SOC complies.", n=n, better="higher")  # fmt: skip
    book.add("readiness.score", "Audit readiness", ready.score, "share",
             f"{WEIGHTS}; freshness = max(0, 1 − days overdue / period); period {period}.", n=n, statistic="score",
             better="higher", note="" if ready.score is not None else "no control is on file")  # fmt: skip
    book.add("readiness.blocking", "Key controls without evidence", len(ready.blocking), "count",
             f"Key controls without any operating evidence in {period}: one is enough for “not ready”.",
             n=n, target=0, better="lower")  # fmt: skip
    book.add("evidence.doubts", "Evidence to question", len(found.doubts), "count",
             "Pieces of evidence made after the fact, of the future, without query, row count or hash, or of an "
             "unknown control.", better="lower")  # fmt: skip


def _dates(book: Book, inputs: Inputs, found: Found) -> None:
    if found.expired is not None:
        kept = book.over(None, *files(inputs.exceptions))
        kept.add("exceptions.expired", "Exceptions expired", len(found.expired), "count",
                 "Accepted exceptions to controls whose last day has passed.", better="lower", target=0)  # fmt: skip
    if found.late is not None:
        kept = book.over(None, *files(inputs.obligations))
        kept.add("obligations.overdue", "Tests and reviews overdue", len(found.late), "count",
                 "Tests, reviews, trainings and reports past their day and not completed.", better="lower",
                 target=0)  # fmt: skip
    if found.short is not None:
        kept = book.over(None, *files(inputs.retention))
        kept.add("retention.short", "Log sources kept too short", len(found.short), "count",
                 "Log sources kept, or kept online, for fewer days than required.", better="lower",
                 target=0)  # fmt: skip


def _sla(book: Book, kept: Kept, inputs: Inputs, label: str) -> None:
    policy = (
        "a case reopened after its first close kept the promise counts as missed, by policy"
        if inputs.assumed.reopened_counts_as_missed
        else "a case whose first close kept the promise counts as kept even when it was reopened"
    )
    for one in kept.metrics:
        rule = f"met / (met + missed + open past due), cases opened in {label}"
        rule += f"; {policy}" if one.metric == "resolve" else ""
        prefix, said = PREFIX[one.metric], f"SLA to {one.metric}"
        missed = one.judged.filter(one.judged["outcome"].is_in(["missed", "past due"]))["case_id"].to_list()
        before = kept.before.get(one.metric)
        book.share(f"{prefix}.attainment", f"{said}, kept", one.total.share, f"{said} ({SAID[one.metric]}): {rule}",
                   cases=missed, previous=before.value if before else None)  # fmt: skip
        _by_time(book, prefix, said, one, label)
        for priority, part in one.by_priority.items():
            if part.share.value is not None:
                book.share(f"{prefix}.{priority}.attainment", f"{said}, {priority}", part.share,
                           f"{said} of {priority} cases: {rule}")  # fmt: skip
    now = book.over(None)
    now.add("sla.open_late", "Open past their promise", len(kept.open_late), "count",
            f"Cases open now, opened in the last {OPEN_SINCE_DAYS} days, past their promise to resolve.",
            cases=kept.open_late, better="lower")  # fmt: skip


def _by_time(book: Book, prefix: str, said: str, one: Adherence, label: str) -> None:
    book.add(f"{prefix}.by_time", f"{said}, by time", one.by_time, "share",
             f"1 − time past the promise / time spent, over the decided cases opened in {label}.", n=one.total.share.n,
             statistic="share", better="higher",
             note="" if one.by_time is not None else "no time was spent")  # fmt: skip
