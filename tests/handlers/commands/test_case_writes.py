"""`case comment` and `case priority`: preview, confirmation, redelivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.errors import Refused, StateError
from connectors.models.cases import WallRecord
from connectors.models.reading import Written
from handlers.commands import case_comment, case_list, case_priority, case_show
from handlers.core.errors import BadFlag, Conflict, NotFound
from tests.handlers.commands.twins import Desk, ago, case, lines, with_commands, words


def desk() -> Desk:
    made = with_commands(case_comment.COMMAND, case_priority.COMMAND, case_show.COMMAND, case_list.COMMAND)
    made.cases.hold(case("7", title="Beacon", priority="medium"))
    return made


SIGNED = "Bridge opened at 10:00\n\n— Person U1, through the SOC manager bot"


async def test_preview_shows_what_is_written_and_writes_nothing() -> None:
    """The preview holds every word of what the desk will get; the desk gets exactly that, once, after confirmation."""
    made = desk()
    preview = await made.answer("case comment 7 Bridge opened at 10:00")
    shown = ["".join(getattr(s, "text", "") for s in b.text) for b in preview.document.blocks if b.kind == "text"]
    assert made.cases.written == []
    assert "\n\n".join(shown[1:]) == SIGNED
    done = await made.answer(lines(preview.document)[0], door="button")
    assert (done.outcome, done.document.title) == ("applied", "Comment written")
    assert made.cases.written == [("comment", "7", SIGNED)]


async def test_second_press_writes_nothing() -> None:
    """A confirm button works once."""
    made = desk()
    button = lines((await made.answer("case comment 7 hello")).document)[0]
    await made.answer(button)
    assert (await made.answer(button)).outcome == "refused"
    assert len(made.cases.written) == 1


async def test_redelivered_comment_is_looked_for_first() -> None:
    """Attempt 2 finds what attempt 1 wrote and writes nothing; an older equal comment does not count."""
    made = desk()
    old = WallRecord(ago(5), "comment", "", SIGNED)
    made.cases.details["7"] = replace(made.cases.details["7"], comments=(old,))
    line = "case comment 7 Bridge opened at 10:00"
    assert (await made.run(line, apply=True, attempt=2)).title == "Comment written"
    assert len(made.cases.written) == 1
    again = await made.run(line, apply=True, attempt=3)
    assert len(made.cases.written) == 1
    assert "an earlier attempt had written it" in words(again)


async def test_redelivery_that_cannot_be_checked_writes_nothing() -> None:
    """When the comments cannot be read on a redelivery, the outcome is not confirmed and nothing is sent."""
    made = desk()
    made.cases.details["7"] = replace(made.cases.details["7"], comments=None)
    assert (await made.run("case comment 7 hello", apply=True, attempt=2)).title == "Not confirmed"
    assert made.cases.written == []


async def test_unconfirmed_is_not_called_done() -> None:
    """A write that the desk does not prove is told as not confirmed, with the desk's detail."""
    made = desk()
    made.cases.answer = Written(False, "", "not confirmed: empty answer")
    for line in ("case comment 7 hello", "case priority 7 high"):
        await made.run(line)
        document = await made.run(line, apply=True)
        assert document.title == "Not confirmed"
        assert "empty answer" in words(document)


async def test_comment_keeps_its_words() -> None:
    """Flags and quotes inside the comment are part of it; an empty one is refused."""
    made = desk()
    await made.run("""case comment 7 user said "it's --done" and left""", apply=True)
    assert made.cases.written[0][2].startswith("""user said "it's --done" and left\n\n— """)
    for line in ("case comment 7", 'case comment 7 ""', "case comment"):
        with pytest.raises(BadFlag):
            await made.run(line)


async def test_unknown_case_is_refused_at_the_preview() -> None:
    """Neither write begins for a case that the desk does not have."""
    for line in ("case comment 9 hello", "case priority 9 high"):
        with pytest.raises(NotFound):
            await desk().run(line)


async def test_priority_preview_shows_from_and_to() -> None:
    """The preview names both priorities; the desk is asked for the new one after confirmation."""
    made = desk()
    preview = await made.answer("case priority 7 HIGH")
    assert [s.text for s in preview.document.blocks[1].text] == [  # type: ignore[union-attr]
        "Priority from ", "medium", " to ", "high", ".",
    ]  # fmt: skip
    done = await made.answer(lines(preview.document)[0])
    assert done.document.title == "Priority changed"
    assert made.cases.written == [("change_priority", "7", "high")]


async def test_unchanged_priority_is_refused() -> None:
    """Asking for the priority the case has is a Conflict and offers no button."""
    with pytest.raises(Conflict, match="medium already"):
        await desk().run("case priority 7 medium")


async def test_priority_changed_meanwhile() -> None:
    """When somebody changes the priority between preview and press, nothing is written and both are named."""
    made = desk()
    button = lines((await made.answer("case priority 7 high")).document)[0]
    made.cases.hold(case("7", priority="critical"))
    answer = await made.answer(button)
    assert answer.outcome == "refused"
    assert "is critical now. The preview showed medium." in words(answer.document)
    assert made.cases.written == []


async def test_redelivered_priority() -> None:
    """Attempt 2 of a change that attempt 1 made is confirmed without a second write."""
    made = desk()
    await made.run("case priority 7 high")
    await made.run("case priority 7 high", apply=True)
    document = await made.run("case priority 7 high", apply=True, attempt=2)
    assert document.title == "Priority changed"
    assert len(made.cases.written) == 1


async def test_priority_without_a_preview_is_refused() -> None:
    """What the preview showed must be known; when it is not, nothing is written."""
    made = desk()
    with pytest.raises(Conflict):
        await made.run("case priority 7 high", apply=True)
    assert made.cases.written == []


async def test_refused_by_the_desk() -> None:
    """A desk that refuses gives its own sentence and the outcome failed."""
    made = desk()
    made.cases.fails["comment"] = Refused("Case desk", "refuses (403)", 403)
    answer = await made.answer(lines((await made.answer("case comment 7 hello")).document)[0])
    assert answer.outcome == "failed"
    assert "Case desk refuses (403)." in words(answer.document)


async def test_who_may_write() -> None:
    """An analyst, who may read cases, may not write: no preview, nothing asked of the desk."""
    made = desk()
    made.everybody = ("analyst",)
    for line in ("case comment 7 hello", "case priority 7 high"):
        assert (await made.answer(line)).outcome == "refused"
    assert made.cases.asked == []


async def test_no_audit_no_write() -> None:
    """When the audit log cannot be written, the confirmed write does not reach the desk."""
    made = desk()
    button = lines((await made.answer("case comment 7 hello")).document)[0]

    async def away(seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        raise StateError("the state store is away")

    made.audit.append = away  # type: ignore[method-assign]
    answer = await made.answer(button)
    assert answer.outcome == "refused"
    assert made.cases.written == []
