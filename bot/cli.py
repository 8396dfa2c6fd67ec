"""`soc-bot`: the process's own command line. Exit 0 done, 1 the command failed, 2 usage or settings."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot.log import configure
from bot.settings import Settings, SettingsError, load
from connectors.errors import BackendError, StateError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
audit_app = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
app.add_typer(audit_app, name="audit")
digest_app = typer.Typer(no_args_is_help=True, help="Scheduled digests.")
app.add_typer(digest_app, name="digest")

crisis_app = typer.Typer(no_args_is_help=True, help="Major incidents.")
app.add_typer(crisis_app, name="crisis")

YEARS = (2000, 2100)
Cases = Annotated[int, typer.Option(min=1, max=5_000_000, help="Cases in the simulated SOC.")]
Now = Annotated[str, typer.Option(help="The simulated SOC's present, ISO 8601.")]
DemoFlag = Annotated[bool, typer.Option("--demo", help="Answer from the simulated SOC.")]


@app.command()
def demo(cases: Cases = 12_000, now: Now = "2026-11-22T09:00:00+00:00") -> None:
    """The simulated SOC, the embedded Redis and the console page; prints one URL."""
    settings = _settings()
    _run(_serve(settings, cases, _instant(now)))


@app.command()
def serve(demo: DemoFlag = False) -> None:
    """The bot, until SIGTERM."""
    settings = _settings()
    if demo:
        _run(_serve(settings, 12_000, _instant("2026-11-22T09:00:00+00:00")))
    else:
        _run(_serve(settings, None, None))


async def _serve(settings: Settings, cases: int | None, now: datetime | None) -> None:
    gc.disable()  # what is imported stays: looking through it again and again is a tenth of the start
    from bot.demo import Demo, simulated  # noqa: PLC0415 - each subcommand imports what it needs
    from bot.serving import serve as run  # noqa: PLC0415
    from connectors.clock import AnchoredClock, SystemClock  # noqa: PLC0415

    configure(settings.process.log_level)

    def ready(url: str) -> None:
        print(f"ready: {url}", flush=True)

    if cases is None or now is None:
        await run(settings, SystemClock(), demo=False, ready=ready)
        return
    async with simulated(Demo(now=now, cases=cases), settings) as pointed:
        await run(pointed, AnchoredClock(now), demo=True, ready=ready)


@app.command()
def ask(  # noqa: PLR0917 - one parameter an option is how typer works
    line: Annotated[list[str], typer.Argument(help="The command line, as typed in chat.")],
    demo: DemoFlag = False,
    format_: Annotated[
        str, typer.Option("--format", help="text, json, slack, teams or html; csv, xlsx, pdf or pptx with --out")
    ] = "text",
    out: Annotated[
        Path | None, typer.Option(help="Folder for files: those of the answer, or the answer in --format.")
    ] = None,
    role: Annotated[str, typer.Option(help="Answer as this role (with --demo).")] = "",
    cases: Cases = 12_000,
    now: Now = "2026-11-22T09:00:00+00:00",
) -> None:
    """One call, answered here: `soc-bot ask --demo "/security:monitor operations --soc-dashboard"`."""
    if format_ not in {"text", "json", "slack", "teams", "html", "csv", "xlsx", "pdf", "pptx"}:
        _usage(f"--format {format_}: choose text, json, slack, teams or html; csv, xlsx, pdf or pptx with --out.")
    if out is None and format_ in {"csv", "xlsx", "pdf", "pptx"}:
        _usage(f"--format {format_} makes a file: say where with --out FOLDER.")
    settings = _settings()
    if role and not demo:
        _usage("--role works with --demo alone: real rights come from SOC_BOT_ACCESS.")
    if not demo and not settings.any_backend:
        _fail("No backend is configured. Set one (see the README's settings), or add --demo for the simulated SOC.")
    from bot.asking import Question  # noqa: PLC0415
    from bot.asking import ask as answer  # noqa: PLC0415
    from bot.demo import Demo  # noqa: PLC0415

    scene = Demo(now=_instant(now), cases=cases) if demo else None
    said = _run(answer(settings, Question(" ".join(line), format_, role, scene, out)))
    print(said.text, file=sys.stdout if said.ok else sys.stderr)
    if not said.ok:
        raise typer.Exit(1)


@app.command()
def mcp(  # noqa: PLR0917 - one parameter an option is how typer works
    demo: DemoFlag = False,
    role: Annotated[str, typer.Option(help="Answer as this role (with --demo).")] = "",
    http: Annotated[bool, typer.Option("--http", help="Listen for streamable-http instead of stdio.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond loopback behind TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8090,
    new_token: Annotated[str, typer.Option(metavar="USER", help="Print a token and its row, and end.")] = "",
    cases: Cases = 12_000,
    now: Now = "2026-11-22T09:00:00+00:00",
) -> None:
    """The commands as tools and prompts for agents: an MCP server on stdio, or on HTTP with a token per person."""
    from bot.mcp import command  # noqa: PLC0415

    if role and not demo:
        _usage("--role works with --demo alone: real rights come from SOC_BOT_ACCESS.")
    if new_token:
        print(command.new_token(new_token))
        return
    scene = (_instant(now), cases) if demo else None
    _run(command.run(_settings(), (host, port) if http else None, scene, role))


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(help="slack or teams")],
    out: Annotated[Path | None, typer.Option(help="Folder to write to; else (Slack) standard output.")] = None,
    url: Annotated[str, typer.Option(help="Public HTTPS address of the bot; without it Socket Mode is assumed.")] = "",
    version: Annotated[str, typer.Option(help="Teams: 1.29 with slash commands, or 1.23 without.")] = "1.29",
) -> None:
    """The app manifest, generated from the command table and checked: JSON for Slack, a package (zip) for Teams."""
    from bot.manifests import MANIFESTS, Unfit  # noqa: PLC0415

    if platform not in MANIFESTS:
        _usage(f"manifest: choose {' or '.join(MANIFESTS)}.")
    try:
        made = MANIFESTS[platform](_settings(), url, version)
    except Unfit as error:
        _fail(str(error))
    if out is None and not made.text:
        _usage("manifest teams makes a package: say where with --out FOLDER.")
    if out is None:
        print(made.text)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / made.name).write_bytes(made.content)
    except OSError as error:
        _fail(f"{out / made.name} cannot be written: {error.strerror}.")
    print(out / made.name)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to; made when missing.")]) -> None:
    """Templates of every file an organisation keeps, of the access file and of `.env`; overwrites nothing."""
    from bot.starting import InTheWay  # noqa: PLC0415
    from bot.starting import init as start  # noqa: PLC0415

    try:
        written = start(folder)
    except InTheWay as taken:
        _fail(str(taken))
    except OSError as error:
        _fail(f"{folder} cannot be written: {error.strerror}.")
    print(f"{len(written)} files in {folder}: read {folder / 'README.md'} first, then run soc-bot doctor there.")


@app.command()
def doctor() -> None:
    """What is configured, what answers, and the exact line to fix what does not."""
    from bot.doctor import examine  # noqa: PLC0415

    findings = _run(examine(_settings()))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.sentence}")
        if finding.fix and not finding.ok:
            print(f"     fix: {finding.fix}")
    if any(not finding.ok for finding in findings):
        raise typer.Exit(1)


@audit_app.command()
def verify(
    demo: DemoFlag = False,
    head: Annotated[str, typer.Option(help="A head that was noted earlier: shows a chain that was cut.")] = "",
) -> None:
    """Walk the hash chains from the first entry to the last: the audit log's, and that of every crisis."""
    from bot.auditing import verified  # noqa: PLC0415

    _said(*_run(verified(_org(_settings(), demo), head.strip().lower())))


@audit_app.command()
def export(demo: DemoFlag = False) -> None:
    """Every entry with its hash, one JSON object a line."""
    from bot.auditing import exported  # noqa: PLC0415

    _run(exported(_org(_settings(), demo), print))


@digest_app.command(name="list")
def digests(demo: DemoFlag = False) -> None:
    """Every digest and live board of the organisation, by when it comes next."""
    from bot.digests import listed  # noqa: PLC0415

    for line in _run(listed(_org(_settings(), demo))):
        print(line)


@crisis_app.command(name="list")
def crises(demo: DemoFlag = False) -> None:
    """Every crisis and drill that is kept, the newest first."""
    from bot.crises import listed  # noqa: PLC0415

    for line in _run(listed(_org(_settings(), demo))):
        print(line)


@crisis_app.command(name="export")
def pack(
    crisis: Annotated[str, typer.Argument(metavar="ID", help="The crisis, as in `soc-bot crisis list`.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")] = Path(),
    demo: DemoFlag = False,
) -> None:
    """The after-action pack as a zip: timeline, decisions, approvals, clocks, figures, review, hash chain."""
    from bot.crises import packed  # noqa: PLC0415

    _said(*_run(packed(_org(_settings(), demo), crisis, out)))


def _said(ok: bool, text: str) -> None:
    print(text, file=sys.stdout if ok else sys.stderr)
    if not ok:
        raise typer.Exit(1)


def _org(settings: Settings, demo: bool) -> Settings:
    if not demo:
        return settings
    return replace(settings, process=settings.process.model_copy(update={"org": "demo"}))


def _settings() -> Settings:
    # Standard output belongs to the answer; `serve` sets its own level later.
    configure("warning", pretty=True)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a stream that a test put there
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return load()
    except SettingsError as error:
        _usage(str(error))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _usage(f"--now {text}: write an ISO 8601 instant such as 2026-11-22T09:00:00+00:00.")
    if not YEARS[0] <= at.year <= YEARS[1]:
        _usage(f"--now {text}: choose a year from {YEARS[0]} to {YEARS[1]}.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except SettingsError as error:
        _usage(str(error))
    except (StateError, BackendError) as error:
        _fail(f"{error}.")
    except BrokenPipeError:
        # Whoever read has read enough; Python would say so once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _usage(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(2)


def _fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
