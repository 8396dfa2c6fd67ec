"""The figures of the order of attention, each with its definition."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.models.organisation.clocks import ClockRule, IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts
from handlers.analysis.priority import TOP, UNKNOWN
from handlers.commands.incident_prioritize.gather import Sources
from handlers.commands.incident_prioritize.judge import NEAR_HOURS, Group
from handlers.commands.incident_prioritize.verdict import latent, unowned, urgent_clocks
from handlers.commands.incident_prioritize.work import Order
from handlers.core import cells
from handlers.core.book import Book

STRIP = (
    "priority.critical", "priority.high", "priority.clocks", "priority.unowned", "priority.latent",
    "priority.unassessed",
)  # fmt: skip
CLOCK_FILES = (IncidentFacts.FILE, IncidentTriggers.FILE, ClockRule.FILE, RegulatorProfile.FILE)
SCORE = (
    "Score = min(100, 100 × impact/5 × certainty + momentum). Impact 1–5 = {:.2f} function + {:.2f} information + "
    "{:.2f} recoverability + {:.2f} regulatory, of the worst affected service; certainty: confirmed 1, probable 0.7, "
    "suspected 0.5; momentum: 10 each for spreading, privileged and exfiltration, 20 at most. Bands: Critical from 75, "
    "High from 50, Medium from 25. Before any score, in this order: life or safety; a running clock under 24 h (at "
    "least High); confirmed on a crown jewel or tier-0 identity (Critical); a set of ransomware precursors (Critical)."
)  # fmt: skip


def method(found: Order) -> str:
    """The rule with the weights that were used."""
    w = found.weights
    return SCORE.format(w.functional, w.information, w.recoverability, w.regulatory)


def add_all(book: Book, found: Order, sources: Sources) -> None:
    """Counts of groups and how firm their order is; without some source none is not known to be none."""
    groups, rule = found.groups, method(found)
    facts, lacking = _without(sources, IncidentFacts.FILE), _without(sources, *CLOCK_FILES)
    some = _without(sources)
    _count(book, "priority.groups", "Groups", groups, "Open real cases, those that name a same known host or account "
           "(title or incident facts) counted as one group.")  # fmt: skip
    critical, high = found.of("Critical"), found.of("High")
    _count(book, "priority.critical", "Critical", critical, f"Groups of band Critical. {rule}", some)
    _count(book, "priority.high", "High", high, f"Groups of band High. {rule}", some)
    near = urgent_clocks(found)
    _count(book, "priority.clocks", f"Clocks under {NEAR_HOURS:g} h", near,
           "Groups with a running, unfiled regulatory clock (confirmed in a crisis or counted from "
           f"incident_triggers.yaml, else as incident_facts.yaml says) due within {NEAR_HOURS:g} h, overdue ones "
           "included.", lacking)  # fmt: skip
    bare = [one for one in (*critical, *high) if unowned(one)]
    _count(book, "priority.unowned", "Critical or High, no person", bare,
           "Groups of band Critical or High with a case that no person owns.", some)  # fmt: skip
    _count(book, "priority.latent", "Critical if confirmed", latent(found),
           "Groups that are not Critical and would be, were they confirmed: a score of 75, or a crown jewel or tier-0 "
           "identity touched.", some)  # fmt: skip
    _count(book, "priority.unassessed", "Not assessed", [one for one in groups if not one.assessed],
           "Groups without incident facts: rated by what their services' entries stand for, and by "
           f"{UNKNOWN} of 5 where nothing is known.", facts, unknown=bool(facts))  # fmt: skip
    _firmness(book, found, rule)


def _firmness(book: Book, found: Order, rule: str) -> None:
    """The first score, and whether the first ones stay when weights move; without any known rating they cannot."""
    groups = found.groups
    top = found.value(groups[0]) if groups else None
    book.add("priority.top_score", "Score of the first", top, "score", rule, statistic="score", n=len(groups),
             note="" if groups else "no open case", cases=groups[0].ids if groups else None)  # fmt: skip
    why = "" if len(groups) > TOP else f"{len(groups)} groups: an order of the first {TOP} says nothing"
    why = why or ("" if found.rated else "no rating is known, so no weight can move the order")
    book.add(
        "priority.stable", f"First {TOP} hold", None if why else found.firm.unchanged / found.firm.tried, "share",
        f"Share of {found.firm.tried} sets of weights, each weight 20 % up, down or unchanged, summing to 1 "
        f"again, that leave the first {TOP} groups and their order as they are.", n=None if why else found.firm.tried,
        statistic="share", better="higher", note=why,
    )  # fmt: skip


def _without(sources: Sources, *names: str) -> str:
    """ "a.yaml, b.yaml and 2 more"; empty when all of them (or, without names, all) answered."""
    gone = [one for one in sources.lacking if not names or one in names]
    return cells.names(gone, 2)


def _count(  # noqa: PLR0917 - one row of a list
    book: Book,
    figure: str,
    label: str,
    groups: Iterable[Group],
    definition: str,
    missing: str = "",
    unknown: bool = False,
) -> None:
    """`missing`: what it was counted without; then none found is not known to be none. `unknown`: nor is any number."""
    kept = list(groups)
    value = None if unknown or (missing and not kept) else len(kept)
    ids = [] if value is None else [i for one in kept for i in one.ids]
    note = f"{'not known' if value is None else 'counted'} without {missing}" if missing else ""
    book.add(figure, label, value, "count", definition, cases=ids, note=note)
