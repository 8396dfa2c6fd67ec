"""What is answered over MCP is read by a model's provider: it lies under a TLP ceiling, as in a channel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from mcp_types import EmbeddedResource

from bot.app import Core
from bot.mcp.answers import result
from handlers.core.access import Access, AccessFile
from handlers.core.call import Address
from handlers.core.hosts import host_ceiling
from handlers.core.parcel import Post
from handlers.core.pipeline import Answer
from messages.document import Document
from tests.bot.mcp.site import Person, cored, served, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def lead(url: str) -> Person:
    """Whose host may see TLP:AMBER+STRICT."""
    return Person(url, "token-of-lead")


@pytest.fixture
def elsewhere(url: str) -> Person:
    """The same person at a host that may see TLP:GREEN."""
    return Person(url, "token-of-elsewhere")


async def outcomes(made: Core) -> list[str]:
    rows = [json.loads(entry) async for _, entry, _ in made.state.audit.entries()]
    return [row["outcome"] for row in rows if "outcome" in row]


async def test_what_lies_above_the_ceiling_is_not_shown(made: Core, elsewhere: Person) -> None:
    """The host gets a sentence with the ceiling and the row that sets it: no figure, no file; the audit has it."""
    for tool, arguments in (("case_list", {}), ("export", {"what": "case list", "as": "csv"}), ("posture", {})):
        told = await elsewhere.call_tool(tool, arguments)
        assert told.is_error and told.structured_content is None
        assert not [block for block in told.content if isinstance(block, EmbeddedResource)]
        said = words(told)
        assert "is TLP:AMBER and this agent's host may see TLP:GREEN at most" in said
        assert "{platform: mcp, channel: lead-01-elsewhere, tlp: …}" in said
        assert "100" not in said, "a case's number"
        assert (await outcomes(made))[-1] == "withheld"
    assert not (await elsewhere.call_tool("help", {})).is_error


async def test_the_ceiling_is_the_hosts_not_the_persons(lead: Person, elsewhere: Person) -> None:
    """One person with two accounts: each host sees what its own row allows."""
    shown, hidden = [await one.call_tool("case_list", {}) for one in (lead, elsewhere)]
    assert shown.structured_content["figures"] and hidden.is_error


async def test_what_is_about_persons_goes_to_no_host(lead: Person) -> None:
    """As to no channel, whatever its ceiling."""
    told = await lead.call_tool("metrics_soc", {"person": True})
    assert told.is_error and "about persons" in words(told) and told.structured_content is None


async def test_a_preview_that_is_not_seen_cannot_be_confirmed(made: Core, elsewhere: Person) -> None:
    """Nobody agrees to what they were not shown: no token is given."""
    number = (await made.backends.cases.open_cases()).items[0].id
    told = await elsewhere.call_tool("case_comment", {"case_id": number, "text": "unseen"})
    assert told.is_error and "Nothing of it is shown" in words(told) and (await outcomes(made))[-1] == "withheld"


async def test_what_was_done_is_said_where_its_answer_may_not_be_shown(lead: Person, elsewhere: Person) -> None:
    """A note is written to a crisis above the host's ceiling: "it is done", and not a word of the crisis."""
    preview = await lead.call_tool("crisis_declare", {"title": "Ransomware on file servers", "severity": "1"})
    declared = await lead.call_tool("confirm", {"token": preview.structured_content["confirm"]})
    assert declared.structured_content["outcome"] == "applied"
    asked = await elsewhere.call_tool("crisis_note", {"text": "The last host is off the network"})
    assert asked.structured_content["outcome"] == "preview"
    before = words(await lead.call_tool("crisis_timeline", {}))
    done = await elsewhere.call_tool("confirm", {"token": asked.structured_content["confirm"]})
    assert done.structured_content["outcome"] == "applied" and "It is done" in words(done)
    assert "Ransomware" not in words(done)
    after = words(await lead.call_tool("crisis_timeline", {}))
    assert (before.count("The last host"), after.count("The last host")) == (0, 1)


async def test_a_message_beside_the_answer_lies_under_it_too(made: Core) -> None:
    """A post to the asker above the ceiling is told and not shown; one to somebody else is never theirs to read."""
    here = Address(platform="mcp", user="lead-01-elsewhere", visibility="direct")
    other = here.model_copy(update={"user": "analyst-07"})
    posts = tuple(Post(address=at, document=Document(title="Secret of the room")) for at in (here, other))
    answer = Answer(Document(title="Noted", call="c1", tlp="green"), "applied", here, "crisis note", posts)
    said = words(await result(answer, made.writer, made.soc))
    assert "Secret" not in said
    assert "A message to you is not shown here" in said and "analyst-07 speaks over MCP alone" in said


@pytest.mark.parametrize(
    ("rows", "simulated", "limit"),
    [
        ([], False, "green"),
        ([], True, "red"),
        ([{"platform": "mcp", "channel": "*", "tlp": "amber"}], True, "amber"),
        ([{"platform": "mcp", "channel": "a", "tlp": "clear"}, {"platform": "mcp", "channel": "*"}], False, "clear"),
        ([{"platform": "mcp", "channel": "b", "tlp": "red"}], False, "green"),
        ([{"platform": "slack", "tenant": "T", "channel": "a", "tlp": "red"}], False, "green"),
    ],
)
async def test_without_a_row_nothing_of_the_socs_own_is_shown(
    made: Core, rows: list[dict[str, str]], simulated: bool, limit: str
) -> None:
    """The account's row, else that of everybody, else TLP:GREEN; a simulated SOC has nothing to hide."""
    access = Access(AccessFile.model_validate({"channels": rows}))
    assert host_ceiling("a", replace(made.soc, access=access, simulated=simulated)) == limit


async def test_an_unlisted_host_reads_help_and_no_figure(tmp_path: Path) -> None:
    """The default, through the protocol: the access file names the person and no ceiling."""
    async with cored(tmp_path, ceilings=False) as own, served(own) as at:
        person = Person(at, "token-of-lead")
        assert not (await person.call_tool("help", {})).is_error
        board = await person.call_tool("monitor_operations", {"soc_dashboard": True})
        assert board.is_error and "may see TLP:GREEN at most" in words(board)
