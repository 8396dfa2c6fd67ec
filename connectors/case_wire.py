"""A case and what hangs on it, as Google's interfaces give them: Chronicle's REST and hosted MCP, the SOAR's legacy.

Both spellings of times are read: hosts differ.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_core import from_json

from connectors.models.cases import Case, CaseAlert, Sla, WallRecord
from connectors.wire import Instant, Text, Wire, instant, last_part, priority


def _label(value: Any) -> Any:
    """A tag or product is an object with a name, or the bare name."""
    if isinstance(value, dict):
        return value.get("displayName") or value.get("name") or value.get("tag") or ""
    return value


Labels = Annotated[
    tuple[Annotated[str, BeforeValidator(_label)], ...], BeforeValidator(lambda value: () if value is None else value)
]

Dated = Annotated[datetime, BeforeValidator(instant)]
"""An instant that has to be there."""


class WireSla(Wire):
    """`expirationTime` -1 or 0: none."""

    due: Instant = Field(default=None, validation_alias=AliasChoices("expirationTime", "slaExpirationTime"))
    critical: Instant = Field(default=None, validation_alias="criticalExpirationTime")
    state: Text = Field(default="", validation_alias="expirationStatus")


class WireClosure(Wire):
    """Present on reopened cases too: test the status, not its presence."""

    reason: Text = ""
    root_cause: Text = Field(default="", validation_alias="rootCause")
    action: Text = Field(default="", validation_alias="caseClosedAction")


class WireCase(Wire):
    """A case."""

    name: str = Field(validation_alias=AliasChoices("name", "id"))
    title: Text = Field(default="", validation_alias=AliasChoices("displayName", "title"))
    priority: Text = ""
    status: Text = ""
    stage: Text = ""
    created: Instant = Field(validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs"))
    updated: Instant = Field(default=None, validation_alias=AliasChoices("updateTime", "modificationTimeUnixTimeInMs"))
    assignee: Text = ""
    environment: Text = ""
    type: Text = ""
    alert_count: int | None = Field(default=0, validation_alias="alertCount")
    important: bool | None = False
    incident: bool | None = False
    sla: WireSla | None = None
    tags: Labels = ()
    products: Labels = ()
    closure: WireClosure | None = Field(default=None, validation_alias="closureDetails")
    merged_into: Text = Field(default="", validation_alias=AliasChoices("mergedCaseId", "mergedInto", "parentCaseId"))


class WireCases(Wire):
    """One page of cases."""

    cases: tuple[WireCase, ...] = ()
    total: int | None = Field(default=None, validation_alias="totalSize")


class WireCaseAlert(Wire):
    """An alert inside a case."""

    name: str = Field(validation_alias=AliasChoices("name", "id"))
    title: Text = Field(default="", validation_alias=AliasChoices("displayName", "title", "ruleGenerator"))
    priority: Text = ""
    created: Instant = Field(default=None, validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs"))
    started: Instant = Field(default=None, validation_alias="startTime")
    rule: Text = Field(default="", validation_alias=AliasChoices("ruleGenerator", "ruleName"))
    product: Text = ""
    identifier: Text = Field(default="", validation_alias=AliasChoices("alertGroupIdentifier", "identifier"))

    def record(self) -> CaseAlert:
        """For the port."""
        return CaseAlert(
            id=last_part(self.name),
            name=self.title,
            priority=priority(self.priority),
            created_at=self.created,
            first_event_at=self.started,
            rule=self.rule,
            product=self.product,
            identifier=self.identifier or last_part(self.name),
        )


class WireCaseAlerts(Wire):
    """One page of a case's alerts."""

    items: tuple[WireCaseAlert, ...] = Field(default=(), validation_alias=AliasChoices("caseAlerts", "alerts"))


class WireWallRecord(Wire):
    """A comment or an activity; a record without a time cannot be placed and is refused."""

    at: Dated = Field(validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs"))
    name: Text = ""
    activity: Text = Field(default="", validation_alias=AliasChoices("activityType", "activityKind"))
    actor: Text = Field(default="", validation_alias=AliasChoices("creatorUserId", "user", "creatorUser", "author"))
    comment: Text = Field(default="", validation_alias=AliasChoices("comment", "Comment", "description", "text"))
    data: Text = Field(default="", validation_alias="activityDataJson")

    @property
    def text(self) -> str:
        """The comment; for an activity the one inside `activityDataJson`, or that JSON as it is."""
        if self.comment or not self.data:
            return self.comment
        try:
            inside = from_json(self.data)
        except ValueError:
            return self.data
        said = inside.get("comment") or inside.get("description") if isinstance(inside, dict) else None
        return said if isinstance(said, str) else self.data

    def record(self) -> WallRecord:
        """For the port."""
        return WallRecord(at=self.at, activity=self.activity or "COMMENT", actor=last_part(self.actor), text=self.text)


class WireWall(Wire):
    """One page of comments or of wall records."""

    items: tuple[WireWallRecord, ...] = Field(
        default=(), validation_alias=AliasChoices("caseWallRecords", "caseComments", "comments")
    )


def case_of(wire: WireCase, url: str = "") -> Case:
    """A case for the port. ValueError when it has no creation time: no window could hold it."""
    if wire.created is None:
        raise ValueError("a case without a creation time")
    number, status = last_part(wire.name), wire.status.lower()
    closure = wire.closure if status not in {"", "opened", "open"} else None
    kind = wire.type.lower().removeprefix("case_type_")
    return Case(
        id=number,
        title=wire.title,
        priority=priority(wire.priority),
        status={"open": "opened", "": "opened"}.get(status, status),
        stage=wire.stage,
        created_at=wire.created,
        updated_at=wire.updated or wire.created,
        assignee=wire.assignee or None,
        environment=wire.environment,
        type={"": "real", "unspecified": "real", "simulated": "simulation"}.get(kind, kind),
        alert_count=wire.alert_count or 0,
        important=bool(wire.important),
        incident=bool(wire.incident),
        sla=Sla(wire.sla.due, wire.sla.critical, wire.sla.state) if wire.sla else None,
        tags=wire.tags,
        products=wire.products,
        close_reason=(closure.reason or None) if closure else None,
        root_cause=(closure.root_cause or None) if closure else None,
        close_action=(closure.action or None) if closure else None,
        merged_into=last_part(wire.merged_into) or None,
        url=f"{url}/{number}" if url else None,
    )
