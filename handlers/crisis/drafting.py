"""A message drafted from the crisis's record: what each audience may read of it, and what a person must fill in. Pure.

Confirmed facts alone for readers outside, and of these what their TLP lets them read; assumptions, marked as such, for
those inside. Names of systems, people and indicators are taken out for audiences that must not read them (`hide`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.models.organisation.voice import Stakeholder
from handlers.analysis import readability
from handlers.commands.communicate.audiences import VOICES, forbidden
from handlers.core import cells
from handlers.crisis.cadence import grid, rhythms, sent_to
from handlers.crisis.letters import Letter
from handlers.crisis.need_to_know import left_out, may_read
from handlers.crisis.phases import Phase
from messages import stakeholder as templates
from messages.prose import instant

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

INNER = frozenset({"executive", "board", "legal", "it", "technical-team"})
"""Audiences that also read assumptions, marked as such."""
MOST = 12
"""Lines of one kind in a draft; how many more there are is said."""
LONGEST = 2_900
"""Characters of a text: it still fits one field of a form (Slack: 3,000)."""
_DONE = "Our response to it is closed"
COURSE: dict[Phase, str] = {
    "declared": "We have opened our incident response",
    "mobilised": "Our response team is at work on it",
    "contained": "We have contained it and are removing it",
    "eradicated": "We have contained and removed it and are restoring what was affected",
    "recovered": "Affected services are restored and we are watching them",
    "closed": _DONE,
    "reviewed": _DONE,
    "cancelled": "It turned out to be none",
}
SUBJECTS = {
    "executive": "Status of the major incident",
    "board": "Major incident: report to the board",
    "legal": "Major incident: facts for counsel",
    "it": "Major incident: work for IT",
    "customers": "A security incident and what it means for you",
    "regulators": "Notification of a security incident",
    "media": "Statement on a security incident",
    "technical-team": "Major incident: technical status",
    "employees": "A security incident and what you can do",
    "vendors": "A security incident: a request to our suppliers",
    "law-enforcement": "Report of a security incident",
}


@dataclass(frozen=True, slots=True)
class Drafted:
    """`basis`: id of each fact it tells → its words in the record; `notes`: what to know about the draft itself."""

    text: str
    basis: dict[str, str]
    notes: tuple[str, ...] = ()


def drafted(  # noqa: PLR0917 - everything a draft is made of
    crisis: Crisis,
    audience: str,
    contact: Stakeholder | None,
    hide: Callable[[str], str],
    now: datetime,
    own: str | None = None,
) -> Drafted:
    """The text from the organisation's own template, or, where that is wrong or missing, from ours."""
    voice = VOICES[audience]
    clean = hide if voice.outer and not voice.names else (lambda text: text)
    stated = [one for one in crisis.statements if one.kind == "fact" and not one.withdrawn]
    stated = stated if {"status", "task"} & set(voice.kinds) and audience != "vendors" else []
    told = [one for one in stated if may_read(one, voice.tlp)]
    values = _values(crisis, audience, contact, clean, now) | {"facts": _some([clean(one.text) for one in told])}
    notes = tuple(filter(None, (left_out(stated, audience, voice.tlp),)))
    try:
        lines = templates.crisis_draft(audience, values, own)
    except templates.OwnTemplateError as error:
        notes += (f"templates/stakeholder/{audience}.j2, {error}: drafted from the product's template instead.",)
        lines = templates.crisis_draft(audience, values)
    text = "\n".join(line for line in lines if line)
    if len(text) > LONGEST:
        notes += (f"The draft had {len(text):,} characters and was cut at {LONGEST:,}: shorten it.",)
        text = text[:LONGEST].rstrip()
    return Drafted(text, {one.id: one.text for one in told if clean(one.text) in text}, notes)


def _some(lines: Sequence[str]) -> list[str]:
    """The newest lines, and how many are left out."""
    left = len(lines) - MOST
    return [*lines[-MOST:], *([f"and {left} earlier ones"] if left > 0 else [])]


def _values(
    crisis: Crisis, audience: str, contact: Stakeholder | None, clean: Callable[[str], str], now: datetime
) -> dict[str, Any]:
    """What a template can say; every name is always there."""
    inner, reader = audience in INNER, VOICES[audience].tlp
    statements = [one for one in crisis.statements if may_read(one, reader)]
    tasks = [one for one in crisis.tasks if may_read(one, reader)]
    decisions = [one for one in crisis.decisions if may_read(one, reader)]
    stated = {
        kind: [clean(one.text) for one in statements if one.kind == kind and not one.withdrawn]
        for kind in ("assumption", "unknown")
    }
    update = next_update(crisis, audience, now)
    running = [task for task in tasks if task.status == "open"]
    done = [task for task in tasks if task.status == "done"]
    duties, filings = crisis.duties.board, crisis.duties.filed
    due = [f"{one.rule}, {one.name}: {one.state}" + (f", due {instant(one.due)}" if one.due else "") for one in duties]
    return {
        "title": clean(crisis.title), "severity": crisis.severity, "phase": crisis.phase, "case": crisis.case,
        "since": instant(crisis.declared), "aware": instant(crisis.aware) if crisis.aware else "",
        "drill": bool(crisis.drill), "course": COURSE[crisis.phase],
        "assumptions": _some(stated["assumption"]) if inner else [],
        "unknowns": _some(stated["unknown"]) if inner else [],
        "decisions": _some([clean(one.text) for one in decisions if not one.reversed]) if inner else [],
        "actions": _some([clean(one.text) for one in done]) if inner else [],
        "tasks": _some([_task(clean(one.text), one.due) for one in running]) if inner else [],
        "clocks": _some(due), "filed": [f"{one.rule}, {one.stage}: {instant(one.at)}" for one in filings],
        "references": ", ".join(one.reference for one in filings), "dark_site": crisis.policy.dark_site,
        "next_update": instant(update) if update else "", "contact": contact.contact if contact else "",
    }  # fmt: skip


def _task(text: str, due: datetime | None) -> str:
    return f"{text} (by {instant(due)})" if due else text


def next_update(crisis: Crisis, audience: str, now: datetime) -> datetime | None:
    """What a message that goes out now promises: the first due time after the one it serves. None: no rhythm."""
    for one in rhythms(crisis):
        if one.audience == audience:
            return grid(one.base, one.every, (*sent_to(crisis, audience), now))[1]
    return None


def judged(letter: Letter) -> tuple[str, ...]:
    """What is wrong with a text for its audience: words it must not read, too many words. Warnings, not refusals."""
    voice = VOICES.get(letter.audience)
    if voice is None:
        return ()
    lines = tuple(letter.text.split("\n"))
    reading = readability.reading("\n".join(line.lstrip("-# ") for line in lines))
    out = [
        f"It says “{cells.shorten(word, 60)}”, which this audience must not read." for word in forbidden(voice, lines)
    ]
    if voice.words is not None and reading.words > voice.words:
        out.append(f"{reading.words} words; this audience reads at most {voice.words}.")
    return tuple(out)


def basis_after_edit(crisis: Crisis, letter: Letter, text: str) -> dict[str, str]:
    """The facts an edited text tells: those it told that still stand, and those whose words it holds."""
    facts = [one for one in crisis.statements if one.kind == "fact" and not one.withdrawn]
    return {one.id: one.text for one in facts if one.id in letter.basis or one.text in text}
