"""`python -m tests.bench [section ...]`: ratios against something bare, in one run; goals are told, not enforced."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.bench.rows import table

SECTIONS = ("slash", "loop", "ping", "start", "rss", "mcp", "crises", "digests", "ledger", "teams", "commands")


def main() -> None:
    """Exit 0 whatever was measured; a section that breaks ends the run with its trace."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    wanted = parser.parse_args().sections or SECTIONS
    if unknown := set(wanted) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}: choose {', '.join(SECTIONS)}")
    rows = []
    for name in wanted:
        sys.stderr.write(f"{name} ...\n")
        rows += importlib.import_module(f"tests.bench.{name}").measure()
    sys.stdout.write(table(rows))


if __name__ == "__main__":
    main()
