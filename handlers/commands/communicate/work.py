"""What a message is made from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from connectors.models.organisation import Person, Service
from connectors.models.organisation.clocks import IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts
from connectors.models.organisation.voice import Matter, Stakeholder
from connectors.models.reading import Reading
from handlers.core.errors import NotFound
from handlers.core.fetch import Got, fetch
from handlers.core.redaction import Redactor, terms
from handlers.core.soc import Soc
from messages.prose import instant


@dataclass(frozen=True)
class Inputs:
    """Every source with what came of it; the last three only for audiences that hear of clocks and filings."""

    matters: Got[Reading[Matter]]
    stakeholders: Got[Reading[Stakeholder]]
    people: Got[Reading[Person]]
    services: Got[Reading[Service]]
    triggers: Got[Reading[IncidentTriggers]] | None
    profile: Got[Reading[RegulatorProfile]] | None
    facts: Got[Reading[IncidentFacts]] | None

    @property
    def all(self) -> tuple[Got[Any], ...]:
        kept = (self.matters, self.stakeholders, self.people, self.services)
        return (*kept, *(got for got in (self.triggers, self.profile, self.facts) if got is not None))


def rows(got: Got[Reading[Any]] | None) -> tuple[Any, ...]:
    """What came, or nothing."""
    return () if got is None or got.value is None else got.value.items


async def gather(soc: Soc, duties: bool) -> Inputs:
    """All sources at once."""
    files = soc.organisation
    kept, filings = await asyncio.gather(
        asyncio.gather(
            fetch("Matters", files.read(Matter)),
            fetch("Stakeholders", files.read(Stakeholder)),
            fetch("Roster", files.read(Person)),
            fetch("Services", files.read(Service)),
        ),
        _duties(soc) if duties else _none(),
    )
    return Inputs(*kept, *filings)


Duties = tuple[
    Got[Reading[IncidentTriggers]] | None, Got[Reading[RegulatorProfile]] | None, Got[Reading[IncidentFacts]] | None
]


async def _duties(soc: Soc) -> Duties:
    files = soc.organisation
    return await asyncio.gather(
        fetch("Incident triggers", files.read(IncidentTriggers)),
        fetch("Regulator profile", files.read(RegulatorProfile)),
        fetch("Incident facts", files.read(IncidentFacts)),
    )


async def _none() -> Duties:
    return None, None, None


def choose(inputs: Inputs, wanted: str) -> Matter | None:
    """The matter asked for, else the newest open one; None when none is open. Raises NotFound for an unknown id."""
    known: tuple[Matter, ...] = rows(inputs.matters)
    if wanted:
        found = next((one for one in known if one.id.casefold() == wanted.casefold()), None)
        if found is None and inputs.matters.ok:
            names = ", ".join(one.id for one in known) or "none"
            raise NotFound(f"There is no matter “{wanted[:60]}” in matters.yaml.", f"On file: {names}.")
        return found
    return max((one for one in known if not one.closed), key=lambda one: (one.since, one.id), default=None)


def redactor(inputs: Inputs, matter: Matter) -> Redactor:
    """Takes names of people, machines, indicators and the matter's case ids out."""
    cases = {case for fact in matter.facts for case in fact.cases}
    return Redactor(terms(rows(inputs.people), rows(inputs.services), (), ()) | cases)


def filings(inputs: Inputs, matter: Matter) -> tuple[list[str], str]:
    """What was filed, and the references given."""
    mine = [one for one in rows(inputs.triggers) if one.id == matter.id]
    done = [filing for one in mine for filing in one.filings]
    told = [f"{f.rule}, {f.stage}: {f.at} {f'({f.reference})' if f.reference else ''}".strip() for f in done]
    return told, ", ".join(f.reference for f in done if f.reference)


def forms(inputs: Inputs, matter: Matter) -> list[str]:
    """Each authority's form: fields known and fields still missing."""
    mine = next((one for one in rows(inputs.triggers) if one.id == matter.id), None)
    profile = next(iter(rows(inputs.profile)), None)
    if mine is None or profile is None:
        return []
    known = {field.casefold() for field in mine.form}
    out = []
    for scope in profile.scopes:
        if scope.applies and scope.form and (not mine.rules or scope.rule in mine.rules):
            missing = [field for field in scope.form if field.casefold() not in known]
            ready = f"{len(scope.form) - len(missing)} of {len(scope.form)} fields known"
            out.append(f"{scope.rule}, {scope.authority or 'authority not on file'}: {ready}"
                       + (f"; missing: {', '.join(missing)}" if missing else ""))  # fmt: skip
    return out


def clocks(inputs: Inputs, matter: Matter) -> list[str]:
    """Running clocks of the matter's cases, the earliest first."""
    cases = {case for fact in matter.facts for case in fact.cases}
    found = [clock for one in rows(inputs.facts) if one.case_id in cases for clock in one.clocks if not clock.filed]
    return [
        f"{one.regime}, {one.stage}: due {instant(one.due_at)}{f', files: {one.files}' if one.files else ''}"
        for one in sorted(found, key=lambda clock: clock.due_at)
    ]
