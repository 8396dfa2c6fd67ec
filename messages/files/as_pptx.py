"""Attachment → PPTX, 16:9: title, verdict with the headline figures, the answer's parts, sources, definitions.

Native text, tables and charts throughout; TLP label above and below on every slide, at 12 points and to the right
(FIRST, Traffic Light Protocol 2.0).
"""

from __future__ import annotations

import io

from messages import prose, reading
from messages.document import Chart, Divider, Document, Facts, Heading, KpiStrip, Table
from messages.escape import one_line
from messages.files.deck import (
    INK,
    LEFT,
    ON_DARK,
    ROOM,
    SOFT,
    TITLE,
    Deck,
    Run,
    height,
    line_count,
    place,
    rectangle,
    rgb,
    textbox,
)
from messages.files.model import Attachment
from messages.files.said import STATUS_INK, as_of, behind, blocks, dated, label, marks
from messages.files.slide_charts import draw
from messages.files.slide_kpis import strip
from messages.files.slide_tables import of_table, show
from messages.files.slide_text import Item, broken, facts, flow, items, runs
from messages.files.zipped import pinned
from messages.limits import headed, size

_EMU = 914_400
_VERDICT = 20.0
_SHORT = 50
"""Characters of a title that is set large."""


def render(attachment: Attachment) -> bytes:
    """The deck's bytes. Sheets are not in it: a slide is no place for the cases behind a figure, and it says where they
    are."""
    from pptx import Presentation  # noqa: PLC0415 - heavy, used here
    from pptx.util import Emu  # noqa: PLC0415

    document, file = attachment.document, Presentation()
    file.slide_width, file.slide_height = Emu(round(13.333 * _EMU)), Emu(round(7.5 * _EMU))
    core = file.core_properties
    core.title, core.subject = one_line(document.title)[:255], label(document)
    core.author = core.last_modified_by = "SOC manager bot"
    core.created = core.modified = dated(document).replace(tzinfo=None)
    deck = Deck(file, document)
    _cover(deck)
    first = next((block for block in document.blocks if isinstance(block, KpiStrip)), None)
    _verdict(deck)
    if first:
        strip(deck, first)
    _parts(deck, first)
    _tail(deck, behind(attachment))
    deck.number()
    out = io.BytesIO()
    file.save(out)
    return pinned(out.getvalue(), dated(document))


def _cover(deck: Deck) -> None:
    from pptx.util import Pt  # noqa: PLC0415

    document = deck.document
    slide = deck.fresh(document.title)
    ground = rectangle(slide, INK, 0, 0.58, 13.333, 6.36)
    # Behind all else: python-pptx has no call for it.
    slide.shapes._spTree.insert(2, ground._element)
    title = slide.shapes.title
    assert title is not None  # noqa: S101 - the layout has one
    shown, _ = headed(one_line(document.title) or "Answer", TITLE)
    place(title, LEFT + 0.4, 1.9, ROOM - 0.8, 1.6)
    for run in title.text_frame.paragraphs[0].runs:
        run.font.size, run.font.color.rgb = Pt(40 if len(shown) < _SHORT else 30), rgb(ON_DARK)
    at = as_of(document)
    said = f"Data as of {prose.instant(at)}" if at else "Time of reading unknown"
    textbox(slide, (Run(said, colour="D5DBE1"),), (LEFT + 0.4, 3.75, ROOM - 0.8, 0.4), 18)
    textbox(slide, (Run("  ·  ".join(marks(document)), bold=True, colour="FFFFFF"),), (LEFT + 0.4, 4.3, 11, 0.4), 16)


def _verdict(deck: Deck) -> None:
    document = deck.document
    verdict = document.verdict
    _headed(deck, document.title)
    if verdict is None:
        return
    ink = STATUS_INK[verdict.status]
    said = (Run(f"{reading.STATUS[verdict.status]}   ", bold=True, colour=ink), *runs(verdict.text, document))
    rule = (Run(f"Rule: {one_line(verdict.rule)}", colour=SOFT),)
    text = "".join(run.text for run in said)
    tall = height(line_count(text, _VERDICT, ROOM - 0.3), _VERDICT)
    tall += height(line_count(rule[0].text, 11, ROOM - 0.3), 11) + 0.35
    if tall > deck.room() or "\n" in text:
        flow(deck, [Item(said[:1], _VERDICT), *_split(said[1:]), Item(rule, 11)])
        return
    slide = deck.need(tall)
    rectangle(slide, ink, LEFT, deck.y, 0.08, tall - 0.15)
    body = height(line_count(text, _VERDICT, ROOM - 0.3), _VERDICT)
    textbox(slide, said, (LEFT + 0.25, deck.y, ROOM - 0.3, body), _VERDICT)
    textbox(slide, rule, (LEFT + 0.25, deck.y + body + 0.08, ROOM - 0.3, tall - body - 0.35), 11)
    deck.y += tall + 0.1


def _split(said: tuple[Run, ...]) -> list[Item]:
    return [Item(part, _VERDICT) for part in broken(said)]


def _parts(deck: Deck, told: KpiStrip | None) -> None:
    document = deck.document
    for block in blocks(document):
        match block:
            case KpiStrip() if block is told:
                continue
            case Heading():
                _headed(deck, block.text)
            case Table():
                show(deck, of_table(block, document))
            case Chart():
                draw(deck, block)
            case KpiStrip():
                strip(deck, block)
            case Facts():
                facts(deck, block)
            case Divider():
                deck.y += 0.15
            case _:
                flow(deck, items(block, document))


def _headed(deck: Deck, title: str) -> None:
    """The next part begins on a slide of its own, made when its first words come."""
    deck.slide, deck.title = None, one_line(title) or "Part"
    if size(deck.title) > TITLE:
        deck.fresh(deck.title)
        flow(deck, [Item((Run(deck.title, bold=True),), 14)])


def _tail(deck: Deck, elsewhere: str) -> None:
    document: Document = deck.document
    if document.provenance or elsewhere:
        _headed(deck, "Sources")
        flow(deck, [Item((Run(elsewhere, colour=SOFT),), 11)] if elsewhere else [])
        said = ((reading.source_line(source), source.ok) for source in document.provenance)
        flow(
            deck,
            [Item((Run(line, bold=not ok, colour="" if ok else STATUS_INK["red"]),), 11, True) for line, ok in said],
        )
    if document.figures:
        _headed(deck, "Definitions")
        for line in reading.definitions(document):
            named, _, text = line.partition(" — ")
            flow(deck, [Item((Run(named, bold=True), Run(f" — {text}", colour=SOFT)), 10.5)])
