"""The figures of a process: each with its definition, its n and its cases."""

from __future__ import annotations

from handlers.analysis import effort
from handlers.analysis.proportions import wilson
from handlers.commands.process_optimize.work import Found, Inputs
from handlers.core.book import Book, files


def add_all(book: Book, inputs: Inputs, found: Found, label: str) -> None:
    """Everything that could be computed."""
    if found.flow is not None:
        _flow(book, found, label)
    if found.waits is not None:
        _waits(book, found, label)
    if found.efforts is not None:
        hours = sum(one.hours for one in found.efforts)
        book.add("effort.hours", "Hands-on hours", hours, "hours",
                 f"Cases opened in {label} that a human handled, times the hands-on minutes of their type "
                 "(handling_times.yaml): an estimate, not elapsed time.", statistic="sum",
                 n=sum(one.cases for one in found.efforts), better="lower")  # fmt: skip
    if found.checked is not None:
        _checked(book, found, label)
    if found.scored is not None:
        _automation(book, inputs, found, label)
    if found.hunting is not None:
        _hunts(book, inputs, found)


def _flow(book: Book, found: Found, label: str) -> None:
    flow = found.flow
    assert flow is not None  # noqa: S101 - asked by the caller
    seen = flow.ping_pong is not None
    kinds = "were reopened, or went back to a group they had left" if seen else "or were reopened"
    missing = "too low where cases went between groups: roster.yaml, which names them, is missing"
    blind = "" if seen or not flow.cases else missing
    book.share("workflow.rework", "Cases with rework", wilson(len(flow.rework), flow.cases),
               f"Closed cases opened in {label} that entered a stage again{',' if seen else ''} {kinds}",
               cases=flow.rework, better="lower", note=blind)  # fmt: skip
    if flow.ping_pong is not None:
        book.share("workflow.ping_pong", "Sent back and forth", wilson(len(flow.ping_pong), flow.cases),
                   "Closed cases that went from a group to another and back (A→B→A)", cases=flow.ping_pong,
                   better="lower")  # fmt: skip
    book.share("workflow.reopened", "Reopened", wilson(len(flow.reopened), flow.cases),
               "Closed cases that were opened again after a close", cases=flow.reopened, better="lower")  # fmt: skip
    book.add("workflow.handovers", "Handovers per case", flow.handovers, "ratio",
             "Changes from one person to another per closed case; queues in between do not count.", n=flow.cases,
             statistic="mean", better="lower",
             note="" if flow.handovers is not None else "no owner is on record")  # fmt: skip
    book.add("workflow.variants", "Ways of working", len(flow.variants), "count",
             "Different sequences of stages, closes and reopenings of closed cases, repeats left out.",
             n=flow.cases)  # fmt: skip


def _waits(book: Book, found: Found, label: str) -> None:
    waits = found.waits or ()
    waiting, total = sum(w.waiting for w in waits), sum(w.waiting + w.owned for w in waits)
    book.add("waiting.hours", "Waiting without an owner", waiting / 3600, "hours",
             f"Time inside {label} that cases stood with nobody or with a queue, all stages, open cases included.",
             statistic="sum", better="lower")  # fmt: skip
    book.add("waiting.share", "Share of elapsed time without an owner", waiting / total if total else None, "share",
             "Waiting without a human owner / all elapsed time before the close.", statistic="share", better="lower",
             note="" if total else "no case was there")  # fmt: skip
    stuck = found.bottleneck
    if stuck is not None:
        book.add("waiting.bottleneck.hours", f"Waiting in {stuck.stage}", stuck.waiting / 3600, "hours",
                 "The stage with most time without a human owner.", n=stuck.cases, statistic="sum", better="lower",
                 cases=stuck.ids)  # fmt: skip


def _checked(book: Book, found: Found, label: str) -> None:
    checked = found.checked or ()
    total, bad = sum(one.cases for one in checked), [case for one in checked for case in one.bad]
    book.share("conformance.share", "Mandatory steps done, in order", wilson(total - len(bad), total),
               f"Closed cases opened in {label} of a type with a runbook that show every mandatory step which leaves a "
               "mark in the case history, in the runbook's order", cases=bad, better="higher")  # fmt: skip


def _automation(book: Book, inputs: Inputs, found: Found, label: str) -> None:
    policy = inputs.assumed
    gain = [s for s in found.scored or () if s.item.status != "live" and s.net > 0]
    net = sum(s.net for s in gain)
    rule = (
        "Sum over what is not live and gives back more than it costs to run: volume a month × minutes / 60 × "
        f"automatable share × (1 − failure) − hours to run. Volumes of {label} where the file names none."
    )
    note = _unscored(found)
    known = net if found.scored else None
    n = len(gain) or len(found.scored or ()) or None
    lowest, highest = (sum(edge - s.item.run_hours_per_month for s, edge in ends)
                       for ends in ([(s, s.low) for s in gain], [(s, s.high) for s in gain]))  # fmt: skip
    whole = book.over(book.window, *(book.sources if inputs.ledger.ok else ()), *files(inputs.automations))
    whole.add("automation.hours", "Hours a month to give back", known, "hours",
              f"{rule} With the estimates' own spread: {lowest:.1f} to {highest:.1f} h.", n=n, statistic="sum",
              better="higher", note=note)  # fmt: skip
    posts = None if known is None else known / policy.hours_per_fte_month
    whole.add("automation.fte", "As full-time work", posts, "fte",
              f"Hours a month / {policy.hours_per_fte_month:g}. Hours given back are not headcount unless whole shifts "
              "vanish.", n=n, statistic="sum", better="higher", note=note)  # fmt: skip
    for one in found.scored or ():
        whole.add(f"automation.{one.item.id}.hours", one.item.title, one.hours, "hours",
                  f"{one.facts.volume:.1f} a month × {one.facts.minutes:g} min / 60 × {one.item.share:g} × "
                  f"(1 − {one.facts.failure:.3g}); {one.low:.1f} to {one.high:.1f} h with the estimate's own spread.",
                  statistic="sum", better="higher")  # fmt: skip


def _unscored(found: Found) -> str:
    """Why the sum is not of everything on file, or cannot be had."""
    if not found.scored and not found.unscored:
        return "automations.yaml lists none"
    total = len(found.scored or ()) + len(found.unscored)
    lacks = " and ".join(sorted({lack for _, lack in found.unscored}))
    return f"{len(found.unscored)} of {total} cannot be scored: no {lacks}" if found.unscored else ""


def _hunts(book: Book, inputs: Inputs, found: Found) -> None:
    hunts = found.hunting
    assert hunts is not None  # noqa: S101 - asked by the caller
    own = book.over(None, *files(inputs.hunts))
    own.add("hunts.done", "Hunts finished, 91 days", len(hunts.done), "count", "Hunts finished in the last 91 days.",
            target=inputs.assumed.hunts_per_quarter, better="higher")  # fmt: skip
    own.add("hunts.overdue", "Hunts overdue", len(hunts.overdue), "count",
            "Planned or running hunts whose day has passed.", target=0, better="lower")  # fmt: skip


def top(found: Found, share: float) -> list[effort.Effort]:
    """The types of work that make most of the hours."""
    return effort.pareto(found.efforts or (), share)
