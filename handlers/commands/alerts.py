"""`alerts`: what the SIEM raised in the last hours, counted by the SIEM itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from connectors.models.alerts import Alert, AlertView
from connectors.models.reading import Reading, Window
from handlers.core import cells, form
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, flag, option
from handlers.core.fetch import fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Document,
    Heading,
    KpiStrip,
    Moment,
    Notice,
    Source,
    Status,
    Text,
    Verdict,
    spans,
)

LIMIT, RULES, ROWS, LISTED = 1_000, 20, 20, 5
SIEM, BEFORE = "SIEM alerts", "SIEM alerts of the window before"
SEVERITIES = ("critical", "high", "medium", "low", "informational")
RULE = (
    "red: a critical alert that is not closed has no case; amber: a high one; unknown: the SIEM did not answer, or it "
    "gave only part of the alerts and none of those is critical or high without a case; otherwise green"
)
Severity = Annotated[
    Literal["critical", "high", "medium", "low", "informational"] | None,
    BeforeValidator(lambda said: said.lower() if isinstance(said, str) else said),
]


class AlertsArgs(Args):
    hours: Annotated[int, Field(ge=1, le=720)] = option(24, "How many hours back, 720 at most", example="24")
    rule: str | None = option(None, "Only rules whose name contains this", example="phish")
    severity: Severity = option(None, "Only alerts of this severity", SEVERITIES, "high")
    open: bool = flag("Leave closed alerts out")


@dataclass(frozen=True, slots=True)
class Counted:
    """`kept` are the returned alerts that pass the filters; `total` None when the SIEM's counts cannot tell it."""

    kept: tuple[Alert, ...]
    total: int | None
    rules: tuple[tuple[str, int], ...]
    whole: bool
    """Every alert of the window was returned."""


def counted(view: AlertView, args: AlertsArgs) -> Counted:
    """Totals from the SIEM where it gives them: all alerts, and by rule; by severity only when all were returned."""
    wanted = (args.rule or "").casefold()
    whole = len(view.alerts) >= view.total
    kept = tuple(
        alert
        for alert in view.alerts
        if wanted in alert.rule.casefold() and (args.severity is None or alert.severity.lower() == args.severity)
    )
    if args.severity is not None:
        rules = tuple(Counter(alert.rule for alert in kept).most_common())
        return Counted(kept, len(kept) if whole else None, rules, whole)
    rules = tuple((rule, count) for rule, count in view.per_rule if wanted in rule.casefold())
    total = sum(count for _, count in rules) if wanted else view.total
    return Counted(kept, total, rules, whole)


def orphans(alerts: Sequence[Alert], severity: str) -> list[Alert]:
    """Alerts of a severity that are not closed and that no case took."""
    return [a for a in alerts if a.severity.lower() == severity and a.case_name is None and a.status != "CLOSED"]


async def run(args: AlertsArgs, call: Authorised, soc: Soc) -> Document:
    end = soc.clock.now()
    span = timedelta(hours=args.hours)
    window, before = Window(end - span, end), Window(end - 2 * span, end - span)
    now, then = await asyncio.gather(
        fetch(SIEM, soc.alerts.alerts(window, LIMIT, not args.open), within=20),
        fetch(BEFORE, soc.alerts.alerts(before, LIMIT, not args.open), within=20),
    )
    if now.value is None:
        verdict = Verdict(text=spans("The alerts could not be read."), status="unknown", rule=RULE)
        return Document(title=title(args), verdict=verdict, blocks=shortfall(now), provenance=(now.source,))
    got, view = now.value, now.value.one
    found = counted(view, args)
    previous = counted(then.value.one, args).total if then.value is not None else None
    earlier = then.source.model_copy(update={"name": BEFORE, "truncated": False})
    sheet = Sheet(call, soc, Permission.ALERTS)
    figures(sheet, found, now.source, window, previous)
    return Document(
        title=title(args),
        verdict=verdict_of(found, args),
        blocks=(*shortfall(now, then), *compose(args, found, got, sheet, (now.source, earlier))),
        figures=await sheet.keep(),
        provenance=(now.source, earlier),
    )


def title(args: AlertsArgs) -> str:
    """ "Alerts of the last 24 h"."""
    return f"{'Open alerts' if args.open else 'Alerts'} of the last {args.hours} h"


def verdict_of(found: Counted, args: AlertsArgs) -> Verdict:
    """RULE as code."""
    critical, high = orphans(found.kept, "critical"), orphans(found.kept, "high")
    status: Status = "red" if critical else "amber" if high else "green" if found.whole else "unknown"
    total = f"{cells.counted(found.total, 'alert')}" if found.total is not None else "Alerts (total not known)"
    named = [f"rule names containing “{args.rule}”"] if args.rule else []
    named += [f"severity {args.severity}"] if args.severity else []
    only = f" with {' and '.join(named)}" if named else ""
    among = "" if found.whole else f" among the {len(found.kept):,} returned"
    without = f"{len(critical):,} critical and {len(high):,} high ones have no case{among}"
    return Verdict(text=spans(f"{total}{only}; {without}."), status=status, rule=RULE)


def figures(sheet: Sheet, found: Counted, source: Source, window: Window, previous: int | None) -> None:
    """Totals by the SIEM; what only the returned alerts show says so."""
    part = "" if found.whole else f"counted over the {len(found.kept):,} alerts returned, not over all"
    sheet.add(
        "alerts.total", "Alerts", found.total, "count", sources=(source,), window=window, previous=previous,
        definition="Alerts created in the window that pass the filters, as the SIEM counts them.",
        note="" if found.total is not None else "the SIEM gives no count by severity and not all alerts were returned",
    )  # fmt: skip
    for severity in ("critical", "high"):
        sheet.add(
            f"alerts.no_case.{severity}", f"{severity.capitalize()} without a case",
            len(orphans(found.kept, severity)), "count", n=len(found.kept), sources=(source,), window=window,
            definition=f"Alerts of severity {severity} that are not closed and that no case has taken.",
            better="lower", note=part,
        )  # fmt: skip
    sheet.add(
        "alerts.rules", "Rules that fired", len(found.rules), "count", sources=(source,), window=window,
        definition="Different rules among the alerts that pass the filters.",
        note="" if not part or found.total is not None else part,
    )  # fmt: skip


def compose(
    args: AlertsArgs, found: Counted, got: Reading[AlertView], sheet: Sheet, sources: Sequence[Source]
) -> tuple[Block, ...]:
    """Figures, rules, newest alerts, what was cut."""
    blocks: list[Block] = []
    if not found.whole:
        said = f"The SIEM returned {len(got.one.alerts):,} of {got.one.total:,} alerts; "
        blocks.append(
            Notice(level="warning", text=spans(said + "the list below and what is counted over it are part."))
        )
    blocks.append(KpiStrip(figures=tuple(figure.id for figure in sheet.figures)))
    if needs := attention(found.kept):
        blocks += [Heading(text="What needs you"), Bullets(items=needs)]
    blocks.append(rules_table(found))
    newest = sorted(found.kept, key=lambda alert: (alert.created_at, alert.id), reverse=True)[:ROWS]
    labels = ("Created", "Severity", "Rule", "Status", "Hosts", "In a case")
    rows = (
        cells.row(
            cells.moment(a.created_at), a.severity.lower(), cells.shorten(a.rule, 120), a.status.lower(),
            cells.names(a.hosts, 3), "yes" if a.case_name else "none",
        )
        for a in newest
    )  # fmt: skip
    blocks.append(cells.table("Newest alerts", labels, rows, found.total or len(found.kept)))
    blocks.append(cells.quality(sources))
    blocks.append(Actions(buttons=buttons(args, found)))
    return tuple(blocks)


def attention(alerts: Sequence[Alert]) -> tuple[Text, ...]:
    """At most five open alerts that no case took: critical before high, oldest first, and how many more there are."""
    waiting = [a for s in ("critical", "high") for a in sorted(orphans(alerts, s), key=lambda a: (a.created_at, a.id))]
    out: list[Text] = [
        spans(
            f"{alert.severity.capitalize()} without a case since ", Moment(at=alert.created_at),
            f": {cells.shorten(alert.rule, 120)} on {cells.names(alert.hosts, 3) or 'no named host'} ({alert.id}), "
            "no owner.",
        )
        for alert in waiting[:LISTED]
    ]  # fmt: skip
    more = len(waiting) - LISTED
    return (*out, spans(f"{more:,} more are not listed; --severity narrows the list.")) if more > 0 else tuple(out)


def rules_table(found: Counted) -> Block:
    """Rules by how often they fired, with their share of the total."""
    base = sum(count for _, count in found.rules)
    rows = (
        cells.row(cells.shorten(rule, 120), f"{count:,}", f"{100 * count / base:.1f} %")
        for rule, count in found.rules[:RULES]
    )
    return cells.table("Alerts by rule", ("Rule", ">Alerts", ">Share"), rows, len(found.rules))


def buttons(args: AlertsArgs, found: Counted) -> tuple[Button, ...]:
    """The same again, the open ones, a week, and the noisiest rule alone."""
    same: dict[str, str | bool] = {"rule": args.rule or "", "severity": args.severity or "", "open": args.open}
    same["hours"] = str(args.hours)
    out = [Button(label="Refresh", line=form.line(COMMAND, same))]
    if not args.open:
        out.append(Button(label="Open ones only", line=form.line(COMMAND, same | {"open": True})))
    if args.hours < 168:
        out.append(Button(label="Last 7 days", line=form.line(COMMAND, same | {"hours": "168"})))
    if not args.rule and found.rules and len(found.rules[0][0]) < 200:
        out.append(Button(label="Loudest rule", line=form.line(COMMAND, same | {"rule": found.rules[0][0]})))
    return tuple(out)


COMMAND = Command(
    name="alerts",
    summary="Alerts of the last hours by rule, with the SIEM's own totals",
    args=AlertsArgs,
    needs=Permission.ALERTS,
    run=run,
    example="alerts --hours 24 --severity high",
    notes=("Totals come from the SIEM; a total by severity is known only when every alert was returned.",),
)
