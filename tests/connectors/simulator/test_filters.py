"""The vendors' filter language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.simulator.filters import BadFilter, Group, Term, compare, holds, parse_filter, required, terms

RECORD = {"a": "1", "b": "2"}


def _holds(text: str) -> bool:
    return holds(parse_filter(text), lambda term: compare(term.op, RECORD.get(term.field, ""), term.value))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", True),
        ("a = 1", True),
        ("a = '2'", False),
        ('a = "1" AND b = "2"', True),
        ("a = 2 OR b = 2 AND a = 1", True),
        ("(a = 2 OR b = 2) AND a = 2", False),
        ("NOT a = 2", True),
        ("a != 1 or b:2", True),
    ],
)
def test_filters_mean_what_they_say(text: str, wanted: bool) -> None:
    """AND binds closer than OR, parentheses group, NOT negates, quotes do not matter."""
    assert _holds(text) is wanted


def test_names_are_levelled() -> None:
    """createTime, CreateTime and create_time are one field; quoted values keep their escapes' meaning."""
    for name in ("createTime", "CreateTime", "create_time"):
        assert parse_filter(f"{name} > 5") == Term("createtime", ">", "5")
    assert parse_filter(r'a = "say \"hi\""') == Term("a", "=", 'say "hi"')


def test_required_terms() -> None:
    """Only what is joined by AND at the top is required of every match."""
    tree = parse_filter("a = 1 AND (b = 2 OR c = 3)")
    assert isinstance(tree, Group) and required(tree) == [Term("a", "=", "1")]
    assert [term.field for term in terms(tree)] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["a", "a =", "= 1", "(a = 1", "a = 1)", "a = 1 b = 2", "a = ;", "AND", "(" * 5000])
def test_nonsense_is_refused(text: str) -> None:
    """What is no filter raises BadFilter."""
    with pytest.raises(BadFilter):
        parse_filter(text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is read or refused with BadFilter, never anything else."""
    try:
        parse_filter(text)
    except BadFilter as error:
        assert str(error)
