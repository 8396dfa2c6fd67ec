"""The case desk's contract for those who know a case's present and not its history: what is missing is an error."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import pytest

from connectors.errors import NotConfigured
from connectors.ports import CaseDesk
from tests.connectors.contracts import CaseDeskContract, days


class PartialCaseDeskContract(CaseDeskContract):
    """Every test of the contract, but for history, origins and the wall: these are named as missing, never empty."""

    error: ClassVar[type[NotConfigured]]
    way: ClassVar[str]
    """How the notice calls the interface: "over MCP"."""

    async def test_history_lies_inside_its_window(self, desk: CaseDesk, now: datetime) -> None:
        """There is no history: an error that says so, never an empty one."""
        with pytest.raises(self.error, match=f"the history of cases: not available {self.way}"):
            await anext(aiter(desk.history(days(now, 10))))

    async def test_origins_are_those_of_the_windows_cases(self, desk: CaseDesk, now: datetime) -> None:
        """There are no origins: an error that says so, and what to set."""
        with pytest.raises(self.error, match="set CHRONICLE_PROJECT_ID"):
            await anext(aiter(desk.origins(days(now, 10))))

    async def test_an_origin_is_that_of_the_cases_alerts(self, desk: CaseDesk, now: datetime) -> None:
        """The alerts of a case carry their first events and rules, which is all that is left of origins."""
        alerts = (await desk.case((await desk.open_cases()).items[0].id)).alerts
        assert alerts and all(alert.rule and alert.identifier and alert.created_at for alert in alerts)

    async def test_a_case_in_full(self, desk: CaseDesk) -> None:
        """Alerts and comments are there; the wall is named as missing."""
        queue = (await desk.open_cases()).items
        detail = await desk.case(queue[0].id)
        assert detail.case.id == queue[0].id and detail.case.title == queue[0].title
        assert detail.alerts is not None and len(detail.alerts) == detail.case.alert_count
        assert (detail.comments is not None, detail.wall) == (True, None)
        assert detail.notices == (f"Wall: not available {self.way}.",)
