"""`digest ...`: answers that come by themselves, and boards that keep themselves fresh."""

from __future__ import annotations

from handlers.commands.digest import board, fire, look, manage, schedule

COMMANDS = (schedule.COMMAND, board.COMMAND, *manage.COMMANDS, *look.COMMANDS, *fire.COMMANDS)
