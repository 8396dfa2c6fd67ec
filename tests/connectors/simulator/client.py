"""A bare client of the simulator: aiohttp, the right credentials, no retry."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import aiohttp

from connectors.simulator import Simulator

Query = dict[str, str]


class Client:
    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.http = aiohttp.ClientSession()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def call(self, method: str, url: str, query: Query | None = None, body: Any = None) -> tuple[int, Any, Any]:
        """Status, JSON, headers."""
        headers = {"Authorization": f"Bearer {self.sim.token}", "x-apikey": self.sim.gti_key}
        async with self.http.request(method, url, params=query, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers

    async def ok(self, method: str, url: str, query: Query | None = None, body: Any = None) -> Any:
        status, answer, _ = await self.call(method, url, query, body)
        assert status == 200, answer
        return answer

    async def chronicle(self, path: str, **query: str) -> Any:
        return await self.ok("GET", self.sim.instance_url + path, query)

    async def post(self, path: str, body: Any) -> Any:
        return await self.ok("POST", self.sim.instance_url + path, body=body)

    async def gti(self, path: str, **query: str) -> Any:
        return await self.ok("GET", f"{self.sim.gti_url}/api/v3{path}", query)

    async def findings(self, **query: str) -> Any:
        url = f"{self.sim.scc_url}/v2/projects/{self.sim.project_id}/sources/-/findings"
        return await self.ok("GET", url, query)

    async def pages(self, path: str, key: str, **query: str) -> list[list[dict[str, Any]]]:
        """Every page of a Chronicle collection."""
        found, token = [], ""
        while True:
            answer = await self.chronicle(path, **query, **({"pageToken": token} if token else {}))
            found.append(answer[key])
            token = answer.get("nextPageToken", "")
            if not token:
                return found
