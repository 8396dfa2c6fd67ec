"""Coverage's figures, each with its definition."""

from __future__ import annotations

from connectors.models.organisation.detection import RuleKnowledge
from handlers.analysis import coverage
from handlers.commands.metrics_detection.inputs import Inputs, Wanted
from handlers.commands.metrics_detection.work import NOISE_DAYS, Found
from handlers.core.book import Book

SCOPE = (
    "the techniques that recommended threats of the threat profiles use (exact ids: a rule on a sub-technique does not "
    "cover its parent, nor the reverse)"
)
SCORE = (
    "Score −1 to 5 as in DeTT&CT: no rule −1, running rule 1, tested with a true positive 2, two independent or one "
    "behavioural of these 3, higher by a person's or an exercise's evidence alone; rules that are off, blind, without "
    "alerting or failed their test are below 1"
)


def add_all(book: Book, inputs: Inputs, found: Found, wanted: Wanted) -> None:
    """`book` has every source of coverage."""
    if inputs.rules.ok:
        _rules(book.over(None, inputs.rules.source), found)
    if inputs.rules.ok and found.techniques:
        _coverage(book, found)
    if wanted.gaps:
        _gaps(book, inputs, found)
    if wanted.roi and found.worths is not None:
        best = [one.ratio for one in found.worths if one.ratio is not None]
        book.add("investments.best_ratio", "Best benefit per cost", max(best, default=None), "ratio",
                 "Largest ratio of first year's benefit to first year's cost of the investments listed.",
                 n=len(best) or None, statistic="max",
                 note="" if best else "no investment could be computed")  # fmt: skip


def _coverage(book: Book, found: Found) -> None:
    cover = found.cover
    book.add("coverage.graded", "Graded coverage", cover.graded, "share",
             f"Sum of weight × score (negative ones 0) over 5 × the sum of weights, over {SCOPE}. {SCORE}.",
             n=cover.n, statistic="share")  # fmt: skip
    book.add("coverage.weighted", "Weighted coverage", cover.weighted, "share",
             f"Weight of techniques that score at least 1 over all weight, over {SCOPE}.",
             n=cover.n, statistic="share")  # fmt: skip
    book.add("coverage.binary", "Plain-count coverage", cover.binary, "share",
             f"Techniques that score at least 1, of {SCOPE}. It flatters: one untested rule counts in full.",
             n=cover.n, statistic="share")  # fmt: skip
    book.add("coverage.techniques", "Techniques in scope", cover.n, "count", f"Number of {SCOPE}, without weight 0.")
    book.add("coverage.undetected", "Techniques below 1", cover.n - cover.covered, "count",
             f"Techniques in scope that score below 1. {SCORE}.", n=cover.n, better="lower")  # fmt: skip


def _rules(book: Book, found: Found) -> None:
    states = found.states
    scope = frozenset(one.id for one in found.techniques)
    live = sum(coverage.fate(one, scope) == coverage.COUNTS for one in states)
    unmapped = len(coverage.unmapped(states))
    retired = sum(bool(one.moved or one.gone) for one in states)
    book.add("rules.total", "Rules", len(states), "count", "Rules that the SIEM lists, on or off.")
    book.add("rules.live", "Rules that count", live, "count",
             "Rules that name a technique in scope, run, alert, see their data and did not fail their last test.",
             n=len(states))  # fmt: skip
    book.add("rules.unmapped", "Unmapped rules", unmapped, "count",
             "Rules with no ATT&CK technique id in metadata, tags or text; they cover nothing in these figures.",
             n=len(states), better="lower")  # fmt: skip
    book.add("rules.retired_ids", "Rules with retired ids", retired, "count",
             "Rules that name a technique id which a later ATT&CK version retired; read as its successor.",
             n=len(states), better="lower")  # fmt: skip


def _gaps(book: Book, inputs: Inputs, found: Found) -> None:
    if found.techniques and inputs.rules.ok:
        book.add("gaps.count", "Techniques below target", len(found.short), "count",
                 f"Techniques in scope below their target score ({found.policy.target_score} unless techniques.yaml "
                 "says otherwise).", n=found.cover.n, better="lower")  # fmt: skip
        known = inputs.knowledge.ok
        book.add("gaps.single_source", "On one data source", len(found.singles) if known else None, "count",
                 "Detected techniques whose live rules all need the same data source; techniques with a live rule of "
                 "unrecorded data sources are not judged.", n=len(found.singles) + len(found.unrecorded),
                 better="lower", note="" if known else "rule_knowledge.yaml could not be read")  # fmt: skip
    if inputs.rules.ok:
        own = book.over(found.window, inputs.rules.source, inputs.activity.source)
        own.add("rules.stale", "Stale rules", None if found.stale is None else len(found.stale), "count",
                f"Rules not switched off that neither fired nor passed a test in {found.policy.stale_days} days.",
                note=_stale_note(inputs, found), better="lower",
                n=sum(one.rule.enabled is not False for one in found.states))  # fmt: skip
    noisy = found.noisy
    over = book.over(found.noise_window, inputs.ledger.source)
    over.add("rules.noise_hours", "Hours on noisy rules", None if noisy is None else sum(one.hours for one in noisy),
             "hours", f"Hands-on hours in {NOISE_DAYS} days on false positives of rules with at least "
             f"{found.policy.noisy_per_month:g} a month (cases a person handled × minutes each); n: rules with judged "
             "cases.", statistic="sum",
             n=None if noisy is None else found.noise_rules, better="lower", cases=found.noise_cases,
             note=_noise_note(found))  # fmt: skip


def _stale_note(inputs: Inputs, found: Found) -> str:
    if found.stale is None:
        return "rule activity did not answer in full"
    return "" if inputs.knowledge.ok else f"{RuleKnowledge.FILE} could not be read: tests are not known, at most this"


def _noise_note(found: Found) -> str:
    if found.noisy is None:
        return "the case ledger did not answer"
    return "" if found.noisy else f"none of {found.noise_rules} rules with judged cases is so noisy"
