"""Figures and blocks of load, the unusual and threats."""

from __future__ import annotations

from datetime import datetime

from connectors.models.alerts import AlertView
from connectors.models.reading import Window
from handlers.analysis.unusual import Silence
from handlers.analysis.unusual_days import Day
from handlers.commands.metrics_soc.sections import facts
from handlers.commands.monitor_operations.around import WEEKS, Staffed, Threats, Unusual
from handlers.commands.monitor_operations.gather import Sources
from handlers.core.book import Book, cell, files
from handlers.core.fetch import rows
from messages.document import (
    Block,
    Bullets,
    Chart,
    Column,
    Heading,
    Moment,
    Paragraph,
    Series,
    Table,
    Text,
    Value,
    spans,
)
from messages.prose import count, duration

SHOWN = 5
LONGEST_BAR = 15
DAY_WORDS = {"alerts": "Alerts", "iocs": "Indicator matches"}


def add_load(book: Book, staff: Staffed, open_cases: int | None, leave: bool) -> None:
    """`load.*`; `leave`: absences are known."""
    why = staff.why
    away = "" if leave else "absences.yaml is missing: counted as if nobody were away"
    book.add("load.heads", "On shift now", staff.heads, "count",
             f"Persons on a shift now{', absences left out' if leave else ''}.",
             note=why if staff.heads is None else away)  # fmt: skip
    per_head = open_cases / staff.heads if open_cases is not None and staff.heads else None
    note = why or ("nobody is on shift" if staff.heads == 0 else "")
    book.add("load.wip_per_head", "Open cases per person on shift", per_head, "ratio",
             "Open real cases over persons on shift now, whoever owns the cases: people off shift own some of them.",
             note="" if per_head is not None else note or "the queue is missing")  # fmt: skip
    rule = (
        f"ρ = λ·AHT/(heads·60), AHT {count(round(staff.minutes, 1))} min ({staff.basis})"
        if staff.minutes
        else "ρ = λ·AHT/(heads·60)"
    )
    found = staff.load
    book.add("load.rho", "Load on shift", found.load if found else None, "share", f"{rule}.", statistic="share",
             note=note if found is None or found.load is None else "", better="lower")  # fmt: skip
    hours = found.clearing_hours if found else None
    note = note or ("the backlog will not clear at this load" if found and hours is None else "")
    book.add("load.clearing", "Backlog clears in", hours, "hours", "Open cases / (capacity − arrivals per hour).",
             note="" if hours is not None else note)  # fmt: skip


def load_blocks(staff: Staffed) -> list[Block]:
    """Section 4."""
    blocks: list[Block] = [Heading(text="Load")]
    if staff.why:
        blocks.append(Paragraph(text=spans(f"Load is not computable: {staff.why}.")))
    if staff.heads is not None:
        tiers = ", ".join(f"{n} of tier {tier}" for tier, n in staff.tiers) or "nobody"
        blocks.append(Paragraph(text=spans("On shift: ", Value(figure="load.heads"), f" ({tiers}).")))
        blocks.append(
            facts(
                [
                    ("Open cases per person on shift", "load.wip_per_head"),
                    ("Load ρ", "load.rho"),
                    ("Backlog clears in", "load.clearing"),
                ]
            )
        )
    if staff.load is not None and not staff.load.will_clear:
        blocks.append(Paragraph(text=spans("The backlog will not clear: arrivals take all of the capacity on shift.")))
    return blocks


def add_unusual(book: Book, found: Unusual, sources: Sources, now: datetime, window: Window) -> None:
    """`alerts.total`, feed age, unusual volumes, silences."""
    view: AlertView | None = rows(sources.alerts)[0] if rows(sources.alerts) else None
    alerts = book.over(window, *([sources.alerts.source] if sources.alerts else []))
    missing = "" if view else "the SIEM's alerts are missing"
    alerts.add("alerts.total", "Alerts", view.total if view else None, "count",
               "All alerts of the window, closed ones included, as the SIEM counts them.", note=missing)  # fmt: skip
    used = [got.source for got in (sources.activity, sources.alerts) if got is not None]
    told = book.over(None, *used, *files(sources.feeds))
    age = (now - found.newest).total_seconds() if found.newest else None
    told.add("alerts.feed_age", "Newest alert", age, "seconds", "Time since the newest alert or detection.",
             statistic="min", note="" if age is not None else "no alert is known: the feed may be broken")  # fmt: skip
    volumes = None if found.volumes is None else len(found.volumes)
    told.add("rules.unusual", "Rules out of the ordinary", volumes, "count",
             f"Rules whose count of the last hour is outside median ± 3 · 1.4826 · MAD of that hour in {WEEKS} weeks.",
             note="" if volumes is not None else "the rule history is missing or cut")  # fmt: skip
    quiet = None if found.silences is None else len(found.silences)
    told.add("rules.silent", "Silent sources", quiet, "count",
             "Log sources and busy rules without an event for more than three times their usual gap.",
             note=_blind(sources) if quiet is not None else "neither rule history nor log sources are there",
             )  # fmt: skip
    kept = book.over(None, *([sources.daily.source] if sources.daily else []))
    for day in found.days:
        name = DAY_WORDS[day.kind]
        kept.add(f"{day.kind}.day", f"{name} on {day.day}", day.count, "count",
                 f"{name} of that whole day (UTC) as the source counted them; out of the ordinary outside "
                 f"median ± 3 · 1.4826 · MAD of {day.n} earlier {_alike(day)}.", n=day.n + 1)  # fmt: skip


def _blind(sources: Sources) -> str:
    """Whose silence could not be judged."""
    feeds = sources.feeds is not None and sources.feeds.ok
    return "" if feeds else "busy rules alone: log_sources.yaml is missing, so no log source was judged"


def _alike(day: Day) -> str:
    return "weekend days" if day.day.weekday() >= 5 else "working days"


def _day_line(day: Day) -> Text:
    said = "outside" if day.unusual else "within"
    return spans(
        f"{DAY_WORDS[day.kind]} on {day.day}: ", Value(figure=f"{day.kind}.day"),
        f", {said} the usual {day.low:,.0f} to {day.high:,.0f} "
        f"(robust z {day.z:+.1f}, n = {day.n} earlier {_alike(day)})",
    )  # fmt: skip


def unusual_blocks(found: Unusual) -> list[Block]:
    """Section 5: silence first."""
    blocks: list[Block] = [Heading(text="Unusual")]
    pairs = [("Alerts", "alerts.total"), ("Newest alert", "alerts.feed_age"),
             ("Rules out of the ordinary", "rules.unusual"), ("Silent", "rules.silent")]  # fmt: skip
    blocks.append(facts(pairs))
    lines: list[Text] = [silence_line(s) for s in (found.silences or ())[:SHOWN]]
    lines += [
        spans(
            f"{v.key}: {v.count:,} in the last hour, usual {v.low:,.0f} to {v.high:,.0f} ({v.weeks} weeks, same hour)"
        )
        for v in (found.volumes or ())[:SHOWN]
    ]
    lines += [_day_line(day) for day in found.days]
    hidden = max(len(found.silences or ()) - SHOWN, 0) + max(len(found.volumes or ()) - SHOWN, 0)
    lines += [spans(f"{hidden} more are not listed.")] if hidden else []
    if lines:
        blocks.append(Bullets(items=tuple(lines)))
    if found.noisy:
        blocks.append(_noisy(found.noisy))
    return blocks


def silence_line(silence: Silence) -> Text:
    """A silence in words."""
    quiet, usual = duration(silence.quiet), duration(silence.usual)
    return spans(f"Silent: {silence.key}, nothing for {quiet} (usual gap {usual}), last ", Moment(at=silence.last_at))


def _noisy(noisy: tuple[tuple[str, int], ...]) -> Chart:
    return Chart(
        shape="bar",
        title="Noisiest rules",
        labels=tuple(rule[:40] for rule, _ in noisy[:LONGEST_BAR]),
        series=(Series(name="Alerts", values=tuple(float(n) for _, n in noisy[:LONGEST_BAR])),),
        y_label="alerts",
    )


def add_threats(book: Book, found: Threats, sources: Sources, window: Window) -> None:
    """Critical alerts without a case, indicator matches."""
    alerts = book.over(window, *([sources.alerts.source] if sources.alerts else []))
    n = None if found.uncased is None else len(found.uncased)
    cut = "the list was cut: at least" if sources.alerts and sources.alerts.source.truncated else ""
    alerts.add("alerts.uncased_critical", "Critical alerts without a case", n, "count",
               "Alerts of the window with critical severity or priority, not closed, that no case took.",
               note="the SIEM's alerts are missing" if n is None else cut)  # fmt: skip
    iocs = book.over(window, *([sources.iocs.source] if sources.iocs else []))
    missing = "" if found.matches is not None else "the SIEM's indicator matches are missing"
    iocs.add("ioc.matches", "Indicator matches", found.matches, "count",
             "Indicators seen in the telemetry in the window.", note=missing)  # fmt: skip
    for name, label, rows_, what in (
        ("crown_jewels", "Matches on crown jewels", found.jewels, "an asset of a crown-jewel service"),
        ("open_cases", "Matches on machines of open cases", found.in_cases, "a machine named in an open case's title"),
    ):
        known = None if rows_ is None else len({match.value for match, _ in rows_})
        iocs.add(f"ioc.{name}", label, known, "count", f"Matched indicators seen on {what}.",
                 note="" if known is not None else missing or "what it is compared with is missing")  # fmt: skip


def threat_blocks(found: Threats) -> list[Block]:
    """Section 6."""
    pairs = [("Critical alerts without a case", "alerts.uncased_critical"), ("Indicator matches", "ioc.matches"),
             ("on crown jewels", "ioc.crown_jewels"), ("on machines of open cases", "ioc.open_cases")]  # fmt: skip
    blocks: list[Block] = [Heading(text="Threats now"), facts(pairs)]
    if found.uncased:
        columns = (Column(label="Alert"), Column(label="Rule"), Column(label="Created"), Column(label="Machines"))
        lines = tuple(
            (cell(a.id), cell(a.rule), (Moment(at=a.created_at),), cell(", ".join(a.hosts[:3]) or "unknown"))
            for a in found.uncased[:SHOWN]
        )
        table = Table(caption="Critical alerts without a case", columns=columns, rows=lines, total=len(found.uncased))
        blocks.append(table)
    lines_: list[Text] = [
        spans(f"{m.type} {m.value} on {', '.join(m.assets[:3])}: {', '.join(s.name for s in services)}")
        for m, services in (found.jewels or ())[:SHOWN]
    ]
    lines_ += [
        spans(f"{m.type} {m.value} on {', '.join(m.assets[:3])}: named in open case {case.id}")
        for m, case in (found.in_cases or ())[:SHOWN]
    ]
    hidden = max(len(found.jewels or ()) - SHOWN, 0) + max(len(found.in_cases or ()) - SHOWN, 0)
    lines_ += [spans(f"{hidden} more are not listed.")] if hidden else []
    return [*blocks, *([Bullets(items=tuple(lines_))] if lines_ else [])]
