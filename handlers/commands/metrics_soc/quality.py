"""Figures beside the durations: SLA, dispositions, hand-overs, flow, funnel, workload, stages, mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.analysis.mix import MixAdjusted
from handlers.analysis.proportions import distinguishable
from handlers.analysis.scorecard import Kept, Scorecard
from handlers.analysis.sla import Attainment
from handlers.analysis.stage_time import Stage
from handlers.commands.metrics_soc.work import Numbers
from handlers.core.book import Book

_RULE = "met / (met + missed + open past due); open and not yet due are left out"
PREFIX = {"resolve": "sla", "acknowledge": "sla.acknowledge"}
_WORDS = {"resolve": "created to last close", "acknowledge": "created to first human owner"}


def add_sla(book: Book, numbers: Numbers, label: str, lacking: Mapping[str, str]) -> None:
    """`sla.*` is the promise to resolve, `sla.acknowledge.*` the one to acknowledge; both by priority.

    `lacking` says by promise why it cannot be judged: then nothing was counted, and only `attainment` says so.
    """
    now, before = numbers.now, numbers.before
    for metric, kept in now.kept.items():
        prefix = PREFIX[metric]
        if lacking[metric]:
            book.add(f"{prefix}.attainment", f"SLA to {metric}, kept", None, "share", f"SLA to {metric}: {_RULE}.",
                     statistic="share", note=lacking[metric])  # fmt: skip
            continue
        old = before.kept[metric] if before else None
        without = "; ".join(numbers.rules.complaints)
        _attainment(book, metric, kept, old, label, without)
        for priority, part in kept.priorities.items():
            said, rule = f"SLA to {metric} {priority} cases", f"SLA to {metric}, of one priority: {_RULE}; {label}"
            _share(
                book, f"{prefix}.{priority}.attainment", said, part, old.priorities.get(priority) if old else None, rule
            )


def _attainment(  # noqa: PLR0917 - private, always in this order
    book: Book, metric: str, kept: Kept, old: Kept | None, label: str, without: str
) -> None:
    prefix = PREFIX[metric]
    said = f"SLA to {metric}"
    rule = f"{said} ({_WORDS[metric]}): {_RULE}; cases opened in {label}"
    earlier = old.total if old else None
    _share(book, f"{prefix}.attainment", f"{said}, kept", kept.total, earlier, rule, cases=kept.missed)
    found = kept.total.share
    for end, value in (("low", found.low), ("high", found.high)):
        known = value if found.value is not None else None
        note = "" if known is not None else "no case could be judged"
        book.add(
            f"{prefix}.{end}", f"{said}, 95 % {end}", known, "share", f"Wilson limits of {rule}.", n=found.n,
            statistic=end, note=note,
        )  # fmt: skip
    counts = {"met": kept.total.met, "missed": kept.total.missed, "past_due": kept.total.open_past_due}
    for name, count in (counts | {"not_due": kept.total.not_due, "no_policy": kept.total.no_policy}).items():
        words = name.replace("_", " ")
        note = without if name == "no_policy" else ""
        book.add(f"{prefix}.{name}", f"{said}, {words}", count, "count", f"Counts behind {rule}.", n=found.n, note=note)


def _share(  # noqa: PLR0917 - one call a kind of promise
    book: Book, figure_id: str, label: str, part: Attainment, old: Attainment | None, rule: str, **more: Any
) -> None:
    note = "" if part.share.value is not None else "no case could be judged: none has a policy and an outcome"
    if old is not None and part.share.value is not None and not distinguishable(part.share, old.share):
        note = "not distinguishable from the previous period"
    book.share(
        figure_id,
        label,
        part.share,
        rule,
        previous=old.share.value if old else None,
        better="higher",
        note=note,
        **more,
    )


def add_shares(book: Book, now: Scorecard, before: Scorecard | None, label: str) -> None:
    """Dispositions, hand-overs, reopening, merging, automatic closes, funnel, flow, Little's law and the spread."""
    one, old = now.shares, before.shares if before else None
    closed, opened = f"real cases closed in {label}", f"real cases opened in {label}"
    rows = (
        ("fp.share", "False-positive rate", one.fp, old and old.fp, "lower",
         f"False positives of {closed} with a verdict (malicious, false positive or benign true positive)"),
        ("escalation.share", "Escalated", one.escalation.escalated, old and old.escalation.escalated, None,
         f"Handed from a lower to a higher tier, of {opened} that a human owned"),
        ("escalation.returned", "Escalations handed back", one.escalation.returned, old and old.escalation.returned,
         "lower", f"Handed back to a lower tier, of the escalated {opened}"),
        ("escalation.wrong_at_most", "Wrong escalations, at most", one.escalation.wrong_at_most,
         old and old.escalation.wrong_at_most, "lower",
         f"Handed back or closed as a false positive, of the escalated {opened}: an upper bound"),
        ("reopen.share", "Reopened", one.reopened, old and old.reopened, "lower", f"Reopened, of {closed}"),
        ("merge.share", "Merged", one.merged, old and old.merged, None, f"Merged into another case, of {opened}"),
        ("auto_closed.share", "Closed automatically", one.auto_closed, old and old.auto_closed, None,
         f"Closed without any human owner, of {closed}"),
        ("funnel.incident_share", "Cases that became incidents", one.funnel.incident_share,
         old and old.funnel.incident_share, None, f"Declared an incident, of {opened}"),
    )  # fmt: skip
    for figure_id, name, found, earlier, better, rule in rows:
        previous = earlier.value if earlier else None
        book.share(figure_id, name, found, rule, previous=previous, **({"better": better} if better else {}))
    _flow(book, now, before, label)
    _spread(book, now, label)


def _flow(book: Book, now: Scorecard, before: Scorecard | None, label: str) -> None:
    one, old = now.shares, before.shares if before else None
    for figure_id, name, value, earlier, rule in (
        ("flow.arrivals", "Cases opened", one.flow.arrivals, old and old.flow.arrivals, "Real cases opened"),
        ("flow.completions", "Cases closed", one.flow.completions, old and old.flow.completions, "Last closes"),
        ("flow.net", "Backlog, opened minus closed", one.flow.net, old and old.flow.net, "Opened minus closed"),
        ("funnel.alerts", "Alerts in cases", one.funnel.alerts, old and old.funnel.alerts, "Alerts of real cases"),
        ("funnel.cases", "Cases", one.funnel.cases, old and old.funnel.cases, "Real cases, a merged one once"),
        ("funnel.incidents", "Incidents", one.funnel.incidents, old and old.funnel.incidents, "Declared incidents"),
    ):
        book.add(figure_id, name, value, "count", f"{rule} in {label}.", previous=earlier)
    ratio, note = one.funnel.alerts_per_case, "" if one.funnel.alerts_per_case is not None else "no cases"
    book.add("funnel.alerts_per_case", "Alerts per case", ratio, "ratio", f"Alerts over cases, {label}.", note=note)
    _little(book, now, label)


def _little(book: Book, now: Scorecard, label: str) -> None:
    one = now.shares
    none = "" if one.little else "too few finished cases for a mean"
    wip = one.average_open
    book.add("wip.mean", "Open on average", wip, "count", f"Open time over the length of {label}.", statistic="mean")
    book.add(
        "wip.expected", "Open by Little's law", one.little.expected if one.little else None, "count",
        "L = λ·W: arrivals per hour × mean time to resolve of the finished cases.", note=none,
    )  # fmt: skip
    book.add(
        "wip.implied_hours", "Time to resolve that the open work implies",
        one.little.implied_hours if one.little else None, "hours", "W = L/λ: open on average over arrivals per hour.",
        note=none,
    )  # fmt: skip


def _spread(book: Book, now: Scorecard, label: str) -> None:
    found = now.shares.spread
    none = "" if found else "no closed case had a human owner"
    rule = f"Real cases closed in {label} per last human owner, without names: how evenly they are spread."
    for name, said, value, unit in (
        ("persons", "People who closed cases", found and found.n, "count"),
        ("gini", "Gini of cases per person", found and found.gini, "ratio"),
        ("cv", "Variation of cases per person", found and found.cv, "ratio"),
        ("max_over_mean", "Busiest person over the mean", found and found.max_over_mean, "ratio"),
        ("top_share", "Share of the busiest person", found and found.top_share, "share"),
    ):
        n = int(found.total) if found else 0
        book.add(f"workload.{name}", said, value, unit, rule, n=n, statistic=name, note=none)  # type: ignore[arg-type]


def add_mix(book: Book, found: MixAdjusted | None) -> None:
    """The mean at the previous period's mix of priorities, beside the crude one."""
    note = "the two periods share no priority with enough cases"
    if found is not None and found.crude_change is not None and found.adjusted_change is not None:
        crude, fixed = (f"{change * 100:+.1f} %" for change in (found.crude_change, found.adjusted_change))
        left = f"; without {', '.join(found.left_out)}" if found.left_out else ""
        note = f"crude mean {crude}, at the previous mix {fixed}{left}"
    book.add(
        "mttr.mix_adjusted.mean", "MTTR mean at the previous mix", found.standardised if found else None, "seconds",
        "Direct standardisation of the mean of finished cases to the previous period's mix of priorities.",
        statistic="mean", previous=found.base if found else None, better="lower", note=note,
    )  # fmt: skip


def add_stages(book: Book, stages: Sequence[Stage], label: str) -> None:
    """`stage.NAME.share`: of all elapsed time of the cases opened in the period."""
    for stage in stages:
        book.add(
            f"stage.{slug(stage.name)}.share", f"Time in {stage.name}", stage.share, "share",
            f"Elapsed time of all visits to the stage over the elapsed time in all stages; cases opened in {label}.",
            n=stage.visits, statistic="share",
        )  # fmt: skip


def slug(name: str) -> str:
    """A stage's name as part of a figure's id."""
    return "".join(ch if ch.isalnum() else "_" for ch in name.lower())[:40]
