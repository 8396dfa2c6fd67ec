"""Finds every declared command by walking `handlers.commands`: a new command is a new file and nothing else."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import handlers.commands

if TYPE_CHECKING:
    from handlers.core.access import Principal
    from handlers.core.command import Command


class Registry:
    """Commands by name and alias, in the order of their names."""

    def __init__(self, commands: Iterable[Command[Any]]) -> None:
        self._commands = tuple(sorted(commands, key=lambda command: command.name))
        self._by_name: dict[str, Command[Any]] = {}
        for command in self._commands:
            for name in (command.name, *command.aliases):
                if name in self._by_name:
                    raise ValueError(f"two commands are called “{name}”")
                self._by_name[name] = command

    def __iter__(self) -> Iterator[Command[Any]]:
        return iter(self._commands)

    def get(self, name: str) -> Command[Any] | None:
        return self._by_name.get(name)

    def visible(self, principal: Principal | None = None) -> list[Command[Any]]:
        """Commands that are typed by people; with a principal, those they may run."""
        return [c for c in self if not c.hidden and (principal is None or principal.may(c.needs))]

    def nearest(self, said: str, count: int = 3) -> list[str]:
        """Command names that look most like what was said."""
        names = [command.name for command in self.visible()]
        whole = difflib.get_close_matches(said, names, n=count, cutoff=0.6)
        first = said.split(" ", maxsplit=1)[0]
        words = {
            name: max(difflib.SequenceMatcher(None, first, word).ratio() for word in name.split()) for name in names
        }
        close = sorted((name for name in names if words[name] >= 0.75), key=lambda name: -words[name])
        return list(dict.fromkeys([*whole, *close]))[:count]


def discover() -> Registry:
    """Every `COMMAND` and each of `COMMANDS` of the modules under `handlers.commands`."""
    found: list[Command[Any]] = []
    for module in pkgutil.iter_modules(handlers.commands.__path__):
        loaded = importlib.import_module(f"handlers.commands.{module.name}")
        found += [loaded.COMMAND] if hasattr(loaded, "COMMAND") else []
        found += getattr(loaded, "COMMANDS", ())
    return Registry(found)
