"""Sections of the answer beside the durations: what is shown of the figures that `quality` added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.analysis.scorecard import Kept, Scorecard
from handlers.analysis.stage_time import Stage
from handlers.commands.metrics_soc.quality import PREFIX, slug
from handlers.core.book import cell
from messages.document import Block, Bullets, Column, Context, Fact, Facts, Heading, Paragraph, Table, Value, spans
from messages.prose import duration, quantity


def sla_table(kept: Mapping[str, Kept]) -> list[Block]:
    """Both promises by priority."""
    rows = []
    for metric, one in kept.items():
        prefix = PREFIX[metric]
        for priority, part in one.priorities.items():
            if part.share.n or part.not_due:
                value = Value(figure=f"{prefix}.{priority}.attainment")
                counts = (part.met, part.missed, part.open_past_due, part.not_due)
                rows.append((cell(metric), cell(priority), cell(value), *(cell(f"{count:,}") for count in counts)))
    if not rows:
        return []
    heads = ("Kept", "Met", "Missed", "Open past due", "Not due yet")
    columns = (Column(label="Promise"), Column(label="Priority"), *(Column(label=h, align="right") for h in heads))
    return [Heading(text="SLA"), Table(caption="SLA by priority", columns=columns, rows=tuple(rows))]


def rule_table(rows: Sequence[Mapping[str, Any]], total: int) -> list[Block]:
    """Precision of the rules with the most false positives."""
    if not rows:
        return []
    heads = ("TP", "FP", "Benign TP", "Precision", "95 % interval")
    columns = (Column(label="Rule or product"), *(Column(label=h, align="right") for h in heads))
    lines = tuple(
        (
            cell(str(row["rule"])),
            *(cell(f"{row[k]:,}") for k in ("tp", "fp", "btp")),
            cell(quantity(row["precision"], "share")),
            cell(f"{quantity(row['low'], 'share')} to {quantity(row['high'], 'share')}"),
        )
        for row in rows
    )
    return [
        Table(
            caption="Precision by rule or product, most false positives first", columns=columns, rows=lines, total=total
        )
    ]


def stage_blocks(stages: Sequence[Stage]) -> list[Block]:
    """Where the time goes, and the bottleneck."""
    if not stages:
        return [Heading(text="Stages"), Paragraph(text=spans("No stage time could be measured."))]
    heads = ("Share of time", "Mean share per case", "Median visit", "Visits", "Cases")
    rows = tuple(
        (
            cell(s.name), cell(Value(figure=f"stage.{slug(s.name)}.share")), cell(quantity(s.case_share, "share")),
            cell(duration(s.median_visit)), cell(f"{s.visits:,}"), cell(f"{s.cases:,}"),
        )
        for s in stages
    )  # fmt: skip
    columns = (Column(label="Stage"), *(Column(label=h, align="right") for h in heads))
    return [
        Heading(text="Stages"),
        Paragraph(text=spans(f"Bottleneck: {stages[0].name}, ", Value(figure=f"stage.{slug(stages[0].name)}.share"),
                             " of all elapsed time.")),
        Table(caption="Elapsed time by stage", columns=columns, rows=rows),
    ]  # fmt: skip


def facts(ids: Sequence[tuple[str, str]]) -> Facts:
    """Label and figure pairs."""
    return Facts(facts=tuple(Fact(label=label, text=spans(Value(figure=figure))) for label, figure in ids))


def quality_blocks(rows: Sequence[Mapping[str, Any]], total: int) -> list[Block]:
    """Dispositions and hand-overs."""
    pairs = (
        ("False-positive rate", "fp.share"), ("Reopened", "reopen.share"), ("Merged", "merge.share"),
        ("Closed automatically", "auto_closed.share"), ("Escalated", "escalation.share"),
        ("Escalations handed back", "escalation.returned"), ("Wrong escalations, at most", "escalation.wrong_at_most"),
    )  # fmt: skip
    return [Heading(text="Quality"), facts(pairs), *rule_table(rows, total)]


def flow_blocks(now: Scorecard) -> list[Block]:
    """Throughput, funnel, Little's law, and what it hides."""
    pairs = (
        ("Opened", "flow.arrivals"), ("Closed", "flow.completions"), ("Backlog, opened minus closed", "flow.net"),
        ("Alerts in cases", "funnel.alerts"), ("Cases", "funnel.cases"), ("Incidents", "funnel.incidents"),
        ("Alerts per case", "funnel.alerts_per_case"), ("Open on average", "wip.mean"),
        ("Open by Little's law", "wip.expected"), ("Time the open work implies", "wip.implied_hours"),
    )  # fmt: skip
    blocks: list[Block] = [Heading(text="Flow"), facts(pairs)]
    law = now.shares.little
    if law is not None and law.hidden is not None and law.hidden > 1.5:
        text = "More is open than the finished cases' time explains: the time to resolve hides ageing work."
        blocks.append(Bullets(items=(spans(f"{text} Ratio {law.hidden:.1f} (shown above 1.5)."),)))
    return blocks


def workload_blocks() -> list[Block]:
    """The anonymous distribution."""
    pairs = (
        ("People", "workload.persons"), ("Gini", "workload.gini"), ("Variation", "workload.cv"),
        ("Busiest over mean", "workload.max_over_mean"), ("Busiest person's share", "workload.top_share"),
        ("Cases per rostered hour", "workload.cases_per_hour"), ("More than six days on end", "workload.long_runs"),
    )  # fmt: skip
    note = "Indicators of load, not a diagnosis. No source records pages or interrupts, so neither is counted."
    return [Heading(text="Workload"), facts(pairs), Context(text=spans(note))]
