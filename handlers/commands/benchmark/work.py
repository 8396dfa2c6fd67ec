"""What is compared with what: sources, own measures of twelve months, and the verdict on each pair."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from connectors.models.organisation import Calendar, SlaPolicy
from connectors.models.organisation.benchmarks import Benchmark, Breach, OwnBenchmark, PeerValue
from connectors.models.reading import Reading, Window
from connectors.ports import LedgerView
from handlers.analysis import comparison as cmp
from handlers.analysis import executive as ex
from handlers.analysis.definitions import ORG
from handlers.analysis.durations import extract
from handlers.analysis.periods import trailing
from handlers.analysis.proportions import Share
from handlers.analysis.scorecard import judge_by
from handlers.analysis.summary import LIST_ONLY_BELOW, type7
from handlers.core.fetch import Got, fetch
from handlers.core.soc import Soc

MONTHS = 12
LEDGER_SECONDS = 20.0
DURATIONS = ("mttd", "mtta", "mttc", "mttr")
SHARE, DWELL = "sla.resolve", "dwell"
BREACH_MONTHS = 24
"""Breaches are few: those of two years are taken."""
BETTER: dict[str, Literal["lower", "higher"]] = {SHARE: "higher"}
ANY = frozenset({"all", "global"})


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it."""

    ledger: Got[LedgerView]
    published: Got[Reading[Benchmark]]
    own: Got[Reading[OwnBenchmark]]
    peers: Got[Reading[PeerValue]]
    policies: Got[Reading[SlaPolicy]]
    calendars: Got[Reading[Calendar]]
    breaches: Got[Reading[Breach]]
    window: Window

    @property
    def compared(self) -> tuple[Got[Any], ...]:
        """What a comparison rests on: both sides of it."""
        return self.ledger, self.published, self.own, self.breaches

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return self.ledger, self.published, self.own, self.peers, self.policies, self.calendars, self.breaches


async def gather(soc: Soc) -> Inputs:
    """All sources at once; the window is the last twelve complete months."""
    months = trailing("monthly", MONTHS, soc.clock.now(), soc.zone.key)
    window, files = Window(months[0].start, months[-1].end), soc.organisation
    first, policies, calendars, breaches = await asyncio.gather(
        asyncio.gather(
            fetch("Case ledger", soc.ledger.view(window.start), LEDGER_SECONDS),
            fetch("Benchmarks", files.read(Benchmark)),
            fetch("Own benchmarks", files.read(OwnBenchmark)),
            fetch("Peers", files.read(PeerValue)),
        ),
        fetch("SLA policies", files.read(SlaPolicy)),
        fetch("Calendars", files.read(Calendar)),
        fetch("Breaches", files.read(Breach)),
    )
    return Inputs(*first, policies, calendars, breaches, window)


@dataclass(frozen=True, slots=True)
class Ours:
    """One own measure. Durations: finished `seconds` and the ages of the `open` ones; `share` for promises kept."""

    metric: str
    seconds: tuple[float, ...] = ()
    open: tuple[float, ...] = ()
    excluded: int = 0
    share: Share | None = None

    @property
    def value(self) -> float | None:
        """Median from five finished on, or the share."""
        if self.share is not None:
            return self.share.value
        return type7(self.seconds, 0.5) if len(self.seconds) >= LIST_ONLY_BELOW else None

    @property
    def n(self) -> int:
        return self.share.n if self.share is not None else len(self.seconds)

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.share is not None:
            return (self.share.low, self.share.high) if self.share.value is not None else None
        return cmp.median_interval(self.seconds) if self.value is not None else None


def measure(inputs: Inputs, now: datetime) -> dict[str, Ours]:
    """Own measures by id, those whose source answered. Runs in a thread."""
    out: dict[str, Ours] = _dwell(inputs, now) if inputs.breaches.ok else {}
    view = inputs.ledger.value
    if view is None:
        return out
    for metric in DURATIONS:
        found = extract(view.cases, ORG[metric], inputs.window, now)
        done = found.frame.filter(found.frame["observed"])["seconds"].to_list()
        still = found.frame.filter(~found.frame["observed"])["seconds"].to_list()
        out[metric] = Ours(metric, tuple(map(float, done)), tuple(map(float, still)), found.excluded)
    if inputs.policies.value is not None:
        calendars = inputs.calendars.value.items if inputs.calendars.value is not None else ()
        rules = judge_by("org", None, inputs.policies.value.items, calendars, Window(inputs.window.start, now))
        kept = ex.kept(view.cases, inputs.window, now, rules.policies, rules.hours or {})
        out[SHARE] = Ours(SHARE, share=kept.attainment.share)
    return out


def _dwell(inputs: Inputs, now: datetime) -> dict[str, Ours]:
    """Confirmed breaches alone: declared incidents are caught early and are no match for a breach study."""
    since = (now - timedelta(days=round(BREACH_MONTHS * 365.25 / 12))).date()
    mine = [one for one in _rows(inputs.breaches) if one.detected >= since]
    days = [one.dwell_days for one in mine if one.dwell_days is not None]
    return {DWELL: Ours(DWELL, tuple(day * 86_400.0 for day in days), excluded=len(mine) - len(days))}


@dataclass(frozen=True, eq=False)
class Pair:
    """An own measure and a published number. `why` says what forbids or weakens the comparison."""

    ours: Ours
    theirs: Benchmark
    word: cmp.Word
    why: str
    test: cmp.Against | None = None
    place: str = ""


@dataclass(frozen=True, eq=False)
class PeerRow:
    """An own measure among peers; `quartiles` None: fewer than five."""

    ours: Ours
    peers: int
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True, eq=False)
class Found:
    """`latest`: newest edition of each series; `editions`: all; `unmatched`: filters that leave nothing out of hand."""

    ours: dict[str, Ours]
    pairs: tuple[Pair, ...]
    peers: tuple[PeerRow, ...]
    latest: tuple[Benchmark, ...]
    editions: tuple[Benchmark, ...]
    unmatched: tuple[str, ...]
    today: date


def compare(inputs: Inputs, ours: dict[str, Ours], today: date, only: tuple[str, str, str] = ("", "", "")) -> Found:
    """Everything that is compared, and what is context only. `only`: sector, region, size ("" any). Pure."""
    sector, region, size = only
    every = [*_rows(inputs.published), *_rows(inputs.own)]
    kept = [one for one in every if _fits(one.sector, sector) and _fits(one.region, region)]
    latest = _latest(kept)
    pairs = [_pair(ours[one.comparable_with], one, today) for one in latest if one.comparable_with in ours]
    pairs += [
        Pair(ours[metric], one, "not comparable", ("stale; " if cmp.stale(one.stale_after, today) else "") + why)
        for one in latest
        for metric, why in one.not_with.items()
        if metric in ours and one.value is not None
    ]
    peers = [
        one for one in _rows(inputs.peers)
        if _fits(one.sector, sector) and _fits(one.region, region) and _fits(one.size, size)
    ]  # fmt: skip
    return Found(ours, tuple(pairs), _peers(ours, peers), latest, tuple(kept),
                 _unmatched(inputs, every, sector, region, size), today)  # fmt: skip


def _rows(got: Got[Reading[Any]]) -> tuple[Any, ...]:
    return () if got.value is None else got.value.items


def _fits(theirs: str, wanted: str) -> bool:
    return not wanted or theirs.casefold() in {wanted.casefold(), *ANY}


def _unmatched(inputs: Inputs, every: Sequence[Benchmark], sector: str, region: str, size: str) -> tuple[str, ...]:
    """A filter that no row knows is said, with what is known."""
    peers = _rows(inputs.peers)
    known = {
        "sector": (sector, {one.sector for one in (*every, *peers)}),
        "region": (region, {one.region for one in (*every, *peers)}),
        "size": (size, {one.size for one in peers}),
    }
    return tuple(
        f"No benchmark and no peer has the {name} “{said[:40]}”; on file: {', '.join(sorted(values - ANY)) or 'none'}."
        for name, (said, values) in known.items()
        if said and said.casefold() not in {value.casefold() for value in values}
    )


def year(one: Benchmark) -> str:
    """The newest data, or the edition where that is all that is known."""
    return one.data_to or one.published or ""


def _latest(rows: Sequence[Benchmark]) -> tuple[Benchmark, ...]:
    by: dict[str, Benchmark] = {}
    for one in rows:
        if one.series not in by or year(one) > year(by[one.series]):
            by[one.series] = one
    return tuple(by.values())


def _pair(ours: Ours, one: Benchmark, today: date) -> Pair:
    better = BETTER.get(ours.metric, "lower")
    old = "stale; " if cmp.stale(one.stale_after, today) else ""
    kind = "share" if ours.share is not None else "median"
    if one.value is None:
        return Pair(ours, one, "not comparable", "the edition's number is not known")
    if one.statistic != kind:
        return Pair(ours, one, "not comparable", f"{old}theirs is a {one.statistic}, ours a {kind}")
    if ours.value is None:
        return Pair(ours, one, "inconclusive", f"{old}{ours.n} of the {LIST_ONLY_BELOW} values that a median needs")
    if ours.share is not None:
        word = cmp.against_share(ours.share, one.value, better)
        return Pair(ours, one, word, f"{old}{'inside' if word == 'inconclusive' else 'outside'} our 95 % interval")
    beyond = sum(age > one.value for age in ours.open)
    test = cmp.against_median(ours.seconds, one.value, better, beyond)
    if test is None:
        return Pair(ours, one, "inconclusive", "too few values")
    return Pair(ours, one, test.word, old + _test(test), test, _place(ours, one))


def _test(test: cmp.Against) -> str:
    """ "lower, but not significant: 6 of 7 below, one-sided sign test p = 0.062"."""
    counted = test.below + test.above
    most = max(test.below, test.above)
    side = {"lower": "below", "higher": "above", "equal": "below"}[test.side]
    p = "p < 0.001" if test.p < 0.001 else f"p = {test.p:.2g}" if test.p < 0.01 else f"p = {test.p:.4f}".rstrip("0")
    said = f"{most:,} of {counted:,} {side}, one-sided sign test {p}"
    return said if test.word != "inconclusive" else f"{test.side}, but not significant: {said}"


def _place(ours: Ours, one: Benchmark) -> str:
    """Where our median lies among published quantiles, with the interval's ends; nothing for a single quantile."""
    span = ours.interval
    if len(one.quantiles) < 2 or ours.value is None:
        return ""
    said = _percent(cmp.place(ours.value, one.quantiles))
    if span is None:
        return said
    low, high = (_percent(cmp.place(edge, one.quantiles)) for edge in span)
    return f"{said} (95 % CI: {low} to {high})" if low != high else said


def _percent(found: cmp.Place) -> str:
    if found.at is not None:
        return f"about P{found.at:.0f}"
    if found.low is None:
        return f"below P{found.high:g}"
    return f"above P{found.low:g}" if found.high is None else f"between P{found.low:g} and P{found.high:g}"


def _peers(ours: dict[str, Ours], rows: Sequence[PeerValue]) -> tuple[PeerRow, ...]:
    """One value a peer and metric, the newest."""
    newest: dict[str, dict[str, PeerValue]] = defaultdict(dict)
    for one in sorted(rows, key=lambda row: row.year):
        newest[one.metric][one.peer] = one
    out = []
    for metric, by in newest.items():
        if metric in ours:
            kind = "share" if ours[metric].share is not None else "median"
            values = [one.value for one in by.values() if one.statistic == kind]
            out.append(PeerRow(ours[metric], len(values), cmp.quartiles(values)))
    return tuple(out)
