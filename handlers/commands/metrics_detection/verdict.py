"""How well we detect what may come: the words and the colour, each by a written rule."""

from __future__ import annotations

from typing import Any

from handlers.analysis.coverage import BASIC
from handlers.commands.metrics_detection.inputs import Inputs
from handlers.commands.metrics_detection.work import Found
from handlers.core.book import Book
from handlers.core.fetch import Got
from messages.document import Status, Value, Verdict, spans

HEAVY = 3
RULE = (
    "graded coverage against its target (targets.yaml): unknown when it or its target is missing or a source of it did "
    "not answer in full, which may make it too low or too high; else red beyond the amber edge, amber below the target "
    f"or while a technique of weight {HEAVY} scores below 1; otherwise green"
)


def verdict(book: Book, inputs: Inputs, found: Found) -> Verdict:
    """RULE as code; graded comes first, never one share alone."""
    if not found.techniques:
        lacking = "the SIEM's rules" if not inputs.rules.ok else "a technique to count over"
        said = f"No detection coverage: {lacking} could not be had."
        if inputs.rules.ok and inputs.profiles.ok and all(got.ok for got in inputs.advice):
            said = "No detection coverage: the threat profiles recommend nothing that names a technique."
        return Verdict(text=spans(said), status="unknown", rule=RULE)
    text = spans(
        "Detection is graded ", Value(figure="coverage.graded"), " of the best possible; weighted ",
        Value(figure="coverage.weighted"), ", by plain count ", Value(figure="coverage.binary"), " of ",
        Value(figure="coverage.techniques"), " techniques. ", Value(figure="rules.unmapped"), " of ",
        Value(figure="rules.total"), " rules name no technique.",
    )  # fmt: skip
    return Verdict(text=text, status=_status(book, inputs, found), rule=RULE)


def _status(book: Book, inputs: Inputs, found: Found) -> Status:
    colour = book.colour("coverage.graded")
    if colour == "unknown" or not complete(inputs) or any(one.rule.enabled is None for one in found.states):
        return "unknown"
    if colour == "red":
        return "red"
    heavy = any(one.weight >= HEAVY and one.score < BASIC for one in found.techniques)
    return "amber" if heavy else colour


def complete(inputs: Inputs) -> bool:
    """Did every source of graded coverage answer in full?"""
    needed: tuple[Got[Any], ...] = (
        inputs.rules, inputs.ledger, inputs.profiles, *inputs.advice, inputs.context, inputs.sources, inputs.feeds,
        inputs.knowledge, inputs.exercises, inputs.remap, inputs.activity,
    )  # fmt: skip
    return all(got.ok and not got.source.truncated for got in needed)
