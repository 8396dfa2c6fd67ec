"""Which initiative comes first, when it fits, and what hangs on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

SWING = 0.2
MOST_VARIED = 40
"""More tasks than this are not varied one by one: the order is computed twice for each."""
EPSILON = 1e-9


class Cycle(ValueError):
    """Initiatives that wait for one another; `path` ends where it begins."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(f"initiatives wait for one another: {' → '.join(path)}")
        self.path = tuple(path)


@dataclass(frozen=True, slots=True)
class Task:
    """What is left of an initiative. `deps` are ids of other tasks (those done are left out); `start_after` a day."""

    id: str
    value: float
    effort: float
    deps: tuple[str, ...] = ()
    start_after: date | None = None
    running: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.effort


def find_cycle(deps: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """One cycle as ids in order of "waits for", the first repeated at the end; None when there is none."""
    try:
        TopologicalSorter({name: sorted(deps[name]) for name in sorted(deps)}).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return None


def ancestors(deps: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Id → everything that must be done before it. The graph holds no cycle."""
    out: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(deps).static_order():
        mine = tuple(deps.get(name, ()))
        out[name] = frozenset(mine).union(*(out[one] for one in mine))
    return out


def chain_ratio(
    tasks: Mapping[str, Task], before: Mapping[str, frozenset[str]], name: str, left: AbstractSet[str]
) -> float:
    """The best value/effort of a chain that the task begins: itself, or any later task with all it still waits for."""
    later = (other for other in left if name in before[other])
    best = tasks[name].ratio
    for other in later:
        chain = [tasks[one] for one in (*(before[other] & left), other)]
        best = max(best, sum(t.value for t in chain) / sum(t.effort for t in chain))
    return best


@dataclass(frozen=True, slots=True)
class Quarter:
    """Effort from `start` to `end` on the line of all effort there is; `first` its first day."""

    name: str
    first: date
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A task on the line of effort. `quarters` are those it touches; `fits` False when it ends after the last."""

    id: str
    start: float
    end: float
    ratio: float
    chain: float
    quarters: tuple[str, ...]
    fits: bool


def first_day(quarter: str) -> date:
    """2027-Q2 → 1 April 2027."""
    year, number = quarter.split("-Q")
    return date(int(year), 3 * int(number) - 2, 1)


def horizon(capacity: Iterable[tuple[str, float]]) -> tuple[Quarter, ...]:
    """Quarters in order of time laid end to end by their capacity."""
    out: list[Quarter] = []
    for name, effort in sorted(capacity):
        start = out[-1].end if out else 0.0
        out.append(Quarter(name, first_day(name), start, start + effort))
    return tuple(out)


def sequence(tasks: Iterable[Task], quarters: Sequence[Quarter] = ()) -> list[Placed]:
    """One after another: of what may start, what runs already, then the best chain, then its own ratio, then the id.

    A task with `start_after` waits for the first quarter that begins on or after that day; while nothing else may
    start the effort until then stays unused. Raises Cycle; every dependency must be among the tasks.
    """
    all_of = {task.id: task for task in tasks}
    cycle = find_cycle({name: task.deps for name, task in all_of.items()})
    if cycle is not None:
        raise Cycle(cycle)
    strange = sorted({dep for task in all_of.values() for dep in task.deps} - all_of.keys())
    if strange:
        raise ValueError(f"dependencies that are not among the tasks: {', '.join(strange)}")
    before = ancestors({name: task.deps for name, task in all_of.items()})
    left, at, out = set(all_of), 0.0, list[Placed]()
    opens = {name: _opens(task, quarters) for name, task in all_of.items()}
    while left:
        free = [name for name in left if not left & set(all_of[name].deps)]
        ready = [name for name in free if opens[name] <= at + EPSILON]
        if not ready:
            at = min(opens[name] for name in free)
            continue
        chains = {name: chain_ratio(all_of, before, name, left) for name in ready}
        name = min(
            ready,
            key=lambda n: (not all_of[n].running, -round(chains[n], 9), -round(all_of[n].ratio, 9), n),
        )
        out.append(_place(all_of[name], at, chains[name], quarters))
        left.remove(name)
        at += all_of[name].effort
    return out


def _opens(task: Task, quarters: Sequence[Quarter]) -> float:
    """Where on the line of effort a task may start."""
    if task.start_after is None or not quarters:
        return 0.0
    return next((q.start for q in quarters if q.first >= task.start_after), quarters[-1].end)


def _place(task: Task, at: float, chain: float, quarters: Sequence[Quarter]) -> Placed:
    end = at + task.effort
    touched = tuple(q.name for q in quarters if q.start < end - EPSILON and q.end > at + EPSILON)
    fits = not quarters or end <= quarters[-1].end + EPSILON
    return Placed(task.id, at, end, task.ratio, chain, touched, fits)


def critical_path(tasks: Iterable[Task]) -> tuple[tuple[str, ...], float]:
    """The chain of dependencies with most effort, first to last, and its effort. The tasks hold no cycle."""
    all_of = {task.id: task for task in tasks}
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for name in TopologicalSorter({name: sorted(all_of[name].deps) for name in sorted(all_of)}).static_order():
        if name in all_of:
            before = [best[dep] for dep in all_of[name].deps if dep in best]
            effort, path = max(before, default=(0.0, ()))
            best[name] = (effort + all_of[name].effort, (*path, name))
    effort, path = max(best.values(), default=(0.0, ()))
    return path, effort


def sensitivity(tasks: Sequence[Task], quarters: Sequence[Quarter] = ()) -> dict[str, tuple[int, int]]:
    """Id → first and last place in the order when any single value is a fifth lower or higher (values are ordinal)."""
    places: dict[str, list[int]] = {task.id: [] for task in tasks}
    for changed in (None, *((task.id, factor) for task in tasks for factor in (1 - SWING, 1 + SWING))):
        scenario = [_scaled(task, changed) for task in tasks]
        for place, one in enumerate(sequence(scenario, quarters), start=1):
            places[one.id].append(place)
    return {name: (min(found), max(found)) for name, found in places.items()}


def _scaled(task: Task, changed: tuple[str, float] | None) -> Task:
    if changed is None or changed[0] != task.id:
        return task
    return Task(task.id, task.value * changed[1], task.effort, task.deps, task.start_after, task.running)


def when(placed: Placed, quarters: Sequence[Quarter]) -> str:
    """Now: begins in the first quarter; next: in the two after; later: in the rest; beyond: does not end in them."""
    if not placed.fits:
        return "beyond"
    names = [q.name for q in quarters]
    first = names.index(placed.quarters[0]) if placed.quarters else len(names)
    return "now" if first == 0 else "next" if first <= 2 else "later"
