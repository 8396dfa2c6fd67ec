"""One line of the table: what was measured, ours beside something bare, and the goal it is held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
HEAD = ("what", "ours", "bare", "value", "goal", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """`met` None: there is no goal, the number is for reading only."""

    what: str
    ours: str
    bare: str = ""
    value: str = ""
    goal: str = ""
    met: bool | None = None


def against(what: str, ours: Sequence[float], bare: Sequence[float], unit: str, most: float) -> Row:
    """The median of the rounds' own ratios: whatever slows the machine slows both halves of a round."""
    ratio = median(one / other for one, other in zip(ours, bare, strict=True))
    return Row(
        what,
        f"{median(ours):.3g} {unit}",
        f"{median(bare):.3g} {unit}",
        f"{ratio:.2f} x ({spread([one / other for one, other in zip(ours, bare, strict=True)])})",
        f"<= {most:g} x",
        ratio <= most,
    )


def spread(values: Sequence[float]) -> str:
    """Lowest to highest of the rounds."""
    return f"{min(values):.2f}-{max(values):.2f}"


def table(rows: Iterable[Row]) -> str:
    """Columns as wide as their widest word."""
    verdict = {True: "yes", False: "NO", None: ""}
    cells = [HEAD, *((r.what, r.ours, r.bare, r.value, r.goal, verdict[r.met]) for r in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(HEAD))]
    return "".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in cells
    )
