"""How each Google backend wants to be asked: a bearer token, an API key header, or a service account.

An auth is an async callable that gives headers (`connectors.http.Auth`); it raises `BackendError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from connectors.errors import NotConfigured, Refused, Unavailable

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

Headers = Callable[[], Awaitable[Mapping[str, str]]]


def bearer(token: str) -> Headers:
    """`Authorization: Bearer`, a token that somebody else renews."""
    return fixed({"Authorization": f"Bearer {token}"})


def api_key(header: str, key: str) -> Headers:
    """A key in a header of its own: `x-apikey` for GTI, `AppKey` for the legacy SOAR interface."""
    return fixed({header: key})


def fixed(headers: Mapping[str, str]) -> Headers:
    """Always the same headers."""
    kept = dict(headers)

    async def auth() -> Mapping[str, str]:
        return kept

    return auth


class GoogleAuth:
    """A service account from its key file, or the surrounding default credentials when `path` is None.

    Tokens are fetched in a thread, one fetch at a time, and kept until google-auth calls them stale.
    `setting` is the setting's name, for the operator's sentence.
    """

    def __init__(self, backend: str, path: str | None, setting: str) -> None:
        self._backend, self._path, self._setting = backend, path, setting
        self._credentials: Any = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> Mapping[str, str]:
        credentials = self._credentials
        if credentials is None or not credentials.valid:
            async with self._lock:
                await asyncio.to_thread(self._refresh)
        return {"Authorization": f"Bearer {self._credentials.token}"}

    def _refresh(self) -> None:
        from google.auth import exceptions  # noqa: PLC0415 - heavy, and not needed with a static token
        from google.auth.transport.requests import Request  # noqa: PLC0415

        if self._credentials is None:
            self._credentials = self._load()
        if self._credentials.valid:
            return
        try:
            self._credentials.refresh(Request())
        except exceptions.RefreshError as error:
            if error.retryable:
                raise Unavailable(self._backend, "has no token for us: the token service is away") from error
            raise Refused(self._backend, "is closed to us: the token service refuses our credentials", 401) from error
        except exceptions.TransportError as error:
            raise Unavailable(self._backend, "has no token for us: the token service cannot be reached") from error

    def _load(self) -> Any:
        import google.auth  # noqa: PLC0415
        from google.oauth2 import service_account  # noqa: PLC0415

        try:
            if self._path is None:
                return google.auth.default(scopes=[SCOPE])[0]
            credentials: Any = service_account.Credentials
            return credentials.from_service_account_file(self._path, scopes=[SCOPE])
        except (OSError, ValueError, KeyError, google.auth.exceptions.GoogleAuthError) as error:
            raise NotConfigured(
                self._backend, f"has no usable credentials: set {self._setting} to a readable key file"
            ) from error
