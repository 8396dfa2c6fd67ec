"""`python -m tests.readme` writes README's command table; `test_readme` checks that it was done."""

from __future__ import annotations

from pathlib import Path

from handlers.core.help import table
from handlers.core.registry import discover

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- commands: begin (written by `make readme`, checked by a test) -->", "<!-- commands: end -->"


def written(text: str) -> str:
    """The README with the table of today's commands between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(discover()).strip()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
