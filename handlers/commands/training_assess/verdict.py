"""The colour and the words of `training assess`."""

from __future__ import annotations

from handlers.commands.training_assess.certs import CertInputs, Certs
from handlers.commands.training_assess.skills import top
from handlers.commands.training_assess.work import Inputs, Team
from handlers.core import cells
from handlers.core.book import worst
from messages.document import Span, Status, Text, Value, Verdict, spans
from messages.prose import count

RULE = (
    "skills — red: a skill needed at level 3 that nobody has there; unknown: the roster, skills, role profiles or "
    "shift needs are missing, or no role has a profile; amber: such a skill on one person, or a person below their "
    "role's level; otherwise green. "
    "Certifications, when tracked — red: a certificate expired or a duty not met, by known names; unknown: the "
    "certificates, their known names, the duties or the roster are missing; amber: one ends within 90 days, is behind "
    "with points or has an unknown name; otherwise green. The worse of what was asked counts"
)


def verdict(inputs: Inputs, team: Team | None, tracked: CertInputs | None, certs: Certs | None, shown: bool) -> Verdict:
    """RULE as code; `shown`: team skills were asked for."""
    colours: list[Status] = [skills_status(inputs, team)] if shown else []
    if tracked is not None:
        colours.append(certs_status(inputs, tracked, certs))
    parts = [*(_skills(team) if shown else ()), *(_certs(certs) if tracked is not None else ())]
    return Verdict(text=spans(*parts), status=worst(colours), rule=RULE)


def skills_status(inputs: Inputs, team: Team | None) -> Status:
    if team is not None and team.nobody:
        return "red"
    if team is None or not inputs.needs.ok or not team.gaps:
        return "unknown"
    return "amber" if team.single or any(gap.gap for gap in team.gaps) else "green"


def certs_status(inputs: Inputs, tracked: CertInputs, certs: Certs | None) -> Status:
    if certs is not None and tracked.names.ok and (certs.of("expired") or certs.unmet):
        return "red"
    if certs is None or not all(got.ok for got in (*tracked.all, inputs.people)):
        return "unknown"
    return "amber" if certs.of("30", "90") or certs.behind or certs.unknown else "green"


def _skills(team: Team | None) -> Text:
    if team is None:
        return spans("Team skills could not be judged. ")
    parts: list[str | Span] = []
    if first := top(team):
        people = cells.counted(len(first.trainees), "person", "people")
        hours = count(first.course.hours) if first.course is not None else ""
        parts.append(f"Train {cells.shorten(first.skill, 40)} first: {people}, {hours} h each")
    elif any(gap.gap for gap in team.gaps):
        helps = "no course on file helps" if team.courses else "which course helps is not known"
        parts.append(f"People are below their roles' levels and {helps}")
    elif team.gaps:
        parts.append("Everybody has the levels that their role requires")
    else:
        parts.append("No role of the roster has a profile")
    if team.nobody or team.single:
        risk = team.nobody or team.single
        who = "nobody" if team.nobody else "one person"
        parts.append(f"; {cells.names([cells.shorten(s, 40) for s in risk], 3)} rests on {who}")
    return spans(*parts, ". ")


def _certs(certs: Certs | None) -> Text:
    if certs is None:
        return spans("Certifications could not be read.")
    parts: list[str | Span] = ["Certificates: ", Value(figure="certs.expired.count"), " expired, ",
                               Value(figure="certs.due_30.count"), " end in 30 days"]  # fmt: skip
    if certs.duties is not None and certs.named:
        duties = cells.counted(len(certs.duties), "duty", "duties")
        parts += [", ", Value(figure="certs.duty.unmet.count"), f" of {duties} not met"]
    return spans(*parts, ".")
