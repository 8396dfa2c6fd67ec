"""Failures as sentences and as documents."""

from __future__ import annotations

from connectors.errors import BackendError
from handlers.core.errors import UserError
from messages.document import Actions, Button, Document, Mono, Notice, Paragraph, spans, typed


def calm(error: BackendError) -> str:
    """A backend's failure as one sentence with the backend's name and a full stop."""
    text = str(error).strip()
    return text if text.endswith((".", ")", "!")) and text.endswith(".") else f"{text}."


def refusal(error: UserError, call_id: str) -> Document:
    """What the person did, why it cannot be answered, what to type instead."""
    blocks = [Notice(level="warning", text=typed(error.message))]
    if error.hint:
        blocks.append(Paragraph(text=typed(error.hint)))  # type: ignore[arg-type]
    if error.tries:
        buttons = tuple(Button(label=line[:75], line=line) for line in error.tries[:5])
        blocks.append(Actions(buttons=buttons))  # type: ignore[arg-type]
    return Document(title="Not done", blocks=tuple(blocks), tlp="green", call=call_id)


def failure(error: BackendError, call_id: str) -> Document:
    """A backend failed and nothing is left to show."""
    return Document(title="No answer", blocks=(Notice(level="error", text=spans(calm(error))),), call=call_id)


def timed_out(command: str, budget: float, call_id: str) -> Document:
    """The command used up its time."""
    text = f"{command} did not finish within {budget:g} s. Nothing was changed. Try again, or ask for a shorter window."
    return Document(title="No answer", blocks=(Notice(level="error", text=spans(text)),), call=call_id)


def unconfirmed(command: str, budget: float, call_id: str) -> Document:
    """A write used up its time: it may have happened."""
    text = f"{command} did not finish within {budget:g} s; whether it was done is unknown. Look before you try again."
    return Document(title="Not confirmed", blocks=(Notice(level="error", text=spans(text)),), call=call_id)


def step(summary: str, line: str, call_id: str) -> Document:
    """What a command that shows no preview of its own would do: the preview an agent gets of it."""
    blocks = (
        Paragraph(text=spans("This will be done: ", Mono(text=line))),
        Paragraph(text=spans(f"{summary.rstrip('.')}. Whether it can be done is seen when it is confirmed.")),
    )
    return Document(title=f"{line.split(' --', 1)[0][:60]}?", blocks=blocks, tlp="green", call=call_id)


def kept_back(why: str, hint: str, applied: bool, call_id: str) -> Document:
    """An answer that its asker's agent host may not see; what was changed is changed."""
    done = "It is done; what was answered is not shown here." if applied else "Nothing of it is shown here."
    blocks = (Notice(level="warning", text=spans(f"{why} {done}")), Paragraph(text=spans(hint)))
    return Document(title="Done" if applied else "Not shown", blocks=blocks, tlp="green", call=call_id)


def no_state(call_id: str) -> Document:
    """Redis is away and this needs it. A commit whose reply was lost may have been made."""
    text = (
        "My state store is away, and this needs it. If it was to change something, whether it was done is unknown: "
        "look before you try again. Reads that need no memory still work."
    )
    return Document(title="No answer", blocks=(Notice(level="error", text=spans(text)),), call=call_id)


def bug(call_id: str) -> Document:
    """Our fault: the trace is in the log under the call's id."""
    text = f"Something went wrong on my side. Quote {call_id} to whoever runs me; the details are in my log."
    return Document(title="No answer", blocks=(Notice(level="error", text=spans(text)),), call=call_id)
