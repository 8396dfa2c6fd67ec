"""What can go wrong behind a port, told by what the caller can do about it.

BackendError            something behind a port did not give what was asked
  NotConfigured         the operator has not set it up: nothing to retry          (permanent)
  Unavailable           no connection, 5xx, or the breaker is open                (retry later)
  TimedOut              no answer within the budget; carries `after` in seconds   (retry later)
  RateLimited           the backend asked for patience; carries `retry_after` s   (retry later)
  Refused               401, 403 or another 4xx: asking again will not help       (permanent)
  Absent                the one thing asked for does not exist (404)              (permanent)
  Unreadable            an answer came and is not what its documentation says     (permanent)
StateError              Redis: the state store is away or refuses                 (retry later)

Messages are written for a SOC manager and never hold a URL's query, a header or a body.
"""

from __future__ import annotations


class BackendError(Exception):
    """A port's failure. `backend` is the name a person knows it by ("SIEM", "Case desk")."""

    permanent = False

    def __init__(self, backend: str, detail: str) -> None:
        super().__init__(f"{backend} {detail}")
        self.backend = backend
        self.detail = detail


class NotConfigured(BackendError):
    """No settings or no file: `detail` names what to write where. `lacks`: the missing file and what it is for."""

    permanent = True

    def __init__(self, backend: str, detail: str, lacks: str = "") -> None:
        super().__init__(backend, detail)
        self.lacks = lacks


class Unavailable(BackendError):
    """Connection refused, 5xx, or not asked at all because the breaker is open."""


class TimedOut(BackendError):
    """No answer within `after` seconds."""

    def __init__(self, backend: str, after: float) -> None:
        super().__init__(backend, f"did not answer (timed out after {after:g} s)")
        self.after = after


class RateLimited(BackendError):
    """HTTP 429; `retry_after` in seconds as the backend said."""

    def __init__(self, backend: str, retry_after: float) -> None:
        super().__init__(backend, f"asks for patience (rate limit, try again in {retry_after:g} s)")
        self.retry_after = retry_after


class Refused(BackendError):
    """The backend understood and said no (401, 403, other 4xx); `status` is the HTTP status."""

    permanent = True

    def __init__(self, backend: str, detail: str, status: int) -> None:
        super().__init__(backend, detail)
        self.status = status


class Absent(BackendError):
    """The one thing asked for is not there."""

    permanent = True


class Unreadable(BackendError):
    """The answer does not have the documented shape."""

    permanent = True


class StateError(Exception):
    """The state store cannot be reached or refuses to write; never means "it was not written"."""
