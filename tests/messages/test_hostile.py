"""Hostile words and huge documents: every payload still stands, and nothing is lost without a word."""

import json
import os
import unicodedata

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from messages import adaptive_card, as_json, block_kit, html, text
from messages.document import Actions, Button, Column, Document, Form, Mono, Paragraph, Plain, Table, spans
from messages.grid import cells
from tests.block_kit_rules import check_message, check_view
from tests.card_rules import check_card
from tests.messages.documents import HOSTILE, documents, forms
from tests.messages.reader import Page, card_words, slack_words

EXAMPLES = int(os.environ.get("SOC_BOT_EXAMPLES", "40"))
"""The same examples each time; more of them, to search, by SOC_BOT_EXAMPLES."""
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
CALM = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=PHASES
)
FEW = settings(CALM, max_examples=EXAMPLES // 3)


@CALM
@given(documents)
def test_slack_would_take_every_message(document: Document) -> None:
    """Whatever a document holds, its messages keep every limit of Block Kit and obey none of its words."""
    for message in block_kit.render(document):
        assert check_message(message) == []
        assert check_message(block_kit.without_charts(message, document)) == []


@CALM
@given(documents)
def test_slack_would_take_every_home(document: Document) -> None:
    """Whatever a document holds, its Home tab stands."""
    assert check_view(block_kit.home(document)) == []


@CALM
@given(forms)
def test_slack_would_take_every_modal(form: Form) -> None:
    """Whatever a form holds, its modal stands."""
    if form.inputs:
        assert check_view(block_kit.modal(form, "x" * 3000)) == []


@CALM
@given(documents)
def test_teams_would_take_every_card(document: Document) -> None:
    """Whatever a document holds, its cards keep schema and size, and mention only whom the document mentions."""
    for card in adaptive_card.render(document):
        assert check_card(card) == []


@CALM
@given(documents)
def test_a_terminal_shows_text_and_nothing_else(document: Document) -> None:
    """No control, direction or invisible character reaches a terminal, and no line is wider than it."""
    rendered = text.render(document)
    odd = {char for char in rendered if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}}
    assert odd == set()
    assert max(map(cells, rendered.split("\n"))) <= text.WIDTH


@FEW
@given(documents)
def test_a_browser_runs_nothing(document: Document) -> None:
    """The fragment is well formed: no script, no handler, no link but http(s), every tag closed."""
    assert Page(html.render(document)).faults == []


@CALM
@given(documents)
def test_json_can_be_sent(document: Document) -> None:
    """The JSON is strict and UTF-8, whatever came in."""
    encoded = json.dumps(as_json.render(document), allow_nan=False, ensure_ascii=False).encode()
    assert json.loads(encoded)["title"] == document.title.encode("utf-8", "replace").decode()


def _big_table(rows: int) -> Document:
    columns = tuple(Column(label=label) for label in ("Case", "Alert", "Owner"))
    found = tuple((spans(f"case-{n:04d}"), spans(f"{HOSTILE[n % 5]} alert"), spans("Analyst 07")) for n in range(rows))
    return Document(title="All cases", blocks=(Table(caption="Cases", columns=columns, rows=found, total=rows + 7),))


def test_every_row_of_500_is_on_some_page() -> None:
    """500 rows make more pages, each says which rows it holds of how many, and no row is missing."""
    document = _big_table(500)
    messages, cards = block_kit.render(document), adaptive_card.render(document)
    assert len(messages) > 5
    assert [fault for message in messages for fault in check_message(message)] == []
    assert [fault for card in cards for fault in check_card(card)] == []
    for said in (slack_words(messages), card_words(cards), text.render(document), html.render(document)):
        assert [n for n in range(500) if f"case-{n:04d}" not in said] == []
        assert "507 rows" in said or "of 507" in said
    assert f"page {len(messages)} of {len(messages)}" in slack_words(messages[-1])
    assert f"page 2 of {len(cards)}" in card_words(cards[1])


def test_the_home_tab_says_what_it_leaves_out() -> None:
    """A Home tab has no second page, so it counts what does not fit."""
    view = block_kit.home(_big_table(500))
    assert check_view(view) == []
    assert "more parts do not fit this tab" in slack_words(view)


def test_a_hundred_buttons_keep_their_lines() -> None:
    """100 buttons are 100 buttons on both platforms, each with its own line and id."""
    found = tuple(Button(label=f"Do {n} " + "x" * 90, line=f"do {n}") for n in range(100))
    document = Document(title="Buttons", blocks=(Actions(buttons=found),))
    messages, cards = block_kit.render(document), adaptive_card.render(document)
    assert [fault for message in messages for fault in check_message(message)] == []
    assert [fault for card in cards for fault in check_card(card)] == []
    for said in (slack_words(messages), card_words(cards)):
        lines = said.split("\n")
        assert [n for n in range(100) if f"do {n}" not in lines] == []
        assert [n for n in range(100) if f"Do {n} " + "x" * 90 not in said] == []


@pytest.mark.parametrize("columns", [21, 45])
def test_more_columns_than_a_platform_has(columns: int) -> None:
    """A table wider than 20 columns is several tables, each led by the first column."""
    labels = tuple(Column(label=f"c{n}") for n in range(columns))
    row = tuple(spans(f"v{n}") for n in range(columns))
    document = Document(title="Wide", blocks=(Table(caption="Wide", columns=labels, rows=(row,)),))
    messages = block_kit.render(document)
    assert [fault for message in messages for fault in check_message(message)] == []
    assert {f"v{n}" for n in range(columns)} <= set(slack_words(messages).split("\n"))
    assert {f"v{n}" for n in range(columns)} <= set(card_words(adaptive_card.render(document)).split("\n"))


@pytest.mark.parametrize("render", [block_kit.render, adaptive_card.render])
def test_a_long_title_is_said_in_full(render: object) -> None:
    """What does not fit a heading goes on below it."""
    title = " ".join(f"w{n}" for n in range(2000))
    said = json.dumps(render(Document(title=title)))  # type: ignore[operator]
    assert [n for n in range(2000) if f"w{n}" not in said] == []


def test_a_long_cell_goes_on_in_the_next_row() -> None:
    """A cell of 20,000 characters loses none of them."""
    body = " ".join(f"w{n}" for n in range(3500))
    document = Document(
        title="Long", blocks=(Table(caption="Long", columns=(Column(label="A"),), rows=(((Plain(text=body),),),)),)
    )
    for payload in (block_kit.render(document), adaptive_card.render(document)):
        said = json.dumps(payload)
        assert [n for n in range(3500) if f"w{n}" not in said] == []


@pytest.mark.parametrize("letter", ["😀", "漢", "é", "a\u0301", '"', "\\", "\n", "&"])
def test_many_letters_of_any_kind_fit_a_card(letter: str) -> None:
    """What an attacker writes into a case keeps nobody from reading it: a long text is cut, never refused."""
    long = letter * 5_000
    document = Document(title=long, blocks=(Paragraph(text=spans(Mono(text=long), long)),))
    for card in adaptive_card.render(document):
        assert check_card(card) == []
