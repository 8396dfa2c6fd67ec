"""`--trend-analysis`: twelve complete periods, whether they move, and whether the last one stands out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.models.alerts import Rule
from connectors.models.organisation import Person
from handlers.analysis import rates
from handlers.analysis.control import MIN_BASELINE, Limits, events, xmr
from handlers.analysis.periods import Period
from handlers.analysis.relation import Relation, relation
from handlers.analysis.scorecard import Rules, plain, same_follow_up
from handlers.analysis.summary import Summary
from handlers.analysis.trend import MIN_PERIODS, Trend, trend
from handlers.core.book import Book, cell
from messages.document import Block, Bullets, Chart, Column, Heading, Paragraph, Series, Table, Text, Value, spans
from messages.prose import duration

PERIODS = 12
ALPHA = 0.05
_ANNOTATIONS = 6


@dataclass(frozen=True, eq=False)
class Line:
    """One metric along the periods, oldest first; `values` in seconds, None where there are too few cases."""

    metric: str
    statistic: str
    values: tuple[float | None, ...]
    numbers: tuple[int, ...]
    trend: Trend
    limits: Limits | None
    seen_by: tuple[str, ...]
    """Charts on which the last period stands out against the ones before it (XmR, EWMA): one event, however many."""


@dataclass(frozen=True, eq=False)
class Trends:
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    volumes: tuple[int, ...]
    volume_limits: Limits | None
    volume_seen_by: tuple[str, ...]
    together: tuple[Relation, ...]
    """Of each line with the cases opened."""


def trends(cases: Any, periods: Sequence[Period], as_of: datetime, rules: Rules) -> Trends:
    """MTTR and MTTA by period (oldest first), every one followed equally long after its end; and cases opened."""
    last = periods[-1].window
    statistic = "mean" if rules.preset == "google" else "median"
    lines = []
    for metric in ("mttr", "mtta"):
        told: list[Summary] = []
        for period in periods:
            until = same_follow_up(period.window, last, as_of)
            told.append(plain(cases, metric, period.window, until, rules).total)
        lines.append(_line(metric, statistic, [getattr(t, statistic) for t in told], [t.n for t in told]))
    volumes = [rates.flow(cases, period.window).arrivals for period in periods]
    limits, seen_by = _judge([float(v) for v in volumes])
    together = tuple(relation([float(v) for v in volumes], line.values) for line in lines)
    return Trends(tuple(periods), tuple(lines), tuple(volumes), limits, seen_by, together)


def _line(metric: str, statistic: str, values: list[float | None], numbers: list[int]) -> Line:
    limits, seen_by = _judge(values)
    return Line(metric, statistic, tuple(values), tuple(numbers), trend(values, "lower"), limits, seen_by)


def _judge(values: Sequence[float | None]) -> tuple[Limits | None, tuple[str, ...]]:
    """Limits of all periods but the last, and the charts on which the last one stands out."""
    before = [v for v in values[:-1] if v is not None]
    last = values[-1]
    if len(before) < MIN_BASELINE or last is None:
        return None, ()
    found = events(before, [last])
    return xmr(before), tuple(dict.fromkeys(chart for event in found for chart in event.seen_by))


def add(book: Book, told: Trends) -> None:
    """`trend.mttr.*` and `trend.mtta.*`: S, z, p, slope per period, n."""
    span = f"{len(told.periods)} complete periods, {told.periods[0].label} to {told.periods[-1].label}"
    for line in told.lines:
        found = line.trend
        note = "" if found.enough else f"{found.n} of the {MIN_PERIODS} periods that a trend needs"
        rule = (
            "Mann–Kendall (S: rising minus falling pairs; Z and two-sided p with ties corrected) and Theil–Sen slope "
            f"per period of the {line.statistic} {line.metric.upper()} over {span}, each followed equally long."
        )
        for name, value in (("s", found.s), ("z", found.z), ("p", found.p)):
            book.add(f"trend.{line.metric}.{name}", f"{line.metric.upper()} trend, {name}", value, "score", rule,
                     n=found.n, statistic=name, note=note)  # fmt: skip
        book.add(
            f"trend.{line.metric}.slope", f"{line.metric.upper()} change per period", found.slope, "seconds",
            rule, n=found.n, statistic="slope", low=found.slope_low, high=found.slope_high, better="lower", note=note,
        )  # fmt: skip
        book.add(f"trend.{line.metric}.n", f"{line.metric.upper()} periods with a value", found.n, "count",
                 f"Periods with at least five finished cases, of {span}.", statistic="n")  # fmt: skip


def add_relations(book: Book, told: Trends) -> None:
    """`trend.mttr.volume_tau` and `trend.mtta.volume_tau`: does the time move with the number of cases?"""
    for line, found in zip(told.lines, told.together, strict=True):
        name = line.metric.upper()
        note = (
            "" if found.p is not None else f"{found.n} of the {MIN_PERIODS} periods that it needs, or one is constant"
        )
        book.add(
            f"trend.{line.metric}.volume_tau", f"{name} with cases opened, tau", found.tau, "score",
            f"Kendall's tau-b of the {line.statistic} {name} and the cases opened by period"
            f"{'' if found.p is None else f', two-sided p = {found.p:.2g}'}: 1 they rise together, −1 against each "
            "other. It does not say why.", n=found.n or None, statistic="tau", note=note,
        )  # fmt: skip


def _moving(line: Line, found: Relation) -> Text:
    name = line.metric.upper()
    if found.tau is None or found.p is None:
        return spans(f"{name} and cases opened: too few periods to say whether they move together.")
    said = "rise and fall together" if found.tau > 0 else "move against each other"
    words = said if found.p < ALPHA else "no evidence that they move together"
    figure = Value(figure=f"trend.{line.metric}.volume_tau")
    return spans(f"{name} and cases opened: {words} (tau ", figure, f", p = {found.p:.2g}, n = {found.n} periods).")


def sentence(line: Line) -> Text:
    """The verdict in the fixed words, with what it rests on."""
    name, found = line.metric.upper(), line.trend
    if not found.enough:
        return spans(f"{name}: {found.verdict}; {found.n} periods have a value and {MIN_PERIODS} are needed.")
    said = (
        f"{name}: {found.verdict} (", Value(figure=f"trend.{line.metric}.slope"), " per period, p = ",
        f"{found.p:.2g}, n = {found.n} periods).",
    )  # fmt: skip
    return spans(*said)


def blocks(told: Trends, notes: Sequence[Text]) -> list[Block]:
    """Verdicts, signals, chart, table, annotations."""
    said = [sentence(line) for line in told.lines]
    said += [_moving(line, found) for line, found in zip(told.lines, told.together, strict=True)]
    out: list[Block] = [Heading(text="Trend"), Bullets(items=tuple(said))]
    if signals := _signals(told):
        out.append(Bullets(items=tuple(signals)))
    out += [_chart(told), _volume_chart(told), _table(told)]
    if notes:
        out += [Paragraph(text=spans("What changed in these periods:")), Bullets(items=tuple(notes))]
    return out


def _signals(told: Trends) -> list[Text]:
    label = told.periods[-1].label
    found = [
        _signal(
            f"{label}: {line.metric.upper()} {line.statistic}", line.values[-1], line.limits, line.seen_by, duration
        )
        for line in told.lines
        if line.seen_by and line.limits is not None
    ]
    if told.volume_seen_by and told.volume_limits is not None:
        what = f"{label}: {told.volumes[-1]:,} cases opened"
        last = float(told.volumes[-1])
        found.append(_signal(what, last, told.volume_limits, told.volume_seen_by, lambda n: f"{n:,.0f}"))
    return found


def _signal(
    what: str, value: float | None, limits: Limits, seen_by: Sequence[str], said: Callable[[float], str]
) -> Text:
    usual = f"{said(max(limits.low, 0))} to {said(limits.high)}"
    if value is not None and limits.low <= value <= limits.high:
        inside = f"the moving average has left its limits, the value itself lies within the usual {usual}"
        return spans(f"{what} stands out on {' and '.join(seen_by)} (one event): {inside}.")
    return spans(f"{what} stands out on {' and '.join(seen_by)} (one event); earlier periods lie within {usual}.")


def _chart(told: Trends) -> Chart:
    def hours(value: float | None) -> float | None:
        return None if value is None else round(value / 3600, 2)

    series = tuple(
        Series(name=f"{line.metric.upper()} {line.statistic}", values=tuple(hours(v) for v in line.values))
        for line in told.lines
    )
    return Chart(
        shape="line", title="Time to resolve and to acknowledge", labels=_labels(told), series=series, y_label="hours"
    )


def _volume_chart(told: Trends) -> Chart:
    series = (Series(name="Cases opened", values=tuple(float(v) for v in told.volumes)),)
    return Chart(shape="bar", title="Cases opened", labels=_labels(told), series=series, y_label="cases")


def _labels(told: Trends) -> tuple[str, ...]:
    return tuple(period.label for period in told.periods)


def _table(told: Trends) -> Table:
    heads = [f"{line.metric.upper()} {line.statistic}" for line in told.lines]
    columns = (Column(label="Period"), *(Column(label=h, align="right") for h in (*heads, "Cases opened")))
    rows = tuple(
        (
            cell(period.label),
            *(cell("too few" if (v := line.values[i]) is None else duration(v)) for line in told.lines),
            cell(f"{told.volumes[i]:,}"),
        )
        for i, period in enumerate(told.periods)
    )
    return Table(caption="By period", columns=columns, rows=rows)


def changes(periods: Sequence[Period], rules: Sequence[Rule] | None, people: Sequence[Person] | None) -> list[Text]:
    """Rule revisions and people who joined or left, by period, latest first: what may explain a change."""
    found = []
    for period in reversed(periods):
        parts = []
        revised = [r for r in rules or () if period.window.holds(r.revised_at)]
        if revised:
            parts.append(f"{len(revised)} rules revised, among them {', '.join(sorted(r.name for r in revised)[:2])}")
        first, last = period.first_day, period.end.date()
        joined = sum(p.start is not None and first <= p.start < last for p in people or ())
        left = sum(p.end is not None and first <= p.end < last for p in people or ())
        parts += [f"{joined} joined"] if joined else []
        parts += [f"{left} left"] if left else []
        if parts:
            found.append(spans(f"{period.label}: {'; '.join(parts)}"))
    more = len(found) - _ANNOTATIONS
    return [
        *found[:_ANNOTATIONS],
        *([spans(f"{more} earlier periods with changes are not listed.")] if more > 0 else []),
    ]
