"""Every example's answer as Teams gets it: through what the adapter itself puts around a document, card by card."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from bot.platform import Parcel
from bot.teams import files, outgoing
from connectors.memory import MemoryState
from handlers.core.call import Address
from handlers.core.pipeline import Pipeline
from handlers.crisis.store import CrisisStore
from messages.document import Document
from messages.files.model import Attachment
from tests.card_rules import check_card
from tests.examples import test_crisis_examples as crisis
from tests.examples import test_examples as plain
from tests.examples.crisis_scene import BASE, SCENES
from tests.examples.test_crisis_examples import Stage
from tests.examples.test_examples import Core, asked, made  # noqa: F401 - a fixture

AT = Address(platform="teams", tenant="T", channel="19:c@thread.tacv2", thread="1", visibility="channel")
LARGEST = 100 * 1024 // 2
"""Characters of a whole activity: Teams takes about 100 KB in UTF-16 (learn.microsoft.com, "Format your bot messages",
message size)."""


FILE = Attachment(name="report*_[x](https://x.example)_.pdf", format="pdf", document=Document(title="Report"))


def parcel(document: Document, **more: object) -> Parcel:
    return Parcel.model_validate(
        {"id": "p", "kind": "answer", "call": document.call, "address": AT, "document": document, **more}
    )


def sent(document: Document) -> list[outgoing.Activity]:
    """As it is, and with all that the adapter can put around it: mark, board, calls, a file's link, no share button."""
    around = files.linked(outgoing.unshared(document), FILE, "https://bot.example/files/token", 70_000)
    around = outgoing.called(around, [("user-1", "A] *name* <at>")], ["user-2"])
    most = parcel(around, sent_before=True, board="crisis:1", kind="post")
    made_of = [*outgoing.pages(parcel(document)), *outgoing.pages(most)]
    made_of.append(outgoing.noted(made_of[0], outgoing.NOT_THERE))
    return [outgoing.activity(card, document, alert=True) for card in made_of]


def faults(document: Document) -> list[str]:
    found = []
    for activity in sent(document):
        (attached,) = activity["attachments"]
        found += check_card(attached["content"])
        found += [] if "text" not in activity and activity["summary"] else ["not one card with a summary"]
        found += [f"activity of {len(json.dumps(activity))}"] if len(json.dumps(activity)) > LARGEST else []
    return found


@pytest.mark.parametrize("name", sorted(plain.LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_every_answer_stands_in_teams(made: Core, name: str) -> None:  # noqa: F811
    """In every way in which the adapter sends it, it passes Microsoft's typed models in strict mode and our rules."""
    assert faults((await asked(made, name)).document) == []


@pytest.mark.parametrize("name", sorted(crisis.LINES))
@pytest.mark.asyncio(loop_scope="module")
async def test_every_answer_of_a_crisis_stands_in_teams(made: Core, name: str) -> None:  # noqa: F811
    """The same for a crisis's answers, and for every message that its scene posts into rooms and to people."""
    state = MemoryState(made.clock)
    store = CrisisStore(state.crises, b"key of a test", made.clock)
    stage = Stage(Pipeline(replace(made.soc, crises=store), made.auditor), store)
    await stage.play(SCENES.get(name.removeprefix("crisis "), BASE))
    line = crisis.LINES[name].replace("--hash 1a2b3c4d", "--hash HASH")
    answer = await stage.type("reader", await stage.hashed(line))
    outbox = state.outbox
    waiting = [one for number in range(outbox.partitions) for one in await outbox.pending(number, "", 1_000)]
    posted = [Parcel.model_validate_json(one.payload).document for one in waiting]
    assert posted or name in {"crisis declare", "crisis drill"}
    assert [fault for document in (answer.document, *posted) for fault in once(document.model_dump_json())] == []


@cache
def once(document: str) -> list[str]:
    """Scenes share most of what they post."""
    return faults(Document.model_validate_json(document))


def test_what_stands_instead_of_an_answer_stands() -> None:
    """The pointer beside an answer that is given elsewhere, and the sentence for a card that Teams did not take."""
    document = Document(title="An answer", call="c1")
    assert faults(outgoing.pointer(document, outgoing.NO_CHAT)) == []
    assert faults(outgoing.pointer(document, outgoing.ASIDE)) == []
    assert faults(outgoing.unshowable(document, "BadSyntax *_[x](https://x.example)")) == []
