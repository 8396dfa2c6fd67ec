"""Coverage: techniques by score, what becomes of the rules, retired and unknown ids, how it was counted."""

from __future__ import annotations

from collections import Counter

from connectors.models.organisation.attack import AttackBundle
from handlers.analysis import attack, coverage
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
    if found.attack is not None and found.states:
        out.append(_tactics(found, found.attack))
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


def _tactics(found: Found, bundle: AttackBundle) -> Table:
    """The whole matrix, against which scope and rules are small; a rule on a technique is not yet coverage."""
    scope = frozenset(one.id for one in found.techniques)
    ruled = frozenset(technique for one in found.states if one.live for technique in one.techniques)
    reach = attack.by_tactic(bundle, scope, ruled)
    rows = [cells.row(one.tactic, f"{one.all}", f"{one.in_scope}", f"{one.ruled}") for one in reach]
    labels = ("Tactic", ">Techniques and sub-techniques", ">In scope", ">With a live rule")
    return cells.table(f"Tactics of {bundle.called}", labels, rows, len(rows))


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
    told = (found.remap.row(old) for old in {*used, *intel})
    sure = all(row is None or row.confidence == "verified" for row in told)
    caption = "Retired technique ids" + ("" if sure else " (not all read in MITRE's own list: check them there)")
    return cells.table(caption, labels, rows[:MOVED], len(rows))


def oddities(found: Found) -> list[str]:
    """What was left out or assumed, in sentences."""
    out = []
    unsure = sum(one.rule.enabled is None for one in found.states)
    if unsure:
        out.append(f"The SIEM does not say of {cells.counted(unsure, 'rule')} whether they run: counted as running.")
    if found.scope.excluded:
        out.append(f"Out of scope by weight 0 in techniques.yaml: {cells.names(found.scope.excluded, IDS)}.")
    if found.scope.elsewhere:
        where = cells.names([cells.shorten(one, 30) for one in found.policy.platforms], IDS)
        out.append(f"Left out, on none of our platforms ({where}): {cells.names(found.scope.elsewhere, IDS)}.")
    if found.policy.platforms and found.attack is None:
        out.append("attack.yaml names platforms, which only a copy of ATT&CK can apply: nothing is left out by them.")
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
    if found.absent and found.attack is not None:
        named = cells.names([f"{one} in {file}" for file, one in found.absent], 5)
        out.append(f"{found.attack.called} does not have: {named}.")
    return out


def method(found: Found) -> str:
    """How it was counted."""
    whole = f"{_attack(found)} Counted are the techniques of the threat profiles, not all of ATT&CK."
    weight = (
        "Weight: 1, +1 when a threat that uses it targets our sector, +1 for our region; techniques.yaml overrides."
    )
    strange = f" Exercises not counted: {cells.names(found.uncounted, 5)}." if found.uncounted else ""
    if found.strangers:
        strange += _strange(found)
    return f"{whole} Exact ids, parents and sub-techniques each for itself. {weight} {SCORE}.{strange}"


def _strange(found: Found) -> str:
    """Ids of rules that no list has; those that a bundle lacks and threat intelligence names count all the same."""
    scope = {one.id for one in found.techniques}
    counted = [one for one in found.strangers if one in scope]
    rest = [one for one in found.strangers if one not in scope]
    if found.attack is None:
        ids = cells.names(rest, IDS)
        return f" Ids of rules that no list here knows, not counted and not checked against ATT&CK: {ids}."
    lacks = f"Ids of rules that {found.attack.called} does not have"
    told = f" {lacks}, not counted: {cells.names(rest, IDS)}." if rest else ""
    also = f" {lacks}, counted because the threat profiles name them: {cells.names(counted, IDS)}." if counted else ""
    return told + also


def _attack(found: Found) -> str:
    """Which ATT&CK it rests on."""
    if found.attack is not None:
        own = found.attack
        return f"Names, tactics and retired ids: {own.called}, from {cells.shorten(own.file, 60)}."
    lacking = "The copy of ATT&CK could not be read" if found.copied else "No copy of ATT&CK is configured"
    return f"{lacking} (attack.yaml, path): retired ids are those of the product's table (attack_remap.yaml)."


def unmapped(found: Found) -> tuple[str, ...]:
    """Names of rules without a technique."""
    return tuple(sorted(one.rule.name for one in coverage.unmapped(found.states)))
