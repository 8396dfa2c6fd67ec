"""Ready or not, by a written rule; never a word about compliance."""

from __future__ import annotations

from handlers.commands.audit_prepare.work import Inputs, Prepared
from handlers.core import cells
from messages.document import Span, Status, Text, Value, Verdict, spans

RULE = (
    "red: a key control in scope without operating evidence (“not ready”, whatever the score), another high gap, or an "
    "evidence request past its day; unknown: an input of this rule is missing; amber: a score below the policy's, any "
    "other gap, an earlier finding open, or no audit planned; otherwise green"
)


def verdict(inputs: Inputs, made: Prepared) -> Verdict:
    """RULE as code."""
    return Verdict(text=_text(inputs, made), status=_status(inputs, made), rule=RULE)


def late(made: Prepared) -> int:
    """Requests past their day and not ready."""
    return sum(r.due is not None and r.due < made.today and r.status != "ready" for r in made.requests)


def _text(inputs: Inputs, made: Prepared) -> Text:
    head = made.plan.title if made.plan else made.name
    if not inputs.evidence.ok:
        return spans(f"{head}: the evidence could not be read, so nothing is said about readiness.")
    if not made.ready.parts:
        return spans(f"{head}: no control on file has a reference of {made.name}.")
    blocking = made.ready.blocking
    parts: list[str | Span] = [f"{head}: "]
    if blocking:
        parts.append(f"not ready, {cells.names([c.id for c in blocking])} without operating evidence. ")
    parts += ["Evidence in place for ", Value(figure="evidence.in_place"), f" of {len(made.ready.parts)} controls, ",
              Value(figure="requests.ready"), f" of {cells.counted(len(made.requests), 'request')} ready"]  # fmt: skip
    parts.append(f"; due {made.due}, fieldwork {made.plan.fieldwork}." if made.plan and made.due else ".")
    return spans(*parts)


def _status(inputs: Inputs, made: Prepared) -> Status:
    high = any(gap.severity == "high" for gap in made.gaps)
    if (inputs.evidence.ok and made.ready.blocking) or high or late(made):
        return "red"
    needed = (inputs.controls, inputs.evidence, inputs.topics, inputs.plans, inputs.findings, inputs.documents,
              inputs.exceptions, inputs.tests)  # fmt: skip
    if any(not got.ok for got in needed) or made.ready.score is None or made.problems:
        return "unknown"
    if made.gaps or made.ready.score < inputs.assumed.ready_score or made.plan is None or made.doubts or made.unserved:
        return "amber"
    return "green"


def needs(inputs: Inputs, made: Prepared) -> list[Text]:
    """At most five lines, gravest first, each with its owner."""
    out = [
        spans(f"Key control {one.id} has no operating evidence in the period so far: "
              f"{cells.shorten(one.statement, 70)} (owner {one.owner}).")
        for one in made.ready.blocking if inputs.evidence.ok
    ]  # fmt: skip
    if number := late(made):
        out.append(spans(f"{cells.counted(number, 'evidence request')} past {made.due} (owner {_owner(made)})."))
    blocked = {one.id for one in made.ready.blocking}
    out += [
        spans(f"{gap.subject}: {cells.shorten(gap.what, 100)} (owner {gap.owner}).")
        for gap in made.gaps if gap.severity == "high" and gap.subject not in blocked
    ]  # fmt: skip
    missing = [one for one in made.requests if one.status == "missing" and one.id not in blocked]
    if missing:
        when = f" by {made.due}" if made.due else ""
        out.append(spans(f"Bring{when}: {cells.names([f'{one.id} ({one.owner})' for one in missing])}."))
    return out[:5]


def _owner(made: Prepared) -> str:
    return made.plan.owner if made.plan else "not named"
