"""The five headline measures: exact figures, the rounded ones executives read, their colours and what each means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.models.cases import PRIORITIES
from connectors.models.organisation import Target
from connectors.models.reading import Window
from handlers.analysis import executive as ex
from handlers.analysis.definitions import ORG, footnote
from handlers.analysis.executive import two_digits
from handlers.analysis.proportions import against
from handlers.analysis.trend import MIN_PERIODS, Trend
from handlers.commands.report_executive.work import DEADLINE, History, Inputs, Span, happened
from handlers.core.book import Book
from handlers.core.fetch import rows
from messages.document import Status, Value
from messages.figures import Figure, Unit

ROUNDED = "executive."
DEFAULTS = (
    Target(figure="coverage.crown_jewels", value=1.0, better="higher"),
    Target(figure="exposures.past_due", value=0, better="lower"),
)
"""A deadline is a promise and a crown jewel is to be watched; the targets file may say otherwise."""
ARROWS = {"improving": "▲ improving", "worsening": "▼ worsening"}


@dataclass(frozen=True, slots=True)
class Measure:
    """`figure` is the exact figure's id; `status` None: there is no target to judge by; `missing`: no input."""

    name: str
    figure: str
    line: str | None
    so_what: str
    status: Status | None
    missing: bool
    remark: str = ""


def targets(inputs: Inputs) -> dict[str, Target]:
    """The organisation's targets over the defaults."""
    return {one.figure: one for one in (*DEFAULTS, *rows(inputs.targets))}


def add_all(book: Book, inputs: Inputs, found: History | None, when: Span, now: datetime) -> list[Measure]:
    """All exact figures; the five measures in the order of the report."""
    ledger = book.over(when.window, inputs.ledger.source)
    _alerts(book.over(when.window, inputs.alerts.source), inputs, when)
    if found is not None:
        months = Window(when.months[0].start, when.months[-1].end)
        _trends(ledger.over(months, inputs.ledger.source), found)
        _mttr(ledger, found, when)
    return [
        _incidents(ledger, found, when),
        _contain(book, inputs, found, when),
        _coverage(book.over(None, inputs.services.source), inputs),
        _sla(ledger, inputs, found, when),
        _exposures(book.over(None, inputs.findings.source), inputs, now),
    ]


def rounded(book: Book, figure_id: str) -> Value:
    """The figure to two significant digits, hours or days for durations, under an id of its own."""
    exact = book.sheet[figure_id]
    unit: Unit = exact.unit
    scale = 1.0
    if exact.unit == "seconds":
        largest = max(abs(exact.value or 0), abs(exact.previous or 0), abs(exact.target or 0))
        unit, scale = ("days", 86_400.0) if largest >= 72 * 3600 else ("hours", 3600.0)

    def short(value: float | None) -> float | None:
        if value is None:
            return None
        digits = two_digits(value / scale)
        # 99.6 % is not 100 %: a share only reads as whole when it is whole.
        return 0.99 if unit == "share" and digits >= 1 > value else digits

    keep: dict[str, Any] = {"low": short(exact.low), "high": short(exact.high), "previous": short(exact.previous)}
    target = None if exact.target is None else exact.target / scale
    shown = exact.model_copy(
        update={
            **keep, "id": ROUNDED + figure_id, "value": short(exact.value), "unit": unit, "target": target, "n": None,
            "cases": None, "definition": f"{exact.definition} Rounded to two significant digits.",
        }
    )  # fmt: skip
    return _put(book, shown)


def _put(book: Book, shown: Figure) -> Value:
    skipped = {"id", "label", "value", "unit", "definition", "sources", "as_of", "truncated", "window", "cases"}
    more = {name: getattr(shown, name) for name in Figure.model_fields if name not in skipped}
    window = Window(shown.window.start, shown.window.end) if shown.window else None
    sources = [source for source in book.sources if source.name in shown.sources]
    return book.sheet.add(
        shown.id, shown.label, shown.value, shown.unit, definition=shown.definition, sources=sources, window=window,
        **more,
    )  # fmt: skip


def _incidents(book: Book, found: History | None, when: Span) -> Measure:
    counted = "Real cases (tests, merged ones and maintenance left out) that were declared an incident"
    total = None if found is None else sum(found.incidents.values())
    book.add(
        "incidents.count", "Incidents detected", total, "count", f"{counted}, opened in {when.label}; compared with "
        f"{when.prior_label}, as a mean over the same length.", previous=found.prior_incidents if found else None,
        better="lower", cases=found.incident_ids if found else None, note="" if found else "the ledger did not answer",
    )  # fmt: skip
    for priority in PRIORITIES[:4]:
        value = None if found is None else found.incidents.get(priority, 0)
        book.add(f"incidents.{priority}", f"Incidents, {priority}", value, "count",
                 f"{counted}, of priority {priority}, opened in {when.label}.",
                 note="" if found else "the ledger did not answer")  # fmt: skip
    status = book.colour("incidents.count") if "incidents.count" in book.targets else None
    return Measure("Incidents detected", "incidents.count", "incidents", "Each may interrupt a business service or "
                   "reach its data", status, found is None)  # fmt: skip


def _contain(book: Book, inputs: Inputs, found: History | None, when: Span) -> Measure:
    """From the ledger where it has times; else from the incident file; a median from five on, the longest below."""
    seconds: Sequence[float] = found.contained.seconds if found else ()
    source, where = inputs.ledger.source, "case created to contained in the ledger"
    major, on_file = (found.contained.of if found else 0), ""
    if not seconds and inputs.incidents.ok:
        kept = [one for one in happened(inputs, when) if one.severity in ex.MAJOR]
        seconds = sorted(one.contained_hours * 3600 for one in kept if one.contained_hours is not None)
        source, where, major = (
            inputs.incidents.source,
            "hours to contain in the file of significant incidents",
            len(kept),
        )
        on_file = " on file"
    own = book.over(when.window, source)
    rule = (
        f"Major incidents (critical or high) of {when.label}, {where}; recorded for {len(seconds)} of {major}{on_file}"
    )
    before = (
        found.prior_contained.summary.median if found and found.prior_contained and found.contained.seconds else None
    )
    median = _median(seconds)
    own.add("contain.major.median", "Time to contain a major incident, median", median, "seconds", f"{rule}; median.",
            n=len(seconds) or None, statistic="median", better="lower", previous=before,
            note="" if median is not None else "fewer than five: no statistic")  # fmt: skip
    own.add("contain.major.max", "Time to contain a major incident, longest", max(seconds, default=None), "seconds",
            f"{rule}; the longest.", n=len(seconds) or None, statistic="max", better="lower",
            note="" if seconds else f"recorded for none of {major}")  # fmt: skip
    figure = "contain.major.median" if median is not None else "contain.major.max"
    status = own.colour(figure) if figure in own.targets else None
    missing = not seconds and (found is None or not inputs.incidents.ok)
    return Measure("Time to contain major incidents", figure, "contain",
                   "The longer it takes, the further harm spreads", status, missing,
                   f"recorded for {len(seconds)} of {major}{on_file}")  # fmt: skip


def _median(seconds: Sequence[float]) -> float | None:
    from handlers.analysis.summary import LIST_ONLY_BELOW, type7  # noqa: PLC0415

    return type7(seconds, 0.5) if len(seconds) >= LIST_ONLY_BELOW else None


def _coverage(book: Book, inputs: Inputs) -> Measure:
    services = rows(inputs.services)
    crown, every = ex.watched(services, crown_jewels=True), ex.watched(services, crown_jewels=False)
    gone = "" if inputs.services.ok else "the services could not be read"
    for figure, label, share, which in (
        ("coverage.crown_jewels", "Crown jewels monitored", crown, "crown jewels"),
        ("visibility.services", "Visibility", every, "services"),
    ):
        book.add(figure, label, share.value, "share", f"Share of {which} on file that are marked as monitored "
                 f"({share.successes} of {share.n}).", n=share.n or None, statistic="share", better="higher",
                 note=gone or ("" if share.n else f"no {which} on file"))  # fmt: skip
    missing = crown.value is None
    status = None if missing else book.colour("coverage.crown_jewels")
    return Measure("Crown jewels monitored", "coverage.crown_jewels", None,
                   "What is not watched can be attacked unseen", status, missing)  # fmt: skip


def _sla(book: Book, inputs: Inputs, found: History | None, when: Span) -> Measure:
    rule = "met / (met + missed + open past due); open and not yet due are left out"
    share = found.kept.attainment.share if found else None
    old = found.prior_kept.attainment.share if found and found.prior_kept else None
    ready = share is not None and share.value is not None
    value = share.value if share is not None else None
    counts = f" ({share.successes} of {share.n}; 95 % Wilson interval)" if share is not None and share.n else ""
    lost = "" if inputs.policies.ok else "sla.yaml could not be read"
    note = "" if ready else (lost or "no case could be judged" if found else "the ledger did not answer")
    book.add(
        "sla.attainment", "Promises to resolve, kept", value, "share", f"SLA to resolve (created to last close): "
        f"{rule}; cases opened in {when.label}; compared with {when.prior_label}{counts}.",
        n=share.n or None if share else None, statistic="share", low=share.low if share and ready else None,
        high=share.high if share and ready else None, previous=old.value if old else None, better="higher", note=note,
        cases=found.kept.missed if found else None,
    )  # fmt: skip
    target = book.targets.get("sla.attainment")
    known = ready and target is not None
    remark = ""
    if known and share is not None and target is not None:
        remark = f"{against(share, target.value)}; {share.successes:,} of {share.n:,}"
    status = book.colour("sla.attainment") if known else None
    return Measure("Promises to resolve, kept", "sla.attainment", "sla", "Late answers leave attackers more time",
                   status, found is None or not inputs.policies.ok, remark)  # fmt: skip


def _exposures(book: Book, inputs: Inputs, now: datetime) -> Measure:
    own = book.targets.get(DEADLINE)
    found = ex.exposures(rows(inputs.findings), now, own.value if own else None) if inputs.findings.ok else None
    rule = (
        f"Critical cloud findings open longer than {own.value:g} days (the organisation's own deadline)"
        if own
        else f"Critical cloud findings with exploitation confirmed or wide, open longer than {ex.DEADLINE_DAYS:g} days "
        "(the longest deadline of CISA BOD 26-04 for a known exploited vulnerability that is exposed, automatable or "
        "of total impact; the others have none on file)"
    )  # fmt: skip
    gone = "" if found else "the cloud posture did not answer"
    book.add("exposures.critical", "Critical exposures open", found.open if found else None, "count",
             "Active critical vulnerability findings.", note=gone)  # fmt: skip
    undated = f"; {found.undated} without a date are not judged" if found and found.undated else ""
    book.add("exposures.past_due", "Critical exposures past their deadline", found.past_due if found else None, "count",
             f"{rule}{undated}.", n=found.judged if found else None, better="lower", note=gone)  # fmt: skip
    status = book.colour("exposures.past_due") if found else None
    remark = f"{found.judged} of {found.open} open have a deadline" if found else ""
    return Measure("Critical exposures past deadline", "exposures.past_due", None, "Each is a known way in that was to "
                   "be closed by now", status, found is None, remark)  # fmt: skip


def _alerts(book: Book, inputs: Inputs, when: Span) -> None:
    seen = rows(inputs.alerts)
    book.add("alerts.total", "Alerts", seen[0].total if seen else None, "count",
             f"Alerts of {when.label} as the SIEM counts them, listed or not.",
             note="" if seen else "the SIEM did not answer")  # fmt: skip


def _mttr(book: Book, found: History, when: Span) -> None:
    told, old = found.mttr, found.prior_mttr
    book.add(
        "mttr.median", "Time to resolve, median", told.median, "seconds",
        f"{footnote(ORG['mttr'], told.n, told.open)}; median of the finished cases; cases opened in {when.label}, "
        f"compared with {when.prior_label}.", n=told.n, statistic="median", better="lower",
        previous=old.median if old else None,
        note="" if told.median is not None else "fewer than five cases: no statistic",
    )  # fmt: skip
    book.add(
        "mttr.km_median", "Time to resolve, median with open cases", told.km_median, "seconds",
        f"{footnote(ORG['mttr'], told.n, told.open)}; Kaplan–Meier median, an open case counts as at least its age; "
        f"cases opened in {when.label}.", n=told.n, statistic="km_median", better="lower",
        previous=old.km_median if old else None,
        note="" if told.km_median is not None else "not reached, or fewer than five cases",
    )  # fmt: skip


def _trends(book: Book, found: History) -> None:
    for line in found.lines:
        t = line.trend
        rule = f"of {line.name.lower()} over twelve complete months, each followed equally long"
        note = "" if t.enough else f"{t.n} of the {MIN_PERIODS} months that a trend needs"
        for name, value, words in (
            ("s", t.s, "Mann–Kendall S"), ("z", t.z, "Mann–Kendall Z, ties corrected"),
            ("p", t.p, "Two-sided p of Mann–Kendall"),
        ):  # fmt: skip
            book.add(f"trend.{line.id}.{name}", f"{line.name}, trend {name}", value, "score", f"{words} {rule}.",
                     n=t.n or None, statistic=name, note=note)  # fmt: skip
        unit: Unit = "seconds" if line.unit == "seconds" else "ratio"
        book.add(f"trend.{line.id}.slope", f"{line.name}, change a month", t.slope, unit, f"Theil–Sen slope {rule}.",
                 n=t.n or None, statistic="slope", low=t.slope_low, high=t.slope_high, note=note)  # fmt: skip
        book.add(f"trend.{line.id}.n", f"{line.name}, months with a value", t.n or None, "count",
                 f"Months with a value {rule}.", statistic="n", note=note if not t.n else "")  # fmt: skip


def arrow(found: Trend | None) -> str:
    """The verdict in the fixed words."""
    if found is None:
        return "no history kept"
    if not found.enough:
        return f"no evidence of a trend ({found.n} of {MIN_PERIODS} months)"
    return f"{ARROWS.get(found.verdict, found.verdict)} (p = {found.p:.1g})"
