"""What reads the ledger's frames says the same over the narrow ones on the disk as over the wide ones in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from connectors.ledger import MemoryCaseLedger
from connectors.models.organisation.people import SkillThreat
from connectors.models.organisation.process import Runbook, RunbookStep
from connectors.models.reading import Window
from connectors.ports import LedgerView
from handlers.analysis.conformance import conformance
from handlers.analysis.durations import with_history_points
from handlers.analysis.effort import UNTYPED, typed
from handlers.analysis.practice import last_handled
from handlers.analysis.rates import with_disposition
from handlers.analysis.slices import overdue
from handlers.analysis.stage_time import decompose, visits
from handlers.analysis.story import story
from handlers.analysis.waiting import waits
from handlers.analysis.workflow import flow
from handlers.analysis.workload import counts, handled
from tests.connectors.test_ledger import NOW
from tests.connectors.test_ledger_parquet import DAY, Rig, populate
from tests.ledger_views import events_of

BOOK = Runbook(
    id="mail",
    title="Mail",
    file="mail.md",
    category="triage",
    case_types=(UNTYPED,),
    steps=(
        RunbookStep(id="1", text="Cause", mark="root_cause"),
        RunbookStep(id="2", text="Owner", mark="owner"),
    ),
)
LATE = pl.DataFrame({"case_id": ["0"], "outcome": ["past due"], "spent": [9.0], "target": [4.0]})


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[tuple[LedgerView, LedgerView]]:
    rig = Rig(tmp_path / "ledger")
    populate(rig.desk)
    for number in range(0, 45, 3):
        age = 48.0 * number + 1
        steps = [(age - 2, "STAGE_CHANGE", "Investigation"), (age - 5, "ASSIGNEE_CHANGE", "@Tier2")]
        rig.desk.tell(str(number), *steps, (age - 9, "ASSIGNEE_CHANGE", "analyst-08"))
        owned = replace(rig.desk.held[str(number)], assignee="analyst-08", close_reason="NOT_MALICIOUS")
        rig.desk.held[str(number)] = replace(owned, root_cause="Legit action")
    disk = await rig.fill()
    memory = MemoryCaseLedger(rig.desk, rig.clock, horizon_days=100)
    yield await disk.view(NOW - 100 * DAY), await memory.view(NOW - 100 * DAY)
    await disk.close()


async def test_every_reading_of_events_is_the_same(views: tuple[LedgerView, LedgerView]) -> None:
    """Stages, flow, waiting, a case's story and the vendor's points do not depend on how words are kept."""
    window = Window(NOW - timedelta(days=90), NOW)
    narrow, wide = (
        (
            decompose(visits(view.cases, events_of(view), NOW)),
            asdict(flow(view.cases, events_of(view), {"analyst-07": "Tier 1", "analyst-08": "Tier 2"})),
            waits(view.cases, events_of(view), window, NOW),
            [story(view, number) for number in ("0", "3", "44")],
            sorted(with_history_points(view).rows()),
            handled(view.cases),
            counts(view.cases),
            sorted(with_disposition(view.cases).get_column("disposition").drop_nulls()),
            last_handled(view.cases, [SkillThreat(skill="mail", case_words=("case",))]),
            conformance(BOOK, typed(view.cases, [], 30.0), view.events.of(view.cases)),
            overdue(view.cases, LATE, 5),
        )
        for view in views
    )
    assert len(narrow[0]) == 2 and all(narrow[5:])
    for one, other in zip(narrow, wide, strict=True):
        assert one == other
