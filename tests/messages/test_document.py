"""Text of a document: spans, and words that mark what people type."""

from __future__ import annotations

from messages.document import Mono, Plain, typed


def test_what_people_type_is_marked_between_backticks() -> None:
    """Words of our own mark what somebody types; a backtick that is never closed marks nothing."""
    assert typed("`help` shows `help crisis`.") == (
        Mono(text="help"), Plain(text=" shows "), Mono(text="help crisis"), Plain(text="."),
    )  # fmt: skip
    assert typed("a ` b") == (Plain(text="a ` b"),)
