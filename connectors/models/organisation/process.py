"""How work is done: runbooks, hunts, steps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors.models.organisation.people import Technique
from connectors.models.organisation.record import Record


class ProcessPolicy(Record):
    """The assumptions that processes are judged by; each is printed with the result."""

    FILE = "process.yaml"
    PURPOSE = "what processes are judged by"
    ONE = True

    stale_days: int = Field(default=180, ge=1, description="a runbook not reviewed for longer is stale")
    hours_per_fte_month: float = Field(default=140, gt=0)
    effort_share: float = Field(default=0.8, gt=0, le=1, description="types of work listed until they make this share")
    adherence_target: float = Field(default=0.9, gt=0, le=1)
    open_loops: float = Field(
        default=0.1, ge=0, le=1, description="share of cases with rework that calls for attention"
    )
    hunts_per_quarter: int = Field(default=3, ge=0)
    handover_minutes: int = Field(
        default=60, ge=1, description="a shift that ends so soon after another begins hands over to it"
    )
    accept_minutes: int = Field(default=30, ge=0, description="after the change, until the handover must be accepted")


class RunbookStep(BaseModel):
    """One step. `mark` is how the case history shows it was done; without one nobody can see it there.

    `owner`: a human owned the case; `stage:NAME`: it entered that stage; `contained`, `closed`; `root_cause`: one was
    recorded when it was closed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str
    text: str
    mandatory: bool = True
    automatable: bool = False
    mark: str | None = Field(default=None, pattern=r"^(owner|contained|closed|root_cause|stage:\S.*)$")


class Runbook(Record):
    """A runbook of the catalogue. `case_types` are types of handling_times.yaml."""

    FILE = "runbooks.yaml"
    PURPOSE = "the catalogue of runbooks"

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    file: str
    category: Literal["triage", "response", "analysis", "reporting"]
    owner: str | None = None
    version: str = ""
    reviewed: date | None = None
    review_days: int | None = Field(default=None, ge=1, description="own limit instead of the policy's")
    aliases: tuple[str, ...] = ()
    case_types: tuple[str, ...] = ()
    steps: tuple[RunbookStep, ...] = ()


class RunbookUse(Record):
    """A quality sample: cases of a type in a period, worked with and without the runbook.

    Minutes are hands-on medians; `followed` of the `sampled` cases did every mandatory step.
    """

    FILE = "runbook_uses.yaml"
    PURPOSE = "how often runbooks are used and followed"

    runbook: str
    case_type: str
    period_from: date
    period_to: date
    used: int = Field(ge=0)
    unused: int = Field(default=0, ge=0)
    sampled: int = Field(default=0, ge=0)
    followed: int = Field(default=0, ge=0)
    minutes_used: float | None = Field(default=None, gt=0)
    minutes_unused: float | None = Field(default=None, gt=0)


class Automation(Record):
    """Something that could be automated. What is left out is measured: volume from the case ledger, minutes from
    handling_times.yaml, failures from playbook_runs.yaml.
    """

    FILE = "automations.yaml"
    PURPOSE = "what could be automated"

    id: str
    title: str
    case_type: str
    share: float = Field(ge=0, le=1, description="part of the handling that can be automated")
    failure: float | None = Field(default=None, ge=0, le=1, description="share of runs that fail; measured if left out")
    minutes: float | None = Field(default=None, gt=0)
    volume_per_month: float | None = Field(default=None, ge=0)
    build_hours: float = Field(ge=0)
    run_hours_per_month: float = Field(default=0, ge=0)
    spread: float = Field(default=0.2, ge=0, lt=1, description="how far the estimate may be off, both ways")
    action: Literal["read-only", "reversible", "irreversible"]
    runbook: str | None = None
    playbook: str | None = None
    prerequisites: tuple[str, ...] = ()
    owner: str | None = None
    status: Literal["idea", "planned", "building", "live"] = "idea"


class PlaybookRun(Record):
    """Runs of a playbook in a period, and how many failed."""

    FILE = "playbook_runs.yaml"
    PURPOSE = "how often playbooks run and fail"

    playbook: str
    period_from: date
    period_to: date
    runs: int = Field(ge=0)
    failed: int = Field(ge=0)


class Hunt(Record):
    """A threat hunt: what was asked, what came of it. Overseen here, never started from here."""

    FILE = "hunts.yaml"
    PURPOSE = "planned and finished threat hunts"

    id: str
    title: str
    hypothesis: str
    techniques: tuple[Technique, ...] = ()
    runbook: str | None = None
    owner: str
    status: Literal["planned", "running", "done", "dropped"]
    due: date
    finished: date | None = None
    hours: float = Field(default=0, ge=0)
    cases: tuple[str, ...] = Field(default=(), description="cases that the hunt opened")
    rules_made: int = Field(default=0, ge=0)
    gaps: tuple[str, ...] = Field(default=(), description="data that was missing")
    result: str = ""


class HandoverNote(Record):
    """Something the next shifts must know until it ends."""

    FILE = "handover_notes.yaml"
    PURPOSE = "what the next shift must know"

    id: str
    kind: Literal["watch", "action", "change", "outage"]
    text: str
    since: datetime
    until: datetime | None = None
    owner: str
    cases: tuple[str, ...] = ()
