"""The comparison as figures and tables."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.models.organisation.benchmarks import Benchmark
from handlers.analysis.comparison import LEAST_PEERS, stale
from handlers.analysis.definitions import ORG, footnote
from handlers.commands.benchmark.work import (
    BETTER,
    BREACH_MONTHS,
    DWELL,
    SHARE,
    Found,
    Inputs,
    Ours,
    Pair,
    PeerRow,
    year,
)
from handlers.core import cells
from handlers.core.book import Book, files
from messages.document import Block, Bullets, Context, Heading, Paragraph, Status, Table, Text, Verdict, spans
from messages.prose import quantity

FACTS = 8
RULE = (
    "red: a measure is worse than a published median beyond chance (one-sided sign test, p < 0.05); amber: one is on "
    "the worse side and it may be chance; green: every comparison is better beyond chance; unknown: nothing comparable "
    "or an input is missing."
)
METHOD = (
    "Compared only where definition, population and statistic match by the file; all else is context. One published "
    "median says above or below, never a percentile; quantiles are interpolated on a log scale and never beyond. Our "
    "interval: exact order statistics. The year is the data's, not the report's. No trend across editions."
)
NONE_PUBLISHED = ("False-positive rate by rule", "Cost per alert")
"""Measures without a public benchmark."""
ACTION = {
    "better": "Keep; claim no rank",
    "worse": "Find where the time goes",
    "inconclusive": "Do not report a difference",
    "not comparable": "Do not put side by side",
}
LINE = {"worse": "metrics soc --performance --trend-analysis"}


def name(metric: str) -> str:
    return "Promises to resolve kept" if metric == SHARE else ORG[metric].name


def value_of(one: Benchmark) -> str:
    if one.value is None:
        return "not known"
    unit, currency = ("money", "USD") if one.unit == "USD" else (one.unit, None)
    return quantity(one.value, unit, currency)


def add_all(book: Book, inputs: Inputs, found: Found) -> None:
    """Own measures that are compared, and how many comparisons came out how."""
    for metric in dict.fromkeys([p.ours.metric for p in found.pairs] + [p.ours.metric for p in found.peers]):
        breaches = metric == DWELL
        own = book.over(None, inputs.breaches.source) if breaches else book.over(inputs.window, inputs.ledger.source)
        _own(own, found.ours[metric])
    ledger = [inputs.ledger.source] if inputs.ledger.ok else []
    told = book.over(None, *ledger, *files(inputs.published, inputs.own, inputs.breaches))
    lost = "" if found.pairs else "there is nothing to compare: our measures or the published numbers are missing"
    for word in ("better", "worse", "inconclusive", "not comparable"):
        number = sum(pair.word == word for pair in found.pairs) if found.pairs else None
        gone = [file for file, got in (("own_benchmarks.yaml", inputs.own), ("breaches.yaml", inputs.breaches))
                if not got.ok]  # fmt: skip
        without = f"without {' and '.join(gone)}, whose comparisons are not counted" if gone else ""
        told.add(f"benchmark.{word.replace(' ', '_')}.count", f"Comparisons: {word}", number, "count",
                 f"Pairs of an own measure and a published number that are {word}.",
                 n=len(found.pairs) or None, note=lost or without)  # fmt: skip
    for pair in found.pairs:
        if pair.test is not None:
            told.add(f"benchmark.{pair.theirs.id}.p", f"{name(pair.ours.metric)} against {pair.theirs.title}, p",
                     pair.test.p, "score", f"One-sided exact sign test against the published median "
                     f"{value_of(pair.theirs)}; {pair.test.below} below, {pair.test.above} above, ties left out; open "
                     "cases count once they are older than it.", n=pair.test.n, statistic="p")  # fmt: skip


def _own(book: Book, ours: Ours) -> None:
    better = BETTER.get(ours.metric, "lower")
    low, high = ours.interval or (None, None)
    note = "" if ours.value is not None else _lacking(ours)
    if ours.share is not None:
        book.add("sla.attainment", "Promises to resolve kept", ours.value, "share", "SLA to resolve: met / (met + "
                 "missed + open past due), cases opened in the window (95 % Wilson interval).", n=ours.n or None,
                 statistic="share", low=low, high=high, better=better, note=note)  # fmt: skip
        return
    told = f"{footnote(ORG[ours.metric], ours.n, len(ours.open))}; median of the {ours.n} finished; 95 % interval by "
    if ours.metric == DWELL:
        gone = f"; {ours.excluded} without it left out" if ours.excluded else ""
        told = (
            f"Confirmed breaches of {BREACH_MONTHS} months, first evidence of compromise→detection{gone}; median; by "
        )
    book.add(f"{ours.metric}.median", f"{name(ours.metric)}, median", ours.value, "seconds",
             f"{told}order statistics.", n=ours.n or None, statistic="median", low=low, high=high, better=better,
             note=note)  # fmt: skip


def _lacking(ours: Ours) -> str:
    """Why a measure of ours has no value."""
    if ours.n:
        return f"{ours.n} values: no statistic"
    if ours.share is not None:
        return "no case could be judged: none has a promise and an outcome"
    return f"on record for no case of the window; {ours.excluded:,} left out" if ours.excluded else "no case on record"


def verdict(inputs: Inputs, found: Found) -> Verdict:
    """Where we are out of line."""
    judged = [pair for pair in found.pairs if pair.word != "not comparable"]
    worse = [pair for pair in judged if pair.word == "worse"]
    unsure = [pair for pair in judged if pair.word == "inconclusive"]
    ready = all(got.ok for got in inputs.compared) and bool(judged)
    leaning = [pair for pair in unsure if pair.test is not None and pair.test.side == "higher"]
    status: Status = "red" if worse else "unknown" if not ready else "amber" if leaning else "green"
    if status == "green" and unsure:
        status = "unknown"
    if not judged:
        text = "Nothing of ours can be compared honestly with what is published."
    else:
        parts = [f"{len(judged)} honest comparison{'s' if len(judged) != 1 else ''}"]
        parts += [f"{sum(p.word == word for p in judged)} {word}" for word in ("worse", "better", "inconclusive")
                  if any(p.word == word for p in judged)]  # fmt: skip
        text = ", ".join(parts) + "."
        lead = worse or unsure or judged
        text += f" {name(lead[0].ours.metric)}: {ours_of(lead[0].ours)} against {value_of(lead[0].theirs)}."
    return Verdict(text=spans(text), status=status, rule=RULE)


def needs(found: Found) -> list[str]:
    """What to act on, and what not to say to the board."""
    out = [
        f"{name(p.ours.metric)} is worse than {p.theirs.title}: {ours_of(p.ours)} against {value_of(p.theirs)} "
        f"({p.why}). Owner: SOC manager."
        for p in found.pairs if p.word == "worse"
    ]  # fmt: skip
    out += [
        f"Do not tell the board that {name(p.ours.metric).lower()} differs from {p.theirs.title}: {p.why}."
        for p in found.pairs if p.word == "inconclusive"
    ]  # fmt: skip
    behind = [row for row in found.peers if _worst_quarter(row)]
    out += [
        f"{name(row.ours.metric)} is in the worst quarter of {row.peers} peers. Owner: SOC manager." for row in behind
    ]
    old = [p.theirs.title for p in found.pairs if stale(p.theirs.stale_after, found.today)]
    out += [f"Out of date, look for a newer edition: {cells.names(sorted(set(old)))}."] if old else []
    return out


def ours_of(ours: Ours) -> str:
    unit = "share" if ours.share is not None else "seconds"
    if ours.value is None:
        return f"{ours.n} values, no median" if ours.n else "none on record"
    return quantity(ours.value, unit)


def _span(ours: Ours) -> str:
    unit = "share" if ours.share is not None else "seconds"
    if ours.interval is None:
        return ""
    return ", 95 % CI " + " to ".join(quantity(edge, unit) for edge in ours.interval)


def blocks(found: Found, context: bool) -> list[Block]:
    """Comparisons, peers, context, and what nobody publishes."""
    out: list[Block] = [Heading(text="Comparison")]
    if found.pairs:
        out += [_table(found.pairs), Context(text=spans(METHOD))]
    else:
        out.append(Paragraph(text=spans("No published number stands beside a measure of ours.")))
    out += _peer_blocks(found.peers)
    out += _context(found, context)
    missing = f"No public benchmark: {', '.join(NONE_PUBLISHED)}."
    return [*out, Bullets(items=(spans(missing),))]


def _table(pairs: Sequence[Pair]) -> Table:
    order = ("worse", "inconclusive", "better", "not comparable")
    labels = ("Metric", "Ours", "Published", "Verdict", "Action")
    return cells.table("Ours and theirs", labels, (_pair(p) for p in sorted(pairs, key=lambda p: order.index(p.word))))


def _pair(pair: Pair) -> tuple[Text, ...]:
    ours = f"{ours_of(pair.ours)} (n = {pair.ours.n:,}{_span(pair.ours)})" if pair.ours.n else ours_of(pair.ours)
    why = pair.why + (f"; {pair.place}" if pair.place else "")
    return cells.row(
        name(pair.ours.metric), ours, f"{value_of(pair.theirs)} {told(pair.theirs)}",
        f"{pair.word}: {cells.shorten(why, 160)}", ACTION[pair.word],
    )  # fmt: skip


def told(one: Benchmark) -> str:
    """Statistic, population, data year and source."""
    when = f"data of {one.data_to}" if one.data_to else "data year not stated"
    n = f", n = {one.n:,}" if one.n else ""
    sure = f"evidence {one.evidence}{'' if one.last_checked else ', never checked'}"
    return f"({one.statistic}; {one.population}{n}; {when}; {one.title}, {sure})"


def _worst_quarter(row: PeerRow) -> bool:
    if row.quartiles is None or row.ours.value is None:
        return False
    low, _, high = row.quartiles
    return row.ours.value < low if row.ours.share is not None else row.ours.value > high


def _peer_blocks(rows: Sequence[PeerRow]) -> list[Block]:
    if not rows:
        return []
    lines = []
    for row in rows:
        unit = "share" if row.ours.share is not None else "seconds"
        quarter = " / ".join(quantity(q, unit) for q in row.quartiles or ())
        shown = quarter or f"withheld: {row.peers} of the {LEAST_PEERS} peers that quartiles need"
        lines.append(cells.row(name(row.ours.metric), ours_of(row.ours), shown, f"{row.peers}", _quarter(row)))
    labels = ("Metric", "Ours", "Quartiles 25 / 50 / 75", ">Peers", "We are")
    return [cells.table("Peers", labels, lines)]


def _quarter(row: PeerRow) -> str:
    if row.quartiles is None or row.ours.value is None:
        return ""
    passed = sum(row.ours.value > edge for edge in row.quartiles)
    rank = 3 - passed if row.ours.share is not None else passed
    return ("in the best quarter", "better than half", "worse than half", "in the worst quarter")[rank]


def _survey(one: Benchmark) -> bool:
    return one.vendor_survey


def _context(found: Found, whole: bool) -> list[Block]:
    """Facts that are context only; the newest of each, or every edition."""
    shown = found.editions if whole else [
        one for one in found.latest
        if one.comparable_with == "context-only" and one.value is not None and not stale(one.stale_after, found.today)
    ]  # fmt: skip
    hidden = [] if whole else [one for one in found.latest if stale(one.stale_after, found.today)]
    left = f"{len(hidden)} facts are stale and not shown; --context shows every edition, marked."
    said: list[Block] = [Context(text=spans(left))] if hidden else []
    rows = (
        sorted(shown, key=lambda one: one.series)
        if whole
        else sorted(sorted(shown, key=year, reverse=True), key=_survey)[:FACTS]
    )
    if not rows:
        return said
    caption = "All editions on file (no trend: samples change)" if whole else "Context only"
    lines = []
    for one in rows:
        marks = ["stale"] if stale(one.stale_after, found.today) else []
        marks += ["vendor's survey"] if one.vendor_survey and "endor" not in one.caveat else []
        marks += ["sample changed"] if one.sample_changed else []
        note = ". ".join([*([", ".join(marks)] if marks else []), *([one.caveat] if one.caveat else [])])
        lines.append(cells.row(one.metric_name, value_of(one), told(one), cells.shorten(note, 120)))
    return [cells.table(caption, ("Fact", ">Value", "What it is", "Mind"), lines, None if whole else len(shown)), *said]
