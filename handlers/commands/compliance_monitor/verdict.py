"""Are we in breach now, what evidence is missing, which clock runs: the words and the colour by a written rule."""

from __future__ import annotations

from connectors.models.organisation import Control
from connectors.models.organisation.assurance import Evidence
from connectors.models.organisation.clocks import IncidentTriggers, RegulatorProfile
from connectors.models.organisation.risk import IncidentFacts
from handlers.analysis.clocks import Clock
from handlers.analysis.evidence import Standing
from handlers.commands.compliance_monitor import clock_blocks
from handlers.commands.compliance_monitor.work import Found, Inputs, Noted
from handlers.core import cells
from messages.document import Moment, Span, Status, Text, Value, Verdict, spans
from messages.prose import duration

RULE = (
    "red: a regulatory clock overdue (one noted at a case too), a key control failed or without evidence, or an "
    "exception expired; unknown: an input of this rule is missing, or crises may not be read; amber: a clock due soon, "
    "without its time or with an undecided scope, one that is noted at a case and not counted from its trigger, an "
    "incident that does not fit its rules, a control failed, overdue or without evidence, a test or review overdue, a "
    "log source kept too short, or an SLA below its target; otherwise green"
)


def verdict(inputs: Inputs, found: Found) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(inputs, found), status=_status(inputs, found), rule=RULE)


def _text(inputs: Inputs, found: Found) -> Text:
    parts: list[str | Span] = [*_clock_words(inputs, found)]
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
        gone = [name for got, name in ((inputs.controls, Control.FILE), (inputs.evidence, Evidence.FILE)) if not got.ok]
        parts.append(f"For how many controls evidence is in place is not known without {' and '.join(gone)}.")
    if found.kept is not None and found.kept.metrics[0].total.share.value is not None:
        parts += [" SLA to resolve kept in ", Value(figure="sla.attainment"), "."]
    return spans(*parts)


def _clock_words(inputs: Inputs, found: Found) -> list[str | Span]:
    if found.clocks is None:
        return ["Regulatory clocks could not be read. "]
    over, first = found.clocks.of("overdue"), clock_blocks.first(found.clocks)
    noted = found.noted[0] if found.noted else None
    if noted and not over and (first is None or first.due is None or noted.clock.due_at < first.due.at):
        state = "overdue" if noted.left < 0 else "by"
        where = f"{noted.name} (case {noted.case}, noted in {IncidentFacts.FILE}) {state} "
        return [f"Next regulatory deadline: {where}", Moment(at=noted.clock.due_at), ". "]
    if not inputs.profile.ok and first is None:
        return [f"Which regulatory clocks run is not known without {RegulatorProfile.FILE}. "]
    if over:
        return [
            f"{cells.counted(len(over), 'regulatory clock')} overdue, first {over[0].name} ({over[0].incident.id}). "
        ]
    if first is None or first.due is None:
        return ["No regulatory clock with a deadline is running. "]
    return [f"Next regulatory deadline: {first.name} ({first.incident.id}) by ", Moment(at=first.due.at), ". "]


def _status(inputs: Inputs, found: Found) -> Status:
    bad = _bad(inputs, found)
    passed = any(one.left < 0 for one in found.noted)
    if (found.clocks and found.clocks.of("overdue")) or passed or any(one.control.key for one in bad) or found.expired:
        return "red"
    needed = (inputs.rules, inputs.incidents, inputs.profile, inputs.controls, inputs.evidence, inputs.exceptions,
              inputs.obligations, inputs.retention, inputs.ledger, inputs.promises, inputs.facts)  # fmt: skip
    chats = inputs.crises
    if chats is None or any(not got.ok for got in (*needed, chats)) or found.kept is None or found.kept.incomplete:
        return "unknown"
    late = any(one.state == "overdue" for one in found.controls or ())
    clocks = found.clocks
    waits = clocks and (clocks.of("due-soon", "anchor-missing", "scope-not-declared") or clocks.problems)
    if waits or found.noted or bad or late or found.late or found.short or found.problems or missed(inputs, found):
        return "amber"
    return "unknown" if any(got.source.truncated for got in inputs.all) else "green"


def _bad(inputs: Inputs, found: Found) -> list[Standing]:
    """Failed controls, and those without evidence where the evidence could be read."""
    states = ("failed", "no evidence") if inputs.evidence.ok else ("failed",)
    return [one for one in found.controls or () if one.state in states]


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
    out: list[Text] = [_noted(one) for one in found.noted[:1]]
    for clock in found.clocks.of("overdue", "due-soon", "anchor-missing") if found.clocks else ():
        out.append(_clock(clock))
    for one in _bad(inputs, found):
        if one.control.key:
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


def _noted(one: Noted) -> Text:
    """The first that is noted at a case: it has to be counted from its trigger, by named people."""
    time = f"{duration(-one.left)} over" if one.left < 0 else f"{duration(one.left)} left"
    return spans(
        f"{one.name}, case {one.case}: {time}, noted in {IncidentFacts.FILE} alone; write its trigger into "
        f"{IncidentTriggers.FILE} (files: {one.clock.files or 'nobody named'})."
    )


def _clock(clock: Clock) -> Text:
    files = clock.scope.files if clock.scope and clock.scope.files else clock.incident.owner
    settle = clock_blocks.to_settle(clock)
    tail = f": {cells.shorten(settle, 110)}" if settle else ""
    return spans(
        f"{clock.name} for {clock.incident.id}, {clock.state}, {clock_blocks.left(clock)}{tail} (files: {files})."
    )
