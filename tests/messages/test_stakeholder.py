"""An organisation's own template: words alone, whatever stands in it."""

from __future__ import annotations

import time

import pytest

from messages.stakeholder import OwnTemplateError, crisis_draft

HOSTILE = (
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ facts.append('x') }}",
    "{{ nobody }}",
    "{% include '/etc/passwd' %}",
    "{% include '../stakeholder/board.j2' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% for n in range(10**9) %}a{% endfor %}",
    "{% for n in range(99999) %}{% for m in range(99999) %}a{% endfor %}{% endfor %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{{ 'a' * 10**7 }}",
    "{% if %}",
)


@pytest.mark.parametrize("own", HOSTILE)
def test_what_is_no_message_is_refused(own: str) -> None:
    """It reaches nothing but the words it is given, and says no more than a message can hold."""
    started = time.perf_counter()
    with pytest.raises(OwnTemplateError):
        crisis_draft("executive", {"facts": ["one"]}, own)
    assert time.perf_counter() - started < 3


def test_a_value_never_becomes_a_template() -> None:
    """Words of the record that look like a template are words."""
    lines = crisis_draft("executive", {"facts": ["{{ 7 * 7 }}"]}, "{% for one in facts %}{{ one }}\n{% endfor %}")
    assert lines == ("{{ 7 * 7 }}",)
