"""Skills, courses and certificates against one another: names that do not meet are mostly spelling mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from connectors.models.organisation import Person, Skill, SkillNeed
from connectors.models.organisation.people import Cert, CertDuty, Certification, Course, RoleRequirement, SkillThreat
from connectors.organisation.folder import Folder, at


def unknown_skills(found: Folder) -> Iterator[str]:
    """Skills that nobody's skills, no role and no shift need mentions."""
    if not found.readable(Skill):
        return
    known = {one.record.skill for one in found.of(Skill)}
    for record in (RoleRequirement, Course, SkillThreat):
        for one in found.any_of(record):
            if one.record.skill not in known:
                yield f"{at(record, one)}: nobody in {Skill.FILE} has the skill {one.record.skill!r}"
    required = {one.record.skill for one in found.of(RoleRequirement)}
    required |= {one.record.skill for one in found.of(SkillNeed)}
    for course in found.of(Course):
        if found.readable(RoleRequirement) and course.record.skill in known - required:
            yield f"{at(Course, course)}: no role and no shift needs the skill {course.record.skill!r}"


def unknown_roles(found: Folder) -> Iterator[str]:
    """Profiles of roles that nobody has, and a skill that stands twice in one."""
    roles = {one.record.role.casefold() for one in found.of(Person)}
    seen: dict[tuple[str, str], int] = {}
    for one in found.of(RoleRequirement):
        key = (one.record.role.casefold(), one.record.skill)
        if found.readable(Person) and key[0] not in roles:
            yield f"{at(RoleRequirement, one)}: nobody in {Person.FILE} has the role {one.record.role!r}"
        if key in seen:
            yield f"{at(RoleRequirement, one)}: role and skill stand already on line {seen[key]}"
        seen.setdefault(key, one.line)


def holders(found: Folder) -> Iterator[str]:
    """Certificates of persons that the roster does not hold, and days in the wrong order."""
    known = {one.record.id for one in found.of(Person)}
    for one in found.of(Cert):
        cert = one.record
        if found.readable(Person) and cert.person not in known:
            yield f"{at(Cert, one)}: person {cert.person!r} is not in {Person.FILE}"
        if cert.expires is not None and cert.expires < cert.issued:
            yield f"{at(Cert, one)}: expires {cert.expires} is before issued {cert.issued}"
        if cert.cycle_start is not None and cert.expires is not None and cert.expires <= cert.cycle_start:
            yield f"{at(Cert, one)}: expires {cert.expires} is not after cycle_start {cert.cycle_start}"
        if cert.cpe_earned is not None and (cert.cpe_needed is None or cert.cycle_start is None):
            yield f"{at(Cert, one)}: points earned need cpe_needed and cycle_start to be on pace or not"


def certification_names(found: Folder) -> Iterator[str]:
    """Spellings that stand for two certifications, and names that no spelling matches."""
    if not found.readable(Certification):
        return
    by: dict[str, str] = {}
    for one in found.of(Certification):
        for spelling in (one.record.name, *one.record.aliases):
            other = by.setdefault(_plain(spelling), one.record.name)
            if other != one.record.name:
                yield f"{at(Certification, one)}: {spelling!r} stands for {other!r} already"
    told = "is not known to"
    for cert in found.of(Cert):
        if _plain(cert.record.name) not in by:
            yield f"{at(Cert, cert)}: certification {cert.record.name!r} {told} {Certification.FILE}"
    for duty in found.of(CertDuty):
        for name in duty.record.any_of:
            if _plain(name) not in by:
                yield f"{at(CertDuty, duty)}: certification {name!r} {told} {Certification.FILE}"


def _plain(name: str) -> str:
    """As the answers compare names: without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


RULES: tuple[Callable[[Folder], Iterator[str]], ...] = (unknown_skills, unknown_roles, holders, certification_names)
