"""The case desk over Chronicle's REST interface (v1alpha `cases`, `dashboardQueries:execute`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from connectors.case_wire import WireCase, WireCaseAlerts, WireCases, WireWall, case_of
from connectors.errors import Absent, BackendError, Refused, Unreadable
from connectors.google import case_writes, updates
from connectors.google.dashboard import Dashboard
from connectors.google.history_wire import history_query
from connectors.google.origin_wire import origins_query
from connectors.google.wire import Instance, epoch_ms, pages, read, safe_id
from connectors.http import HttpBackend
from connectors.models.cases import Case, CaseAlert, CaseDetail, CaseEvent, CaseOrigin, CaseSummary, WallRecord
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.ports import Clock
from connectors.resilience import ReadingCache

T = TypeVar("T")

BITE = 100
EXPAND = "tags,products,closureDetails,sla,alertsSla"


class ChronicleCaseDesk:
    """CaseDesk. `ttl` s for the open queue; `slice_days`, `row_cap`, `history_seconds`: see `Dashboard`.

    `url` + "/" + id is where a person opens a case; empty: cases carry no link.
    """

    source = "Chronicle cases"

    def __init__(
        self,
        backend: HttpBackend,
        instance: Instance,
        clock: Clock,
        *,
        ttl: float = 15.0,
        page_size: int = 1000,
        max_pages: int = 1000,
        slice_days: float = 7.0,
        row_cap: int = 10_000,
        history_seconds: float = 30.0,
        summary_seconds: float = 30.0,
        summary_pause: float = 1.0,
        url: str = "",
    ) -> None:
        self._backend, self._instance, self._clock = backend, instance, clock
        self._ttl, self._page_size, self._max_pages = ttl, page_size, max_pages
        self._url = url.rstrip("/")
        self._dashboard = Dashboard(
            backend, instance, clock, slice_days=slice_days, row_cap=row_cap, seconds=history_seconds
        )
        self._history, self._origins = history_query(row_cap), origins_query(row_cap)
        self._summary_seconds, self._summary_pause = summary_seconds, summary_pause
        self._comments = ""
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """One case is asked for."""
        try:
            await self._backend.get_json(self._path("cases"), {"pageSize": 1})
        except BackendError as error:
            return Ping(self._backend.name, False, str(error))
        return Ping(self._backend.name, True, self._backend.skew_note())

    async def open_cases(self) -> Reading[Case]:
        """Every open case, all pages, newest first; kept for `ttl` seconds."""
        return await self._cache.read("open", self._ttl, self._open_cases)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        """Cases created inside the window, newest first, a page at a time.

        That the server filters by creation time is not documented for REST: when it refuses, all cases are paged
        newest first until the window is passed; in either case what lies outside is dropped here.
        """
        bounds = f"createTime >= {epoch_ms(window.start)} AND createTime < {epoch_ms(window.end)}"
        started = False
        try:
            async for reading in self._pages(bounds, window):
                started = True
                yield reading
            return
        except Refused as error:
            if started or error.status != 400:
                raise
        note = "The case desk does not filter by creation time; all newer cases were read and left out."
        async for reading in self._pages("", window, note):
            yield reading

    async def changed(self, since: datetime) -> AsyncIterator[Reading[Case]]:
        """Cases updated since then, latest first; ask `filters_by_update` before: no documentation promises it."""
        async for reading in self._pages(f"updateTime >= {epoch_ms(since)}", None, order="updateTime desc"):
            yield reading

    async def filters_by_update(self) -> bool:
        """Two questions of one case: updated since 1970 must give one, updated since tomorrow none."""
        return await updates.filtered(self._backend, self._path("cases"), self._clock.now())

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        """History of the window, oldest slice first; one at the row cap is halved and asked again."""
        async for reading in self._dashboard.read(window, self._history):
            yield reading

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        """Origins of the window's cases, oldest slice first; fields a tenant does not know are left out.

        `Refused` when it does not know the documented ones either: no answer is not the answer "none".
        """
        async for reading in self._dashboard.read(window, self._origins):
            yield reading

    async def case(self, case_id: str) -> CaseDetail:
        """The case and, side by side, its alerts, comments and wall; only a missing case itself is an error."""
        path = self._case(case_id)
        notices: list[str] = []
        answer, alerts, comments, wall = await asyncio.gather(
            self._backend.get_json(path, {"expand": EXPAND}),
            self._part("Alerts", self._alerts(path, notices), notices),
            self._part("Comments", self._commentary(path, notices), notices),
            self._part("Wall", self._wall(f"{path}/caseWallRecords", notices), notices),
        )
        return CaseDetail(self._one(answer), alerts, comments, wall, tuple(notices))

    async def comment(self, case_id: str, text: str) -> Written:
        """Write once; never repeated."""
        path = self._case(case_id)
        return await case_writes.comment(self._backend, self._clock, await self._comments_path(path), text)

    async def change_priority(self, case_id: str, priority: str) -> Written:
        """Write once; never repeated."""
        written = await case_writes.change_priority(self._backend, self._case(case_id), priority)
        self._cache.forget()
        return written

    async def summary(self, case_id: str) -> CaseSummary:
        """A new generation is started once, then asked for until it is ready or `summary_seconds` are over."""
        return await case_writes.summary(
            self._backend, self._clock, self._case(case_id), self._summary_seconds, self._summary_pause
        )

    def _path(self, rest: str) -> str:
        return self._instance.path(self._backend, rest)

    def _case(self, case_id: str) -> str:
        return self._path(f"cases/{safe_id(self._backend.name, case_id)}")

    async def _open_cases(self) -> Reading[Case]:
        found: dict[str, Case] = {}
        totals: list[int] = []
        notes: tuple[str, ...] = ()
        as_of = self._clock.now()
        async for page in self._pages("status = 'OPENED'", None):
            found.update((case.id, case) for case in page.items)
            totals += [page.total] if page.total is not None else []
            notes += page.notes
        total = min(totals, default=None)
        if total is not None and len(found) < total:
            notes += (f"The case desk counts {total} open cases and gave {len(found)}.",)
        items = tuple(case for case in found.values() if case.is_open)
        return Reading(items, self.source, as_of, total=total, truncated=bool(notes), notes=notes)

    async def _pages(
        self, only: str, window: Window | None, *notes: str, order: str = "createTime desc"
    ) -> AsyncIterator[Reading[Case]]:
        params: dict[str, object] = {
            "pageSize": self._page_size,
            "orderBy": order,
            "expand": EXPAND,
        }
        params |= {"filter": only} if only else {}
        async for page in pages(self._backend, self._path("cases"), params, max_pages=self._max_pages):
            as_of = self._clock.now()
            counted, items = await asyncio.to_thread(self._read_cases, page.answer)
            inside = items if window is None else tuple(case for case in items if window.holds(case.created_at))
            passed = window is not None and any(case.created_at < window.start for case in items)
            total = None if window is not None and not only else counted
            cut = (page.cut,) if page.cut and not passed else ()
            yield Reading(inside, self.source, as_of, window, total=total, truncated=bool(cut), notes=(*notes, *cut))
            notes = ()
            if passed:
                return

    def _read_cases(self, answer: Mapping[str, Any]) -> tuple[int | None, tuple[Case, ...]]:
        """Total and cases of a page. Read in bites: reading one holds the interpreter, between them others may run."""
        listed, name = answer.get("cases") or [], self._backend.name
        if not isinstance(listed, list):
            raise Unreadable(name, "gave an answer of another shape than documented (at cases)")
        total = read(name, WireCases, {**answer, "cases": ()}).total
        found: list[Case] = []
        for first in range(0, len(listed), BITE):
            wire = read(name, WireCases, {"cases": listed[first : first + BITE]})
            found += [self._checked(case) for case in wire.cases]
        return total, tuple(found)

    def _one(self, answer: Any) -> Case:
        return self._checked(read(self._backend.name, WireCase, answer))

    def _checked(self, wire: WireCase) -> Case:
        try:
            return case_of(wire, self._url)
        except ValueError as error:
            raise Unreadable(self._backend.name, f"gave {error}") from error

    async def _part(self, name: str, work: Awaitable[T], notices: list[str]) -> T | None:
        try:
            return await work
        except BackendError as error:
            notices.append(f"{name}: {error}.")
            return None

    async def _alerts(self, path: str, notices: list[str]) -> tuple[CaseAlert, ...]:
        found: list[CaseAlert] = []
        async for page in pages(self._backend, f"{path}/caseAlerts", {"pageSize": 1000}, max_pages=20):
            found += [alert.record() for alert in read(self._backend.name, WireCaseAlerts, page.answer).items]
            notices += [page.cut] if page.cut else []
        return tuple(found)

    async def _commentary(self, path: str, notices: list[str]) -> tuple[WallRecord, ...]:
        return await self._wall(await self._comments_path(path), notices)

    async def _wall(self, path: str, notices: list[str]) -> tuple[WallRecord, ...]:
        found: list[WallRecord] = []
        async for page in pages(self._backend, path, {"pageSize": 1000}, max_pages=20):
            found += [record.record() for record in read(self._backend.name, WireWall, page.answer).items]
            notices += [page.cut] if page.cut else []
        return tuple(sorted(found, key=lambda record: record.at))

    async def _comments_path(self, path: str) -> str:
        """The Chronicle API says `caseComments`, older hosts `comments`: found out once, by reading."""
        if not self._comments:
            try:
                await self._backend.get_json(f"{path}/caseComments", {"pageSize": 1})
                self._comments = "caseComments"
            except Absent:
                await self._backend.get_json(f"{path}/comments", {"pageSize": 1})
                self._comments = "comments"
        return f"{path}/{self._comments}"
