"""Are runbooks kept up, used and followed, and do they save time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.models.organisation.process import ProcessPolicy, Runbook, RunbookUse
from handlers.analysis.proportions import Share, wilson

PERSONA = (
    "triage_alerts", "prioritize_and_investigate_a_case", "close_duplicate_or_similar_cases", "basic_ioc_enrichment",
    "suspicious_login_triage", "investigate_a_case_w_external_tools", "ioc_containment",
    "compromised_user_account_response", "basic_endpoint_triage_isolation", "phishing_response", "ransomware_response",
    "deep_dive_ioc_analysis", "malware_triage", "guided_ttp_hunt_credential_access",
    "lateral_movement_hunt_psexec_wmi", "advanced_threat_hunting", "detection_rule_validation_tuning",
    "create_an_investigation_report", "report_writing",
)  # fmt: skip
"""The nineteen runbooks that the SOC manager's persona names (google/mcp-security, ai-runbooks, soc_manager.md)."""
MISSPELT = {"investgate_a_case_w_external_tools": "investigate_a_case_w_external_tools"}
"""The persona's own spelling of a file that is called otherwise."""
FEW = 20
"""Fewer cases on either side are too few to call a difference."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Minutes saved per case of a type (negative: it takes longer); `enough` cases on both sides to call it."""

    case_type: str
    used: int
    unused: int
    saved: float | None
    enough: bool


@dataclass(frozen=True, slots=True)
class Health:
    """`age` in days since the last review, None: never reviewed. `use` of the cases it fits, `followed` of a sample."""

    runbook: Runbook
    age: int | None
    limit: int
    use: Share
    followed: Share
    effects: tuple[Effect, ...]

    @property
    def stale(self) -> bool:
        """Not reviewed within its limit, or never."""
        return self.age is None or self.age > self.limit

    def below(self, target: float) -> bool:
        """Surely followed less often than aimed at: even the interval's upper end is below."""
        return self.followed.value is not None and self.followed.high < target

    @property
    def automatable(self) -> Share:
        return wilson(sum(step.automatable for step in self.runbook.steps), len(self.runbook.steps))


def clean(said: str) -> str:
    """A name as typed, with or without folder and ".md", spaces or hyphens, as the catalogue spells it."""
    name = said.strip().rsplit("/", 1)[-1].casefold().removesuffix(".md")
    name = "_".join(name.replace("-", " ").replace("_", " ").split())
    return MISSPELT.get(name, name)


def find(books: Iterable[Runbook], said: str) -> Runbook | None:
    """The runbook of that name or alias."""
    name = clean(said)
    return next((book for book in books if name in {book.id, *(clean(alias) for alias in book.aliases)}), None)


def absent(books: Iterable[Runbook]) -> tuple[str, ...]:
    """Runbooks of the persona that the catalogue lacks."""
    known = {name for book in books for name in (clean(book.id), *(clean(alias) for alias in book.aliases))}
    return tuple(name for name in PERSONA if name not in known)


def health(book: Runbook, uses: Sequence[RunbookUse], policy: ProcessPolicy, today: date) -> Health:
    """One runbook from all its samples. Counts that do not fit (more followed than sampled) are left out."""
    mine = [use for use in uses if clean(use.runbook) in {book.id, *book.aliases}]
    fair = [use for use in mine if use.followed <= use.sampled]
    used, unused = sum(use.used for use in mine), sum(use.unused for use in mine)
    followed = wilson(sum(use.followed for use in fair), sum(use.sampled for use in fair))
    age = None if book.reviewed is None else (today - book.reviewed).days
    effects = tuple(_effect(use) for use in sorted(mine, key=lambda use: (use.case_type, use.period_from)))
    return Health(book, age, book.review_days or policy.stale_days, wilson(used, used + unused), followed, effects)


def _effect(use: RunbookUse) -> Effect:
    both = use.minutes_used is not None and use.minutes_unused is not None
    saved = (use.minutes_unused or 0) - (use.minutes_used or 0) if both else None
    return Effect(use.case_type, use.used, use.unused, saved, min(use.used, use.unused) >= FEW)
