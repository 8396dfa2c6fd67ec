"""Are we in breach now, what evidence is missing, which clock runs: the words and the colour by a written rule."""

from __future__ import annotations

from handlers.analysis.clocks import Clock
from handlers.commands.compliance_monitor import clock_blocks
from handlers.commands.compliance_monitor.work import Found, Inputs
from handlers.core import cells
from messages.document import Moment, Span, Status, Text, Value, Verdict, spans

RULE = (
    "red: a regulatory clock overdue, a key control failed or without evidence, or an exception expired; unknown: an "
    "input of this rule is missing; amber: a clock due soon, without its time or with an undecided scope, an incident "
    "that does not fit its rules, a control failed, overdue or without evidence, a test or review overdue, a log "
    "source kept too short, or an SLA below its target; otherwise green"
)


def verdict(inputs: Inputs, found: Found) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(found), status=_status(inputs, found), rule=RULE)


def _text(found: Found) -> Text:
    parts: list[str | Span] = [*_clock_words(found)]
    if found.readiness is not None and found.controls is not None:
        bad = [(n, s) for s in ("failed", "no evidence", "overdue") if (n := sum(c.state == s for c in found.controls))]
        said = ", ".join(f"{n} {'without evidence' if s == 'no evidence' else s}" for n, s in bad)
        parts += [
            "Evidence in place for ",
            Value(figure="evidence.in_place"),
            f" of {len(found.readiness.parts)} controls",
        ]
        parts.append(f"; {said}." if said else ".")
        if found.readiness.blocking:
            parts.append(
                f" Not ready for an audit: {cells.counted(len(found.readiness.blocking), 'key control')} blocks."
            )
    else:
        parts.append("The state of the controls could not be read.")
    return spans(*parts)


def _clock_words(found: Found) -> list[str | Span]:
    if found.clocks is None:
        return ["Regulatory clocks could not be read. "]
    over, first = found.clocks.of("overdue"), clock_blocks.first(found.clocks)
    if over:
        return [
            f"{cells.counted(len(over), 'regulatory clock')} overdue, first {over[0].name} ({over[0].incident.id}). "
        ]
    if first is None or first.due is None:
        return ["No regulatory clock with a deadline is running. "]
    return [f"Next regulatory deadline: {first.name} ({first.incident.id}) by ", Moment(at=first.due.at), ". "]


def _status(inputs: Inputs, found: Found) -> Status:
    bad = [one for one in found.controls or () if one.state in ("failed", "no evidence")]
    if (found.clocks and found.clocks.of("overdue")) or any(one.control.key for one in bad) or found.expired:
        return "red"
    needed = (inputs.rules, inputs.incidents, inputs.profile, inputs.controls, inputs.evidence, inputs.exceptions,
              inputs.obligations, inputs.retention, inputs.ledger, inputs.promises)  # fmt: skip
    if any(not got.ok for got in needed) or found.kept is None or found.kept.incomplete:
        return "unknown"
    late = any(one.state == "overdue" for one in found.controls or ())
    clocks = found.clocks
    waits = clocks and (clocks.of("due-soon", "anchor-missing", "scope-not-declared") or clocks.problems)
    if waits or bad or late or found.late or found.short or found.problems or missed(inputs, found):
        return "amber"
    return "unknown" if any(got.source.truncated for got in inputs.all) else "green"


def missed(inputs: Inputs, found: Found) -> list[str]:
    """Promises whose share lies below their target, "resolve high"."""
    targets: dict[tuple[str, str], float] = {
        (p.metric, p.priority): p.target_share for p in (inputs.promises.value.items if inputs.promises.value else ())
    }
    out = []
    for one in found.kept.metrics if found.kept else ():
        for priority, part in one.by_priority.items():
            target = targets.get((one.metric, priority))
            if target is not None and part.share.value is not None and part.share.value < target:
                out.append(f"{one.metric} {priority}")
    return out


def needs(inputs: Inputs, found: Found) -> list[Text]:
    """At most five lines, gravest first, each with its owner."""
    out: list[Text] = []
    for clock in found.clocks.of("overdue", "due-soon", "anchor-missing") if found.clocks else ():
        out.append(_clock(clock))
    for one in found.controls or ():
        if one.control.key and one.state in ("failed", "no evidence"):
            what = "failed its last test" if one.state == "failed" else "has no evidence"
            said = f"Key control {one.control.id} {what}: {cells.shorten(one.control.statement, 70)}"
            out.append(spans(f"{said} (owner {one.control.owner})."))
    for exception in found.expired or ():
        out.append(spans(f"Exception {exception.id} for {exception.control} expired on {exception.expires} "
                         f"(approved by {exception.approved_by})."))  # fmt: skip
    undeclared = found.clocks.of("scope-not-declared") if found.clocks else ()
    if undeclared:
        names = list(dict.fromkeys(clock.rule.regime for clock in undeclared))
        who = inputs.profile.value.items[0].owner if inputs.profile.value and inputs.profile.value.items else "legal"
        out.append(spans(f"Nobody decided whether these apply: {cells.names(names, 3)} (owner {who})."))
    for duty in found.late or ():
        said = f"{duty.kind.capitalize()} overdue since {duty.due}: {cells.shorten(duty.title, 70)}"
        out.append(spans(f"{said} (owner {duty.owner})."))
    return out[:5]


def _clock(clock: Clock) -> Text:
    files = clock.scope.files if clock.scope and clock.scope.files else clock.incident.owner
    settle = clock_blocks.to_settle(clock)
    tail = f": {cells.shorten(settle, 110)}" if settle else ""
    return spans(
        f"{clock.name} for {clock.incident.id}, {clock.state}, {clock_blocks.left(clock)}{tail} (files: {files})."
    )
