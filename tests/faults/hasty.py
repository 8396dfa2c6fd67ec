"""`python -m tests.faults.hasty`: `soc-bot serve` with leases of seconds, so that a takeover fits into a test."""

from __future__ import annotations

import sys

import bot.courier
import bot.worker
from bot.cli import app

if __name__ == "__main__":
    bot.courier.LEASE, bot.worker.LEASE = 3.0, 2.0
    sys.argv = ["soc-bot", "serve"]
    app()
