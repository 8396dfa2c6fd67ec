"""Controls, audits and clocks read side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import simulator
from connectors.errors import Unreadable
from connectors.models.organisation.clocks import IncidentTriggers
from connectors.organisation.check_assurance import RULES
from connectors.organisation.checks import _load
from connectors.organisation.files import load_file

CONTROL = "- {id: a, statement: s, owner: o, frequency: daily}\n"
INCIDENT = "- {{id: i, title: t, owner: o, {0}}}\n"


def found(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    read = _load(folder)
    assert not read.bad
    return [sentence for rule in RULES for sentence in rule(read)]


def test_the_demo_and_the_shipped_data_fit() -> None:
    """The simulated SOC's files and the product's reference data raise nothing."""
    read = _load(Path(next(iter(simulator.__path__))) / "organisation")
    assert [sentence for rule in RULES for sentence in rule(read)] == []


def test_names_that_nobody_defined(tmp_path: Path) -> None:
    """Unknown controls, map rows, rules and stages are told with file and line."""
    told = found(
        tmp_path,
        controls=CONTROL.replace("daily", "daily, topic: spelling"),
        exceptions="- {id: x, control: zz, reason: r, approved_by: o, approved_on: 2026-01-01, expires: 2026-02-01}\n",
        regulator_profile="jurisdictions: [EU]\nowner: o\nchecked: 2026-01-01\nscopes:\n"
        + "- {rule: gdprr, applies: true, decided_by: o, decided_on: 2026-01-01}\n" * 2,
        incident_triggers=INCIDENT.format("filings: [{rule: gdpr, stage: press, at: 2026-01-01}], rules: [nis3]"),
    )
    assert told == [
        "exceptions.yaml line 1: control 'zz' is not in controls.yaml",
        "controls.yaml line 1: topic 'spelling' is not in framework_map.yaml",
        "regulator_profile.yaml: rule 'gdprr' is not in clock_rules.yaml",
        "regulator_profile.yaml: rule 'gdprr' is not in clock_rules.yaml",
        "regulator_profile.yaml: rule 'gdprr' is decided twice",
        "incident_triggers.yaml line 1: rule 'nis3' is not in clock_rules.yaml",
        "incident_triggers.yaml line 1: gdpr has no stage 'press'",
    ]


def test_reversed_dates_and_impossible_counts(tmp_path: Path) -> None:
    """An end before its beginning and more done than there is are told."""
    told = found(
        tmp_path,
        controls=CONTROL,
        exceptions="- {id: x, control: a, reason: r, approved_by: o, approved_on: 2026-03-01, expires: 2026-02-01}\n",
        mock_tests="- {control: a, on: 2026-01-01, sampled: 2, exceptions: 3, tester: o}\n",
        obligations="- {id: o, title: t, kind: test, due: 2026-01-01, owner: o, done: 5, of: 4}\n"
        "- {id: p, title: t, kind: test, due: 2026-01-01, owner: o, done: 5}\n",
    )
    assert told == [
        "exceptions.yaml line 1: expires 2026-02-01 is before approved_on 2026-03-01",
        "mock_tests.yaml line 1: 3 exceptions in 2 samples",
        "obligations.yaml line 1: done 5 is more than of 4",
        "obligations.yaml line 2: done and of belong together",
    ]


def test_rules_of_ones_own(tmp_path: Path) -> None:
    """A rule that counts from nothing known, or has no number and no words, is told."""
    rule = (
        "- id: own\n  regime: R\n  jurisdictions: [EU]\n  applies_if: x\n  source: s\n  evidence: K\n  stages:\n"
        "  - {name: one, limits: [{start: noticed_at, amount: 2}]}\n"
        "  - {name: two, limits: [{start: 'filed:zero'}]}\n"
        "  - {name: three, limits: [{start: aware_at, amount: 1.5, unit: days}]}\n"
    )
    assert found(tmp_path, clock_rules=rule) == [
        "clock_rules.yaml line 1: 'noticed_at' is neither a trigger nor the filing of a stage of this rule",
        "clock_rules.yaml line 1: 'filed:zero' is neither a trigger nor the filing of a stage of this rule",
        "clock_rules.yaml line 1: stage 'two' has neither an amount nor words",
        "clock_rules.yaml line 1: stage 'three' has 1.5 days (write a whole number)",
    ]


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", "2026-11-22T25:00:00Z", "2026-11-22T09:00:00"])
def test_times_that_are_none(tmp_path: Path, written: str) -> None:
    """A time nobody can read, or without its offset, is an error with line and field; a day alone is a day."""
    (tmp_path / "incident_triggers.yaml").write_text(
        INCIDENT.format(f'triggers: [{{trigger: aware_at, at: "{written}"}}]')
    )
    with pytest.raises(Unreadable, match=r"line 1, field triggers\[1\]\.at"):
        load_file(tmp_path, IncidentTriggers)


def test_a_day_stays_a_day(tmp_path: Path) -> None:
    """A date without a time is not made an instant, and an instant keeps its offset."""
    (tmp_path / "incident_triggers.yaml").write_text(
        INCIDENT.format(
            'triggers: [{trigger: aware_at, at: 2026-11-22}, {trigger: aware_at, at: "2026-11-22T00:00:00Z"}]'
        )
    )
    (one,) = load_file(tmp_path, IncidentTriggers)
    assert [type(t.at).__name__ for t in one.record.triggers] == ["date", "datetime"]


def test_a_bank_may_not_move_its_initial_report(tmp_path: Path) -> None:
    """A deadline moved to a working day although the rule rules it out for the sector is told."""
    profile = (
        "jurisdictions: [EU]\nsectors: [credit institution]\nowner: o\nchecked: 2026-01-01\nscopes:\n"
        "- {rule: dora, applies: true, decided_by: o, decided_on: 2026-01-01, noon_rule_for: [initial, final]}\n"
    )
    assert found(tmp_path, regulator_profile=profile) == [
        "regulator_profile.yaml: dora 'initial' may not move to a working day for a credit institution"
    ]
