"""GTI v3 and SCC."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.simulator.scc import TOP_SCORE
from tests.connectors.simulator.client import Client

FILTER = 'state="ACTIVE" AND findingClass="VULNERABILITY" AND (severity="HIGH" OR severity="CRITICAL")'


async def _all(client: Client, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while url:
        answer = await client.ok("GET", url)
        assert ("next" in answer["links"]) == ("cursor" in answer["meta"])
        found += answer["data"]
        url = answer["links"].get("next", "")
    return found


async def test_profiles_page_by_links(client: Client) -> None:
    """Profiles come in pages linked by links.next and meta.cursor, with times in seconds and interests by type."""
    every = await _all(client, f"{client.sim.gti_url}/api/v3/threat_profiles?limit=1")
    assert len(every) == 4 == len({profile["id"] for profile in every})
    for profile in every:
        attributes = profile["attributes"]
        assert profile["type"] == "threat_profile" and attributes["name"]
        assert 1_500_000_000 < attributes["creation_date"] < attributes["last_modification_date"] < 2_000_000_000
        assert "INTEREST_TYPE_TARGETED_INDUSTRY" in attributes["interests"]
    one = await client.gti(f"/threat_profiles/{every[0]['id']}")
    assert one["data"] == every[0]


async def test_recommendations_are_full_objects(client: Client) -> None:
    """Recommendations carry names, kinds and techniques; the relationship gives descriptors of the same ids."""
    profile = (await client.gti("/threat_profiles"))["data"][0]["id"]
    base = f"{client.sim.gti_url}/api/v3/threat_profiles/{profile}"
    full = await _all(client, base + "/recommendations?limit=10")
    assert len(full) > 20 and len({item["id"] for item in full}) == len(full)
    for item in full:
        assert item["type"] == "collection" and item["attributes"]["name"] and item["attributes"]["description"]
        assert item["context_attributes"] == {"source": "SOURCE_RECOMMENDATION"}
        assert item["id"].startswith(item["attributes"]["collection_type"])
    techniques = {t["id"] for i in full for t in i["relationships"]["attack_techniques"]["data"]}
    assert len(techniques) > 10 and all(name.startswith("T1") for name in techniques)
    for kind in ("relationship", "relationships"):
        short = await _all(client, f"{base}/{kind}/recommendations?limit=40")
        assert [item["id"] for item in short] == [item["id"] for item in full]
        assert set(short[0]) == {"type", "id", "context_attributes"}


async def test_collections(client: Client) -> None:
    """A collection is the recommendation's object; its techniques page too; an unknown one is GTI's 404."""
    profile = (await client.gti("/threat_profiles"))["data"][1]["id"]
    item = (await client.gti(f"/threat_profiles/{profile}/recommendations"))["data"][2]
    one = (await client.gti(f"/collections/{item['id']}"))["data"]
    assert one["attributes"] == item["attributes"]
    names = (await client.gti(f"/collections/{item['id']}/attack_techniques", limit="40"))["data"]
    assert names == item["relationships"]["attack_techniques"]["data"]
    status, answer, _ = await client.call("GET", f"{client.sim.gti_url}/api/v3/collections/nothing")
    assert status == 404 and answer["error"]["code"] == "NotFoundError"


async def test_gti_key(client: Client) -> None:
    """Without the right x-apikey GTI answers 401 in its own words; a foreign cursor is a 400."""
    url = f"{client.sim.gti_url}/api/v3/threat_profiles"
    async with client.http.get(url, headers={"x-apikey": "wrong"}) as answer:
        assert answer.status == 401 and (await answer.json())["error"]["code"] == "WrongCredentialsError"
    assert (await client.call("GET", url, {"cursor": "!!!"}))[0] == 400


async def test_findings_page_whole(client: Client) -> None:
    """Findings page to the end without gap or double; ten a page unless asked; the total is the filter's."""
    first = await client.findings(filter=FILTER)
    assert len(first["listFindingsResults"]) == 10
    found, token = [], ""
    while True:
        page = await client.findings(filter=FILTER, pageSize="33", pageToken=token)
        found += [result["finding"] for result in page["listFindingsResults"]]
        token = page["nextPageToken"]
        if not token:
            break
    assert len(found) == len({f["name"] for f in found}) == first["totalSize"] > 60
    assert {f["severity"] for f in found} == {"HIGH", "CRITICAL"} and {f["state"] for f in found} == {"ACTIVE"}
    assert {f["findingClass"] for f in found} == {"VULNERABILITY"}
    assert all(f["vulnerability"]["cve"]["id"].startswith("CVE-") for f in found)


async def test_worst_finding_is_on_a_late_page(client: Client) -> None:
    """The findings are in no order of attack exposure: the highest score is not on the first pages; some have none."""
    page = await client.findings(filter=FILTER, pageSize="1000")
    scores = [result["finding"]["attackExposure"].get("score") for result in page["listFindingsResults"]]
    known = [score for score in scores if score is not None]
    assert max(known) == TOP_SCORE and scores.index(TOP_SCORE) > 0.7 * len(scores) > 20
    assert known != sorted(known, reverse=True) and len(known) < len(scores)


@pytest.mark.parametrize("query", [{"filter": "shape = round"}, {"pageToken": "!!"}, {"filter": "("}])
async def test_bad_finding_requests(client: Client, query: dict[str, str]) -> None:
    """An unknown field, a broken filter or token is a 400; another project a 403."""
    url = f"{client.sim.scc_url}/v2/projects/{client.sim.project_id}/sources/-/findings"
    assert (await client.call("GET", url, query))[0] == 400
    assert (await client.call("GET", url.replace(client.sim.project_id, "other")))[0] == 403
