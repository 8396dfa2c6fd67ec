"""`--team-skills`: the team's figures, what needs the manager, and the training plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from connectors.models.organisation import SkillNeed
from connectors.models.organisation.people import Course
from handlers.analysis import training
from handlers.analysis.certificates import by_currency
from handlers.commands.training_assess.work import Inputs, Purse, Team
from handlers.core import cells
from handlers.core.book import Book, files
from handlers.core.sheet import Sheet
from messages.document import Block, Bullets, Context, Fact, Facts, Heading, Paragraph, Table, Text, Value, spans
from messages.prose import count, quantity

ROWS = 20
PLACES = "People × courses of the plan that have a date on which the person is here and has training hours left."
NO_COURSES = f"{Course.FILE} could not be read"
METHOD = (
    "Gap score: Σ weight · gap / Σ weight · required, levels 0 to 4. Priority: threat weight × gap × (1 / bus factor; "
    "nobody counts as ½) / course hours. Threat weight: the SOC's own, else 1 to 3 by how many techniques of the "
    "threat profiles the skill answers. Trained first are those nearest to their role's level, until three work "
    "alone. Gaps count heads, not hours: part-time is not weighed."
)


def add_figures(book: Book, inputs: Inputs, found: Team, purse: Purse | None) -> None:
    """`training.*`, each with the files it rests on."""
    levels = book.over(None, *files(inputs.people, inputs.skills, inputs.profiles))
    people = len({g.person for g in found.gaps})
    levels.add("training.gap.share", "Team gap score", training.score(found.gaps), "share",
               "Σ weight · max(0, required level − level) / Σ weight · required level, over everybody whose role has a "
               "profile; a skill nobody assessed is level 0.", n=people, statistic="share", better="lower",
               note="" if found.gaps else "no role of the roster has a profile")  # fmt: skip
    needed = book.over(None, *files(inputs.people, inputs.skills, inputs.profiles, inputs.needs))
    for name, label, skills, words in (
        ("training.single.count", "Skills on one person", found.single, "exactly one person has"),
        ("training.nobody.count", "Skills nobody has", found.nobody, "nobody has"),
    ):
        told = f"Skills that a role or a shift needs at level 3 and {words} there."
        only = "" if inputs.needs.ok else f"{SkillNeed.FILE} could not be read: what roles need alone"
        needed.add(name, label, len(skills), "count", told, n=found.vital, better="lower", note=only)
    _plan_figures(book, inputs, found)
    if purse is not None:
        book.over(None, *files(inputs.budget)).add(
            "training.budget.left", f"Training budget left {purse.year}", purse.left, "money",
            f"Plan less booked and committed cost of the training lines of {purse.year}.", statistic="sum",
            currency=purse.currency,
        )  # fmt: skip


def _plan_figures(book: Book, inputs: Inputs, found: Team) -> None:
    """Places, hours and cost of what can be booked."""
    used = files(inputs.people, inputs.skills, inputs.profiles, inputs.courses, inputs.maps, inputs.absences,
                 inputs.policy, *inputs.intel)  # fmt: skip
    plan = book.over(None, *used)
    if not inputs.courses.ok:
        plan.add("training.places.count", "Places to book", None, "count", PLACES, note=NO_COURSES)
        return
    booked = [seat for seat in found.seats if seat.starts is not None]
    plan.add("training.places.count", "Places to book", len(booked), "count", PLACES, n=len(found.seats))
    plan.add("training.hours.sum", "Training hours", sum(seat.course.hours for seat in booked), "hours",
             "Course hours of those places.", n=len(booked), statistic="sum")  # fmt: skip
    costs = by_currency((seat.course.cost, seat.course.currency) for seat in booked)
    if len(costs) == 1:
        (currency, cost), *_ = costs.items()
        plan.add("training.cost.sum", "Cost of the plan", cost, "money", "Price on file of those places.",
                 n=len(booked), statistic="sum", currency=currency)  # fmt: skip


def needs(found: Team, purse: Purse | None, sheet: Sheet, named: Mapping[str, str] | None) -> list[Text]:
    """Gravest first; who trains is named only where `named` is given."""
    out: list[Text] = []
    if found.nobody:
        out.append(spans("Nobody works alone at: ", f"{_list(found.nobody)} (owner: SOC manager)."))
    if found.single:
        out.append(spans("One person alone can do: ", f"{_list(found.single)} (owner: SOC manager)."))
    if first := top(found):
        out.append(spans(f"Book {_course(first, found)}{_who(first, named)} (owner: SOC manager)."))
    if without := [seat for seat in found.seats if seat.starts is None]:
        why = cells.names(sorted({f"{_short(s.course.skill)} ({s.reason})" for s in without}), 3)
        out.append(spans(f"No place found for {cells.counted(len(without), 'person', 'people')}: {why} "
                         "(owner: SOC manager)."))  # fmt: skip
    if purse is not None and purse.left > 0 and purse.plan > 0:
        out.append(spans(Value(figure="training.budget.left"), f"{_unspent(found, purse)} (owner: SOC manager)."))
    if found.doubts:
        out.append(spans(f"{cells.counted(len(found.doubts), 'self-assessment')} more than a level from the evidence: "
                         f"{_list(sorted({d.skill for d in found.doubts}))} (owner: shift leads)."))  # fmt: skip
    return out


def _unspent(found: Team, purse: Purse) -> str:
    """How much of the year's money that is, and how much of it the plan takes."""
    days = (date(purse.year, 12, 31) - found.today).days
    now = [s.course for s in found.seats if s.starts is not None and s.starts.year == purse.year]
    planned = by_currency((one.cost, one.currency) for one in now).get(purse.currency, 0.0)
    share = quantity(purse.left / purse.plan, "share")
    return (
        f" of the year's training budget ({share}) is neither spent nor committed, {days} d before the year ends; "
        f"courses of this plan that begin in {purse.year} take {quantity(planned, 'money', purse.currency)}"
    )


def top(found: Team) -> training.Need | None:
    """What to train first: the highest priority that has somebody to send."""
    return next((need for need in found.needs if need.priority and need.trainees), None)


def _course(need: training.Need, found: Team) -> str:
    """ "cloud: 2 people on “Cloud forensics”, 24 h each, from 2027-02-23"."""
    course = need.course
    if course is None:
        return _short(need.skill)
    starts = [s.starts for s in found.seats if s.course.id == course.id and s.starts is not None]
    when = f", from {min(starts)}" if starts else ", no date fits"
    people = cells.counted(len(need.trainees), "person", "people")
    return f"{_short(need.skill)}: {people} on “{cells.shorten(course.name, 60)}”, {count(course.hours)} h each{when}"


def _who(need: training.Need, named: Mapping[str, str] | None) -> str:
    if named is None:
        return ""
    return f" — {cells.names([named.get(g.person, g.person) for g in need.trainees], 6)}"


def blocks(found: Team | None, sheet: Sheet, named: Mapping[str, str] | None) -> list[Block]:
    """The table of skills, the plan by quarter, and how it is computed."""
    head = Heading(text="Team skills")
    if found is None:
        told = "No team skills: the roster, the skills or the role profiles could not be read."
        return [head, Paragraph(text=spans(told))]
    if not found.gaps:
        return [head, Paragraph(text=spans("No role of the roster has a profile on file, so nothing is required."))]
    out: list[Block] = [head, _table(found, named), Heading(text="Plan by quarter"), _plan(found, named)]
    if not found.courses:
        out[-1] = Paragraph(text=spans(f"No plan: {NO_COURSES}."))
    if found.doubts and named is not None:
        out.append(Bullets(items=tuple(_doubt(one, named) for one in found.doubts)))
    return [*out, Context(text=spans(METHOD))]


def _doubt(one: training.Doubt, named: Mapping[str, str]) -> Text:
    who = named.get(one.person, one.person)
    return spans(f"{who}, {_short(one.skill)}: said {one.claimed}, the evidence shows {one.shown}.")


def _table(found: Team, named: Mapping[str, str] | None) -> Table:
    lines = []
    for need in found.needs[:ROWS]:
        hours, of = (found.uncovered or {}).get(need.skill, (0, 0))
        share = quantity(need.gap / need.required, "share") if need.required else ""
        lines.append(cells.row(
            _short(need.skill), f"{need.gap} of {need.required} ({share})",
            f"{sum(g.gap > 0 for g in need.gaps)} of {len(need.gaps)}", f"{need.able}",
            f"{hours} of {of}" if of else None, f"{need.weight:.2f}",
            None if need.priority is None or not need.gap else f"{need.priority:.3f}",
            _send(need, named), _offer(need, found),
        ))  # fmt: skip
    labels = ("Skill", ">Gap", ">People short", ">Work alone", ">Uncovered h next week", ">Threat weight", ">Priority",
              "Train", "Course")  # fmt: skip
    return cells.table("Skills by training priority", labels, lines, len(found.needs))


def _send(need: training.Need, named: Mapping[str, str] | None) -> str | None:
    if not need.trainees or need.course is None:
        return None
    if named is not None:
        return cells.names([named.get(g.person, g.person) for g in need.trainees], 6)
    return cells.counted(len(need.trainees), "person", "people")


def _offer(need: training.Need, found: Team) -> str | None:
    if not need.gap:
        return None
    if need.course is None:
        return "no course on file" if found.courses else "not known"
    starts = [s.starts for s in found.seats if s.course.id == need.course.id and s.starts is not None]
    when = f", {quarter(min(starts))}" if starts else ", no date"
    return f"{cells.shorten(need.course.name, 40)} ({count(need.course.hours)} h{when})"


def _plan(found: Team, named: Mapping[str, str] | None) -> Facts:
    """Who trains on what in which quarter: people counted, or named."""
    by: dict[str, dict[str, list[training.Seat]]] = defaultdict(lambda: defaultdict(list))
    for seat in found.seats:
        by[quarter(seat.starts) if seat.starts else "no place"][seat.course.skill].append(seat)
    facts = []
    for name in sorted(by):
        parts = []
        for skill, seats in by[name].items():
            people = [named.get(s.person, s.person) for s in seats] if named is not None else []
            who = f" ({cells.names(people, 6)})" if people else ""
            why = f", {cells.names(sorted({s.reason for s in seats}))}" if name == "no place" else ""
            hours = "" if why else f", {count(sum(s.course.hours for s in seats))} h"
            parts.append(f"{_short(skill)} {cells.counted(len(seats), 'person', 'people')}{hours}{why}{who}")
        facts.append(Fact(label=name, text=spans("; ".join(parts))))
    return Facts(facts=tuple(facts) or (Fact(label="Plan", text=spans("nobody to send")),))


def quarter(day: date) -> str:
    """2027-02-23 → "2027-Q1"."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _short(skill: str) -> str:
    return cells.shorten(skill, 40)


def _list(skills: tuple[str, ...] | list[str]) -> str:
    return cells.names([_short(skill) for skill in skills])
