"""The MCP server over HTTP, asked by the SDK's own client: same figures, same rights, same audit, same confirmation."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import MCPError
from mcp_types import EmbeddedResource, TextContent

from bot.app import Core
from bot.demo import ANCHOR
from bot.rendering import FORMATS
from handlers.core.call import Address, Call, Identity
from tests.bot.mcp.site import Person, cored, served, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = {
    "monitor_operations": ("monitor operations --soc-dashboard --kpis", {"soc_dashboard": True, "kpis": True}),
    "metrics_soc": ("metrics soc --performance --timeframe monthly", {"performance": True, "timeframe": "monthly"}),
    "report_executive": ("report executive --summary", {"summary": True}),
    "incident_prioritize": ("incident prioritize --management-view", {"management_view": True}),
    "metrics_detection": ("metrics detection --coverage", {"coverage": True}),
    "case_list": ("case list --priority high", {"priority": "high"}),
    "alerts": ("alerts --hours 24", {"hours": 24}),
    "posture": ("posture", {}),
}


@pytest.fixture
def lead(url: str) -> Person:
    return Person(url, "token-of-lead")


@pytest.fixture
def analyst(url: str) -> Person:
    return Person(url, "token-of-analyst")


async def entries(made: Core) -> list[dict[str, Any]]:
    return [json.loads(entry) async for _, entry, _ in made.state.audit.entries()]


@pytest.mark.parametrize("tool", LINES)
async def test_figures_are_those_of_the_command_line(made: Core, lead: Person, tool: str) -> None:
    """The structured content's figures, verdict and notices equal those of `ask --format json`, and so do the words."""
    typed, arguments = LINES[tool]
    call = Call(
        id=f"cli-{tool}",
        text=typed,
        who=Identity(platform="cli", tenant="", user="lead"),
        address=Address(platform="cli", user="lead", visibility="direct"),
        at=ANCHOR,
        door="cli",
    )
    answer = await made.pipeline.answer(call)
    told = json.loads(FORMATS["json"](answer.document))
    given = await lead.call_tool(tool, arguments)
    assert not given.is_error
    structured = given.structured_content
    for figures in (told["figures"], structured["figures"]):
        for figure in figures:
            figure.pop("cases")  # a snapshot is kept once a call
    assert structured["figures"] == told["figures"] != []
    assert (structured["verdict"], structured["notices"]) == (told["verdict"], told["notices"])
    assert structured["outcome"] == "answered" and structured["confirm"] is None
    assert structured["title"] in words(given)


async def test_a_person_sees_what_they_may_run(lead: Person, analyst: Person) -> None:
    """Tools and prompts are those of the person's permissions; hidden commands are nobody's."""
    all_of_them = {tool.name for tool in (await lead.list_tools()).tools}
    fewer = {tool.name for tool in (await analyst.list_tools()).tools}
    assert fewer < all_of_them and "report_executive" in all_of_them - fewer
    assert {"confirm", "cancel", "monitor_operations"} <= fewer
    assert not all_of_them & {"share", "open", "define", "crisis_tick"}
    prompts = {prompt.name for prompt in (await analyst.list_prompts()).prompts}
    assert "security:monitor operations --soc-dashboard" in prompts
    assert "security:report executive --summary" not in prompts


async def test_a_tool_that_is_not_listed_is_refused_and_audited(made: Core, analyst: Person) -> None:
    """Leaving a tool out of the list is a courtesy; the pipeline refuses it, and the refusal is in the chain."""
    result = await analyst.call_tool("report_executive", {"summary": True})
    assert result.is_error and "Analyst 07 may not do this" in words(result)
    last = (await entries(made))[-1]
    assert (last["person"], last["outcome"]) == ("analyst-07", "refused")
    assert last["line"] == "report executive --summary"


async def test_a_write_needs_its_confirmation(made: Core, lead: Person, analyst: Person) -> None:
    """A preview changes nothing; another person's token is refused, the own one works once, and all is audited."""
    number = (await made.backends.cases.open_cases()).items[0].id
    text = "Bridge opened, *evidence* is <!here> being preserved"
    preview = await lead.call_tool("case_comment", {"case_id": number, "text": text})
    token = preview.structured_content["confirm"]
    assert preview.structured_content["outcome"] == "preview" and token

    async def there() -> int:
        comments = (await made.backends.cases.case(number)).comments or ()
        return sum("Bridge opened" in line.text for line in comments)

    assert await there() == 0
    stolen = await analyst.call_tool("confirm", {"token": token})
    assert stolen.is_error and await there() == 0
    done = await lead.call_tool("confirm", {"token": token})
    assert done.structured_content["outcome"] == "applied" and await there() == 1
    again = await lead.call_tool("confirm", {"token": token})
    assert not again.is_error and "Nothing was done again" in words(again) and await there() == 1
    assert again.structured_content == done.structured_content
    events = [entry["event"] for entry in (await entries(made)) if entry.get("command") == "case comment"]
    assert events.count("confirmed") == 1


async def test_a_change_without_a_preview_in_chat_has_one_here(made: Core, lead: Person) -> None:
    """A note of a crisis is written at once when a person types it; an agent shows the line first, and its token."""
    declared = await lead.call_tool("crisis_declare", {"title": "Mail gateway is down", "severity": "2"})
    assert not (await lead.call_tool("confirm", {"token": declared.structured_content["confirm"]})).is_error
    asked = await lead.call_tool("crisis_note", {"text": "Vendor called", "at": "08:40"})
    assert asked.structured_content["outcome"] == "preview" and "Vendor called" in words(asked)
    assert "Vendor called" not in words(await lead.call_tool("crisis_timeline", {}))
    for _ in range(2):
        done = await lead.call_tool("confirm", {"token": asked.structured_content["confirm"]})
        assert done.structured_content["outcome"] == "applied"
    assert words(await lead.call_tool("crisis_timeline", {})).count("Vendor called") == 1


async def test_a_call_sent_twice_can_be_confirmed_once(made: Core, lead: Person) -> None:
    """Of two previews of the same line the later one counts; a third, after that, says that it was done already."""
    number = (await made.backends.cases.open_cases()).items[0].id
    comment = {"case_id": number, "text": "Evidence is sealed"}
    first, second = [await lead.call_tool("case_comment", comment) for _ in range(2)]
    late = await lead.call_tool("confirm", {"token": first.structured_content["confirm"]})
    assert late.is_error and "has been used" in words(late)
    done = await lead.call_tool("confirm", {"token": second.structured_content["confirm"]})
    assert done.structured_content["outcome"] == "applied"
    texts = [line.text for line in (await made.backends.cases.case(number)).comments or ()]
    assert sum("Evidence is sealed" in text for text in texts) == 1
    third = await lead.call_tool("case_comment", comment)
    assert "does it once more" in words(third) and third.structured_content["outcome"] == "preview"


async def test_a_preview_can_be_dropped(made: Core, lead: Person) -> None:
    """After `cancel` the token is nobody's."""
    case = (await made.backends.cases.open_cases()).items[0]
    wanted = "low" if case.priority != "low" else "high"
    preview = await lead.call_tool("case_priority", {"case_id": case.id, "level": wanted})
    token = preview.structured_content["confirm"]
    assert (await lead.call_tool("cancel", {"token": token})).structured_content["title"] == "Cancelled"
    assert (await lead.call_tool("confirm", {"token": token})).is_error
    assert (await made.backends.cases.case(case.id)).case.priority == case.priority


async def test_the_confirm_tool_types_nothing_else(lead: Person) -> None:
    """A token that is a line is a token nobody has."""
    for token in ("", "x case list", "--form", "a\nhelp"):
        result = await lead.call_tool("confirm", {"token": token})
        assert result.is_error, token


async def test_wrong_arguments_are_a_sentence(lead: Person) -> None:
    """An error of the person's is a result marked as one, with the chat's own words, never a protocol error."""
    result = await lead.call_tool("metrics_soc", {"preset": "other"})
    assert result.is_error and "--preset cannot be “other”" in words(result)
    result = await lead.call_tool("case_show", {"case_id": "999999"})
    assert result.is_error and "has no case 999999" in words(result)


async def test_a_backend_that_is_away_is_told_calmly(tmp_path: Path) -> None:
    """What failed behind an answer is an error result with the backend's name; the next tool is answered."""
    async with cored(tmp_path) as own, served(own) as at:
        own.backends.clients[0].base_url = "http://127.0.0.1:1"
        person = Person(at, "token-of-lead")
        result = await person.call_tool("case_priority", {"case_id": "1001", "level": "low"})
        assert result.is_error and "Error: Case desk" in words(result)
        assert "127.0.0.1:1" not in words(result)
        assert not (await person.call_tool("posture", {})).is_error


async def test_a_file_comes_as_a_resource(lead: Person) -> None:
    """`export` gives the file's bytes and media type beside the words."""
    result = await lead.call_tool("export", {"what": "case list", "as": "csv"})
    found = [block.resource for block in result.content if isinstance(block, EmbeddedResource)]
    assert [one.mime_type for one in found] == ["text/csv; charset=utf-8"]
    assert b"queue.open" in base64.b64decode(found[0].blob)  # type: ignore[union-attr]


async def test_what_does_not_exist_is_a_protocol_error(lead: Person) -> None:
    """Hidden and unknown tools and prompts alike."""
    for name in ("share", "nope", "crisis_tick"):
        with pytest.raises(MCPError, match="no such tool"):
            await lead.call_tool(name, {})
    with pytest.raises(MCPError, match="no such prompt"):
        await lead.get_prompt("security:share")


async def test_a_prompt_is_the_personas_line(lead: Person) -> None:
    """What the host sends on is the line with the switches given, and the tool that answers it."""
    result = await lead.get_prompt("security:monitor operations --soc-dashboard", {"kpis": "true"})
    said = result.messages[0].content
    assert isinstance(said, TextContent)
    assert said.text.splitlines()[0] == "/security:monitor operations --soc-dashboard --kpis"
    assert "`monitor_operations`" in said.text


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nope", "Basic token-of-lead", "Bearer token-of-yesterday", "token-of-lead", "Bearer ü"],
)
async def test_without_a_valid_token_nothing_is_read(made: Core, url: str, header: str) -> None:
    """401 before a byte of the request is looked at, and nothing in the audit."""
    before = len(await entries(made))
    headers = {"Authorization": header.encode("latin-1")} if header else {}
    async with httpx2.AsyncClient(trust_env=False) as client:
        for method, path in (("POST", url), ("GET", url), ("DELETE", url), ("POST", url.removesuffix("/mcp"))):
            answer = await client.request(method, path, headers=headers, content=b"{" * 100)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert len(await entries(made)) == before


async def test_a_token_of_somebody_unlisted_gives_no_right(url: str) -> None:
    """The access file decides: a token names a person, it grants nothing."""
    nobody = Person(url, "token-of-nobody")
    assert {tool.name for tool in (await nobody.list_tools()).tools} == {"confirm", "cancel"}
    assert (await nobody.call_tool("monitor_operations", {})).is_error


async def test_two_persons_at_once_stay_apart(lead: Person, analyst: Person) -> None:
    """Calls that overlap are each answered as whoever sent them."""
    calls = [one.call_tool("report_executive", {"summary": True}) for one in (lead, analyst, lead, analyst)]
    assert [result.is_error for result in await asyncio.gather(*calls)] == [False, True, False, True]
