"""What `secops-soar` adds to the SOAR's own resources (`connectors.soar_wire`): a case in full, in one answer."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field

from connectors.wire import Wire


class WireFull(Wire):
    """get_case_full_details. Its first key carries a colon by mistake, so that both spellings are read."""

    case: dict[str, Any] | None = Field(default=None, validation_alias=AliasChoices("case_details:", "case_details"))
    alerts: Any = Field(default=None, validation_alias="case_alerts")
    comments: Any = Field(default=None, validation_alias="case_comments")
