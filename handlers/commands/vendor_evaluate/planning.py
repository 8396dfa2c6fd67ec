"""The way to an award, counted back; and the proof of concept against what was fixed before it."""

from __future__ import annotations

from datetime import date, timedelta

from connectors.models.organisation.money import Candidate, PocMeasure, PocPlan, PocTest, RfiSection
from connectors.models.organisation.record import stale
from handlers.analysis.selection import Step, Trial, alike, trials
from handlers.commands.vendor_evaluate.work import Inputs, Race, Review
from handlers.core import cells
from messages.document import Block, Bullets, Context, Fact, Facts, Heading, Text, spans
from messages.prose import quantity

TESTS = (8, 12)
"""How many test cases a proof of concept should have."""
SCALE = (
    "Answers 0 to 4, each with evidence, one column a candidate: empty here, to be filled in the scoring sheet. The "
    "questions under a section are yours to write; scores before prices."
)


def rfi(one: Race, found: Review) -> list[Block]:
    """Stages with their latest days, for the notice day and for the contract's end; none without both files."""
    if one.renewal is None or not one.steps:
        return []
    rows = [_step(step, one, found) for step in one.steps]
    labels = ("Stage", ">Days", "Start by", "Done by", "For the contract's end", "Gate")
    caption = f"Way to the award: notice {one.renewal.notice}, end {one.renewal.contract.end}"
    return [Heading(text="RFI process"), cells.table(caption, labels, rows), Context(text=spans(_timing(one, found)))]


def _step(step: Step, one: Race, found: Review) -> tuple[Text, ...]:
    now = step.stage.name == one.chosen.stage
    late = " (past)" if step.end < found.today else ""
    return cells.row(
        f"{cells.shorten(step.stage.name, 40)}{' (now)' if now else ''}", f"{step.stage.days}", f"{step.start}",
        f"{step.end}{late}", f"{step.end_of_contract}", cells.shorten(step.stage.gate, 90),
    )  # fmt: skip


def _timing(one: Race, found: Review) -> str:
    if one.renewal is None or one.days_left is None:
        return "The stage it is in is not on file (selections.yaml): whether it is late cannot be said."
    award = found.today + timedelta(days=one.days_left)
    text = f"From today the stages left take {one.days_left} days: award {award}"
    if one.late:
        text += f", {one.late} days after the notice day"
        text += (
            " and before the contract ends." if award <= one.renewal.contract.end else " and after the contract ends."
        )
        return text
    return f"{text}, in time for the notice day."


def questions(inputs: Inputs, found: Review) -> list[Block]:
    """The question bank's sections with a column a candidate: as a file, the sheet in which answers are scored."""
    kept = inputs.rows(RfiSection)
    if not kept:
        return []
    names = [c.name for race in found.races[:1] for c in inputs.of(Candidate, race.chosen)]
    blank = [None] * len(names)
    rows = [
        cells.row(cells.shorten(s.title, 60), cells.names([cells.shorten(a, 80) for a in s.asks], 6), *blank)
        for s in kept
    ]  # fmt: skip
    doubt = sorted({_doubt(s, found.today) for s in kept})
    return [
        cells.table("Question bank", ("Section", "Asks about", *(f">{cells.shorten(n, 30)}" for n in names)), rows),
        Context(text=spans(f"{SCALE} Sections: {'; '.join(doubt)}.")),
    ]


def _doubt(one: RfiSection, today: date) -> str:
    """Where a section comes from and how sure it is."""
    old = ", over a year ago" if stale(one.checked, today) else ""
    looked = f"checked {one.checked}{old}" if one.checked else "never checked"
    return ", ".join(part for part in (one.source, f"confidence {one.confidence}", one.status, looked) if part)


def poc(inputs: Inputs, one: Race, found: Review) -> list[Block]:
    """Plan, readiness and results; results as shares with their interval."""
    plans = inputs.of(PocPlan, one.chosen)
    tests = inputs.of(PocTest, one.chosen)
    if not plans:
        missing = f"No proof of concept is planned for {cells.shorten(one.chosen.title, 60)} (poc_plan.yaml)."
        return [Context(text=spans(missing))] if inputs.ok(PocPlan) else []
    kept: PocPlan = plans[0]
    out: list[Block] = [Heading(text="Proof of concept"), _facts(kept, found)]
    if problems := readiness(kept, tests if inputs.ok(PocTest) else None):
        out.append(Bullets(items=tuple(spans(text) for text in problems)))
    if tests:
        out += _results(inputs, one, tests)
    return out


def _facts(kept: PocPlan, found: Review) -> Facts:
    end = kept.start + timedelta(days=kept.days - 1)
    day = (found.today - kept.start).days + 1
    state = f"day {day} of {kept.days}" if 1 <= day <= kept.days else ("ended" if day > kept.days else "not begun")
    roles = ", ".join(f"{cells.shorten(what, 40)}: {cells.shorten(who, 40)}" for what, who in kept.roles.items())
    pairs = [
        ("When", f"{kept.start} to {end}, {state}"),
        ("To enter", cells.names(kept.entry, 8)),
        ("To pass", cells.names(kept.exit, 8)),
        ("To stop at once", cells.names(kept.kill, 8)),
        ("Roles", roles),
    ]
    return Facts(
        facts=tuple(Fact(label=label, text=spans(cells.shorten(text, 600) or cells.NONE)) for label, text in pairs)
    )


def readiness(kept: PocPlan, tests: tuple[PocTest, ...] | None) -> list[str]:
    """What makes the result doubtful before anything is measured; `tests` None: they could not be read."""
    out = []
    if kept.fixed is None or kept.fixed > kept.start:
        when = "never" if kept.fixed is None else f"on {kept.fixed}, after the start"
        out.append(f"Entry and exit criteria were fixed {when}: they must stand before it begins.")
    if kept.data_signed_off is None or kept.data_signed_off > kept.start:
        out.append("Data protection had not signed off when it began.")
    for name, given in (("entry", kept.entry), ("exit", kept.exit), ("kill", kept.kill)):
        if not given:
            out.append(f"There are no {name} criteria.")
    if not kept.same_data:
        out.append("It is not on file that all candidates get the same data.")
    if tests is None:
        return [*out, f"Test cases and results: not known, {PocTest.FILE} could not be read."]
    if not TESTS[0] <= len(tests) <= TESTS[1]:
        out.append(f"{cells.counted(len(tests), 'test case')}: {TESTS[0]} to {TESTS[1]} are usual.")
    if loose := [t.id for t in tests if not t.gap.strip()]:
        out.append(f"Not tied to a detection gap: {cells.names(loose)}.")
    return out


def _results(inputs: Inputs, one: Race, tests: tuple[PocTest, ...]) -> list[Block]:
    names = [c.name for c in inputs.of(Candidate, one.chosen) if any(c.name in t.results for t in tests)]
    found = trials(tests, names)
    measures = {m.candidate: m for m in inputs.of(PocMeasure, one.chosen)}
    rows = [_trial(trial, measures.get(trial.candidate), inputs.ok(PocMeasure)) for trial in found]
    labels = ("Candidate", ">Detected", ">95 % interval", ">Median to detect", ">False alarms a day",
              ">Analyst minutes", ">Ingest delay", ">Integration")  # fmt: skip
    out: list[Block] = [cells.table("Measured", labels, rows)] if rows else []
    cases = [_case(test, names) for test in tests]
    out.append(
        cells.table("Test cases, minutes to detect", ("Case", "Gap", "Technique", *(f">{n}" for n in names)), cases)
    )
    notes = [f"{a} and {b} cannot be told apart on detection." for a, b in alike(found)]
    missed = [t for t in tests if t.results and all(v is None for v in t.results.values())]
    notes += [f"Missed by all: {cells.shorten(t.title, 60)} ({cells.shorten(t.gap, 40)})." for t in missed]
    notes += [f"{t.candidate}: {cells.counted(t.not_run, 'test')} not run yet." for t in found if t.not_run]
    gaps = sorted({t.gap for t in tests if t.gap.strip()})
    notes.append(
        f"{cells.counted(len(tests), 'test case')} on {cells.counted(len(gaps), 'gap')}: {cells.names(gaps, 8)}."
    )
    return [*out, Bullets(items=tuple(spans(note) for note in notes))]


def _case(test: PocTest, names: list[str]) -> tuple[Text, ...]:
    def told(name: str) -> str:
        if name not in test.results:
            return "not run"
        minutes = test.results[name]
        return "missed" if minutes is None else f"{minutes:g}"

    return cells.row(
        cells.shorten(test.title, 60), cells.shorten(test.gap, 40), cells.shorten(test.technique, 20),
        *(told(name) for name in names),
    )  # fmt: skip


def _trial(trial: Trial, measure: PocMeasure | None, known: bool) -> tuple[Text, ...]:
    """`known`: the measures could be read."""
    share = trial.detected
    interval = f"{share.low * 100:.1f} to {share.high * 100:.1f} %" if share.n else None

    def told(value: float | None, unit: str) -> str | None:
        none = None if known else "not known"
        return none if value is None else f"{value:g} {unit}".strip()

    return cells.row(
        cells.shorten(trial.candidate, 40),
        f"{share.successes} of {share.n}" + (f", {quantity(share.value, 'share')}" if share.n else ""), interval,
        told(trial.median_minutes, "min"), told(measure.false_positives_per_day if measure else None, ""),
        told(measure.analyst_minutes if measure else None, "min"),
        told(measure.ingest_delay_seconds if measure else None, "s"),
        told(measure.integration_hours if measure else None, "h"),
    )  # fmt: skip
