"""Figures as cards on a slide, four in a row; as a table where a card would be taller than is read at a glance."""

from __future__ import annotations

from messages import prose, reading
from messages.document import KpiStrip
from messages.escape import one_line
from messages.figures import Figure
from messages.files.deck import INK, LEFT, PAPER, ROOM, SOFT, Deck, Run, height, line_count, rectangle, textbox
from messages.files.slide_tables import Grid, show
from messages.limits import chunks

_ACROSS, _GUTTER, _PAD = 4, 0.2, 0.14
_WIDE = (ROOM - (_ACROSS - 1) * _GUTTER) / _ACROSS
_TALLEST = 2.6

Lines = list[tuple[Run, float]]


def strip(deck: Deck, block: KpiStrip) -> None:
    """The strip's figures with value, change, target and observations."""
    figures = [deck.document.figure(figure_id) for figure_id in block.figures]
    cards = [_card(figure) for figure in figures]
    if any(_tall(card) > _TALLEST for card in cards):
        _tabled(deck, figures)
        return
    for row in chunks(cards, _ACROSS):
        tall = max(map(_tall, row))
        deck.need(tall)
        for index, card in enumerate(row):
            _draw(deck, card, LEFT + index * (_WIDE + _GUTTER), tall)
        deck.y += tall + 0.2


def _card(figure: Figure) -> Lines:
    why = one_line(figure.note) if figure.value is None else ""
    value = one_line(prose.shown(figure))
    wide = line_count(value, 26, _WIDE - 2 * _PAD) > 1
    found = [
        (Run(one_line(figure.label), colour=SOFT), 12.0),
        (Run(value, bold=True, colour=INK), 18.0 if wide else 26.0),
        *((Run(words, colour=SOFT), 11.0) for words in (why, prose.standing(figure), prose.observations(figure))),
    ]
    return [(run, size) for run, size in found if one_line(run.text)]


def _tall(card: Lines) -> float:
    return sum(_line(run, size) for run, size in card) + 2 * _PAD


def _line(run: Run, size: float) -> float:
    return height(line_count(one_line(run.text), size, _WIDE - 2 * _PAD), size) + 0.03


def _draw(deck: Deck, card: Lines, left: float, tall: float) -> None:
    slide = deck.slide
    assert slide is not None  # noqa: S101 - the strip has asked for room
    rectangle(slide, PAPER, left, deck.y, _WIDE, tall)
    rectangle(slide, INK, left, deck.y, _WIDE, 0.04)
    at = deck.y + _PAD
    for run, size in card:
        high = _line(run, size)
        shown = Run(one_line(run.text), run.bold, run.colour)
        textbox(slide, (shown,), (left + _PAD, at, _WIDE - 2 * _PAD, high), size)
        at += high


def _tabled(deck: Deck, figures: list[Figure]) -> None:
    said = [(one.label, reading.figure_value(one), prose.standing(one), prose.observations(one)) for one in figures]
    rows = [tuple(map(one_line, row)) for row in said]
    show(deck, Grid("Figures", ("Figure", "Value", "Compared", "Observations"), rows, (False, True, False, False)))
