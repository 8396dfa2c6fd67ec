"""`--gap-analysis`: ranked gaps, rules that rot or shout, techniques on one data source, what exercises showed."""

from __future__ import annotations

from collections import Counter

from handlers.analysis.coverage import SCORES
from handlers.analysis.gaps import VISIBILITY, Gap, Step
from handlers.commands.metrics_detection.work import NOISE_DAYS, Found
from handlers.core import cells
from messages.document import Block, Context, Heading, Paragraph, Table, Value, spans
from messages.prose import quantity

GAPS, NOISY, NAMES = 10, 5, 6
STEPS: tuple[Step, ...] = ("write rule", "improve data", "buy data", "find out")


def blocks(found: Found) -> list[Block]:
    """Each part only where it has something to say."""
    out: list[Block] = [Heading(text="Gaps")]
    if found.short:
        steps = Counter(gap.step for gap in found.short)
        said = ", ".join(f"{step} {steps[step]}" for step in STEPS if steps[step])
        out += [Paragraph(text=spans(Value(figure="gaps.count"), f" techniques below their target: {said}.")),
                _table(found), Context(text=spans(_legend(found)))]  # fmt: skip
    elif found.techniques:
        out.append(Paragraph(text=spans("Every technique in scope reaches its target.")))
    else:
        out.append(Paragraph(text=spans("Without techniques in scope there are no gaps to rank.")))
    if lowered := _exercises(found):
        out.append(lowered)
    if found.states:
        out += _rules(found)
    if found.singles:
        out.append(_singles(found))
    return out


def named(gap: Gap) -> str:
    """ "T1490 Recovery prevented"."""
    return f"{gap.scored.id} {cells.shorten(gap.name, 50)}".strip()


def _table(found: Found) -> Table:
    rows = (
        cells.row(
            named(gap), f"{gap.scored.weight:g}", f"{gap.scored.score} → {gap.target}", f"{seen(gap)}: {gap.step}",
            cells.names([cells.shorten(name, 30) for name in gap.scored.technique.threats], 1),
            cells.names(gap.candidates, 2), None if gap.effort_hours is None else f"{gap.effort_hours:g} h",
            f"{gap.rank:g}" if gap.rank is not None else "not known",
        )
        for gap in found.short[:GAPS]
    )  # fmt: skip
    labels = ("Technique", ">Weight", "Score", "Visibility: step", "Used by", "Candidates", ">Effort", ">Rank")
    return cells.table("Gaps by rank", labels, rows, len(found.short))


def seen(gap: Gap) -> str:
    """ "3 good", with "stated" when a person said so."""
    if gap.visibility is None:
        return "not known"
    return f"{gap.visibility} {VISIBILITY[gap.visibility]}{' (stated)' if gap.stated else ''}"


def _legend(found: Found) -> str:
    near = sum(gap.related > 0 for gap in found.short)
    return (
        "Rank = weight × (target − score) × visibility/4. Visibility 0: buy data; 1: improve it; from 2: write the "
        "rule. Visibility is derived unless stated: mean quality of the technique's data sources × 4/5, rounded down, "
        "a silent one counting 0. Candidates and effort are those of techniques.yaml. Of these techniques "
        f"{near} have a running rule on a parent, sub-technique or sibling, which does not count."
    )


def _exercises(found: Found) -> Table | None:
    """Techniques whose score an exercise changed."""
    changed = [one for one in found.techniques if one.score != one.derived]
    if not changed:
        return None
    rows = (
        cells.row(one.id, f"{one.derived} {SCORES[one.derived]}", f"{one.score} {SCORES[one.score]}", one.note)
        for one in changed
    )
    return cells.table("Scores that exercises changed", ("Technique", "By rules", "Score", "Why"), rows)


def _rules(found: Found) -> list[Block]:
    out: list[Block] = []
    days = found.policy.stale_days
    if found.stale is None:
        out.append(Paragraph(text=spans("Stale rules are not known: the rule activity did not answer in full.")))
    elif found.stale:
        names = cells.names([cells.shorten(one.rule.name, 40) for one in found.stale], NAMES)
        tests = "" if found.tests else "; which passed a test is not known (rule_knowledge.yaml)"
        text = f" running rules neither fired nor passed a test in {days} days{tests}: {names}."
        out.append(Paragraph(text=spans(Value(figure="rules.stale"), text)))
    if found.noisy is None:
        out.append(Paragraph(text=spans("Noisy rules are not known: the case ledger did not answer.")))
    elif found.noisy:
        rows = (
            cells.row(cells.shorten(one.rule, 50), f"{one.per_month:g}", f"{one.judged}", f"{one.minutes:.0f} min",
                      quantity(one.hours, "hours"))
            for one in found.noisy[:NOISY]
        )  # fmt: skip
        labels = ("Rule", ">False positives", ">Cases judged", ">Minutes each", ">Cost")
        out.append(cells.table(f"Noisy rules, last {NOISE_DAYS} days", labels, rows, len(found.noisy)))
    return out


def _singles(found: Found) -> Table:
    """By data source, the one that most hang on first."""
    by_source: dict[str, list[str]] = {}
    for one in found.singles:
        by_source.setdefault(one.data_source, []).append(one.scored.id)
    rows = (
        cells.row(_source(found, source), f"{len(ids)}", cells.names(ids, NAMES))
        for source, ids in sorted(by_source.items(), key=lambda row: (-len(row[1]), row[0]))
    )
    caption = f"Techniques on one data source ({len(found.unrecorded)} more not judged: data sources not recorded)"
    return cells.table(caption, ("Data source", ">Techniques", "Which"), rows)


def _source(found: Found, source: str) -> str:
    known = found.sight.sources.get(source)
    return known.name if known is not None else source
