"""Who must be told what: stakeholders, and the facts of the matter that is spoken about."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from connectors.models.organisation.record import Record

Audience = Literal[
    "executive", "board", "legal", "it", "customers", "regulators", "media", "technical-team",
    "employees", "vendors", "law-enforcement",
]  # fmt: skip
Kind = Literal[
    "status", "effect", "affected", "data", "jurisdiction", "contract", "evidence", "action", "advice", "unknown",
    "option", "task", "window", "rollback", "scope", "ttp", "indicator", "hypothesis", "cause", "attribution",
]  # fmt: skip
"""What a fact is about; each audience reads some kinds only."""
State = Literal["confirmed", "probable", "suspected", "refuted"]
_PLACE = re.compile(r"\{([a-z_]+)\}")


class LetterTemplate(Record):
    """The organisation's own words for crisis messages to an audience: `FILE` is a folder, one AUDIENCE.j2 each."""

    FILE: ClassVar[str] = "templates/stakeholder"
    PURPOSE: ClassVar[str] = "own templates for messages of a crisis"
    # Lines keep their numbers, which errors name.
    model_config = ConfigDict(str_strip_whitespace=False)

    audience: Audience
    text: str


class Stakeholder(Record):
    """An audience as this organisation reaches it. `approvers`: roles that must approve, in order."""

    FILE: ClassVar[str] = "stakeholders.yaml"
    PURPOSE: ClassVar[str] = "who must be told what, where, and who approves it"

    id: str
    audience: Audience
    name: str
    channel: str
    approvers: tuple[str, ...] = ()
    persons: tuple[str, ...] = Field(
        default=(), description="persons of the access file who are written to directly by `crisis send --to AUDIENCE`"
    )
    contact: str = Field(default="", description="whom readers may ask, as a role or a mailbox")
    every_minutes: int | None = Field(default=None, gt=0, description="how often they are told while a matter is open")
    languages: tuple[str, ...] = ("en",)
    external_guests: bool | None = Field(default=None, description="does the channel have members from outside")


class Fact(Record):
    """One thing that is known or not. `{name}` in the text stands for a number of `numbers`, so that it can be rounded.

    `audiences` empty: everybody whose message takes its kind; else need to know.
    """

    id: str
    kind: Kind
    text: str
    state: State
    confidence: Literal["high", "moderate", "low"] | None = None
    at: AwareDatetime
    by: str = Field(default="", description="who established it, as a role")
    numbers: dict[str, float] = Field(default_factory=dict)
    cases: tuple[str, ...] = ()
    audiences: tuple[Audience, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> Fact:
        if set(_PLACE.findall(self.text)) != set(self.numbers):
            raise ValueError("the names in braces in the text and in numbers must be the same")
        return self


class Matter(Record):
    """What is being spoken about; `id` is that of incidents.yaml and incident_triggers.yaml where it stands there."""

    FILE: ClassVar[str] = "matters.yaml"
    PURPOSE: ClassVar[str] = "the matters spoken about and their facts with confirmation states"

    id: str
    title: str
    plain_title: str = Field(description="as readers outside may see it: no names, no jargon")
    since: AwareDatetime
    closed: bool = False
    next_update: AwareDatetime | None = None
    over_by: AwareDatetime | None = Field(default=None, description="when it is expected to be over")
    cost: float | None = Field(default=None, ge=0)
    currency: str = "EUR"
    privileged: bool = Field(default=False, description="counsel directed that legal messages are labelled privileged")
    fresh_hours: float = Field(default=24, gt=0, description="an older fact is said to be old")
    asks: dict[Audience, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    recommendation: str = ""
    contact: str = ""
    decide_by: date | None = None
    facts: tuple[Fact, ...] = Field(min_length=1)
