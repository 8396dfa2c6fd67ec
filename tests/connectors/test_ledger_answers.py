"""What reads the ledger's frames says the same over the narrow ones on the disk as over the wide ones in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.ledger import MemoryCaseLedger
from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis.durations import with_history_points
from handlers.analysis.stage_time import decompose, visits
from handlers.analysis.story import story
from handlers.analysis.waiting import waits
from handlers.analysis.workflow import flow
from tests.connectors.test_ledger import NOW
from tests.connectors.test_ledger_parquet import DAY, Rig, populate


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[tuple[LedgerView, LedgerView]]:
    rig = Rig(tmp_path / "ledger")
    populate(rig.desk)
    for number in range(0, 45, 3):
        age = 48.0 * number + 1
        steps = [(age - 2, "STAGE_CHANGE", "Investigation"), (age - 5, "ASSIGNEE_CHANGE", "@Tier2")]
        rig.desk.tell(str(number), *steps, (age - 9, "ASSIGNEE_CHANGE", "analyst-08"))
    disk = await rig.fill()
    memory = MemoryCaseLedger(rig.desk, rig.clock, horizon_days=100)
    yield await disk.view(NOW - 100 * DAY), await memory.view(NOW - 100 * DAY)
    await disk.close()


async def test_every_reading_of_events_is_the_same(views: tuple[LedgerView, LedgerView]) -> None:
    """Stages, flow, waiting, a case's story and the vendor's points do not depend on how words are kept."""
    window = Window(NOW - timedelta(days=90), NOW)
    narrow, wide = (
        (
            decompose(visits(view.cases, view.events, NOW)),
            asdict(flow(view.cases, view.events, {"analyst-07": "Tier 1", "analyst-08": "Tier 2"})),
            waits(view.cases, view.events, window, NOW),
            [story(view.cases, view.events, number) for number in ("0", "3", "44")],
            sorted(with_history_points(view.cases, view.events).rows()),
        )
        for view in views
    )
    assert len(narrow[0]) == 2
    for one, other in zip(narrow, wide, strict=True):
        assert one == other
