"""Forms from argument models, and the lines that submitted forms type."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core import form
from handlers.core.access import Permission
from handlers.core.command import Args, Command, word
from handlers.core.errors import UserError
from handlers.core.normalise import clean
from handlers.core.parser import parse
from tests.handlers.core.commands import REGISTRY, echo

METRICS, NOTE = (REGISTRY.get(name) for name in ("metrics soc", "case note"))
assert METRICS is not None
assert NOTE is not None


class TextArgs(Args):
    text: str = word("The text", rest=True, lines=True)


def test_inputs_come_from_the_model() -> None:
    """One input a field: switch, choice with its default, text, and multiline for the rest of the line."""
    made = form.form(METRICS)
    assert [(i.name, i.kind, i.value, i.required) for i in made.inputs] == [
        ("performance", "switch", "", False),
        ("trend-analysis", "switch", "", False),
        ("timeframe", "choice", "monthly", False),
        ("limit", "text", "20", False),
    ]
    assert [choice.value for choice in made.inputs[2].choices] == ["daily", "weekly", "monthly"]
    assert [(i.kind, i.required) for i in form.form(NOTE).inputs] == [("text", True), ("multiline", True)]


def test_what_was_typed_fills_the_form() -> None:
    """Words and flags typed beside `--form` stand in the form; the others keep their defaults."""
    parsed = parse("metrics soc --performance --timeframe weekly --form", REGISTRY)
    assert [i.value for i in form.form(parsed.command, parsed.args).inputs] == ["true", "", "weekly", "20"]
    parsed = parse("case note 7 --form", REGISTRY)
    assert [i.value for i in form.form(parsed.command, parsed.args).inputs] == ["7", ""]


def test_a_submission_is_a_line() -> None:
    """Switches appear when on, empty fields not at all, words come after flags and the rest last."""
    values: dict[str, str | bool] = {"performance": True, "trend-analysis": "", "timeframe": "weekly", "limit": ""}
    assert form.line(METRICS, values) == "metrics soc --performance --timeframe weekly"
    assert form.line(NOTE, {"case-id": "7", "text": "say it's done"}) == "case note 7 say it's done"


@pytest.mark.parametrize(
    "text",
    [
        "--not a flag",
        "\u2014not a flag",
        "\u2013form",
        '"quoted" at the start',
        'an "open quote',
        'it\'s "both" kinds',
        "--form",
        "&quot; --timeframe weekly &amp;quot;",
        "\u201ccurly\u201d --x",
        'a="b"',
    ],
)
def test_text_of_a_form_is_one_value(text: str) -> None:
    """What was typed into the text field is the text, whatever it looks like; nothing in it becomes a flag."""
    args = parse(form.line(NOTE, {"case_id": "7", "text": text}), REGISTRY).args
    expected = text
    while clean(expected) != expected:
        expected = clean(expected)
    assert args.case_id == "7"  # type: ignore[attr-defined]
    assert args.text == expected  # type: ignore[attr-defined]


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(alphabet=" '\"-=&;#x2\u2014\u2013\u201d<>@quotamp", max_size=30))
def test_no_value_escapes_from_its_field(plain: str, nasty: str) -> None:
    """Whatever is typed into one field, no other field is set by it."""
    for value in (plain, nasty, plain + nasty):
        line = form.line(METRICS, {"timeframe": value})
        try:
            parsed = parse(line, REGISTRY)
        except UserError:
            continue
        assert parsed.args.model_fields_set <= {"timeframe"}
        assert not parsed.form
        note = form.line(NOTE, {"case-id": "7", "text": value})
        try:
            written = parse(note, REGISTRY)
        except UserError:
            continue
        assert not written.form
        assert written.args.case_id == "7"  # type: ignore[attr-defined]


def test_the_lines_of_a_text_survive_its_form() -> None:
    """A text of several lines is typed with a mark between them, and a form filled in from it shows its lines again."""
    command = Command("write", "Write", TextArgs, Permission.CASES, echo, "write x")
    typed = form.line(command, {"text": "First line\n\nThird line\r\nlast"})
    assert typed == "write First line ¶ ¶ Third line ¶ last"
    (field,) = form.form(command, TextArgs(text=typed.removeprefix("write "))).inputs
    assert (field.kind, field.value) == ("multiline", "First line\n\nThird line\nlast")


@pytest.mark.parametrize(
    "value",
    [
        "&" + "amp;" * 20_000,
        "<https://" * 5_000 + "a" + ">" * 5_000,
        "&a" * 10_000 + "&#8203;" + "mp;#8203;" * 10_000,
        "<@U1|" * 20_000,
        "&lt;" * 20_000,
    ],
)
def test_no_value_makes_a_form_slow(value: str) -> None:
    """What peels off layer by layer is not peeled for ever: a form is read before its sender's rights are asked."""
    started = time.perf_counter()
    line = form.line(NOTE, {"case": "1", "text": value})
    form.quoted(value)
    assert time.perf_counter() - started < 2
    with pytest.raises(UserError):
        parse(line, REGISTRY)


@pytest.mark.parametrize("value", ["&" + "amp;" * 40 + "lt;@U1>", "<https://" * 30 + "a.example" + ">" * 30])
def test_a_value_of_many_layers_is_read_as_the_line_says_it(value: str) -> None:
    """However deep it is wrapped, nothing is left in a line that its own cleaning would change."""
    line = form.line(NOTE, {"case": "1", "text": value})
    assert clean(line) == line
