"""What a declaration asks before it is confirmed, and what it says once it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.models.organisation.crisis import CrisisPolicy
from handlers.crisis.board_clocks import clock_lines
from handlers.crisis.cadence import update_lines
from handlers.crisis.roles import TITLES
from handlers.crisis.room_posts import WITH_ROOMS, bridge
from handlers.crisis.severity import Proposal, coded
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button
from messages.document import Actions, Block, Bullets, Button, Document, Notice, Paragraph, Strong, Text, spans

MOST_BUTTONS = 4
SHOWN = 60
"""Characters of a criterion on a button."""


def asked(
    title: str,
    proposal: Proposal,
    policy: CrisisPolicy,
    *,
    met: Mapping[str, str],
    aware: str,
    notices: tuple[str, ...],
) -> Document:
    """The preview. `met`: by criterion, the line that declares with it."""
    criteria = coded(policy)
    marked = set(proposal.criteria)
    items = [
        spans(f"{code} (SEV{tier}): {text}{' ✓' if text in marked else ''}") for code, (tier, text) in criteria.items()
    ]
    blocks: list[Block] = [
        *_warnings(notices),
        Paragraph(text=spans(Strong(text=title))),
        Paragraph(text=spans(Strong(text=f"SEV{proposal.tier}"), f" ({proposal.reason})")),
        Bullets(items=tuple(items)),
    ]
    if aware:
        said = f"Aware since {aware}: a proposal, no clock runs on it until somebody confirms it."
        blocks.append(Paragraph(text=spans(said)))
    if policy.out_of_band:
        told = f"Could this chat itself be compromised? Then meet here instead: {policy.out_of_band}"
        blocks.append(Notice(level="warning", text=spans(told)))
    if met:
        shown = [Button(label=f"Met: {code} {criteria[code][1]}"[:SHOWN], line=line) for code, line in met.items()]
        blocks.append(Actions(buttons=tuple(shown[:MOST_BUTTONS])))
    return Document(title="Declare a major incident?", blocks=tuple(blocks), tlp=policy.tlp)


def acknowledged(crisis: Crisis, writes_cases: bool, notices: tuple[str, ...]) -> Document:
    """Its name and number, what happens now, and what to press."""
    by = crisis.declared_by
    room = (
        f"A room is being made on {by.platform.capitalize()}; you are invited."
        if by.platform in WITH_ROOMS
        else "No room can be made from here; every command works with --crisis all the same."
    )
    now: list[Text] = [spans(room), spans(f"{bridge(crisis)}.")]
    needed = ", ".join(TITLES[role] for role in crisis.policy.roles_needed)
    now.append(spans(f"Needed: {needed}. Nobody has taken a role yet."))
    now += [spans("Clocks: ", *line) for line in clock_lines(crisis)]
    now += [spans("Update: ", *line) for line in update_lines(crisis)]
    buttons = [button(crisis, "Take command", "crisis take commander", first=True)]
    if crisis.aware is not None:
        buttons.append(button(crisis, "Confirm when we became aware", "crisis clock confirm"))
    buttons += [button(crisis, "Clocks", "crisis clock"), button(crisis, "Board", "crisis status")]
    if crisis.case and writes_cases:
        buttons.append(_comment(crisis))
    said = spans(Strong(text=f"SEV{crisis.severity}"), f" declared: {crisis.title} ({crisis.reason})")
    blocks: list[Block] = [*_warnings(notices), Paragraph(text=said), Bullets(items=tuple(now))]
    blocks.append(Actions(buttons=tuple(buttons)))
    return Document(title=f"{crisis.name} is declared", blocks=tuple(blocks), tlp=crisis.tlp)


def _comment(crisis: Crisis) -> Button:
    """The case is told only when somebody presses."""
    words = f"Declared as a major incident: crisis {crisis.id}, {crisis.code_name}, SEV{crisis.severity}"
    said = words.replace('"', "'")
    return Button(label=f"Comment on case {crisis.case}"[:75], line=f'case comment {crisis.case} "{said}"')


def _warnings(notices: tuple[str, ...]) -> tuple[Notice, ...]:
    return tuple(Notice(level="warning", text=spans(one)) for one in notices)
