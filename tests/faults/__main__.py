"""`python -m tests.faults [fault ...] [--trials N]`: kills processes and counts what was lost or doubled.

Exit 1 when an acknowledged call had no answer, or somebody got one twice without being told.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.faults.trials import FAULTS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="fault", help=", ".join(FAULTS))
    parser.add_argument("--trials", type=int, default=5)
    given = parser.parse_args()
    if unknown := set(given.faults) - set(FAULTS):
        parser.error(f"no fault {', '.join(sorted(unknown))}: choose {', '.join(FAULTS)}")
    sound = True
    for name in given.faults or FAULTS:
        tally = asyncio.run(FAULTS[name](given.trials))
        sound = sound and tally.sound
        sys.stdout.write(tally.line() + "\n")
        sys.stdout.flush()
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
