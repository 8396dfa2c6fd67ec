"""`crisis …`: a major incident run in chat. Each file here declares its commands; a new one is a new file."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from handlers.core.command import Command

COMMANDS: tuple[Command[Any], ...] = tuple(
    command
    for module in pkgutil.iter_modules(__path__)
    for command in getattr(importlib.import_module(f"{__name__}.{module.name}"), "COMMANDS", ())
)
