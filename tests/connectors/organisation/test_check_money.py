"""What does not fit together in the files about money and vendors."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors import simulator
from connectors.organisation.check_money import RULES
from connectors.organisation.checks import _load

DEMO = Path(simulator.__file__).parent / "organisation"


def found(folder: Path) -> list[str]:
    side_by_side = _load(folder)
    return [*side_by_side.bad, *(sentence for rule in RULES for sentence in rule(side_by_side))]


def test_the_demo_fits_together() -> None:
    """The demo's files have no finding of these rules."""
    assert found(DEMO) == []


def test_missing_files_are_no_findings(tmp_path: Path) -> None:
    """An organisation may keep only some of the files."""
    assert found(tmp_path) == []


CHANGES = (
    ("budget.yaml", "10400, 10600]", "10400]", "months has 11 values, 12 are needed"),
    ("budget.yaml", "10400, 10600]", "10400, 10601]", ""),
    ("budget.yaml", "10400, 10600]", "10400, 90600]", "the months add up to 800000, the plan is 720000"),
    ("budget.yaml", "committed_in_plan: 20800", "committed_in_plan: 36001", "is more than committed"),
    ("budget.yaml", "actual: 5200, committed: 800, currency: EUR", "actual: 5200, committed: 800, currency: SEK",
     "no rate from SEK to EUR is in fx_rates.yaml"),
    ("risk_scenarios.yaml", "cost: 30000\n  currency: EUR", "cost: 30000\n  currency: NOK", "no rate from NOK to EUR"),
    ("vendor_tickets.yaml", "vt-08, product: EDR suite", "vt-08, product: EDR", "product 'EDR' is not in vendors.yaml"),
    ("vendors.yaml", "product: Malware sandbox", "product: Mail gateway",
     "product 'Mail gateway' stands already on line"),
    ("poc_plan.yaml", "selection: siem-2027", "selection: siem-2028",
     "selection 'siem-2028' is not in selections.yaml"),
    ("vendor_criteria.yaml", "weight: 0.25", "weight: 0.35", "the weights of its criteria sum to 1.1, not to 1"),
    ("selections.yaml", "  years: 3", "  pairwise: [[1]]\n  years: 3", "1 rows of pairwise for 4 criteria"),
    ("selections.yaml", "lead-01, lead-02, analyst-12", "lead-01, lead-02", "'analyst-12' is no rater of siem-2027"),
    ("vendor_candidates.yaml", "name: Candidate C", "name: Candidate E", "candidate 'Candidate C' is not in"),
    ("vendor_criteria.yaml", "id: operations", "id: operation", "criterion 'operations' is not one that is scored"),
    ("poc_measures.yaml", "candidate: Candidate B", "candidate: Candidate X", "candidate 'Candidate X' is not in"),
    ("poc_tests.yaml", "Candidate B: 3}", "Candidate X: 3}", "candidate 'Candidate X' is not in"),
    ("risk_scenarios.yaml", "frequency: [0.1, 0.4, 1.5]", "frequency: [0.5, 0.4, 1.5]",
     "frequency must go from lowest"),
    ("vendor_outages.yaml", "end: 2026-08-19T10:15:00Z", "end: 2026-08-18T10:15:00Z", "end is before start"),
    ("vendor_tickets.yaml", "answered: 2026-04-14T09:30:00Z", "answered: 2026-04-13T09:30:00Z",
     "answered is before opened"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), CHANGES)
def test_each_rule(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    """One wrong value in the demo is one kind of sentence that names file and line; a rounding error is none."""
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / name).read_text()
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1))
    sentences = found(tmp_path)
    assert bool(sentences) == bool(said)
    assert all(".yaml line " in sentence for sentence in sentences)
    assert any(said in sentence for sentence in sentences) or not said
