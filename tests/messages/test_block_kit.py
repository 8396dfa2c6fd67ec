"""Slack: what is native, what becomes rows, what a press and a form say."""

import json

import pytest

from messages import block_kit
from messages.block_kit.picture import alt_text
from messages.document import (
    Chart,
    Choice,
    Column,
    Context,
    Document,
    Form,
    Input,
    Mention,
    Paragraph,
    Series,
    Table,
    spans,
)
from tests.block_kit_rules import check_message, check_view
from tests.messages.reader import slack_words
from tests.messages.sample import charts, form, sample


def _kinds(message: dict[str, object]) -> list[str]:
    return [block["type"] for block in message["blocks"]]  # type: ignore[attr-defined]


def test_a_dashboard_is_one_message() -> None:
    """An ordinary answer with a table and charts fits one message, so that a slash answer needs one response."""
    messages = block_kit.render(sample())
    assert len(messages) == 1
    assert _kinds(messages[0]).count("data_visualization") == 2
    assert messages[0]["text"].startswith("SOC performance, week 47 [TLP:AMBER, Simulated data] ▲ Amber: 412 open")


def test_charts_that_slack_refuses_become_rows() -> None:
    """After invalid_blocks the same message goes out with rows where the charts were, and nothing else changed."""
    document = sample()
    message = block_kit.render(document)[0]
    again = block_kit.without_charts(message, document)
    assert "data_visualization" not in _kinds(again)
    assert len(again["blocks"]) == len(message["blocks"])
    assert "Mon      41      39" in slack_words(again)
    with pytest.raises((ValueError, IndexError)):
        block_kit.without_charts(message, Document(title="another", blocks=(Paragraph(text=()),) * 20))


def test_undrawn_names_what_a_picture_would_help() -> None:
    """A gap and a heatmap are beyond Slack's charts; bar, stacked and pie are not."""
    assert [chart.shape for chart in block_kit.undrawn(sample())] == ["line", "heatmap"]


def test_long_names_of_a_chart_are_said_in_full() -> None:
    """A series' name beyond 20 characters is cut in the chart and whole below it."""
    name = "Phishing with credential harvest"
    chart = Chart(shape="bar", title="t", labels=("a",), series=(Series(name=name, values=(1,)),))
    message = block_kit.render(Document(title="x", blocks=(chart,)))[0]
    assert check_message(message) == []
    assert f"Full names in the chart: {name}" in slack_words(message)


def test_a_second_small_table_stays_on_the_page() -> None:
    """One table a message: the second small one is fixed-width text beside it, a large one goes to page 2."""
    small = Table(caption="Small", columns=(Column(label="A"),), rows=((spans("v1"),),))
    large = Table(caption="Large", columns=(Column(label="A"),), rows=tuple((spans(f"r{n}"),) for n in range(60)))
    assert len(block_kit.render(Document(title="x", blocks=(small, small, small)))) == 1
    messages = block_kit.render(Document(title="x", blocks=(small, large)))
    assert [_kinds(message).count("table") for message in messages] == [1, 1]
    assert "page 2 of 2" in messages[1]["text"]


def test_only_a_slack_user_is_mentioned() -> None:
    """A mention needs Slack's platform and a Slack id; anything else is a name."""
    people = [("slack", "U07ABC"), ("slack", "U1><!channel"), ("teams", "U07ABC"), ("slack", "")]
    found = [Mention(platform=platform, user=user, name="Analyst 07") for platform, user in people]
    document = Document(title="x", blocks=(Paragraph(text=tuple(found)), Context(text=tuple(found))))
    said = json.dumps(block_kit.render(document))
    assert said.count('"user_id": "U07ABC"') == 1
    assert said.count("<@U07ABC>") == 1
    assert "!channel" not in said
    assert said.count("@Analyst 07") == 6


def test_a_form_is_a_button_and_a_modal() -> None:
    """The button asks for the form; the modal's inputs carry names, defaults and hints, and its answer reads back."""
    document = Document(title="x", blocks=(form(),))
    assert '"value": "metrics soc --form"' in json.dumps(block_kit.render(document))
    view = block_kit.modal(form(), "call-1")
    assert check_view(view) == []
    assert [block["block_id"] for block in view["blocks"]] == ["period", "owner", "remark", "performance"]
    assert view["private_metadata"] == "call-1"
    state = {
        "period": {"value": {"type": "static_select", "selected_option": {"value": "7d"}}},
        "owner": {"value": {"type": "plain_text_input", "value": "Analyst 07"}},
        "remark": {"value": {"type": "plain_text_input", "value": None}},
        "performance": {"value": {"type": "checkboxes", "selected_options": [{"value": "true"}]}},
    }
    assert block_kit.submitted({"state": {"values": state}}) == {
        "period": "7d",
        "owner": "Analyst 07",
        "performance": True,
    }


def test_a_modal_refuses_metadata_it_would_have_to_cut() -> None:
    """Metadata beyond 3,000 characters is an error, not half a JSON."""
    with pytest.raises(ValueError, match="private_metadata"):
        block_kit.modal(form(), "x" * 3001)


def test_more_choices_than_a_menu_holds_are_grouped() -> None:
    """250 choices are all offered."""
    choices = tuple(Choice(value=f"c{n}", label=f"Choice {n}") for n in range(250))
    field = Input(name="c", label="C", kind="choice", choices=choices, value="c249")
    view = block_kit.modal(Form(title="t", command="x", inputs=(field,)))
    assert check_view(view) == []
    assert json.dumps(view).count('"Choice ') == 251


def test_home_has_rows_for_charts() -> None:
    """The Home tab takes no charts: they are rows there."""
    view = block_kit.home(Document(title="x", blocks=charts()))
    assert check_view(view) == []
    assert "Mon      41      39" in slack_words(view)


def test_working_is_a_message() -> None:
    """The word before the answer is a message of its own, escaped."""
    message = block_kit.working("Reading <!here> cases…")
    assert check_message(message) == []


def test_a_second_wordy_table_is_a_list_on_the_same_page() -> None:
    """Cells too long for fixed width stand beside the page's one table as a bullet a row, each after its label."""
    small = Table(caption="Small", columns=(Column(label="A"),), rows=((spans("x"),),))
    wordy = Table(
        caption="Decisions",
        columns=tuple(Column(label=label) for label in ("Decision", "Options", "Owner")),
        rows=tuple((spans(f"Decision {n}"), spans("one option or another " * 12), spans("Lead 02")) for n in range(3)),
    )
    messages = block_kit.render(Document(title="T", blocks=(small, wordy)))
    assert [_kinds(message).count("table") for message in messages] == [1]
    said = slack_words(messages[0])
    assert "Options" in said and "Decision 2" in said and "Lead 02" in said
    assert check_message(messages[0]) == []


@pytest.mark.parametrize("name", ["<!channel> *b* `c` <@U1>", "😀" * 3_000, "", "a\u202eb"])
def test_a_picture_of_any_chart_is_valid(name: str) -> None:
    """Whatever the chart's words are, its picture's message stands within Slack's limits and obeys none of them; what
    the alt text has to leave out is said."""
    values = tuple(None if n % 7 == 0 else n / 3 for n in range(400))
    chart = Chart(shape="heatmap", title=name, labels=(name,) * 400, series=(Series(name=name, values=values),))
    message = block_kit.picture(Document(title=name, blocks=(chart,)), "F1")
    assert check_message(message) == []
    assert alt_text(chart).endswith("The rest stands in the rows of the answer.")
    with pytest.raises(ValueError, match="no chart"):
        block_kit.picture(Document(title="t"), "F1")
