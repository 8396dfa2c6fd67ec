"""One case, found by the number a person typed: what the case commands share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from connectors.errors import Absent
from connectors.models.cases import CaseDetail
from handlers.core.errors import NotFound
from handlers.core.soc import Soc

DESK = "Case desk"


def _number(text: str) -> str:
    number = text.removeprefix("#")
    if not number or len(number) > 64 or not all(ch.isascii() and (ch.isalnum() or ch in "-_") for ch in number):
        raise ValueError("a case id has letters, digits, hyphens and underscores only")
    return number


CaseId = Annotated[str, AfterValidator(_number)]
"""A case's number as the desk shows it, with or without "#"."""


async def detail(soc: Soc, case_id: str) -> CaseDetail:
    """The case; NotFound when the desk has none of that number, BackendError when the desk fails."""
    try:
        return await soc.cases.case(case_id)
    except Absent:
        raise missing(case_id) from None


def missing(case_id: str) -> NotFound:
    """What is said of a case that the desk does not have."""
    return NotFound(f"The case desk has no case {case_id}.", "`case list` shows the open ones.", ("case list",))
