"""The case desk over Google's hosted MCP server: the tools of docs.cloud.google.com/chronicle/docs/reference/mcp.

They hand on what Chronicle's REST interface answers, so that its shapes are read (`connectors.case_wire`). The
documentation shows arguments as `case_id` and as `caseId`: what the server declares decides. No tool of its gives the
times of acknowledging and closing, or the wall. Never asked on a tenant of ours: shapes and filter are as documented.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from connectors.case_wire import WireCase, WireCaseAlerts, WireCases, WireWall, case_of
from connectors.errors import BackendError, Unreadable
from connectors.mcp import case_writes
from connectors.mcp.errors import NotOverMcp
from connectors.mcp.pinging import ping
from connectors.mcp.present_desk import REST, PresentDesk
from connectors.models.cases import Case, CaseAlert, CaseDetail, CaseSummary, WallRecord
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.wire import epoch_ms, read, safe_id

PAGE = 1000
EXPAND = {"expand": "tags,products,closureDetails,sla,alertsSla"}
"""Where a tool takes it."""
_PAGING = {"nextPageToken", "totalSize"}


class HostedCaseDesk(PresentDesk):
    """CaseDesk. `ttl` s for the open queue; `max_pages` of cases, 20 of what hangs on one."""

    source = "Cases (hosted MCP)"

    async def ping(self) -> Ping:
        """One case is asked for."""
        return await ping(self._server, self._server.call("list_cases", {"page_size": 1}))

    async def open_cases(self) -> Reading[Case]:
        """Every open case, newest first; kept for `ttl` seconds."""
        return await self._cache.read("open", self._ttl, self._open)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        """Cases created inside the window, newest first, in one page: the order of the tool's pages is not known."""
        bounds = f"CreateTime >= {epoch_ms(window.start)} AND CreateTime < {epoch_ms(window.end)}"
        whole = await self._listed(bounds)
        items = tuple(case for case in whole.items if window.holds(case.created_at))
        yield Reading(items, self.source, whole.as_of, window, truncated=whole.truncated, notes=whole.notes)

    async def case(self, case_id: str) -> CaseDetail:
        """The case and, side by side, its alerts and comments; only a missing case itself is an error."""
        number = safe_id(self._server.backend, case_id)
        notices = ["Wall: not available over MCP."]
        case, alerts, comments = await asyncio.gather(
            self._case(number), self._alerts(number, notices), self._comments(number, notices)
        )
        return CaseDetail(case, alerts, comments, None, tuple(notices))

    async def comment(self, case_id: str, text: str) -> Written:
        """Write once; never repeated."""
        number = safe_id(self._server.backend, case_id)

        async def comments() -> tuple[tuple[WallRecord, ...], bool]:
            return await self._wall(number)

        return await case_writes.comment(self._server, self._clock, number, text, comments, tool="create_case_comment")

    async def change_priority(self, case_id: str, priority: str) -> Written:
        """Write once; never repeated."""
        number = safe_id(self._server.backend, case_id)
        written = await case_writes.change_priority(self._server, number, priority, lambda: self._case(number))
        self._cache.forget()
        return written

    async def summary(self, case_id: str) -> CaseSummary:
        """NotOverMcp: no documented tool writes one."""
        raise NotOverMcp(self._server.backend, "a summary of a case", REST)

    async def _open(self) -> Reading[Case]:
        whole = await self._listed("status = 'OPENED'")
        items = tuple(case for case in whole.items if case.is_open)
        return Reading(items, self.source, whole.as_of, truncated=whole.truncated, notes=whole.notes)

    async def _listed(self, only: str) -> Reading[Case]:
        as_of = self._clock.now()
        found: dict[str, Case] = {}
        notes: list[str] = []
        async for page, cut in self._pages("list_cases", "cases", {"filter": only}, self._max_pages):
            wires = read(self._server.backend, WireCases, page).cases
            found.update((case.id, case) for case in map(self._checked, wires))
            notes += [cut] if cut else []
        items = tuple(sorted(found.values(), key=lambda case: (case.created_at, case.id), reverse=True))
        return Reading(items, self.source, as_of, truncated=bool(notes), notes=tuple(notes))

    async def _case(self, number: str) -> Case:
        answer = await self._server.call("get_case", {"case_id": number}, optional=EXPAND)
        return self._checked(read(self._server.backend, WireCase, answer))

    def _checked(self, wire: WireCase) -> Case:
        try:
            return case_of(wire)
        except ValueError as error:
            raise Unreadable(self._server.backend, f"gave {error}") from error

    async def _alerts(self, number: str, notices: list[str]) -> tuple[CaseAlert, ...] | None:
        found: list[CaseAlert] = []
        try:
            async for page, cut in self._pages("list_case_alerts", "caseAlerts", {"case_id": number}, 20):
                found += [wire.record() for wire in read(self._server.backend, WireCaseAlerts, page).items]
                notices += [f"Alerts: {cut}"] if cut else []
        except BackendError as error:
            notices.append(f"Alerts: {error}.")
            return None
        return tuple(found)

    async def _comments(self, number: str, notices: list[str]) -> tuple[WallRecord, ...] | None:
        try:
            found, more = await self._wall(number)
        except BackendError as error:
            notices.append(f"Comments: {error}.")
            return None
        notices += ["Comments: more exist than are shown."] * more
        return found

    async def _wall(self, number: str) -> tuple[tuple[WallRecord, ...], bool]:
        found: list[WallRecord] = []
        more = False
        async for page, cut in self._pages("list_case_comments", "caseComments", {"case_id": number}, 20):
            found += [wire.record() for wire in read(self._server.backend, WireWall, page).items]
            more = more or bool(cut)
        return tuple(sorted(found, key=lambda record: record.at)), more

    async def _pages(
        self, tool: str, key: str, arguments: Mapping[str, Any], most: int
    ) -> AsyncIterator[tuple[Mapping[str, Any], str]]:
        """Every page, and why the last one is not the last there is. A page without its `key` is an empty one, which
        proto3 writes like that, if it says nothing else; anything else is no page, and never taken for "none".
        """
        token, seen = "", set[str]()
        for number in range(1, most + 1):
            asked = {**arguments, "page_size": PAGE, **({"page_token": token} if token else {})}
            answer = await self._server.call(tool, asked, optional=EXPAND)
            if not isinstance(answer, Mapping) or (key not in answer and answer.keys() - _PAGING):
                raise Unreadable(self._server.backend, "gave an answer of another shape than documented (no page)")
            token = str(answer.get("nextPageToken") or "")
            if token in seen:
                yield answer, f"{self._server.backend} repeated page {number}; what came before is shown."
                return
            seen.add(token)
            last = f"Stopped after {number} pages of {self._server.backend}; more exist." if number == most else ""
            yield answer, last if token else ""
            if not token:
                return
