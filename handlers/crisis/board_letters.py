"""Sections about what is said to whom: the stakeholder matrix, the press, messages that wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.models.organisation.voice import Stakeholder
from handlers.commands.communicate.audiences import VOICES
from handlers.core import cells
from handlers.crisis.cadence import Rhythm, rhythms
from handlers.crisis.letters import Letter
from handlers.crisis.media_rules import DISCLOSURE, MEDIA, hits, spokespersons
from handlers.crisis.state import Crisis
from messages.document import Block, Bullets, Context, Fact, Facts, Moment, Notice, Span, Strong, Table, Text, spans
from messages.prose import duration

_MOST = 20


def stakeholder_matrix(crisis: Crisis, now: datetime, contacts: Sequence[Stakeholder] = ()) -> Table:
    """A row an audience: need, channel, cadence, approvers, last sent, next due (overdue in red, first), what waits.

    `contacts`: stakeholders.yaml as it is now; without it channels are not known, and a dash says so.
    """
    known = {one.audience: one for one in contacts}
    told = {one.audience: one for one in rhythms(crisis)}
    extra = [one.audience for one in crisis.letters] + [one for one in known if one not in told]
    rows = [_row(crisis, audience, known.get(audience), told.get(audience), now)  # type: ignore[call-overload]
            for audience in dict.fromkeys([*told, *extra])]  # fmt: skip
    labels = ("Audience", "Needs", "Channel", "Every", "Approved by", "Last sent", "Next due", "Waiting")
    return cells.table("Who is told what, where, how often, and who approves it", labels, rows)


def _row(
    crisis: Crisis, audience: str, contact: Stakeholder | None, rhythm: Rhythm | None, now: datetime
) -> tuple[Text, ...]:
    voice = VOICES.get(audience)
    approvers = (contact.approvers if contact else ()) or (voice.approvers if voice else ())
    sent = max((one.sent for one in crisis.letters if one.audience == audience and one.sent), default=None)
    every = duration(rhythm.every.total_seconds()) if rhythm else "on demand"
    waiting = "; ".join(_waits(one) for one in letters_waiting(crisis) if one.audience == audience)
    cell = cells.row(
        audience, voice.purpose if voice else "", contact.channel if contact else "", every,
        " → ".join(approvers) or "a second person", cells.moment(sent), "", waiting,
    )  # fmt: skip
    return (*cell[:6], _due(rhythm, now), cell[7])


def _due(rhythm: Rhythm | None, now: datetime) -> Text:
    if rhythm is None:
        return spans(cells.NONE)
    over = rhythm.over(now)
    shown: list[str | Span] = [Moment(at=rhythm.due)]
    if over is not None:
        shown = [Strong(text=f"🔴 overdue {duration(over.total_seconds())}"), " since ", *shown]
    return spans(*shown)


def letters_waiting(crisis: Crisis) -> tuple[Letter, ...]:
    """Messages that are written and not sent, or under way, the oldest first."""
    return tuple(one for one in crisis.letters if one.standing in {"draft", "refused", "sending"})


def _waits(letter: Letter) -> str:
    if letter.standing == "sending":
        return f"{letter.id}: under way"
    if letter.standing == "refused":
        return f"{letter.id}: no place took it"
    return f"{letter.id}: needs {', '.join(letter.missing)}" if letter.missing else f"{letter.id}: approved, not sent"


def media(crisis: Crisis) -> tuple[Block, ...]:
    """The statement and its chain, who speaks, what is not said, what the press asked. Nothing here publishes."""
    policy = crisis.policy
    letters = [one for one in crisis.letters if one.audience == MEDIA and one.standing != "withdrawn"]
    letter = letters[-1] if letters else None
    persons = f" ({', '.join(spokespersons(crisis))})" if spokespersons(crisis) else ""
    blocks: list[Block] = [
        Facts(
            facts=(
                Fact(label="Statement", text=_statement(letter)),
                Fact(label="Approval, one after the other", text=_chain(letter)),
                Fact(
                    label="The one who speaks", text=spans((policy.spokesperson or "not set in crisis.yaml") + persons)
                ),
                Fact(label="Page when ours is down", text=spans(policy.dark_site or "not set in crisis.yaml")),
            )
        )
    ]
    if letter is not None and letter.editable:
        blocks += [Notice(level="warning", text=spans(one)) for one in hits(crisis, letter.text)]
    if policy.do_not_say:
        blocks.append(Bullets(items=tuple(spans("Do not say: ", one) for one in policy.do_not_say)))
    if crisis.questions:
        blocks.append(_questions(crisis))
    blocks += [
        _disclosure(crisis),
        Context(text=spans("The bot never publishes: the spokesperson gives it out by hand.")),
    ]
    return tuple(blocks)


def _statement(letter: Letter | None) -> Text:
    if letter is None:
        return spans("none yet")
    return spans(f"{letter.id}, {letter.standing}, {letter.text_hash[:8]}", *_sent(letter))


def _sent(letter: Letter) -> Text:
    return spans(", given out ", Moment(at=letter.sent)) if letter.sent else ()


def _chain(letter: Letter | None) -> Text:
    if letter is None:
        return spans(" → ".join(VOICES[MEDIA].approvers) + ", unless stakeholders.yaml says otherwise")
    done = {one.role: one.who.name for one in letter.valid}
    return spans(" → ".join(f"{role} ({done[role]} ✓)" if role in done else f"{role} (open)" for role in letter.needs))


def _questions(crisis: Crisis) -> Table:
    lines = [
        cells.row(one.id, one.text, one.asker, one.answer or "open", one.by.name if one.by else "")
        for one in reversed(crisis.questions)
    ]
    labels = ("#", "Asked", "By", "Answered", "Recorded by")
    return cells.table("Questions from the press", labels, lines[:_MOST], len(lines))


def _disclosure(crisis: Crisis) -> Notice:
    """The note, and how the 8-K clock stands where it is on the crisis's list."""
    clock = next((one for one in crisis.duties.board if one.rule == "sec-8k"), None)
    stands = f" The 8-K clock is {clock.state}." if clock else ""
    return Notice(level="info", text=spans(DISCLOSURE + stands))
