"""The console's fragment: what a page, a keyboard and a screen reader rely on."""

from messages import html
from messages.document import Actions, Button, Document, Paragraph, spans
from tests.messages.reader import Page
from tests.messages.sample import HOSTILE, sample


def _tags(page: Page, tag: str) -> list[dict[str, str | None]]:
    return [found for name, found in page.tags if name == tag]


def test_the_sample_is_well_formed_and_its_ids_are_unique() -> None:
    """Every tag is closed, no id stands twice, and every label names an input that is there."""
    page = Page(html.render(sample()))
    assert page.faults == []
    ids = [str(found["id"]) for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    labels = {str(found["for"]) for found in _tags(page, "label")}
    assert len(labels) == 4
    assert labels <= set(ids)


def test_buttons_carry_lines() -> None:
    """Actions and figures with cases behind them are buttons that say which line they type."""
    lines = {found.get("data-line") for found in _tags(Page(html.render(sample())), "button")}
    assert {"post call-1", "priority 4711 critical", "open snap-7f3a", "open snap-91bc"} <= lines


def test_a_line_is_one_attribute() -> None:
    """A quote in a button's line cannot leave the attribute."""
    line = 'comment 4711 "a" onclick="alert(1)"'
    page = Page(html.render(Document(title="x", blocks=(Actions(buttons=(Button(label=HOSTILE, line=line),)),))))
    assert page.faults == []
    assert _tags(page, "button")[0]["data-line"] == line


def test_a_form_is_a_form() -> None:
    """Fields are named as the command names them, and the form says which command it types."""
    page = Page(html.render(sample()))
    assert _tags(page, "form")[0]["data-command"] == "metrics soc"
    named = [found["name"] for tag in ("select", "input", "textarea") for found in _tags(page, tag)]
    assert sorted(map(str, named)) == ["owner", "performance", "period", "remark"]


def test_every_definition_is_reachable() -> None:
    """The definition of each figure stands in the folded list."""
    source = html.render(sample())
    folded = source[source.index('<details class="definitions">') :]
    assert all(figure.label in folded and figure.definition in folded for figure in sample().figures)


def test_line_breaks_stay() -> None:
    """A paragraph of two lines is two lines."""
    assert "<p>a<br>&lt;b&gt;</p>" in html.render(Document(title="x", blocks=(Paragraph(text=spans("a\n<b>")),)))
