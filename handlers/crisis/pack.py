"""The after-action pack: file name → text, from the record alone. Pure: the same record gives the same files.

Review pages (HTML, PDF) are written beside these from the review's document, by `messages.files`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib import resources

from handlers.crisis.knowing import known_then
from handlers.crisis.letters import Letter, LetterWritten
from handlers.crisis.pack_words import readme
from handlers.crisis.record import Entry, Record
from handlers.crisis.work import Noted
from messages.document import Document
from messages.files.as_csv import safe
from messages.files.said import FIGURE_COLUMNS, Cell, figure_row
from messages.reading import words

VERIFY = "verify.py"


def pack(record: Record, review: Document) -> dict[str, str]:
    """Every file of the pack but the review's pages. `review`: whose figures become metrics.csv."""
    files = {
        "README.txt": readme(record),
        "timeline.csv": timeline(record),
        "timeline.jsonl": jsonl(record),
        VERIFY: resources.files("handlers.crisis").joinpath("verify_chain.py").read_text(encoding="utf-8"),
        "decisions.csv": _decisions(record),
        "approvals.csv": _approvals(record),
        "clocks.csv": _clocks(record),
        "tasks.csv": _tasks(record),
        "statements.csv": _statements(record),
        "evidence.csv": _evidence(record),
        "costs.csv": _costs(record),
        "asks.csv": _asks(record),
        "metrics.csv": _table(FIGURE_COLUMNS, map(figure_row, review.figures)),
        "permalinks.csv": _links(record),
    }
    return files | {f"letters/{one.id}.txt": _letter(one) for one in record.crisis.letters}


def jsonl(record: Record) -> str:
    """One line an entry: number, hash, and the event's canonical JSON as the hash was made over it."""
    return "".join(line(entry) for entry in record.entries)


def line(entry: Entry) -> str:
    return f'{{"n":{entry.n},"hash":"{entry.hash}","event":{entry.text}}}\n'


def rows_of(text: str) -> list[tuple[int, str, str]]:
    """What `jsonl` wrote, as (number, event, hash). ValueError for anything else."""
    found = []
    for raw in filter(None, text.split("\n")):
        row = json.loads(raw)
        event = json.dumps(row["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        found.append((int(row["n"]), event, str(row["hash"])))
    return found


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """CSV as `messages.files` writes it: every word in quotes, no cell a formula, instants in UTC."""
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return lines.getvalue()


def timeline(record: Record) -> str:
    """Every entry as people read it, beside its hash."""
    header = ("n", "happened", "logged", "kind", "what", "by", "platform", "call", "hash")
    plain = Document(title="")
    rows = [
        (
            entry.n, entry.event.when, entry.event.stamp.at, entry.event.kind,
            words(entry.event.line(state), plain), entry.event.stamp.by.name, entry.event.stamp.by.platform,
            entry.event.stamp.call, entry.hash,
        )
        for entry, state in zip(record.entries, record.states, strict=True)
    ]  # fmt: skip
    return _table(header, rows)


def _decisions(record: Record) -> str:
    header = ("id", "at", "decision", "options", "rationale", "by", "approver", "facts_known_then", "reversed_because")
    rows = [
        (one.id, one.at, one.text, "; ".join(one.options), one.rationale, one.by.name, one.approver,
         ", ".join(known_then(record.crisis, one)), one.reversed)
        for one in record.crisis.decisions
    ]  # fmt: skip
    return _table(header, rows)


def _approvals(record: Record) -> str:
    """One row an approval, valid or void; a message that nobody approved has one row without."""
    header = ("letter", "audience", "text_hash", "authors", "needs", "approved_as", "approved_by", "approved_at",
              "approved_hash", "counts", "standing", "first_written", "sent")  # fmt: skip
    written = {event.letter.id: event.stamp.at for event in reversed(record.of(LetterWritten))}
    rows: list[Sequence[Cell]] = []
    for one in record.crisis.letters:
        authors = ", ".join(author.name for author in one.authors)
        head: tuple[Cell, ...] = (one.id, one.audience, one.text_hash, authors, ", ".join(one.needs))
        tail: tuple[Cell, ...] = (one.standing, written.get(one.id), one.sent)
        given: list[tuple[Cell, ...]] = [
            (a.role, a.who.name, a.at, a.text_hash, "yes" if a in one.valid else "no") for a in one.approvals
        ]
        rows += [(*head, *approval, *tail) for approval in given or [("", "", None, "", "")]]
    return _table(header, rows)


def _clocks(record: Record) -> str:
    header = ("rule", "stage", "name", "state", "due", "lawful_due", "filed_at", "reference", "late", "owner",
              "authority", "source", "note")  # fmt: skip
    filed = {(one.rule, one.stage): one for one in record.crisis.duties.filed}
    rows = []
    for one in record.crisis.duties.at(record.as_of).board:
        done = filed.get((one.rule, one.stage))
        late = "" if one.late is None else "yes" if one.late else "no"
        rows.append((one.rule, one.stage, one.name, one.state, one.due, one.lawful, done.at if done else None,
                     one.reference, late, one.owner.name if one.owner else "", one.authority, one.source,
                     one.note))  # fmt: skip
    return _table(header, rows)


def _tasks(record: Record) -> str:
    header = ("id", "task", "owner", "due", "status", "changed", "source")
    rows = [
        (one.id, one.text, one.owner.name if one.owner else "", one.due, one.status, one.changed, one.source)
        for one in record.crisis.tasks
    ]
    return _table(header, rows)


def _statements(record: Record) -> str:
    header = ("id", "kind", "text", "source", "since", "by", "withdrawn")
    rows = [
        (one.id, one.kind, one.text, one.source, one.since, one.by.name, "yes" if one.withdrawn else "no")
        for one in record.crisis.statements
    ]
    return _table(header, rows)


def _evidence(record: Record) -> str:
    """One row a hand it went through."""
    header = ("id", "evidence", "sha256", "given_by", "held_by", "place", "since", "recorded_by")
    rows = [
        (one.id, one.text, one.digest, hand.giver, hand.holder, hand.place, hand.at, hand.by.name)
        for one in record.crisis.evidence
        for hand in one.hands
    ]
    return _table(header, rows)


def _costs(record: Record) -> str:
    """Amounts as they were typed; nothing is converted."""
    header = ("id", "amount", "currency", "what", "at", "by")
    rows = [(one.id, str(one.amount), one.currency, one.text, one.at, one.by.name) for one in record.crisis.costs]
    return _table(header, rows)


def _asks(record: Record) -> str:
    """One row an owner; who has not answered has a row without."""
    header = ("id", "question", "owner", "due", "answer", "note", "answered_at", "answered_by")
    rows: list[Sequence[Cell]] = []
    for one in record.crisis.asks:
        for owner in one.owners:
            reply = one.replies.get(owner.person)
            said: tuple[Cell, ...] = (
                (reply.answer, reply.note, reply.at, reply.by.name) if reply else ("", "", None, "")
            )
            rows.append((one.id, one.question, owner.name, one.due, *said))
    return _table(header, rows)


def _links(record: Record) -> str:
    """Where it was said: rooms, messages behind entries, deliveries. `link` only where the platform gave one."""
    header = ("what", "entry", "platform", "tenant", "channel", "message", "link")
    rows: list[Sequence[Cell]] = [
        (f"room for {room.audience}", None, room.platform, room.tenant, room.channel, room.thread, "")
        for room in record.crisis.rooms
    ]
    for event in record.of(Noted):
        if event.source:
            _, platform, tenant, channel, message = (*event.source.split(":", 4), "", "", "", "")[:5]
            link = event.link if event.link.startswith("https://") else ""
            rows.append(("message behind an entry", event.stamp.n, platform, tenant, channel, message, link))
    for letter in record.crisis.letters:
        for place in letter.deliveries:
            if (at := place.address) is not None and place.ok:
                what = f"message {letter.id}"
                rows.append((what, None, at.platform, at.tenant, at.channel or at.user, place.message, ""))
    return _table(header, rows)


def _letter(letter: Letter) -> str:
    """The message as it was worded last, with what vouches for it."""

    def at(when: datetime | None) -> str:
        return f"{when:%Y-%m-%d %H:%M} UTC" if when else "never"

    head = [f"{letter.id} to {letter.audience}", f"TLP:{letter.tlp.upper()}", f"Standing: {letter.standing}",
            f"SHA-256: {letter.text_hash}", f"Sent: {at(letter.sent)}"]  # fmt: skip
    head += [f"Approved as {one.role} by {one.who.name}, {at(one.at)}" for one in letter.valid]
    return "\n".join([*head, "", letter.subject, "", letter.text, ""])
