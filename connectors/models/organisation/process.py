"""How work is done: runbooks, hunts, steps."""

from __future__ import annotations
