"""Coverage: techniques by score, what becomes of the rules, retired and unknown ids, how it was counted."""

from __future__ import annotations

from collections import Counter

from handlers.analysis import coverage
from handlers.analysis.coverage import SCORES
from handlers.commands.metrics_detection.figures import SCORE
from handlers.commands.metrics_detection.work import Found
from handlers.core import cells
from messages.document import Block, Context, Notice, Table, spans

IDS = 6
MOVED = 10


def blocks(found: Found) -> list[Block]:
    """Techniques, then rules."""
    out: list[Block] = []
    if found.techniques and found.states:
        out.append(_scores(found))
    if found.states:
        out.append(_rules(found))
    if moved := _moved(found):
        out.append(moved)
    out += [Notice(level="warning", text=spans(text)) for text in oddities(found)]
    return [*out, Context(text=spans(method(found)))]


def _scores(found: Found) -> Table:
    """Best score first; of each the heaviest techniques."""
    by_score = {score: [one for one in found.techniques if one.score == score] for score in SCORES}
    rows = (
        cells.row(
            f"{score} {SCORES[score]}", f"{len(some)}", f"{sum(one.weight for one in some):g}",
            cells.names([one.id for one in some], IDS),
        )
        for score, some in sorted(by_score.items(), reverse=True) if some
    )  # fmt: skip
    return cells.table("Techniques by detection score", ("Score", ">Techniques", ">Weight", "Heaviest"), rows)


def _rules(found: Found) -> Table:
    """Most first, the ones that count on top."""
    scope = frozenset(one.id for one in found.techniques)
    classes: dict[str, list[str]] = {}
    for one in found.states:
        classes.setdefault(coverage.fate(one, scope), []).append(one.rule.name)
    order = sorted(classes.items(), key=lambda row: (row[0] != coverage.COUNTS, -len(row[1]), row[0]))
    rows = (
        cells.row(what, f"{len(names)}", cells.names([cells.shorten(name, 40) for name in sorted(names)], 3))
        for what, names in order
    )
    return cells.table("What becomes of the rules", ("Rules that", ">Rules", "Such as"), rows)


def _moved(found: Found) -> Table | None:
    """Retired ids of rules and of threat intelligence, what they are read as, and how sure that is."""
    used: Counter[str] = Counter()
    for one in found.states:
        used.update({*(old for old, _ in one.moved), *one.gone})
    intel = {*(old for old, _ in found.scope.moved), *found.scope.gone}
    rows = []
    for old in sorted({*used, *intel}):
        row = found.remap.row(old)
        new = found.remap.current(old)
        other = f" (or {', '.join(row.alternatives)})" if row is not None and row.alternatives else ""
        rows.append(
            cells.row(
                old, f"{new}{other}" if new else "no successor: not counted", f"{used[old]}",
                "yes" if old in intel else "no", row.confidence if row is not None else None,
            )
        )  # fmt: skip
    if not rows:
        return None
    labels = ("Retired id", "Read as", ">Rules", "In threat intelligence", "Confidence")
    sure = all("name-inferred" not in str(row[-1]) for row in rows)
    caption = "Retired technique ids" + ("" if sure else " (inferred from names: check them with MITRE's changelog)")
    return cells.table(caption, labels, rows[:MOVED], len(rows))


def oddities(found: Found) -> list[str]:
    """What was left out or assumed, in sentences."""
    out = []
    unsure = sum(one.rule.enabled is None for one in found.states)
    if unsure:
        out.append(f"The SIEM does not say of {cells.counted(unsure, 'rule')} whether they run: counted as running.")
    if found.scope.excluded:
        out.append(f"Out of scope by weight 0 in techniques.yaml: {cells.names(found.scope.excluded, IDS)}.")
    if not found.scope.weighed and found.techniques:
        out.append("No threat context: techniques weigh 1 unless techniques.yaml gives them a weight.")
    known = {name for one in found.states for name in (one.rule.name, one.rule.id)}
    lost = [rule for rule in found.knowledge if rule not in known]
    if lost and found.states:
        shown = cells.names([cells.shorten(rule, 40) for rule in lost], 5)
        out.append(f"rule_knowledge.yaml knows rules that the SIEM does not list: {shown}.")
    if found.retired:
        told = (
            f"{old} in {file} ({f'read as {new}' if new else 'no successor, not counted'})"
            for file, old, new in found.retired
        )
        out.append(f"Our own files name retired technique ids: {cells.names(list(told), 5)}.")
    return out


def method(found: Found) -> str:
    """How it was counted."""
    if found.policy.path:
        whole = (
            f"attack.yaml names a copy of ATT&CK ({cells.shorten(found.policy.path, 80)}), which this version does not "
            "read yet: counted are the techniques of the threat profiles, not all of ATT&CK."
        )
    else:
        whole = (
            "No copy of ATT&CK is configured (attack.yaml, path): counted are the techniques of the threat profiles."
        )
    weight = (
        "Weight: 1, +1 when a threat that uses it targets our sector, +1 for our region; techniques.yaml overrides."
    )
    strange = f" Exercises not counted: {cells.names(found.uncounted, 5)}." if found.uncounted else ""
    if found.strangers:
        ids = cells.names(found.strangers, IDS)
        strange += f" Ids of rules that no list here knows, not counted and not checked against ATT&CK: {ids}."
    return f"{whole} Exact ids, parents and sub-techniques each for itself. {weight} {SCORE}.{strange}"


def unmapped(found: Found) -> tuple[str, ...]:
    """Names of rules without a technique."""
    return tuple(sorted(one.rule.name for one in coverage.unmapped(found.states)))
