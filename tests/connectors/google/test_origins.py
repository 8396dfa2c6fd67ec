"""Origins of cases: fields a tenant does not know are left out one by one, and no time is never taken for a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.clock import FixedClock
from connectors.errors import Refused, Unreadable
from connectors.google.cases import ChronicleCaseDesk
from connectors.google.origin_wire import DETECTED, EVENT, NEVER, RULE, SPELLINGS, decode, query
from connectors.models.cases import CaseOrigin
from connectors.models.reading import Reading, Window
from tests.connectors.google.stand_in import INSTANCE, StandIn, always, standing_in

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
DAY = timedelta(days=1)
AT = int((NOW - timedelta(hours=1)).timestamp())
ANSWER = {
    "results": [
        {"column": "case_id", "values": [{"value": {"stringVal": "7"}}]},
        {"column": "detected_at", "values": [{"value": {"int64Val": str(AT)}}]},
    ],
    "lastBackendCacheRefreshedTime": "2026-11-22T09:56:00Z",
}


async def origins(server: StandIn, desk: ChronicleCaseDesk | None = None) -> list[Reading[CaseOrigin]]:
    desk = desk or ChronicleCaseDesk(server.backend(CLOCK), INSTANCE, CLOCK)
    return [page async for page in desk.origins(Window(NOW - DAY, NOW))]


def knowing(*unknown: str) -> Any:
    """A tenant that refuses queries with one of these fields."""

    async def answer(request: web.Request) -> web.StreamResponse:
        text = (await request.json())["query"]["query"]
        return web.Response(status=400) if any(field in text for field in unknown) else web.json_response(ANSWER)

    return answer


@pytest.mark.parametrize(
    ("unknown", "asked", "said"),
    [
        ((), 1, ()),
        ((EVENT,), 2, ("first activity is not known",)),
        ((RULE,), 3, ("products stand in",)),
        ((EVENT, RULE), 4, ("first activity is not known", "products stand in")),
    ],
    ids=["all", "no event", "no rule", "documented"],
)
async def test_what_a_tenant_does_not_know_is_left_out_and_said(
    unknown: tuple[str, ...], asked: int, said: tuple[str, ...]
) -> None:
    """The fullest question that is understood is found once, used from then on, and its gap is a note."""
    async with standing_in(knowing(*unknown)) as server:
        desk = ChronicleCaseDesk(server.backend(CLOCK), INSTANCE, CLOCK)
        (page,) = await origins(server, desk)
        assert page.items == (CaseOrigin("7", None, NOW - timedelta(hours=1)),)
        assert not page.truncated and all(word in " ".join(page.notes) for word in said)
        assert len(page.notes) == bool(said) and page.as_of == datetime(2026, 11, 22, 9, 56, tzinfo=UTC)
        await origins(server, desk)
        assert len(server.asked) == asked + 1


async def test_a_tenant_that_does_not_know_detection_times_refuses() -> None:
    """When the documented field is refused too, that is the error: no answer is not the answer "none"."""
    async with standing_in(knowing(DETECTED)) as server:
        with pytest.raises(Refused) as caught:
            await origins(server)
        assert caught.value.status == 400 and len(server.asked) == len(SPELLINGS)


async def test_only_a_bad_request_is_worth_another_spelling() -> None:
    """A tenant that forbids the question is not asked it in other words."""
    async with standing_in(always({}, status=403)) as server:
        with pytest.raises(Refused):
            await origins(server)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"results": [{"column": "case_id", "values": ["7"]}]},
        {"results": [{"column": "case_id", "values": ["7"]}, {"column": "detected_at", "values": []}]},
        {"results": [{"column": "case_id", "values": ["7"]}, {"column": "detected_at", "values": ["soon"]}]},
    ],
)
async def test_an_answer_of_another_shape_is_unreadable(broken: Any) -> None:
    """A missing column, columns of different length and times that are none are errors, never "not detected"."""
    async with standing_in(always(broken)) as server:
        with pytest.raises(Unreadable):
            await origins(server)


@pytest.mark.parametrize(
    "cell", [None, {}, 0, "0", {"int64Val": "0"}, NEVER, str(NEVER), float(NEVER), {"value": {"nullVal": True}}]
)
def test_no_time_is_none(cell: Any) -> None:
    """Zero, null and what the query puts in the place of a missing time are no times."""
    answer = {
        "results": [
            {"column": "case_id", "values": ["7"]},
            {"column": "detected_at", "values": [cell]},
            {"column": "first_event_at", "values": [cell]},
        ]
    }
    assert decode(answer, Window(NOW - DAY, NOW)).items == (CaseOrigin("7", None, None),)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ({"list": {"values": [{"stringVal": "one"}]}}, "one"),
        (
            {"list": {"values": [{"stringVal": ""}, {"metadata": {}, "stringVal": "two"}, {"stringVal": "three"}]}},
            "two",
        ),
        ({"list": {"values": []}}, ""),
        ({"list": {}}, ""),
        ({"value": {"stringVal": "one"}}, "one"),
        (["one"], "one"),
        ("one", "one"),
        (None, ""),
    ],
)
@pytest.mark.parametrize("prefix", ["", "$"])
def test_rule_names_in_every_encoding(cell: Any, rule: str, prefix: str) -> None:
    """A list or a single value, the rule is the first name that is one."""
    names = ("case_id", "detected_at", "first_event_at", "rules")
    cells = ({"metadata": {}, "stringVal": "projects/p/cases/7"}, str(AT), AT - 60, cell)
    answer = {"results": [{"column": prefix + name, "values": [one]} for name, one in zip(names, cells, strict=True)]}
    (origin,) = decode(answer, Window(NOW - DAY, NOW)).items
    at = NOW - timedelta(hours=1)
    assert origin == CaseOrigin("7", at - timedelta(seconds=60), at, rule)


def test_the_query_asks_for_the_fields_it_names() -> None:
    """Every spelling groups by case, asks for detection times, and is limited as asked."""
    for fields, _ in SPELLINGS:
        text = query(fields, 123)
        assert re.findall(r"^  \$(\w+) = ", text, re.M) == list(fields)
        assert DETECTED in text and text.rstrip().endswith("123")
