"""`iocs`: indicators seen in the telemetry, and whose machines saw them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from connectors.models.alerts import IocMatch
from connectors.models.organisation import Service
from connectors.models.reading import Reading, Window
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
    Document,
    KpiStrip,
    Notice,
    Source,
    Status,
    Text,
    Verdict,
    spans,
)

LIMIT, ROWS = 1_000, 25
SIEM, FILES = "SIEM indicator matches", "Organisation services"
RULE = (
    "red: a match touches a crown jewel; amber: a match touches a listed service; unknown: the SIEM or the services "
    "file did not answer, or part of the matches was cut and none of the rest touches a service; otherwise green"
)


class IocsArgs(Args):
    hours: Annotated[int, Field(ge=1, le=720)] = option(24, "How many hours back, 720 at most", example="24")


@dataclass(frozen=True, slots=True)
class Seen:
    """A match and the services of its assets; None: the services are not known."""

    match: IocMatch
    services: tuple[Service, ...] | None

    @property
    def jewel(self) -> bool:
        return any(service.crown_jewel for service in self.services or ())


def joined(matches: Sequence[IocMatch], services: Sequence[Service] | None) -> list[Seen]:
    """Matches with their services: crown jewels first, then any service, then the last seen."""
    assets = None if services is None else Assets(services)
    seen = [Seen(match, None if assets is None else tuple(assets.touched(match.assets))) for match in matches]
    return sorted(seen, key=lambda one: (not one.jewel, not one.services, -last_seen(one.match), one.match.value))


def last_seen(match: IocMatch) -> float:
    """Seconds since the epoch; 0 when the SIEM does not say."""
    return match.last_seen_at.timestamp() if match.last_seen_at else 0.0


async def run(args: IocsArgs, call: Authorised, soc: Soc) -> Document:
    end = soc.clock.now()
    window = Window(end - timedelta(hours=args.hours), end)
    got, kept = await asyncio.gather(
        fetch(SIEM, soc.alerts.ioc_matches(window, LIMIT), within=20),
        fetch(FILES, soc.organisation.read(Service)),
    )
    title = f"Indicator matches of the last {args.hours} h"
    if got.value is None:
        verdict = Verdict(text=spans("The indicator matches could not be read."), status="unknown", rule=RULE)
        sources = (got.source, kept.source)
        return Document(title=title, verdict=verdict, blocks=shortfall(got, kept), provenance=sources)
    services = None if kept.value is None else kept.value.items
    seen = await asyncio.to_thread(joined, got.value.items, services)
    sheet = Sheet(call, soc, Permission.ALERTS)
    figures(sheet, seen, got.value, (got.source, kept.source), window)
    sources = (got.source, kept.source)
    return Document(
        title=title,
        verdict=verdict_of(seen, got.value, services is not None),
        blocks=(*shortfall(got, kept), *compose(args, seen, got.value, sheet, sources)),
        figures=await sheet.keep(),
        provenance=sources,
    )


def verdict_of(seen: Sequence[Seen], got: Reading[IocMatch], known: bool) -> Verdict:
    """RULE as code."""
    total = got.total if got.total is not None else len(seen)
    jewels, served = sum(one.jewel for one in seen), sum(bool(one.services) for one in seen)
    status: Status = "green"
    if not known or got.truncated:
        status = "unknown"
    if served:
        status = "red" if jewels else "amber"
    if not total:
        text = "No indicator match was found in this window."
    elif not known:
        text = f"{cells.counted(total, 'match', 'matches')}; whose machines they touch is not known."
    else:
        text = (
            f"{cells.counted(total, 'match', 'matches')}: {served:,} on a listed service, {jewels:,} on a crown jewel."
        )
    return Verdict(text=spans(text), status=status, rule=RULE)


def figures(
    sheet: Sheet, seen: Sequence[Seen], got: Reading[IocMatch], sources: Sequence[Source], window: Window
) -> None:
    """Matches, and how many of them touch what matters."""
    known = sources[1].ok
    part = f"over the {len(seen):,} matches returned" if got.truncated else ""
    sheet.add(
        "ioc.matches", "Indicator matches", got.total if got.total is not None else len(seen), "count",
        sources=sources[:1], window=window,
        definition="Indicators that the SIEM matched in the organisation's telemetry during the window.",
        note="at least: the answer was cut" if got.truncated and got.total is None else "",
    )  # fmt: skip
    assets = {asset.casefold() for one in seen for asset in one.match.assets}
    sheet.add(
        "ioc.assets", "Machines that saw one", len(assets), "count", sources=sources[:1], window=window, note=part,
        definition="Different assets named by the matches.",
    )  # fmt: skip
    for name, label, count in (
        ("ioc.services", "Touch a service", sum(bool(one.services) for one in seen)),
        ("ioc.crown_jewels", "Touch a crown jewel", sum(one.jewel for one in seen)),
    ):
        sheet.add(
            name, label, count if known else None, "count", sources=sources, window=window, better="lower", n=len(seen),
            definition="Matches one of whose assets is a host of a service in the organisation's services file"
            + (" that is marked a crown jewel." if name.endswith("jewels") else "."),
            note=part if known else "the services file did not answer",
        )  # fmt: skip


def compose(
    args: IocsArgs, seen: Sequence[Seen], got: Reading[IocMatch], sheet: Sheet, sources: Sequence[Source]
) -> tuple[Block, ...]:
    """Figures, what needs somebody, the matches, what was cut."""
    blocks: list[Block] = [KpiStrip(figures=tuple(figure.id for figure in sheet.figures))]
    if got.truncated:
        total = f" of {got.total:,}" if got.total is not None else ""
        blocks.append(
            Notice(level="warning", text=spans(f"The SIEM gave {len(seen):,}{total} matches; the rest is cut."))
        )
    if needs := attention(seen):
        blocks.append(Bullets(items=needs))
    if seen:
        labels = ("Indicator", "Type", "Assets", "Services", "First seen", "Last seen", "Source", "Category")
        rows = (line(one) for one in seen[:ROWS])
        blocks.append(cells.table("Matches", labels, rows, max(got.total or 0, len(seen))))
    blocks.append(cells.quality(sources, kinds(seen)))
    week = (Button(label="Last 7 days", line="iocs --hours 168"),) if args.hours < 168 else ()
    blocks.append(Actions(buttons=(Button(label="Refresh", line=f"iocs --hours {args.hours}"), *week)))
    return tuple(blocks)


def attention(seen: Sequence[Seen]) -> tuple[Text, ...]:
    """At most five matches on services, with the service's owner."""
    out = []
    for one in [one for one in seen if one.services][:5]:
        service = (one.services or ())[0]
        mark = "crown jewel " if service.crown_jewel else ""
        assets = cells.names(one.match.assets, 3)
        out.append(
            spans(f"{cells.shorten(one.match.value, 120)} on {assets}: {mark}{service.name}; owner {service.owner}.")
        )
    return tuple(out)


def line(one: Seen) -> tuple[Text, ...]:
    """One match as a row."""
    match = one.match
    services = "not known" if one.services is None else cells.names([s.name for s in one.services], 3)
    return cells.row(
        cells.shorten(match.value, 120), match.type, cells.names(match.assets, 3), services,
        cells.moment(match.first_seen_at), cells.moment(match.last_seen_at), cells.names(match.sources, 2),
        cells.names(match.categories, 2),
    )  # fmt: skip


def kinds(seen: Sequence[Seen]) -> str:
    """ "By type: DOMAIN 4, HASH 2."; empty without matches."""
    counts = Counter(one.match.type for one in seen).most_common(8)
    return f"By type: {', '.join(f'{kind} {count:,}' for kind, count in counts)}." if counts else ""


COMMAND = Command(
    name="iocs",
    summary="Indicator matches with the machines and business services they touch",
    args=IocsArgs,
    needs=Permission.ALERTS,
    run=run,
    example="iocs --hours 24",
    notes=("A service is touched when one of the match's assets is among the hosts of the services file.",),
)
