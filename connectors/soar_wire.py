"""The SOAR's own resources, as its legacy interface gives them: cases, alerts, comments, the result of an action.

Both spellings of times and enums are read: hosts differ, and `secops-soar` passes on whatever its SOAR says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_core import from_json

from connectors.models.cases import Case, CaseAlert, Sla, WallRecord
from connectors.wire import Instant, Text, Wire, instant, last_part, priority

SUMMARY_KEYS = ("summary", "resultmessage", "outputmessage", "message")
RESULT_KEYS = ("resultjsonobject", "resultjson", "result", "resultvalue")
_LISTS = ("caseAlerts", "alerts", "caseComments", "comments", "cases", "items", "value")


def _label(value: Any) -> Any:
    """A tag or product is an object with a name, or the bare name."""
    return value.get("displayName") or value.get("name") or value.get("tag") or "" if isinstance(value, dict) else value


Labels = Annotated[
    tuple[Annotated[str, BeforeValidator(_label)], ...], BeforeValidator(lambda value: () if value is None else value)
]


class WireSla(Wire):
    """`expirationTime` -1 or 0: none. The legacy interface writes a bare state where an object is documented."""

    due: Instant = Field(default=None, validation_alias=AliasChoices("expirationTime", "slaExpirationTime"))
    critical: Instant = Field(default=None, validation_alias="criticalExpirationTime")
    state: Text = Field(default="", validation_alias="expirationStatus")


class WireClosure(Wire):
    """Present on reopened cases too: test the status, not its presence."""

    reason: Text = ""
    root_cause: Text = Field(default="", validation_alias="rootCause")
    action: Text = Field(default="", validation_alias="caseClosedAction")


class WireCase(Wire):
    """A case. `id` before `name`: where both stand, the name is a resource path or a title."""

    name: str = Field(validation_alias=AliasChoices("id", "name"))
    title: Text = Field(default="", validation_alias=AliasChoices("displayName", "title"))
    priority: Text = ""
    status: Text = ""
    stage: Text = ""
    created: Annotated[datetime, BeforeValidator(instant)] = Field(
        validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs")
    )
    updated: Instant = Field(default=None, validation_alias=AliasChoices("updateTime", "modificationTimeUnixTimeInMs"))
    assignee: Text = ""
    environment: Text = ""
    type: Text = ""
    alert_count: int | None = Field(default=0, validation_alias="alertCount")
    important: bool | None = False
    incident: bool | None = False
    sla: Annotated[WireSla | None, BeforeValidator(lambda value: value if isinstance(value, dict) else None)] = None
    tags: Labels = ()
    products: Labels = ()
    closure: WireClosure | None = Field(default=None, validation_alias="closureDetails")

    def record(self) -> Case:
        """For the port."""
        status = self.status.lower()
        closure = self.closure if status not in {"", "opened", "open"} else None
        kind = self.type.lower().removeprefix("case_type_")
        return Case(
            id=last_part(self.name),
            title=self.title,
            priority=priority(self.priority),
            status={"open": "opened", "": "opened"}.get(status, status),
            stage=self.stage,
            created_at=self.created,
            updated_at=self.updated or self.created,
            assignee=self.assignee or None,
            environment=self.environment,
            type={"": "real", "unspecified": "real", "simulated": "simulation"}.get(kind, kind),
            alert_count=self.alert_count or 0,
            important=bool(self.important),
            incident=bool(self.incident),
            sla=Sla(self.sla.due, self.sla.critical, self.sla.state) if self.sla else None,
            tags=self.tags,
            products=self.products,
            close_reason=(closure.reason or None) if closure else None,
            root_cause=(closure.root_cause or None) if closure else None,
            close_action=(closure.action or None) if closure else None,
        )


class WirePage(Wire):
    """One page of list_cases. A list must be there: all cases, closed ones included, are never none."""

    cases: tuple[WireCase, ...] = Field(validation_alias=AliasChoices("cases", "items", "value"))
    following: Text = Field(default="", validation_alias="nextPageToken")
    total: int | None = Field(default=None, validation_alias="totalSize")


class WireCaseAlert(Wire):
    """An alert inside a case."""

    name: str = Field(validation_alias=AliasChoices("id", "name"))
    title: Text = Field(default="", validation_alias=AliasChoices("displayName", "title", "ruleGenerator"))
    priority: Text = ""
    created: Instant = Field(default=None, validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs"))
    started: Instant = Field(default=None, validation_alias="startTime")
    rule: Text = Field(default="", validation_alias=AliasChoices("ruleGenerator", "ruleName"))
    product: Text = ""
    identifier: Text = Field(default="", validation_alias=AliasChoices("alertGroupIdentifier", "identifier"))

    def record(self) -> CaseAlert:
        """For the port."""
        number = last_part(self.name)
        return CaseAlert(
            id=number,
            name=self.title,
            priority=priority(self.priority),
            created_at=self.created,
            first_event_at=self.started,
            rule=self.rule,
            product=self.product,
            identifier=self.identifier or number,
        )


class WireComment(Wire):
    """A comment; without a time it cannot be placed and is refused."""

    name: Text = Field(default="", validation_alias=AliasChoices("id", "name"))
    text: Text = Field(default="", validation_alias=AliasChoices("comment", "Comment", "text"))
    at: Annotated[datetime, BeforeValidator(instant)] = Field(
        validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs")
    )
    actor: Text = Field(default="", validation_alias=AliasChoices("user", "creatorUserId", "creatorUser", "author"))

    def record(self) -> WallRecord:
        """For the port."""
        return WallRecord(at=self.at, activity="COMMENT", actor=last_part(self.actor), text=self.text)


class WireAlerts(Wire):
    """The alerts of a case."""

    items: tuple[WireCaseAlert, ...]


class WireComments(Wire):
    """The comments of a case."""

    items: tuple[WireComment, ...]


def listed(part: Any) -> tuple[list[Any], bool] | None:
    """The list in a part of the answer, and whether it is a first page of several; None: it failed or is no list."""
    if isinstance(part, list):
        return part, False
    if isinstance(part, Mapping):
        found = next((part[key] for key in _LISTS if isinstance(part.get(key), list)), None)
        return None if found is None else (found, bool(part.get("nextPageToken")))
    return None


def summary_text(answer: Any, depth: int = 0) -> str:
    """The text of an ExecuteManualAction result, whose shape nobody documents; "" when there is none."""
    if isinstance(answer, str):
        try:
            inside = from_json(answer)
        except ValueError:
            return answer.strip() if depth else ""
        return summary_text(inside, depth + 1) if isinstance(inside, Mapping) else ""
    if not isinstance(answer, Mapping) or depth > 3:
        return ""
    lowered = {str(key).lower(): value for key, value in answer.items()}
    nested = (
        summary_text(lowered[key], depth + 1) for key in RESULT_KEYS if isinstance(lowered.get(key), Mapping | str)
    )
    plain = (lowered[key].strip() for key in SUMMARY_KEYS if isinstance(lowered.get(key), str))
    if isinstance(lowered.get("summary"), str):
        return str(lowered["summary"]).strip()
    return next((text for text in (*nested, *plain) if text), "")
