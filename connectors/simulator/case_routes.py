"""Chronicle's case endpoints."""

from __future__ import annotations

import asyncio

from aiohttp import web

from connectors.simulator import catalogue as cat
from connectors.simulator import story
from connectors.simulator.desk import EXPANSIONS, Json
from connectors.simulator.faults import cap
from connectors.simulator.filters import BadFilter
from connectors.simulator.history import execute
from connectors.simulator.listing import case_query, words
from connectors.simulator.site import MET, SITE, Backends, UnknownThing, backends, body_of, number, of
from connectors.simulator.world import FIRST_ID

AUTHOR = "soc-bot"
"""Whom the desk names as the author of what comes in over its API."""
_NO_CAP = 1 << 40


def the_case(request: web.Request) -> tuple[Backends, int]:
    """The case that the path names; UnknownThing when there is none."""
    here = backends(request)
    index = here.desk.find(request.match_info["case"])
    if index is None:
        raise UnknownThing(f"case {request.match_info['case']} not found")
    return here, index


async def list_cases(request: web.Request) -> web.Response:
    """GET cases."""
    query = case_query(of(request, "filter", "$filter"), of(request, "orderBy", "$orderBy"))
    size = number(request, "pageSize", 50, 1000)
    expand = words(of(request, "expand", "$expand"))
    listing = backends(request).listing
    page = await asyncio.to_thread(listing.page, query, size, request.query.get("pageToken", ""), expand)
    return web.json_response(page)


async def get_case(request: web.Request) -> web.Response:
    """GET cases/{id}: everything expanded."""
    here, index = the_case(request)
    return web.json_response(here.desk.case(index, frozenset(EXPANSIONS)))


def _paged(request: web.Request, key: str, items: list[Json]) -> web.Response:
    size = number(request, "pageSize", 50, 1000)
    token = request.query.get("pageToken", "")
    if token and not token.isdigit():
        raise BadFilter("the page token cannot be read")
    start = int(token or 0)
    answer: Json = {key: items[start : start + size], "totalSize": len(items)}
    if start + size < len(items):
        answer["nextPageToken"] = str(start + size)
    return web.json_response(answer)


async def list_alerts(request: web.Request) -> web.Response:
    """GET cases/{id}/caseAlerts."""
    here, index = the_case(request)
    return _paged(request, "caseAlerts", here.desk.alerts(index))


async def list_wall(request: web.Request) -> web.Response:
    """GET cases/{id}/caseWallRecords."""
    here, index = the_case(request)
    return _paged(request, "caseWallRecords", here.desk.wall(index))


async def list_comments(request: web.Request) -> web.Response:
    """GET cases/{id}/comments (newer tenants: caseComments, and that is then the key too)."""
    here, index = the_case(request)
    key = request.path.rsplit("/", 1)[-1]
    return _paged(request, key, here.desk.comments(index))


async def post_comment(request: web.Request) -> web.Response:
    """POST cases/{id}/comments: a comment and a wall record."""
    here, index = the_case(request)
    given = await body_of(request)
    text = given.get("comment", given.get("Comment"))
    if not isinstance(text, str) or not text.strip():
        raise BadFilter("comment is needed")
    note = here.desk.overlay.write(index, _instant(request, here), "COMMENT", text, AUTHOR)
    return web.json_response(here.desk.comment(index, len(here.desk.comments(index)), note))


def _instant(request: web.Request, here: Backends) -> int:
    return here.world.now + request.app[SITE].elapsed()


def _set_priority(request: web.Request, here: Backends, index: int, priority: object) -> None:
    if priority not in cat.PRIORITIES:
        raise BadFilter(f"priority must be one of {', '.join(cat.PRIORITIES)}")
    here.desk.overlay.priorities[index] = cat.PRIORITIES.index(str(priority))
    here.desk.overlay.write(index, _instant(request, here), "PRIORITY_CHANGE", str(priority), AUTHOR)


async def patch_case(request: web.Request) -> web.Response:
    """PATCH cases/{id}?updateMask=priority."""
    here, index = the_case(request)
    if request.query.get("updateMask") != "priority":
        raise BadFilter("updateMask: only priority can be changed here")
    _set_priority(request, here, index, (await body_of(request)).get("priority"))
    return web.json_response(here.desk.case(index, frozenset(EXPANSIONS)))


async def bulk_priority(request: web.Request) -> web.Response:
    """POST cases:executeBulkChangePriority `{"casesIds": [..], "priority": ".."}`: all or none."""
    here = backends(request)
    given = await body_of(request)
    ids = given.get("casesIds")
    if not isinstance(ids, list) or not ids:
        raise BadFilter("casesIds is needed")
    found = [here.desk.find(str(case_id)) for case_id in ids]
    if None in found:
        raise UnknownThing("a case was not found")
    for index in found:
        if index is not None:
            _set_priority(request, here, index, given.get("priority"))
    return web.json_response({})


async def summary(request: web.Request) -> web.Response:
    """POST cases/{id}:getOrCreateCaseSummary: pending, in progress, then done; `isFirstRequest` starts anew."""
    here, index = the_case(request)
    given = await body_of(request)
    polls = request.app[SITE].summaries
    polls[index] = 0 if given.get("isFirstRequest") is True else polls.get(index, -1) + 1
    state = ("PENDING_START", "IN_PROGRESS", "SUCCESSFUL")[min(polls[index], 2)]
    answer: Json = {"state": state}
    if state == "SUCCESSFUL":
        core = here.world.core(index)
        detection = cat.DETECTIONS[story.detection_of(here.world, core)]
        host = story.host_of(core)
        answer |= {
            "summary": f"Case {FIRST_ID + index}: {story.alert_count(core)} alerts of "
            f"{detection.name} on {host}, first raised by the {detection.product.lower()}.",
            "reasons": [f"The alerts share the host {host}", "No earlier case names the same account"],
            "nextSteps": ["Confirm the activity with the asset's owner", "Look for the same account elsewhere"],
        }
    return web.json_response(answer)


async def dashboard_query(request: web.Request) -> web.Response:
    """POST dashboardQueries:execute over case_history or case."""
    limit = cap(request[MET], request.app[SITE].settings.history_row_limit or _NO_CAP)
    text = await execute(backends(request).desk, await body_of(request), limit if limit < _NO_CAP else None)
    return web.Response(text=text, content_type="application/json")


def routes(base: str) -> list[web.RouteDef]:
    """The case endpoints under an instance's path."""
    case = base + r"/cases/{case:[^/:]+}"
    return [
        web.get(base + "/cases", list_cases),
        web.post(base + "/cases:executeBulkChangePriority", bulk_priority),
        web.post(case + ":getOrCreateCaseSummary", summary),
        web.get(case, get_case),
        web.patch(case, patch_case),
        web.get(case + "/caseAlerts", list_alerts),
        web.get(case + "/caseWallRecords", list_wall),
        *(web.get(case + name, list_comments) for name in ("/comments", "/caseComments")),
        *(web.post(case + name, post_comment) for name in ("/comments", "/caseComments")),
        web.post(base + "/dashboardQueries:execute", dashboard_query),
    ]
