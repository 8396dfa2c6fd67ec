"""`python -m tests.readme` writes README's command tables; `test_readme` checks that it was done."""

from __future__ import annotations

from pathlib import Path

from handlers.core.help import table
from handlers.core.registry import discover

README = Path(__file__).parent.parent / "README.md"
FAMILIES = ("crisis", "digest")
"""First words whose commands have a table of their own."""


def written(text: str) -> str:
    """The README with the tables of today's commands between their marks."""
    commands = discover().visible()
    for name in ("commands", *FAMILIES):
        family = [c for c in commands if _family(c.name) == (name if name in FAMILIES else "")]
        begin = f"<!-- {name}: begin (written by `make readme`, checked by a test) -->"
        end = f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table(family).strip()}\n{end}{after}"
    return text


def _family(name: str) -> str:
    word = name.split(" ", maxsplit=1)[0]
    return word if word in FAMILIES else ""


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
