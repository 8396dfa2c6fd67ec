"""The straight line: parse, authorise, audit, run, answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.errors import StateError
from handlers.core.access import AccessFile, ChannelAccess, Tlp
from handlers.core.audit import verify
from handlers.core.pipeline import TOKEN_SECONDS
from tests.handlers.commands.twins import Desk, lines, words
from tests.handlers.core.commands import DONE, REGISTRY

KEY = b"key of a test"


@pytest.fixture(autouse=True)
def _nothing_written() -> Iterator[None]:
    DONE.clear()
    yield
    DONE.clear()


def desk(ceiling: Tlp | None = "green") -> Desk:
    channels = (ChannelAccess(platform="slack", tenant="T1", channel="C1", tlp=ceiling),) if ceiling else ()
    return Desk(registry=REGISTRY, access=AccessFile(channels=channels))


async def audited(made: Desk) -> list[dict[str, str]]:
    """Everything in the audit log, which must verify."""
    assert (await verify(made.audit, KEY)).broken_at is None
    return [json.loads(entry) async for _, entry, _ in made.audit.entries()]


def no_audit(made: Desk) -> None:
    """From now on the audit log cannot be written."""

    async def away(seq: int, entries: Sequence[tuple[str, str]]) -> bool:
        raise StateError("away")

    made.audit.append = away  # type: ignore[method-assign]


async def test_read_is_audited_before_and_after() -> None:
    """A read opens an entry with its line and closes it with the outcome and a hash of what was answered."""
    made = desk()
    answer = await made.answer("metrics soc --performance")
    assert answer.outcome == "answered"
    opened, closed = await audited(made)
    assert (opened["event"], opened["line"], opened["call"]) == ("opened", "metrics soc --performance", "call-1")
    assert (closed["event"], closed["outcome"]) == ("closed", "answered")
    assert len(closed["output"]) == 64


async def test_denied_is_audited_and_runs_nothing() -> None:
    """Somebody without the permission gets a refusal, which is in the audit log; nothing is run or previewed."""
    made = desk()
    made.everybody = ()
    for line in ("metrics soc", "case note 7 hello", "help"):
        answer = await made.answer(line)
        assert answer.outcome == "refused"
        assert "permission" in words(answer.document)
    assert [entry["outcome"] for entry in await audited(made)] == ["refused"] * 3
    assert DONE == []


@pytest.mark.parametrize(
    "line", ["metrisc soc", "metrics soc --x", 'metrics soc "open', "x" * 100_000, "report triage"]
)
async def test_mistakes_are_refusals(line: str) -> None:
    """Whatever cannot be understood is refused with a sentence and audited, at most 500 characters of it."""
    made = desk()
    answer = await made.answer(line)
    assert answer.outcome == "refused"
    assert answer.document.notices
    assert len((await audited(made))[0]["line"]) <= 500


async def test_preview_then_confirm() -> None:
    """A write runs once, at the confirmation, as the person who pressed; both steps are audited."""
    made = desk()
    preview = await made.answer("case note 7 hello world")
    assert preview.outcome == "preview"
    assert DONE == []
    done = await made.answer(lines(preview.document)[0], door="button")
    assert done.outcome == "applied"
    assert DONE == [("slack:T1:U1", "hello world", 1)]
    events = [entry["event"] for entry in await audited(made)]
    assert events == ["opened", "closed", "confirmed", "closed"]


@pytest.mark.parametrize(
    "text", ["&amp;lt;b&amp;gt; &amp;amp;quot;", "\u201ccurly\u201d  two", "a=&quot;b c&quot; <@U9|x>"]
)
async def test_what_is_confirmed_is_what_was_shown(text: str) -> None:
    """The confirmed write gets the very arguments of the preview, however the client had escaped the line."""
    made = desk()
    preview = await made.answer(f"case note 7 {text}")
    await made.answer(lines(preview.document)[0])
    assert json.loads(preview.document.title)["text"] == DONE[0][1]


async def test_confirm_works_once() -> None:
    """A second press, which has another delivery id, is a conflict."""
    made = desk()
    confirm, cancel = lines((await made.answer("case note 7 hello")).document)
    await made.answer(confirm)
    for line in (confirm, cancel):
        answer = await made.answer(line)
        assert answer.outcome == "refused"
        assert "has been used" in words(answer.document)
    assert len(DONE) == 1


async def test_redelivered_press_is_applied_with_its_attempt() -> None:
    """The same press delivered again runs apply again, told that it is the second attempt."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    await made.answer(confirm, id="press-1")
    assert (await made.answer(confirm, id="press-1", attempt=2)).outcome == "applied"
    assert [attempt for _, _, attempt in DONE] == [1, 2]


async def test_cancel() -> None:
    """Cancel changes nothing and uses the button up."""
    made = desk()
    confirm, cancel = lines((await made.answer("case note 7 hello")).document)
    assert "Nothing was changed" in words((await made.answer(cancel)).document)
    assert (await made.answer(confirm)).outcome == "refused"
    assert DONE == []


async def test_other_persons_button() -> None:
    """Somebody else's press is refused and does not use the button up."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    assert (await made.answer(confirm, user="U2")).outcome == "refused"
    assert DONE == []
    assert (await made.answer(confirm)).outcome == "applied"


async def test_right_taken_away_meanwhile() -> None:
    """A press is authorised again: whoever lost the permission since the preview is refused."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    made.everybody = ("analyst",)
    assert (await made.answer(confirm)).outcome == "refused"
    assert DONE == []


async def test_expired_and_invented_tokens() -> None:
    """After fifteen minutes, or for a made-up token, there is nothing to confirm."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    made.clock.advance(TOKEN_SECONDS + 1)
    for line in (confirm, "confirm made-up", "cancel made-up"):
        assert (await made.answer(line)).outcome == "refused"
    assert DONE == []


async def test_no_audit_no_write_but_reads_go_on() -> None:
    """Without the audit log a confirmed write is refused; a read is answered with a warning."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    no_audit(made)
    refused = await made.answer(confirm)
    assert refused.outcome == "refused"
    assert "changed nothing" in words(refused.document)
    assert DONE == []
    read = await made.answer("metrics soc")
    assert read.outcome == "answered"
    assert "not recorded" in words(read.document)


async def test_write_can_be_confirmed_once_the_audit_is_back() -> None:
    """A press that was refused for want of the audit log has not used the button up when the same press is retried."""
    made = desk()
    confirm = lines((await made.answer("case note 7 hello")).document)[0]
    kept = made.audit.append
    no_audit(made)
    await made.answer(confirm, id="press-1")
    made.audit.append = kept  # type: ignore[method-assign]
    assert (await made.answer(confirm, id="press-1")).outcome == "applied"


async def test_state_store_away() -> None:
    """With the store away a write is not offered, nothing is changed, and reads are still answered."""
    made = desk()

    async def away(*_: object) -> None:
        raise StateError("away")

    made.store.put = away  # type: ignore[method-assign]
    made.store.get = away  # type: ignore[method-assign,assignment]
    for line in ("case note 7 hello", "confirm token"):
        answer = await made.answer(line)
        assert answer.outcome == "failed"
        assert "state store" in words(answer.document)
    assert DONE == []
    assert (await made.answer("metrics soc")).outcome == "answered"


async def test_backend_failure_bug_and_time() -> None:
    """A backend's failure has its name; a bug has the call's id and no detail; a slow command says its budget."""
    made = desk()
    failed = await made.answer("fails")
    assert (failed.outcome, "SIEM did not answer (timed out after 5 s)." in words(failed.document)) == ("failed", True)
    broken = await made.answer("bug")
    assert broken.outcome == "bug"
    assert "call-2" in words(broken.document)
    assert "secret detail" not in words(broken.document)
    assert "did not finish within 0.05 s. Nothing was changed." in words((await made.answer("slow")).document)


async def test_slow_write_is_not_called_undone() -> None:
    """A write that runs out of time says that whether it was done is unknown."""
    made = desk()
    confirm = lines((await made.answer("slow write")).document)[0]
    document = (await made.answer(confirm)).document
    assert document.title == "Not confirmed"
    assert "unknown" in words(document)
    assert "Nothing was changed" not in words(document)


@pytest.mark.parametrize(
    ("line", "ceiling", "seen"),
    [
        ("metrics soc", "green", "channel"),
        ("monitor operations", "green", "private"),
        ("monitor operations", "amber", "channel"),
        ("metrics soc", None, "private"),
        ("persons", "red", "private"),
    ],
)
async def test_placing_by_tlp(line: str, ceiling: Tlp | None, seen: str) -> None:
    """A channel sees an answer only under its ceiling, and person-level answers never."""
    answer = await desk(ceiling).answer(line, visibility="channel")
    assert answer.address.visibility == seen


async def test_post_button() -> None:
    """A private answer in a channel can be posted by who may; a person-level one or one in a DM never."""
    made = desk()

    async def offered(line: str, **more: Any) -> list[str]:
        return [one for one in lines((await made.answer(line, **more)).document) if one.startswith("share")]

    assert await offered("metrics soc") == ["share call-1"]
    assert await offered("persons") == []
    assert await offered("metrics soc", visibility="direct") == []
    made.everybody = ("executive",)
    assert await offered("metrics soc") == []


async def test_files_button() -> None:
    """An answer with figures offers its files wherever there is something to press; an answer without offers none."""
    made = desk()
    assert "export call-1" in lines((await made.answer("metrics soc")).document)
    assert lines((await made.answer("metrics soc", platform="cli", tenant="", channel="")).document) == []
    assert lines((await made.answer("nonsense")).document) == []


async def test_form_asks_nothing() -> None:
    """`--form` answers with the form, prefilled, without running the command, and only to who may run it."""
    made = desk()
    answer = await made.answer("case note 7 --form")
    assert answer.outcome == "form"
    assert answer.document.blocks[-1].inputs[0].value == "7"  # type: ignore[union-attr]
    assert DONE == []
    made.everybody = ("analyst",)
    assert (await made.answer("case note 7 --form")).outcome == "refused"


async def test_answer_carries_its_call() -> None:
    """Every answer, refusals too, names the call it belongs to; simulated data is marked."""
    made = desk()
    made.simulated = True
    answer = await made.answer("metrics soc")
    assert (answer.document.call, answer.document.simulated) == ("call-1", True)
    for line in ("nonsense", "fails", "bug", "case note 7 --form"):
        assert (await made.answer(line)).document.call.startswith("call-")


async def test_an_agents_host_lies_under_a_ceiling() -> None:
    """What is above it, and what is about persons, is withheld and audited so; a refusal and a failure are told."""
    made = desk()
    agent = {"platform": "mcp", "tenant": "", "channel": "", "visibility": "direct"}
    assert (await made.answer("metrics soc", **agent)).outcome == "answered"
    for line in ("monitor operations", "persons"):
        answer = await made.answer(line, **agent)
        assert (answer.outcome, answer.document.title, answer.document.figures) == ("withheld", "Not shown", ())
        assert (await audited(made))[-1]["outcome"] == "withheld"
    assert (await made.answer("nonsense", **agent)).outcome == "refused"
    assert "SIEM did not answer" in words((await made.answer("fails", **agent)).document)


async def test_an_agents_change_is_done_and_not_shown() -> None:
    """The preview is below the ceiling, the answer above it: the change is made once, and that is said."""
    made = desk()
    agent = {"platform": "mcp", "tenant": "", "channel": "", "visibility": "direct"}
    preview = await made.answer("case note 7 seen", **agent)
    confirm = next(line for line in lines(preview.document) if line.startswith("confirm"))
    answer = await made.answer(confirm, **agent)
    assert (answer.outcome, answer.document.title, len(DONE)) == ("applied", "Done", 1)
    assert "It is done" in words(answer.document) and "Written" not in words(answer.document)
