"""Regulatory clocks and the profile that makes them apply."""

from __future__ import annotations
