"""The organisation's own copy of ATT&CK, by a small made-up bundle in MITRE's form."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.clock import SystemClock
from connectors.errors import NotConfigured
from connectors.models.organisation.attack import AttackBundle, AttackTactic, AttackTechnique
from connectors.organisation import BadFile, YamlOrganisation, check, stix
from connectors.organisation.stix import read_bundle

PURPLE = "- {id: p, technique: %s, at: 2026-01-01, outcome: missed}\n"


def pattern(technique: str, name: str, *tactics: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "attack-pattern", "id": f"attack-pattern--{technique}", "name": name,
        "external_references": [{"source_name": "capec", "external_id": "CAPEC-1"},
                                {"source_name": "mitre-attack", "external_id": technique}],
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": one} for one in tactics],
        "x_mitre_domains": ["enterprise-attack"], "description": "left alone",
    } | more  # fmt: skip


def revoked_by(old: str, new: str, **more: Any) -> dict[str, Any]:
    return {"type": "relationship", "relationship_type": "revoked-by", "source_ref": f"attack-pattern--{old}",
            "target_ref": f"attack-pattern--{new}"} | more  # fmt: skip


def tactic(number: str, name: str, short: str, **more: Any) -> dict[str, Any]:
    references = [{"source_name": "mitre-attack", "external_id": number}]
    return {
        "type": "x-mitre-tactic",
        "id": f"x-mitre-tactic--{short}",
        "name": name,
        "x_mitre_shortname": short,
        "external_references": references,
    } | more


COLLECTION = {"type": "x-mitre-collection", "name": "Enterprise ATT&CK", "x_mitre_version": "42.1"}
OBJECTS: list[Any] = [
    COLLECTION,
    tactic("TA0002", "Execution", "execution"),
    tactic("TA0099", "Gone", "gone", x_mitre_deprecated=True),
    pattern("T1000", "First", "execution", "stealth"),
    pattern("T1000.001", "Below", "execution"),
    pattern("T2000", "Older", revoked=True),
    pattern("T3000", "Oldest", revoked=True),
    pattern("T4000", "Dropped", x_mitre_deprecated=True),
    pattern("T5000", "Circle", revoked=True),
    pattern("T6000", "Mobile", x_mitre_domains=["mobile-attack"]),
    pattern("none", "Without an id"),
    revoked_by("T3000", "T2000"),
    revoked_by("T2000", "T1000"),
    revoked_by("T5000", "T5000"),
    revoked_by("T4000", "T1000", revoked=True),
    {"type": "malware", "name": "left alone"},
    "not an object",
]


def write(folder: Path, objects: object = OBJECTS, name: str = "attack.json", **more: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects} | more))
    return path


def test_what_a_bundle_says_is_taken_and_nothing_else(tmp_path: Path) -> None:
    """Ids, names, tactics and version as they stand; a chain of revoked ids ends at its last, a circle nowhere."""
    assert read_bundle(write(tmp_path)) == AttackBundle(
        file="attack.json",
        version="42.1",
        tactics=(AttackTactic(id="TA0002", name="Execution", short="execution"),),
        techniques=(
            AttackTechnique(id="T1000", name="First", tactics=("execution", "stealth")),
            AttackTechnique(id="T1000.001", name="Below", tactics=("execution",)),
            AttackTechnique(id="T2000", name="Older", state="revoked", successor="T1000"),
            AttackTechnique(id="T3000", name="Oldest", state="revoked", successor="T1000"),
            AttackTechnique(id="T4000", name="Dropped", state="deprecated"),
            AttackTechnique(id="T5000", name="Circle", state="revoked"),
        ),
    )


def test_a_bundle_without_a_collection_has_no_version(tmp_path: Path) -> None:
    """No version is made up: it is said that the bundle does not say."""
    found = read_bundle(write(tmp_path, OBJECTS[1:]))
    assert found.version == ""
    assert found.called == "ATT&CK (the bundle does not say its version)"


def test_the_living_object_of_an_id_counts(tmp_path: Path) -> None:
    """An id that stands twice, revoked and living, is living, in either order."""
    twice = [pattern("T1000", "Old", revoked=True, id="attack-pattern--x"), pattern("T1000", "New")]
    for objects in (twice, twice[::-1]):
        assert [(one.name, one.state) for one in read_bundle(write(tmp_path, objects)).techniques] == [("New", "live")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "attack.json: line 1: is not valid JSON"),
        ('{"type": "bundle",\n "objects": [}', "attack.json: line 2: is not valid JSON"),
        ("\xff", "attack.json: is not JSON that can be read"),
        ("[" * 100_000, "attack.json: is not JSON that can be read"),
        ("[]", "attack.json: is not a STIX bundle: its type is 'None'"),
        ('{"type": "report"}', "attack.json: is not a STIX bundle: its type is 'report'"),
        ('{"type": "bundle"}', "attack.json: is a STIX bundle without a list of objects"),
        ('{"type": "bundle", "objects": []}', "attack.json: holds no technique of the enterprise matrix"),
        ('{"type": "bundle", "objects": [{"type": "attack-pattern", "id": "a"}]}',
         "attack.json: object 1 (attack-pattern), field name: is missing"),
        ('{"type": "bundle", "objects": [1, {"type": "attack-pattern", "id": "a", "name": [2]}]}',
         "attack.json: object 2 (attack-pattern), field name: is not as STIX has it"),
    ],
)  # fmt: skip
async def test_a_malformed_bundle_is_a_sentence(content: str, sentence: str, tmp_path: Path) -> None:
    """The port, its ping and the doctor name the file and what is wrong with it."""
    (tmp_path / "attack.json").write_bytes(content.encode("latin-1"))
    port = YamlOrganisation(tmp_path, SystemClock())
    with pytest.raises(BadFile) as caught:
        await port.read(AttackBundle)
    assert caught.value.problems[0].startswith(sentence)
    assert sentence in (await port.ping()).detail
    assert [one for one in check(tmp_path) if one.startswith(sentence)]


async def test_a_bundle_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is said with the file's name."""
    monkeypatch.setattr(stix, "MAX_BYTES", 2_000_000)
    (tmp_path / "attack.json").write_bytes(b" " * 2_000_001)
    with pytest.raises(BadFile, match=r"attack.json: is larger than 2 MB"):
        await YamlOrganisation(tmp_path, SystemClock()).read(AttackBundle)


async def test_where_the_bundle_lies(tmp_path: Path) -> None:
    """attack.json in the folder, or the path that attack.yaml names; one that leads nowhere is a fault."""
    port = YamlOrganisation(tmp_path, SystemClock())
    with pytest.raises(NotConfigured, match=r"no attack.json"):
        await port.read(AttackBundle)
    write(tmp_path)
    assert (await port.read(AttackBundle)).one.file == "attack.json"
    (tmp_path / "attack.yaml").write_text("path: own.json\n")
    with pytest.raises(BadFile, match=r"attack.yaml, field path: there is no file 'own.json'"):
        await port.read(AttackBundle)
    write(tmp_path, name="own.json")
    assert (await port.read(AttackBundle)).source == "own.json"


async def test_a_bundle_is_read_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is parsed when first asked for and after a change, not at every question."""
    path = write(tmp_path)
    port = YamlOrganisation(tmp_path, SystemClock())
    first = (await port.read(AttackBundle)).one
    assert (await port.read(AttackBundle)).one is first
    write(tmp_path, [COLLECTION | {"x_mitre_version": "43"}, *OBJECTS[1:]])
    os.utime(path, (1, 1))
    assert (await port.read(AttackBundle)).one.version == "43"


@pytest.mark.parametrize(
    ("technique", "sentence"),
    [
        ("T3000", "purple_results.yaml line 1: technique T3000 is retired by ATT&CK 42.1 (write T1000)"),
        ("T4000", "purple_results.yaml line 1: technique T4000 is retired by ATT&CK 42.1 (it has no successor)"),
        ("T1562.001", "purple_results.yaml line 1: technique T1562.001 is not in ATT&CK 42.1 (check the id)"),
    ],
)
def test_the_doctor_judges_ids_by_the_own_copy(technique: str, sentence: str, tmp_path: Path) -> None:
    """The bundle decides what is retired and what exists; the product's table has no say beside it."""
    write(tmp_path)
    (tmp_path / "purple_results.yaml").write_text(PURPLE % technique)
    assert check(tmp_path) == [sentence]
    (tmp_path / "purple_results.yaml").write_text(PURPLE % "T1000.001")
    assert check(tmp_path) == []


def test_a_stated_version_that_the_bundle_contradicts_is_told(tmp_path: Path) -> None:
    """attack.yaml and the bundle must not name two versions."""
    write(tmp_path)
    (tmp_path / "attack.yaml").write_text("version: '41'\n")
    assert check(tmp_path) == ["attack.yaml: version 41 is not that of attack.json (42.1)"]
    (tmp_path / "attack.yaml").write_text("owner: Lead 02\n")
    assert check(tmp_path) == []
