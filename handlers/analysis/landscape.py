"""Recommended threats judged by what we know of ourselves: who we are, what we detect, what was seen here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.models.alerts import IocMatch, Rule, RuleActivity
from connectors.models.cases import Case
from connectors.models.organisation import ThreatContext
from connectors.models.threats import Recommendation
from handlers.analysis.relevance import Relevance, gap_overlap, matches, relevance

SHORTEST_NAME = 4
"""A threat's name shorter than this is not looked for in texts: it would be found by chance."""


@dataclass(frozen=True, slots=True)
class Ourselves:
    """What is known on our side; None: that source did not answer.

    `detected`: ATT&CK ids of enabled rules. `fired`: those of rules that fired in the last days. `texts`: categories of
    indicator matches, titles and tags of open cases.
    """

    context: ThreatContext | None
    detected: frozenset[str] | None
    fired: frozenset[str] | None
    texts: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Threat:
    """A recommendation once, with all profiles that name it. `relevance` None without a threat context."""

    what: Recommendation
    profiles: tuple[str, ...]
    sector: float | None
    undetected: tuple[str, ...] | None
    named: bool | None
    relevance: Relevance | None


def detected(rules: Iterable[Rule]) -> frozenset[str]:
    """Techniques (exact ids) that at least one rule not switched off names."""
    return frozenset(technique for rule in rules if rule.enabled is not False for technique in rule.techniques)


def fired(rules: Iterable[Rule], activity: Iterable[RuleActivity]) -> frozenset[str]:
    """Techniques of rules that fired; a rule is found by id or by name."""
    active = {one.rule for one in activity if one.count > 0}
    return frozenset(t for rule in rules if rule.id in active or rule.name in active for t in rule.techniques)


def texts(matches_: Iterable[IocMatch] | None, cases: Iterable[Case] | None) -> tuple[str, ...] | None:
    """Where a threat's name is looked for, lower case and single-spaced; None when neither source answered."""
    if matches_ is None and cases is None:
        return None
    found = [category for match in matches_ or () for category in match.categories]
    found += [text for case in cases or () for text in (case.title, *case.tags)]
    return tuple(dict.fromkeys(_plain(text) for text in found))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def named(name: str, where: Sequence[str] | None) -> bool | None:
    """Does the name stand in `texts` as whole words, ignoring case? None when there was nowhere to look."""
    if where is None:
        return None
    plain = _plain(name)
    if len(plain) < SHORTEST_NAME:
        return False
    pattern = re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)")
    return any(plain in text and pattern.search(text) for text in where)


def seen(techniques: Sequence[str], by_name: bool | None, fired_: frozenset[str] | None) -> float | None:
    """1 when it was named here; otherwise the share of its techniques whose rules fired; None when unknown."""
    if by_name:
        return 1.0
    if techniques and fired_ is not None:
        return len(set(techniques) & fired_) / len(set(techniques))
    return None if by_name is None or (techniques and fired_ is None) else 0.0


def judge(what: Recommendation, profiles: Sequence[str], us: Ourselves) -> Threat:
    """One threat with its parts."""
    missing = None if us.detected is None else tuple(sorted(set(what.techniques) - us.detected))
    by_name = named(what.name, us.texts)
    if us.context is None:
        return Threat(what, tuple(profiles), None, missing, by_name, None)
    sector = matches(what.industries, us.context.sectors)
    region = matches(what.regions, us.context.regions)
    gap = gap_overlap(what.techniques, missing)
    score = relevance(us.context, sector, region, gap, seen(what.techniques, by_name, us.fired))
    return Threat(what, tuple(profiles), sector, missing, by_name, score)


def ranked(recommendations: Iterable[Recommendation], us: Ourselves) -> list[Threat]:
    """Each recommended threat once, most relevant first, then by name."""
    profiles: dict[str, list[str]] = {}
    first: dict[str, Recommendation] = {}
    for one in recommendations:
        first.setdefault(one.id, one)
        profiles.setdefault(one.id, []).append(one.profile_id)
    threats = [judge(what, list(dict.fromkeys(profiles[key])), us) for key, what in first.items()]
    return sorted(
        threats, key=lambda t: (-(t.relevance.score if t.relevance else 0.0), t.what.name.casefold(), t.what.id)
    )
