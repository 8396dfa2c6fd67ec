"""YAML text to a tree with lines."""

from __future__ import annotations

import pytest

from connectors.organisation.tree import BadTree, parse


def plain(text: str) -> object:
    node = parse(text)
    return None if node is None else node.plain()


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadTree) as caught:
        parse(text)
    return [(one.line, one.detail) for one in caught.value.problems]


def test_scalars_stay_text() -> None:
    """A scalar is what was written: YAML 1.1's guesses (15:00 is 900, no is false) do not happen."""
    assert plain("a: 15:00\nb: no\nc: 0012\nd: 2026-11-22\ne: 1e3") == {
        "a": "15:00",
        "b": "no",
        "c": "0012",
        "d": "2026-11-22",
        "e": "1e3",
    }


def test_nulls_are_plain_only() -> None:
    """An empty value, ~ and null are nothing; the same in quotes is text."""
    assert plain("a:\nb: ~\nc: null\nd: ''\ne: 'null'") == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


def test_lines_of_keys_and_items() -> None:
    """A path leads to the line of its key or item, an unknown part to the line of what holds it."""
    node = parse("people:\n  - id: a\n    roles:\n      - x\n      - y\n")
    assert node is not None
    assert node.at(("people", 0, "roles", 1))[0] == 5
    assert node.at(("people", 0, "roles"))[0] == 3
    assert node.at(("people", 0, "name")) == (2, None)


def test_duplicate_keys_are_all_told() -> None:
    """Every key that stands twice is an error naming both lines."""
    assert problems("a: 1\nb: 2\na: 3\nb: 4\n") == [
        (3, "stands already on line 1 (keep one of them)"),
        (4, "stands already on line 2 (keep one of them)"),
    ]


def test_alias_bomb_is_refused() -> None:
    """Aliases are refused before anything is expanded."""
    bomb = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
    assert problems(bomb) == [(2, "the alias *a is not accepted (write the value out)")]


def test_tags_are_refused() -> None:
    """A tag, which could ask for an object to be made, is refused."""
    [(line, detail)] = problems("- ok\n- !!python/object/apply:os.system ['true']\n")
    assert line == 2
    assert "is not accepted" in detail


@pytest.mark.parametrize("text", ["[" * 5000, "[" * 5000 + "]" * 5000, "{a: " * 400 + "}" * 400])
def test_deep_nesting_is_refused(text: str) -> None:
    """Nesting is bounded, so that no file exhausts the stack."""
    assert any("nested more than 20 deep" in detail for _, detail in problems(text))


def test_tab_indentation_is_named() -> None:
    """A tab is named as the cause, on its line."""
    assert problems("a:\n  b: 1\n\tc: 2\n") == [(3, "is indented with a tab (write spaces)")]


def test_second_document_is_refused() -> None:
    """What follows --- is never ignored."""
    assert problems("a: 1\n---\nb: 2\n") == [
        (2, "a second document begins here (keep one document, remove the line ---)")
    ]


def test_control_characters_are_refused() -> None:
    """A control character is named by its line."""
    assert problems("a: 1\nb: x\x07y\n") == [(2, "holds a control character (remove it)")]


def test_syntax_errors_have_a_line() -> None:
    """What is no YAML is told by its line."""
    [(line, detail)] = problems("a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert detail.startswith("is not valid YAML: ")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_nothing_is_nothing(text: str) -> None:
    """An empty document has no value, whatever form its emptiness takes."""
    assert plain(text) is None
