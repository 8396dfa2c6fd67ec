"""A core of the module's own, and its server over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Core
from tests.bot.mcp.site import cored, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Core]:
    async with cored(tmp_path_factory.mktemp("mcp")) as core:
        yield core


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(made: Core) -> AsyncIterator[str]:
    async with served(made) as at:
        yield at
