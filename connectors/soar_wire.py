"""What the SOAR's legacy interface writes otherwise than `connectors.case_wire`, and the result of an action.

`secops-soar` passes on whatever its SOAR says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_core import from_json

from connectors import case_wire
from connectors.case_wire import Dated, WireSla, WireWallRecord, case_of
from connectors.models.cases import Case
from connectors.wire import Text, Wire

SUMMARY_KEYS = ("summary", "resultmessage", "outputmessage", "message")
RESULT_KEYS = ("resultjsonobject", "resultjson", "result", "resultvalue")
_LISTS = ("caseAlerts", "alerts", "caseComments", "comments", "cases", "items", "value")


class WireCase(case_wire.WireCase):
    """A case. `id` before `name`: where both stand, the name is a resource path or a title. The legacy interface
    writes a bare state where an object is documented for the SLA.
    """

    name: str = Field(validation_alias=AliasChoices("id", "name"))
    created: Dated = Field(validation_alias=AliasChoices("createTime", "creationTimeUnixTimeInMs"))
    sla: Annotated[WireSla | None, BeforeValidator(lambda value: value if isinstance(value, dict) else None)] = None

    def record(self) -> Case:
        """For the port."""
        return case_of(self)


class WirePage(Wire):
    """One page of list_cases. A list must be there: all cases, closed ones included, are never none."""

    cases: tuple[WireCase, ...] = Field(validation_alias=AliasChoices("cases", "items", "value"))
    following: Text = Field(default="", validation_alias="nextPageToken")
    total: int | None = Field(default=None, validation_alias="totalSize")


class WireCaseAlert(case_wire.WireCaseAlert):
    """An alert inside a case."""

    name: str = Field(validation_alias=AliasChoices("id", "name"))


class WireAlerts(Wire):
    """The alerts of a case."""

    items: tuple[WireCaseAlert, ...]


class WireComments(Wire):
    """The comments of a case."""

    items: tuple[WireWallRecord, ...]


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
