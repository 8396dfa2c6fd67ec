"""What a person did that cannot be answered, told so that the next try works.

UserError             shown as it is, never a trace
  UnknownCommand      carries `suggestions`, nearest first
  OtherPersona        a verb of a sibling persona ("report triage"): not a SOC manager command
  BadLine             unbalanced quotes, too long
  BadFlag             carries `flag` and `choices`
  Denied              carries the `permission` that is missing
  NotFound            the thing named does not exist
  Conflict            somebody was faster, or the button has been used
  Unsaved             a write was refused because it could not be recorded

A BackendError (connectors.errors) becomes a notice with the backend's name; anything else is a bug: the
person gets the call's id, the log gets the trace.
"""

from __future__ import annotations

from collections.abc import Sequence


class UserError(Exception):
    """`hint` is what to type next; lines in `tries` are offered as buttons."""

    def __init__(self, message: str, hint: str = "", tries: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.tries = tuple(tries)


class UnknownCommand(UserError):
    def __init__(self, said: str, suggestions: Sequence[str]) -> None:
        hint = f"Did you mean {' or '.join(suggestions)}?" if suggestions else "`help` lists what you may run."
        super().__init__(f"There is no command “{said}”.", hint, suggestions)
        self.suggestions = tuple(suggestions)


class OtherPersona(UserError):
    def __init__(self, said: str, suggestions: Sequence[str]) -> None:
        hint = f"The nearest one is {suggestions[0]}." if suggestions else "`help` lists what you may run."
        super().__init__(f"“{said}” is not a SOC manager command.", hint, suggestions)
        self.suggestions = tuple(suggestions)


class BadLine(UserError):
    pass


class BadFlag(UserError):
    def __init__(self, flag: str, message: str, choices: Sequence[str] = ()) -> None:
        super().__init__(message, f"It can be: {', '.join(choices)}." if choices else "")
        self.flag = flag
        self.choices = tuple(choices)


class Denied(UserError):
    def __init__(self, permission: str, who: str) -> None:
        super().__init__(
            f"{who} may not do this: it needs the permission “{permission}”.",
            "Whoever keeps the bot's access file can grant a role that has it.",
        )
        self.permission = permission


class NotFound(UserError):
    pass


class Conflict(UserError):
    pass


class Unsaved(UserError):
    pass
