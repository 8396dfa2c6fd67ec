"""What needs somebody: at most one line a kind of trouble, gravest first, each with its owner."""

from __future__ import annotations

from handlers.analysis.coverage import BASIC
from handlers.commands.metrics_detection import covered, lacking
from handlers.commands.metrics_detection.verdict import HEAVY
from handlers.commands.metrics_detection.work import Found
from handlers.core import cells
from messages.document import Text, Value, spans

MOST = 5


def needs(found: Found) -> list[Text]:
    """At most five."""
    out = [*_heavy(found), *_blind(found), *_shown(found), *_noise(found), *_ids(found)]
    owner = found.policy.owner or "detection engineering"
    return [(*text, *spans(f" (owner: {cells.shorten(owner, 40)}).")) for text in out[:MOST]]


def _heavy(found: Found) -> list[Text]:
    """Undetected techniques of weight 3: what to do first, and which rule is there but does not count."""
    open_ = [gap for gap in found.short if gap.scored.weight >= HEAVY and gap.scored.score < BASIC]
    if not open_ or not found.states:
        return []
    first = open_[0]
    asleep = next((rule for rule in first.scored.rules if not rule.live), None)
    why = f"its rule {cells.shorten(asleep.rule.name, 40)} is {asleep.why}" if asleep else "no rule names it"
    if first.scored.note:
        why = first.scored.note
    verb = {"write rule": "write the rule", "find out": "find out what can be seen"}.get(first.step, first.step)
    more = f"; {len(open_) - 1} more of weight {HEAVY}" if len(open_) > 1 else ""
    return [spans(f"{lacking.named(first)} is not detected: {why}; visibility {lacking.seen(first)}, so {verb}{more}")]


def _blind(found: Found) -> list[Text]:
    if not found.sight.silent:
        return []
    rules = sum(one.why.startswith("data source silent") for one in found.states)
    names = [found.sight.sources[name].name for name in sorted(found.sight.silent)]
    told = cells.counted(rules, "rule")
    return [spans(f"Data source silent: {cells.names(names, 3)}; {told} on it cannot see")]


def _shown(found: Found) -> list[Text]:
    """Techniques that an exercise showed to be undetected although a rule runs."""
    failed = [one for one in found.techniques if one.derived >= BASIC > one.score]
    if not failed:
        return []
    ids = cells.names([one.id for one in failed], 4)
    return [spans(f"Rules run, but the last exercise was not detected: {ids}; mend and test again")]


def _noise(found: Found) -> list[Text]:
    if not found.noisy:
        return []
    one = found.noisy[0]
    said = f"{one.per_month:g} false positives a month, {one.hours:.1f} h: tune it"
    return [spans(f"{cells.shorten(one.rule, 50)} is the dearest noise: {said}")]


def _ids(found: Found) -> list[Text]:
    out: list[Text] = []
    if names := covered.unmapped(found):
        shown = cells.names([cells.shorten(name, 40) for name in names], 2)
        out.append(spans(Value(figure="rules.unmapped"), f" rules name no technique ({shown}): tag them"))
    if any(one.moved or one.gone for one in found.states):
        out.append(spans(Value(figure="rules.retired_ids"), " rules name retired technique ids: write today's"))
    return out
