"""`python -m tests.ceilings`: a file or function that has grown past reading is a decision, not an accident."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE, TEST_FILE, FUNCTION = 300, 500, 60


def grown(root: Path) -> list[str]:
    """One sentence per file or function over its ceiling, and per tests folder without `__init__.py`."""
    found = []
    for path in sorted(
        p for top in ("bot", "handlers", "connectors", "messages", "tests") for p in (root / top).rglob("*.py")
    ):
        name = path.relative_to(root)
        source = path.read_text()
        ceiling = TEST_FILE if name.parts[0] == "tests" else FILE
        if (lines := source.count("\n")) > ceiling:
            found.append(f"{name} has {lines} lines, {ceiling} are the ceiling")
        if name.parts[0] != "tests":
            found += [
                f"{name}:{at} {function} has {size} lines, {FUNCTION} are the ceiling"
                for at, function, size in _long(source)
            ]
    for folder in {p.parent for p in (root / "tests").rglob("*.py")}:
        if not (folder / "__init__.py").exists():
            found.append(f"{folder.relative_to(root)} has no __init__.py: it would shadow a package of ours")
    return found


def _long(source: str) -> list[tuple[int, str, int]]:
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    sizes = [(f.lineno, f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions]
    return [row for row in sizes if row[2] > FUNCTION]


if __name__ == "__main__":
    sentences = grown(ROOT)
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    sys.exit(1 if sentences else 0)
