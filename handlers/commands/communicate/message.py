"""The draft about the current matter, with everything an approver has to see beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.models.organisation.voice import Matter, Stakeholder
from handlers.analysis import readability
from handlers.commands.communicate.audiences import DETAILED, VOICES, Voice, forbidden
from handlers.commands.communicate.wording import Told, confidence_words, rounded, snapshot, tell
from handlers.commands.communicate.work import Inputs, choose, clocks, filings, forms, gather, redactor, rows
from handlers.core import cells
from handlers.core.access import TLP_ORDER, Permission, Tlp
from handlers.core.book import Book, files
from handlers.core.call import Authorised
from handlers.core.fetch import Got, shortfall
from handlers.core.sheet import Sheet
from handlers.core.soc import Soc
from messages import stakeholder as letters
from messages.document import (
    Actions,
    Block,
    Bullets,
    Button,
    Document,
    Fact,
    Facts,
    Heading,
    KpiStrip,
    Notice,
    Paragraph,
    Strong,
    Verdict,
    spans,
    typed,
)
from messages.prose import instant, quantity

LINE = "communicate --stakeholder"
DRAFT_ONLY = (
    "Draft only: nothing is approved or sent here. In a crisis, `crisis draft` writes a message that a second person "
    "approves."
)
RULE = (
    "red: it says what this audience must not read, lacks a part it must hold, goes to a channel with outside members, "
    "or the next update is overdue; amber: unconfirmed or old facts, too long, or no time for the next update; green: "
    "none of these; unknown: an input is missing."
)
DUTIES = frozenset({"legal", "regulators"})


@dataclass(frozen=True, eq=False)
class Draft:
    """`wrong` turns it red, `weak` amber; both in sentences."""

    lines: tuple[str, ...]
    told: Told
    reading: readability.Reading
    wrong: tuple[str, ...]
    weak: tuple[str, ...]


async def answer(audience: str, wanted: str, call: Authorised, soc: Soc) -> Document:
    """The draft, or what is missing for one."""
    voice, now = VOICES[audience], soc.clock.now()
    inputs = await gather(soc, audience in DUTIES)
    matter = choose(inputs, wanted)
    sheet = Sheet(call, soc, Permission.CASES if audience in DETAILED else Permission.REPORTS)
    contact = next((one for one in rows(inputs.stakeholders) if one.audience == audience), None)
    sources = tuple(got.source for got in inputs.all)
    if matter is None:
        why = "no open matter on file" if inputs.matters.ok else "matters.yaml could not be read"
        known = "There is no open matter" if inputs.matters.ok else "It is not known whether a matter is open"
        body: list[Block] = [Paragraph(text=spans(f"{known} to write about."))]
        verdict = Verdict(text=spans(f"No draft for {audience}: {why}."), status="unknown", rule=RULE)
        title = f"Draft for {audience}"
    else:
        made = draft(inputs, matter, audience, contact, now)
        _figures(Book(sheet, files(*inputs.all), None, ()), made)
        body = compose(inputs, matter, audience, contact, made, sheet)
        verdict, title = _verdict(inputs, audience, made), f"Draft for {audience}: {shown_title(inputs, matter, voice)}"
    tlp: Tlp = max(voice.tlp, "amber", key=TLP_ORDER.index)
    return Document(
        title=title, verdict=verdict, blocks=(*shortfall(*inputs.all), *body, cells.quality(sources), _more(audience)),
        figures=await sheet.keep(), provenance=sources, tlp=tlp,
    )  # fmt: skip


def shown_title(inputs: Inputs, matter: Matter, voice: Voice) -> str:
    """The plain title for readers outside, without names or indicators."""
    return redactor(inputs, matter).free(matter.plain_title) if voice.outer else cells.shorten(matter.title, 120)


def draft(inputs: Inputs, matter: Matter, audience: str, contact: Stakeholder | None, now: datetime) -> Draft:
    """The words, and what is wrong with them. Pure."""
    voice = VOICES[audience]
    hide = redactor(inputs, matter).free
    told = tell(matter, audience, voice, hide, now)
    lines = letters.draft(audience, _values(inputs, matter, audience, told, contact))
    reading = readability.reading("\n".join(line.lstrip("-# ") for line in lines))
    return Draft(lines, told, reading, tuple(_wrong(matter, voice, told, lines, contact, now)),
                 tuple(_weak(matter, voice, told, reading)))  # fmt: skip


def _values(inputs: Inputs, matter: Matter, audience: str, told: Told, contact: Stakeholder | None) -> dict[str, Any]:
    voice = VOICES[audience]
    clean = redactor(inputs, matter).free if voice.outer else (lambda text: text)
    filed, references = filings(inputs, matter)
    money = quantity(matter.cost, "money", matter.currency) if matter.cost is not None else ""
    if money and voice.outer:
        money = f"{rounded(matter.cost or 0)} {matter.currency}"
    ask = clean(matter.asks.get(audience, "")).rstrip(".")  # type: ignore[call-overload]
    return {
        "title": shown_title(inputs, matter, voice), "since": instant(matter.since), "closed": matter.closed,
        "facts": told.lines, "money": money, "recommendation": clean(matter.recommendation).rstrip("."),
        "ask": ask, "contact": contact.contact if contact and contact.contact else matter.contact,
        "next_update": instant(matter.next_update) if matter.next_update else "",
        "over_by": instant(matter.over_by) if matter.over_by else "", "privileged": matter.privileged,
        "cases": ", ".join(dict.fromkeys(case for fact in matter.facts for case in fact.cases)),
        "filed": filed, "references": references, "clocks": clocks(inputs, matter),
    }  # fmt: skip


def _wrong(  # noqa: PLR0917 - everything a draft is judged by
    matter: Matter, voice: Voice, told: Told, lines: tuple[str, ...], contact: Stakeholder | None, now: datetime
) -> list[str]:
    out = [f"It says “{word}”, which this audience must not read." for word in forbidden(voice, lines)]
    out += [f"It must hold “{kind}” and no usable fact does." for kind in voice.needs if not told.lines[kind]]
    if contact is not None and contact.external_guests and voice.tlp not in {"clear", "green"}:
        out.append(f"{contact.channel} has members from outside: do not post it there (TLP:{voice.tlp.upper()}).")
    if matter.next_update is not None and matter.next_update < now and not matter.closed:
        out.append(f"The next update was promised for {instant(matter.next_update)} and is overdue.")
    return out


def _weak(matter: Matter, voice: Voice, told: Told, reading: readability.Reading) -> list[str]:
    owner = f"(owner: {cells.shorten(matter.contact, 60)})"
    unsure = [f"{fact.id} ({fact.kind})" for fact in told.used if fact.state != "confirmed"]
    out = [f"Not confirmed: {cells.names(unsure)}: confirm or leave out {owner}."] if unsure else []
    if told.old:
        old = cells.names([f"{fact.id} ({fact.kind})" for fact in told.old])
        out.append(f"Older than {matter.fresh_hours:g} h, ask again: {old} {owner}.")
    if voice.words is not None and reading.words > voice.words:
        out.append(f"{reading.words} words; this audience reads at most {voice.words}.")
    if matter.next_update is None and not matter.closed:
        out.append("No time for the next update is on file.")
    return out


def _verdict(inputs: Inputs, audience: str, made: Draft) -> Verdict:
    blind = _unchecked(inputs)
    status = "red" if made.wrong else "unknown" if blind else "amber" if made.weak else "green"
    first = (*made.wrong, *blind, *made.weak)
    text = f"Draft for {audience}, not approved and not sent. " + (first[0] if first else "Nothing stands against it.")
    return Verdict(text=spans(text), status=status, rule=RULE)  # type: ignore[arg-type]


def _unchecked(inputs: Inputs) -> list[str]:
    """What a missing file leaves unchecked; one sentence, none when all is there."""
    rests: dict[str, tuple[Got[Any], str]] = {
        "roster.yaml": (inputs.people, "names of persons"),
        "services.yaml": (inputs.services, "names of machines"),
        "stakeholders.yaml": (inputs.stakeholders, "who reads the channel"),
    }
    lost = [f"{what} ({file})" for file, (got, what) in rests.items() if not got.ok]
    return [f"Not checked, for want of a file: {', '.join(lost)}. Read it through before it is used."] if lost else []


def _figures(book: Book, made: Draft) -> None:
    told, reading = made.told, made.reading
    book.add("draft.facts.used", "Facts used", len(told.used), "count", "Facts on file that the draft states.")
    sure = sum(fact.state == "confirmed" for fact in told.used)
    book.add("draft.facts.confirmed", "Of them confirmed", sure, "count", "Used facts whose state is confirmed.",
             n=len(told.used))  # fmt: skip
    book.add("draft.facts.left_out", "Left out", len(told.left), "count",
             "Facts of kinds this audience reads, left out: refuted, not confirmed, need to know.")  # fmt: skip
    book.add("draft.words", "Words", reading.words, "count", "Words of the draft.")
    note = "" if reading.ease is not None else f"fewer than {readability.LEAST_WORDS} words"
    book.add("draft.reading_ease", "Reading ease", None if reading.ease is None else round(reading.ease, 1), "score",
             "Flesch reading ease, English, 0 hard to 100 easy; syllables estimated by groups of vowels.",
             n=reading.words, statistic="score", better="higher", note=note)  # fmt: skip
    book.add("draft.grade", "School grade", None if reading.grade is None else round(reading.grade, 1), "score",
             "Flesch–Kincaid grade level, US school years.", n=reading.words, statistic="score", better="lower",
             note=note)  # fmt: skip


def compose(  # noqa: PLR0917 - everything beside the draft
    inputs: Inputs, matter: Matter, audience: str, contact: Stakeholder | None, made: Draft, sheet: Sheet
) -> list[Block]:
    """Strip, what needs you, the draft, and the frame an approver checks."""
    out: list[Block] = [Notice(level="info", text=typed(DRAFT_ONLY))]
    out.append(KpiStrip(figures=tuple(figure.id for figure in sheet.figures)))
    if items := [*made.wrong, *_unchecked(inputs), *made.weak]:
        out += [Heading(text="What needs you"), Bullets(items=tuple(spans(cells.shorten(i, 300)) for i in items[:5]))]
    out += [Heading(text="Draft"), *body(made.lines), Heading(text="For the approver")]
    out.append(_frame(matter, audience, contact, made))
    if audience in DUTIES and (duties := [*clocks(inputs, matter), *forms(inputs, matter)]):
        out.append(Bullets(items=tuple(spans(cells.shorten(one, 300)) for one in duties)))
    if made.told.left:
        lines = (cells.row(name, why) for name, why in made.told.left.items())
        out.append(cells.table("Left out", ("Fact", "Why"), lines))
    return out


def body(lines: Sequence[str]) -> list[Block]:
    """The draft's lines as blocks; the text stays data."""
    out: list[Block] = []
    items: list[str] = []
    for text in (*lines, ""):
        if text.startswith("- "):
            items.append(text[2:])
            continue
        if items:
            out.append(Bullets(items=tuple(spans(item) for item in items)))
            items = []
        if text.startswith("# "):
            out.append(Paragraph(text=spans(Strong(text=text[2:]))))
        elif text:
            out.append(Paragraph(text=spans(text)))
    return out


def _frame(matter: Matter, audience: str, contact: Stakeholder | None, made: Draft) -> Facts:
    voice = VOICES[audience]
    approvers = (contact.approvers if contact else ()) or voice.approvers
    waiting = (
        f"draft; waits for {', then '.join(approvers)}; the author may not approve" if approvers else "none needed"
    )
    pairs = (
        ("Purpose", voice.purpose), ("Audience", contact.name if contact else f"{audience} (not in stakeholders.yaml)"),
        ("Classification", f"TLP:{voice.tlp.upper()} once approved"),
        ("Channel", contact.channel if contact else "not on file"),
        ("Language", ", ".join(contact.languages) + ("; this draft is English, the others are to be translated" if
         len(contact.languages) > 1 else "") if contact else "en"),
        ("Approval", waiting), ("Facts frozen as", f"{matter.id}, snapshot {snapshot(matter)}"),
        ("Confidence words", confidence_words(made.told.used) or "none used"),
        ("Not for this audience", cells.counted(made.told.other, "fact") + " of other kinds"),
    )  # fmt: skip
    return Facts(facts=tuple(Fact(label=label, text=spans(text)) for label, text in pairs))


def _more(audience: str) -> Actions:
    others = [name for name in ("executive", "customers", "technical-team") if name != audience]
    buttons = [Button(label="Refresh", line=f"{LINE} {audience}")]
    buttons += [Button(label=f"For {name}", line=f"{LINE} {name}") for name in others]
    buttons.append(Button(label="Quarterly review", line=f"{LINE} {audience} --quarterly-review"))
    return Actions(buttons=tuple(buttons))
