"""What wants somebody: overdue cases, what distorts the numbers, what takes the time."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.analysis.proportions import distinguishable
from handlers.commands.metrics_soc import quality
from handlers.commands.metrics_soc.work import Numbers
from messages.document import Block, Bullets, Heading, Mono, Notice, Paragraph, Text, Value, spans
from messages.prose import duration, instant


def needs(numbers: Numbers) -> list[Text]:
    """At most five things that want somebody: overdue cases first, then what distorts or hides."""
    found = [
        spans(
            f"Case {case.case_id} ({case.priority}, {case.assignee or 'nobody'} owns it) is "
            f"{duration(case.seconds)} past its SLA: {case.title[:80]}"
        )
        for case in numbers.now.kept["resolve"].overdue[:3]
    ]
    found += _hidden(numbers)
    if numbers.stages and numbers.stages[0].share > 0.5:
        name = numbers.stages[0].name
        share = Value(figure=f"stage.{quality.slug(name)}.share")
        found.append(
            spans(f"{name} takes ", share, " of all elapsed time (named above 50 %): look into ",
                  Mono(text="process optimize --workflow"), " (owner: SOC manager).")
        )  # fmt: skip
    noisy = next((r for r in numbers.precision if r["n"] >= 20 and r["precision"] < 0.1), None)
    if noisy is not None:
        found.append(
            spans(
                f"Rule {noisy['rule']}: {noisy['fp']:,} false positives, {noisy['tp']:,} true (precision under 10 %): "
                "tune or retire it (owner: detection engineering)."
            )
        )
    return found[:5]


def _hidden(numbers: Numbers) -> list[Text]:
    found: list[Text] = []
    now, before = numbers.now, numbers.before
    if before is not None:
        medians = now.measures["mttr"].total.median, before.measures["mttr"].total.median
        reopened = now.shares.reopened.value, before.shares.reopened.value
        faster = medians[0] is not None and medians[1] is not None and medians[0] < medians[1]
        more = (reopened[0] or 0) > (reopened[1] or 0) and distinguishable(now.shares.reopened, before.shares.reopened)
        if faster and more:
            found.append(
                spans("MTTR fell while reopening rose: ", Value(figure="mttr.median"), ", ",
                      Value(figure="reopen.share"), " reopened. Read the two together (owner: SOC manager).")
            )  # fmt: skip
    for bulk in numbers.bulk[:1]:
        found.append(
            spans(f"{bulk.closes:,} of {bulk.of:,} closes of {bulk.month} fell in the hour from {instant(bulk.hour)}: "
                  "durations around it are doubtful (named above 20 %; owner: SOC manager).")
        )  # fmt: skip
    return found


def negatives(numbers: Numbers) -> list[Block]:
    """Cases whose times run backwards: left out, counted, listed."""
    ids = sorted({i for one in numbers.now.measures.values() for i in one.durations.negative_ids})
    if not ids:
        return []
    shown = ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
    who = "1 case has" if len(ids) == 1 else f"{len(ids)} cases have"
    text = f"{who} an end before its start (clock skew), left out there: {shown}."
    return [Notice(level="warning", text=spans(text))]


def what_needs_you(items: Sequence[Text], judged: bool) -> list[Block]:
    """The section, or the sentence that nothing was found; `judged`: there was something to look at."""
    if not items:
        text = "Nothing passed a threshold in this period." if judged else "No case of this period could be judged."
        return [Heading(text="What needs you"), Paragraph(text=spans(text))]
    return [Heading(text="What needs you"), Bullets(items=tuple(items))]
