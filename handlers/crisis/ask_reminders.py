"""Reminders of attestation rounds: at half time and when the answers are due, to those who are waited for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from handlers.crisis.asks import Ask
from handlers.crisis.nudge import Reminder
from handlers.crisis.state import Crisis


def reminders(crisis: Crisis) -> Iterator[Reminder]:
    """Once each; whoever asks leaves out what was given."""
    for ask in crisis.asks:
        waiting = ask.waiting
        if ask.closed or not waiting:
            continue
        question = f"{ask.question[:100]}{'…' if len(ask.question) > 100 else ''}"
        press = (f"Answer {ask.id}", f"crisis answer {ask.id} --form")
        for name, at, words in _times(ask):
            told = f"{words}: {ask.id} {question}"
            yield Reminder(f"ask:{ask.id}:{name}", at, told, waiting, press, direct=True)


def _times(ask: Ask) -> Iterator[tuple[str, datetime, str]]:
    if ask.opened is not None:
        yield "half", ask.opened + (ask.due - ask.opened) / 2, "half of the time for your answer is over"
    yield "due", ask.due, "your answer is due"
