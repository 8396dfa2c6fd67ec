"""The files an organisation keeps, one record type a file; `FILES` says which record stands in which file.

Every record is strict: an unknown field or a wrong value is an error that names file, line and field.
"""

from __future__ import annotations

from connectors.models.organisation import (
    assurance,
    benchmarks,
    clocks,
    crisis,
    detection,
    estate,
    money,
    people,
    process,
    promises,
    reporting,
    risk,
    strategy,
    voice,
)
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

_THEMES = (
    people, promises, estate, reporting, money, assurance,
    detection, strategy, process, voice, risk, clocks, crisis, benchmarks,
)  # fmt: skip
FILES: dict[type[Record], str] = {
    record: record.FILE
    for theme in _THEMES
    for record in vars(theme).values()
    if isinstance(record, type) and issubclass(record, Record) and record.FILE.endswith(".yaml")
}
"""File of each record: a YAML list of records, or one mapping where the record says so."""
