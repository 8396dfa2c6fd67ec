"""`threats`: who may come for us, by the threat profiles, and how much each concerns us."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.models.organisation import ThreatContext
from connectors.models.reading import Reading, Window
from connectors.models.threats import Recommendation, ThreatProfile
from handlers.analysis.landscape import Ourselves, Threat, detected, fired, ranked, texts
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option
from handlers.core.errors import NotFound
from handlers.core.fetch import Got, fetch, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Document,
    Heading,
    KpiStrip,
    Source,
    Status,
    Table,
    Text,
    Verdict,
    spans,
)

DAYS, ROWS, ROWS_OF_ONE, TOLD = 30, 20, 60, 10
PROFILES = "Threat profiles"
AT_ONCE = 4
RULE = (
    "red: a recommended threat that targets our sector is named in an indicator match or an open case; amber: one that "
    "targets our sector uses a technique no enabled rule names; unknown: an input of this rule is missing; "
    "otherwise green"
)
METHOD = (
    "Relevance = sector + region + detection gap (share of its techniques that no enabled rule names by exact id) + "
    "seen here (1 when its name stands in an indicator match's category or an open case's title or tags; otherwise the "
    f"share of its techniques whose rules fired in the last {DAYS} days); weights from threat_context.yaml; “?” is "
    "unknown and counts 0."
)


class ThreatsArgs(Args):
    profile: str | None = option(None, "One profile by id or name, with all its recommendations", example="ID")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that was asked; `asked` in the order of the provenance."""

    profiles: tuple[ThreatProfile, ...]
    existing: int
    """Profiles there are, shown or not."""
    threats: list[Threat]
    complete: bool
    """All inputs of RULE answered in full."""
    asked: tuple[Got[Any], ...]


async def run(args: ThreatsArgs, call: Authorised, soc: Soc) -> Document:
    profiles = await fetch(PROFILES, soc.intel.profiles())
    if profiles.value is None:
        verdict = Verdict(text=spans("The threat profiles could not be read."), status="unknown", rule=RULE)
        blocks = shortfall(profiles)
        return Document(title="Threat profiles", verdict=verdict, blocks=blocks, provenance=(profiles.source,))
    found = await gather(args, profiles, soc)
    sheet = Sheet(call, soc, Permission.THREATS)
    sources = tuple(got.source for got in found.asked)
    figures(sheet, found, sources)
    names = {profile.id: profile.name for profile in found.profiles}
    return Document(
        title=f"Threat profile {cells.shorten(found.profiles[0].name, 80)}" if args.profile else "Threat profiles",
        verdict=verdict_of(found),
        blocks=(*shortfall(*found.asked), *compose(args, found, names, sheet, sources)),
        figures=await sheet.keep(),
        provenance=sources,
    )


async def gather(args: ThreatsArgs, profiles: Got[Reading[ThreatProfile]], soc: Soc) -> Gathered:
    """Recommendations of each profile and, side by side, what we know of ourselves."""
    known = profiles.value.items if profiles.value is not None else ()
    chosen = picked(known, args.profile)
    turn = asyncio.Semaphore(AT_ONCE)

    async def recommended(profile: ThreatProfile) -> Got[Reading[Recommendation]]:
        async with turn:
            what = f"Recommendations of {cells.shorten(profile.name, 60)}"
            return await fetch(what, soc.intel.recommendations(profile.id))

    ours, *recommendations = await asyncio.gather(ourselves(soc), *(recommended(profile) for profile in chosen))
    us, asked = ours
    items = [one for got in recommendations if got.value is not None for one in got.value.items]
    threats = await asyncio.to_thread(ranked, items, us)
    everything: tuple[Got[Any], ...] = (profiles, *recommendations, *asked)
    complete = all(got.ok and not got.source.truncated for got in everything)
    return Gathered(tuple(chosen), len(known), threats, complete, everything)


def picked(profiles: Sequence[ThreatProfile], said: str | None) -> list[ThreatProfile]:
    """All profiles, or the one that was named; NotFound when there is none."""
    if said is None:
        return list(profiles)
    found = [one for one in profiles if one.id == said] or [
        one for one in profiles if one.name.casefold() == said.casefold()
    ]
    if not found:
        offered = tuple(f"threats --profile {one.id}" for one in profiles[:5] if one.id.isascii() and " " not in one.id)
        raise NotFound(f"There is no threat profile “{said[:80]}”.", "`threats` lists them.", offered)
    return found[:1]


async def ourselves(soc: Soc) -> tuple[Ourselves, tuple[Got[Any], ...]]:
    """Our sector and regions, our detections, what fired and what was seen."""
    window = window_of(soc.clock.now())
    context, rules, activity, iocs, cases = await asyncio.gather(
        fetch("Threat context", soc.organisation.read(ThreatContext)),
        fetch("SIEM rules", soc.alerts.rules()),
        fetch("SIEM rule activity", soc.alerts.rule_activity(window)),
        fetch("SIEM indicator matches", soc.alerts.ioc_matches(window)),
        fetch("Case desk", soc.cases.open_cases()),
    )
    us = Ourselves(
        context=context.value.items[0] if context.value is not None and context.value.items else None,
        detected=detected(rules.value.items) if rules.value is not None else None,
        fired=fired(rules.value.items, activity.value.items) if rules.value and activity.value else None,
        texts=texts(iocs.value.items if iocs.value else None, cases.value.items if cases.value else None),
    )
    return us, (context, rules, activity, iocs, cases)


def window_of(now: datetime) -> Window:
    """The last DAYS days."""
    return Window(now - timedelta(days=DAYS), now)


def verdict_of(found: Gathered) -> Verdict:
    """RULE as code."""
    ours = [threat for threat in found.threats if threat.sector == 1.0]
    here = [threat for threat in ours if threat.named]
    gaps = [threat for threat in ours if threat.undetected]
    status: Status = "red" if here else "amber" if gaps else "green" if found.complete else "unknown"
    count, profiles = len(found.threats), len(found.profiles)
    text = f"{cells.counted(profiles, 'profile')} with {cells.counted(count, 'recommended threat')}"
    if any(threat.sector is not None for threat in found.threats):
        text += (
            f": {len(ours):,} target our sector, {len(here):,} of them named here, {len(gaps):,} with a detection gap"
        )
    return Verdict(text=spans(f"{text}."), status=status, rule=RULE)


def figures(sheet: Sheet, found: Gathered, sources: Sequence[Source]) -> None:
    """How many profiles and threats, and the highest relevance."""
    intel = sources[: 1 + len(found.profiles)]
    failed = [got.source.name for got in found.asked[1 : 1 + len(found.profiles)] if not got.ok]
    sheet.add(
        "profiles.count", "Threat profiles", found.existing, "count", sources=sources[:1],
        definition="Threat profiles that the bot's account may read.",
    )  # fmt: skip
    every = len(failed) == len(found.profiles) and bool(failed)
    sheet.add(
        "recommendations.count", "Recommended threats", None if every else len(found.threats), "count", sources=intel,
        definition="Different collections (actors, malware, campaigns …) recommended for the profiles, each once.",
        note=f"without those of {len(failed)} profiles that did not answer" if failed else "",
    )  # fmt: skip
    scored = [threat.relevance for threat in found.threats if threat.relevance is not None]
    best = max(scored, key=lambda score: score.score, default=None)
    sheet.add(
        "recommendations.top_relevance", "Highest relevance", best.score if best else None, "score", sources=sources,
        n=len(scored), statistic="max", definition=METHOD, better="lower",
        note=f"up to {best.ceiling:.2f} if the unknown parts were in full" if best else "nothing could be scored",
    )  # fmt: skip


def compose(
    args: ThreatsArgs, found: Gathered, names: dict[str, str], sheet: Sheet, sources: Sequence[Source]
) -> tuple[Block, ...]:
    """Figures, profiles, threats with parts, method."""
    blocks: list[Block] = [KpiStrip(figures=tuple(figure.id for figure in sheet.figures))]
    blocks.append(profiles_table(found.profiles))
    if found.threats:
        blocks.append(threats_table(found.threats, names, ROWS_OF_ONE if args.profile else ROWS))
    told = [threat for threat in found.threats if threat.what.description.strip()][:TOLD]
    if args.profile and told:
        blocks.append(Heading(text="What threat intelligence says of them"))
        blocks.append(Bullets(items=tuple(described(threat) for threat in told)))
        blocks.append(Context(text=spans(f"{len(told)} of {cells.counted(len(found.threats), 'threat')} described.")))
    blocks.append(Context(text=spans(METHOD)))
    blocks.append(cells.quality(sources))
    offered = [] if args.profile else [p for p in found.profiles[:4] if p.id.isascii() and " " not in p.id]
    buttons = [Button(label=cells.shorten(p.name, 40), line=f"threats --profile {p.id}"[:1900]) for p in offered]
    every = Button(label="All profiles" if args.profile else "Refresh", line="threats")
    return (*blocks, Actions(buttons=(*buttons, every)))


def described(threat: Threat) -> Text:
    """A threat's description, short."""
    return spans(f"{cells.shorten(threat.what.name, 80)}: {cells.shorten(threat.what.description, 400)}")


def profiles_table(profiles: Sequence[ThreatProfile]) -> Table:
    """Every profile shown."""
    rows = (
        cells.row(
            cells.shorten(p.name, 80), p.id, cells.names(p.industries, 4), cells.names(p.regions, 4),
            "on" if p.recommendations_enabled else "off", cells.moment(p.modified_at),
        )
        for p in profiles
    )  # fmt: skip
    return cells.table("Profiles", ("Profile", "Id", "Industries", "Regions", "Recommendations", "Changed"), rows)


def threats_table(threats: Sequence[Threat], names: dict[str, str], most: int) -> Table:
    """Threats, most relevant first, each with the parts of its score."""
    rows = (
        cells.row(
            cells.shorten(t.what.name, 80),
            t.what.type,
            f"{t.relevance.score:.2f}" if t.relevance else "not computed",
            parts(t),
            "not known" if t.undetected is None else cells.names(t.undetected, 6) or "none",
            {True: "named", False: "not named", None: "not known"}[t.named],
            cells.names([names.get(p, p) for p in t.profiles], 2),
        )
        for t in threats[:most]
    )
    labels = ("Threat", "Type", ">Relevance", "Sector + region + gap + seen", "Not detected", "Here", "Profiles")
    return cells.table("Recommended threats", labels, rows, len(threats))


def parts(threat: Threat) -> str:
    """ "0.40 + 0.00 + 0.13 + ?": sector, region, detection gap, seen here."""
    if threat.relevance is None:
        return ""
    return " + ".join(f"{p.points:.2f}" if p.known else "?" for p in threat.relevance.parts)


COMMAND = Command(
    name="threats",
    summary="Threat profiles and what is recommended for them, by relevance to us",
    args=ThreatsArgs,
    needs=Permission.THREATS,
    run=run,
    example="threats",
    budget=40.0,
    notes=(METHOD,),
)
