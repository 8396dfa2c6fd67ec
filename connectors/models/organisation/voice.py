"""Who must be told what: stakeholders and their templates."""

from __future__ import annotations
