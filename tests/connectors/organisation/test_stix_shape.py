"""The bundle reader against objects with every field that MITRE writes, as in enterprise-attack.json since v18.

Written by hand: the fields and their types are MITRE's; the new tactic's id, descriptions and dates are made up.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.models.organisation.attack import AttackTechnique
from connectors.organisation import BadFile
from connectors.organisation.stix import read_bundle
from handlers.analysis.attack import Remap, by_tactic, retired

IDENTITY = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
MARKING = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"


def common(kind: str, number: int) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{number:012d}",
        "created": "2020-02-11T18:32:44.147Z",
        "created_by_ref": IDENTITY,
        "object_marking_refs": [MARKING],
        "modified": "2026-04-16T20:00:00.000Z",
        "x_mitre_attack_spec_version": "3.2.0",
        "x_mitre_deprecated": False,
        "x_mitre_modified_by_ref": IDENTITY,
    }


def technique(number: int, external: str, name: str, *phases: str, **more: Any) -> dict[str, Any]:
    url = f"https://attack.mitre.org/techniques/{external.replace('.', '/')}"
    return common("attack-pattern", number) | {
        "revoked": False,
        "external_references": [
            {"source_name": "mitre-attack", "url": url, "external_id": external},
            {"source_name": "capec", "url": "https://capec.mitre.org/578", "external_id": "CAPEC-578"},
            {"source_name": "A vendor's report", "description": "Read in 2026.", "url": "https://example.org/report"},
        ],
        "name": name,
        "description": "…",
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": one} for one in phases],
        "x_mitre_contributors": ["Somebody"],
        "x_mitre_detection": "",
        "x_mitre_domains": ["enterprise-attack"],
        "x_mitre_is_subtechnique": "." in external,
        "x_mitre_platforms": ["Windows", "Linux"],
        "x_mitre_version": "1.0",
        "x_mitre_remote_support": False,
    } | more  # fmt: skip


def tactic(number: int, external: str, name: str, short: str) -> dict[str, Any]:
    reference = {"source_name": "mitre-attack", "url": f"https://attack.mitre.org/tactics/{external}"}
    return common("x-mitre-tactic", number) | {
        "external_references": [reference | {"external_id": external}],
        "name": name,
        "description": "…",
        "x_mitre_domains": ["enterprise-attack"],
        "x_mitre_version": "2.0",
        "x_mitre_shortname": short,
    }


def relation(number: int, kind: str, source: int, target: int, **more: Any) -> dict[str, Any]:
    at = "attack-pattern--00000000-0000-4000-8000-{:012d}".format
    return common("relationship", number) | {
        "revoked": False, "description": "", "relationship_type": kind,
        "source_ref": at(source), "target_ref": at(target),
    } | more  # fmt: skip


EXECUTION, STEALTH, IMPAIRMENT = (
    tactic(101, "TA0002", "Execution", "execution"),
    tactic(102, "TA0005", "Stealth", "stealth"),
    tactic(103, "TA0099", "Defense Impairment", "defense-impairment"),
)
MATRIX = common("x-mitre-matrix", 201) | {
    "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack",
                             "url": "https://attack.mitre.org/matrices/enterprise"}],
    "name": "Enterprise ATT&CK", "description": "…", "x_mitre_domains": ["enterprise-attack"], "x_mitre_version": "1.0",
    "tactic_refs": [EXECUTION["id"], STEALTH["id"], IMPAIRMENT["id"]],
}  # fmt: skip
COLLECTION = common("x-mitre-collection", 301) | {
    "name": "Enterprise ATT&CK", "description": "…", "x_mitre_version": "19.1",
    "x_mitre_contents": [{"object_ref": EXECUTION["id"], "object_modified": "2026-04-16T20:00:00.000Z"}],
}  # fmt: skip
OBJECTS = [
    COLLECTION,
    IMPAIRMENT,
    STEALTH,
    EXECUTION,
    technique(1, "T1562", "Impair Defenses", "defense-evasion", revoked=True),
    technique(2, "T1562.001", "Disable or Modify Tools", "defense-evasion", revoked=True),
    technique(3, "T1685", "Disable or Modify Tools", "defense-impairment"),
    technique(4, "T1685.001", "Disable or Modify Windows Event Log", "defense-impairment"),
    technique(5, "T1027", "Obfuscated Files or Information", "stealth"),
    technique(6, "T1590.002", "DNS", "reconnaissance", x_mitre_platforms=["PRE"]),
    technique(7, "T1064", "Scripting", "defense-evasion", "execution", x_mitre_deprecated=True),
    technique(8, "T1406", "Mobile only", "defense-evasion", x_mitre_domains=["mobile-attack"]),
    relation(401, "revoked-by", 1, 3),
    relation(402, "revoked-by", 2, 3),
    relation(403, "subtechnique-of", 4, 3),
    relation(404, "subtechnique-of", 2, 1, revoked=True),
    relation(405, "revoked-by", 7, 5, x_mitre_deprecated=True),
    MATRIX,
]


def written(folder: Path, objects: list[Any]) -> Path:
    path = folder / "enterprise-attack.json"
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
    return path


def test_a_bundle_in_mitres_own_form_is_read_whole(tmp_path: Path) -> None:
    """Every state, platform, phase and successor is MITRE's; a deprecated relationship names no successor."""
    found = read_bundle(written(tmp_path, OBJECTS))
    both = ("Windows", "Linux")
    assert found.version == "19.1"
    assert found.techniques == (
        AttackTechnique(id="T1027", name="Obfuscated Files or Information", tactics=("stealth",), platforms=both),
        AttackTechnique(id="T1064", name="Scripting", tactics=("defense-evasion", "execution"), platforms=both,
                        state="deprecated"),
        AttackTechnique(id="T1562", name="Impair Defenses", tactics=("defense-evasion",), platforms=both,
                        state="revoked", successor="T1685"),
        AttackTechnique(id="T1562.001", name="Disable or Modify Tools", tactics=("defense-evasion",), platforms=both,
                        state="revoked", successor="T1685"),
        AttackTechnique(id="T1590.002", name="DNS", tactics=("reconnaissance",), platforms=("PRE",)),
        AttackTechnique(id="T1685", name="Disable or Modify Tools", tactics=("defense-impairment",), platforms=both),
        AttackTechnique(id="T1685.001", name="Disable or Modify Windows Event Log", tactics=("defense-impairment",),
                        platforms=both),
    )  # fmt: skip


def test_tactics_stand_in_the_matrixs_order(tmp_path: Path) -> None:
    """The matrix object orders its tactics, not the bundle, in which they stand as they come."""
    found = read_bundle(written(tmp_path, OBJECTS))
    assert [one.name for one in found.tactics] == ["Execution", "Stealth", "Defense Impairment"]
    bare = read_bundle(written(tmp_path, OBJECTS[:-1]))
    assert [one.name for one in bare.tactics] == ["Defense Impairment", "Stealth", "Execution"]
    mobile = MATRIX | {"external_references": [{"source_name": "mitre-attack", "external_id": "mobile-attack"}]}
    other = read_bundle(written(tmp_path, [*OBJECTS[:-1], mobile]))
    assert other.tactics == bare.tactics


def test_the_split_of_a_tactic_comes_from_the_bundle(tmp_path: Path) -> None:
    """Defense Evasion's retired techniques count nowhere; a phase without a tactic object is shown by its own name."""
    found = read_bundle(written(tmp_path, OBJECTS))
    reach = {one.tactic: one.all for one in by_tactic(found, frozenset(), frozenset())}
    assert reach == {"Execution": 0, "Stealth": 1, "Defense Impairment": 2, "reconnaissance": 1}


def test_retired_ids_lead_where_the_bundle_says(tmp_path: Path) -> None:
    """Two ids merged into one lead there; a deprecated one leads nowhere."""
    remap = Remap(retired(read_bundle(written(tmp_path, OBJECTS)), date(2026, 11, 22)))
    found = remap.all(["T1562", "T1562.001", "T1064", "T1685.001"])
    assert found.ids == ("T1685", "T1685.001")
    assert found.gone == ("T1064",)


def test_a_tactic_without_its_stix_id_is_named(tmp_path: Path) -> None:
    """The order needs the id, which every STIX object has."""
    bad = {name: value for name, value in STEALTH.items() if name != "id"}
    with pytest.raises(BadFile, match=r"object 1 \(x-mitre-tactic\), field id: is missing"):
        read_bundle(written(tmp_path, [bad, *OBJECTS[4:]]))
