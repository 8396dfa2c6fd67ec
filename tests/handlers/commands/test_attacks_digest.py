"""Attempts to read by a digest what one may not: somebody else's conversation, values of a former line, a file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.core.access import Access, AccessFile
from handlers.core.errors import BadFlag, NotFound, UserError
from handlers.core.registry import discover
from handlers.crisis.store import CrisisStore
from handlers.digest.making import readable
from tests.handlers.commands.digests import FILE, LINE, MONDAY, Stage
from tests.handlers.commands.twins import lines, words

DAY = timedelta(days=1)
DIRECT = {"channel": "D1", "visibility": "direct"}
TWO_LEADS = AccessFile.model_validate(
    FILE.model_dump(mode="json")
    | {
        "persons": [
            *FILE.model_dump(mode="json")["persons"],
            {
                "id": "lead-03",
                "roles": ["lead"],
                "identities": [{"platform": "slack", "tenant": "T1", "user": "U3"}],
            },
        ],
        "channels": [
            {"platform": "slack", "tenant": "T1", "channel": "C1", "tlp": "amber"},
            {"platform": "slack", "tenant": "T1", "channel": "C2", "tlp": "green"},
        ],
    }
)


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.desk.access = TWO_LEADS
    return made


@pytest.mark.parametrize(
    ("line", "apply"),
    [
        ("digest show {}", False),
        ("digest history {}", False),
        ("digest pause {}", False),
        ("digest resume {}", False),
        ("digest remove {}", False),
        ("digest remove {}", True),
        ("digest now {}", False),
        ("digest now {}", True),
        ("digest schedule " + LINE + " --id {}", False),
    ],
)
async def test_a_digest_of_a_direct_conversation_is_its_owners_alone(stage: Stage, line: str, apply: bool) -> None:
    """Another lead who knows its id neither reads its line nor posts into that conversation; its owner does both."""
    digest = await stage.make(**DIRECT)
    with pytest.raises(NotFound, match="no digest"):
        await stage.desk.run(line.format(digest), apply=apply, user="U3")
    assert (await stage.held(digest)).schedule.stopped == ""
    assert "numbers" in words(await stage.desk.run(f"digest show {digest}", channel="D1", visibility="direct"))


async def test_the_history_of_a_removed_digest_of_a_direct_conversation_is_its_owners(stage: Stage) -> None:
    """Gone, it tells nobody else what became of it."""
    digest = await stage.make(**DIRECT)
    await stage.fire(digest)
    await stage.desk.run(f"digest remove {digest}", apply=True, **DIRECT)
    assert "made" in words(await stage.desk.run(f"digest history {digest}", **DIRECT))
    with pytest.raises(NotFound):
        await stage.desk.run(f"digest history {digest}", user="U3", **DIRECT)


async def test_a_changed_digest_does_not_tell_what_the_former_one_showed(stage: Stage) -> None:
    """Edited into another channel, it is not compared with what it showed where more may be seen."""
    digest = await stage.make(LINE + " --delta")
    await stage.fire(digest)
    await stage.make(LINE + f" --delta --id {digest}", user="U3", channel="C2")
    stage.figures, stage.tlp = {"alerts.total": 3.0}, "green"
    (post,) = (await stage.fire(digest, MONDAY + DAY)).posts
    assert post.address.channel == "C2"
    assert "mttr" not in words(post.document) and "nothing to compare" in words(post.document)


async def test_the_same_digest_is_still_compared(stage: Stage) -> None:
    """Paused and resumed it is the same line, owner and place: what changed since is told."""
    digest = await stage.make(LINE + " --delta")
    await stage.fire(digest)
    await stage.desk.run(f"digest pause {digest}")
    await stage.desk.run(f"digest resume {digest}")
    stage.figures = {"queue.open": 9.0, "mttr.median": 15_000.0}
    (post,) = (await stage.fire(digest, MONDAY + DAY)).posts
    assert "Changed since the last digest" in words(post.document)


async def test_a_lowered_ceiling_holds_at_the_next_firing(stage: Stage) -> None:
    """What the channel may see is asked at each firing, not when it was scheduled."""
    digest = await stage.make()
    lowered = TWO_LEADS.model_dump(mode="json")
    lowered["channels"][0]["tlp"] = "green"
    stage.desk.access = AccessFile.model_validate(lowered)
    (post,) = (await stage.fire(digest)).posts
    assert post.address.visibility == "direct" and "Not posted" in words(post.document)


@pytest.mark.parametrize("line", ["digest now {}", "digest remove {}"])
async def test_what_is_confirmed_is_the_digest_that_was_shown(stage: Stage, line: str) -> None:
    """Somebody else's edit between preview and confirmation is neither posted with the presser's rights nor lost."""
    digest = await stage.make()
    shown = await stage.desk.answer(line.format(digest))
    (press,) = [one for one in lines(shown.document) if one.startswith("confirm ")]
    await stage.make(f'"0 9 * * 1-5" --run "numbers" --id {digest}', user="U3", channel="C2")
    answer = await stage.desk.answer(press)
    assert (answer.outcome, answer.posts) == ("refused", ()) and "changed" in words(answer.document)
    assert (await stage.held(digest)).schedule.place.channel == "C2"


async def test_a_digest_is_held_back_while_somebody_from_outside_reads_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a listed channel that is a crisis's room, a digest goes no further than any answer there."""
    strict = TWO_LEADS.model_dump(mode="json")
    strict["channels"][0]["tlp"] = "amber+strict"
    stage.desk.access, stage.tlp = AccessFile.model_validate(strict), "amber+strict"
    digest = await stage.make()
    (post,) = (await stage.fire(digest)).posts
    assert post.address.channel == "C1"

    async def guests_read(store: CrisisStore, *place: str) -> bool:
        return place[:3] == ("slack", "T1", "C1")

    monkeypatch.setattr(CrisisStore, "guests_read", guests_read)
    (post,) = (await stage.fire(digest, MONDAY + DAY)).posts
    assert post.address.visibility == "direct" and "Not posted" in words(post.document)
    with pytest.raises(UserError, match="cannot be posted"):
        await stage.desk.run(f"digest now {digest}", apply=True)


@pytest.mark.parametrize(
    "line",
    [
        "export metrics soc",
        "export --as csv crisis status",
        "crisis export",
        "crisis sitrep --post",
        "crisis note x",
        "crisis tick 1",
        "crisis receipt 1 M1 0 --result sent",
        "digest now d-1",
        "share c1",
        "crisis close",
        "crisis send M1 --to room",
        "crisis status --form",
        "security:digest list",
    ],
)
def test_only_reads_that_answer_in_words_are_scheduled(line: str) -> None:
    """A file, a write, a hidden line, a form, another digest: none of them runs on a schedule, whatever its name."""
    manager = Access(AccessFile(), unlisted={"*": ("manager",)}).principal("slack", "T1", "U1")
    with pytest.raises(BadFlag):
        readable(line, discover(), manager)
