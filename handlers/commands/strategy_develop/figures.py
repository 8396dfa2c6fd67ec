"""The roadmap's figures, each with its definition."""

from __future__ import annotations

from connectors.models.organisation import Contract
from handlers.analysis.certificates import by_currency
from handlers.analysis.maturity import largest_gap
from handlers.commands.strategy_develop.work import Inputs, Roadmap, Strategy
from handlers.core.book import Book, files
from handlers.core.fetch import rows as contracts


def add_all(book: Book, inputs: Inputs, found: Strategy, technology: bool, planned: bool) -> None:
    """`maturity.*` and `roadmap.*` when `planned`, `tools.*` when technology was asked for."""
    if planned and found.maturity:
        _maturity(book.over(None, *files(inputs.scores, inputs.policy)), found)
    if planned and found.road is not None and not found.road.circle:
        used = files(inputs.initiatives, inputs.capacity, inputs.policy)
        _roadmap(book.over(None, *used), inputs, found.road)
    if technology and found.tools is not None:
        _tools(book.over(None, *files(inputs.tools, inputs.contracts)), inputs, found)


def _maturity(book: Book, found: Strategy) -> None:
    rows = found.maturity or ()
    aspects = sum(one.aspects for one in rows)
    book.add("maturity.score", "Maturity, all domains", found.overall, "score",
             "Mean of the domains' scores (0 to 5, own assessment) by the weights of strategy.yaml.", n=len(rows),
             statistic="mean", better="higher")  # fmt: skip
    for one in rows:
        target = {"target": round(one.target, 9)} if f"maturity.{one.domain}.score" not in book.targets else {}
        book.add(f"maturity.{one.domain}.score", f"Maturity, {one.domain}", one.score, "score",
                 "Importance-weighted mean of the domain's aspects, 0 to 5, own assessment.", n=one.aspects,
                 statistic="mean", better="higher", **target)  # fmt: skip
    worst = largest_gap(rows)
    book.add("maturity.gap.max", "Largest maturity gap", worst.gap if worst else 0, "score",
             f"Target less score of the domain furthest below its target ({worst.domain if worst else 'none'}).",
             n=len(rows), statistic="max", better="lower")  # fmt: skip
    book.add("maturity.unproven.count", "Scores without evidence", sum(len(one.unproven) for one in rows), "count",
             "Aspects scored 3 or more that name no evidence.", n=aspects, better="lower")  # fmt: skip


def _roadmap(book: Book, inputs: Inputs, road: Roadmap) -> None:
    unit = inputs.rules.effort_unit
    book.add("roadmap.items.count", "Initiatives planned", len(road.inside), "count",
             "Initiatives that are neither done nor dropped and end within the quarters of capacity.yaml.",
             n=len(road.placed) + len(road.blocked))  # fmt: skip
    effort = sum(one.end - one.start for one in road.placed)
    total = road.quarters[-1].end if road.quarters else 0.0
    book.add("roadmap.load.share", "Effort wanted of capacity", effort / total if total else None, "share",
             f"Effort left of all initiatives in order, over the capacity of {len(road.quarters)} quarters ({unit}).",
             n=len(road.placed), statistic="share", note="" if total else "no capacity ahead is on file")  # fmt: skip
    book.add("roadmap.critical.effort", f"Critical path, {unit}", road.path_effort, "score",
             f"Effort ({unit}) of the longest chain of initiatives that wait for one another.", n=len(road.path),
             statistic="sum")  # fmt: skip
    for name, label, items, words in (
        ("roadmap.cost.sum", "Cost of the roadmap", [road.by_id[one.id] for one in road.inside],
         "Cost on file of the initiatives that end within the horizon."),
        ("roadmap.unfunded.sum", "Not funded", list(road.unfunded), "Of that, what names no budget line."),
    ):  # fmt: skip
        costs = by_currency((one.cost, one.currency) for one in items)
        if len(costs) == 1:
            (currency, cost), *_ = costs.items()
            book.add(name, label, cost, "money", words, n=len(items), statistic="sum", currency=currency)


def _tools(book: Book, inputs: Inputs, found: Strategy) -> None:
    rows = found.tools or ()
    known = inputs.contracts is not None and inputs.contracts.ok
    running = [one for one in contracts(inputs.contracts) if one.start <= found.today <= one.end]
    dated = sum(one.days is not None for one in rows)
    book.add("tools.unsupported.count", "Tools past support", sum(one.unsupported for one in rows), "count",
             "Tools on file whose last day of support is over.", n=dated, better="lower")  # fmt: skip
    book.add("tools.ending.count", "Support ends within a year", sum(one.ending for one in rows), "count",
             "Tools on file whose support ends within 365 days.", n=dated, better="lower")  # fmt: skip
    book.add("tools.overlap.count", "Overlapping capabilities", len(found.overlaps) if known else None, "count",
             "Capabilities that more than one running contract has; n: running contracts.", better="lower",
             n=len(running) if known else None, note="" if known else f"{Contract.FILE} could not be read")  # fmt: skip
    costs = by_currency((one.tool.parallel_cost, one.tool.currency) for one in rows)
    if len(costs) == 1:
        (currency, cost), *_ = costs.items()
        told = "Cost on file of running old and new tools side by side; n: tools with such a cost."
        book.add("tools.parallel.cost", "Parallel running", cost, "money", told, statistic="sum", currency=currency,
                 n=sum(one.tool.parallel_cost is not None for one in rows))  # fmt: skip
