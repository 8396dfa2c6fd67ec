"""Commands as tools and prompts: everything derives from the declaration, and leads back to the same arguments."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mcp import schema
from bot.mcp.answers import token_of
from bot.mcp.lines import line
from handlers.core.call import Address
from handlers.core.command import Command
from handlers.core.errors import UserError
from handlers.core.parser import parse
from handlers.core.pipeline import Answer
from handlers.core.registry import discover
from messages.document import Actions, Button, Document

REGISTRY = discover()
VISIBLE = REGISTRY.visible()
PERSONA = {
    "security:monitor operations --soc-dashboard",
    "security:metrics soc --performance",
    "security:report executive --summary",
    "security:resources plan --staffing",
    "security:incident prioritize --management-view",
    "security:metrics detection --coverage",
    "security:budget plan --soc-operations",
    "security:training assess --team-skills",
    "security:strategy develop --soc-roadmap",
    "security:compliance monitor --operational",
    "security:vendor evaluate --soc-tools",
    "security:process optimize --workflow",
    "security:crisis manage --major-incident",
    "security:communicate",
    "security:audit prepare --soc-assessment",
    "security:benchmark --industry-comparison",
}
"""The sixteen commands as the persona writes them (communicate takes a value first)."""


def command(name: str) -> Command[Any]:
    found = REGISTRY.get(name)
    assert found is not None
    return found


def test_every_persona_command_is_a_prompt_as_it_is_written() -> None:
    """The names of the prompts hold the persona's sixteen lines, word for word."""
    assert {schema.prompt_name(one) for one in VISIBLE} >= PERSONA


def test_names_are_ones_that_the_protocol_advises() -> None:
    """Tool names are unique and of letters, digits and underscores, as clients of every make accept them."""
    names = [schema.tool_name(one) for one in VISIBLE]
    assert len(set(names)) == len(names) > 60
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", name) for name in names)


@pytest.mark.parametrize("one", VISIBLE, ids=lambda one: one.name)
def test_the_example_survives_the_way_there_and_back(one: Command[Any]) -> None:
    """The example's arguments are valid by the tool's schema, and become a line that says the same again."""
    parsed = parse(one.example, REGISTRY)
    arguments = parsed.args.model_dump(mode="json", exclude_unset=True)
    takes = schema.input_schema(parsed.command)
    jsonschema.Draft202012Validator.check_schema(takes)
    jsonschema.validate(arguments, takes)
    assert takes["additionalProperties"] is False
    again = parse(line(parsed.command, arguments), REGISTRY)
    assert (again.command.name, again.args) == (parsed.command.name, parsed.args)


def test_what_a_change_asks_of_a_client_is_said() -> None:
    """Reads are marked as reads; whatever changes anything is a preview, neither a read nor destructive."""
    assert schema.hints(command("monitor operations")) == (True, False, True)
    for name in ("case comment", "case priority", "crisis note", "digest pause"):
        assert schema.hints(command(name)) == (False, False, True)
        assert "only when they agree" in schema.description(command(name))
    assert schema.CONFIRMS == (False, True, True)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_a_value_stays_one_value(text: str) -> None:
    """Whatever stands in an argument, it is never read as a flag, a second word or another command."""
    said = line(command("case comment"), {"case_id": text, "text": text})
    try:
        parsed = parse(said, REGISTRY)
    except UserError:
        return
    assert parsed.command.name == "case comment" and not parsed.form


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"bogus": 1}, "monitor operations has no flag --bogus"),
        ({"x;--y z": 1}, "has no flag --x-y-z"),
        ({"\u202e": 1}, "has no flag --argument"),
        ({"soc_dashboard": "maybe"}, "--soc-dashboard-is-no-truth-value"),
        ({"soc_dashboard": 1}, "--soc-dashboard-is-no-truth-value"),
        ({"preset": ["org"]}, "--preset-is-no-text"),
        ({"preset": {"a": 1}}, "--preset-is-no-text"),
        ({"preset": "other"}, "--preset cannot be “other”"),
    ],
)
def test_what_a_command_does_not_take_is_refused_by_name(arguments: dict[str, Any], said: str) -> None:
    """The line keeps it as a flag that does not exist, so that the parser's own sentence is the answer."""
    with pytest.raises(UserError, match=re.escape(said)):
        parse(line(command("monitor operations"), arguments), REGISTRY)


def test_a_prompts_text_values_mean_what_a_tools_do() -> None:
    """`"true"` and `true`, `"false"`, empty and null: one line each; hyphens in a name are underscores."""
    monitor = command("monitor operations")
    assert line(monitor, {"kpis": "true"}) == line(monitor, {"kpis": True}) == "monitor operations --kpis"
    assert line(monitor, {"kpis": "false", "realtime": "", "preset": None}) == "monitor operations"
    assert line(monitor, {"soc-dashboard": True}) == "monitor operations --soc-dashboard"
    assert line(command("case list"), {"page": 2}) == "case list --page 2"


def test_only_a_preview_carries_a_token() -> None:
    """A button that confirms something in any other answer is none of the client's."""
    actions = Actions(buttons=(Button(label="Confirm", line="confirm abc"),))
    document = Document(title="t", blocks=(actions,))
    assert token_of(Answer(document, "preview", Address(platform="mcp"))) == "abc"
    assert token_of(Answer(document, "answered", Address(platform="mcp"))) is None
