"""A desk for tests of commands: in-memory twins of the backend ports, with settable data and failures.

`soc = fake_soc(cases=FakeDesk([case("101", priority="critical")]))`, then `await ask(COMMAND, "case list", soc)`.
Every twin has `fail`: a BackendError that it raises instead of answering, and keeps what was asked in `asked`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from connectors.clock import FixedClock
from connectors.errors import Absent, BackendError, NotConfigured
from connectors.ledger.events import EventFrame
from connectors.memory import MemoryState
from connectors.memory.store import MemoryStore
from connectors.models.alerts import Alert, AlertView, IocMatch, Rule, RuleActivity
from connectors.models.cases import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    Case,
    CaseDetail,
    CaseEvent,
    CaseOrigin,
    CaseSummary,
    LedgerFacts,
    WallRecord,
)
from connectors.models.organisation import FILES, Record
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.models.threats import Finding, Recommendation, ThreatProfile
from connectors.models.volumes import DailyVolume
from connectors.ports import LedgerView
from handlers.core.access import Access, AccessFile
from handlers.core.call import Address, Authorised, Identity
from handlers.core.command import Command, Reply
from handlers.core.parser import parse
from handlers.core.registry import Registry
from handlers.core.soc import Soc
from handlers.crisis.store import CrisisStore
from messages.document import Document, Table

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""Sunday, 22 November 2026, 10:00 in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")

R = TypeVar("R", bound=Record)


def ago(**lapse: float) -> datetime:
    """An instant before NOW: `ago(hours=3)`."""
    return NOW - timedelta(**lapse)


def case(case_id: str, **fields: Any) -> Case:
    """An open, unowned, medium case of an hour ago unless told otherwise."""
    given: dict[str, Any] = {
        "title": f"Case {case_id}",
        "priority": "medium",
        "status": "opened",
        "stage": "Triage",
        "created_at": ago(hours=1),
    } | fields
    given.setdefault("updated_at", given["created_at"])
    return Case(id=case_id, **given)


def alert(alert_id: str, **fields: Any) -> Alert:
    """A medium open alert of ten minutes ago unless told otherwise."""
    given: dict[str, Any] = {
        "rule": "impossible_travel",
        "rule_id": "ru_1",
        "severity": "medium",
        "priority": "medium",
        "status": "OPEN",
        "verdict": "",
        "created_at": ago(minutes=10),
    } | fields
    return Alert(id=alert_id, **given)


def ioc(value: str, **fields: Any) -> IocMatch:
    """A domain seen an hour ago unless told otherwise."""
    given: dict[str, Any] = {
        "type": "DOMAIN",
        "sources": ("Feed A",),
        "categories": (),
        "assets": (),
        "first_seen_at": ago(hours=2),
        "last_seen_at": ago(hours=1),
        "ingested_at": ago(hours=1),
    } | fields
    return IocMatch(value=value, **given)


@dataclass
class FakeDesk:
    """CaseDesk. `details` by case id; writes are kept in `written` and answered with `write`."""

    open: Sequence[Case] = ()
    details: dict[str, CaseDetail] = field(default_factory=dict)
    events: Sequence[CaseEvent] = ()
    sources: Sequence[CaseOrigin] = ()
    told: CaseSummary = field(default_factory=lambda: CaseSummary("SUCCESSFUL", "Summary."))
    write: Written = field(default_factory=lambda: Written(True, "w-1"))
    total: int | None = None
    truncated: bool = False
    fail: BackendError | None = None
    written: list[tuple[str, str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    source: str = "Chronicle cases"

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.fail is not None:
            raise self.fail

    async def ping(self) -> Ping:
        return Ping(self.source, self.fail is None, str(self.fail or ""))

    async def open_cases(self) -> Reading[Case]:
        self._ask("open")
        items = tuple(c for c in self.open if c.is_open)
        return Reading(items, self.source, NOW, total=self.total or len(items), truncated=self.truncated)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        self._ask("cases")
        items = tuple(c for c in self.open if window.holds(c.created_at))
        yield Reading(items, self.source, NOW, window, total=len(items))

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        self._ask("history")
        items = tuple(e for e in self.events if window.holds(e.at))
        yield Reading(items, "Chronicle case history", NOW, window)

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        self._ask("origins")
        created = {c.id: c.created_at for c in self.open}
        items = tuple(o for o in self.sources if window.holds(created.get(o.case_id)))
        yield Reading(items, "Chronicle case alerts", NOW, window)

    async def case(self, case_id: str) -> CaseDetail:
        self._ask(f"case {case_id}")
        if case_id in self.details:
            return self.details[case_id]
        for known in self.open:
            if known.id == case_id:
                return CaseDetail(known, (), (), ())
        raise Absent("Case desk", f"has no case {case_id}")

    async def comment(self, case_id: str, text: str) -> Written:
        self._ask(f"comment {case_id}")
        self.written.append(("comment", case_id, text))
        detail = await self.case(case_id)
        line = WallRecord(NOW, "COMMENT", "bot", text)
        self.details[case_id] = CaseDetail(
            detail.case, detail.alerts, (*(detail.comments or ()), line), (*(detail.wall or ()), line), detail.notices
        )
        return self.write

    async def change_priority(self, case_id: str, priority: str) -> Written:
        self._ask(f"priority {case_id}")
        self.written.append(("priority", case_id, priority))
        return self.write

    async def summary(self, case_id: str) -> CaseSummary:
        self._ask(f"summary {case_id}")
        return self.told


@dataclass
class FakeFeed:
    """AlertFeed. `total` above the number given means the SIEM cut its answer."""

    items: Sequence[Alert] = ()
    matches: Sequence[IocMatch] = ()
    activity: Sequence[RuleActivity] = ()
    known_rules: Sequence[Rule] = ()
    total: int | None = None
    fail: BackendError | None = None
    fail_only: frozenset[str] = frozenset()
    """When set, `fail` is raised by these methods alone: alerts, ioc_matches, rules, rule_activity."""
    asked: list[str] = field(default_factory=list)
    source: str = "SIEM alerts"

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.fail is not None and (not self.fail_only or what in self.fail_only):
            raise self.fail

    async def ping(self) -> Ping:
        return Ping(self.source, self.fail is None, str(self.fail or ""))

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        self._ask("alerts")
        inside = [a for a in self.items if window.holds(a.created_at) and (closed or a.status != "CLOSED")]
        total = len(inside) if self.total is None else self.total
        rules: dict[str, int] = {}
        for item in inside:
            rules[item.rule] = rules.get(item.rule, 0) + 1
        per_rule = tuple(sorted(rules.items(), key=lambda kv: (-kv[1], kv[0])))
        view = AlertView(tuple(inside[:limit]), total, total, per_rule)
        cut = total > len(view.alerts)
        return Reading((view,), self.source, NOW, window, total=total, truncated=cut)

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        self._ask("ioc_matches")
        inside = tuple(m for m in self.matches if window.holds(m.last_seen_at))
        return Reading(
            inside[:limit], "SIEM IOC matches", NOW, window, total=len(inside), truncated=len(inside) > limit
        )

    async def rules(self) -> Reading[Rule]:
        self._ask("rules")
        return Reading(tuple(self.known_rules), "SIEM rules", NOW)

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        self._ask("rule_activity")
        found = []
        for row in self.activity:
            times = tuple(t for t in row.times if window.holds(t))
            found.append(RuleActivity(row.rule, len(times) if row.times else row.count, row.last_at, times))
        return Reading(tuple(found), "SIEM rule alerts", NOW, window)


@dataclass
class FakeIntel:
    """ThreatIntel. `advice` is recommendations by profile id."""

    known: Sequence[ThreatProfile] = ()
    advice: Mapping[str, Sequence[Recommendation]] = field(default_factory=dict)
    fail: BackendError | None = None

    async def ping(self) -> Ping:
        return Ping("Threat intelligence", self.fail is None, str(self.fail or ""))

    async def profiles(self) -> Reading[ThreatProfile]:
        if self.fail is not None:
            raise self.fail
        return Reading(tuple(self.known), "GTI", NOW)

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]:
        if self.fail is not None:
            raise self.fail
        return Reading(tuple(self.advice.get(profile_id, ())), "GTI", NOW)


@dataclass
class FakePosture:
    """CloudPosture."""

    known: Sequence[Finding] = ()
    fail: BackendError | None = None

    async def ping(self) -> Ping:
        return Ping("Cloud posture", self.fail is None, str(self.fail or ""))

    async def findings(self) -> Reading[Finding]:
        if self.fail is not None:
            raise self.fail
        return Reading(tuple(self.known), "SCC", NOW, total=len(self.known))


class FakeOrganisation:
    """Organisation: `FakeOrganisation(SlaPolicy(...), Person(...))`; a kind without records is a missing file."""

    def __init__(self, *records: Record, fail: BackendError | None = None) -> None:
        self.fail = fail
        self._records: dict[type[Record], list[Record]] = {}
        for record in records:
            self._records.setdefault(type(record), []).append(record)

    async def ping(self) -> Ping:
        return Ping("Organisation", self.fail is None, str(self.fail or ""))

    async def read(self, record: type[R]) -> Reading[R]:
        if self.fail is not None:
            raise self.fail
        if record not in self._records:
            raise NotConfigured("Organisation files", f"lack {FILES[record]}")
        items = tuple(row for row in self._records[record] if isinstance(row, record))
        return Reading(items, FILES[record], NOW)


_DTYPES: dict[str, Any] = {"str": pl.String, "int": pl.Int64, "bool": pl.Boolean, "datetime": pl.Datetime("us", "UTC")}


def _schema(columns: Mapping[str, str]) -> dict[str, Any]:
    kinds = {name: text.replace("[", " ").replace(":", " ").split()[0] for name, text in columns.items()}
    return {name: _DTYPES[kind] for name, kind in kinds.items()}


def case_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Ledger cases: each row names what it cares about; the rest is a real, open, medium case without history."""
    blank: dict[str, Any] = dict.fromkeys(CASE_COLUMNS) | {
        "title": "Case",
        "environment": "Default",
        "type": "real",
        "status": "opened",
        "stage": "Triage",
        "priority": "medium",
        "closed_is_proxy": False,
        "reopened": 0,
        "auto_closed": False,
        "escalated": False,
        "returned": False,
        "alert_count": 1,
        "incident": False,
        "important": False,
        "rule": "impossible_travel",
    }
    full = []
    for number, row in enumerate(rows):
        made = blank | {"case_id": str(1000 + number)} | dict(row)
        if made["closed_at"] is not None:
            made["status"] = row.get("status", "closed")
            made["first_closed_at"] = row.get("first_closed_at", made["closed_at"])
        made["updated_at"] = made["updated_at"] or made["closed_at"] or made["created_at"]
        full.append(made)
    return pl.DataFrame(full, schema=_schema(CASE_COLUMNS), orient="row")


def event_frame(events: Iterable[CaseEvent]) -> pl.DataFrame:
    """Ledger events."""
    rows = [{name: getattr(event, name) for name in EVENT_COLUMNS} for event in events]
    return pl.DataFrame(rows, schema=_schema(EVENT_COLUMNS), orient="row")


@dataclass
class FakeLedger:
    """CaseLedger over rows as `case_frame` takes them, or over ready frames."""

    rows: Sequence[Mapping[str, Any]] = ()
    events: Sequence[CaseEvent] = ()
    frames: tuple[pl.DataFrame, pl.DataFrame] | None = None
    truncated: bool = False
    notes: tuple[str, ...] = ()
    complete_from: datetime | None = None
    fail: BackendError | None = None
    asked: list[datetime] = field(default_factory=list)

    async def ping(self) -> Ping:
        return Ping("Case ledger", self.fail is None, str(self.fail or ""))

    async def view(self, since: datetime) -> LedgerView:
        self.asked.append(since)
        if self.fail is not None:
            raise self.fail
        cases, events = self.frames or (case_frame(self.rows), event_frame(self.events))
        held = (self.complete_from, cases.height, events.height)
        facts = LedgerFacts("Case ledger", NOW, *held, self.truncated, notes=self.notes)
        return LedgerView(cases, EventFrame(events), facts)

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        return Reading((), "Case ledger", NOW)


def fake_soc(  # noqa: PLR0917 - one argument a port
    cases: FakeDesk | None = None,
    alerts: FakeFeed | None = None,
    ledger: FakeLedger | None = None,
    organisation: FakeOrganisation | None = None,
    intel: FakeIntel | None = None,
    posture: FakePosture | None = None,
    *,
    now: datetime = NOW,
    zone: ZoneInfo = BERLIN,
    registry: Registry | None = None,
    access: Access | None = None,
    **more: Any,
) -> Soc:
    """A Soc whose every part is a twin; what is not given is there and empty."""
    clock = more.pop("clock", None) or FixedClock(now)
    return Soc(
        cases=cases or FakeDesk(),
        alerts=alerts or FakeFeed(),
        intel=intel or FakeIntel(),
        posture=posture or FakePosture(),
        organisation=organisation or FakeOrganisation(),
        ledger=ledger or FakeLedger(),
        store=more.pop("store", None) or MemoryStore(clock),
        schedules=MemoryState(clock).schedules,
        crises=more.pop("crises", None) or CrisisStore(MemoryState(clock).crises, b"key", clock),
        clock=clock,
        zone=zone,
        registry=registry or Registry([]),
        access=access or Access(AccessFile(), {"*": ("manager",)}),
        **more,
    )


def a_call(
    text: str,
    soc: Soc,
    role: str = "manager",
    visibility: Literal["private", "channel", "direct"] = "private",
    **more: Any,
) -> Authorised:
    """A call by "Lead 02" in that role."""
    person = soc.access.as_role((role,), "lead-02", "Lead 02")
    return Authorised(
        id=more.pop("id", "call-1"),
        text=text,
        who=Identity(platform="slack", tenant="T1", user="U1", name="Lead 02"),
        address=Address(platform="slack", tenant="T1", channel="C1", user="U1", visibility=visibility),
        at=soc.clock.now(),
        door="slash",
        principal=person,
        **more,
    )


async def ask(  # noqa: PLR0917 - the words of a test read in this order
    command: Command[Any],
    line: str,
    soc: Soc,
    role: str = "manager",
    visibility: Literal["private", "channel", "direct"] = "private",
    apply: bool = False,
    **more: Any,
) -> Document:
    """What a typed line answers: parsed, authorised and run (or applied) as the pipeline does it."""
    reply = await ask_reply(command, line, soc, role, visibility, apply, **more)
    return reply.document


async def ask_reply(  # noqa: PLR0917
    command: Command[Any],
    line: str,
    soc: Soc,
    role: str = "manager",
    visibility: Literal["private", "channel", "direct"] = "private",
    apply: bool = False,
    **more: Any,
) -> Reply:
    """Like `ask`, with the posts."""
    parsed = parse(line, Registry([command]))
    call = a_call(line, soc, role, visibility, **more)
    call.principal.require(command.needs)
    work = command.apply if apply and command.apply is not None else command.run
    made = await work(parsed.args, call, soc)
    return made if isinstance(made, Reply) else Reply(made)


def words(document: Document) -> str:
    """All text of a document in one string; figures as their ids in braces."""
    out: list[str] = [document.title]
    _collect(document.model_dump(exclude={"figures", "provenance"}), out)
    return "\n".join(out)


def _collect(part: Any, out: list[str]) -> None:
    if isinstance(part, dict):
        if part.get("kind") == "value":
            out.append("{" + str(part["figure"]) + "}")
        for key, found in part.items():
            if isinstance(found, str) and key in {"text", "label", "title", "caption", "rule", "name"}:
                out.append(found)
            elif not isinstance(found, str):
                _collect(found, out)
    elif isinstance(part, list | tuple):
        for found in part:
            _collect(found, out)


def value(document: Document, figure_id: str) -> float | int | None:
    """A figure's value."""
    return document.figure(figure_id).value


def dangling(document: Document) -> set[str]:
    """Figure ids that a block shows and the document does not hold: must be empty."""
    shown: set[str] = set()
    _shown(document.model_dump(exclude={"figures"}), shown)
    return shown - {figure.id for figure in document.figures}


def _shown(part: Any, shown: set[str]) -> None:
    if isinstance(part, dict):
        if part.get("kind") == "value":
            shown.add(part["figure"])
        if part.get("kind") == "kpis":
            shown.update(part["figures"])
        for nested in part.values():
            _shown(nested, shown)
    elif isinstance(part, list | tuple):
        for nested in part:
            _shown(nested, shown)


def table(document: Document, caption_starts: str) -> Table:
    """The table whose caption begins so."""
    found = [b for b in document.blocks if isinstance(b, Table) and b.caption.startswith(caption_starts)]
    assert found, f"no table {caption_starts!r}"
    return found[0]
