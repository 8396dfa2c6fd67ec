"""What the simulated organisation is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

HISTORY_DAYS = 761
"""25 months: twelve complete periods and the same month of last year."""


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Two simulators with equal settings answer alike, byte for byte.

    `now` is the instant at which the simulated world stands still; naive datetimes are refused.
    `history_days` is how far back cases reach (None: 25 months). `history_row_limit` caps the rows of one
    `case_history` answer (None: no cap; what a tenant's cap is nobody documented).
    """

    now: datetime
    cases: int = 12_000
    seed: int = 7
    history_days: int | None = None
    rules: int = 140
    findings: int = 480
    threat_profiles: int = 4
    token: str = "simulated-token"  # noqa: S105 - opens nothing but the simulator
    gti_key: str = "simulated-gti-key"
    soar_key: str = "simulated-soar-key"
    project_id: str = "soc-simulated"
    customer_id: str = "00000000-0000-4000-8000-00000005ec0c"
    region: str = "eu"
    history_row_limit: int | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now must carry a time zone")
        if self.cases < 1:
            raise ValueError("at least one case is needed")

    @property
    def days(self) -> int:
        return self.history_days or HISTORY_DAYS
