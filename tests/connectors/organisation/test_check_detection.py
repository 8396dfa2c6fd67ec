"""Rules that look across the files on detection."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import simulator
from connectors.models.organisation import FILES, LogSource
from connectors.models.organisation.detection import (
    DataSource,
    DetectionInvestment,
    DetectionPolicy,
    PurpleResult,
    RuleKnowledge,
    TechniqueKnowledge,
    TechniqueRemap,
)
from connectors.organisation.check_detection import RULES
from connectors.organisation.files import load_file
from connectors.organisation.folder import Folder
from connectors.organisation.loading import BadFile

DEMO = Path(next(iter(simulator.__path__))) / "organisation"
RECORDS = (DataSource, DetectionInvestment, DetectionPolicy, PurpleResult, RuleKnowledge, TechniqueKnowledge, LogSource)
SOURCE = (
    "{id: edr, name: EDR, log_source: %s, device_completeness: 4, field_completeness: 4, timeliness: 4, "
    "consistency: 4, retention: 4}"
)
TUNE = "- {id: i, title: t, kind: tuning, owner: o, rule: r, removes_share: 1, currency: USD}"


def found(folder: Path) -> list[str]:
    """Sentences on those files of a folder that are there."""
    there = [record for record in RECORDS if (folder / FILES[record]).exists()]
    folder_ = Folder({record: load_file(folder, record) for record in (*there, TechniqueRemap)}, ())
    return [sentence for rule in RULES for sentence in rule(folder_)]


def test_demo_files_fit_together() -> None:
    """The simulated SOC's files on detection have nothing to mend."""
    assert found(DEMO) == []


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"rule_knowledge.yaml": "- {rule: a}\n- {rule: a}"},
         "rule_knowledge.yaml line 2: rule 'a' stands already on line 1"),
        ({"rule_knowledge.yaml": "- {rule: a, data_sources: [x]}", "data_sources.yaml": "[]"},
         "rule_knowledge.yaml line 1: data source 'x' is not in data_sources.yaml"),
        ({"data_sources.yaml": "- " + SOURCE % "gone", "log_sources.yaml": "[]"},
         "data_sources.yaml line 1: log source 'gone' is not in log_sources.yaml"),
        ({"techniques.yaml": "- {id: T1562.001, name: x}"},
         "techniques.yaml line 1: technique T1562.001 is retired (write T1685)"),
        ({"purple_results.yaml": "- {id: p, technique: T9998, at: 2026-01-01, outcome: missed}",
          "attack_remap.yaml": "- {old: T9998, since: '20', confidence: verified, source: s, checked: 2026-11-22}"},
         "purple_results.yaml line 1: technique T9998 is retired (it has no successor)"),
        ({"purple_results.yaml": "- {id: p, technique: T1046, at: 2026-01-01, outcome: missed, score: 2}"},
         "purple_results.yaml line 1: a score has no effect when the outcome is missed"),
        ({"detection_investments.yaml": "- {id: i, title: t, kind: tuning, owner: o}"},
         "detection_investments.yaml line 1: tuning needs a rule and removes_share"),
        ({"detection_investments.yaml": "- {id: i, title: t, kind: data, owner: o}"},
         "detection_investments.yaml line 1: data needs the techniques it raises"),
        ({"detection_investments.yaml": TUNE,
          "attack.yaml": "currency: EUR"},
         "detection_investments.yaml line 1: currency USD is not that of attack.yaml (EUR)"),
        ({"rule_knowledge.yaml": "- {rule: a, evidence: 4}"},
         "rule_knowledge.yaml line 1: evidence needs evidence_by, who vouches for it"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    """Each misfit is one sentence with file and line, and nothing else is said."""
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    assert found(tmp_path) == [sentence]


def test_remap_in_a_circle(tmp_path: Path) -> None:
    """Successors that lead back to themselves are told with the whole circle."""
    row = "since: '20', confidence: verified, source: s, checked: 2026-01-01"
    (tmp_path / "attack_remap.yaml").write_text(
        f"- {{old: T1001, new: T1002, {row}}}\n- {{old: T1002, new: T1001, {row}}}\n"
    )
    assert found(tmp_path)[0] == "attack_remap.yaml line 1: T1001 → T1002 → T1001 goes in a circle"


@pytest.mark.parametrize(
    ("name", "record", "text"),
    [
        ("techniques.yaml", TechniqueKnowledge, "- {id: TA0001, name: x}"),
        ("techniques.yaml", TechniqueKnowledge, "- {id: T1046, name: x, weight: 9}"),
        ("data_sources.yaml", DataSource, "- " + (SOURCE % "x").replace("retention: 4", "retention: 6")),
        ("purple_results.yaml", PurpleResult, "- {id: p, technique: T1046, at: 2026-01-01, outcome: perhaps}"),
    ],
)  # fmt: skip
def test_wrong_values_name_the_line(tmp_path: Path, name: str, record: type[DataSource], text: str) -> None:
    """A tactic for a technique, a weight or quality off the scale, an unknown outcome: file, line and field."""
    (tmp_path / name).write_text(text + "\n")
    with pytest.raises(BadFile, match=rf"{name} line 1, field "):
        load_file(tmp_path, record)
