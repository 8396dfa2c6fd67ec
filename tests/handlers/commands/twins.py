"""In-memory twins of the backend ports with settable data and failures, and a real `Soc` around them.

Set data on the twins (`desk.cases.open = [...]`); `twin.fails["open_cases"] = Unavailable(...)` makes a method fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from connectors.clock import FixedClock
from connectors.errors import Absent, NotConfigured
from connectors.ledger.events import EventFrame
from connectors.memory import MemoryState
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
from connectors.models.organisation import Record
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.models.threats import Finding, Recommendation, ThreatProfile
from connectors.models.volumes import DailyVolume
from connectors.ports import LedgerView
from handlers.core.access import Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.call import Address, Authorised, Call, Door, Identity
from handlers.core.command import Command, Reply
from handlers.core.parser import parse
from handlers.core.pipeline import Answer, Pipeline
from handlers.core.registry import Registry, discover
from handlers.core.soc import Soc
from handlers.crisis.store import CrisisStore
from messages.document import Document, Table

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
R = TypeVar("R", bound=Record)


def ago(hours: float) -> datetime:
    """So many hours before NOW."""
    return NOW - timedelta(hours=hours)


def case(case_id: str = "1", **more: Any) -> Case:
    """An open case, one hour old, with everything else as given."""
    base: dict[str, Any] = {
        "title": f"Case {case_id}",
        "priority": "medium",
        "status": "opened",
        "stage": "Triage",
        "created_at": ago(1),
        "updated_at": ago(0.5),
    }
    return Case(id=case_id, **(base | more))


class Twin:
    """`fails`: method name → exception to raise; `slow`: method name → seconds; `asked`: methods called, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fails: dict[str, Exception] = {}
        self.slow: dict[str, float] = {}
        self.asked: list[str] = []
        self.truncated = False
        self.total: int | None = None

    async def met(self, method: str) -> None:
        self.asked.append(method)
        if method in self.slow:
            await asyncio.sleep(self.slow[method])
        if method in self.fails:
            raise self.fails[method]

    def reading(self, items: Sequence[Any], **more: Any) -> Reading[Any]:
        return Reading(tuple(items), self.name, NOW, total=self.total, truncated=self.truncated, **more)

    async def ping(self) -> Ping:
        return Ping(self.name, not self.fails)


class CaseTwin(Twin):
    """CaseDesk. `written` holds (method, case id, value) of every write; `answer` is what a write returns."""

    def __init__(self) -> None:
        super().__init__("Case desk")
        self.open: list[Case] = []
        self.details: dict[str, CaseDetail] = {}
        self.events: list[CaseEvent] = []
        self.summaries: dict[str, CaseSummary] = {}
        self.written: list[tuple[str, str, str]] = []
        self.answer = Written(True, "ref-1")

    def hold(self, one: Case, **more: Any) -> CaseDetail:
        """Keep a case so that it is in the open list and can be shown."""
        detail = CaseDetail(one, **({"alerts": (), "comments": (), "wall": ()} | more))
        self.details[one.id] = detail
        self.open = [kept for kept in self.open if kept.id != one.id] + ([one] if one.is_open else [])
        return detail

    async def open_cases(self) -> Reading[Case]:
        await self.met("open_cases")
        return self.reading(self.open)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        await self.met("cases")
        yield self.reading([one for one in self.open if window.holds(one.created_at)])

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        await self.met("history")
        yield self.reading([event for event in self.events if window.holds(event.at)])

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        for _ in ():
            yield Reading((), "Chronicle case origins", NOW, window)

    async def case(self, case_id: str) -> CaseDetail:
        await self.met("case")
        if case_id not in self.details:
            raise Absent(self.name, f"has no case {case_id}")
        return self.details[case_id]

    async def comment(self, case_id: str, text: str) -> Written:
        await self.met("comment")
        self.written.append(("comment", case_id, text))
        if self.answer.confirmed:
            detail = self.details[case_id]
            record = WallRecord(NOW, "comment", "", text)
            self.details[case_id] = replace(detail, comments=(*(detail.comments or ()), record))
        return self.answer

    async def change_priority(self, case_id: str, priority: str) -> Written:
        await self.met("change_priority")
        self.written.append(("change_priority", case_id, priority))
        if self.answer.confirmed:
            detail = self.details[case_id]
            self.details[case_id] = replace(detail, case=replace(detail.case, priority=priority))
        return self.answer

    async def summary(self, case_id: str) -> CaseSummary:
        await self.met("summary")
        if case_id not in self.summaries:
            raise Absent(self.name, f"has no case {case_id}")
        return self.summaries[case_id]


class AlertTwin(Twin):
    """AlertFeed. `view` overrides what is counted from `alerts`."""

    def __init__(self) -> None:
        super().__init__("SIEM")
        self.items: list[Alert] = []
        self.view: AlertView | None = None
        self.iocs: list[IocMatch] = []
        self.rule_list: list[Rule] = []
        self.activity: list[RuleActivity] = []

    async def alerts(self, window: Window, limit: int = 1000, closed: bool = True) -> Reading[AlertView]:
        await self.met("alerts")
        if self.view is not None:
            cut = len(self.view.alerts) < self.view.total
            return Reading((self.view,), self.name, NOW, window=window, total=self.view.total, truncated=cut)
        inside = [one for one in self.items if window.holds(one.created_at)]
        kept = [one for one in inside if closed or one.status != "CLOSED"]
        rules: dict[str, int] = {}
        for one in kept:
            rules[one.rule] = rules.get(one.rule, 0) + 1
        per_rule = tuple(sorted(rules.items(), key=lambda pair: -pair[1]))
        view = AlertView(tuple(kept[:limit]), len(kept), len(inside), per_rule)
        cut = self.truncated or len(kept) > limit
        return Reading((view,), self.name, NOW, window=window, total=len(kept), truncated=cut)

    async def ioc_matches(self, window: Window, limit: int = 1000) -> Reading[IocMatch]:
        await self.met("ioc_matches")
        return self.reading(self.iocs[:limit], window=window)

    async def rules(self) -> Reading[Rule]:
        await self.met("rules")
        return self.reading(self.rule_list)

    async def rule_activity(self, window: Window) -> Reading[RuleActivity]:
        await self.met("rule_activity")
        return self.reading(self.activity, window=window)


class IntelTwin(Twin):
    """ThreatIntel."""

    def __init__(self) -> None:
        super().__init__("Threat intelligence")
        self.profile_list: list[ThreatProfile] = []
        self.recommended: dict[str, list[Recommendation]] = {}

    async def profiles(self) -> Reading[ThreatProfile]:
        await self.met("profiles")
        return self.reading(self.profile_list)

    async def recommendations(self, profile_id: str) -> Reading[Recommendation]:
        await self.met(f"recommendations {profile_id}")
        return self.reading(self.recommended.get(profile_id, []))


class PostureTwin(Twin):
    """CloudPosture."""

    def __init__(self) -> None:
        super().__init__("Cloud posture")
        self.finding_list: list[Finding] = []

    async def findings(self) -> Reading[Finding]:
        await self.met("findings")
        return self.reading(self.finding_list)


class OrganisationTwin(Twin):
    """Organisation. `files[Service] = [...]`; a record type without a file is not configured."""

    def __init__(self) -> None:
        super().__init__("Organisation files")
        self.files: dict[type[Record], list[Any]] = {}

    async def read(self, record: type[R]) -> Reading[R]:
        await self.met(record.__name__)
        if record not in self.files:
            raise NotConfigured(self.name, f"have no {record.FILE}")
        return self.reading(self.files[record])


def cases_frame(rows: Sequence[dict[str, Any]] = ()) -> pl.DataFrame:
    """A frame with every column of CASE_COLUMNS; what a row leaves out is what a plain open case has."""
    plain: dict[str, Any] = {"environment": "", "type": "real", "status": "opened", "stage": "Triage"}
    plain |= {"priority": "medium", "closed_is_proxy": False, "reopened": 0, "auto_closed": False, "escalated": False}
    plain |= {"returned": False, "alert_count": 1, "incident": False, "important": False, "title": "Case"}
    filled = [dict.fromkeys(CASE_COLUMNS) | plain | row for row in rows]
    return pl.DataFrame(filled, schema=_schema(CASE_COLUMNS), orient="row")


def events_frame(rows: Sequence[dict[str, Any]] = ()) -> pl.DataFrame:
    """A frame with every column of EVENT_COLUMNS."""
    plain = {"value": "", "actor": "", "seq": 0}
    return pl.DataFrame([plain | row for row in rows], schema=_schema(EVENT_COLUMNS), orient="row")


def _schema(columns: dict[str, str]) -> dict[str, Any]:
    kinds: dict[str, Any] = {
        "str": pl.String,
        "datetime": pl.Datetime("us", "UTC"),
        "bool": pl.Boolean,
        "int": pl.Int64,
    }
    first = {name: about.split("[")[0].split(":")[0].split(" ")[0] for name, about in columns.items()}
    return {name: kinds[word] for name, word in first.items()}


class LedgerTwin(Twin):
    """CaseLedger over two frames."""

    def __init__(self) -> None:
        super().__init__("Case ledger")
        self.cases = cases_frame()
        self.events = events_frame()
        self.notes: tuple[str, ...] = ()
        self.days: tuple[DailyVolume, ...] = ()

    async def view(self, since: datetime) -> LedgerView:
        await self.met("view")
        facts = LedgerFacts(
            self.name, NOW, ago(24 * 760), self.cases.height, self.events.height, self.truncated, notes=self.notes
        )
        return LedgerView(self.cases, EventFrame(self.events), facts)

    async def volumes(self, since: datetime) -> Reading[DailyVolume]:
        await self.met("volumes")
        return Reading(self.days, self.name, NOW)


@dataclass
class Desk:
    """Everything a command test needs; `soc` is real, the ports are the twins."""

    cases: CaseTwin = field(default_factory=CaseTwin)
    alerts: AlertTwin = field(default_factory=AlertTwin)
    intel: IntelTwin = field(default_factory=IntelTwin)
    posture: PostureTwin = field(default_factory=PostureTwin)
    organisation: OrganisationTwin = field(default_factory=OrganisationTwin)
    ledger: LedgerTwin = field(default_factory=LedgerTwin)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    access: AccessFile = field(default_factory=AccessFile)
    everybody: tuple[str, ...] = ("manager",)
    registry: Registry | None = None
    zone: str = "UTC"
    simulated: bool = False
    pseudonyms: bool = False

    def __post_init__(self) -> None:
        self.state = MemoryState(self.clock)
        self.store, self.audit, self.schedules = self.state.store, self.state.audit, self.state.schedules
        self.crises = CrisisStore(self.state.crises, b"key", self.clock)
        self.auditor = Auditor(self.audit, b"key of a test", self.clock)
        self.serial = 0

    @property
    def soc(self) -> Soc:
        if self.registry is None:
            self.registry = discover()
        return Soc(
            self.cases,
            self.alerts,
            self.intel,
            self.posture,
            self.organisation,
            self.ledger,
            self.store,
            self.schedules,
            self.crises,
            self.clock,
            ZoneInfo(self.zone),
            self.registry,
            Access(self.access, {"*": self.everybody}),
            self.simulated,
            self.pseudonyms,
        )

    def call(self, text: str, *, user: str = "U1", door: Door = "slash", **where: Any) -> Call:
        """A call on Slack, answered privately in channel C1 unless `where` says otherwise; `id` may be given."""
        self.serial += 1
        call_id = where.pop("id", f"call-{self.serial}")
        place = {"platform": "slack", "tenant": "T1", "channel": "C1", "user": user} | where
        who = Identity(platform=place["platform"], tenant=place["tenant"], user=user, name=f"Person {user}")
        return Call(id=call_id, text=text, who=who, address=Address(**place), at=self.clock.now(), door=door)

    def authorised(self, text: str, attempt: int = 1, role: str = "", **more: Any) -> Authorised:
        """A call whose asker has the rights of `role` ("" those of everybody)."""
        call = self.call(text, **more)
        access = self.soc.access
        who = access.principal(call.who.platform, call.who.tenant, call.who.user, call.who.name)
        who = access.as_role((role,), who.person, who.name) if role else who
        return Authorised(**dict(call), principal=who, attempt=attempt)

    async def run(self, line: str, *, apply: bool = False, attempt: int = 1, role: str = "", **more: Any) -> Document:
        """Parse a line and run its command (or its apply) directly; errors come through."""
        return (await self.reply(line, apply=apply, attempt=attempt, role=role, **more)).document

    async def reply(self, line: str, *, apply: bool = False, attempt: int = 1, role: str = "", **more: Any) -> Reply:
        """As `run`, with the posts."""
        soc = self.soc
        parsed = parse(line, soc.registry)
        work = parsed.command.apply if apply else parsed.command.run
        assert work is not None, f"{parsed.command.name} changes nothing"
        made = await work(parsed.args, self.authorised(line, attempt, role, **more), soc)
        return made if isinstance(made, Reply) else Reply(made)

    async def answer(self, line: str, attempt: int = 1, **more: Any) -> Answer:
        """The whole pipeline."""
        return await Pipeline(self.soc, self.auditor).answer(self.call(line, **more), attempt)


def with_commands(*commands: Command[Any]) -> Desk:
    """A desk that knows these commands only."""
    return Desk(registry=Registry(commands))


def words(document: Document) -> str:
    """Every word of a document as one JSON string: for "is said" and "is not said"."""
    return document.model_dump_json()


def table(document: Document, caption: str) -> Table:
    """The first table whose caption begins so."""
    return next(b for b in document.blocks if isinstance(b, Table) and b.caption.startswith(caption))


def cells(document: Document, caption: str) -> list[list[str]]:
    """A table's rows as strings."""
    rows = table(document, caption).rows
    return [["".join(str(getattr(s, "text", getattr(s, "at", ""))) for s in cell) for cell in row] for row in rows]


def lines(document: Document) -> list[str]:
    """The command line of every button."""
    return [button.line for block in document.blocks if block.kind == "actions" for button in block.buttons]
