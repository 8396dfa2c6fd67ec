"""The case desk over the SOAR's legacy REST interface.

Of its list only `$expand` and `pageToken` are proved (by the source of Google's `secops-soar`): no filter, no order, no
page size. Every page is read, and what lies outside a window is dropped here. Times of acknowledging and closing and
the case wall: no endpoint of it is known to give them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any, TypeVar

from connectors.errors import BackendError, Unreadable
from connectors.http import HttpBackend
from connectors.models.cases import Case, CaseAlert, CaseDetail, CaseEvent, CaseOrigin, CaseSummary, WallRecord
from connectors.models.reading import Ping, Reading, Window, Written
from connectors.ports import Clock
from connectors.resilience import ReadingCache
from connectors.soar import writes
from connectors.soar.ending import NotOverLegacy, ending
from connectors.soar_wire import WireAlerts, WireCase, WireComments, WirePage, listed
from connectors.wire import read, safe_id

T = TypeVar("T")
CASES = "/api/1p/external/v1/cases"
ALERTS = "/api/1p/external/v1.0/cases"
EXPAND: Mapping[str, object] = {"$expand": "tags"}


class SoarCaseDesk:
    """CaseDesk. `ttl` s for all cases, which are read as a whole, at most `max_pages` pages of them."""

    source = "SOAR cases (legacy interface)"

    def __init__(self, backend: HttpBackend, clock: Clock, *, ttl: float = 30.0, max_pages: int = 400) -> None:
        self._backend, self._clock, self._ttl, self._max_pages = backend, clock, ttl, max_pages
        self._cache = ReadingCache(clock)

    async def ping(self) -> Ping:
        """The first page of cases is asked for; that the interface ends is said while it answers."""
        try:
            await self._backend.get_json(CASES, EXPAND)
        except BackendError as error:
            return Ping(self._backend.name, False, str(error))
        said = (ending(self._clock.now()), self._backend.skew_note())
        return Ping(self._backend.name, True, " ".join(part for part in said if part))

    async def open_cases(self) -> Reading[Case]:
        """Every open case, newest first."""
        whole = await self._all()
        return self._part_of(whole, tuple(case for case in whole.items if case.is_open), None)

    async def cases(self, window: Window) -> AsyncIterator[Reading[Case]]:
        """Cases created inside the window, newest first, in one page: the order of the list's pages is not known."""
        whole = await self._all()
        yield self._part_of(whole, tuple(case for case in whole.items if window.holds(case.created_at)), window)

    async def history(self, window: Window) -> AsyncIterator[Reading[CaseEvent]]:
        """NotOverLegacy: nothing tells when a case was acknowledged or closed."""
        raise NotOverLegacy(self._backend.name, "the history of cases")
        yield  # type: ignore[unreachable]

    async def origins(self, window: Window) -> AsyncIterator[Reading[CaseOrigin]]:
        """NotOverLegacy: it would take one question for every case."""
        raise NotOverLegacy(self._backend.name, "the first event and detection of cases")
        yield  # type: ignore[unreachable]

    async def case(self, case_id: str) -> CaseDetail:
        """The case and, side by side, its alerts and comments; only a missing case itself is an error."""
        number = safe_id(self._backend.name, case_id)
        notices = ["Wall: not available over the SOAR's legacy interface."]
        answer, alerts, comments = await asyncio.gather(
            self._backend.get_json(f"{CASES}/{number}", EXPAND),
            self._part("Alerts", self._alerts(number, notices), notices),
            self._part("Comments", self.comments(number, notices), notices),
        )
        case = read(self._backend.name, WireCase, answer).record()
        return CaseDetail(case, alerts, comments, None, tuple(notices))

    async def comments(self, number: str, notices: list[str]) -> tuple[WallRecord, ...]:
        """All comments of a case, oldest first; a cut is added to `notices`."""
        found = await self._listed(f"{CASES}/{number}/comments", "Comments", notices)
        wires = read(self._backend.name, WireComments, {"items": found}).items
        return tuple(sorted((wire.record() for wire in wires), key=lambda record: record.at))

    async def comment(self, case_id: str, text: str) -> Written:
        """Write once; never repeated."""
        number = safe_id(self._backend.name, case_id)
        return await writes.comment(
            self._backend, self._clock, f"{CASES}/{number}/comments", text, lambda: self.comments(number, [])
        )

    async def change_priority(self, case_id: str, priority: str) -> Written:
        """Write once; never repeated."""
        number = safe_id(self._backend.name, case_id)
        written = await writes.change_priority(self._backend, f"{CASES}/{number}", priority)
        self._cache.forget()
        return written

    async def summary(self, case_id: str) -> CaseSummary:
        """The SOAR's Gemini summary of all the case's alerts; needs its Siemplify integration."""
        detail = await self.case(case_id)
        groups = list(dict.fromkeys(alert.identifier for alert in detail.alerts or ()))
        if not groups:
            raise Unreadable(self._backend.name, "gave no alerts of the case, and a summary is asked for by alert")
        return await writes.summary(self._backend, detail.case.id, groups)

    async def _all(self) -> Reading[Case]:
        return await self._cache.read("all", self._ttl, self._read_all)

    def _part_of(self, whole: Reading[Case], items: tuple[Case, ...], window: Window | None) -> Reading[Case]:
        notes = (*whole.notes, ending(self._clock.now()))
        return Reading(
            items, self.source, whole.as_of, window, truncated=whole.truncated, stale=whole.stale, notes=notes
        )

    async def _read_all(self) -> Reading[Case]:
        as_of = self._clock.now()
        found: dict[str, Case] = {}
        notes: list[str] = []
        total: int | None = None
        async for page, cut in self._pages(CASES, EXPAND):
            wire = read(self._backend.name, WirePage, page)
            found.update((case.id, case) for case in (one.record() for one in wire.cases))
            total = wire.total if wire.total is not None else total
            notes += [cut] if cut else []
        if total is not None and len(found) < total:
            notes.append(f"The case desk counts {total} cases and gave {len(found)}.")
        items = tuple(sorted(found.values(), key=lambda case: (case.created_at, case.id), reverse=True))
        return Reading(items, self.source, as_of, total=total, truncated=bool(notes), notes=tuple(notes))

    async def _pages(self, path: str, params: Mapping[str, object]) -> AsyncIterator[tuple[Any, str]]:
        """Every page, and with the last why it is the last although more exist."""
        token, seen = "", set[str]()
        for number in range(1, self._max_pages + 1):
            answer = await self._backend.get_json(path, {**params, "pageToken": token} if token else params)
            token = str(answer.get("nextPageToken") or "") if isinstance(answer, Mapping) else ""
            if not token:
                yield answer, ""
                return
            if token in seen:
                yield answer, f"{self._backend.name} repeated page {number}; what came before is shown."
                return
            seen.add(token)
            last = number == self._max_pages
            yield answer, f"Stopped after {number} pages of {self._backend.name}; more exist." if last else ""

    async def _alerts(self, number: str, notices: list[str]) -> tuple[CaseAlert, ...]:
        found = await self._listed(f"{ALERTS}/{number}/caseAlerts", "Alerts", notices)
        return tuple(wire.record() for wire in read(self._backend.name, WireAlerts, {"items": found}).items)

    async def _listed(self, path: str, name: str, notices: list[str]) -> list[Any]:
        found: list[Any] = []
        async for page, cut in self._pages(path, {}):
            part = listed(page)
            if part is None:
                raise Unreadable(self._backend.name, "gave an answer of another shape than documented (no list)")
            found += part[0]
            notices += [f"{name}: {cut}"] if cut else []
        return found

    async def _part(self, name: str, work: Awaitable[T], notices: list[str]) -> T | None:
        try:
            return await work
        except BackendError as error:
            notices.append(f"{name}: {error}.")
            return None
