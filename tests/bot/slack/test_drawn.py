"""Renderings are kept for documents that come again, and for no other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.slack.outgoing import DRAWN, Drawn
from messages import block_kit
from messages.document import Document, Paragraph, Source, spans
from messages.figures import Figure


def document(call: str = "c1", **more: object) -> Document:
    return Document(title="T", blocks=(Paragraph(text=spans("words")),), call=call, tlp="green").model_copy(update=more)


def test_the_same_words_for_another_call_are_drawn_once() -> None:
    """A document with the same blocks that answers another call has the same messages, drawn once."""
    drawn, first = Drawn(), document()
    again = first.model_copy(update={"call": "c2"})
    assert drawn.messages(again) is not None
    assert drawn.messages(first) is drawn.messages(again)
    assert drawn.messages(first) == block_kit.render(first)


@pytest.mark.parametrize(
    "change", [{"title": "U"}, {"tlp": "red"}, {"simulated": True}, {"provenance": (Source(name="SIEM", as_of=None),)}]
)
def test_whatever_else_differs_is_drawn_anew(change: dict[str, object]) -> None:
    """Equal blocks are not enough: title, class, marks and sources are drawn too."""
    drawn, first = Drawn(), document()
    other = first.model_copy(update=change)
    drawn.messages(first)
    assert drawn.messages(other) == block_kit.render(other) != block_kit.render(first)


def test_figures_are_drawn_for_their_own_call() -> None:
    """The button that opens the definitions names the call: with figures, another call is drawn anew."""
    one = {
        "label": "F",
        "value": 1,
        "unit": "count",
        "definition": "D.",
        "sources": ("S",),
        "as_of": datetime(2026, 1, 1, tzinfo=UTC),
    }
    figures = tuple(Figure.model_validate({"id": f"queue.open.n{number}", **one}) for number in range(30))
    drawn, first = Drawn(), document(figures=figures)
    other = first.model_copy(update={"call": "c2"})
    drawn.messages(first)
    assert drawn.messages(other) == block_kit.render(other)
    assert "define c2" in str(drawn.messages(other))


def test_few_are_kept() -> None:
    """Only the last renderings are kept: one that was pushed out is drawn again."""
    drawn, first = Drawn(), document()
    before = drawn.messages(first)
    others = [document(str(number)) for number in range(DRAWN)]
    for one in others:
        drawn.messages(one)
    assert drawn.messages(first) is not before
