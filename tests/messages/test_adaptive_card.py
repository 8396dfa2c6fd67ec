"""Teams: what a press and a form send back, who is mentioned, what is drawn."""

import json

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


def test_a_gap_in_a_line_is_no_point() -> None:
    """A missing value is left out of the line, and said to be missing in the fallback's rows."""
    chart = Chart(shape="line", title="t", labels=("a", "b", "c"), series=(Series(name="s", values=(1, None, 3)),))
    card = adaptive_card.render(Document(title="x", blocks=(chart,)))[0]
    drawn = card["body"][-1]
    assert [point["x"] for point in drawn["data"][0]["values"]] == ["a", "c"]
    assert "\\u2013" in json.dumps(drawn["fallback"])
