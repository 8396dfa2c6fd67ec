"""`communicate` through run(): who reads what, what is withheld, and what an approver is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.models.organisation.voice import Fact, Matter, Stakeholder
from handlers.commands.communicate import COMMAND
from handlers.commands.communicate.audiences import ALIASES, VOICES, canonical
from handlers.core.errors import BadFlag, Denied, NotFound
from messages import stakeholder as letters
from messages.document import Document
from tests.handlers.commands.twins import NOW, Desk, cells, lines, with_commands, words


def fact(name: str, kind: Any, text: str, **more: Any) -> Fact:
    given: dict[str, Any] = {"state": "confirmed", "at": NOW - timedelta(hours=1), "confidence": "high"} | more
    return Fact(id=name, kind=kind, text=text, **given)


FACTS = (
    fact("s", "status", "Stopped after {hours} hours", numbers={"hours": 6.1}, cases=("4711",)),
    fact("e", "effect", "No service was interrupted"),
    fact("d", "data", "{records} records may have been read", numbers={"records": 14212}, state="probable"),
    fact("d2", "data", "Names and addresses"),
    fact("a", "action", "The account on srv-db-01 was blocked in case 4711"),
    fact("o", "option", "Tell clients now", audiences=("executive",)),
    fact("v", "advice", "Change your passwords"),
    fact("u", "unknown", "Whether documents were copied"),
    fact("i", "indicator", "Sign-ins from 203.0.113.54", cases=("4711",)),
    fact("c", "scope", "Twelve rooms"),
    fact("t", "task", "Renew the keys by 18:00"),
    fact("w", "window", "20:00 to 04:00"),
    fact("r", "rollback", "Old keys stay sealed"),
    fact("j", "jurisdiction", "European Union"),
    fact("x", "evidence", "Logs preserved"),
    fact("n", "status", "Money was taken", state="refuted"),
)


def matter(**more: Any) -> Matter:
    given: dict[str, Any] = {
        "id": "m-1", "title": "Stolen sign-in", "plain_title": "Unauthorised access", "since": NOW - timedelta(days=1),
        "next_update": NOW + timedelta(hours=2), "facts": FACTS, "privileged": True, "cost": 27400,
    }  # fmt: skip
    return Matter(**given | more)


def desk(*matters: Matter, guests: bool = False) -> Desk:
    made = with_commands(COMMAND)
    if matters:
        made.organisation.files[Matter] = list(matters)
    made.organisation.files[Stakeholder] = [
        Stakeholder(id=name, audience=name, name=name, channel="#c", external_guests=guests)  # type: ignore[arg-type]
        for name in VOICES
    ]
    return made


async def ask(made: Desk, line: str, role: str = "manager") -> Document:
    return await made.run(line, role=role)


def draft(document: Document) -> str:
    """The words between the headings Draft and For the approver."""
    text = words(document)
    return text[text.index('"Draft"') : text.index("For the approver")]


def draft_of_review(document: Document) -> str:
    text = words(document)
    return text[text.index('"Draft"') : text.index("Approval: draft")]


@pytest.mark.parametrize("audience", VOICES)
async def test_every_audience_has_a_draft(audience: str) -> None:
    """Every audience gets a draft with purpose, classification, approval state and the frozen facts."""
    made = await ask(desk(matter()), f"communicate --stakeholder {audience}")
    for label in ("Purpose", "Classification", "Approval", "Facts frozen as", "Confidence words"):
        assert label in words(made)
    assert "not approved and not sent" in words(made)
    assert "writes a message that a second person approves" in words(made)


@pytest.mark.parametrize("alias", [*ALIASES, "Technical Team", "BOARD", "law_enforcement"])
def test_aliases_are_understood(alias: str) -> None:
    """Aliases, any case, spaces and underscores mean an audience."""
    assert canonical(alias) in VOICES


async def test_an_unknown_audience_names_the_choices() -> None:
    """An unknown stakeholder is refused with the list."""
    with pytest.raises(BadFlag) as error:
        await ask(desk(matter()), "communicate --stakeholder aliens")
    assert "law-enforcement" in error.value.hint


@pytest.mark.parametrize("audience", [name for name, voice in VOICES.items() if voice.outer])
async def test_readers_outside_see_no_case_and_no_exact_number(audience: str) -> None:
    """Case ids are hidden and numbers rounded for outer audiences."""
    said = draft(await ask(desk(matter()), f"communicate --stakeholder {audience}"))
    assert "4711" not in said
    assert "14,212" not in said


async def test_numbers_are_rounded_and_marked_for_regulators() -> None:
    """A number that is not confirmed is rounded, and says that it is not confirmed."""
    said = draft(await ask(desk(matter()), "communicate --stakeholder regulators"))
    assert "about 14,000 records may have been read (probable, not yet confirmed)" in said


async def test_customers_get_no_unconfirmed_number() -> None:
    """The probable number is withheld and listed as left out."""
    made = await ask(desk(matter()), "communicate --stakeholder customers")
    assert "records" not in draft(made)
    assert ["d", "probable: a number that is not confirmed"] in cells(made, "Left out")


async def test_need_to_know_and_refuted_are_left_out_and_said() -> None:
    """An option for executives alone is not told to others; a refuted fact is told to nobody."""
    made = await ask(desk(matter()), "communicate --stakeholder executive")
    assert "Tell clients now" in draft(made)
    assert "Money was taken" not in draft(made)
    assert ["n", "refuted"] in cells(made, "Left out")


async def test_the_technical_team_sees_detail() -> None:
    """Indicators, cases and exact words stand for the team."""
    said = draft(await ask(desk(matter()), "communicate --stakeholder technical-team"))
    assert "203.0.113.54" in said
    assert "case 4711" in said


async def test_media_gets_a_holding_statement() -> None:
    """Only actions and unknowns, no machine names."""
    said = draft(await ask(desk(matter()), "communicate --stakeholder media"))
    assert "We are aware of" in said
    assert "srv-db-01" not in said
    assert "Stopped after" not in said


async def test_what_must_not_be_said_is_red() -> None:
    """ "No evidence of" without a scope turns a media draft red and is quoted."""
    odd = (*FACTS, fact("z", "action", "There is no evidence of a ransom demand"))
    made = await ask(desk(matter(facts=odd)), "communicate --stakeholder media")
    assert made.verdict is not None
    assert made.verdict.status == "red"
    assert "“no evidence of”" in words(made)


async def test_a_missing_part_and_a_channel_with_guests_are_red() -> None:
    """A draft without a needed part is red, and so is an inner one bound for a channel with outside members."""
    made = await ask(desk(matter(facts=FACTS[:2])), "communicate --stakeholder it")
    assert "It must hold “task”" in words(made)
    guests = await ask(desk(matter(), guests=True), "communicate --stakeholder it")
    assert "members from outside" in words(guests)


async def test_old_facts_and_an_overdue_update_are_said() -> None:
    """A fact past its freshness is named; a promised update that has passed is red."""
    late = matter(fresh_hours=0.5, next_update=NOW - timedelta(hours=1))
    made = await ask(desk(late), "communicate --stakeholder executive")
    assert "overdue" in words(made)
    assert "Older than 0.5 h" in words(made)


async def test_the_same_facts_have_the_same_snapshot() -> None:
    """Two messages from one state of facts name one snapshot; a changed fact changes it."""
    found = [
        words(await ask(desk(one), f"communicate --stakeholder {audience}")).split("snapshot ")[1][:12]
        for one, audience in ((matter(), "board"), (matter(), "it"), (matter(cost=1), "it"))
    ]
    assert found[0] == found[1] != found[2]


async def test_no_matter_is_a_notice_and_no_draft() -> None:
    """A missing file is named; the answer is unknown, never green."""
    made = await ask(desk(), "communicate --stakeholder executive")
    assert made.verdict is not None
    assert made.verdict.status == "unknown"
    assert "No draft for executive: matters.yaml could not be read." in made.verdict.model_dump_json()
    none = desk()
    none.organisation.files[Matter] = []
    assert "no open matter on file" in words(await ask(none, "communicate --stakeholder executive"))


async def test_what_a_missing_file_leaves_unchecked_is_said() -> None:
    """Without roster and services names cannot be taken out: the verdict says so, not "nothing stands against it"."""
    made = desk(matter())
    said = await ask(made, "communicate --stakeholder customers")
    assert said.verdict is not None and said.verdict.status == "unknown"
    text = said.verdict.model_dump_json()
    assert "names of persons (roster.yaml), names of machines (services.yaml)" in text
    assert "stakeholders.yaml" not in text
    assert "Nothing stands against it" not in text


async def test_an_unknown_matter_names_those_on_file() -> None:
    """--matter with an unknown id is refused with the ids on file."""
    with pytest.raises(NotFound) as error:
        await ask(desk(matter()), "communicate --matter nothing")
    assert "m-1" in error.value.hint


async def test_detail_needs_the_right_to_read_cases() -> None:
    """An executive may read the executive draft and not the technical one; an analyst none."""
    await ask(desk(matter()), "communicate", role="executive")
    with pytest.raises(Denied):
        await ask(desk(matter()), "communicate --stakeholder technical-team", role="executive")


async def test_hostile_text_stays_data() -> None:
    """A template in a fact is not rendered and a line break makes no new heading."""
    odd = (*FACTS, fact("h", "status", "{{ 7*7 }}\n# Fake <!channel>"))
    said = draft(await ask(desk(matter(facts=odd)), "communicate --stakeholder board"))
    assert "{{ 7*7 }} # Fake <!channel>" in said
    assert "49" not in said


def test_a_placeholder_without_number_is_refused() -> None:
    """Names in braces and numbers must be the same."""
    with pytest.raises(ValueError, match="must be the same"):
        fact("p", "status", "{many} things")


def test_a_missing_value_is_an_error() -> None:
    """A template never fills a gap silently."""
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        letters.draft("media", {})


async def test_the_quarterly_review_covers_the_last_fiscal_quarter() -> None:
    """Without files the quarter is still named, every missing source is a notice, and the colour is unknown."""
    made = await ask(desk(), "communicate --stakeholder board --quarterly-review")
    assert "2026-07-01 to 2026-09-30" in made.title
    assert made.verdict is not None
    assert made.verdict.status == "unknown"
    said = draft_of_review(made)
    for file in ("commitments", "incidents", "services", "roster", "budget", "initiatives", "asks"):
        assert f"Not available: {file}.yaml could not be read" in said
    assert "0 commitments" not in said
    kept = made.figure("sla.attainment")
    assert (kept.value, kept.n) == (None, None) and "sla.yaml" in kept.note
    assert "communicate --stakeholder board" in lines(made)


async def test_readers_outside_get_the_measures_alone() -> None:
    """The quarterly review for customers holds no incidents, coverage, people, budget, plan or asks."""
    said = draft_of_review(await ask(desk(), "communicate --stakeholder customers --quarterly-review"))
    for section in ("Most important incidents", "Coverage", "Budget", "What we ask"):
        assert f'"text":"{section}"' not in said
    assert '"text":"Measures"' in said
