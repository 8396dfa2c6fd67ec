"""A tool's answer: unwrapped in all its shapes, and classified by what a server says went wrong, never by its words."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.types import CallToolResult, TextContent

from connectors.errors import Absent, BackendError, NotConfigured, RateLimited, Refused, Unavailable, Unreadable
from connectors.mcp.answers import MAX_CHARS, failure, read_answer, text_of
from connectors.wire import instant, priority


def result(*texts: str, structured: dict[str, Any] | None = None, error: bool = False) -> CallToolResult:
    content = [TextContent(type="text", text=text) for text in texts]
    return CallToolResult(content=content, structured_content=structured, is_error=error)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (result('{"a": 1}'), {"a": 1}),
        (result('[{"a": 1}]'), [{"a": 1}]),
        (result('{"a": 1}', '{"a": 2}'), [{"a": 1}, {"a": 2}]),
        (result("ignored", structured={"result": [1]}), [1]),
        (result("ignored", structured={"result": []}), []),
        (result("ignored", structured={"result": 1, "more": 2}), {"result": 1, "more": 2}),
        (result("plain words"), "plain words"),
        (result('"words\\nencoded"'), "words\nencoded"),
    ],
)
def test_every_shape_is_unwrapped(answer: CallToolResult, value: Any) -> None:
    """Typed returns, untyped ones, lists in one block or several, prose, prose encoded once more."""
    assert read_answer("SIEM", answer) == value


@pytest.mark.parametrize(
    "answer",
    [
        result(),
        result("null"),
        result(""),
        result("x", structured={"result": None}),
        result("Error retrieving security alerts: boom"),
        result('"Error retrieving security alerts: boom"'),
        result('{"error": "boom", "rules": []}'),
        result('{"Status": "Failed", "Message": "boom"}'),
        result("boom", error=True),
    ],
)
def test_what_only_looks_like_success_is_unavailable(answer: CallToolResult) -> None:
    """Nothing, null, prose and objects that tell of a failure: all without `isError`, none a success."""
    with pytest.raises(Unavailable) as caught:
        read_answer("SIEM", answer)
    assert "boom" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("('NotFoundError', 'Threat profile x not found')", Absent),
        ("Error: File /x.json was not found.", Unavailable),
        ("Failed to get credentials: File /x.json was not found.", NotConfigured),
        ("Your default credentials were not found. To set up ADC, see https://cloud.google.com", NotConfigured),
        ("Security Center Client not initialized.", NotConfigured),
        ("('QuotaExceededError', 'Quota exceeded')", RateLimited),
        ("429 RESOURCE_EXHAUSTED", RateLimited),
        ("('WrongCredentialsError', 'Wrong API key')", Refused),
        ("Permission Denied", Refused),
        ("403 Forbidden", Refused),
        ("project 4031 is odd", Unavailable),
    ],
)
def test_a_failure_is_classified(words: str, kind: type[BackendError]) -> None:
    """By the names that the servers' own libraries use."""
    assert type(failure("SIEM", words)) is kind


def test_an_answer_has_a_size() -> None:
    """More than MAX_CHARS is unreadable before it is decoded."""
    with pytest.raises(Unreadable, match="too large"):
        read_answer("SIEM", result("[" + " " * MAX_CHARS + "]"))


def test_prose_is_text() -> None:
    """What has to be prose and is not is unreadable; one more encoding is taken off."""
    assert text_of("SIEM", '"a\\nb"') == "a\nb"
    assert text_of("SIEM", "a") == "a"
    with pytest.raises(Unreadable):
        text_of("SIEM", {"alerts": []})


def test_spellings() -> None:
    """Instants in milliseconds, seconds, text and objects are one instant; priorities in three spellings are one."""
    one = instant("2026-11-22T00:00:00Z")
    assert (
        one
        == instant(1795305600000)
        == instant("1795305600000")
        == instant(1795305600)
        == instant({"seconds": "1795305600"})
    )
    assert instant(0) is instant(-1) is instant(None) is instant("") is None
    for odd in ([], "soon", "1e400", 1e300, float("nan"), float("inf")):
        with pytest.raises(ValueError):
            instant(odd)
    assert {priority(word) for word in ("PriorityHigh", "PRIORITY_HIGH", "80", "high")} == {"high"}
