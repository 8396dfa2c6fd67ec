"""What others publish about themselves."""

from __future__ import annotations
