"""What others publish about themselves, and what peers have told us."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from connectors.models.organisation.record import Record

When = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$", description="a year or a month: 2025, 2024-11")]
Metric = Literal["dwell", "mttd", "mtta", "mttc", "mttr", "sla.resolve"]
"""Own metrics that can be compared; durations are those of the default preset, `sla.resolve` is promises kept."""
Unit = Literal["seconds", "share", "count", "USD"]
Percent = Annotated[float, Field(gt=0, lt=100)]


class Benchmark(Record):
    """One published number. `comparable_with`: our metric of the same definition, population and statistic, else
    context-only; `not_with`: our metrics it is easily mistaken for, and why they differ.

    `value` None: the edition is known to exist and its number is not. `data_to` is the last day of data by year or
    month, `published` the report's; both may be unknown. `quantiles`: percent → value.
    """

    FILE: ClassVar[str] = "benchmarks.yaml"
    PURPOSE: ClassVar[str] = "what others publish about detection and response"
    SHIPPED: ClassVar[bool] = True

    id: str
    series: str
    metric_name: str
    value: float | None = None
    quantiles: dict[Percent, float] = Field(default_factory=dict)
    unit: Unit
    statistic: Literal["median", "mean", "share", "minimum", "quartile", "count", "target"]
    population: str
    n: int | None = Field(default=None, gt=0)
    region: str = "global"
    sector: str = "all"
    data_from: When | None = None
    data_to: When | None = None
    published: When | None = None
    publisher: str
    title: str
    url: str = ""
    licence_note: str = "facts quoted only"
    evidence: Literal["V", "S", "S1", "K", "own", "none"]
    status: str = Field(default="", description="how the row stands: published, a draft, withdrawn")
    comparable_with: Metric | Literal["context-only"] = "context-only"
    not_with: dict[Metric, str] = Field(default_factory=dict)
    vendor_survey: bool = False
    sample_changed: bool = Field(default=False, description="not the sample of the edition before: no trend")
    caveat: str = ""
    last_checked: date | None = Field(default=None, description="not given: never compared with the edition")
    stale_after: date

    @model_validator(mode="after")
    def _rises(self) -> Benchmark:
        values = [value for _, value in sorted(self.quantiles.items())]
        if values != sorted(values):
            raise ValueError("quantiles must not fall as the percent rises")
        return self


class OwnBenchmark(Benchmark):
    """A number that the organisation got itself (a sharing circle, a study it bought); beside the product's own."""

    FILE: ClassVar[str] = "own_benchmarks.yaml"
    PURPOSE: ClassVar[str] = "benchmarks that the organisation got itself"
    SHIPPED: ClassVar[bool] = False


class Breach(Record):
    """A confirmed breach of our own. `dwell_days`: from the first evidence of compromise to its detection."""

    FILE: ClassVar[str] = "breaches.yaml"
    PURPOSE: ClassVar[str] = "our own confirmed breaches and how long they went unseen"

    id: str
    detected: date
    dwell_days: float | None = Field(default=None, ge=0)
    note: str = ""


class PeerValue(Record):
    """What one peer, under a neutral label, told about one metric: the same definition and statistic as ours."""

    FILE: ClassVar[str] = "peers.yaml"
    PURPOSE: ClassVar[str] = "what peers told about the same measures"

    peer: str
    metric: Metric
    value: float = Field(ge=0, description="seconds, or a share from 0 to 1")
    statistic: Literal["median", "share"]
    year: int = Field(ge=2000, le=2100)
    sector: str
    region: str
    size: Literal["small", "medium", "large"]
    source: str
