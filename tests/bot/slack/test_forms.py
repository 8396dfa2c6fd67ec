from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack import forms
from handlers.core.call import Address
from handlers.core.registry import Registry, discover
from tests.block_kit_rules import check_view

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WHERE = Address(platform="slack", tenant="T1", channel="C1", user="U1", response_url="https://hooks.slack.com/x")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("metrics soc --form", "metrics soc"),
        ("/security:metrics soc —form", "metrics soc"),
        ("case comment", "case comment"),
        ("Security CASE  comment ", "case comment"),
        ("case comment 1001 Bridge opened", None),
        ("crisis declare", "crisis declare"),
        ("crisis note", "crisis note"),
        ("crisis declare --form Ransomware on file servers", "crisis declare"),
        ("case comment 1001", None),
        ("case list", None),
        ("perform", None),
        ("", None),
        ("x" * 5_000, None),
    ],
)
def test_which_lines_open_a_form(registry: Registry, line: str, name: str | None) -> None:
    """`--form`, and a command that writes without any of its words; nothing else."""
    found = forms.wanted(line, registry)
    assert (found.name if found else None) == name


def submitted(registry: Registry, values: dict[str, str], **more: Any) -> dict[str, Any]:
    command = registry.get("case comment")
    assert command is not None
    view = forms.view(command, WHERE, "k1")
    state = {name: {"value": {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    body = {
        "user": {"id": "U1", "team_id": "T1"},
        "view": {**view, "id": "V1", "hash": "h", "state": {"values": state}},
    }
    return body | more


def test_every_command_has_a_form_that_slack_takes(registry: Registry) -> None:
    """Each command's modal keeps Block Kit's rules and carries no response_url."""
    for command in registry:
        view = forms.view(command, WHERE, "k1")
        assert check_view(view) == []
        assert "hooks" not in json.dumps(view)


def test_a_submission_is_a_line(registry: Registry) -> None:
    """The fields become the command line, addressed to where the form was asked for."""
    sent = forms.submission(submitted(registry, {"case-id": "1001", "text": "Bridge opened"}), registry, AT)
    assert sent and not sent.errors and sent.key == "k1"
    assert sent.call.text.startswith("case comment") and "1001" in sent.call.text and "Bridge opened" in sent.call.text
    assert (sent.call.address.channel, sent.call.address.visibility) == ("C1", "private")


def test_errors_stand_at_their_field(registry: Registry) -> None:
    """What the parser refuses is told under the input it concerns."""
    sent = forms.submission(submitted(registry, {"case-id": "1001"}), registry, AT)
    assert sent and list(sent.errors) == ["text"]


@pytest.mark.parametrize("metadata", ["", "{", "[]", '{"command": "case comment"}', '{"command": "x", "address": {}}'])
def test_views_of_others_are_left_alone(registry: Registry, metadata: str) -> None:
    """A view that does not carry what ours carry is not read."""
    body = submitted(registry, {"case-id": "1001"})
    body["view"]["private_metadata"] = metadata
    assert forms.submission(body, registry, AT) is None


def test_a_form_belongs_to_whoever_opened_it(registry: Registry) -> None:
    """A submission by another account than the form was opened for is not read."""
    assert forms.submission(submitted(registry, {"case-id": "1"}, user={"id": "U2"}), registry, AT) is None
