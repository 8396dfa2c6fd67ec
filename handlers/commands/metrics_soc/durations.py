"""Figures of the duration metrics: each statistic with its definition, previous period and, in a table, last year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.analysis import slices
from handlers.analysis.definitions import POINTS, footnote
from handlers.analysis.scorecard import METRICS, Measure, Scorecard, YearBefore
from handlers.analysis.summary import CHANGE_NEEDS, LIST_ONLY_BELOW, Summary
from handlers.core.book import Book, cell
from messages.document import Block, Bullets, Column, Context, Heading, Paragraph, Table, Value, spans
from messages.prose import duration

STATISTICS: dict[str, str] = {
    "n": "n",
    "open": "still open",
    "mean": "mean",
    "median": "median",
    "p90": "p90",
    "km_median": "median incl. open (KM)",
    "excluded": "excluded",
}
"""Names of the statistics; `_MEANING` says what each one is."""
_MEANING = (
    "mean, median and p90 (type 7: linear between neighbours) are of the finished cases alone; the median incl. open "
    "is Kaplan–Meier's, an open case counts as at least its age; excluded are tests, merged duplicates, maintenance, "
    "cases without the points of the interval and negative durations; of a single priority or stratum: its cases "
    "among these"
)
COUNTS = frozenset({"n", "open", "excluded"})
SHOWN = ("n", "open", "median", "km_median", "p90", "mean")
TOO_FEW = "too few to call a change"


def add_all(book: Book, now: Scorecard, before: Scorecard | None, year: YearBefore | None, label: str) -> None:
    """Every statistic of every metric, in all and by priority; last year's medians of MTTR and MTTA."""
    for metric in METRICS:
        one = now.measures[metric]
        old = before.measures[metric] if before else None
        for statistic in STATISTICS:
            _add(book, metric, statistic, one, one.total, old.total if old else None, label)
        for priority, part in one.priorities.items():
            earlier = old.priorities.get(priority) if old else None
            for statistic in ("n", "open", "median", "km_median", "p90"):
                _add(book, f"{metric}.{priority}", statistic, one, part, earlier, label)
    if year is not None:
        for metric in ("mttr", "mtta"):
            _last_year(book.over(year.window), metric, year.measures[metric])
    _strata(book, now.measures["mttr"], before.measures["mttr"] if before else None, label)


def add_one(  # noqa: PLR0917 - reads in this order
    book: Book, metric: str, statistic: str, now: Measure, before: Measure | None, label: str
) -> Value:
    """One statistic of one metric, over all priorities."""
    return _add(book, metric, statistic, now, now.total, before.total if before else None, label)


def _last_year(book: Book, metric: str, one: Measure) -> None:
    for statistic in ("median", "km_median"):
        _add(book, f"{metric}.last_year", statistic, one, one.total, None, "the same period last year")


def _strata(book: Book, one: Measure, old: Measure | None, label: str) -> None:
    for key, name in (("True", "auto_closed"), ("False", "manual")):
        part = one.touched.get(key)
        if part is not None:
            earlier = old.touched.get(key) if old else None
            for statistic in ("n", "median", "km_median"):
                _add(book, f"mttr.{name}", statistic, one, part, earlier, label)


def _add(  # noqa: PLR0917 - private, always in this order
    book: Book, prefix: str, statistic: str, one: Measure, now: Summary, before: Summary | None, label: str
) -> Value:
    name = STATISTICS[statistic]
    metric, _, part = prefix.partition(".")
    value = _known(statistic, one, now)
    return book.add(
        f"{prefix}.{statistic}",
        f"{metric.upper() if metric.startswith('mt') else metric.capitalize()}{_of(part)}, {name}",
        value,
        "count" if statistic in COUNTS else "seconds",
        f"{footnote(one.definition, one.total.n, one.total.open)}; {_MEANING}; {_cohort(one)} {label}.",
        n=now.n or None,
        statistic=statistic,
        previous=getattr(before, statistic) if before and value is not None else None,
        better=None if statistic in COUNTS else "lower",
        note=note_of(statistic, one, now, before),
        cases=_behind(prefix, statistic, one),
    )


def _behind(prefix: str, statistic: str, one: Measure) -> list[str] | None:
    """Cases behind the counts of MTTR and MTTA over all priorities."""
    if prefix not in ("mttr", "mtta") or statistic not in ("n", "open"):
        return None
    frame = one.durations.frame
    return slices.ids(frame if statistic == "n" else slices.unfinished(frame))


def _of(part: str) -> str:
    words = {"auto_closed": "closed automatically", "manual": "with human work", "last_year": "a year before"}
    return f" ({words.get(part, part)})" if part else ""


def _cohort(one: Measure) -> str:
    proxies = f"{one.durations.proxies} approximate times; " if one.durations.proxies else ""
    return f"{proxies}cases {one.definition.cohort} in"


def _known(statistic: str, one: Measure, now: Summary) -> float | None:
    """The value; how many are finished or open is not known where a point of the interval is never recorded."""
    unknown = statistic in ("n", "open") and _unrecorded(one, now)
    return None if unknown else getattr(now, statistic)


def _unrecorded(one: Measure, now: Summary) -> bool:
    return now.n == 0 and (one.durations.not_computable or one.durations.unreached) > 0


def note_of(statistic: str, one: Measure, now: Summary, before: Summary | None) -> str:
    if statistic in COUNTS:
        return missing(statistic, one, now) if statistic != "excluded" and _unrecorded(one, now) else ""
    if getattr(now, statistic) is None:
        return missing(statistic, one, now)
    if now.too_few_for_change or (before is not None and before.too_few_for_change):
        return f"{TOO_FEW} (fewer than {CHANGE_NEEDS} finished cases in one of the periods)"
    return ""


def missing(statistic: str, one: Measure, now: Summary) -> str:
    """Why a statistic has no value."""
    start, end = one.durations.not_computable, one.durations.unreached
    if now.n == 0 and (start or end):
        point = one.definition.from_point if start else one.definition.to_point
        return f"not computable: “{POINTS[point]}” is recorded for none of {start + end} cases"
    if now.n == 0:
        return "no case in the period"
    if now.list_only or (statistic != "km_median" and now.finished < LIST_ONLY_BELOW):
        return f"fewer than {LIST_ONLY_BELOW} cases: no statistic"
    if statistic == "km_median" and now.km_beyond is not None:
        return f"median not reached (> {duration(now.km_beyond)})"
    return "not available"


def tables(book: Book, now: Scorecard) -> list[Block]:
    """One table of all metrics, one of MTTR and MTTA by priority, and the footnotes."""
    columns = (Column(label="Metric"), *(Column(label=STATISTICS[s], align="right") for s in SHOWN))
    known = [metric for metric in METRICS if now.measures[metric].total.n > 0]
    rows = tuple((cell(_name(now.measures[m])), *(cell(Value(figure=f"{m}.{s}")) for s in SHOWN)) for m in known)
    blocks: list[Block] = [Heading(text="Durations")]
    if rows:
        blocks.append(Table(caption="Duration metrics", columns=columns, rows=rows))
    blocks += [_by_priority(metric, now.measures[metric].priorities) for metric in ("mttr", "mtta") if metric in known]
    blocks += _listed(now)
    blocks += [_footnote(now.measures[metric]) for metric in METRICS]
    return blocks


def _listed(now: Scorecard) -> list[Block]:
    """Case by case what has too few for a statistic: a metric in all, MTTR and MTTA by priority."""
    lines = []
    for metric in METRICS:
        one = now.measures[metric]
        if one.total.n < LIST_ONLY_BELOW:
            lines += _cases_of(metric.upper() if metric.startswith("mt") else "Dwell", one.durations.frame)
        elif metric in ("mttr", "mtta"):
            few = [priority for priority, part in one.priorities.items() if part.n < LIST_ONLY_BELOW]
            for priority in few:
                lines += _cases_of(f"{metric.upper()}, {priority}", slices.of_priority(one.durations.frame, priority))
    if not lines:
        return []
    said = Paragraph(text=spans(f"Fewer than {LIST_ONLY_BELOW} cases make no statistic; one by one:"))
    return [said, Bullets(items=tuple(spans(line) for line in lines))]


def _cases_of(name: str, frame: Any) -> list[str]:
    told = [
        f"case {row['case_id']} {duration(row['seconds'])}{'' if row['observed'] else ' and open'}"
        for row in frame.sort("seconds", "case_id").iter_rows(named=True)
    ]
    return [f"{name}: {', '.join(told)}."] if told else []


def _name(one: Measure) -> str:
    return f"{one.definition.acronym} ({one.definition.name.lower()})"


def _by_priority(metric: str, priorities: Mapping[str, Summary]) -> Table:
    shown = ("n", "open", "median", "km_median", "p90")
    order = [p for p in ("critical", "high", "medium", "low", "info") if p in priorities]
    rows = tuple(
        (cell(p), *(cell(Value(figure=f"{metric}.{p}.{s}")) for s in shown))
        for p in (*order, *sorted(set(priorities) - set(order)))
    )
    columns = (Column(label="Priority"), *(Column(label=STATISTICS[s], align="right") for s in shown))
    return Table(caption=f"{metric.upper()} by priority", columns=columns, rows=rows)


def _footnote(one: Measure) -> Context:
    text = footnote(one.definition, one.total.n, one.total.open)
    if one.total.n == 0:
        return Context(text=spans(f"{text}: {missing('median', one, one.total)}."))
    d = one.durations
    parts = [
        f"{count} {word}"
        for count, word in (
            (d.tests, "tests or simulations"),
            (d.merged, "merged"),
            (d.maintenance, "maintenance"),
            (d.not_computable, "without a start point"),
            (d.unreached, "closed without reaching the end point"),
            (len(d.negative_ids), "with the end before the start"),
        )
        if count
    ]
    left = f"; left out: {', '.join(parts)}" if parts else ""
    proxies = f"; {d.proxies} approximate times used" if d.proxies else ""
    return Context(text=spans(f"{text}{left}{proxies}."))
