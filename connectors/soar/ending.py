"""The end of the legacy interface, said wherever something still rests on it."""

from __future__ import annotations

from datetime import date, datetime

from connectors.errors import NotConfigured

LAST_DAY = date(2027, 3, 31)
"""docs.cloud.google.com/chronicle/docs/soar/reference/working-with-chronicle-soar-apis, read in November 2026: "fully
non-functional on March 31, 2027"; earlier versions of the page named earlier days."""

MOVE = "set CHRONICLE_PROJECT_ID, CHRONICLE_CUSTOMER_ID and SECOPS_SA_PATH once the tenant's cases have moved"


def ending(now: datetime) -> str:
    """One sentence with the days that are left."""
    left = (LAST_DAY - now.date()).days
    when = f"ends on {LAST_DAY:%d %B %Y}, in {left} days" if left > 0 else f"ended on {LAST_DAY:%d %B %Y}"
    return f"The SOAR's legacy interface (SOAR_URL) {when}: {MOVE}."


class NotOverLegacy(NotConfigured):
    """The port asks for what the legacy interface is not known to give."""

    def __init__(self, backend: str, what: str) -> None:
        super().__init__(backend, f"cannot give {what}: not available over the SOAR's legacy interface; {MOVE}")
