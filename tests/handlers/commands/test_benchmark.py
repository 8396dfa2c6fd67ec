"""`benchmark` through run(): what may be compared, what is withheld, and what is only context."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import TimedOut
from connectors.models.organisation.benchmarks import Benchmark, Breach, OwnBenchmark, PeerValue
from connectors.organisation.files import load_file
from handlers.commands.benchmark import COMMAND
from handlers.core.errors import Denied
from messages.document import Document
from tests.handlers.commands.twins import NOW, Desk, cases_frame, cells, with_commands, words

DAY = 86_400
DAYS = (2, 3, 4, 5, 7, 9, 19)
SHIPPED = tuple(one.record for one in load_file(Path("/nonexistent"), Benchmark))


def desk(days: tuple[float, ...] = DAYS, hours: tuple[float, ...] = ()) -> Desk:
    """Own breaches of a year and closed cases of October, beside the shipped file."""
    made = with_commands(COMMAND)
    made.organisation.files[Benchmark] = list(SHIPPED)
    made.organisation.files[Breach] = [
        Breach(id=f"b{at}", detected=date(2026, 5, 1), dwell_days=day) for at, day in enumerate(days)
    ]
    opened = NOW - timedelta(days=40)
    made.ledger.cases = cases_frame([
        {"case_id": str(at), "created_at": opened, "updated_at": opened, "status": "closed",
         "closed_at": opened + timedelta(hours=hour)} for at, hour in enumerate(hours)
    ])  # fmt: skip
    return made


def peers(values: list[float]) -> list[PeerValue]:
    return [
        PeerValue(peer=f"Peer {at}", metric="mttr", value=value, statistic="median", year=2025, sector="financial",
                  region="EU", size="large", source="circle") for at, value in enumerate(values)
    ]  # fmt: skip


def own(**more: Any) -> OwnBenchmark:
    given: dict[str, Any] = {
        "id": "o", "series": "o", "metric_name": "Time to resolve", "value": 14_400, "unit": "seconds",
        "statistic": "median", "population": "members", "publisher": "Circle", "title": "Circle 2025",
        "data_to": "2025", "evidence": "own", "comparable_with": "mttr", "last_checked": date(2026, 10, 1),
        "stale_after": date(2027, 12, 31), "quantiles": {25: 3600, 50: 14_400, 75: 57_600},
    }  # fmt: skip
    return OwnBenchmark(**given | more)


async def ask(made: Desk, line: str = "benchmark --industry-comparison", role: str = "manager") -> Document:
    return await made.run(line, role=role)


async def test_the_worked_example() -> None:
    """Own dwell n = 7, median 5 d, interval 2 to 19 d against 14 d: lower, p = 0.0625, not significant."""
    made = await ask(desk())
    figure = made.figure("dwell.median")
    assert (figure.n, figure.value, figure.low, figure.high) == (7, 5 * DAY, 2 * DAY, 19 * DAY)
    assert made.figure("benchmark.mtrends-dwell-2025.p").value == 0.0625
    row = next(row for row in cells(made, "Ours and theirs") if row[0] == "Dwell time")
    assert row[3] == "inconclusive: lower, but not significant: 6 of 7 below, one-sided sign test p = 0.0625"


async def test_four_breaches_show_no_median() -> None:
    """Below five values there is no statistic and no verdict."""
    made = await ask(desk(days=(2, 3, 4, 5)))
    assert made.figure("dwell.median").value is None
    assert "4 of the 5 values that a median needs" in words(made)


async def test_alert_level_mttd_is_not_comparable_with_dwell() -> None:
    """M-Trends' dwell stands beside our time to detect only as not comparable."""
    rows = [row for row in cells(await ask(desk()), "Ours and theirs") if row[0] == "Time to detect"]
    assert rows
    assert all(row[3].startswith("not comparable") for row in rows)


async def test_a_mean_is_never_compared_with_a_median() -> None:
    """A published mean for a measure of which we have a median is not comparable, whatever the file says."""
    made = desk(hours=(5.0,) * 8)
    made.organisation.files[OwnBenchmark] = [own(statistic="mean")]
    found = words(await ask(made))
    assert "theirs is a mean, ours a median" in found


async def test_quantiles_place_us_on_a_log_scale() -> None:
    """A median of 2 h between 1 h at P25 and 4 h at P50 is about P38; all eight below 4 h is better."""
    made = desk(hours=(2.0,) * 8)
    made.organisation.files[OwnBenchmark] = [own()]
    row = next(row for row in cells(await ask(made), "Ours and theirs") if "Circle 2025" in row[2])
    assert "about P38" in row[3]
    assert row[3].startswith("better: 8 of 8 below")


async def test_beyond_the_quantiles_only_the_side_is_told() -> None:
    """A median of 20 h beyond P75 is "above P75", and worse is red."""
    made = desk(hours=(20.0,) * 8)
    made.organisation.files[OwnBenchmark] = [own()]
    answer = await ask(made)
    assert "above P75" in words(answer)
    assert answer.verdict is not None
    assert answer.verdict.status == "red"


async def test_fewer_than_five_peers_are_withheld() -> None:
    """Four peers give no quartiles; five do."""
    made = desk(hours=(2.0,) * 8)
    made.organisation.files[PeerValue] = peers([3600, 7200, 9000, 10800])
    assert cells(await ask(made), "Peers")[0][2] == "withheld: 4 of the 5 peers that quartiles need"
    made.organisation.files[PeerValue] = peers([3600, 7200, 9000, 10800, 20000])
    assert cells(await ask(made), "Peers")[0][2:] == ["2 h / 2 h 30 min / 3 h", "5", "in the best quarter"]


async def test_old_numbers_are_marked_stale_and_editions_make_no_trend() -> None:
    """With --context every edition is there, old ones are stale, and the table says that there is no trend."""
    found = cells(await ask(desk(), "benchmark --context"), "All editions on file (no trend")
    assert len(found) == len(SHIPPED)
    assert any(row[3].startswith("stale") for row in found if "M-Trends 2012" in row[2])
    assert any("sample changed" in row[3] for row in found if "Active Adversary Report 2026" in row[2])
    assert all(("evidence K" in row[2]) == ("never checked" in row[2]) for row in found)
    assert any("never checked" in row[2] for row in found)


async def test_an_unknown_filter_is_said_with_what_is_known() -> None:
    """A sector that no row has is named, with those on file."""
    found = words(await ask(desk(), "benchmark --sector forestry"))
    assert "has the sector “forestry”; on file: healthcare" in found


async def test_a_missing_ledger_is_a_notice_and_never_green() -> None:
    """Without the ledger the case measures are left out; breaches are still compared."""
    made = desk()
    made.ledger.fails["view"] = TimedOut("Case ledger", 5)
    answer = await ask(made)
    assert "mttr.median" not in {figure.id for figure in answer.figures}
    assert answer.verdict is not None
    assert answer.verdict.status == "unknown"
    assert any("Case ledger" in str(notice) for notice in answer.notices)


async def test_a_missing_side_is_never_green_and_the_counts_say_so() -> None:
    """Better than all that is left is unknown, not green, while the file of our own breaches is missing."""
    made = desk(hours=(2.0,) * 8)
    made.organisation.files[OwnBenchmark] = [own()]
    del made.organisation.files[Breach]
    said = await ask(made)
    assert said.verdict is not None and said.verdict.status == "unknown"
    assert said.figure("benchmark.better.count").note == "without breaches.yaml, whose comparisons are not counted"


async def test_what_is_on_record_for_no_case_has_no_n_of_zero() -> None:
    """Time to contain of peers stands beside none of ours: no value, no n of 0, and the words say none on record."""
    made = desk(hours=(2.0,) * 8)
    made.organisation.files[PeerValue] = [one.model_copy(update={"metric": "mttc"}) for one in peers([1.0] * 5)]
    said = await ask(made)
    figure = said.figure("mttc.median")
    assert (figure.value, figure.n) == (None, None) and figure.note
    assert cells(said, "Peers")[0][1] == "none on record"


async def test_a_fact_aged_by_hand_is_marked_where_it_stands() -> None:
    """A stale row is marked in the comparison; a stale context fact is counted, and marked with --context."""
    made = desk()
    past = {"stale_after": date(2026, 11, 21)}
    made.organisation.files[Benchmark] = [one.model_copy(update=past) for one in SHIPPED]
    said = await ask(made)
    assert {row[3].split(": ")[1].startswith("stale; ") for row in cells(said, "Ours and theirs")} == {True}
    assert "facts are stale and not shown" in words(said)
    shown = cells(await ask(made, "benchmark --context"), "All editions")
    assert len(shown) == len(SHIPPED) and all("stale" in row[3] for row in shown)


async def test_an_analyst_may_not() -> None:
    """It needs the right to read metrics."""
    made = desk()
    access = made.soc.access
    with pytest.raises(Denied):
        access.as_role(("analyst",), "a", "Analyst 07").require(COMMAND.needs)


def test_the_shipped_file_says_what_a_citation_needs() -> None:
    """Every row has publisher, title and evidence; a row without a number says why; dwell compares with dwell alone."""
    assert all(one.publisher and one.title for one in SHIPPED)
    empty = [one for one in SHIPPED if one.value is None]
    assert [one.id for one in empty] == ["ibm-2026"]
    assert {one.series for one in SHIPPED if one.comparable_with != "context-only"} == {"mtrends-dwell"}
    dwell = {one.data_to: one.value for one in SHIPPED if one.series == "mtrends-dwell"}
    assert [dwell[str(y)] for y in range(2022, 2026)] == [16 * DAY, 10 * DAY, 11 * DAY, 14 * DAY]
