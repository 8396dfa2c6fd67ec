"""`--vulnerabilities`: by when cloud findings have to be gone, by the shipped table of BOD 26-04."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connectors.models.organisation import Service
from connectors.models.organisation.risk import CoordinatorRow, Exploitation, Remediation, VulnerabilityFacts
from connectors.models.threats import Finding
from handlers.analysis.assets import Assets
from handlers.analysis.remediation import Inputs, Signals, Verdict, coordinated, term
from handlers.commands.incident_prioritize.gather import Sources
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.fetch import rows
from messages.document import Block, Context, Heading, Paragraph, Text, spans

ROWS = 10
METHOD = (
    "BOD 26-04 (CERTCC decision table cisa_bod_26_04 1.0.0): listed in KEV, publicly exposed, automatable, technical "
    "impact. Days count from the day the finding was made. Whether the directive binds you is yours to say; here it is "
    "a yardstick. SSVC: CISA's coordinator table (cisa_coordinator 2.0.3), exploitation as vulnerability_facts.yaml "
    "says, else by the finding's activity (wide, confirmed or zero day: active; available: public poc); mission only "
    "as that file says. Exploitation activity is not the KEV list; EPSS only where that file has it."
)
ACTIVITY: dict[str, Exploitation] = {
    "WIDE": "active", "CONFIRMED": "active", "AVAILABLE": "public poc", "ANTICIPATED": "none", "NO_KNOWN": "none",
}  # fmt: skip
EXPOSED = {"internet": True, "internal": False}


@dataclass(frozen=True, eq=False)
class Due:
    """A finding with what the table says; `by` the strictest due day, None: on upgrade or not datable."""

    finding: Finding
    found: date | None
    inputs: Inputs
    verdict: Verdict
    by: date | None
    facts: VulnerabilityFacts
    services: tuple[Service, ...]

    def overdue(self, today: date) -> bool:
        """Certainly: past even the laxest term."""
        last = self.verdict.laxest.due(self.found) if self.found else None
        return last is not None and last < today


def due(sources: Sources, zone: ZoneInfo) -> tuple[list[Due], int]:
    """Findings with facts on their CVE, earliest due first, and how many have none. Raises ValueError: bad table."""
    table: Sequence[Remediation] = rows(sources.table)
    facts = {one.cve: one for one in rows(sources.vulnerable)}
    assets = Assets(rows(sources.services))
    out, without = [], 0
    for finding in rows(sources.findings):
        if finding.cve is None or finding.cve not in facts:
            without += 1
            continue
        services = tuple(assets.of_resource(finding.resource))
        inputs = _inputs(facts[finding.cve], services)
        said = term(table, inputs)
        made = finding.created_at.astimezone(zone).date() if finding.created_at else None
        by = said.strictest.due(made) if made else None
        out.append(Due(finding, made, inputs, said, by, facts[finding.cve], services))
    return sorted(out, key=lambda one: (one.by or date.max, not one.verdict.certain, one.finding.id)), without


def _inputs(facts: VulnerabilityFacts, services: Sequence[Service]) -> Inputs:
    """Exposure as the facts say, else as all services of the resource agree."""
    exposed = facts.exposed
    if exposed is None and services:
        known = {EXPOSED.get(one.exposure) for one in services}
        exposed = True if True in known else False if known == {False} else None
    return Inputs(facts.kev, exposed, facts.automatable, facts.technical_impact)


@dataclass(frozen=True, eq=False)
class Section:
    """`late`: findings past even the laxest due day, `needs`: what a manager has to do about them."""

    blocks: tuple[Block, ...]
    late: int = 0
    needs: tuple[Text, ...] = ()


def section(book: Book, sources: Sources, now: datetime, zone: ZoneInfo) -> Section:
    """Figures and blocks; what is missing is said instead."""
    head, today = Heading(text="Vulnerabilities by due day"), now.astimezone(zone).date()
    missing = [got for got in (sources.findings, sources.vulnerable, sources.table) if got is None or not got.ok]
    if missing:
        return Section((head, Paragraph(text=spans("No due days: a source of theirs is missing, see the notices."))))
    try:
        found, without = due(sources, zone)
    except ValueError as error:
        return Section((head, Paragraph(text=spans(f"No due days: {error}."))))
    late = [one for one in found if one.overdue(today)]
    book.add("vulnerabilities.overdue", "Findings overdue", len(late), "count",
             f"Findings past even the laxest due day that their known inputs allow. {METHOD}", n=len(found),
             statistic="count")  # fmt: skip
    book.add("vulnerabilities.unjudged", "Findings without inputs", without, "count",
             "Active high or critical findings whose CVE is not in vulnerability_facts.yaml, or that have none.",
             n=len(found) + without)  # fmt: skip
    told = (
        f"{cells.counted(len(late), 'finding')} overdue of {len(found)} whose inputs are kept; {without} more have no "
        "inputs in vulnerability_facts.yaml and no due day."
    )
    said = (
        head,
        Paragraph(text=spans(told)),
        _table(found, today, rows(sources.coordinator)),
        Context(text=spans(METHOD)),
    )
    return Section(said, len(late), (_need(late),) if late else ())


def _need(late: Sequence[Due]) -> Text:
    """The one that is overdue for longest; its owner is that of the service it stands on."""
    first = late[0]
    owner = first.services[0].owner if first.services else "nobody named: no service has this resource"
    more = f", and {len(late) - 1} more" if len(late) > 1 else ""
    return spans(
        f"Vulnerability overdue: {first.finding.cve} on {_where(first)} since {first.by}{more} (owner: {owner})."
    )


def _table(found: Sequence[Due], today: date, table: Sequence[CoordinatorRow]) -> Block:
    lines = []
    for one in found[:ROWS]:
        lines.append(
            cells.row(
                one.finding.cve or "—", _where(one), _yes(one.inputs), one.verdict.words, _by(one, today),
                f"{one.found}" if one.found else None, _decided(one, table), _scores(one),
                cells.names(one.inputs.missing, 4),
            )
        )  # fmt: skip
    labels = (
        "CVE", "Where", "KEV · exposed · automatable · impact", "Term", "Due", "Found", "SSVC",
        "Attack exposure · CVSS · EPSS", "Not known",
    )  # fmt: skip
    return cells.table("Findings by due day", labels, lines, len(found))


def _decided(one: Due, table: Sequence[CoordinatorRow]) -> str:
    """The decision, or the range that what is not known leaves open."""
    told, facts = one.finding, one.facts
    seen = "WIDE" if told.zero_day else told.exploitation.upper()
    signals = Signals(
        facts.exploitation or ACTIVITY.get(seen), facts.automatable, facts.technical_impact, facts.mission
    )
    try:
        calm, urgent = coordinated(table, signals)
    except ValueError:
        return "not known"
    return calm if calm == urgent else f"{calm} to {urgent}"


def _scores(one: Due) -> str:
    found = (one.finding.attack_exposure, one.finding.cvss, one.facts.epss)
    return " · ".join("?" if value is None else f"{value:g}" for value in found)


def _where(one: Due) -> str:
    """The services it stands on, else the resource's own name."""
    resource = cells.shorten(one.finding.resource.rsplit("/", 1)[-1], 40)
    return cells.names([s.name for s in one.services], 2) or resource


def _by(one: Due, today: date) -> str:
    if one.by is None:
        return "no date"
    if one.overdue(today):
        return f"{one.by}, overdue"
    if one.by < today:
        return f"{one.by}, overdue unless the laxer term holds"
    return f"{one.by}" if one.verdict.certain else f"{one.by} at the earliest"


def _yes(inputs: Inputs) -> str:
    words: Mapping[bool | None, str] = {True: "yes", False: "no", None: "?"}
    kept = (words[inputs.kev], words[inputs.exposed], words[inputs.automatable], inputs.technical_impact or "?")
    return " · ".join(kept)
