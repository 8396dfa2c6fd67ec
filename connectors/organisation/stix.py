"""MITRE's ATT&CK as a STIX 2.1 bundle (`enterprise-attack.json`): what the bot needs of it, and nothing else.

Object types and `x_mitre_` fields as in MITRE's attack-stix-data, USAGE.md. Only facts of the bundle are taken:
a revoked technique has the successor that a `revoked-by` relationship names, or none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.models.organisation.attack import AttackBundle, AttackTactic, AttackTechnique
from connectors.organisation.loading import BadFile
from connectors.organisation.wording import shown

BACKEND = "Organisation"
MAX_BYTES = 150_000_000
"""Three times what MITRE's enterprise bundle has."""
DOMAIN, CHAIN, MITRE = "enterprise-attack", "mitre-attack", "mitre-attack"
TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
AGAIN = "take MITRE's enterprise-attack.json as it is"


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Reference(_Wire):
    source_name: str = ""
    external_id: str = ""


class _Phase(_Wire):
    kill_chain_name: str
    phase_name: str


class _Pattern(_Wire):
    id: str
    name: str
    revoked: bool = False
    x_mitre_deprecated: bool = False
    x_mitre_domains: tuple[str, ...] = ()
    x_mitre_platforms: tuple[str, ...] = ()
    external_references: tuple[_Reference, ...] = ()
    kill_chain_phases: tuple[_Phase, ...] = ()

    @property
    def technique(self) -> str:
        """ATT&CK's id; empty when the object has none."""
        ids = (one.external_id for one in self.external_references if one.source_name == MITRE)
        return next((one for one in ids if TECHNIQUE.fullmatch(one)), "")

    @property
    def enterprise(self) -> bool:
        return not self.x_mitre_domains or DOMAIN in self.x_mitre_domains


class _Tactic(_Wire):
    id: str
    name: str
    x_mitre_shortname: str
    revoked: bool = False
    x_mitre_deprecated: bool = False
    x_mitre_domains: tuple[str, ...] = ()
    external_references: tuple[_Reference, ...] = ()


class _Matrix(_Wire):
    """`tactic_refs`: the tactics' STIX ids in the order in which the matrix shows them."""

    tactic_refs: tuple[str, ...] = ()
    revoked: bool = False
    x_mitre_deprecated: bool = False
    external_references: tuple[_Reference, ...] = ()

    @property
    def enterprise(self) -> bool:
        """A matrix's ATT&CK id is its domain; MITRE leaves `x_mitre_domains` of matrices empty."""
        return any(one.source_name == MITRE and one.external_id == DOMAIN for one in self.external_references)


class _Relation(_Wire):
    relationship_type: str = ""
    source_ref: str
    target_ref: str
    revoked: bool = False
    x_mitre_deprecated: bool = False


class _Collection(_Wire):
    x_mitre_version: str = ""


W = TypeVar("W", bound=_Wire)


def read_bundle(path: Path) -> AttackBundle:
    """The enterprise matrix of a bundle. Raises BadFile, which says what is wrong with the file."""
    objects = _objects(path)
    patterns = [one for one in _all(path, objects, "attack-pattern", _Pattern) if one.technique and one.enterprise]
    if not patterns:
        raise _bad(path, f"holds no technique of the enterprise matrix ({AGAIN})")
    revoked_by = {
        one.source_ref: one.target_ref
        for one in _all(path, objects, "relationship", _Relation, relationship_type="revoked-by")
        if not one.revoked and not one.x_mitre_deprecated
    }
    ids = {one.id: one.technique for one in patterns}
    techniques: dict[str, AttackTechnique] = {}
    for one in patterns:
        made = _technique(one, ids.get(_last(one.id, revoked_by)))
        # An id may stand twice, when an object was revoked in favour of one with the same id: the living one counts.
        if made.state == "live" or made.id not in techniques:
            techniques[made.id] = made
    versions = [one.x_mitre_version for one in _all(path, objects, "x-mitre-collection", _Collection)]
    return AttackBundle(
        file=path.name,
        version=next((one for one in versions if one), ""),
        tactics=tuple(_tactics(path, objects)),
        techniques=tuple(techniques[name] for name in sorted(techniques)),
    )


def _last(at: str, revoked_by: Mapping[str, str]) -> str:
    """The end of a chain of revoked objects; empty when there is none, or when it goes in a circle."""
    seen = {at}
    while (after := revoked_by.get(at)) is not None:
        if after in seen:
            return ""
        seen.add(after)
        at = after
    return at if len(seen) > 1 else ""


def _technique(one: _Pattern, successor: str | None) -> AttackTechnique:
    state: Literal["live", "revoked", "deprecated"] = "live"
    if one.revoked:
        state = "revoked"
    elif one.x_mitre_deprecated:
        state = "deprecated"
    return AttackTechnique(
        id=one.technique,
        name=one.name,
        tactics=tuple(phase.phase_name for phase in one.kill_chain_phases if phase.kill_chain_name == CHAIN),
        platforms=one.x_mitre_platforms,
        state=state,
        # One that was revoked in favour of its own id has no other successor.
        successor=successor if state == "revoked" and successor != one.technique else None,
    )


def _tactics(path: Path, objects: list[Any]) -> list[AttackTactic]:
    """Living tactics by the matrix's order; those that it does not show come last, as they stand in the bundle."""
    order: dict[str, int] = {}
    for matrix in _all(path, objects, "x-mitre-matrix", _Matrix):
        if matrix.enterprise and not matrix.revoked and not matrix.x_mitre_deprecated:
            order |= {ref: place for place, ref in enumerate(matrix.tactic_refs)}
    found: list[tuple[int, AttackTactic]] = []
    for one in _all(path, objects, "x-mitre-tactic", _Tactic):
        ids = [ref.external_id for ref in one.external_references if ref.source_name == MITRE]
        if ids and not one.revoked and not one.x_mitre_deprecated and DOMAIN in (one.x_mitre_domains or (DOMAIN,)):
            made = AttackTactic(id=ids[0], name=one.name, short=one.x_mitre_shortname)
            found.append((order.get(one.id, len(order)), made))
    return [tactic for _, tactic in sorted(found, key=lambda pair: pair[0])]


def _objects(path: Path) -> list[Any]:
    """The bundle's objects; each may still be anything."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _bad(path, f"cannot be opened ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise _bad(path, f"is larger than {MAX_BYTES // 1_000_000} MB ({AGAIN})")
    try:
        root = json.loads(raw)
    except json.JSONDecodeError as error:
        raise _bad(path, f"line {error.lineno}: is not valid JSON ({error.msg}; {AGAIN})") from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise _bad(path, f"is not JSON that can be read ({AGAIN})") from None
    kind = root.get("type") if isinstance(root, dict) else None
    if kind != "bundle":
        raise _bad(path, f"is not a STIX bundle: its type is {shown(kind)}, not 'bundle' ({AGAIN})")
    objects = root.get("objects")
    if not isinstance(objects, list):
        raise _bad(path, f"is a STIX bundle without a list of objects ({AGAIN})")
    return objects


def _all(path: Path, objects: Iterable[Any], kind: str, model: type[W], **having: str) -> Iterator[W]:
    """Every object of a kind (and with these values); BadFile names the first that is not as MITRE writes it."""
    for number, one in enumerate(objects, 1):
        if not isinstance(one, dict) or one.get("type") != kind:
            continue
        if any(one.get(name) != value for name, value in having.items()):
            continue
        try:
            yield model.model_validate(one)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            said = "is missing" if first["type"] == "missing" else "is not as STIX has it"
            raise _bad(path, f"object {number} ({kind}), field {field}: {said} ({AGAIN})") from None


def _bad(path: Path, detail: str) -> BadFile:
    return BadFile(BACKEND, path.name, [f"{path.name}: {detail}"])
