"""How this organisation runs a major incident: levels, times, who is called in, who approves, what is never said."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from connectors.models.organisation.record import Record

CrisisRole = Literal[
    "commander", "deputy", "operations", "planning", "scribe", "communications", "legal", "business", "logistics",
    "sponsor",
]  # fmt: skip


Tier = Annotated[int, Field(ge=1, le=3)]
"""Severity: SEV1 is the worst."""


class Level(Record):
    """One severity: what makes it, by when a commander is in place, how often whom is told (minutes)."""

    tier: Tier
    criteria: tuple[str, ...] = Field(min_length=1)
    commander_minutes: float | None = Field(default=None, gt=0)
    technical_minutes: float | None = Field(default=None, gt=0)
    executive_minutes: float | None = Field(default=None, gt=0)


class CrisisPolicy(Record):
    """The levels' times are this product's defaults, not a standard, until the organisation sets its own."""

    FILE = "crisis.yaml"
    PURPOSE = "how a major incident is run: levels, times, roles, approvers, exit criteria"
    ONE = True
    SHIPPED = True

    levels: tuple[Level, ...] = Field(min_length=1)
    roles_needed: tuple[CrisisRole, ...] = ("commander", "operations", "scribe", "communications")
    unfilled_minutes: float = Field(default=10, gt=0, description="an unfilled role is called out after so long")
    silent_minutes: float = Field(default=20, gt=0, description="a commander who says nothing is asked after so long")
    relief_hours: float = Field(default=8, gt=0, description="whoever holds a role longer needs relief")
    span_of_control: int = Field(default=7, ge=1, description="open tasks of one owner, at most")
    code_names: tuple[str, ...] = Field(min_length=1, description="names given in turn; they say nothing")
    bridge: str = Field(default="", description="the call to join, as people find it")
    out_of_band: str = Field(default="", description="where to meet when the chat itself may be compromised")
    tlp: Literal["green", "amber", "amber+strict", "red"] = "amber+strict"
    called_in: tuple[str, ...] = Field(default=(), description="persons of the access file invited at once")
    approvers: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="approver as in stakeholders.yaml: persons of the access file who may be it"
    )
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="names for `crisis ask --to`: persons of the access file"
    )
    exit_criteria: tuple[str, ...] = Field(min_length=1)
    do_not_say: tuple[str, ...] = ()
    spokesperson: str = Field(default="", description="the one who speaks to the media, as a role")
    dark_site: str = Field(default="", description="the page for readers when the normal one is down")
    # Of the file, not of a crisis: the policy is written into every crisis's record, and these stay out of it.
    source: str = Field(default="", exclude=True)
    status: str = Field(default="", exclude=True)
    confidence: str = Field(default="", exclude=True)
    checked: date | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _levels(self) -> CrisisPolicy:
        if len({level.tier for level in self.levels}) != len(self.levels):
            raise ValueError("each tier stands once in levels")
        return self


class Inject(Record):
    """Something that happens in a drill, so many minutes after its start."""

    after_minutes: float = Field(ge=0)
    text: str
    expects: str = Field(default="", description="the command a good team types next, e.g. crisis contain")


class Drill(Record):
    """A scenario to practise with; every fact in it is made up."""

    FILE = "drills.yaml"
    PURPOSE = "scenarios to practise with"
    SHIPPED = True

    name: str
    title: str
    tier: Tier
    source: str = ""
    status: str = ""
    confidence: str = ""
    checked: date | None = None
    injects: tuple[Inject, ...] = Field(min_length=1)
