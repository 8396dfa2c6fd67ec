"""Grouping of cases, downtime past the RTO, and due days by the remediation table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from connectors.models.organisation.risk import CoordinatorRow, Remediation
from connectors.organisation.files import load_file
from handlers.analysis.clusters import clusters, named_in, rules_of, telling
from handlers.analysis.downtime import downtime, merged
from handlers.analysis.remediation import DECISIONS, Inputs, Signals, Term, coordinated, term
from tests.handlers.commands.desk import case_frame

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TABLE = [one.record for one in load_file(Path("/nowhere"), Remediation)]
SAID = (
    "nnnP upgrade; ynnP 14 d; nynP 60 d; nnyP 60 d; nnnT upgrade; yynP 14 d; ynyP 14 d; nyyP 14 d; ynnT 14 d; "
    "nynT 14 d; nnyT 60 d; yyyP 3 d; yynT 3 d + forensics; ynyT 3 d + forensics; nyyT 3 d; yyyT 3 d + forensics"
)
ROWS = dict(part.split(" ", 1) for part in SAID.split("; "))


def hours(number: float) -> datetime:
    """An instant so many hours before NOW."""
    return NOW - timedelta(hours=number)


def inputs(code: str) -> Inputs:
    """ "yn?T": KEV, exposed, automatable, technical impact; "?" is not known."""
    known = {"y": True, "n": False, "?": None}
    impact = {"P": "partial", "T": "total", "?": None}[code[3]]
    return Inputs(known[code[0]], known[code[1]], known[code[2]], impact)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", sorted("".join(parts) for parts in product("yn", "yn", "yn", "PT")))
def test_every_row_of_the_remediation_table(code: str) -> None:
    """All 16 combinations of BOD 26-04 say what its table says, from the file that is shipped."""
    found = term(TABLE, inputs(code))
    told = ROWS[code]
    days = None if told == "upgrade" else int(told.split()[0])
    assert found.certain
    assert found.strictest == Term(days, "forensics" in told)


def test_shipped_rows_say_where_they_come_from() -> None:
    """Each of the 16 rows has its source, evidence, date of checking and status."""
    assert len(TABLE) == 16
    assert all(row.source and row.evidence and row.status and row.checked == date(2026, 11, 22) for row in TABLE)


@pytest.mark.parametrize(
    ("code", "strictest", "laxest"),
    [
        ("ynn?", Term(14, False), Term(14, False)),
        ("y??T", Term(3, True), Term(14, False)),
        ("n?yP", Term(14, False), Term(60, False)),
        ("????", Term(3, True), Term(None, False)),
        ("nnn?", Term(None, False), Term(None, False)),
    ],
)
def test_unknown_inputs_give_a_range(code: str, strictest: Term, laxest: Term) -> None:
    """What is not known gives the strictest and the laxest term, and nothing is guessed; no difference, no range."""
    found = term(TABLE, inputs(code))
    assert (found.strictest, found.laxest) == (strictest, laxest)
    assert found.certain == (strictest == laxest)


def test_due_day() -> None:
    """Three days from 20 November are 23 November; "on upgrade" has no day."""
    assert Term(3, True).due(date(2026, 11, 20)) == date(2026, 11, 23)
    assert Term(None, False).due(date(2026, 11, 20)) is None


def test_a_torn_table_is_refused() -> None:
    """A table with a missing or a repeated row answers nothing rather than something wrong."""
    for torn in (TABLE[:-1], [*TABLE, TABLE[0]], [*TABLE[:-1], TABLE[0]]):
        with pytest.raises(ValueError, match="of 16 combinations"):
            term(torn, inputs("yyyT"))


COORDINATOR = [one.record for one in load_file(Path("/nowhere"), CoordinatorRow)]


@pytest.mark.parametrize(
    ("signals", "decisions"),
    [
        (("active", True, "total", "high"), ("act",)), (("active", False, "total", "medium"), ("attend",)),
        (("none", False, "partial", None), ("track",)), (("none", False, "total", None), ("track", "track*")),
        ((None, None, None, "low"), ("track", "attend")), ((None, None, None, None), ("track", "act")),
    ],
)  # fmt: skip
def test_the_coordinator_table(signals: tuple[Any, ...], decisions: tuple[str, ...]) -> None:
    """The rows that the specification names; what is not known gives the range of what it leaves open."""
    found = coordinated(COORDINATOR, Signals(*signals))
    assert found == (decisions[0], decisions[-1])


def test_the_coordinator_table_rises_with_each_input() -> None:
    """No decision gets calmer when one input gets worse, the others being equal: 36 rows, each once."""
    said = {
        (r.exploitation, r.automatable, r.technical_impact, r.mission): DECISIONS.index(r.decision) for r in COORDINATOR
    }
    steps: tuple[tuple[Any, ...], ...] = (
        ("none", "public poc", "active"), (False, True), ("partial", "total"), ("low", "medium", "high"),
    )  # fmt: skip
    assert said.keys() == set(product(*steps)) and len(COORDINATOR) == 36
    for key, place in said.items():
        for at, step in enumerate(steps):
            for worse in step[step.index(key[at]) + 1 :]:
                assert said[(*key[:at], worse, *key[at + 1 :])] >= place
    with pytest.raises(ValueError, match="35 of 36"):
        coordinated(COORDINATOR[1:], Signals())


def test_clusters_join_through_others() -> None:
    """1 shares a host with 2, and 2 an account with 3: one group; 4 stands alone; ids and groups keep their order."""
    found = clusters({"1": ["ws-1"], "4": [], "2": ["WS-1 ", "adm"], "3": ["adm."]})
    assert found == [("1", "2", "3"), ("4",)]
    assert clusters({}) == []


def test_a_shared_host_joins_every_pair_once() -> None:
    """Every case stands in exactly one group, whatever the order of joining."""
    made = {str(n): [f"h{n}", f"h{n + 1}"] for n in range(50)} | {"x": ["other"]}
    found = clusters(made)
    assert sorted(i for group in found for i in group) == sorted(made)
    assert len(found) == 2


def test_only_known_names_are_found_in_a_title() -> None:
    """A title is written by an attacker: names nobody knows are no entities; case and full stops do not matter."""
    known = frozenset({"ws-0001", "srv.example"})
    assert named_in("Beacon on WS-0001, then srv.example. and ws-00011", known) == ("ws-0001", "srv.example")
    assert named_in("CVE-2026-1234 on 12345", known) == ()


@pytest.mark.parametrize(("name", "tells"), [("ws-0014", True), ("on", False), ("mail", False), ("db1", False)])
def test_names_from_telemetry_must_tell_something(name: str, tells: bool) -> None:
    """A host that an attacker called "on" joins no cases."""
    assert telling(name) is tells


def test_rules_of_cases() -> None:
    """Rules come from the ledger for the cases asked; one without a rule is left out."""
    frame = case_frame([{"case_id": "1", "rule": "r1"}, {"case_id": "2", "rule": None}, {"case_id": "3", "rule": "r3"}])
    assert rules_of(frame, ["1", "2", "9"]) == {"1": "r1"}


def test_downtime_past_the_rto() -> None:
    """5 h 40 min down with an RTO of 4 h at 120,000 an hour: 1 h 40 min past it, 200,000."""
    found = downtime([(hours(13.5), hours(13.5 - 17 / 3))], NOW, 4, 120_000)
    assert found is not None
    assert [found.hours, found.over, found.cost] == pytest.approx([17 / 3, 5 / 3, 200_000])
    assert (found.down, found.left) == (False, None)


def test_two_cases_about_one_outage_cost_once() -> None:
    """Overlapping outages are one; those apart each get the whole RTO."""
    one = [(hours(10), hours(4)), (hours(9), hours(5))]
    assert merged([(a, b) for a, b in one]) == [(hours(10), hours(4))]
    found = downtime(one, NOW, 2, 10)
    assert found is not None
    assert (found.over, found.cost) == (4, 40)
    apart = downtime([(hours(20), hours(19)), (hours(10), hours(9))], NOW, 2, 10)
    assert apart is not None
    assert (apart.hours, apart.over) == (2, 0)


def test_still_down() -> None:
    """A running outage counts until now and says when it passes the RTO, or by how much it has."""
    near, past = downtime([(hours(1), None)], NOW, 4, 10), downtime([(hours(6), None)], NOW, 4, None)
    assert near is not None
    assert past is not None
    assert (near.down, near.left, near.cost) == (True, 3, 0)
    assert (past.left, past.over, past.cost) == (-2, 2, None)


def test_downtime_that_cannot_be_priced() -> None:
    """Without an RTO nothing is past it, and that is not zero; an outage of the future or reversed is none."""
    found = downtime([(hours(6), hours(1))], NOW, None, 10)
    assert found is not None
    assert (found.over, found.cost) == (None, None)
    assert downtime([(hours(-1), None)], NOW, 4, 10) is None
    assert downtime([(hours(1), hours(2))], NOW, 4, 10) is None
    assert downtime([], NOW, 4, 10) is None
