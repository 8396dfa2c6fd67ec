"""Questions from the press and what was answered: a record, nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from handlers.crisis.base import Event, Fixed, Who
from messages.document import Strong, Text, spans

if TYPE_CHECKING:
    from handlers.crisis.state import Crisis


class Question(Fixed):
    """`id` "P1" …; `asker`: who asked, as they were introduced; `answer` "" while it is open."""

    id: str
    text: str
    asker: str
    at: AwareDatetime
    answer: str = ""
    by: Who | None = None
    answered: AwareDatetime | None = None


class PressAsked(Event):
    kind: Literal["press asked"] = "press asked"
    question: Question

    def apply(self, crisis: Crisis) -> Crisis:
        return crisis.model_copy(update={"questions": (*crisis.questions, self.question)})

    def line(self, crisis: Crisis) -> Text:
        return spans(f"Press question {self.question.id} from {self.question.asker}: {self.question.text}")

    def told(self, crisis: Crisis) -> bool:
        return True


class PressAnswered(Event):
    """`question` as it is now; an earlier answer stays in the timeline. `despite`: why it says what it should not."""

    kind: Literal["press answered"] = "press answered"
    question: Question
    despite: str = ""

    def apply(self, crisis: Crisis) -> Crisis:
        new = self.question
        return crisis.model_copy(update={"questions": tuple(new if q.id == new.id else q for q in crisis.questions)})

    def line(self, crisis: Crisis) -> Text:
        why = f" (despite what it says: {self.despite})" if self.despite else ""
        return spans(f"Press question {self.question.id} answered: ", Strong(text=self.question.answer), why)


EVENTS: tuple[type[Event], ...] = (PressAsked, PressAnswered)
