"""`soc-bot` as a process: exit 0, 1 or 2, messages on standard error, never a trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forking import environment, forge

NOWHERE = "redis://user:hunter2@127.0.0.1:1/0"


def soc_bot(where: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot.cli ARGS` in that folder, with nothing of this process's environment."""
    return forge().run(args, where, {**environment(), "SOC_BOT_DATA": str(where / "data"), **env})


@pytest.mark.parametrize(
    ("args", "env", "code", "said"),
    [
        (("ask", "help"), {}, 1, "add --demo"),
        (("ask", "--role", "lead", "help"), {}, 2, "--role works with --demo alone"),
        (("ask", "--demo", "--role", "king", "help"), {}, 2, "There is no role “king”"),
        (("ask", "--demo", "--format", "xml", "help"), {}, 2, "choose text, json"),
        (("ask", "--demo", "--format", "pdf", "help"), {}, 2, "with --out FOLDER"),
        (("ask", "--demo", "--cases", "300", "--out", "o", "case list"), {}, 1, "no file of its own"),
        (("ask", "--demo", "--cases", "300", "--out", "/proc/o", "export case list"), {}, 1, "cannot be written"),
        (("ask", "--demo", "--now", "yesterday", "help"), {}, 2, "ISO 8601"),
        (("ask", "--demo", "--now", "0001-01-01", "help"), {}, 2, "choose a year"),
        (("ask", "--demo", "help"), {"REDIS_URL": "redis://u:hunter2@[bad/0"}, 2, "REDIS_URL is not understood"),
        (("serve",), {}, 2, "No backend is configured"),
        (("serve",), {"VT_APIKEY": "k"}, 2, "No chat platform is configured"),
        (("serve",), {"VT_APIKEY": "k", "SLACK_BOT_TOKEN": "xoxb-hunter2"}, 2, "SLACK_SIGNING_SECRET"),
        (("serve", "--demo"), {"SOC_BOT_HOST": "0.0.0.0"}, 2, "SOC_BOT_CONSOLE_TOKEN"),  # noqa: S104
        (("audit", "verify"), {"REDIS_URL": NOWHERE}, 1, "Redis"),
        (("audit", "export"), {"REDIS_URL": NOWHERE}, 1, "Redis"),
        (("manifest", "pigeon"), {}, 2, "manifest:"),
        (("manifest", "slack", "--out", "/proc/none"), {}, 1, "cannot be written"),
        (("doctor",), {"SOC_BOT_PORT": "x"}, 2, "SOC_BOT_PORT is wrong"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    args: tuple[str, ...], env: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    """The exit code tells usage and settings (2) from failure (1); no trace, no secret, nothing on standard output."""
    done = soc_bot(tmp_path, *args, **env)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stdout == ""


def test_the_audit_log_is_exported_as_json_lines_alone_and_verified(tmp_path: Path) -> None:
    """A refused and an answered call are both in the chain; standard output holds the entries and nothing else."""
    assert soc_bot(tmp_path, "ask", "--demo", "--cases", "300", "--role", "analyst", "report executive").returncode == 1
    assert soc_bot(tmp_path, "ask", "--demo", "--cases", "300", "case list").returncode == 0
    exported = [json.loads(line) for line in soc_bot(tmp_path, "audit", "export", "--demo").stdout.splitlines()]
    assert [row["seq"] for row in exported] == [1, 2, 3]
    denied = exported[0]["entry"]
    assert (denied["outcome"], denied["line"]) == ("refused", "report executive")
    assert "reports.read" in denied["reason"]
    assert [row["entry"]["event"] for row in exported[1:]] == ["opened", "closed"]
    first = exported[0]["hash"]
    assert soc_bot(tmp_path, "audit", "verify", "--demo", "--head", first[:16]).returncode == 0
    cut = soc_bot(tmp_path, "audit", "verify", "--demo", "--head", "f" * 64)
    assert (cut.returncode, "is cut" in cut.stderr) == (1, True)
    (tmp_path / "data" / "audit.key").write_text("another key of some length")
    other = soc_bot(tmp_path, "audit", "verify", "--demo")
    assert (other.returncode, other.stdout) == (1, "")
    assert "broken" in other.stderr


def test_files_are_left_in_the_folder_named(tmp_path: Path) -> None:
    """`--out` writes the answer's files, or the answer in the format named, and prints each path."""
    done = soc_bot(tmp_path, "ask", "--demo", "--cases", "300", "--out", "o", "export case list --as csv")
    assert done.returncode == 0, done.stderr
    assert "queue.open" in (tmp_path / done.stdout.strip()).read_text()
    paper = soc_bot(tmp_path, "ask", "--demo", "--cases", "300", "--out", "o", "--format", "pdf", "case list")
    assert (tmp_path / paper.stdout.strip()).read_bytes().startswith(b"%PDF-")
    assert len(list((tmp_path / "o").iterdir())) == 2
    told = soc_bot(tmp_path, "ask", "--demo", "--cases", "300", "export case list")
    assert "add --out FOLDER" in told.stdout


def test_a_reader_that_leaves_early_gets_no_trace(tmp_path: Path) -> None:
    """`soc-bot … | head` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", "manifest", "slack"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode != 0
