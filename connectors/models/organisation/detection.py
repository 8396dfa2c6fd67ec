"""What detection rests on: data sources, rule knowledge, ATT&CK."""

from __future__ import annotations
