"""What declaring a major incident would do here: levels, roles, who is called in, who approves, what is never said."""

from __future__ import annotations

from connectors.models.organisation.crisis import CrisisPolicy
from connectors.models.organisation.voice import Stakeholder
from connectors.models.reading import Reading
from handlers.commands.crisis.readers import unreached
from handlers.core import cells
from handlers.core.access import Access
from handlers.core.fetch import Got, fetch, rows
from handlers.core.soc import Soc
from handlers.crisis.roles import TITLES
from messages.document import Actions, Block, Bullets, Button, Document, Fact, Facts, Heading, Notice, Text, spans


async def readiness(soc: Soc, *, stakeholders: bool, speaking: bool) -> Document:
    """With no crisis open. A file that cannot be read is a notice."""
    got = await fetch("Crisis policy", soc.organisation.read(CrisisPolicy))
    blocks: list[Block] = [Notice(level="info", text=spans("No crisis is open. This is what declaring one would do."))]
    if got.notice is not None:
        blocks.append(got.notice)
    for policy in rows(got)[:1]:
        blocks += _policy(policy)
        if speaking:
            blocks += [Heading(text="Media"), *_speaking(policy)]
    if stakeholders:
        told = await fetch("Stakeholders", soc.organisation.read(Stakeholder))
        blocks += [Heading(text="Stakeholders"), *_stakeholders(told, soc.access)]
    declare = Button(label="Declare a major incident", line="crisis declare --form", style="danger")
    blocks.append(Actions(buttons=(declare, Button(label="Past crises", line="crisis list"))))
    return Document(title="Major incident", blocks=tuple(blocks))


def _policy(policy: CrisisPolicy) -> list[Block]:
    missing = "not set in crisis.yaml"
    called = f"{len(policy.called_in)} persons: {cells.names(policy.called_in)}" if policy.called_in else missing
    facts = (
        Fact(label="Roles to fill", text=spans(", ".join(TITLES[role] for role in policy.roles_needed))),
        Fact(label="Called in at once", text=spans(called)),
        Fact(label="Bridge", text=spans(policy.bridge or missing)),
        Fact(label="If this chat is compromised", text=spans(policy.out_of_band or missing)),
        Fact(label="Approvers", text=spans("; ".join(_approver(*one) for one in policy.approvers.items()) or missing)),
    )
    criteria = cells.counted(len(policy.exit_criteria), "exit criterion", "exit criteria")
    close = Fact(label="To close it", text=spans(f"{criteria}, each said to be met by a person"))
    return [_levels(policy), Facts(facts=(*facts, close))]


def _approver(role: str, persons: tuple[str, ...]) -> str:
    return f"{role}: {cells.names(persons)}"


def _levels(policy: CrisisPolicy) -> Block:
    levels = [
        cells.row(
            f"SEV{level.tier}",
            "; ".join(level.criteria),
            _minutes(level.commander_minutes),
            _minutes(level.technical_minutes),
            _minutes(level.executive_minutes),
        )
        for level in sorted(policy.levels, key=lambda level: level.tier)
    ]
    labels = ("Level", "When", ">Commander in place", ">Technical update every", ">Executive update every")
    return cells.table("Levels: this organisation's, or the product's defaults; no standard", labels, levels)


def _minutes(value: float | None) -> str | None:
    return None if value is None else f"{value:g} min"


def _stakeholders(got: Got[Reading[Stakeholder]], access: Access) -> list[Block]:
    if got.notice is not None:
        return [got.notice]
    told = rows(got)
    if not told:
        return [Notice(level="info", text=spans("stakeholders.yaml names nobody."))]
    table: list[tuple[Text, ...]] = [
        cells.row(
            one.name,
            one.audience,
            one.channel,
            f"{one.every_minutes} min" if one.every_minutes else None,
            ", ".join(one.approvers),
        )
        for one in told
    ]
    labels = ("Who", "Audience", "Where", ">Every", "Approved by")
    missed = [f"{row.audience}: {why}" for row in told for why in unreached(row, access)]
    warned = [Notice(level="warning", text=spans(f"Not reached directly: {'; '.join(missed)}."))] if missed else []
    return [cells.table("Who would be told", labels, table, len(table)), *warned]


def _speaking(policy: CrisisPolicy) -> list[Block]:
    facts = (
        Fact(label="Spokesperson", text=spans(policy.spokesperson or "not set in crisis.yaml")),
        Fact(label="Dark site", text=spans(policy.dark_site or "not set in crisis.yaml")),
    )
    never = tuple(spans("Never: ", one) for one in policy.do_not_say)
    return [Facts(facts=facts), *([Bullets(items=never)] if never else [])]
