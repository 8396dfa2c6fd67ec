"""The house itself: public names, folders, what must not be read or done at import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.ceilings import grown

ROOT = Path(__file__).parent.parent
HEAVY = ("scipy", "vl_convert", "slack_bolt", "polars", "aiohttp")


def test_nothing_has_outgrown_its_ceiling() -> None:
    """Files, functions and tests folders keep to the ceilings."""
    assert grown(ROOT) == []


def test_help_of_the_cli_imports_nothing_heavy() -> None:
    """`soc-bot --help` answers without loading what only some subcommands need."""
    code = f"import sys, bot.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_importing_every_module_does_no_io() -> None:
    """Every module imports with the network and file writing forbidden: no client, no settings at import."""
    code = """
import importlib, pkgutil, socket, builtins, sys
def refuse(*a, **k): raise RuntimeError("I/O at import")
importlib.import_module("numpy"); importlib.import_module("slack_bolt.async_app"); importlib.import_module("polars")
importlib.import_module("aiohttp.web"); importlib.import_module("redis.asyncio"); importlib.import_module("httpx")
opened = builtins.open
def guarded(file, mode="r", *a, **k):
    if any(c in mode for c in "wax+"): raise RuntimeError(f"writes {file} at import")
    return opened(file, mode, *a, **k)
builtins.open = guarded
socket.socket.connect = refuse
for top in ("messages", "connectors", "handlers", "bot"):
    package = importlib.import_module(top)
    for module in pkgutil.walk_packages(package.__path__, top + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print("ok")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.strip() == "ok", done.stderr[-2000:]
