"""A simulator on a free loopback port."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from connectors.simulator.app import create_app
from connectors.simulator.faults import Fault, Faults
from connectors.simulator.settings import SimulatorSettings
from connectors.simulator.site import SITE, Seen, Site


class Simulator:
    """A running simulator: where it listens, what opens it, what it was asked."""

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.settings = site, site.settings
        self.url = f"http://127.0.0.1:{port}"

    @property
    def chronicle_url(self) -> str:
        """Base URL: what follows is /v1alpha/projects/.."""
        return self.url

    @property
    def gti_url(self) -> str:
        """Base URL: what follows is /api/v3/.."""
        return self.url

    @property
    def scc_url(self) -> str:
        """Base URL: what follows is /v2/projects/.."""
        return self.url

    @property
    def soar_url(self) -> str:
        """Base URL of the legacy SOAR: what follows is /api/1p/external/.. and /api/external/.."""
        return self.url

    @property
    def instance_url(self) -> str:
        """Chronicle's instance, v1alpha: what follows is /cases, /rules, .."""
        s = self.settings
        return f"{self.url}/v1alpha/projects/{s.project_id}/locations/{s.region}/instances/{s.customer_id}"

    @property
    def token(self) -> str:
        return self.settings.token

    @property
    def gti_key(self) -> str:
        return self.settings.gti_key

    @property
    def soar_key(self) -> str:
        return self.settings.soar_key

    @property
    def project_id(self) -> str:
        return self.settings.project_id

    @property
    def customer_id(self) -> str:
        return self.settings.customer_id

    @property
    def region(self) -> str:
        return self.settings.region

    @property
    def requests(self) -> deque[Seen]:
        """The last 20,000 requests to the vendors' endpoints."""
        return self.site.requests

    @property
    def faults(self) -> Faults:
        return self.site.faults

    def environment(self) -> dict[str, str]:
        """The settings that point the bot's connectors here."""
        return {
            "CHRONICLE_PROJECT_ID": self.project_id,
            "CHRONICLE_CUSTOMER_ID": self.customer_id,
            "CHRONICLE_REGION": self.region,
            "CHRONICLE_API_URL": self.chronicle_url,
            "CHRONICLE_TOKEN": self.token,
            "GTI_API_URL": self.gti_url,
            "VT_APIKEY": self.gti_key,
            "SCC_PROJECT_ID": self.project_id,
            "SCC_API_URL": self.scc_url,
            "SCC_TOKEN": self.token,
        }


@asynccontextmanager
async def running(settings: SimulatorSettings, faults: Iterable[Fault] = (), port: int = 0) -> AsyncIterator[Simulator]:
    """A simulator for as long as the block lasts; `port` 0 takes a free one. OSError when the port is taken."""
    app = create_app(settings)
    for fault in faults:
        app[SITE].faults.add(fault)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bound: int = runner.addresses[0][1]
        yield Simulator(app[SITE], bound)
    finally:
        await runner.cleanup()
