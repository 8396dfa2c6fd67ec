"""Regulatory clocks: every worked example of the rules, the states, and what does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.models.organisation.clocks import (
    ClockRule,
    Delay,
    Filing,
    IncidentTriggers,
    RegulatorProfile,
    Scope,
    StageDecision,
    TriggerTime,
)
from connectors.organisation.files import load_file
from handlers.analysis.clocks import Board, Clock, board
from handlers.analysis.deadlines import Days, business_day, closing, local_day, months, noon

RULES = tuple(one.record for one in load_file(Path("/nonexistent"), ClockRule))
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def scope(rule: str, applies: bool = True, **more: Any) -> Scope:
    return Scope(rule=rule, applies=applies, decided_by="Legal counsel", decided_on=date(2026, 1, 5), **more)


def profile(*scopes: Scope, jurisdictions: tuple[str, ...] = ("EU",)) -> RegulatorProfile:
    return RegulatorProfile(jurisdictions=jurisdictions, owner="Legal counsel", checked=date(2026, 1, 5), scopes=scopes)


def incident(rule: str, times: dict[str, Any], **more: Any) -> IncidentTriggers:
    triggers = tuple(
        TriggerTime.model_validate({"trigger": name, "at": at, "confirmed_by": "Legal counsel"})
        for name, at in times.items()
    )
    given: dict[str, Any] = {"id": "i1", "title": "t", "owner": "lead-01", "rules": (rule,), "triggers": triggers}
    return IncidentTriggers(**(given | more))


def look(rule: str, times: dict[str, Any], now: str, zone: str = BERLIN, **more: Any) -> Board:
    decided = more.pop("scope", scope(rule))
    return board([incident(rule, times, **more)], RULES, profile(decided), datetime.fromisoformat(now), zone)


def stage(found: Board, name: str) -> Clock:
    return next(clock for clock in found.clocks if clock.stage is not None and clock.stage.name == name)


def due(found: Board, name: str, zone: str = BERLIN) -> str:
    """Local time of a deadline, or its day."""
    made = stage(found, name).due
    assert made is not None
    return str(made.day) if made.day else made.at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M %Z")


def test_72_hours_across_the_end_of_summer_time() -> None:
    """Aware Fri 23 Oct 2026 18:20 in Berlin: 72 h end Mon 26 Oct 17:20 CET, not 18:20."""
    found = look("gdpr", {"aware_at": "2026-10-23T18:20:00+02:00"}, "2026-10-24T00:00:00Z")
    assert due(found, "supervisory authority") == "Mon 26 Oct 17:20 CET"


def test_24_and_72_hours_of_nis2() -> None:
    """24 h after Fri 18:20 are Sat 18:20; the 72 h end at 17:20 after the hour was put back."""
    found = look("nis2", {"significant_determined_at": "2026-10-23T18:20:00+02:00"}, "2026-10-24T00:00:00Z")
    assert due(found, "early warning") == "Sat 24 Oct 18:20 CEST"
    assert due(found, "notification") == "Mon 26 Oct 17:20 CET"


@pytest.mark.parametrize(
    ("determined", "last"),
    [
        ("2026-11-25", "2026-12-02"),
        ("2026-07-01", "2026-07-08"),
        ("2026-07-06", "2026-07-10"),
        ("2026-07-10", "2026-07-16"),
        ("2026-07-11", "2026-07-16"),
    ],
)
def test_four_business_days_of_the_sec(determined: str, last: str) -> None:
    """The day of determination is day zero; weekends, Thanksgiving and the observed 3 July are left out."""
    found = look("sec-8k", {"materiality_determined_at": determined}, "2026-07-01T00:00:00Z")
    clock = stage(found, "Form 8-K")
    assert clock.due is not None and str(clock.due.day) == last
    assert clock.due.at.astimezone(ZoneInfo(NEW_YORK)).strftime("%F %H:%M") == f"{last} 17:30"


def test_a_holiday_of_ones_own() -> None:
    """Tue 14 Jul with Fri 17 a holiday ends Tue 21 Jul."""
    days = Days(NEW_YORK, "US", extra=frozenset({date(2026, 7, 17)}))
    assert business_day(date(2026, 7, 14), 4, days) == date(2026, 7, 21)


def test_the_business_days_between() -> None:
    """Wed 25 Nov 2026: Fri 27, Mon 30, Tue 1, Wed 2 Dec; Wed 1 Jul: 2, 6, 7, 8 Jul."""
    days = Days(NEW_YORK, "US")
    each = [business_day(date(2026, 11, 25), n, days) for n in (1, 2, 3, 4)]
    assert each == [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]
    assert [business_day(date(2026, 7, 1), n, days).day for n in (1, 2, 3, 4)] == [2, 6, 7, 8]
    assert business_day(date(2026, 12, 2), -4, days) == date(2026, 11, 25)


def test_filed_after_half_past_five_is_the_next_day() -> None:
    """A form filed at 17:31 Eastern on the last day is late, one at 17:30 is not."""
    for minute, late in ((30, False), (31, True)):
        sent = Filing(rule="sec-8k", stage="Form 8-K", at=f"2026-12-02T17:{minute}:00-05:00")  # type: ignore[arg-type]
        found = look("sec-8k", {"materiality_determined_at": "2026-11-25"}, "2026-12-03T00:00:00Z", filings=(sent,))
        assert stage(found, "Form 8-K").late is late


def test_amendment_is_a_second_clock() -> None:
    """Missing information that arrives starts its own four business days."""
    times = {"materiality_determined_at": "2026-11-25", "missing_information_at": "2026-12-01"}
    assert due(look("sec-8k", times, "2026-12-01T12:00:00Z"), "amendment") == "2026-12-07"


@pytest.mark.parametrize(
    ("classified", "last"),
    [
        ("2026-11-20T14:00:00+01:00", "Fri 20 Nov 18:00 CET"),
        ("2026-11-21T07:00:00+01:00", "Sat 21 Nov 09:00 CET"),
        ("2026-11-22T10:00:00+01:00", "Sun 22 Nov 14:00 CET"),
    ],
)
def test_initial_report_of_dora(classified: str, last: str) -> None:
    """The earlier of 4 h after classification and 24 h after awareness; classified after the 24 h: 4 h alone."""
    times = {"aware_at": "2026-11-20T09:00:00+01:00", "classified_major_at": classified}
    found = look("dora", times, "2026-11-22T09:30:00Z")
    assert due(found, "initial") == last
    assert (stage(found, "initial").state == "overdue") == (last != "Sun 22 Nov 14:00 CET")


def test_later_reports_of_dora_count_from_filings() -> None:
    """Intermediate: 72 h after the initial was submitted; final: a month after the intermediate; not before."""
    times = {"aware_at": "2026-10-28T07:50:00+01:00", "classified_major_at": "2026-10-28T10:30:00+01:00"}
    found = look("dora", times, "2026-10-28T10:00:00Z")
    assert stage(found, "intermediate").state == "not-started"
    assert stage(found, "intermediate").note == "waits for the filing of “initial”"
    sent = times | {"initial_submitted_at": "2026-10-28T13:55:00+01:00"}
    found = look("dora", sent, "2026-10-29T10:00:00Z")
    assert stage(found, "initial").state == "filed" and stage(found, "initial").late is False
    assert due(found, "intermediate") == "Sat 31 Oct 13:55 CET"
    done = sent | {"intermediate_submitted_at": "2026-10-31T09:00:00+01:00"}
    assert due(look("dora", done, "2026-11-01T10:00:00Z"), "final") == "Mon 30 Nov 09:00 CET"


def test_noon_of_the_next_working_day_only_where_decided() -> None:
    """A deadline on a Saturday moves to Monday noon when the profile says so for that stage, else it stays."""
    times = {"classified_major_at": "2026-11-21T08:00:00+01:00", "aware_at": "2026-11-21T07:00:00+01:00"}
    kept = look("dora", times, "2026-11-21T07:30:00Z")
    assert due(kept, "initial") == "Sat 21 Nov 12:00 CET"
    moved = look(
        "dora", times, "2026-11-21T07:30:00Z",
        scope=scope("dora", noon_rule_for=("initial",), working_days_of="DE"),
    )  # fmt: skip
    assert due(moved, "initial") == "Mon 23 Nov 12:00 CET"
    christmas = closing(date(2026, 12, 25), Days(BERLIN, "DE"))
    assert noon(christmas, Days(BERLIN, "DE")).at == datetime(2026, 12, 28, 11, tzinfo=UTC)


def test_one_month_after_the_31st_of_january() -> None:
    """31 Jan 10:00 and a month is 28 Feb 10:00; summer time does not move the hour."""
    made = months(datetime.fromisoformat("2026-01-31T10:00:00+01:00"), 1, BERLIN)
    assert made.at == datetime.fromisoformat("2026-02-28T10:00:00+01:00")
    spring = months(datetime.fromisoformat("2026-03-15T10:00:00+01:00"), 1, BERLIN)
    assert spring.at == datetime.fromisoformat("2026-04-15T10:00:00+02:00")
    assert months(date(2024, 1, 31), 1, BERLIN).day == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("rule", "name", "last"),
    [
        ("hipaa", "individuals", "2027-01-02"),
        ("hipaa", "HHS, fewer than 500", "2027-03-01"),
        ("us-ca", "residents", "2026-12-03"),
    ],
)
def test_calendar_days(rule: str, name: str, last: str) -> None:
    """Discovered 3 Nov 2026: HIPAA ends 2 Jan 2027, small breaches 60 days after year end, California 3 Dec."""
    found = look(rule, {"breach_discovered_at": "2026-11-03"}, "2026-11-04T09:00:00Z")
    assert due(found, name) == last


def test_three_days() -> None:
    """Three calendar days from 20 Nov end on 23 Nov."""
    made = closing(date(2026, 11, 20) + timedelta(days=3), Days(NEW_YORK))
    assert made.day == date(2026, 11, 23) and local_day(made.at - timedelta(seconds=1), NEW_YORK) == made.day


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-11-02T00:00:00Z", "running"),
        ("2026-11-03T17:59:00Z", "running"),
        ("2026-11-03T18:00:00Z", "due-soon"),
        ("2026-11-04T12:00:00Z", "due-soon"),
        ("2026-11-04T12:00:01Z", "overdue"),
    ],
)
def test_states_of_a_running_clock(now: str, state: str) -> None:
    """72 h are due soon from 18 h before their end, at the end itself still, and overdue a second later."""
    found = look("gdpr", {"aware_at": "2026-11-01T12:00:00Z"}, now)
    assert stage(found, "supervisory authority").state == state


def test_a_day_is_never_taken_for_its_midnight() -> None:
    """An hour clock with a date alone is anchor-missing; a day clock starts from it."""
    found = look("gdpr", {"aware_at": "2026-11-01"}, "2026-11-10T00:00:00Z")
    clock = stage(found, "supervisory authority")
    assert (clock.state, clock.due) == ("anchor-missing", None)
    assert stage(look("us-ca", {"breach_discovered_at": "2026-11-01"}, "2026-11-10T00:00:00Z"), "residents").due


def test_not_started_shows_the_time_since_discovery() -> None:
    """Without a determination nothing is red: the clock waits, and says how long since awareness."""
    found = look("dora", {"aware_at": "2026-11-20T09:00:00Z"}, "2026-11-22T09:00:00Z")
    clock = stage(found, "initial")
    assert (clock.state, clock.elapsed, clock.due) == ("not-started", 48 * 3600.0, None)


def test_scope_is_declared_by_people() -> None:
    """Without a decision or a profile the state is scope-not-declared; a negative decision is counted, not shown."""
    one = incident("gdpr", {"aware_at": "2026-11-20T09:00:00Z"})
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for known in (profile(), None):
        (clock,) = board([one], RULES, known, now, BERLIN).clocks
        assert (clock.state, clock.note) == ("scope-not-declared", "ask legal whether it applies")
    out = board([one], RULES, profile(scope("gdpr", applies=False)), now, BERLIN)
    assert (out.clocks, out.out_of_scope) == ((), 1)


def test_all_rules_of_our_jurisdictions_are_asked_about() -> None:
    """An incident without a list of rules is looked at under every rule of its jurisdictions; others stay away."""
    one = incident("", {"aware_at": "2026-11-20T09:00:00Z"}, rules=(), jurisdictions=("EU",))
    found = board([one], RULES, profile(scope("gdpr")), datetime(2026, 11, 22, tzinfo=UTC), BERLIN)
    undeclared = {clock.rule.id for clock in found.of("scope-not-declared")}
    assert undeclared == {"nis2", "nis2-trust", "dora", "cra-vulnerability", "cra-incident"}


def test_what_is_not_law_never_runs() -> None:
    """Pending rules and proposals are listed and never counted, even in scope."""
    decided = profile(scope("circia"), scope("gdpr-omnibus"), jurisdictions=("US", "EU"))
    one = incident("circia", {"aware_at": "2026-11-20T09:00:00Z"}, rules=())
    found = board([one], RULES, decided, datetime(2026, 11, 22, tzinfo=UTC), BERLIN)
    assert {rule.id for rule in found.not_law} == {"circia", "gdpr-omnibus", "uk-csr-bill"}
    assert not [clock for clock in found.clocks if clock.rule.status != "in force"]
    before = board([one], RULES, decided, datetime(2026, 9, 1, tzinfo=UTC), BERLIN)
    assert {"cra-incident", "cra-vulnerability"} < {rule.id for rule in before.not_law}


def test_legal_decisions_and_delays() -> None:
    """A stage that legal ruled out is counted and gone; a granted delay moves the deadline."""
    ruled = StageDecision(rule="gdpr", stage="data subjects", decided_by="Legal counsel", reason="no high risk")
    until = datetime(2026, 12, 1, tzinfo=UTC)
    granted = Delay(rule="gdpr", stage="supervisory authority", until=until, granted_by="Authority")
    found = look(
        "gdpr", {"aware_at": "2026-11-01T12:00:00Z"}, "2026-11-20T00:00:00Z", not_due=(ruled,), delays=(granted,)
    )
    assert [c.stage.name for c in found.clocks if c.stage] == ["supervisory authority"] and found.not_due == 1
    made = found.clocks[0].due
    assert made is not None and made.at == until


def test_earliest_deadline_first_and_filed_last() -> None:
    """Clocks stand by deadline; those without one follow, filed ones close the list."""
    sent = Filing(rule="nis2", stage="early warning", at="2026-11-21T09:00:00Z")  # type: ignore[arg-type]
    a = incident("nis2", {"significant_determined_at": "2026-11-21T08:00:00Z"}, filings=(sent,))
    b = incident("gdpr", {"aware_at": "2026-11-20T09:00:00Z"}, id="i2")
    known = profile(scope("gdpr"), scope("nis2"))
    names = [c.name for c in board([a, b], RULES, known, datetime(2026, 11, 22, tzinfo=UTC), BERLIN).clocks]
    assert names[0] == "GDPR Art 33/34: supervisory authority" and names[1] == "NIS2 Art 23: notification"
    assert names[-1] == "NIS2 Art 23: early warning"


def test_what_does_not_fit_is_told() -> None:
    """Unknown rules and stages, jurisdictions without a rule or outside the profile, and future times are sentences."""
    wrong = Filing(rule="gdpr", stage="press", at="2027-01-01T00:00:00Z")  # type: ignore[arg-type]
    one = incident(
        "gdpr",
        {"aware_at": "2026-12-20T09:00:00Z"},
        rules=("gdpr", "gdprr"),
        jurisdictions=("BR", "UK"),
        filings=(wrong,),
    )
    told = " ".join(board([one], RULES, profile(scope("gdpr")), datetime(2026, 11, 22, tzinfo=UTC), BERLIN).problems)
    for part in ("no rule “gdprr”; ask legal", "jurisdiction “BR”; ask legal", "“UK” is not among", "no stage “press”"):
        assert part in told
    assert "aware lies in the future" in told and "press lies in the future" in told


def test_unconfirmed_triggers_and_missing_fields_are_named() -> None:
    """A clock says which of its triggers nobody confirmed and which form fields are not known."""
    one = IncidentTriggers.model_validate(
        {"id": "i", "title": "t", "owner": "o", "rules": ["gdpr"], "form": ["contact"],
         "triggers": [{"trigger": "aware_at", "at": "2026-11-21T09:00:00Z"}]}
    )  # fmt: skip
    known = profile(scope("gdpr", form=("contact", "number of persons")))
    clock = board([one], RULES, known, datetime(2026, 11, 22, tzinfo=UTC), BERLIN).clocks[0]
    assert (clock.unconfirmed, clock.missing_fields) == (("aware",), ("number of persons",))


def test_every_shipped_rule_says_where_it_comes_from() -> None:
    """Each rule has a source, a grade and a status; one that claims to be read has the day; anchors exist."""
    assert len({rule.id for rule in RULES}) == len(RULES) == 36
    for rule in RULES:
        assert rule.source and (rule.checked is not None) == (rule.evidence != "K"), rule.id
        assert rule.stages or rule.status != "in force" or rule.id == "nis2-ir"
        for one in rule.stages:
            for limit in one.limits:
                if limit.start.startswith("filed:"):
                    assert limit.start.removeprefix("filed:") in {s.name for s in rule.stages}, rule.id
                else:
                    TriggerTime.model_validate({"trigger": limit.start, "at": "2026-01-01"})
                assert limit.amount or limit.words


def test_closing_an_incident_ends_no_deadline() -> None:
    """A closed incident keeps what is started and not filed, and drops what waits or is filed."""
    times = {"aware_at": "2026-11-21T09:00:00Z"}
    found = look("gdpr", times, "2026-11-22T09:00:00Z", closed=True)
    assert [(c.stage.name, c.state) for c in found.clocks if c.stage] == [("supervisory authority", "running")]
    assert found.closed == 1
    sent = Filing(rule="gdpr", stage="supervisory authority", at="2026-11-21T10:00:00Z")  # type: ignore[arg-type]
    assert look("gdpr", times, "2026-11-22T09:00:00Z", closed=True, filings=(sent,)).clocks == ()


def test_a_bank_may_not_move_its_initial_report() -> None:
    """A credit institution's initial report moved to a working day by the profile is a doubt for legal."""
    moved = scope("dora", noon_rule_for=("initial", "final"), working_days_of="DE")
    bank = profile(moved).model_copy(update={"sectors": ("credit institution",)})
    told = board([], RULES, bank, datetime(2026, 11, 22, tzinfo=UTC), BERLIN).problems
    assert len(told) == 1 and "“initial”" in told[0] and "ask legal" in told[0]
    assert board([], RULES, profile(moved), datetime(2026, 11, 22, tzinfo=UTC), BERLIN).problems == ()
