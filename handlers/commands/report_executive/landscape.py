"""Part 4: who may come for us, how much it concerns us, and whether it was seen here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from connectors.models.alerts import IocMatch, Rule
from handlers.analysis.executive import cases_by_technique
from handlers.analysis.landscape import Threat, named, texts
from handlers.commands import threats
from handlers.commands.report_executive.work import Inputs
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.fetch import rows
from handlers.core.redaction import Redactor
from messages.document import Block, Context, Heading, Notice, Paragraph, Table, Value, spans

T = TypeVar("T")
SHORT, LONG = 3, 15
HEAD = Heading(text="4 Threat landscape")
NO_KEV = (
    "No catalogue of known exploited vulnerabilities (KEV) and no list of peers' incidents is connected: additions to "
    "KEV and incidents at peers are not shown. That is a missing input, not an absence."
)


def items_of(found: threats.Gathered, kind: type[T]) -> tuple[T, ...] | None:
    """What `threats` read of a kind; None when that source did not answer or has none."""
    for got in found.asked:
        items = rows(got)
        if items and isinstance(items[0], kind):
            return items
    return None


def add(book: Book, inputs: Inputs) -> None:
    """How many profiles, threats, and threats seen here."""
    found = inputs.threats
    if found is None:
        return
    own = book.over(None, *(got.source for got in found.asked))
    own.add("profiles.count", "Threat profiles", len(found.profiles), "count", "Active threat profiles.")
    own.add("threats.count", "Threats recommended", len(found.threats), "count",
            "Different actors, malware families, campaigns and reports recommended for the profiles.")  # fmt: skip
    seen = [threat.named for threat in found.threats]
    known = not seen or any(one is not None for one in seen)
    own.add("threats.seen", "Threats named here", sum(one is True for one in seen) if known else None, "count",
            f"Recommended threats whose name stands in an indicator match of the last {threats.DAYS} days or in an "
            "open case's title or tags.",
            note="" if known else "indicator matches and cases did not answer")  # fmt: skip


def blocks(book: Book, inputs: Inputs, redact: Redactor, wide: bool) -> list[Block]:
    """The short form has three threats; the wide one fifteen with parts, techniques and what is not connected."""
    if inputs.profiles is None:
        text = "Not shown: who asks may not read threat intelligence (permission threats.read)."
        return [HEAD, Paragraph(text=spans(text))]
    found = inputs.threats
    if found is None:
        return [HEAD, Paragraph(text=spans("The threat profiles could not be read."))]
    told = spans(
        Value(figure="profiles.count"), " threat profiles, ", Value(figure="threats.count"), " threats recommended, ",
        Value(figure="threats.seen"), " of them named in our telemetry or cases.",
    )  # fmt: skip
    out: list[Block] = [HEAD, Paragraph(text=told)]
    if found.threats:
        out.append(_table(inputs, found, redact, wide))
    if wide:
        out += [Context(text=spans(threats.METHOD)), Notice(level="info", text=spans(NO_KEV))]
    return out


def _table(inputs: Inputs, found: threats.Gathered, redact: Redactor, wide: bool) -> Table:
    kinds = found.threats if wide else [threat for threat in found.threats if threat.sector == 1.0] or found.threats
    rules, alerts = items_of(found, Rule), rows(inputs.alerts)
    cases = cases_by_technique(alerts[0].alerts, rules) if rules is not None and alerts else None
    matched = [texts([match], None) or () for match in items_of(found, IocMatch) or ()]
    most = LONG if wide else SHORT
    lines = []
    for threat in kinds[:most]:
        score = f"{threat.relevance.score:.2f}" if threat.relevance else "not computed"
        row = [
            cells.shorten(redact.known(threat.what.name), 80), threat.what.type, score,
            _seen(threat, matched, cases),
        ]  # fmt: skip
        if wide:
            row += [threats.parts(threat), cells.names(threat.what.techniques, 6), _gap(threat)]
        lines.append(cells.row(*row))
    labels = ["Threat", "Type", ">Relevance", "Seen here?"]
    labels += ["Sector + region + gap + seen", "Techniques", "Not detected"] if wide else []
    return cells.table("Most relevant threats", labels, lines, len(found.threats))


def _seen(threat: Threat, matched: Sequence[tuple[str, ...]], cases: Mapping[str, frozenset[str]] | None) -> str:
    """Named in indicator matches or cases; cases with an alert of its techniques."""
    hits = sum(bool(named(threat.what.name, said)) for said in matched)
    words = "not known" if threat.named is None else "named" if threat.named else "not named"
    if hits:
        words = f"named, {cells.counted(hits, 'indicator match', 'indicator matches')}"
    if cases is None:
        return f"{words}; cases with its techniques not known"
    touched = frozenset[str]().union(*(cases.get(technique, frozenset()) for technique in threat.what.techniques))
    return f"{words}; {cells.counted(len(touched), 'case')} with its techniques"


def _gap(threat: Threat) -> str:
    if threat.undetected is None:
        return "not known"
    return f"{len(threat.undetected)} of {len(threat.what.techniques)}"
