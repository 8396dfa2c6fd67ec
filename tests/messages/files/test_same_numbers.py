"""One number, one way to say it: every file and every platform shows each figure alike."""

from __future__ import annotations

import pytest

from messages import adaptive_card, block_kit, html, prose, text
from messages.document import Document
from messages.escape import one_line
from messages.files import Format
from tests.messages.files.reading_back import FORMATS, csv_rows, made, said, sheets_of
from tests.messages.reader import Page, card_words, slack_words
from tests.messages.sample import sample


def missing(document: Document, words: str) -> list[str]:
    """Figures whose value, as people read it, is not among the words."""
    flat = " ".join(words.split())
    return [figure.id for figure in document.figures if one_line(prose.shown(figure)) not in flat]


@pytest.mark.parametrize("form", FORMATS)
def test_every_figure_is_in_every_file(form: Format) -> None:
    """A file holds the value of each figure exactly as the chat shows it."""
    assert missing(sample(), said(form, made(sample(), form))) == []


def test_the_platforms_say_the_same_values() -> None:
    """Slack, Teams, the console and the terminal show the words that the files show."""
    document = sample()
    shown = {
        "slack": slack_words(block_kit.render(document)),
        "teams": card_words(adaptive_card.render(document)),
        "html": "\n".join(Page(html.render(document)).words),
        "text": text.render(document),
    }
    assert {name: missing(document, words) for name, words in shown.items() if missing(document, words)} == {}


def test_a_figure_stands_beside_its_label() -> None:
    """In CSV and XLSX the value is in its figure's row, as words and as a number in its unit."""
    document = sample()
    rows = {row["id"]: row for row in csv_rows(made(document, "csv"))}
    header, *found = sheets_of(made(document, "xlsx"))["Figures"][3:]
    typed = {row[0]: dict(zip(header, row, strict=True)) for row in found}
    assert rows.keys() == typed.keys() == {figure.id for figure in document.figures}
    for figure in document.figures:
        assert rows[figure.id]["shown"] == typed[figure.id]["shown"] == one_line(prose.shown(figure))
        assert typed[figure.id]["value"] == figure.value
        assert rows[figure.id]["value"] == ("" if figure.value is None else str(figure.value))
        assert typed[figure.id]["target"] == figure.target
        assert rows[figure.id]["label"] == figure.label


def test_a_missing_figure_is_no_zero() -> None:
    """A figure without a value is an empty cell with its reason, never 0."""
    row = next(one for one in csv_rows(made(sample(), "csv")) if one["id"] == "sla.attainment")
    assert (row["value"], row["shown"]) == ("", "not available")
    assert row["note"] == "The policy file holds no target for low priority"
    for form in ("pdf", "pptx", "html"):
        assert "The policy file holds no target for low priority" in said(form, made(sample(), form))
