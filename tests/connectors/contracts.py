"""What every implementation of a port promises, one class a port.

A test module subclasses a contract and gives the fixtures it names: the port, and `now` (the instant the world
behind it stands at). The world must hold at least a few hundred cases over the last 90 days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from connectors.errors import Absent
from connectors.models.cases import CASE_COLUMNS, EVENT_COLUMNS, PRIORITIES, Case
from connectors.models.reading import Window
from connectors.ports import AlertFeed, CaseDesk, CaseLedger, CloudPosture, ThreatIntel

TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")


def is_utc(at: datetime | None) -> bool:
    """None, or an instant of UTC."""
    return at is None or at.utcoffset() == timedelta(0)


def days(now: datetime, count: float) -> Window:
    """The last days up to now."""
    return Window(now - timedelta(days=count), now)


async def created(desk: CaseDesk, window: Window) -> list[Case]:
    """Cases of the window, all pages."""
    return [case async for page in desk.cases(window) for case in page.items]


class CaseDeskContract:
    """Fixtures: `desk`, `now`."""

    async def test_it_answers(self, desk: CaseDesk) -> None:
        """A desk that is there says so without a complaint."""
        ping = await desk.ping()
        assert ping.ok and ping.name

    async def test_the_queue_is_open_unique_and_dated(self, desk: CaseDesk, now: datetime) -> None:
        """The open queue holds open cases alone, each once, created before now, with a provenance."""
        reading = await desk.open_cases()
        assert reading.items and reading.source and is_utc(reading.as_of)
        assert all(case.is_open for case in reading.items)
        assert len({case.id for case in reading.items}) == len(reading.items)
        assert all(is_utc(case.created_at) and case.created_at <= now for case in reading.items)
        assert {case.priority for case in reading.items} <= set(PRIORITIES)
        assert not reading.truncated and reading.total in (None, len(reading.items))

    async def test_cases_of_adjoining_windows_add_up(self, desk: CaseDesk, now: datetime) -> None:
        """Half-open windows: two that adjoin hold together what the whole holds, newest first, none twice."""
        whole = await created(desk, days(now, 20))
        middle = now - timedelta(days=7)
        late, early = await created(desk, Window(middle, now)), await created(desk, Window(days(now, 20).start, middle))
        assert whole and [case.id for case in whole] == [case.id for case in late + early]
        assert all(one.created_at >= two.created_at for one, two in pairwise(whole))
        assert all(days(now, 20).holds(case.created_at) for case in whole)

    async def test_history_lies_inside_its_window(self, desk: CaseDesk, now: datetime) -> None:
        """Events stand in the window asked for, and every case created there has its creation."""
        window = days(now, 10)
        events = [event async for page in desk.history(window) for event in page.items]
        assert events and all(window.holds(event.at) for event in events)
        made = {event.case_id for event in events if event.activity == "CREATE_CASE"}
        assert {case.id for case in await created(desk, window) if case.created_at < now - timedelta(hours=1)} <= made

    async def test_origins_are_those_of_the_windows_cases(self, desk: CaseDesk, now: datetime) -> None:
        """Every case of a window has one origin: it happened, was detected, became a case, in that order."""
        window = Window(now - timedelta(days=9), now - timedelta(days=2))
        pages = [page async for page in desk.origins(window)]
        origins = [origin for page in pages for origin in page.items]
        cases = {case.id: case.created_at for case in await created(desk, window)}
        assert sorted(origin.case_id for origin in origins) == sorted(cases) and cases
        assert all(page.source and not page.truncated for page in pages)
        for origin in origins:
            assert is_utc(origin.first_event_at) and origin.detected_at is not None and is_utc(origin.detected_at)
            assert (origin.first_event_at or origin.detected_at) <= origin.detected_at <= cases[origin.case_id]
        assert all(origin.rule for origin in origins)

    async def test_an_origin_is_that_of_the_cases_alerts(self, desk: CaseDesk, now: datetime) -> None:
        """The first event, the first detection and the rule are, to the second, those of the case's own alerts."""
        origins = [origin async for page in desk.origins(days(now, 3)) for origin in page.items]
        for origin in [one for one in origins if one.first_event_at is not None][:3]:
            alerts = (await desk.case(origin.case_id)).alerts or ()
            happened = min(alert.first_event_at for alert in alerts if alert.first_event_at is not None)
            raised = min(alert.created_at for alert in alerts if alert.created_at is not None)
            assert origin.first_event_at == happened.replace(microsecond=0)
            assert origin.detected_at == raised.replace(microsecond=0)
            assert origin.rule in {alert.rule for alert in alerts}

    async def test_a_case_in_full(self, desk: CaseDesk) -> None:
        """A case has the parts that its count promises; times stand in order."""
        queue = (await desk.open_cases()).items
        detail = await desk.case(queue[0].id)
        assert detail.case.id == queue[0].id and detail.notices == ()
        assert detail.alerts is not None and len(detail.alerts) == detail.case.alert_count
        assert detail.wall is not None
        assert [line.at for line in detail.wall] == sorted(line.at for line in detail.wall)

    @pytest.mark.parametrize("number", ["999999999999", "../cases", "no such case", ""])
    async def test_a_case_that_is_not_there(self, desk: CaseDesk, number: str) -> None:
        """A number nobody has, and what is no number at all, are absent."""
        with pytest.raises(Absent):
            await desk.case(number)

    async def test_a_comment_stands_on_the_case(self, desk: CaseDesk) -> None:
        """A confirmed comment can be read back word for word, hostile characters included."""
        number = (await desk.open_cases()).items[0].id
        text = "<!channel> *bold* | \u202e `code` ü 漢字 {x}"
        written = await desk.comment(number, text)
        assert written.confirmed
        comments = (await desk.case(number)).comments
        assert comments is not None and text in [line.text for line in comments]

    async def test_a_priority_changes(self, desk: CaseDesk) -> None:
        """A confirmed priority is the case's priority from then on, in the queue as well."""
        case = (await desk.open_cases()).items[0]
        wanted = "low" if case.priority != "low" else "high"
        assert (await desk.change_priority(case.id, wanted)).confirmed
        assert (await desk.case(case.id)).case.priority == wanted
        queue = {case.id: case.priority for case in (await desk.open_cases()).items}
        assert queue[case.id] == wanted

    async def test_a_summary_is_written(self, desk: CaseDesk) -> None:
        """The desk's own summary is ready within the reader's patience."""
        summary = await desk.summary((await desk.open_cases()).items[0].id)
        assert (summary.state, bool(summary.text)) == ("SUCCESSFUL", True)


class AlertFeedContract:
    """Fixtures: `feed`, `now`."""

    async def test_it_answers(self, feed: AlertFeed) -> None:
        """A SIEM that is there says so."""
        assert (await feed.ping()).ok

    async def test_totals_do_not_depend_on_the_limit(self, feed: AlertFeed, now: datetime) -> None:
        """A small limit cuts the list and says so; totals and counts per rule stay those of all alerts."""
        few, many = await feed.alerts(days(now, 1), limit=3), await feed.alerts(days(now, 1), limit=5000)
        assert (len(few.one.alerts), few.truncated, many.truncated) == (3, True, False)
        assert few.one.total == many.one.total == len(many.one.alerts) <= many.one.baseline
        assert few.one.per_rule == many.one.per_rule
        assert sum(count for _, count in many.one.per_rule) == many.one.total
        assert all(is_utc(alert.created_at) and days(now, 1).holds(alert.created_at) for alert in many.one.alerts)

    async def test_closed_alerts_can_be_left_out(self, feed: AlertFeed, now: datetime) -> None:
        """Without closed ones there are fewer, none of them closed, and the baseline is still all."""
        every, live = await feed.alerts(days(now, 2), 5000), await feed.alerts(days(now, 2), 5000, closed=False)
        assert live.one.total < every.one.total
        assert "CLOSED" not in {alert.status for alert in live.one.alerts}

    async def test_indicator_matches(self, feed: AlertFeed, now: datetime) -> None:
        """Matches say what was seen and where; a cut is said."""
        reading = await feed.ioc_matches(days(now, 30), limit=5)
        assert len(reading.items) == 5 and reading.truncated
        assert all(match.type and match.value for match in reading.items)

    async def test_rules_and_their_techniques(self, feed: AlertFeed) -> None:
        """Rules are unique; technique ids look like technique ids; some rules are mapped."""
        rules = (await feed.rules()).items
        assert len({rule.id for rule in rules}) == len(rules) > 0
        techniques = {technique for rule in rules for technique in rule.techniques}
        assert techniques and all(TECHNIQUE.fullmatch(technique) for technique in techniques)
        assert {rule.enabled for rule in rules} >= {True}

    async def test_rule_activity(self, feed: AlertFeed, now: datetime) -> None:
        """Counts are of the window, most first, and never exceed the alerts' total by rule."""
        activity = (await feed.rule_activity(days(now, 7))).items
        assert [item.count for item in activity] == sorted((item.count for item in activity), reverse=True)
        assert all(item.last_at is not None and item.last_at <= now for item in activity)


class ThreatIntelContract:
    """Fixture: `intel`."""

    async def test_profiles_and_recommendations(self, intel: ThreatIntel) -> None:
        """Profiles are unique; what is recommended has a name, a type, and the profile it is for."""
        assert (await intel.ping()).ok
        profiles = (await intel.profiles()).items
        assert len({profile.id for profile in profiles}) == len(profiles) > 0
        profile = next(profile for profile in profiles if profile.recommendations_enabled)
        found = (await intel.recommendations(profile.id)).items
        assert found and all(item.name and item.type and item.profile_id == profile.id for item in found)
        assert all(TECHNIQUE.fullmatch(technique) for item in found for technique in item.techniques)

    async def test_a_profile_that_is_not_there(self, intel: ThreatIntel) -> None:
        """An id nobody has, and what is no id, are absent."""
        for number in ("ffffffffffff", "../x"):
            with pytest.raises(Absent):
                await intel.recommendations(number)


class CloudPostureContract:
    """Fixture: `posture`."""

    async def test_findings_are_ranked_over_everything(self, posture: CloudPosture) -> None:
        """All findings, the highest attack exposure first, unscored ones last, HIGH and CRITICAL alone."""
        assert (await posture.ping()).ok
        reading = await posture.findings()
        scores = [item.attack_exposure for item in reading.items]
        known = [score for score in scores if score is not None]
        assert known == sorted(known, reverse=True) and scores[: len(known)] == known
        assert {item.severity for item in reading.items} <= {"high", "critical"}
        assert reading.total in (None, len(reading.items)) and not reading.truncated


class CaseLedgerContract:
    """Fixtures: `ledger`, `desk` (the one below it), `now`."""

    async def test_columns_are_as_documented(self, ledger: CaseLedger, now: datetime) -> None:
        """Both frames have the documented columns in order, times in microseconds of UTC, and agree with the facts."""
        view = await ledger.view(now - timedelta(days=60))
        events = view.events.of(view.cases)
        assert view.cases.columns == list(CASE_COLUMNS) and events.columns == list(EVENT_COLUMNS)
        utc = pl.Datetime("us", "UTC")
        for frame, columns in ((view.cases, CASE_COLUMNS), (events, EVENT_COLUMNS)):
            assert {name for name, text in columns.items() if text.startswith("datetime")} == {
                name for name, dtype in frame.schema.items() if dtype == utc
            }
        assert (view.facts.cases, view.facts.events) == (view.cases.height, events.height)
        assert view.cases.get_column("case_id").is_unique().all()

    async def test_it_holds_what_the_desk_holds(self, ledger: CaseLedger, desk: CaseDesk, now: datetime) -> None:
        """Every case of the last 30 days is there, as the desk has it."""
        view = await ledger.view(now - timedelta(days=60))
        held = dict(view.cases.select("case_id", "status").iter_rows())
        recent = await created(desk, days(now, 30))
        assert recent and {case.id: case.status for case in recent}.items() <= held.items()

    async def test_times_are_those_of_the_history(self, ledger: CaseLedger, desk: CaseDesk, now: datetime) -> None:
        """Closing times are the last close of the history, and open cases have none."""
        view = await ledger.view(now - timedelta(days=60))
        closes: dict[str, datetime] = {}
        async for page in desk.history(days(now, 20)):
            for event in page.items:
                if event.activity == "CLOSE_CASE":
                    closes[event.case_id] = max(event.at, closes.get(event.case_id, event.at))
        rows = view.cases.filter(pl.col("case_id").is_in(list(closes))).select("case_id", "closed_at", "status")
        assert rows.height > 0
        for number, closed_at, status in rows.iter_rows():
            assert closed_at == (None if status == "opened" else closes[number].astimezone(UTC))

    async def test_origins_are_those_of_the_desk(self, ledger: CaseLedger, desk: CaseDesk, now: datetime) -> None:
        """First activity, first detection and rule are what the desk says of the case."""
        view = await ledger.view(now - timedelta(days=60))
        told = {origin.case_id: origin async for page in desk.origins(days(now, 20)) for origin in page.items}
        rows = view.cases.filter(pl.col("case_id").is_in(list(told)))
        assert rows.height == len(told) > 0
        for number, first, detected, rule in rows.select(
            "case_id", "first_activity_at", "detected_at", "rule"
        ).iter_rows():
            origin = told[number]
            assert (first, detected, rule) == (origin.first_event_at, origin.detected_at, origin.rule)
        assert rows.get_column("first_activity_at").drop_nulls().len() > 0
