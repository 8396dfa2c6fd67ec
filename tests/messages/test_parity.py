"""Parity: what one platform's reader is told, every platform's reader is told."""

from datetime import UTC, datetime

import pytest

from messages import adaptive_card, as_json, block_kit, html, text
from messages.document import Column, Document, Notice, Table, spans
from tests.messages.reader import Page, card_words, document_words, slack_words, strings
from tests.messages.sample import form, sample


def _said(name: str, document: Document) -> str:
    match name:
        case "slack":
            return slack_words([block_kit.render(document), block_kit.modal(form())])
        case "slack without charts":
            rows = [block_kit.without_charts(one, document) for one in block_kit.render(document)]
            return slack_words([rows, block_kit.modal(form())])
        case "home":
            return slack_words([block_kit.home(document), block_kit.modal(form())])
        case "teams":
            return card_words(adaptive_card.render(document))
        case "html":
            return "\n".join(Page(html.render(document)).words)
        case _:
            return text.render(document)


RENDERINGS = ("slack", "slack without charts", "home", "teams", "html", "text")


@pytest.mark.parametrize("name", RENDERINGS)
def test_every_word_of_a_document_is_in_every_rendering(name: str) -> None:
    """No word of a document is lost on the way to a platform: titles, cells, definitions, sources, buttons, marks."""
    document = sample()
    said = _said(name, document)
    expected = document_words(document)
    assert len(expected) > 150
    assert sorted(word for word in expected if word not in said) == []


@pytest.mark.parametrize("name", RENDERINGS)
def test_instants_are_said_everywhere(name: str) -> None:
    """A moment reaches every reader, in the platform's own notation or in UTC."""
    notations = {
        "slack": "<!date^1795338000^",
        "teams": "{{TIME(2026-11-22T09:00:00Z)}}",
        "html": "2026-11-22 09:00 UTC",
    }
    assert notations.get(name, "2026-11-22 09:00 UTC") in _said(name, sample())


@pytest.mark.parametrize("name", RENDERINGS)
@pytest.mark.parametrize("tlp", ["red", "amber+strict", "clear"])
def test_marks_are_on_every_page(name: str, tlp: str) -> None:
    """TLP, the simulated mark and the private mark are visible, on each message of a paged answer."""
    document = sample().model_copy(update={"tlp": tlp, "private": True})
    said = _said(name, document)
    assert all(mark in said for mark in (f"TLP:{tlp.upper()}", "Simulated data", "Private: direct message only"))


def test_marks_and_page_number_are_on_every_page() -> None:
    """Each message of a paged answer says TLP, "Simulated data" and which page it is: messages are read alone."""
    rows = tuple((spans(f"case {n}"),) for n in range(600))
    table = Table(caption="Cases", columns=(Column(label="Case " + "x" * 90),), rows=rows)
    wide = table.model_copy(update={"rows": tuple((spans("x" * 300),) for _ in rows)})
    document = Document(title="All cases", simulated=True, blocks=(table, wide))
    for pages in (block_kit.render(document), adaptive_card.render(document)):
        assert len(pages) > 3
        for number, page in enumerate(pages, start=1):
            said = "\n".join(strings(page.get("blocks") or page["body"]))
            assert f"TLP:AMBER · Simulated data · page {number} of {len(pages)}" in said
            assert "All cases" in said


def test_json_has_the_fixed_keys() -> None:
    """The JSON answer has the keys that scripts rely on, its verdict is one string, its durations are seconds."""
    rendered = as_json.render(sample(), call={"id": "call-1"})
    assert list(rendered)[:7] == ["call", "title", "verdict", "figures", "blocks", "notices", "provenance"]
    assert rendered["call"] == {"id": "call-1"}
    assert rendered["verdict"]["text"] == "412 open, 7 critical. Clear the critical ones first."
    assert rendered["verdict"]["status"] == "amber"
    figure = next(one for one in rendered["figures"] if one["id"] == "mttr.median")
    assert (figure["value"], figure["unit"], figure["cases"]) == (
        15_000,
        "seconds",
        {"snapshot": "snap-91bc", "count": 1},
    )
    assert rendered["notices"][0]["level"] == "warning"
    assert rendered["tlp"] == "amber"
    assert rendered["simulated"] is True


def test_json_knows_no_infinity() -> None:
    """A value that JSON cannot write is null."""
    figure = sample().figures[0].model_copy(update={"value": float("inf"), "as_of": datetime(2026, 1, 1, tzinfo=UTC)})
    assert as_json.render(Document(title="x", figures=(figure,)))["figures"][0]["value"] is None


def test_a_figure_that_is_not_there_is_a_bug_everywhere() -> None:
    """A span that names an unknown figure raises: nobody reads a number that has no definition."""
    from messages.document import Value

    document = Document(title="x", blocks=(Notice(level="info", text=spans(Value(figure="no.such"))),))
    for render in (block_kit.render, adaptive_card.render, text.render, html.render, as_json.render):
        with pytest.raises(KeyError):
            render(document)
