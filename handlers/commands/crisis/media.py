"""`crisis media`: the holding statement and its chain, what is not said, who speaks, and what the press asked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.commands.crisis.letters import CRISIS
from handlers.core.access import Permission
from handlers.core.call import Authorised
from handlers.core.command import Args, Command, option, word
from handlers.core.errors import NotFound
from handlers.core.soc import Soc
from handlers.crisis import board_letters
from handlers.crisis.base import Stamp, speaker
from handlers.crisis.here import here
from handlers.crisis.letter_posts import sending
from handlers.crisis.media_rules import MEDIA, check_words
from handlers.crisis.press import PressAnswered, PressAsked, Question
from handlers.crisis.state import Crisis
from handlers.crisis.telling import button, event_of, recorded
from messages.document import Actions, Document


class MediaArgs(Args):
    crisis: str = option("", CRISIS)


async def media(args: MediaArgs, call: Authorised, soc: Soc) -> Document:
    """Everything about the press at one look; nothing of it is ever posted by the bot."""
    crisis = await soc.crises.get(await here(call, soc, args.crisis))
    letter = next(
        (one for one in reversed(crisis.letters) if one.audience == MEDIA and one.standing != "withdrawn"), None
    )
    buttons = [button(crisis, "Press question", "crisis media question --form")]
    if letter is None or not letter.editable:
        buttons.insert(0, button(crisis, "Draft statement", "crisis draft media", first=letter is None))
    if letter is not None:
        buttons.insert(0, button(crisis, f"Read {letter.id}", f"crisis letter {letter.id}", first=bool(letter.missing)))
        if not letter.missing:
            buttons.insert(0, sending(crisis, letter, "Given out by hand"))
    blocks = (*board_letters.media(crisis), Actions(buttons=tuple(buttons)))
    return Document(title=f"{crisis.name}: media", blocks=blocks, tlp=crisis.tlp)


class QuestionArgs(Args):
    text: Annotated[str, Field(min_length=3, max_length=600)] = word("What they ask", phrase=True)
    asker: Annotated[str, Field(max_length=120)] = option("the press", "Who asks, from where", phrase=True)
    crisis: str = option("", CRISIS)


async def question(args: QuestionArgs, call: Authorised, soc: Soc) -> Document:
    """Recorded with who asked."""

    def decide(crisis: Crisis, stamp: Stamp) -> PressAsked:
        new = Question(id=f"P{len(crisis.questions) + 1}", text=args.text, asker=args.asker, at=stamp.at)
        return PressAsked(stamp=stamp, question=new)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    name = event_of(made, PressAsked).question.id
    answer = button(made.crisis, "Answer", f"crisis media answer {name} --form", first=True)
    return recorded(made, buttons=(answer, button(made.crisis, "Media", "crisis media")))


class AnswerArgs(Args):
    question: Annotated[str, Field(max_length=12)] = word("Which question, e.g. P1")
    text: Annotated[str, Field(min_length=2, max_length=1_500)] = word("What was answered", phrase=True)
    despite: Annotated[str, Field(max_length=300)] = option(
        "", "Why, although it says what should not be said", phrase=True
    )
    crisis: str = option("", CRISIS)


async def answer(args: AnswerArgs, call: Authorised, soc: Soc) -> Document:
    """What the spokesperson said, for the record; held against the same rules as a statement."""

    def decide(crisis: Crisis, stamp: Stamp) -> PressAnswered:
        old = next((one for one in crisis.questions if one.id == args.question.upper()), None)
        if old is None:
            there = ", ".join(one.id for one in crisis.questions) or "none"
            raise NotFound(f"There is no press question {args.question}.", f"There are: {there}.")
        check_words(crisis, args.text, speaker(call), args.despite, call.principal.may(Permission.APPROVE))
        new = old.model_copy(update={"answer": args.text, "by": stamp.by, "answered": stamp.at})
        return PressAnswered(stamp=stamp, question=new, despite=args.despite)

    made = await soc.crises.change(await here(call, soc, args.crisis), call, decide)
    return recorded(made, buttons=(button(made.crisis, "Media", "crisis media"),))


COMMANDS = (
    Command(
        name="crisis media",
        summary="The press: statement, approval chain, what is not said, questions",
        args=MediaArgs,
        needs=Permission.PART,
        run=media,
        example="crisis media",
    ),
    Command(
        name="crisis media question",
        summary="Record what the press asked",
        args=QuestionArgs,
        needs=Permission.PART,
        run=question,
        example='crisis media question "Are customers affected?" --asker "a news agency"',
        writes=True,
    ),
    Command(
        name="crisis media answer",
        summary="Record what the press was told",
        args=AnswerArgs,
        needs=Permission.PART,
        run=answer,
        example="crisis media answer P1 We will say so once it is confirmed",
        writes=True,
    ),
)
