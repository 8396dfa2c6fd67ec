"""The choosing of vendors: selections, candidates, scores, proofs of concept, and how a vendor has served."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from connectors.models.organisation.record import Record

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 code."""


class Selection(Record):
    """A choice between vendors. `weights_from`: pairwise comparisons (row over column, 1 to 9) give the weights."""

    FILE = "selections.yaml"
    PURPOSE = "choices between vendors that are running"

    id: str
    title: str
    product: str
    """The contract that it would renew or replace, by its product."""
    owner: str
    pairwise: tuple[tuple[float, ...], ...] = ()
    """In the order of the criteria; empty: the criteria's own weights."""
    raters: tuple[str, ...] = Field(min_length=1)
    stage: str = ""
    """The stage it is in, by its name in the stages file."""
    price_opened: date | None = None
    """The day the raters saw prices; scores given from then on are flagged."""
    years: int = Field(default=3, ge=1, le=10)
    negotiation_days: int = Field(default=90, ge=0)


class SelectionStage(Record):
    """A stage on the way to an award; `days` it takes."""

    FILE = "selection_stages.yaml"
    PURPOSE = "stages of a selection and how long each takes"

    name: str
    days: int = Field(gt=0)
    gate: str


class Criterion(Record):
    """What is judged. `scores`: the raters' mean; `measured`, `tco`: the candidate's own values."""

    FILE = "vendor_criteria.yaml"
    PURPOSE = "criteria and weights of selections"

    selection: str
    id: str
    name: str
    weight: float = Field(gt=0, le=1)
    better: Literal["higher", "lower"] = "higher"
    basis: Literal["scores", "measured", "tco"] = "scores"
    scale: str = ""


class Candidate(Record):
    """A vendor in a selection, with must-haves and the parts of its cost over the selection's years."""

    FILE = "vendor_candidates.yaml"
    PURPOSE = "candidates of selections, must-haves and costs"

    selection: str
    name: str
    incumbent: bool = False
    musts: dict[str, bool | None] = Field(default_factory=dict)
    """Must-have → met; null is not yet known."""
    measured: dict[str, float] = Field(default_factory=dict)
    """Criterion → value that was measured, not scored."""
    licence: float = Field(ge=0)
    ingest: float = Field(default=0, ge=0)
    people: float = Field(default=0, ge=0)
    migration: float = Field(default=0, ge=0)
    exit: float = Field(default=0, ge=0)
    currency: Currency


class Score(Record):
    """One rater's score of one criterion, with its evidence. Shown together only when all raters are in."""

    FILE = "vendor_scores.yaml"
    PURPOSE = "raters' scores of candidates"

    selection: str
    candidate: str
    criterion: str
    rater: str
    value: float
    at: date
    evidence: str = ""


class PocPlan(Record):
    """A proof of concept: what must hold to enter and to pass, fixed before it starts."""

    FILE = "poc_plan.yaml"
    PURPOSE = "the proof of concept's start, criteria and roles"

    selection: str
    start: date
    days: int = Field(default=30, gt=0)
    fixed: date | None = None
    """The day entry and exit criteria were agreed."""
    entry: tuple[str, ...] = ()
    exit: tuple[str, ...] = ()
    kill: tuple[str, ...] = ()
    roles: dict[str, str] = Field(default_factory=dict)
    data_signed_off: date | None = None
    """Data-protection sign-off."""
    same_data: bool = False


class PocTest(Record):
    """A test case, tied to a detection gap; `results` by candidate: minutes to detect, null for not detected."""

    FILE = "poc_tests.yaml"
    PURPOSE = "test cases of the proof of concept and their results"

    selection: str
    id: str
    title: str
    gap: str
    technique: str = ""
    results: dict[str, float | None] = Field(default_factory=dict)


class PocMeasure(Record):
    """What the proof of concept measured of a candidate besides detection."""

    FILE = "poc_measures.yaml"
    PURPOSE = "what the proof of concept measured"

    selection: str
    candidate: str
    false_positives_per_day: float | None = Field(default=None, ge=0)
    analyst_minutes: float | None = Field(default=None, ge=0)
    ingest_delay_seconds: float | None = Field(default=None, ge=0)
    integration_hours: float | None = Field(default=None, ge=0)


class VendorTicket(Record):
    """A support ticket; `promised_hours` to the first answer."""

    FILE = "vendor_tickets.yaml"
    PURPOSE = "support tickets with vendors"

    id: str
    product: str
    opened: datetime
    answered: datetime | None = None
    promised_hours: float = Field(gt=0)
    severity: Literal["critical", "high", "medium", "low"]


class VendorOutage(Record):
    """A time in which a product did not work."""

    FILE = "vendor_outages.yaml"
    PURPOSE = "outages of vendors' products"

    product: str
    start: datetime
    end: datetime | None = None


class RfiSection(Record):
    """A section of the question bank. Answers 0 to 4, each with evidence."""

    FILE = "rfi_sections.yaml"
    PURPOSE = "the question bank's sections"
    SHIPPED = True

    id: str
    title: str
    asks: tuple[str, ...]
    source: str
    confidence: str
    status: str = ""
    checked: date | None = Field(default=None, description="not given: compared with no standard")
