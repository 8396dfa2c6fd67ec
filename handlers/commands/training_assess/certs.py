"""`--certification-tracking`: what runs out, who is behind with points, and whether duties are met."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.models.organisation import Person
from connectors.models.organisation.people import Cert, CertDuty, Certification
from connectors.models.reading import Reading
from handlers.analysis import certificates as ce
from handlers.core import cells
from handlers.core.book import Book
from handlers.core.fetch import Got, fetch, rows
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages.document import Block, Bullets, Context, Heading, Paragraph, Table, Text, Value, spans
from messages.prose import count, quantity

ROWS = 25
HALF_YEAR = timedelta(days=180)
NOTE = (
    "A certificate is not a skill. The last valid day is judged in its holder's own time zone; a renewed certificate "
    "counts once, by the copy that lasts longest. Points are on pace when their share earned is the share of the cycle "
    "that has passed, in months."
)
NO_NAMES = f"{Certification.FILE} could not be read: a copy under another spelling counts as another certificate"
NO_DUTY = f"{Certification.FILE} could not be read: which certificates count is not known"


@dataclass(frozen=True)
class CertInputs:
    certs: Got[Reading[Cert]]
    names: Got[Reading[Certification]]
    duties: Got[Reading[CertDuty]]

    @property
    def all(self) -> tuple[Got[Any], ...]:
        return self.certs, self.names, self.duties


@dataclass(frozen=True)
class Certs:
    """Certificates of people who work here, soonest end first. `duties` None when their file is missing."""

    held: tuple[ce.Held, ...]
    duties: tuple[ce.Duty, ...] | None
    unknown: tuple[str, ...]
    """Names that no spelling on file matches; None of them counts for a duty."""
    named: bool
    """Are the known names on file? Without them spellings do not match: no duty can be judged."""
    gone: int
    """Certificates of persons who are not in the roster or have left: not counted."""

    def of(self, *states: ce.State) -> list[ce.Held]:
        return [one for one in self.held if one.state in states]

    @property
    def behind(self) -> list[ce.Held]:
        return [one for one in self.held if one.behind]

    @property
    def unmet(self) -> list[ce.Duty]:
        return [one for one in self.duties or () if self.named and not one.met]

    @property
    def due(self) -> list[ce.Held]:
        return ce.renewals(self.held, HALF_YEAR)


async def gather(soc: Soc) -> CertInputs:
    """The three files at once."""
    files = soc.organisation
    return CertInputs(
        *await asyncio.gather(
            fetch("Certifications", files.read(Cert)),
            fetch("Certification names", files.read(Certification)),
            fetch("Certification duties", files.read(CertDuty)),
        )
    )


def certs(inputs: CertInputs, people: Sequence[Person] | None, now: datetime, zone: str) -> Certs | None:
    """None without the certificates; `people` None: the roster is unknown and everybody counts, in the team's zone."""
    if not inputs.certs.ok:
        return None
    default = now.astimezone(ZoneInfo(zone)).date()
    today = {one.id: now.astimezone(_zone(one.zone, zone)).date() for one in people or ()}
    kept = [one for one in rows(inputs.certs) if people is None or one.person in today]
    names = ce.Names(rows(inputs.names))
    held = tuple(ce.current(ce.judge(kept, names, today, default)))
    unknown = tuple(sorted({one.name for one in held if not one.known})) if inputs.names.ok else ()
    duties = tuple(ce.duties(rows(inputs.duties), held, names)) if inputs.duties.ok else None
    return Certs(held, duties, unknown, inputs.names.ok, len(rows(inputs.certs)) - len(kept))


def _zone(name: str, default: str) -> ZoneInfo:
    """The person's zone; the doctor tells of one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(default)


def add_figures(book: Book, found: Certs) -> None:
    """`certs.*`."""
    everyone = "Certificates of people who work here, one a person and name,"
    total = len(found.held)
    for name, label, number, words in (
        ("certs.expired.count", "Certificates expired", len(found.of("expired")), "whose last valid day is over."),
        ("certs.due_30.count", "Expire in 30 days", len(found.of("30")), "that end in 0 to 30 days."),
        ("certs.due_90.count", "Expire in 31–90 days", len(found.of("90")), "that end in 31 to 90 days."),
        ("certs.due_180.count", "Expire in 91–180 days", len(found.of("180")), "that end in 91 to 180 days."),
        ("certs.behind.count", "Behind with points", len(found.behind),
         "whose share of points earned is under the share of the cycle that has passed."),
    ):  # fmt: skip
        book.add(name, label, number, "count", f"{everyone} {words}", n=total, better="lower",
                 note="" if found.named else NO_NAMES)  # fmt: skip
    if found.duties is not None:
        book.add("certs.duty.unmet.count", "Duties not met", len(found.unmet) if found.named else None, "count",
                 "Contracts and rules on file that ask for more valid holders than there are today.",
                 n=len(found.duties), better="lower", note="" if found.named else NO_DUTY)  # fmt: skip
    costs = ce.by_currency((one.cert.renewal_cost, one.cert.currency) for one in found.due)
    if len(costs) == 1:
        (currency, cost), *_ = costs.items()
        book.add("certs.renewal.cost", "Renewals in 180 days", cost, "money",
                 "Renewal cost on file of certificates that have expired or will within 180 days.",
                 n=len(found.due), statistic="sum", currency=currency)  # fmt: skip


def needs(found: Certs, called: Mapping[str, str]) -> list[Text]:
    """Gravest first; `called` says what an owner is called."""
    out: list[Text] = []
    for one in found.unmet:
        duty = one.duty
        out.append(spans(
            f"{cells.shorten(duty.statement, 80)} ({cells.shorten(duty.source, 60)}): {one.now} of {duty.people} "
            f"certified people (owner: {_called(duty.owner, called)})."
        ))  # fmt: skip
    if gone := found.of("expired"):
        what = cells.names(sorted({cells.shorten(one.name, 60) for one in gone}), 3)
        figure = Value(figure="certs.expired.count")
        out.append(spans("Expired: ", figure, f" — {what} (owner: {_owners(gone, called)})."))
    if soon := found.of("30", "90"):
        what = cells.names(sorted({cells.shorten(one.name, 60) for one in soon}), 3)
        first = soon[0].days or 0
        out.append(spans(f"Renew within 90 days: {len(soon)} — {what}; the first in {first} d "
                         f"(owner: {_owners(soon, called)})."))  # fmt: skip
    if behind := found.behind:
        short = sum(one.pace.behind for one in behind if one.pace is not None)
        told = f" behind with points, {count(round(short))} in all (owner: {_owners(behind, called)})."
        out.append(spans(Value(figure="certs.behind.count"), told))
    for one in (d for d in found.duties or () if found.named and d.at_risk):
        told = f"{cells.shorten(one.duty.statement, 80)}: met today, {one.soon} of {one.duty.people} in 90 days "
        out.append(spans(f"{told}unless renewed (owner: {_called(one.duty.owner, called)})."))
    return out


def _owners(held: Sequence[ce.Held], called: Mapping[str, str]) -> str:
    return cells.names(sorted({_called(one.cert.owner, called) for one in held}), 3)


def _called(owner: str, called: Mapping[str, str]) -> str:
    return cells.shorten(called.get(owner, owner), 40)


def blocks(
    found: Certs | None, sheet: Sheet, named: Mapping[str, str] | None, called: Mapping[str, str]
) -> list[Block]:
    """The section; `named` given: one row a certificate, else counts by certification."""
    head = Heading(text="Certifications")
    if found is None:
        return [head, Paragraph(text=spans("No certification can be tracked: the certificates could not be read."))]
    if not found.held:
        return [head, Paragraph(text=spans("No certificate is on file for anybody who works here."))]
    out: list[Block] = [head, _by_name(found, named, called) if named is not None else _counts(found)]
    if found.duties and found.named:
        out.append(Bullets(items=tuple(_duty(one) for one in found.duties)))
    told = [NOTE] if found.named else [NOTE, f"Duties are not judged: {NO_DUTY}."]
    if "certs.renewal.cost" not in sheet and found.due:
        costs = ce.by_currency((one.cert.renewal_cost, one.cert.currency) for one in found.due)
        sums = ", ".join(quantity(cost, "money", currency) for currency, cost in costs.items())
        told.append(f"Renewals in 180 days, by currency and not added: {sums or 'no cost on file'}.")
    return [*out, Context(text=spans(" ".join(told)))]


def _duty(one: ce.Duty) -> Text:
    state = "not met" if not one.met else "met, at risk in 90 days" if one.at_risk else "met"
    what = f"{cells.shorten(one.duty.statement, 80)} ({cells.shorten(one.duty.source, 60)})"
    return spans(f"{what}: {state}, {one.now} of {one.duty.people} people.")


def _counts(found: Certs) -> Table:
    """One row a certification, without persons."""
    names = sorted({one.name for one in found.held})
    lines = []
    for name in names:
        mine = [one for one in found.held if one.name == name]
        states = [sum(one.state == state for one in mine) for state in ("expired", "30", "90", "180")]
        valid = f"{sum(one.state != 'expired' for one in mine)}"
        known = "" if mine[0].known or not found.named else " (not a known name)"
        lines.append(cells.row(f"{cells.shorten(name, 60)}{known}", valid, *(f"{n}" for n in states),
                               f"{sum(one.behind for one in mine)}"))  # fmt: skip
    labels = ("Certification", ">Valid", ">Expired", ">≤ 30 d", ">31–90 d", ">91–180 d", ">Behind with points")
    return cells.table("Certificates by certification", labels, lines[:ROWS], len(lines))


def _by_name(found: Certs, named: Mapping[str, str], called: Mapping[str, str]) -> Table:
    """One row a certificate that has ended, ends within 180 days or is behind."""
    pressing = [one for one in found.held if one.behind or one.state in ("expired", "30", "90", "180")]
    lines = []
    for one in pressing[:ROWS]:
        cert = one.cert
        cost = None if cert.renewal_cost is None else quantity(cert.renewal_cost, "money", cert.currency)
        lines.append(cells.row(
            named.get(cert.person, cert.person), cells.shorten(one.name, 60), f"{cert.expires or ''}",
            None if one.days is None else f"{one.days} d", _points(one), cost, _called(cert.owner, called),
        ))  # fmt: skip
    labels = ("Holder", "Certification", "Last valid day", ">Left", "Points", ">Renewal", "Owner")
    return cells.table("Certificates expired, ending within 180 days or behind", labels, lines, len(pressing))


def _points(one: ce.Held) -> str | None:
    if one.pace is None:
        return None
    earned, needed = one.cert.cpe_earned or 0.0, one.cert.cpe_needed or 0.0
    behind = f", behind by {count(round(one.pace.behind))}" if one.behind else ", on pace"
    return f"{count(earned)} of {count(needed)} ({one.pace.done:.2f} at {one.pace.elapsed:.2f} of the cycle{behind})"
