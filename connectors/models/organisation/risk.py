"""What weighs in judging an incident."""

from __future__ import annotations
