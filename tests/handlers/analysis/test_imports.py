"""What importing the arithmetic costs."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import handlers.analysis
for module in pkgutil.iter_modules(handlers.analysis.__path__):
    importlib.import_module(f"handlers.analysis.{module.name}")
print(*sorted({"scipy", "holidays", "matplotlib", "pandas"} & set(sys.modules)))
"""


def test_heavy_libraries_wait_until_they_are_used() -> None:
    """Importing every module of the arithmetic loads neither scipy nor the holiday calendars."""
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
