"""A stakeholder message with everything an approver has to see beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handlers.core import cells
from handlers.core import form as forms
from handlers.core.command import NEW_LINE, Command
from handlers.core.redaction import REMOVED
from handlers.crisis import media_rules
from handlers.crisis.drafting import judged
from handlers.crisis.letter_posts import as_sent, pressed, sending
from handlers.crisis.letter_rules import gaps, mapped, outdated
from handlers.crisis.letters import Delivery, Letter
from handlers.crisis.need_to_know import quoted
from handlers.crisis.telling import button
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Divider,
    Document,
    Fact,
    Facts,
    Heading,
    Moment,
    Mono,
    Notice,
    Paragraph,
    Strong,
    Text,
    spans,
)

if TYPE_CHECKING:
    from typing import Any

    from handlers.crisis.state import Crisis

LONGEST_LINE = 1_900
"""Characters of the line behind a button."""


def typed(text: str) -> str:
    """A text as it is typed."""
    return text.replace("\n", f" {NEW_LINE} ")


def as_text(said: str) -> str:
    """A typed text with its lines."""
    return "\n".join(line for part in said.split(NEW_LINE) if (line := " ".join(part.split())))


def warnings(crisis: Crisis, letter: Letter) -> tuple[str, ...]:
    """What an approver and whoever sends it should know."""
    out = [*quoted(crisis, f"{letter.subject} {letter.text}", letter.tlp), *outdated(crisis, letter)]
    if (left := gaps(letter)) and letter.editable:
        out.append(f"{cells.counted(left, 'place is', 'places are')} left to fill in: nobody can approve it yet.")
    if (names := letter.text.count(REMOVED)) and letter.editable:
        out.append(f"{cells.counted(names, 'name was', 'names were')} taken out ({REMOVED}): say it in other words.")
    if letter.audience == media_rules.MEDIA:
        out += media_rules.hits(crisis, letter.text)
    return (*out, *judged(letter))


def view(crisis: Crisis, letter: Letter, edit: Command[Any], full_hash: bool = False) -> Document:
    """The frozen text, its hash, who wrote, approved and must still approve it, where it went, what can be done."""
    blocks: list[Block] = [
        Notice(level="warning", text=spans(cells.shorten(one, 300))) for one in warnings(crisis, letter)
    ]
    sent = as_sent(crisis, letter)
    blocks += [Divider(), Paragraph(text=spans(Strong(text=sent.title))), *sent.blocks, Divider()]
    blocks.append(Facts(facts=_facts(crisis, letter, full_hash)))
    if letter.deliveries:
        blocks += [Heading(text="Deliveries"), Bullets(items=tuple(_delivery(one) for one in letter.deliveries))]
    if letter.editable and not _edit_line(crisis, letter, edit):
        long = "The text is too long to stand in the form of “Edit” already: copy it from here."
        blocks.append(Notice(level="info", text=spans(long)))
    if buttons := _buttons(crisis, letter, edit):
        blocks.append(Actions(buttons=tuple(buttons)))
    standing = "approved, not sent" if letter.standing == "draft" and not letter.missing else letter.standing
    title = f"{crisis.name}: message {letter.id} to {letter.audience}, {standing}"
    return Document(title=title, blocks=tuple(blocks), tlp=crisis.tlp)


def _facts(crisis: Crisis, letter: Letter, full_hash: bool) -> tuple[Fact, ...]:
    shown = letter.text_hash if full_hash else letter.text_hash[:8]
    pairs: list[tuple[str, Text]] = [
        ("Hash of audience, subject and text", spans(Mono(text=shown))),
        ("Written by", spans(", ".join(one.name for one in letter.authors), ", last ", Moment(at=letter.written))),
        ("Facts it tells", spans(", ".join(letter.from_facts) or "none", f"; drafted at #{letter.version}")),
    ]
    for one in letter.valid:
        pairs.append((f"Approved as {one.role}", spans(Strong(text=one.who.name), " ", Moment(at=one.at))))
    for role in letter.missing:
        persons = ", ".join(mapped(role, crisis.policy))
        pairs.append((f"Still needed: {role}", spans(persons or "anybody who may approve and did not write it")))
    return tuple(Fact(label=label, text=text) for label, text in pairs)


def _delivery(one: Delivery) -> Text:
    if one.at is None:
        return spans(f"{one.where}: under way")
    if not one.ok:
        return spans(f"{one.where}: refused ", Moment(at=one.at), f": {one.reason}")
    by_hand = f", by hand, reference {one.reference}" if one.by_hand else ""
    return spans(f"{one.where}: delivered ", Moment(at=one.at), by_hand)


def _buttons(crisis: Crisis, letter: Letter, edit: Command[Any]) -> Sequence[Button]:
    if letter.standing == "withdrawn":
        return ()
    out: list[Button] = []
    if letter.editable and letter.missing and not gaps(letter):
        out += pressed(crisis, letter)
    if not letter.missing:
        out.append(sending(crisis, letter))
    if letter.editable:
        out.append(Button(label="Edit", line=_edit_line(crisis, letter, edit) or _edit_line(crisis, letter, edit, "")))
        out.append(button(crisis, "Withdraw", f"crisis withdraw-letter {letter.id} --form"))
    return out


def _edit_line(crisis: Crisis, letter: Letter, edit: Command[Any], text: str | None = None) -> str:
    """Opens the form with the text in it; "" when that does not fit behind a button."""
    said = typed(letter.text) if text is None else text
    values = {
        "letter": letter.id,
        "crisis": crisis.id,
        "subject": letter.subject,
        "hash": letter.text_hash[:16],
        "text": said,
    }
    line = forms.line(edit, values).replace(edit.name, f"{edit.name} --form", 1)
    return line if len(line) <= LONGEST_LINE else ""
