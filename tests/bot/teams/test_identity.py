"""MICROSOFT_APP_TYPE=UserAssignedMSI against a stand-in of IMDS and App Service that Microsoft's own library takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.platform import Later
from bot.settings import Teams as Settings
from bot.teams import identity
from bot.teams.delivery import TeamsDelivery
from bot.teams.doctor import check
from bot.teams.identity import IMDS, NotGiven, place
from bot.teams.references import References
from bot.teams.tokens import NoToken, Tokens
from bot.teams.web import Refusal, Web
from connectors.clock import FixedClock, SystemClock
from connectors.memory import MemoryState
from tests.bot.teams.identity_standin import HEADER, RESOURCE, Identity, running
from tests.bot.teams.test_delivery import THREAD, parcel
from tests.e2e.teams_rig import teams_settings
from tests.e2e.teams_signing import APP_ID
from tests.e2e.teams_standin import TOKEN, Teams

Use = Callable[[str], Identity]
KINDS = pytest.mark.parametrize("kind", ["imds", "app service"])


@pytest.fixture
async def use(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Use]:
    """The stand-in as this machine's IMDS or App Service; a proxy that leads nowhere must not be asked."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET",
                 "NO_PROXY", "no_proxy"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    async with running() as made:

        def by(kind: str) -> Identity:
            if kind == "imds":
                monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", made.base)
            else:
                monkeypatch.setenv("IDENTITY_ENDPOINT", f"{made.base}/msi/token")
                monkeypatch.setenv("IDENTITY_HEADER", HEADER)
            return made

        yield by


def settings(teams: Teams) -> Settings:
    return teams_settings(teams, app_type="UserAssignedMSI", app_password=None)


@KINDS
async def test_an_answer_goes_out_with_the_identitys_token(
    use: Use, teams: Teams, state: MemoryState, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a secret: asked once, of the right service, past every proxy; the Bot Connector takes what it gave."""
    made = use(kind)
    clock = SystemClock()
    web = Web(settings(teams), clock, 2.0)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await web.tokens.get() == TOKEN
    monkeypatch.delenv("HTTP_PROXY")
    web.open()
    delivery = TeamsDelivery(settings(teams), web, References(state.store, clock), clock, state.store)
    await delivery.deliver(parcel(), None)
    await web.close()
    assert (len(teams.of(THREAD)), made.asked, teams.tokens) == (1, [kind], 0)


@KINDS
async def test_it_is_replaced_before_it_ends_and_when_it_was_refused(use: Use, teams: Teams, kind: str) -> None:
    """Five minutes before its end, by `expires_in` or `expires_on`; and at once when the Bot Connector says 401."""
    made, clock = use(kind), FixedClock(SystemClock().now())
    tokens = Tokens(settings(teams), clock)
    await tokens.get()
    clock.advance(3_200)
    await tokens.get()
    assert len(made.asked) == 1
    clock.advance(200)
    await tokens.get()
    assert len(made.asked) == 2
    tokens.forget()
    await asyncio.gather(*(tokens.get() for _ in range(3)))
    assert len(made.asked) == 3


@KINDS
@pytest.mark.parametrize("fault", [404, 410, 429, 500, 503, 0])
async def test_what_passes_is_patience(
    use: Use, teams: Teams, kind: str, fault: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is updated, asked too often, broken or silent: the message waits, and is not lost."""
    monkeypatch.setattr(identity, "SECONDS", 0.2)
    use(kind).faults.append(fault)
    web = Web(settings(teams), SystemClock(), 2.0)
    web.open()
    with pytest.raises(Later):
        await web.post(teams.service_url, "a:user-1", {})
    await web.close()


@KINDS
@pytest.mark.parametrize("fault", [302, 400, 401, 403])
async def test_a_no_is_a_refusal_with_its_code(use: Use, teams: Teams, kind: str, fault: int) -> None:
    """An identity that is not this machine's, a header that is not ours, a redirect: refused, nothing else asked."""
    made = use(kind)
    made.faults.append(fault)
    web = Web(settings(teams), SystemClock(), 2.0)
    web.open()
    with pytest.raises(Refusal, match="managed identity"):
        await web.post(teams.service_url, "a:user-1", {})
    made.known = "another"
    with pytest.raises(NoToken) as refused:
        await web.tokens.get()
    assert APP_ID not in str(refused.value)
    await web.close()


async def test_the_doctor_tells_both(use: Use, teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    """An identity that is not assigned, and a machine that is not Azure's: each with what is to be done."""
    made = use("imds")
    made.known = "another"
    found = await check(settings(teams), loopback=True, clock=SystemClock())
    (no,) = [one for one in found if not one.ok]
    assert "invalid_request" in no.sentence
    assert "assign the identity" in no.fix
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    found = await check(settings(teams), loopback=True, clock=SystemClock())
    (no,) = [one for one in found if not one.ok]
    assert "not reached" in no.sentence
    assert "MICROSOFT_APP_TYPE=SingleTenant" in no.fix


def test_where_tokens_are_given_out() -> None:
    """IMDS unless App Service says both where and by which header; Service Fabric speaks another protocol."""
    assert place({}).url == f"{IMDS}/metadata/identity/oauth2/token"
    assert place({"IDENTITY_ENDPOINT": "http://x/"}).url.startswith(IMDS)
    assert place({"IDENTITY_ENDPOINT": "http://x/", "IDENTITY_HEADER": "h"}).headers == {"X-IDENTITY-HEADER": "h"}
    with pytest.raises(NotGiven):
        place({"IDENTITY_ENDPOINT": "https://x/", "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": "t"})


@KINDS
async def test_microsofts_own_library_takes_the_stand_in(use: Use, kind: str) -> None:
    """The oracle of the stand-in: MSAL gets its token there, and is refused without the identity."""
    import msal  # type: ignore[import-untyped]
    import requests

    made = use(kind)

    def ask() -> object:
        session = requests.Session()
        session.trust_env = False
        who = msal.UserAssignedManagedIdentity(client_id=APP_ID)
        found = msal.ManagedIdentityClient(who, http_client=session).acquire_token_for_client(resource=RESOURCE)
        return found.get("access_token") or found.get("error")

    assert await asyncio.to_thread(ask) == TOKEN
    made.known = "another"
    assert await asyncio.to_thread(ask) != TOKEN
