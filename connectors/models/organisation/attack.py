"""ATT&CK as the organisation's own copy of MITRE's STIX bundle tells it.

ATT&CK is a work of The MITRE Corporation (attack.mitre.org), used under its licence. Nothing of it comes with the
product: what is here was read from the file that the organisation put into its folder.
"""

from __future__ import annotations

from typing import Literal

from connectors.models.organisation.record import Record


class AttackTactic(Record):
    """A tactic; `short` is what techniques call it (`x_mitre_shortname`)."""

    id: str
    name: str
    short: str


class AttackTechnique(Record):
    """A technique or sub-technique. `successor`: what a revoked one was replaced by, where the bundle says so.

    `platforms` as MITRE writes them ("Windows", "PRE"); empty where the bundle names none.
    """

    id: str
    name: str
    tactics: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    state: Literal["live", "revoked", "deprecated"] = "live"
    successor: str | None = None


class AttackBundle(Record):
    """The enterprise matrix of one bundle; `tactics` in the order of the matrix.

    `version` is empty when the bundle does not say which ATT&CK it is.
    """

    FILE = "attack.json"
    PURPOSE = "MITRE's STIX bundle of ATT&CK"
    ONE = True

    file: str
    version: str = ""
    tactics: tuple[AttackTactic, ...] = ()
    techniques: tuple[AttackTechnique, ...]

    @property
    def called(self) -> str:
        """ "ATT&CK 19.1"."""
        return f"ATT&CK {self.version}" if self.version else "ATT&CK (the bundle does not say its version)"
