"""Skill gaps, training priority, certificates: the worked examples and the rules around them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.models.organisation import Skill
from connectors.models.organisation.detection import TechniqueRemap
from connectors.models.organisation.people import Cert, CertDuty, Certification, Course, RoleRequirement, SkillThreat
from handlers.analysis import certificates, practice, training
from handlers.analysis.attack import Remap
from handlers.analysis.training import Gap, Limits
from tests.handlers.commands.twins import cases_frame

TODAY = date(2026, 11, 22)


def skill(person: str, name: str, level: int, basis: Any = "manager", at: date = date(2026, 9, 30), **m: Any) -> Skill:
    return Skill(person=person, skill=name, level=level, basis=basis, at=at, **m)


def course(name: str, hours: float, to_level: int = 3, **more: Any) -> Course:
    given: dict[str, Any] = {"id": name, "name": name, "cost": 100, "currency": "EUR", "starts": (date(2027, 2, 1),)}
    return Course(skill=name, to_level=to_level, hours=hours, **(given | more))


PEOPLE = [(f"p{n}", "Responder") for n in range(1, 5)]
CLOUD = {("p1", "cloud"): 3, ("p2", "cloud"): 1, ("p3", "cloud"): 1, ("p4", "cloud"): 0}
MALWARE = {("p1", "malware"): 3, ("p2", "malware"): 3, ("p3", "malware"): 2, ("p4", "malware"): 0}


def test_worked_example() -> None:
    """Cloud 3,1,1,0 against 3: 7/12 = 58 %, bus factor 1, 3·7/24 = .875 before malware's 1·4·½/40 = .05."""
    profiles = [RoleRequirement(role="responder", skill=s, level=3) for s in ("cloud", "malware")]
    found = training.gaps(PEOPLE, CLOUD | MALWARE, profiles)
    cloud = [g for g in found if g.skill == "cloud"]
    assert [g.gap for g in cloud] == [0, 2, 2, 3]
    assert training.score(cloud) == pytest.approx(7 / 12)
    ranked = training.rank(found, CLOUD | MALWARE, {"cloud": 3.0}, [course("cloud", 24), course("malware", 40)])
    assert [(n.skill, n.able) for n in ranked] == [("cloud", 1), ("malware", 2)]
    assert [n.priority for n in ranked] == pytest.approx([0.875, 0.05])
    assert [g.person for g in ranked[0].trainees] == ["p2", "p3"]


def test_weights_of_the_gap_score() -> None:
    """A gap of a skill that weighs three times counts three times; nothing required is no score."""
    assert training.score([Gap("a", "x", 0, 3, 3.0), Gap("a", "y", 3, 3, 1.0)]) == pytest.approx(9 / 12)
    assert training.score([]) is None


def test_what_nobody_can_comes_before_what_one_can() -> None:
    """A bus factor of 0 counts as a half."""
    assert training.priority(1, 2, 0, 8) == 2 * training.priority(1, 2, 1, 8) == pytest.approx(0.5)


def test_no_course_is_no_priority_and_stays_listed() -> None:
    """A gap without a course has no priority and stands between the courses and the closed gaps."""
    rows = [Gap("a", "x", 1, 3), Gap("a", "y", 3, 3), Gap("a", "z", 2, 3)]
    ranked = training.rank(rows, {}, {}, [course("z", 8)])
    assert [(n.skill, n.priority is None) for n in ranked] == [("z", False), ("x", True), ("y", True)]


def test_suited_course() -> None:
    """The shortest that reaches the level; a longer one that reaches more does not win, one that falls short does."""
    two, three, four = course("s", 8, 2, id="2"), course("s", 24, 3, id="3"), course("s", 40, 4, id="4")
    assert training.suited("s", [two, three, four], 3) is three
    assert training.suited("s", [two], 3) is two
    assert training.suited("other", [two], 3) is None


@pytest.mark.parametrize(("ago", "level"), [(17, 3), (18, 2), (35, 2), (36, 1), (90, 0)])
def test_decay(ago: int, level: int) -> None:
    """A level less for every full 18 months unused, not below 0; use counts before the day of assessment."""
    year, month = divmod(2026 * 12 + 10 - ago, 12)
    day = date(year, month + 1, 22)
    assert training.decayed([skill("a", "x", 3, at=day)], TODAY)[0].level == level
    assert training.decayed([skill("a", "x", 3, at=day, last_used=TODAY)], TODAY)[0].level == 3


def test_calibration() -> None:
    """Self against evidence more than one level apart is flagged; one level apart, or against a manager, is not."""
    rows = [
        skill("a", "x", 4, "self"), skill("a", "x", 2, "evidence"),
        skill("b", "x", 3, "self"), skill("b", "x", 2, "evidence"),
        skill("c", "x", 4, "self"), skill("c", "x", 1, "manager"),
    ]  # fmt: skip
    assert [(d.person, d.claimed, d.shown) for d in training.doubts(rows)] == [("a", 4, 2)]


def test_threat_weights() -> None:
    """The SOC's own weight wins; else 1 to 3 by techniques answered, a parent technique answering its children."""
    maps = [
        SkillThreat(skill="a", techniques=("T1021", "T1486")),
        SkillThreat(skill="b", techniques=("T1486",)),
        SkillThreat(skill="c", techniques=("T1001",)),
        SkillThreat(skill="d", techniques=("T1486",), weight=7),
    ]
    seen = {"T1021.002", "T1486", "T9999"}
    assert training.threat_weights(maps, seen) == {"a": 3.0, "b": 2.0, "c": 1.0, "d": 7}
    assert training.threat_weights(maps, None) == {"a": 1, "b": 1, "c": 1, "d": 7}


def test_retired_techniques_count_as_their_successors() -> None:
    """An old id on either side meets the new one; one without a successor meets nothing."""
    told: dict[str, Any] = {"since": "19", "confidence": "name-inferred", "source": "s", "checked": TODAY}
    remap = Remap([TechniqueRemap(old="T1562", new="T1685", **told), TechniqueRemap(old="T1656", **told)])
    maps = [SkillThreat(skill="a", techniques=("T1562",)), SkillThreat(skill="b", techniques=("T1656",))]
    assert training.threat_weights(maps, {"T1685.001", "T1656"}, remap) == {"a": 3.0, "b": 1.0}
    assert training.threat_weights([maps[0]], {"T1562"}, remap) == {"a": 3.0}


def test_practice_keeps_a_skill() -> None:
    """The newest case with one of the skill's words, by its human owner, is the day of last use if it is newer."""
    old, new = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {"case_id": "1", "title": "PHISHING link", "assignee": "u1", "created_at": old, "updated_at": old},
        {"case_id": "2", "title": "phishing again", "assignee": "u1", "created_at": new, "updated_at": new},
        {"case_id": "3", "title": "scan", "assignee": "u2", "created_at": new, "updated_at": new},
        {"case_id": "4", "title": "phishing", "assignee": "@tier1", "created_at": new, "updated_at": new},
    ]
    handled = practice.last_handled(cases_frame(rows), [SkillThreat(skill="mail", case_words=("Phishing",))])
    assert handled == {("u1", "mail"): date(2026, 11, 1)}
    stale = [skill("p1", "mail", 3, at=date(2025, 1, 1)), skill("p2", "mail", 3, at=date(2025, 1, 1))]
    kept = practice.with_practice(stale, handled, {"p1": "u1", "p2": "u2"})
    assert [one.level for one in training.decayed(kept, TODAY)] == [3, 2]


def limits(**more: Any) -> Limits:
    given: dict[str, Any] = {"hours_per_year": 40, "fte": {}, "away": {}, "leaves": {}}
    return Limits(**(given | more))


def need(*people: str, **more: Any) -> training.Need:
    one = course("s", 24, **more)
    return training.Need("s", (), 1, 1, one, 1.0, tuple(Gap(p, "s", 1, 3) for p in people))


def test_places_around_leave_hours_and_seats() -> None:
    """Who is away takes the next date, who has no hours left none that year, who leaves none; seats are counted."""
    dates = (date(2026, 11, 22), date(2027, 2, 1), date(2027, 6, 1))
    away = limits(away={"a": ((date(2027, 1, 30), date(2027, 2, 1)),)})
    assert training.book([need("a", starts=dates)], away, TODAY)[0].starts == date(2027, 6, 1)
    tired = training.book([need("a", starts=dates), need("a", starts=dates)], limits(), TODAY)
    assert [(s.starts, s.reason) for s in tired] == [
        (date(2027, 2, 1), ""), (None, "training hours of the year used up"),
    ]  # fmt: skip
    part = training.book([need("a", starts=dates)], limits(fte={"a": 0.5}), TODAY)[0]
    assert part.reason == "training hours of the year used up"
    gone = training.book([need("a", starts=dates)], limits(leaves={"a": date(2027, 1, 31)}), TODAY)[0]
    assert gone.reason == "leaves before"
    full = training.book([need("a", "b", "c", starts=dates, seats=1)], limits(), TODAY)
    assert [s.starts for s in full] == [date(2027, 2, 1), date(2027, 6, 1), None]
    assert training.book([need("a", starts=())], limits(), TODAY)[0].reason == "no start date on file"


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2025, 3, 22), date(2026, 11, 22), 20),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 1), date(2026, 1, 16), 15 / 31),
        (date(2026, 11, 22), date(2025, 3, 22), -20),
    ],
)
def test_months(first: date, last: date, count: float) -> None:
    """Calendar months, the broken one by days."""
    assert training.months(first, last) == pytest.approx(count)


def test_pace_example() -> None:
    """40 of 120 points after 20 of 36 months: .33 against .56, 66.7 due, behind by 27."""
    found = certificates.pace(40, 120, date(2025, 3, 22), date(2028, 3, 22), TODAY)
    assert [found.done, found.elapsed] == pytest.approx([1 / 3, 20 / 36])
    assert found.due == pytest.approx(66.67, abs=0.005)
    assert round(found.behind) == 27
    with pytest.raises(ValueError, match="cycle"):
        certificates.pace(1, 1, TODAY, TODAY, TODAY)


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "expired"), (0, "30"), (30, "30"), (31, "90"), (90, "90"), (91, "180"), (180, "180"), (181, "later")],
)
def test_states(days: int, state: str) -> None:
    """The last valid day is valid; the edges belong to the nearer bucket."""
    assert certificates.state(TODAY + timedelta(days=days), TODAY) == state
    assert certificates.state(None, TODAY) == "no end"


NAMES = certificates.Names(
    [Certification(name="Certified incident handler", body="A", aliases=("CIH", "Inc. Handler"))]
)


def cert(person: str, days: int | None, name: str = "CIH", **more: Any) -> Cert:
    expires = None if days is None else TODAY + timedelta(days=days)
    return Cert(person=person, name=name, issued=date(2024, 1, 1), expires=expires, owner="o", **more)


def test_spellings() -> None:
    """Case, spaces and points do not matter; an unknown name is kept and marked."""
    assert {NAMES.known(n) for n in ("cih", "C.I.H.", "inc handler", "certified  INCIDENT-handler")} == {
        "Certified incident handler"
    }
    assert (NAMES.known("CISO badge"), NAMES.called("CISO badge")) == (None, "CISO badge")


def test_expired_yesterday_by_the_holders_day() -> None:
    """The same certificate is over for a holder whose day has begun and valid for one whose day has not."""
    rows = certificates.judge([cert("east", 0), cert("west", 0)], NAMES, {"east": TODAY + timedelta(days=1)}, TODAY)
    assert {h.cert.person: h.state for h in rows} == {"east": "expired", "west": "30"}


def test_renewed_certificates_count_once() -> None:
    """An old certificate of the same name does not count as expired once a newer one is held."""
    rows = certificates.current(certificates.judge([cert("a", -5), cert("a", 500, "cih")], NAMES, {}, TODAY))
    assert [h.state for h in rows] == ["later"]


def test_duties() -> None:
    """Distinct valid holders count now, those of more than 90 days count as lasting; unknown names are told."""
    rows = certificates.judge(
        [cert("a", 400), cert("a", 400, "Inc. Handler"), cert("b", 60), cert("c", -1)], NAMES, {}, TODAY
    )
    asked = [
        CertDuty(id="two", statement="s", source="x", any_of=("CIH",), people=2, owner="o"),
        CertDuty(id="three", statement="s", source="x", any_of=("CIH", "Zz"), people=3, owner="o"),
    ]
    three, two = certificates.duties(asked, rows, NAMES)
    assert (three.duty.id, three.now, three.met, three.unknown) == ("three", 2, False, ("Zz",))
    assert (two.now, two.soon, two.met, two.at_risk) == (2, 1, True, True)


def test_currencies_are_never_added() -> None:
    """Sums stay apart by currency, and an amount that is not known is left out."""
    assert certificates.by_currency([(1, "EUR"), (2, "USD"), (3, "EUR"), (None, "EUR")]) == {"EUR": 4, "USD": 2}
