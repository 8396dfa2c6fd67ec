"""Where the SOC is going: maturity, initiatives, tools."""

from __future__ import annotations
