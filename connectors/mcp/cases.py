"""The case desk over `secops-soar`: the queue, one case, comments and the SOAR's summary.

`list_cases` knows no filter and no order: every page is read. Its tools answer a broken link with nothing, which is
never taken for "none". Times of acknowledging and closing, priority changes and the wall: no tool gives them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from connectors.errors import Absent, BackendError, Unavailable, Unreadable
from connectors.mcp.case_wire import WireFull
from connectors.mcp.case_writes import comment, summary_of
from connectors.mcp.errors import NotOverMcp
from connectors.mcp.pinging import ping
from connectors.mcp.present_desk import REST, PresentDesk
from connectors.models.cases import Case, CaseAlert, CaseDetail, CaseSummary, WallRecord
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.soar_wire import WireAlerts, WireCase, WireComments, WirePage, listed
from connectors.wire import read, safe_id


class McpCaseDesk(PresentDesk):
    """CaseDesk. `ttl` s for all cases, which are read as a whole, at most `max_pages` pages of them."""

    source = "SOAR cases (MCP)"

    async def ping(self) -> Ping:
        """The first page of cases is asked for."""
        return await ping(self._server, self._page(""))

    async def open_cases(self) -> Reading[Case]:
        """Every open case, newest first."""
        whole = await self._all()
        items = tuple(case for case in whole.items if case.is_open)
        return Reading(items, self.source, whole.as_of, truncated=whole.truncated, stale=whole.stale, notes=whole.notes)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        """Cases created inside the window, newest first, in one page: the order of the tool's pages is not known."""
        whole = await self._all()
        items = tuple(case for case in whole.items if window.holds(case.created_at))
        yield Reading(
            items, self.source, whole.as_of, window, truncated=whole.truncated, stale=whole.stale, notes=whole.notes
        )

    async def case(self, case_id: str) -> CaseDetail:
        """The case with its alerts and the first page of its comments; its wall is not available.

        The tool answers nulls for a case that is not there and for a broken link alike: a page of cases decides.
        """
        number = safe_id(self._server.backend, case_id)
        full = await self._full(number)
        if full.case is None:
            await self._page("")
            raise Absent(self._server.backend, "gives no such case (over MCP, missing and unreadable look alike)")
        notices: list[str] = ["Wall: not available over MCP."]
        return CaseDetail(
            read(self._server.backend, WireCase, full.case).record(),
            self._alerts(full, notices),
            self._comments(full, notices),
            None,
            tuple(notices),
        )

    async def comment(self, case_id: str, text: str) -> Written:
        """Write once; never repeated."""
        number = safe_id(self._server.backend, case_id)

        async def comments() -> tuple[tuple[WallRecord, ...], bool]:
            return self._commentary((await self._full(number)).comments)

        return await comment(self._server, self._clock, number, text, comments)

    async def change_priority(self, case_id: str, priority: str) -> Written:
        """NotOverMcp: none of the persona's tools changes a priority."""
        raise NotOverMcp(self._server.backend, "a change of priority", REST)

    async def summary(self, case_id: str) -> CaseSummary:
        """The SOAR's Gemini summary of all the case's alerts. Needs the server's `--integrations Siemplify`."""
        detail = await self.case(case_id)
        groups = list(dict.fromkeys(alert.identifier for alert in detail.alerts or ()))
        if not groups:
            raise Unreadable(self._server.backend, "gave no alerts of the case, and a summary is asked for by alert")
        answer = await self._server.call(
            "siemplify_create_gemini_case_summary",
            {"case_id": detail.case.id, "alert_group_identifiers": groups, "target_entities": []},
        )
        return summary_of(self._server.backend, answer)

    async def _all(self) -> Reading[Case]:
        return await self._cache.read("all", self._ttl, self._read_all)

    async def _read_all(self) -> Reading[Case]:
        as_of = self._clock.now()
        found: dict[str, Case] = {}
        notes: list[str] = []
        token, seen, total = "", set[str](), None
        for number in range(1, self._max_pages + 1):
            page = await self._page(token)
            found.update((case.id, case) for case in (wire.record() for wire in page.cases))
            token, total = page.following, page.total if page.total is not None else total
            if not token:
                break
            if token in seen:
                notes.append(f"{self._server.backend} repeated page {number}; what came before is shown.")
                break
            seen.add(token)
        else:
            notes.append(f"Stopped after {self._max_pages} pages of {self._server.backend}; more exist.")
        if total is not None and len(found) < total:
            notes.append(f"The case desk counts {total} cases and gave {len(found)}.")
        items = tuple(sorted(found.values(), key=lambda case: (case.created_at, case.id), reverse=True))
        return Reading(items, self.source, as_of, total=total, truncated=bool(notes), notes=tuple(notes))

    async def _page(self, token: str) -> WirePage:
        answer = await self._server.call("list_cases", {"next_page_token": token or None})
        return read(self._server.backend, WirePage, answer)

    async def _full(self, number: str) -> WireFull:
        answer = await self._server.call("get_case_full_details", {"case_id": number})
        return read(self._server.backend, WireFull, answer)

    def _alerts(self, full: WireFull, notices: list[str]) -> tuple[CaseAlert, ...] | None:
        found = listed(full.alerts)
        if found is None:
            notices.append(f"Alerts: {self._server.backend} gave none that can be read.")
            return None
        if found[1]:
            notices.append("Alerts: the first page alone is available over MCP; more exist.")
        try:
            return tuple(wire.record() for wire in read(self._server.backend, WireAlerts, {"items": found[0]}).items)
        except BackendError as error:
            notices.append(f"Alerts: {error}.")
            return None

    def _comments(self, full: WireFull, notices: list[str]) -> tuple[WallRecord, ...] | None:
        try:
            found, more = self._commentary(full.comments)
        except BackendError as error:
            notices.append(f"Comments: {error}.")
            return None
        if more:
            notices.append("Comments: the first page alone is available over MCP; more exist.")
        return found

    def _commentary(self, part: Any) -> tuple[tuple[WallRecord, ...], bool]:
        found = listed(part)
        if found is None:
            raise Unavailable(self._server.backend, "gave no comments that can be read")
        wires = read(self._server.backend, WireComments, {"items": found[0]}).items
        return tuple(sorted((wire.record() for wire in wires), key=lambda record: record.at)), found[1]
