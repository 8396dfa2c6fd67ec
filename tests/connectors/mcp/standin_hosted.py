"""The case tools of Google's hosted server over the simulated SOC, as its reference documents them.

Arguments as declared (camelCase; `STANDIN_SPELLING=snake` for the older pages), the tenant in every call, Chronicle's
own resources as answers, errors as errors. Whether the answer comes as text or structured is nowhere said: as text.
"""

from __future__ import annotations

import os
from typing import Any

from connectors.mcp.naming import camel
from connectors.simulator.catalogue import PRIORITIES
from connectors.simulator.filters import BadFilter
from connectors.simulator.listing import Listing, case_query
from tests.connectors.mcp.standin_tools import EXPAND, Answer, Given, Tool

TENANT = ("project_id", "customer_id", "region")
TAKES = {
    "list_cases": ("page_size", "page_token", "filter", "order_by", "expand"),
    "get_case": ("case_id", "expand"),
    "list_case_alerts": ("case_id", "page_size", "page_token", "filter"),
    "list_case_comments": ("case_id", "page_size", "page_token"),
    "create_case_comment": ("case_id", "comment"),
    "update_case": ("case_id", "priority"),
}
OPTIONAL = {"page_size", "page_token", "filter", "order_by", "expand"}
NOT_FOUND = Answer("NotFoundError: case not found", error=True)


def spell(name: str) -> str:
    return name if os.environ.get("STANDIN_SPELLING") == "snake" else camel(name)


def schema(tool: str) -> dict[str, Any]:
    """What `tools/list` says of its arguments."""
    names = (*TENANT, *TAKES[tool])
    needed = [spell(name) for name in names if name not in OPTIONAL]
    return {"type": "object", "properties": {spell(name): {"type": "string"} for name in names}, "required": needed}


def _checked(tool: str, work: Tool) -> Tool:
    """As a proto message is read: unknown and missing fields are INVALID_ARGUMENT."""
    told = schema(tool)

    def answer(given: Given) -> Answer:
        unknown = given.arguments.keys() - told["properties"].keys()
        missing = set(told["required"]) - given.arguments.keys()
        if unknown or missing:
            return Answer(f"INVALID_ARGUMENT: {sorted(unknown)} {sorted(missing)}", error=True)
        plain = {name: given.arguments[spell(name)] for name in TAKES[tool] if spell(name) in given.arguments}
        return work(Given(given.world, plain, given.settings))

    return answer


def list_cases(given: Given) -> Answer:
    listing: Listing = given.world.listing
    try:
        query = case_query(given.arguments.get("filter", ""), "")
    except BadFilter as error:
        return Answer(f"INVALID_ARGUMENT: {error}", error=True)
    expand = frozenset(given.arguments.get("expand", "").split(",")) & EXPAND
    size = min(int(given.arguments.get("page_size", 50)), 100)
    return Answer(listing.page(query, size, given.arguments.get("page_token", ""), expand))


def get_case(given: Given) -> Answer:
    index = given.index
    return NOT_FOUND if index is None else Answer(given.world.desk.case(index, EXPAND))


def _paged(given: Given, key: str, items: list[dict[str, Any]]) -> Answer:
    start, size = int(given.arguments.get("page_token") or 0), min(int(given.arguments.get("page_size", 50)), 100)
    following = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
    shown = items[start : start + size]
    return Answer(({key: shown} if shown else {}) | following)


def list_case_alerts(given: Given) -> Answer:
    index = given.index
    return NOT_FOUND if index is None else _paged(given, "caseAlerts", given.world.desk.alerts(index))


def list_case_comments(given: Given) -> Answer:
    index = given.index
    return NOT_FOUND if index is None else _paged(given, "caseComments", given.world.desk.comments(index))


def create_case_comment(given: Given) -> Answer:
    index, desk = given.index, given.world.desk
    if index is None:
        return NOT_FOUND
    note = desk.overlay.write(index, desk.world.now, "COMMENT", given.arguments["comment"], "soc-bot")
    return Answer(desk.comment(index, len(desk.comments(index)), note))


def update_case(given: Given) -> Answer:
    index, desk = given.index, given.world.desk
    if index is None:
        return NOT_FOUND
    if given.arguments["priority"] not in PRIORITIES:
        return Answer("INVALID_ARGUMENT: priority", error=True)
    desk.overlay.priorities[index] = PRIORITIES.index(given.arguments["priority"])
    desk.overlay.write(index, desk.world.now, "PRIORITY_CHANGE", given.arguments["priority"], "soc-bot")
    return Answer(desk.case(index, EXPAND))


HOSTED: dict[str, Tool] = {
    name: _checked(name, work)
    for name, work in {
        "list_cases": list_cases,
        "get_case": get_case,
        "list_case_alerts": list_case_alerts,
        "list_case_comments": list_case_comments,
        "create_case_comment": create_case_comment,
        "update_case": update_case,
    }.items()
}
