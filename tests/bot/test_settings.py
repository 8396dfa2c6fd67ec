"""Settings: a wrong one is one sentence and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SettingsError, load


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SOC_BOT_PORT", "abc", "SOC_BOT_PORT is wrong: it must be a whole number."),
        ("SOC_BOT_PORT", "99999", "SOC_BOT_PORT is wrong: it must be at most 65535."),
        ("SOC_BOT_PORT", "-1", "SOC_BOT_PORT is wrong: it must be at least 0."),
        ("SOC_BOT_CONSOLE", "maybe", "SOC_BOT_CONSOLE is wrong: it must be true or false."),
        ("SOC_BOT_TIMEZONE", "../etc/passwd", "SOC_BOT_TIMEZONE is wrong: “../etc/passwd” is not an IANA time zone"),
        ("SOC_BOT_ORG", "a}b", "SOC_BOT_ORG is wrong: it must look like acme-soc"),
        ("SLACK_COMMAND", "Security", "SLACK_COMMAND is wrong: it must look like /security"),
        ("CHRONICLE_REGION", "us/../", "CHRONICLE_REGION is wrong: it must look like us or europe-west3."),
        ("CHRONICLE_API_URL", "nonsense", "CHRONICLE_API_URL is wrong: it must be an address"),
        ("GTI_API_URL", "ftp://host", "GTI_API_URL is wrong: it must be an address"),
        ("SCC_API_URL", "https://host:99999", "SCC_API_URL is wrong: it must be an address"),
    ],
)
def test_a_wrong_setting_is_named_as_the_operator_writes_it(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence begins with the setting's own name and says what it must be."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load()
    assert str(error.value).startswith(said)


def test_a_secret_in_an_address_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password or a query in a URL setting is an error whose sentence does not hold it."""
    for value in ("https://user:hunter2@host.example", "https://host.example/?key=hunter2"):
        monkeypatch.setenv("CHRONICLE_API_URL", value)
        with pytest.raises(SettingsError) as error:
            load()
        assert "CHRONICLE_API_URL" in str(error.value)
        assert "hunter2" not in str(error.value)


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of different groups arrive in one message."""
    monkeypatch.setenv("SOC_BOT_PORT", "x")
    monkeypatch.setenv("SLACK_COMMAND", "x")
    with pytest.raises(SettingsError, match=r"SOC_BOT_PORT .*SLACK_COMMAND "):
        load()


def test_no_secret_shows_in_the_settings_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The representation of the settings holds none of their secrets."""
    secrets = {
        "SLACK_BOT_TOKEN": "hunter-1",
        "SLACK_SIGNING_SECRET": "hunter-2",
        "SLACK_APP_TOKEN": "hunter-3",
        "REDIS_URL": "redis://:hunter-4@host",
        "CHRONICLE_TOKEN": "hunter-5",
        "VT_APIKEY": "hunter-6",
        "SCC_TOKEN": "hunter-7",
        "SOC_BOT_AUDIT_KEY": "hunter-8-long-enough",
        "SOC_BOT_CONSOLE_TOKEN": "hunter-9",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    made = load()
    assert made.slack.configured and made.gti.configured
    assert "hunter" not in repr(made)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'A=1\nSOC_BOT_PORT="80\n', ".env line 2 is wrong"),
        (b"A=\xff", ".env is not UTF-8 text."),
        (b"SOC_BOT_PORT=x", "SOC_BOT_PORT is wrong"),
    ],
)
def test_a_broken_env_file_is_an_error(text: bytes, said: str) -> None:
    """What python-dotenv would skip silently is refused with its line."""
    Path(".env").write_bytes(text)
    with pytest.raises(SettingsError, match=said):
        load()


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` gives what the environment does not; an empty variable counts as not given."""
    Path(".env").write_text("SOC_BOT_PORT=81\nSOC_BOT_ORG=acme\nSECOPS_SA_PATH=/keys/sa.json\n")
    monkeypatch.setenv("SOC_BOT_PORT", "82")
    monkeypatch.setenv("SOC_BOT_ORG", "")
    made = load()
    assert (made.process.port, made.process.org, made.chronicle.sa_path) == (82, "acme", Path("/keys/sa.json"))
