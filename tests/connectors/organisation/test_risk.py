"""The files that incidents and vulnerabilities are judged by: loading them, and how they fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import simulator
from connectors.errors import NotConfigured
from connectors.models.organisation import FILES, Record, Service, Skill
from connectors.models.organisation.risk import (
    CoordinatorRow,
    IncidentFacts,
    Prioritisation,
    Remediation,
    VulnerabilityFacts,
)
from connectors.organisation.check_risk import RULES
from connectors.organisation.files import load_file
from connectors.organisation.folder import Folder
from connectors.organisation.loading import BadFile

DEMO = Path(next(iter(simulator.__path__))) / "organisation"
KINDS: tuple[type[Record], ...] = (
    IncidentFacts, Prioritisation, VulnerabilityFacts, Remediation, CoordinatorRow, Service, Skill,
)  # fmt: skip
SERVICES = "- {id: online, name: Online, owner: Owner 01, criticality: 5, data_class: accounts, regimes: [DORA]}\n"
SKILLS = "- {person: a1, skill: cloud, level: 3, basis: self, at: 2026-01-01}\n"
CASE = "case_id: '1', assessed_at: 2026-11-22T08:00:00Z, assessed_by: Shift lead"
ROW = "technical_impact: total, days: 3, source: s, evidence: V, checked: 2026-11-22, status: s"


def sentences(folder: Path, **files: str) -> list[str]:
    """What the rules say of a folder with these files (by the record's name)."""
    for kind in KINDS:
        if kind.__name__ in files:
            (folder / kind.FILE).write_text(files[kind.__name__])
    found: dict[type[Record], Any] = {}
    for kind in KINDS:
        try:
            found[kind] = load_file(folder, kind)
        except NotConfigured:
            continue
    return [sentence for rule in RULES for sentence in rule(Folder(found, ()))]


def test_the_demo_and_the_shipped_table_fit() -> None:
    """The simulated SOC's files load and no rule has anything to say of them."""
    loaded: dict[type[Record], Any] = {kind: load_file(DEMO, kind) for kind in KINDS}
    found = Folder(loaded, ())
    assert [sentence for rule in RULES for sentence in rule(found)] == []
    assert {Remediation: "bod_26_04.yaml", IncidentFacts: "incident_facts.yaml"}.items() <= FILES.items()


def test_own_table_goes_before_the_shipped_one(tmp_path: Path) -> None:
    """An organisation that keeps its own remediation table is answered from it, and told what it lacks."""
    own = f"- {{kev: true, exposed: true, automatable: true, {ROW}}}\n"
    assert sentences(tmp_path, Remediation=own) == [
        "bod_26_04.yaml: has 1 of 16 combinations in 1 rows (keep each once)"
    ]
    assert len(load_file(tmp_path, Remediation)) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"IncidentFacts": f"- {{{CASE}, affected: [{{service: ghost}}]}}\n"},
            "service 'ghost' is not in services.yaml",
        ),
        ({"IncidentFacts": f"- {{{CASE}, skills: [magic]}}\n"}, "skill 'magic' is nobody's in skills.yaml"),
        ({"Prioritisation": "rule_skills: {r: magic}\n"}, "skill 'magic' of rule 'r' is nobody's"),
        (
            {"IncidentFacts": f"- {{{CASE}}}\n- {{{CASE}}}\n"},
            "line 2: case 1 is assessed at that time on line 1 already",
        ),
        (
            {"IncidentFacts": f"- {{{CASE}, affected: [{{service: online, restored_at: 2026-11-22T08:00:00Z}}]}}\n"},
            "restored_at without down_since",
        ),
        (
            {
                "IncidentFacts": f"- {{{CASE}, affected: [{{service: online, down_since: 2026-11-22T09:00:00Z, "
                "restored_at: 2026-11-22T08:00:00Z}]}\n"
            },
            "online is restored before it was down",
        ),
        ({"Prioritisation": "weight_functional: 0.5\n"}, "the four weights sum to 1.15, not to 1"),
        ({"Prioritisation": "rto_hours: [4, 2, 12, 24]\n"}, "rto_hours do not rise"),
        ({"Prioritisation": "regimes: {DORA: 4}\n"}, "data class 'accounts' has no rating in prioritisation.yaml"),
        ({"Prioritisation": "data_classes: {accounts: 4}\n"}, "regime 'DORA' has no rating in prioritisation.yaml"),
        (
            {"VulnerabilityFacts": "- {cve: CVE-2026-0001, checked: 2026-11-01, source: s}\n" * 2},
            "line 2: cve 'CVE-2026-0001' stands already on line 1",
        ),
    ],
)
def test_what_does_not_fit(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """Each thing that does not fit together is one sentence with file, line and the name."""
    told = sentences(tmp_path, Service=SERVICES, Skill=SKILLS, **files)
    assert any(said in one for one in told), told


def test_files_that_are_missing_are_not_judged(tmp_path: Path) -> None:
    """Without services and skills, what refers to them is nobody's fault."""
    facts = f"- {{{CASE}, skills: [magic], affected: [{{service: ghost}}]}}\n"
    assert sentences(tmp_path, IncidentFacts=facts) == []


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (Prioritisation, "weight_functional: 1.5\n", "line 1, field weight_functional: 1.5 is more than 1"),
        (Prioritisation, "data_classes: {accounts: 9}\n", "field data_classes.accounts: 9 is more than 5"),
        (IncidentFacts, f"- {{{CASE}, functional: 6}}\n", "line 1, field functional"),
        (IncidentFacts, f"- {{{CASE}, functional: 0}}\n", "line 1, field functional"),
        (IncidentFacts, f"- {{{CASE}, certainty: maybe}}\n", "line 1, field certainty"),
        (
            IncidentFacts,
            f"- {{{CASE}, clocks: [{{regime: R, stage: s, due_at: 2026-11-22T08:00:00}}]}}\n",
            "does not say its offset from UTC",
        ),
        (VulnerabilityFacts, "- {cve: 2026-1, checked: 2026-11-01, source: s}\n", "line 1, field cve"),
    ],
)
def test_wrong_values(tmp_path: Path, kind: type[Record], text: str, said: str) -> None:
    """A wrong value is refused with file, line and what is wrong; nothing is half read."""
    (tmp_path / kind.FILE).write_text(text)
    with pytest.raises(BadFile) as caught:
        load_file(tmp_path, kind)
    assert kind.FILE in str(caught.value)
    assert said in str(caught.value)
