"""Attestation rounds: one question to several owners, each answers by a button, one live matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from pydantic import AwareDatetime

from handlers.core.parcel import Post
from handlers.crisis import ask_posts
from handlers.crisis.base import Event, Fixed, Refused, Who
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis

Answered = Literal["yes", "no", "not applicable", "working on it"]
ANSWERS: tuple[Answered, ...] = get_args(Answered)


class Reply(Fixed):
    answer: Answered
    note: str = ""
    at: AwareDatetime
    by: Who


class Ask(Fixed):
    """`id` "Q1" …; `owners` must answer until `due`; an owner's last answer counts, all are in the timeline."""

    id: str
    question: str
    owners: tuple[Who, ...]
    due: AwareDatetime
    opened: AwareDatetime | None = None
    by: Who | None = None
    replies: dict[str, Reply]
    closed: bool = False

    @property
    def waiting(self) -> tuple[Who, ...]:
        """Owners who have not answered, or are still working on it."""
        done = {person for person, reply in self.replies.items() if reply.answer != "working on it"}
        return tuple(owner for owner in self.owners if owner.person not in done)


def check_answer(ask: Ask, who: Who) -> None:
    """Refused when the round is closed, or for somebody who was not asked."""
    if ask.closed:
        raise Refused(f"{ask.id} is closed.", "A note in the timeline still can be made.", ("crisis note",))
    if who.person not in {owner.person for owner in ask.owners}:
        raise Refused(f"{ask.id} was not asked of you.", "Each owner answers for themselves.")


def _put(crisis: Crisis, ask: Ask) -> Crisis:
    return crisis.model_copy(update={"asks": tuple(ask if one.id == ask.id else one for one in crisis.asks)})


def _at(crisis: Crisis, name: str) -> Ask:
    return next(one for one in crisis.asks if one.id == name)


class AskOpened(Event):
    kind: Literal["ask opened"] = "ask opened"
    ask: Ask

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"asks": (*crisis.asks, self.ask)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"{self.ask.id} asked of {len(self.ask.owners)}: ", Strong(text=self.ask.question))

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        """The matrix in the rooms, and the question to each owner directly."""
        return (*ask_posts.matrix_posts(crisis, self.ask), *ask_posts.questions(crisis, self.ask))


class AskAnswered(Event):
    kind: Literal["ask answered"] = "ask answered"
    ask: str
    owner: str
    reply: Reply

    def apply(self, crisis: Crisis) -> Crisis:
        old = _at(crisis, self.ask)
        return _put(crisis, old.model_copy(update={"replies": {**old.replies, self.owner: self.reply}}))

    def line(self, crisis: Crisis) -> Text:
        note = f" ({self.reply.note})" if self.reply.note else ""
        return spans(f"{self.ask}: {self.reply.by.name} answered ", Strong(text=self.reply.answer), note)

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return ask_posts.matrix_posts(crisis, _at(crisis, self.ask))


class AskClosed(Event):
    kind: Literal["ask closed"] = "ask closed"
    ask: str

    def apply(self, crisis: Crisis) -> Crisis:
        return _put(crisis, _at(crisis, self.ask).model_copy(update={"closed": True}))

    def line(self, crisis: Crisis) -> Text:
        left = len(_at(crisis, self.ask).waiting)
        return spans(f"{self.ask} closed", f", {left} without an answer" if left else "")

    def told(self, crisis: Crisis) -> bool:
        return True

    def posts(self, crisis: Crisis) -> tuple[Post, ...]:
        return ask_posts.matrix_posts(crisis, _at(crisis, self.ask))


EVENTS: tuple[type[Event], ...] = (AskOpened, AskAnswered, AskClosed)
