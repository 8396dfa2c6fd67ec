"""Which promises there are to judge by: without one there is no SLA figure, only the reason."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.analysis.scorecard import SLA_METRICS
from handlers.commands.metrics_soc.work import Numbers, Sources
from handlers.core.fetch import rows


def unpromised(numbers: Numbers, sources: Sources) -> Mapping[str, str]:
    """By promise (`resolve`, `acknowledge`): why it cannot be judged, empty where it can."""
    return {metric: _why(metric, numbers, sources) for metric in SLA_METRICS}


def _why(metric: str, numbers: Numbers, sources: Sources) -> str:
    if not sources.policies.ok:
        return "sla.yaml is missing, not filled in or could not be read"
    if any(policy.metric == metric for policy in numbers.rules.policies):
        return ""
    if any(policy.metric == metric for policy in rows(sources.policies)):
        return f"the promises to {metric} in sla.yaml need a business calendar that calendars.yaml does not give"
    return f"sla.yaml holds no promise to {metric}"


def complaints(numbers: Numbers, sources: Sources) -> list[str]:
    """A sentence for each promise that a readable sla.yaml does not make; a file that failed has its own notice."""
    if not sources.policies.ok:
        return []
    found = unpromised(numbers, sources)
    return [f"No figure of the SLA to {metric}: {why}." for metric, why in found.items() if why]
