"""The files an organisation keeps, one record type a file; `FILES` says which record stands in which file.

Every record is strict: an unknown field or a wrong value is an error that names file, line and field.
"""

from __future__ import annotations

from connectors.models.organisation import assurance, estate, money, people, promises, reporting
from connectors.models.organisation.assurance import Control
from connectors.models.organisation.estate import LogSource, Service, ThreatContext
from connectors.models.organisation.money import BudgetLine, Contract
from connectors.models.organisation.people import Absence, HandlingTime, Person, Shift, Skill, SkillNeed, StaffingPolicy
from connectors.models.organisation.promises import Calendar, SlaPolicy, Target
from connectors.models.organisation.record import Record
from connectors.models.organisation.reporting import Ask, Commitment, SignificantIncident

__all__ = [
    "FILES",
    "Absence",
    "Ask",
    "BudgetLine",
    "Calendar",
    "Commitment",
    "Contract",
    "Control",
    "HandlingTime",
    "LogSource",
    "Person",
    "Record",
    "Service",
    "Shift",
    "SignificantIncident",
    "Skill",
    "SkillNeed",
    "SlaPolicy",
    "StaffingPolicy",
    "Target",
    "ThreatContext",
]

FILES: dict[type[Record], str] = {
    **people.FILES,
    **promises.FILES,
    **estate.FILES,
    **reporting.FILES,
    **money.FILES,
    **assurance.FILES,
}
"""File of each record. A file holds a YAML list of records; StaffingPolicy and ThreatContext hold one mapping."""
