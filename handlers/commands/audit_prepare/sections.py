"""What is shown of an audit's preparation: scope, gaps, requests, controls, the SOC's own systems, interviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from connectors.models.organisation.assurance import FrameworkRef, MockTest
from connectors.models.organisation.record import stale
from handlers.analysis.audit import references
from handlers.analysis.evidence import Part
from handlers.analysis.sampling import conclusion, upper_limit
from handlers.commands.audit_prepare.work import Drawn, Inputs, Prepared
from handlers.core import cells
from handlers.core.fetch import rows
from messages.document import Block, Bullets, Context, Fact, Facts, Heading, Table, Text, spans
from messages.prose import quantity

GAPS, REQUESTS, IDS = 6, 8, 10
GRADES = {
    "V": "read in the standard", "S": "secondary sources agree", "S1": "one secondary source",
    "K": "not compared with the standard", "C": "computed",
}  # fmt: skip
SOX = (
    "The SOC is not in scope of SOX as such: it supports general IT controls (access, change, operations, development) "
    "of the financial systems, and the escalation of incidents to those who decide on disclosure. AS 2201 was not read."
)
ASKED = (
    "Say what the control is for, who does it, how often, and what starts it.",
    "Show one occurrence from start to end, and its evidence.",
    "Show that the list it was taken from is complete: query, parameters, row count, run time, hash.",
    "Show what happens when it fails, and the last time it did.",
)
CHECK = "The references are ids only and must be checked by a person against the standard"


def scope(made: Prepared) -> list[Block]:
    """Scope, period, fieldwork, auditor."""
    plan = made.plan
    pairs = [("Framework", made.name), ("Period", f"{made.period[0]} to {made.period[1]}")]
    if plan is not None:
        kind = "Type: evidence over the period" if plan.kind == "period" else "Type: at a point in time"
        pairs += [("Audit", f"{plan.title} ({kind})"), ("Auditor", plan.auditor), ("Owner", plan.owner)]
        pairs += [("Fieldwork", str(plan.fieldwork)), ("Evidence due", str(made.due or "not known"))]
        pairs += [("Scope", cells.names(plan.scope, 6))] if plan.scope else []
    pairs.append(("Controls", f"{len(made.ready.parts)} in scope, {made.outside} outside"))
    return [Facts(facts=tuple(Fact(label=label, text=spans(text)) for label, text in pairs))]


def gap_table(made: Prepared, everything: bool) -> list[Block]:
    """What an auditor would find."""
    out: list[Block] = []
    most = len(made.gaps) if everything else GAPS
    if made.gaps:
        labels = ("Severity", "Subject", "Gap", "Owner")
        lines = (cells.row(g.severity, g.subject, cells.shorten(g.what, 110), g.owner) for g in made.gaps[:most])
        out.append(cells.table("Gaps, gravest first", labels, lines, len(made.gaps)))
    if made.unserved:
        names = cells.names([one.evidence.lower() for one in made.unserved], 6)
        out.append(Context(text=spans(f"No control is on file for: {names}.")))
    return out


def request_table(made: Prepared, everything: bool) -> list[Block]:
    """Who must bring what by when."""
    shown = [one for one in made.requests if everything or one.status != "ready"]
    if not shown:
        return []
    most = len(shown) if everything else REQUESTS
    labels = ("Request", "What", "Owner", "Due", "Status", "So far")
    lines = (
        cells.row(one.id, cells.shorten(one.what, 70), one.owner, str(one.due or ""),
                  f"{one.status}{', late' if one.due and one.due < made.today and one.status != 'ready' else ''}",
                  one.detail)
        for one in shown[:most]
    )  # fmt: skip
    return [cells.table("Evidence requests, missing first", labels, lines, len(shown))]


def control_table(made: Prepared, framework: str) -> list[Block]:
    """Every control in scope with its references and, for SOX, whether a control relies on the SOC."""
    sox = framework == "sox"
    labels = ["Control", "What it says", "References", "How sure", ">Score", "Periods"]
    lines = (_control(part, made, framework, sox) for part in made.ready.parts)
    out: list[Block] = [
        Heading(text="Controls and references"),
        cells.table(f"Controls in scope of {made.name}", [*labels, *(["Relies on SOC"] if sox else [])], lines),
    ]
    return [*out, Context(text=spans(f"{CHECK}.{_rests(made, framework)}{' ' + SOX if sox else ''}"))]


def sure(refs: Sequence[tuple[str, FrameworkRef]], today: date) -> str:
    """How sure references are, in words; by id where they differ. That an id exists says nothing of its mapping."""
    by: dict[str, list[str]] = {}
    for name, ref in refs:
        by.setdefault(f"{ref.confidence}: {GRADES[ref.confidence]}{_found(ref, today)}", []).append(name)
    return "; ".join(told if len(by) == 1 else f"{', '.join(ids)} {told}" for told, ids in by.items())


def _found(ref: FrameworkRef, today: date) -> str:
    """Whether somebody looked the ids up."""
    if ref.ids_checked is None:
        return ""
    return f"; ids exist, {ref.ids_checked}{', over a year ago' if stale(ref.ids_checked, today) else ''}"


def _rests(made: Prepared, framework: str) -> str:
    """What the rows of the map say of themselves, and where ids were looked up."""
    rows = {part.control.topic: made.topics.get(part.control.topic) for part in made.ready.parts}
    said = dict.fromkeys(row.status for row in rows.values() if row is not None and row.status)
    refs = [ref for part in made.ready.parts for _, ref in references(part.control, made.topics, framework)]
    places = dict.fromkeys(ref.ids_source for ref in refs if ref.ids_checked and ref.ids_source)
    text = f" The map calls its rows “{'”, “'.join(said)}”." if said else ""
    return text + (f" Ids were looked up in: {'; '.join(places)}." if places else "")


def _control(part: Part, made: Prepared, framework: str, sox: bool) -> tuple[Text, ...]:
    control = part.control
    refs = references(control, made.topics, framework)
    more = [f"yes: {control.relies_on_soc}" if control.relies_on_soc else "no"] if sox else []
    return cells.row(
        f"{control.id}{' (key)' if control.key else ''}", cells.shorten(control.statement, 70),
        cells.names([name for name, _ in refs], IDS), sure(refs, made.today), quantity(part.score, "share"),
        f"{part.covered} of {part.slots}", *more,
    )  # fmt: skip


def own_systems(made: Prepared) -> list[Block]:
    """Controls over the SOC's own systems: access, rules, logs, clocks, backup, who can delete."""
    mine = [part for part in made.ready.parts if part.control.own_system]
    if not mine:
        text = "No control in scope is marked as one over the SOC's own systems (own_system in controls.yaml)."
        return [Heading(text="The SOC's own systems"), Context(text=spans(text))]
    labels = ("Control", "What it says", "Owner", "Last test", ">Score", "Periods")
    lines = (
        cells.row(p.control.id, cells.shorten(p.control.statement, 80), p.control.owner, p.control.result,
                  quantity(p.score, "share"), f"{p.covered} of {p.slots}")
        for p in mine
    )  # fmt: skip
    return [Heading(text="The SOC's own systems"), cells.table("Access, changes, logs, clocks, backup", labels, lines)]


def sampling(drawn: Sequence[Drawn], tests: Sequence[MockTest], made: Prepared) -> list[Block]:
    """Population, seed and sample of every control, then what own tests prove."""
    most = 100 if len(drawn) == 1 else 6
    seed = drawn[0].sample.seed if drawn and drawn[0].sample else None
    labels = ("Control", "Population", ">Rows", "Hash", "Drawn")
    text = (
        f"Drawn by SHA-256 of seed{f' {seed}' if seed is not None else ''} and id, so that anybody can draw it again. "
        "Sizes by frequency are usual practice, the upper end for key controls; the auditor's judgement decides."
    )
    out: list[Block] = [
        Heading(text="Samples"), cells.table("Samples by control", labels, (_drawn(one, most) for one in drawn)),
        Context(text=spans(text)),
    ]  # fmt: skip
    known = {one.id for one in made.controls}
    mine = [one for one in tests if one.control in known]
    return [*out, _tests(mine)] if mine else out


def _drawn(one: Drawn, most: int) -> tuple[Text, ...]:
    sample = one.sample
    if sample is None:
        return cells.row(one.control.id, one.query, "not available", None, one.note)
    said = f"{len(sample.ids)}: {cells.names(sample.ids, most)}" if sample.ids else "none"
    note = f" ({one.note})" if one.note else ""
    return cells.row(one.control.id, one.query, f"{sample.population:,}", sample.digest[:12], f"{said}{note}")


def _tests(tests: Sequence[MockTest]) -> Table:
    labels = ("Control", "On", ">Sampled", ">Exceptions", ">At most (90 %)", "Says")
    lines = (
        cells.row(t.control, str(t.on), str(t.sampled), str(t.exceptions),
                  quantity(upper_limit(t.sampled, min(t.exceptions, t.sampled)), "share"), conclusion(t.exceptions))
        for t in tests
    )  # fmt: skip
    return cells.table("Own tests: how many exceptions there can be", labels, lines)


def walkthroughs(made: Prepared) -> list[Block]:
    """What every control is asked, the scripts of those with their own, then who will be asked about what."""
    out: list[Block] = [Heading(text="Walkthroughs"), Bullets(items=tuple(spans(step) for step in ASKED))]
    labels = ("Control", "For what", "Who", "How often", "Evidence to show")
    plain = [one for one in made.controls if not one.walkthrough]
    if plain:
        lines = (
            cells.row(f"{one.id}{' (key)' if one.key else ''}", cells.shorten(one.statement, 80), one.owner,
                      one.frequency, one.evidence_type)
            for one in sorted(plain, key=lambda one: (not one.key, one.id))
        )  # fmt: skip
        out.append(cells.table("Asked so about each control", labels, lines))
    for one in made.controls:
        if one.walkthrough:
            steps = tuple(spans(f"{one.id}: {cells.shorten(step, 200)}") for step in one.walkthrough)
            out.append(Bullets(items=steps))
    return [*out, _interviews(made)]


def _interviews(made: Prepared) -> Table:
    owners: dict[str, list[str]] = {}
    for one in made.controls:
        owners.setdefault(one.owner, []).append(one.id)
    gaps = {owner: list(dict.fromkeys(g.subject for g in made.gaps if g.owner == owner)) for owner in owners}
    lines = (
        cells.row(owner, cells.names(ids, 8), cells.names(gaps[owner], 6)) for owner, ids in sorted(owners.items())
    )
    return cells.table("Interviews: who will be asked about what", ("Owner", "Explains", "Gaps to explain"), lines)


def prior(made: Prepared) -> list[Block]:
    """Findings of earlier audits and where they stand."""
    if not made.findings:
        return []
    labels = ("Finding", "Audit", "Severity", "What", "Due", "Status", "Owner")
    lines = (
        cells.row(f.id, f.audit, f.severity, cells.shorten(f.title, 80),
                  f"{'late, ' if f.due < made.today and f.status not in ('done', 'verified') else ''}{f.due}", f.status,
                  f.owner)
        for f in sorted(made.findings, key=lambda f: f.due)
    )  # fmt: skip
    return [cells.table("Findings of earlier audits", labels, lines)]


def doubt_lines(made: Prepared, inputs: Inputs) -> list[Block]:
    """Evidence an auditor would question."""
    if not made.doubts or not rows(inputs.evidence):
        return []
    lines = (cells.row(d.evidence.id, d.evidence.control, str(d.evidence.at.date()), d.why) for d in made.doubts[:20])
    return [cells.table("Evidence to question", ("Evidence", "Control", "Made", "Why"), lines, len(made.doubts))]
