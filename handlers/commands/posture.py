"""`posture`: cloud vulnerability findings by attack exposure, all pages, not an arbitrary first one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from connectors.models.organisation import Service
from connectors.models.reading import Reading
from connectors.models.threats import Finding
from handlers.analysis.assets import Assets
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option
from handlers.core.fetch import fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Document,
    KpiStrip,
    Moment,
    Notice,
    Source,
    Status,
    Text,
    Verdict,
    spans,
)

SCC, FILES = "Cloud findings", "Organisation services"
EXPLOITED = frozenset({"WIDE", "CONFIRMED"})
"""`exploitationActivity` that says it is being done: of WIDE, CONFIRMED, AVAILABLE, ANTICIPATED, NO_KNOWN
(Security Command Center API, enum Cve.ExploitationActivity).
"""
RULE = (
    "red: a finding whose vulnerability is exploited in the wild (exploitation wide or confirmed, or a zero day); "
    "unknown: the source did not answer, or gave only part and nothing red is in it; amber: any finding; green: none"
)
DUE = (
    "No due dates by BOD 26-04: its four inputs (listed in KEV, publicly exposed, automatable, technical impact total) "
    "are not in these findings, and exploitation activity is not the KEV list."
)


class PostureArgs(Args):
    limit: Annotated[int, Field(ge=1, le=200)] = option(20, "How many findings to list, 200 at most", example="20")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A finding with the services its resource belongs to; None: the services are not known."""

    finding: Finding
    services: tuple[Service, ...] | None

    @property
    def exploited(self) -> bool:
        return self.finding.zero_day or self.finding.exploitation.upper() in EXPLOITED


def ranked(findings: Sequence[Finding], services: Sequence[Service] | None) -> list[Ranked]:
    """Highest attack exposure first; those without a score last, exploited before others, then by CVSS."""
    assets = None if services is None else Assets(services)
    out = [Ranked(one, None if assets is None else tuple(assets.of_resource(one.resource))) for one in findings]

    def key(one: Ranked) -> tuple[bool, float, bool, float, str]:
        score, cvss = one.finding.attack_exposure, one.finding.cvss
        return (score is None, -(score or 0.0), not one.exploited, -(cvss or 0.0), one.finding.id)

    return sorted(out, key=key)


async def run(args: PostureArgs, call: Authorised, soc: Soc) -> Document:
    got, kept = await asyncio.gather(
        fetch(SCC, soc.posture.findings(), within=20), fetch(FILES, soc.organisation.read(Service))
    )
    sources = (got.source, kept.source)
    title = "Cloud vulnerability findings"
    if got.value is None:
        verdict = Verdict(text=spans("The findings could not be read."), status="unknown", rule=RULE)
        return Document(title=title, verdict=verdict, blocks=shortfall(got, kept), provenance=sources)
    services = None if kept.value is None else kept.value.items
    found = await asyncio.to_thread(ranked, got.value.items, services)
    sheet = Sheet(call, soc, Permission.POSTURE)
    figures(sheet, found, got.value, got.source)
    return Document(
        title=title,
        verdict=verdict_of(found, got.value),
        blocks=(*shortfall(got, kept), *compose(args, found, got.value, sheet, sources)),
        figures=await sheet.keep(),
        provenance=sources,
    )


def total_of(found: Sequence[Ranked], got: Reading[Finding]) -> int:
    """What the source says exists, else what it gave."""
    return got.total if got.total is not None else len(found)


def verdict_of(found: Sequence[Ranked], got: Reading[Finding]) -> Verdict:
    """RULE as code."""
    exploited = sum(one.exploited for one in found)
    status: Status = "amber" if found else "green"
    if got.truncated or total_of(found, got) > len(found):
        status = "unknown"
    if exploited:
        status = "red"
    if not total_of(found, got):
        text = "No active high or critical vulnerability finding."
    else:
        said = cells.counted(total_of(found, got), "active high or critical finding")
        text = f"{said}; {exploited:,} with a vulnerability exploited in the wild."
    return Verdict(text=spans(text), status=status, rule=RULE)


def figures(sheet: Sheet, found: Sequence[Ranked], got: Reading[Finding], source: Source) -> None:
    """How many, how exposed, how many exploited, how many nobody scored."""
    scores = [one.finding.attack_exposure for one in found if one.finding.attack_exposure is not None]
    part = f"over the {len(found):,} findings returned" if total_of(found, got) > len(found) or got.truncated else ""
    only = (source,)
    sheet.add(
        "findings.count", "Findings", total_of(found, got), "count", sources=only, better="lower",
        definition="Active vulnerability findings of severity HIGH or CRITICAL, over all pages.",
    )  # fmt: skip
    sheet.add(
        "findings.top_score", "Highest attack exposure", max(scores, default=None), "score", n=len(scores),
        sources=only, statistic="max", better="lower",
        definition="Highest attack exposure score that Security Command Center calculated; its own scale, no unit.",
        note=part if scores else "no finding has a calculated score",
    )  # fmt: skip
    sheet.add(
        "findings.exploited", "Exploited in the wild", sum(one.exploited for one in found), "count", n=len(found),
        sources=only, better="lower", note=part,
        definition="Findings whose exploitation activity is wide or confirmed, or whose vulnerability is a zero day.",
    )  # fmt: skip
    sheet.add(
        "findings.unscored", "Without a score", len(found) - len(scores), "count", n=len(found), sources=only,
        note=part, definition="Findings without a calculated attack exposure score; they are listed after the others.",
    )  # fmt: skip


def compose(
    args: PostureArgs, found: Sequence[Ranked], got: Reading[Finding], sheet: Sheet, sources: Sequence[Source]
) -> tuple[Block, ...]:
    """Figures, what needs somebody, the ranked list, what is not known."""
    total = total_of(found, got)
    blocks: list[Block] = [KpiStrip(figures=tuple(figure.id for figure in sheet.figures))]
    if total > len(found) or got.truncated:
        said = f"The source gave {len(found):,} of {total:,} findings; the ranking is of that part."
        blocks.append(Notice(level="warning", text=spans(said)))
    if needs := attention(found):
        blocks.append(Bullets(items=needs))
    if found:
        labels = (">Exposure", "Vulnerability", "Severity", "Exploitation", "Resource", "Service", ">CVSS", "Since")
        rows = (line(one) for one in found[: args.limit])
        blocks.append(cells.table("Findings by attack exposure", labels, rows, total))
        blocks.append(Context(text=spans(DUE)))
    blocks.append(cells.quality(sources))
    more = min(200, args.limit * 2)
    buttons = [Button(label="Refresh", line=f"posture --limit {args.limit}")]
    if len(found) > args.limit and more > args.limit:
        buttons.append(Button(label=f"Show {more}", line=f"posture --limit {more}"))
    return (*blocks, Actions(buttons=tuple(buttons)))


def attention(found: Sequence[Ranked]) -> tuple[Text, ...]:
    """At most five exploited findings, the crown jewels' first, each with the service's owner."""
    first = sorted(
        (one for one in found if one.exploited),
        key=lambda one: not any(service.crown_jewel for service in one.services or ()),
    )
    out = []
    for one in first[:5]:
        owner = "no listed service"
        if one.services is None:
            owner = "service not known"
        elif one.services:
            service = one.services[0]
            owner = f"{'crown jewel ' if service.crown_jewel else ''}{service.name}, owner {service.owner}"
        what = one.finding.cve or one.finding.category
        out.append(spans(f"{what} on {resource(one.finding)}: {exploitation(one.finding)}; {owner}."))
    return tuple(out)


def resource(finding: Finding) -> str:
    """The last part of the resource's path; the whole path is long and mostly the project."""
    return cells.shorten(finding.resource.rstrip("/").rsplit("/", 1)[-1], 80)


def exploitation(finding: Finding) -> str:
    """Exploitation activity in words, verbatim where unknown to us; "zero day" added."""
    said = finding.exploitation.replace("_", " ").lower()
    return ", ".join(part for part in (said, "zero day" if finding.zero_day else "") if part)


def line(one: Ranked) -> tuple[Text, ...]:
    """One finding as a row."""
    finding = one.finding
    services = "not known" if one.services is None else cells.names([service.name for service in one.services], 2)
    return cells.row(
        f"{finding.attack_exposure:g}" if finding.attack_exposure is not None else "not scored",
        finding.cve or cells.shorten(finding.category, 60), finding.severity.lower(), exploitation(finding),
        resource(finding), services,
        f"{finding.cvss:g}" if finding.cvss is not None else None,
        None if finding.created_at is None else Moment(at=finding.created_at, style="date"),
    )  # fmt: skip


COMMAND = Command(
    name="posture",
    summary="Cloud vulnerability findings by attack exposure",
    args=PostureArgs,
    needs=Permission.POSTURE,
    run=run,
    example="posture --limit 20",
    notes=("All active high and critical findings are read before they are ranked.", DUE),
)
