"""Chronicle's SIEM endpoints, GTI's and SCC's."""

from __future__ import annotations

import asyncio

from aiohttp import web

from connectors.simulator.faults import cap
from connectors.simulator.filters import BadFilter
from connectors.simulator.gti import page
from connectors.simulator.site import MET, SITE, UnknownThing, backends, body_of, number, of
from connectors.simulator.times import DAY, parse


def _window(request: web.Request, prefix: str) -> tuple[int, int]:
    """Both spellings of the bounds that the API's clients use; the last 24 hours when the start is missing."""
    start = of(request, f"{prefix}.startTime", f"{prefix}.start_time")
    end = of(request, f"{prefix}.endTime", f"{prefix}.end_time")
    now = backends(request).world.now
    try:
        until = parse(end) if end else now
        return (parse(start) if start else until - DAY), until
    except ValueError:
        raise BadFilter(f"{prefix} is not RFC 3339") from None


async def alerts_view(request: web.Request) -> web.Response:
    """GET legacy:legacyFetchAlertsView: a JSON array of fragments, as the real one streams it."""
    low, high = _window(request, "timeRange")
    limit = number(request, "alertListOptions.maxReturnedAlerts", 1000, 10_000)
    snapshot = request.query.get("snapshotQuery", "")
    view = backends(request).siem.view
    return web.json_response(await asyncio.to_thread(view, low, high, snapshot, cap(request[MET], limit)))


async def rule_alerts(request: web.Request) -> web.Response:
    """GET legacy:legacySearchRulesAlerts."""
    low, high = _window(request, "timeRange")
    limit = cap(request[MET], number(request, "maxNumAlertsToReturn", 1000, 10_000))
    return web.json_response(await asyncio.to_thread(backends(request).siem.rule_alerts, low, high, limit))


async def ioc_matches(request: web.Request) -> web.Response:
    """GET legacy:legacySearchEnterpriseWideIoCs."""
    low, high = _window(request, "timestampRange")
    limit = cap(request[MET], number(request, "maxMatchesToReturn", 1000, 10_000))
    return web.json_response(backends(request).matches.search(low, high, limit))


async def batch_cases(request: web.Request) -> web.Response:
    """GET or POST legacy:legacyBatchGetCases?names=..: the bridge from SIEM case names to desk numbers."""
    names = request.query.getall("names", [])
    if request.method == "POST":
        given = (await body_of(request)).get("names")
        names = [str(name) for name in given] if isinstance(given, list) else []
    return web.json_response(backends(request).siem.batch(names))


def _slice(request: web.Request, total: int) -> tuple[range, dict[str, str]]:
    size = number(request, "pageSize", 100, 1000)
    token = request.query.get("pageToken", "")
    if token and not token.isdigit():
        raise BadFilter("the page token cannot be read")
    start = int(token or 0)
    following = {"nextPageToken": str(start + size)} if start + size < total else {}
    return range(start, min(start + size, total)), following


async def list_rules(request: web.Request) -> web.Response:
    """GET rules?view=FULL."""
    rules = backends(request).rules
    numbers, following = _slice(request, rules.size)
    full = request.query.get("view", "BASIC") == "FULL"
    return web.json_response({"rules": [rules.rule(k, full) for k in numbers], **following})


async def get_deployment(request: web.Request) -> web.Response:
    """GET rules/{id}/deployment."""
    rules = backends(request).rules
    found = rules.find(request.match_info["rule"])
    if found is None:
        raise UnknownThing("rule not found")
    return web.json_response(rules.deployment(found))


async def list_deployments(request: web.Request) -> web.Response:
    """GET rules/-/deployments."""
    rules = backends(request).rules
    numbers, following = _slice(request, rules.size)
    return web.json_response({"ruleDeployments": [rules.deployment(k) for k in numbers], **following})


def _url(request: web.Request) -> str:
    return str(request.url.with_query(None))


async def list_profiles(request: web.Request) -> web.Response:
    """GET /api/v3/threat_profiles."""
    intel = backends(request).intel
    limit, cursor = number(request, "limit", 10, 40), request.query.get("cursor", "")
    return web.json_response(page(intel.size, limit, cursor, _url(request), intel.profile))


async def get_profile(request: web.Request) -> web.Response:
    """GET /api/v3/threat_profiles/{id}."""
    intel = backends(request).intel
    return web.json_response({"data": intel.profile(_profile(request))})


def _profile(request: web.Request) -> int:
    found = backends(request).intel.find(request.match_info["profile"])
    if found is None:
        raise UnknownThing("threat profile not found")
    return found


async def list_recommendations(request: web.Request) -> web.Response:
    """GET /api/v3/threat_profiles/{id}/recommendations (objects) and ../relationship(s)/.. (descriptors)."""
    intel = backends(request).intel
    chosen = intel.recommended(_profile(request))
    item = intel.descriptor if "/relationship" in request.path else intel.recommendation
    limit, cursor = number(request, "limit", 10, 40), request.query.get("cursor", "")
    return web.json_response(page(len(chosen), limit, cursor, _url(request), lambda k: item(chosen[k])))


def _collection(request: web.Request) -> int:
    found = backends(request).intel.find_collection(request.match_info["collection"])
    if found is None:
        raise UnknownThing("collection not found")
    return found


async def get_collection(request: web.Request) -> web.Response:
    """GET /api/v3/collections/{id}."""
    return web.json_response({"data": backends(request).intel.collection(_collection(request))})


async def list_techniques(request: web.Request) -> web.Response:
    """GET /api/v3/collections/{id}/attack_techniques."""
    names = backends(request).intel.techniques(_collection(request))
    limit, cursor = number(request, "limit", 10, 40), request.query.get("cursor", "")
    return web.json_response(
        page(len(names), limit, cursor, _url(request), lambda k: {"type": "attack_technique", "id": names[k]})
    )


async def list_findings(request: web.Request) -> web.Response:
    """GET /v2/projects/{p}/sources/-/findings."""
    if request.match_info["project"] != request.app[SITE].settings.project_id:
        raise web.HTTPForbidden(reason="Permission denied on project")
    size = number(request, "pageSize", 10, 1000)
    posture = backends(request).posture
    filter_text, token = request.query.get("filter", ""), request.query.get("pageToken", "")
    return web.json_response(posture.page(filter_text, size, token))


def siem_routes(base: str) -> list[web.RouteDef]:
    """The SIEM endpoints under an instance's path."""
    return [
        web.get(base + "/legacy:legacyFetchAlertsView", alerts_view),
        web.get(base + "/legacy:legacySearchRulesAlerts", rule_alerts),
        web.get(base + "/legacy:legacySearchEnterpriseWideIoCs", ioc_matches),
        web.get(base + "/legacy:legacyBatchGetCases", batch_cases),
        web.post(base + "/legacy:legacyBatchGetCases", batch_cases),
        web.get(base + "/rules", list_rules),
        web.get(base + "/rules/-/deployments", list_deployments),
        web.get(base + "/rules/{rule}/deployment", get_deployment),
    ]


def intel_routes() -> list[web.RouteDef]:
    """GTI v3."""
    profile, collection = "/api/v3/threat_profiles/{profile}", "/api/v3/collections/{collection}"
    return [
        web.get("/api/v3/threat_profiles", list_profiles),
        web.get(profile, get_profile),
        web.get(profile + "/recommendations", list_recommendations),
        web.get(profile + "/{kind:relationships?}/recommendations", list_recommendations),
        web.get(collection, get_collection),
        web.get(collection + "/attack_techniques", list_techniques),
    ]


def posture_routes() -> list[web.RouteDef]:
    """SCC, v1 and v2."""
    return [web.get("/{version:v1|v2}/projects/{project}/sources/-/findings", list_findings)]
