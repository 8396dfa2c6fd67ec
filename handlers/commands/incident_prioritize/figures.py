"""The figures of the order of attention, each with its definition."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.analysis.priority import TOP, UNKNOWN
from handlers.commands.incident_prioritize.judge import NEAR_HOURS, Group
from handlers.commands.incident_prioritize.verdict import latent, unowned, urgent_clocks
from handlers.commands.incident_prioritize.work import Order
from handlers.core.book import Book

STRIP = (
    "priority.critical", "priority.high", "priority.clocks", "priority.unowned", "priority.latent",
    "priority.unassessed",
)  # fmt: skip
SCORE = (
    "Score = min(100, 100 × impact/5 × certainty + momentum). Impact 1–5 = {:.2f} function + {:.2f} information + "
    "{:.2f} recoverability + {:.2f} regulatory, of the worst affected service; certainty: confirmed 1, probable 0.7, "
    "suspected 0.5; momentum: 10 each for spreading, privileged and exfiltration, 20 at most. Bands: Critical from 75, "
    "High from 50, Medium from 25. Before any score, in this order: life or safety; a running clock under 24 h (at "
    "least High); confirmed on a crown jewel or tier-0 identity (Critical); a set of ransomware precursors (Critical)."
)  # fmt: skip


NO_FACTS = "incident_facts.yaml could not be read"


def method(found: Order) -> str:
    """The rule with the weights that were used."""
    w = found.weights
    return SCORE.format(w.functional, w.information, w.recoverability, w.regulatory)


def add_all(book: Book, found: Order, facts: bool, lacking: str) -> None:
    """Counts of groups and how firm their order is. `facts`: the incident facts could be read.

    `lacking`: why some clocks are not known.
    """
    groups, rule = found.groups, method(found)
    _count(book, "priority.groups", "Groups", groups, "Open real cases, those that name a same known host or account "
           "(title or incident facts) counted as one group.")  # fmt: skip
    _count(book, "priority.critical", "Critical", found.of("Critical"), f"Groups of band Critical. {rule}")
    _count(book, "priority.high", "High", found.of("High"), f"Groups of band High. {rule}")
    near = urgent_clocks(found)
    _count(book, "priority.clocks", f"Clocks under {NEAR_HOURS:g} h", near,
           "Groups with a running, unfiled regulatory clock (counted from incident_triggers.yaml, else as "
           f"incident_facts.yaml says) due within {NEAR_HOURS:g} h, overdue ones included.",
           "" if near else lacking)  # fmt: skip
    bare = [one for one in (*found.of("Critical"), *found.of("High")) if unowned(one)]
    _count(book, "priority.unowned", "Critical or High, no person", bare,
           "Groups of band Critical or High with a case that no person owns.")  # fmt: skip
    _count(book, "priority.latent", "Critical if confirmed", latent(found),
           "Groups that are not Critical and would be, were they confirmed: a score of 75, or a crown jewel or tier-0 "
           "identity touched.")  # fmt: skip
    _count(book, "priority.unassessed", "Not assessed", [one for one in groups if not one.assessed],
           "Groups without incident facts: rated by what their services' entries stand for, and by "
           f"{UNKNOWN} of 5 where nothing is known.", NO_FACTS if not facts else "")  # fmt: skip
    top = found.value(groups[0]) if groups else None
    book.add("priority.top_score", "Score of the first", top, "score", rule, statistic="score", n=len(groups),
             note="" if groups else "no open case", cases=groups[0].ids if groups else None)  # fmt: skip
    enough = len(groups) > TOP
    book.add(
        "priority.stable", f"First {TOP} hold", found.firm.unchanged / found.firm.tried if enough else None, "share",
        f"Share of {found.firm.tried} sets of weights, each weight 20 % up, down or unchanged, summing to 1 "
        f"again, that leave the first {TOP} groups and their order as they are.", n=found.firm.tried, statistic="share",
        better="higher", note="" if enough else f"{len(groups)} groups: an order of the first {TOP} says nothing",
    )  # fmt: skip


def _count(  # noqa: PLR0917 - one row of a list
    book: Book, figure: str, label: str, groups: Iterable[Group], definition: str, missing: str = ""
) -> None:
    """`missing`: why the number is not known."""
    kept = list(groups)
    value = None if missing else len(kept)
    ids = [] if missing else [i for one in kept for i in one.ids]
    book.add(figure, label, value, "count", definition, cases=ids, note=missing)
