"""Teams: what a press and a form send back, who is mentioned, what is drawn."""

import json
from typing import Any

import pytest

from messages import adaptive_card
from messages.document import Chart, Document, Mention, Paragraph, Series, Strong, spans
from tests.card_rules import check_card
from tests.messages.sample import sample


def _actions(card: dict[str, object]) -> list[dict[str, object]]:
    return [action for element in card["body"] for action in element.get("actions", [])]  # type: ignore[attr-defined]


def test_a_press_sends_its_line() -> None:
    """A button's data is its line; a menu's is the line that was chosen."""
    actions = [action for action in _actions(adaptive_card.render(sample())[0]) if action.get("verb") == "line"]
    assert adaptive_card.pressed(actions[0]["data"]) == "post call-1"  # type: ignore[arg-type]
    menu = actions[-1]["data"]
    assert adaptive_card.pressed({**menu, "open": "open snap-7f3a"}) == "open snap-7f3a"  # type: ignore[dict-item]
    assert adaptive_card.pressed(menu) == ""  # type: ignore[arg-type]


def test_a_submitted_form_reads_back() -> None:
    """The command and its fields come back by name; a menu beside the form is not a field; an off switch is absent."""
    data = next(action for action in _actions(adaptive_card.render(sample())[0]) if action.get("verb") == "form")[
        "data"
    ]
    prefix = data["prefix"]  # type: ignore[index]
    fields = {f"{prefix}period": "7d", f"{prefix}owner": "", f"{prefix}performance": "true", "open": "open snap-7f3a"}
    sent = {**data, **fields}  # type: ignore[dict-item]
    assert adaptive_card.submitted(sent) == ("metrics soc", {"period": "7d", "performance": True})
    off = {**sent, f"{prefix}performance": "false"}
    assert adaptive_card.submitted(off) == ("metrics soc", {"period": "7d"})


def test_two_persons_of_one_name_are_not_confused() -> None:
    """Teams tells mentions apart by their text, so two persons of one name never share a card."""
    people = [Mention(platform="teams", user=user, name="Analyst 07") for user in ("29:a", "29:b", "29:a")]
    cards = adaptive_card.render(Document(title="x", blocks=tuple(Paragraph(text=(one,)) for one in people)))
    assert [card["msteams"]["entities"][0]["mentioned"]["id"] for card in cards] == ["29:a", "29:b", "29:a"]
    assert [fault for card in cards for fault in check_card(card)] == []


def test_hostile_text_beside_a_mention_is_escaped() -> None:
    """The one place where words stand in markdown is the text that mentions somebody; there they are escaped."""
    person = Mention(platform="teams", user="29:a", name="Lead 02")
    text = spans("[x](http://e) <at>Lead 02</at> ", person, Strong(text=" *b* "))
    card = adaptive_card.render(Document(title="x", blocks=(Paragraph(text=text),)))[0]
    said = card["body"][-1]["text"]
    assert said == "\\[x\\](http://e) \\<at\\>Lead 02\\</at\\> <at>Lead 02</at>**\\*b\\***"


def drawn(shape: str, *values: tuple[float | None, ...], labels: tuple[str, ...] = ("Mon", "Tue", "Wed")) -> list[Any]:
    """The elements of a chart's card below the frame: type by type."""
    series = tuple(Series(name=f"s{number}", values=row) for number, row in enumerate(values))
    chart = Chart(shape=shape, title="Backlog", labels=labels, series=series)  # type: ignore[arg-type]
    (card,) = adaptive_card.render(Document(title="x", blocks=(chart,)))
    assert check_card(card) == []
    return list(card["body"][2:])


@pytest.mark.parametrize(
    ("shape", "values", "kind"),
    [
        ("line", [(1, 2, 3)], "Chart.Line"),
        ("line", [(-1, 0, 3)], "Chart.Line"),
        ("bar", [(1, 0, 3)], "Chart.VerticalBar.Grouped"),
        ("bar", [(0, 0, 1), (0, 0, 0)], "Chart.VerticalBar.Grouped"),
        ("stacked", [(1, 0, 3)] * 4, "Chart.VerticalBar.Grouped"),
        ("pie", [(1, 2, 3)], "Chart.Pie"),
        ("line", [(1, None, 3)], "Table"),
        ("line", [(1, 2, 3), (None, 2, 3)], "Table"),
        ("bar", [(1, None, 3)], "Table"),
        ("bar", [(1, float("inf"), 3)], "Table"),
        ("bar", [(0, 0, 0)], "Table"),
        ("line", [(0, 0, 0)], "Table"),
        ("bar", [(1, -2, 3)], "Table"),
        ("stacked", [(1, 0, 3)] * 5, "Table"),
        ("pie", [(1, 0, 3)], "Table"),
        ("pie", [(1, 2, 3), (1, 2, 3)], "Table"),
        ("heatmap", [(1, 2, 3)], "Table"),
        ("bar", [()], "TextBlock"),
    ],
)
def test_a_table_stands_where_teams_would_not_draw_what_is_meant(shape: str, values: list[Any], kind: str) -> None:
    """A gap that would be a zero or vanish, an empty plot, a cut value: the rows stand instead. Its title is always
    there as words, for no client shows a chart's own; a chart that is drawn carries its rows as fallback.
    """
    labels = ("Mon", "Tue", "Wed") if values[0] else ()
    title, *rest = drawn(shape, *values, labels=labels)
    assert "Backlog" in json.dumps(title)
    assert [element["type"] for element in rest] == ([] if kind == "TextBlock" else [kind])
    for element in rest:
        table = element["fallback"]["items"][0] if kind.startswith("Chart.") else element
        assert (table["type"], len(table["rows"])) == ("Table", 4)


def test_bars_with_long_labels_lie() -> None:
    """Under an upright bar a long label is cut; lying bars give it the width. Several series stand as they are."""
    labels = ("Impossible travel of an account", "Mailbox rule", "New admin")
    (_, lying) = drawn("bar", (1, 0, 3), labels=labels)
    assert (lying["type"], [point["x"] for point in lying["data"]]) == ("Chart.HorizontalBar", list(labels))
    (_, upright) = drawn("bar", (1, 0, 3), (1, 0, 3), labels=labels)
    assert upright["type"] == "Chart.VerticalBar.Grouped"
