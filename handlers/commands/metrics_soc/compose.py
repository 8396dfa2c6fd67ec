"""From numbers to the answer: verdict, headline, what needs somebody, sections, small print, buttons."""

from __future__ import annotations

from connectors.models.reading import Window
from handlers.analysis.definitions import Preset
from handlers.analysis.summary import CHANGE_NEEDS
from handlers.commands.metrics_soc import durations, quality, sections, trend
from handlers.commands.metrics_soc.promises import complaints, unpromised
from handlers.commands.metrics_soc.times import Times
from handlers.commands.metrics_soc.work import Numbers, Sources
from handlers.core.book import Book, files, worst
from handlers.core.fetch import rows
from messages.document import (
    Actions,
    Block,
    Button,
    Context,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    Status,
    Value,
    Verdict,
    spans,
)
from messages.prose import instant

JUDGED: dict[Preset, tuple[str, ...]] = {
    "org": ("mttr.km_median", "mtta.median", "sla.attainment"),
    "google": ("mttr.mean", "mtta.mean", "sla.attainment"),
}
STRIP: dict[Preset, tuple[str, ...]] = {
    "org": ("mttr.km_median", "mttr.p90", "mtta.median", "sla.attainment", "fp.share", "flow.net"),
    "google": ("mttr.mean", "mtta.mean", "mttd.mean", "sla.attainment", "fp.share", "flow.net"),
}


def write(book: Book, numbers: Numbers, times: Times, sources: Sources) -> None:
    """Add every figure of the period."""
    label = times.label
    durations.add_all(book, numbers.now, numbers.before, numbers.year, label)
    promised = book.over(times.now, *book.sources, *files(sources.policies))
    lacking = unpromised(numbers, sources)
    quality.add_sla(promised, numbers, label, lacking)
    quality.add_shares(book, numbers.now, numbers.before, label)
    quality.add_mix(book, numbers.mix)
    quality.add_stages(book, numbers.stages, label)
    if numbers.year is not None and not lacking["resolve"]:
        found = numbers.year.resolve.share
        book.over(numbers.year.window).share(
            "sla.last_year.attainment", "SLA to resolve a year before", found, f"As SLA to resolve, {times.year_label}"
        )
    if numbers.trends is not None:
        periods = numbers.trends.periods
        spanned = book.over(Window(periods[0].start, periods[-1].end))
        trend.add(spanned, numbers.trends)
        trend.add_relations(spanned, numbers.trends)
    if numbers.running is not None and times.running is not None:
        running = book.over(times.running.window)
        words = f"{times.running.label}: the period is not over and is in no trend."
        running.add("to_date.opened", "Opened to date", numbers.running_opened, "count", f"Real cases, {words}")
        told = numbers.running.total
        running.add(
            "to_date.mttr.km_median", "MTTR to date, median incl. open", told.km_median, "seconds", f"As MTTR, {words}",
            n=told.n, statistic="km_median", note=durations.note_of("km_median", numbers.running, told, None),
        )  # fmt: skip


def write_hours(book: Book, numbers: Numbers, times: Times, sources: Sources) -> None:
    """Cases per rostered hour and long runs of days, by the roster files as they stand today."""
    rostered = book.over(times.now, *book.sources, *files(sources.people, sources.shifts, sources.absences))
    found, spread = numbers.worked, numbers.now.shares.spread
    cases = int(spread.total) if spread else 0
    rate = cases / found.hours if found and found.hours else None
    note = "the roster, the shifts or the absences are missing" if found is None else ""
    rostered.add(
        "workload.cases_per_hour", "Cases per rostered hour", rate, "per_hour",
        f"Cases closed by people in {times.label} over their hours on shift (roster files as they stand today).",
        n=cases, statistic="mean", note=note or ("" if rate is not None else "nobody was rostered"),
    )  # fmt: skip
    rostered.add(
        "workload.long_runs", "People with more than six days on end", found.long_runs if found else None, "count",
        f"Persons rostered on more than six consecutive days that touch {times.label}.",
        n=found.persons if found else None, note=note,
    )  # fmt: skip


def verdict(book: Book, numbers: Numbers, times: Times, preset: Preset) -> Verdict:
    """Headline figures with the worst colour among those that are judged."""
    time, ack, kept = JUDGED[preset]
    colours = [book.colour(figure) for figure in (time, ack, kept)]
    status: Status = "unknown" if numbers.incomplete and "red" not in colours else worst(colours)
    one = numbers.now.measures["mttr"].total
    found = [
        f"{times.label}: MTTR ", *_said(book, time), f" ({_statistic(time)}, n = {one.n}, {one.open} open), MTTA ",
        *_said(book, ack), ", SLA to resolve ", *_said(book, kept), ".", _change(numbers, times),
    ]  # fmt: skip
    named = ", ".join(f"{figure} {colour}" for figure, colour in zip((time, ack, kept), colours, strict=True))
    rule = (
        f"Worst of {named}: green when its target is met, amber up to the amber edge of targets.yaml (for a share also "
        "while its 95 % interval holds the target), red beyond; unknown when one has no value or no target, or when "
        "cases of the period are missing."
    )
    return Verdict(text=spans(*found), status=status, rule=rule)


def _said(book: Book, figure: str) -> tuple[str | Value, ...]:
    note = book.sheet[figure].note
    if book.sheet[figure].value is None:
        return (f"not available ({note})" if note else "not available",)
    return (Value(figure=figure),)


def _statistic(figure: str) -> str:
    return "Kaplan–Meier median" if figure.endswith("km_median") else figure.rpartition(".")[2]


def _change(numbers: Numbers, times: Times) -> str:
    now, before = numbers.now.measures["mttr"].total, numbers.before
    if before is None:
        return f" No comparison: the ledger does not reach back over {times.before_label}."
    if now.too_few_for_change or before.measures["mttr"].total.too_few_for_change:
        return f" Too few to call a change (fewer than {CHANGE_NEEDS} finished cases in one of the periods)."
    return f" Previous: {times.before_label}."


def headline(preset: Preset) -> KpiStrip:
    """Six figures."""
    return KpiStrip(figures=STRIP[preset])


def notices(numbers: Numbers, sources: Sources, times: Times) -> list[Block]:
    """What the reader must know about the numbers themselves."""
    view = sources.ledger.value
    said = [*numbers.rules.complaints, *complaints(numbers, sources)]
    if view is not None and view.facts.truncated:
        said.append("The case ledger is truncated: cases are missing, so counts are too low.")
    if view is not None and numbers.incomplete and view.facts.complete_from is not None:
        said.append(f"The ledger holds all cases since {instant(view.facts.complete_from)} only: the period is cut.")
    if times.partial:
        said.append(f"{times.period.label} is not over: it is compared with {times.before_label}.")
    if numbers.year is None:
        said.append(f"No comparison with {times.year_label}: the ledger does not hold its cases.")
    if numbers.trends is not None and len(numbers.trends.periods) < len(times.trend):
        said.append(f"{len(numbers.trends.periods)} of {len(times.trend)} trend periods are in the ledger.")
    return [Notice(level="warning", text=spans(text)) for text in said]


def performance(numbers: Numbers, book: Book) -> list[Block]:
    """All sections of `--performance`."""
    blocks = durations.tables(book, numbers.now)
    blocks += [Paragraph(text=spans("At the previous mix of priorities the mean MTTR is ",
                                    Value(figure="mttr.mix_adjusted.mean"),
                                    f" ({book.sheet['mttr.mix_adjusted.mean'].note})."))]  # fmt: skip
    blocks += _strata(book)
    blocks += sections.sla_table(numbers.now.kept)
    blocks += sections.stage_blocks(numbers.stages)
    blocks += sections.quality_blocks(numbers.precision, numbers.precision_total)
    blocks += sections.flow_blocks(numbers.now)
    blocks += sections.workload_blocks()
    return blocks


def _strata(book: Book) -> list[Block]:
    pairs = [
        (f"MTTR median, {name}", f"mttr.{key}.median")
        for key, name in (("manual", "with human work"), ("auto_closed", "closed automatically"))
        if f"mttr.{key}.median" in book.sheet
    ]
    pairs += [
        (f"{metric.upper()} {name}, a year before", f"{metric}.last_year.{key}")
        for metric in ("mttr", "mtta")
        for key, name in (("median", "median"), ("km_median", "median incl. open"))
        if f"{metric}.last_year.{key}" in book.sheet
    ]
    pairs += [("SLA to resolve, a year before", "sla.last_year.attainment")] * (
        "sla.last_year.attainment" in book.sheet
    )
    return [sections.facts(pairs)] if pairs else []


def to_date(book: Book, times: Times) -> list[Block]:
    """The running period, apart from everything else."""
    if times.running is None:
        return []
    return [
        Paragraph(text=spans(f"{times.running.label}: ", Value(figure="to_date.opened"), " opened, MTTR ",
                             *_said(book, "to_date.mttr.km_median"), " (median incl. open)."))
    ]  # fmt: skip


def small_print(times: Times, sources: Sources, preset: Preset, cohort: str) -> Context:
    """Window, cohort, preset, follow-up, source and freshness."""
    view = sources.ledger.value
    parts = [
        f"Period {times.label}: {instant(times.now.start)} to {instant(times.now.end)} (zone {times.period.zone})",
        f"{cohort} cohort, definitions “{preset}”; earlier periods are followed as long after their end as this one",
    ]
    if view is not None:
        parts.append(f"{view.facts.source}, {view.facts.cases:,} cases, {view.facts.events:,} events, as of "
                     f"{instant(view.facts.as_of)}")  # fmt: skip
    return Context(text=spans(". ".join(parts) + "."))


def actions(line: str, preset: Preset, timeframe: str, shown_trend: bool) -> Actions:
    """Refresh, the other view, the other definitions."""
    base = f"metrics soc --timeframe {timeframe}"
    other = "google" if preset == "org" else "org"
    buttons = [Button(label="Refresh", line=line)]
    if not shown_trend:
        buttons.append(Button(label="Trend", line=f"{base} --preset {preset} --trend-analysis"))
    buttons.append(Button(label=f"Definitions: {other}", line=f"{base} --preset {other}"))
    buttons.append(Button(label="Operations now", line="monitor operations"))
    return Actions(buttons=tuple(buttons))


def trend_blocks(numbers: Numbers, sources: Sources) -> list[Block]:
    """The trend section, or why there is none."""
    if numbers.trends is None:
        text = "No trend: the ledger does not hold a complete period."
        return [Heading(text="Trend"), Paragraph(text=spans(text))]
    notes = trend.changes(numbers.trends.periods, rows(sources.rules), rows(sources.people))
    return trend.blocks(numbers.trends, notes)
