"""Tokens: one a person, known by its digest, compared whole, refused when expired; the file's errors are sentences."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from bot.mcp.command import new_token
from bot.mcp.persons import TokensFile, bearer, tokens
from bot.settings import SettingsError
from tests.bot.mcp.site import ROWS, TODAY, row

DIGEST = hashlib.sha256(b"t").hexdigest()


def test_a_token_is_its_person() -> None:
    """The scheme's case does not matter, spaces around the token neither; its last day counts."""
    for header in ("Bearer token-of-lead", "bearer  token-of-lead "):
        found = bearer(header, ROWS, TODAY)
        assert found is not None and (found.platform, found.user, found.name) == ("mcp", "lead-01", "")
    assert bearer("Bearer token-of-analyst", ROWS, TODAY) is not None
    assert bearer("Bearer token-of-analyst", ROWS, TODAY + timedelta(days=1)) is None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic token-of-lead", "token-of-lead", "Bearer token-of-lea", f"Bearer {DIGEST}"],
)
def test_what_is_nobodys_token_is_nobody(header: str) -> None:
    """Neither a part of a token nor the digest that the file shows opens anything."""
    assert bearer(header, (*ROWS, row("lead-01", "t")), TODAY) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "SOC_BOT_MCP_TOKENS is not set"),
        ("tokens: []", "holds no token"),
        ("tokens: [{user: a, sha256: hunter2}]", "sha256 is not 64 hexadecimal digits"),
        (f"tokens: [{{user: '', sha256: {DIGEST}}}]", "user"),
        (f"tokens: [{{user: a, sha256: {DIGEST}, token: hunter2}}]", "token"),
        (f"tokens: [{{user: a, sha256: {DIGEST}}}, {{user: b, sha256: {DIGEST}}}]", "there twice"),
        (f"tokens: [{{user: a, sha256: {DIGEST}, expires: soon}}]", "expires"),
    ],
)
def test_a_file_that_is_wrong_is_a_sentence(text: str | None, said: str, tmp_path: Path) -> None:
    """It names what is wrong and never shows a value that may be a secret."""
    file = tmp_path / "tokens.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=said) as error:
        tokens(file if text is not None else None)
    assert "hunter2" not in str(error.value)


def test_a_new_token_is_the_one_that_its_row_knows() -> None:
    """What is printed fits together: the row, put under `tokens:`, lets the token's holder in; no two are alike."""
    said = new_token("lead-02")
    token = said.splitlines()[1]
    file = TokensFile.model_validate(yaml.safe_load("tokens:\n" + said.splitlines()[-1]))
    found = bearer(f"Bearer {token}", file.tokens, date(2026, 1, 1))
    assert found is not None and found.user == "lead-02"
    assert len(token) >= 43 and new_token("lead-02").splitlines()[1] != token
