"""`soc-bot doctor` on our own MCP server: every token's person, right, end and ceiling, each with what to write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.mcp_door_doctor import check_door
from bot.settings import Chronicle, Gti, OwnMcp, Process, Scc, Settings, Slack, State
from tests.bot.mcp.site import ACCESS, CEILINGS, TODAY, row


def settings(folder: Path, text: str | None, user: str = "", access: str = ACCESS + CEILINGS) -> Settings:
    file, listed = folder / "tokens.yaml", folder / "access.yaml"
    listed.write_text(access)
    if text is not None:
        file.write_text(text)
        file.chmod(0o600)
    process = Process().model_copy(update={"data": folder / "data", "access": listed})
    own = OwnMcp().model_copy(update={"user": user, "tokens": file if text is not None else None})
    return Settings(process, Slack(), State(), Chronicle(), Gti(), Scc(), own_mcp=own)


def tokens(**expires: date | None) -> str:
    rows = [row(user.replace("_", "-"), f"token of {user}", end) for user, end in expires.items()]
    return "tokens:\n" + "".join(
        f"  - {{user: {one.user}, sha256: {one.sha256}{f', expires: {one.expires}' if one.expires else ''}}}\n"
        for one in rows
    )


def test_each_token_is_told(tmp_path: Path) -> None:
    """Valid, ending soon, ended, and one of somebody who has no right; then what each host may see."""
    text = tokens(lead_01=None, lead_01_elsewhere=date(2026, 11, 30), analyst_07=date(2026, 11, 1), nobody=None)
    found = check_door(settings(tmp_path, text), TODAY)
    assert [(one.ok, one.sentence.removeprefix("MCP door: ")) for one in found] == [
        (True, "the token of lead-01 is valid."),
        (True, "the token of lead-01-elsewhere ends after 2026-11-30."),
        (False, "the token of analyst-07 ended on 2026-11-01."),
        (False, "nobody is not in the access file and has no right."),
        (True, "the host of lead-01 may see TLP:AMBER+STRICT at most."),
        (True, "the host of lead-01-elsewhere may see TLP:GREEN at most."),
        (True, "the host of analyst-07 may see TLP:AMBER+STRICT at most."),
        (True, "the host of nobody may see TLP:AMBER+STRICT at most."),
    ]
    assert found[2].fix == "soc-bot mcp --new-token analyst-07"
    assert "{platform: mcp, user: nobody}" in found[3].fix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tokens: [{user: a, sha256: hunter2}]", "sha256"),
        ("tokens: []", "holds no token"),
        ("tokens: [", "tokens.yaml"),
    ],
)
def test_a_wrong_file_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """The server would not start with it: that is found here, and no value is shown."""
    (found,) = check_door(settings(tmp_path, text), TODAY)
    assert not found.ok and said in found.sentence and "hunter2" not in found.sentence and "tokens.yaml" in found.fix


def test_a_file_that_others_can_write_is_told(tmp_path: Path) -> None:
    """Whoever can write it can let themselves in."""
    made = settings(tmp_path, tokens(lead_01=None))
    (tmp_path / "tokens.yaml").chmod(0o666)
    first, second, _ = check_door(made, TODAY)
    assert not first.ok and first.fix.startswith("chmod 600") and second.ok


def test_the_one_of_stdio_is_looked_up(tmp_path: Path) -> None:
    """SOC_BOT_MCP_USER without an account, and one whose host has no ceiling, which sees no figure."""
    unknown, _ = check_door(settings(tmp_path, None, user="nobody"), TODAY)
    assert not unknown.ok and "has no right" in unknown.sentence
    fine, bare = check_door(settings(tmp_path, None, user="lead-01", access=ACCESS), TODAY)
    assert fine.ok and not bare.ok
    assert "has no ceiling and sees TLP:GREEN" in bare.sentence
    assert bare.fix == "channels: [{platform: mcp, channel: lead-01, tlp: amber}] in SOC_BOT_ACCESS"


def test_a_server_that_is_not_used_is_not_told(tmp_path: Path) -> None:
    """Neither a user nor a file: nothing to say."""
    assert check_door(settings(tmp_path, None), TODAY) == []


async def test_the_doctor_tells_it(tmp_path: Path) -> None:
    """Among everything else that `soc-bot doctor` looks at."""
    said = [one.sentence for one in await examine(settings(tmp_path, tokens(lead_01=None)))]
    assert "MCP door: the token of lead-01 is valid." in said
