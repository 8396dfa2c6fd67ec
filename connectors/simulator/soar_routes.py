"""The SOAR's legacy interface (AppKey): what Google's `secops-soar` asks of it, in the spelling it answers in.

Ids and times are numbers, enums CamelCase. Its pages' size and order are documented nowhere; here they are 50, oldest
first. The list shows neither assignee's history nor closing times.
"""

from __future__ import annotations

import json

from aiohttp import web

from connectors.simulator import catalogue as cat
from connectors.simulator.case_routes import AUTHOR, the_case
from connectors.simulator.desk import EXPANSIONS, Json
from connectors.simulator.filters import BadFilter
from connectors.simulator.listing import words
from connectors.simulator.site import SITE, Backends, backends, body_of, number, of
from connectors.simulator.world import FIRST_ID

PAGE = 50
SCOPES = ["All entities", "Suspicious entities", "Internal entities", "External entities"]
ALWAYS = frozenset(EXPANSIONS) - {"tags"}
INSTANCE = "00000000-0000-4000-8000-0000000051e3"


def spelled(case: Json, index: int) -> Json:
    """A Chronicle case as the legacy interface writes it."""
    level = case["priority"].removeprefix("PRIORITY_").capitalize()
    changed: Json = {"id": FIRST_ID + index, "priority": f"Priority{level}", "status": case["status"].capitalize()}
    changed |= {key: int(case[key]) for key in ("createTime", "updateTime")}
    if "sla" in case:
        changed["sla"] = {k: int(v) if str(v).isdigit() else v for k, v in case["sla"].items()}
    return {key: value for key, value in case.items() if key != "name"} | changed


def _full(here: Backends, index: int) -> Json:
    return spelled(here.desk.case(index, frozenset(EXPANSIONS)), index)


def _paged(request: web.Request, key: str, items: list[Json]) -> web.Response:
    start, size = _start(request), number(request, "$top", PAGE, 1000)
    following = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
    return web.json_response({key: items[start : start + size], **following})


def _start(request: web.Request) -> int:
    token = request.query.get("pageToken", "0")
    if not token.isdigit():
        raise BadFilter("the page token cannot be read")
    return int(token)


async def scopes(_: web.Request) -> web.Response:
    """GET settings/GetScopes: what the server asks for before it starts."""
    return web.json_response(SCOPES)


async def list_cases(request: web.Request) -> web.Response:
    """GET cases: every case, closed ones included."""
    here = backends(request)
    start, size = _start(request), here.world.size
    expand = ALWAYS | words(of(request, "$expand"))
    ends = min(start + PAGE, size)
    cases = [spelled(here.desk.case(k, expand), k) for k in range(start, ends)]
    following = {"nextPageToken": str(ends)} if ends < size else {}
    return web.json_response({"cases": cases, **following})


async def get_case(request: web.Request) -> web.Response:
    """GET cases/{id}."""
    return web.json_response(_full(*the_case(request)))


async def patch_case(request: web.Request) -> web.Response:
    """PATCH cases/{id} `{"Priority": "PriorityHigh"}`."""
    here, index = the_case(request)
    said = str((await body_of(request)).get("Priority", ""))
    wanted = f"PRIORITY_{said.removeprefix('Priority').upper()}"
    if wanted not in cat.PRIORITIES:
        raise BadFilter("Priority is not one of the enum's")
    here.desk.overlay.priorities[index] = cat.PRIORITIES.index(wanted)
    here.desk.overlay.write(index, _now(request, here), "PRIORITY_CHANGE", wanted, AUTHOR)
    return web.json_response(_full(here, index))


async def list_alerts(request: web.Request) -> web.Response:
    """GET cases/{id}/caseAlerts."""
    here, index = the_case(request)
    alerts = [alert | {"id": int(alert["name"].rsplit("/", 1)[-1])} for alert in here.desk.alerts(index)]
    return _paged(request, "caseAlerts", alerts)


async def list_comments(request: web.Request) -> web.Response:
    """GET cases/{id}/comments."""
    here, index = the_case(request)
    return _paged(request, "comments", here.desk.comments(index))


async def post_comment(request: web.Request) -> web.Response:
    """POST cases/{id}/comments `{"Comment": ".."}`."""
    here, index = the_case(request)
    text = (await body_of(request)).get("Comment")
    if not isinstance(text, str) or not text.strip():
        raise BadFilter("Comment is needed")
    note = here.desk.overlay.write(index, _now(request, here), "COMMENT", text, AUTHOR)
    return web.json_response(here.desk.comment(index, len(here.desk.comments(index)), note))


async def instances(_: web.Request) -> web.Response:
    """GET integrations/Siemplify/integrationInstances."""
    return web.json_response({"integration_instances": [{"identifier": INSTANCE}]})


async def act(request: web.Request) -> web.Response:
    """POST cases/ExecuteManualAction: the Gemini summary, and no other action."""
    given = await body_of(request)
    here = backends(request)
    index = here.desk.find(str(given.get("caseId", "")))
    if index is None or "Gemini Case Summary" not in str(given.get("actionName")):
        raise BadFilter("no such case or action")
    inside = {"summary": f"Case {FIRST_ID + index}: {len(here.desk.alerts(index))} alerts on one host."}
    return web.json_response({"resultCode": 0, "message": "Done", "resultJsonObject": json.dumps(inside)})


def _now(request: web.Request, here: Backends) -> int:
    return here.world.now + request.app[SITE].elapsed()


def routes() -> list[web.RouteDef]:
    """All under /api/, as SOAR_URL is the host alone."""
    cases, v10 = "/api/1p/external/v1/cases", "/api/1p/external/v1.0/cases"
    return [
        web.get("/api/external/v1/settings/GetScopes", scopes),
        web.get(cases, list_cases),
        web.get(cases + "/{case}", get_case),
        web.patch(cases + "/{case}", patch_case),
        web.get(cases + "/{case}/comments", list_comments),
        web.post(cases + "/{case}/comments", post_comment),
        web.get(v10 + "/{case}/caseAlerts", list_alerts),
        web.get("/api/1p/external/v1/integrations/Siemplify/integrationInstances", instances),
        web.post("/api/external/v1/cases/ExecuteManualAction", act),
    ]
