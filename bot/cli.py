"""`soc-bot`: the process's own command line. Exit 0 done, 1 the command failed, 2 usage or settings."""

from __future__ import annotations

import gc
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_records import audit_app, crisis_app, digest_app
from bot.cli_shared import Cases, DemoFlag, Now, configured, fail, instant, run, usage
from bot.log import configure
from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(audit_app, name="audit")
app.add_typer(digest_app, name="digest")
app.add_typer(crisis_app, name="crisis")


@app.command()
def demo(cases: Cases = 12_000, now: Now = "2026-11-22T09:00:00+00:00") -> None:
    """The simulated SOC, the embedded Redis and the console page; prints one URL."""
    settings = configured()
    run(_serve(settings, cases, instant(now)))


@app.command()
def serve(demo: DemoFlag = False) -> None:
    """The bot, until SIGTERM."""
    settings = configured()
    if demo:
        run(_serve(settings, 12_000, instant("2026-11-22T09:00:00+00:00")))
    else:
        run(_serve(settings, None, None))


async def _serve(settings: Settings, cases: int | None, now: datetime | None) -> None:
    gc.disable()  # what is imported stays: looking through it again and again is a tenth of the start
    from bot.demo import Demo, simulated  # noqa: PLC0415 - each subcommand imports what it needs
    from bot.serving import serve as serving  # noqa: PLC0415
    from connectors.clock import AnchoredClock, SystemClock  # noqa: PLC0415

    configure(settings.process.log_level)

    def ready(url: str) -> None:
        print(f"ready: {url}", flush=True)

    if cases is None or now is None:
        await serving(settings, SystemClock(), demo=False, ready=ready)
        return
    async with simulated(Demo(now=now, cases=cases), settings) as pointed:
        await serving(pointed, AnchoredClock(now), demo=True, ready=ready)


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
        usage(f"--format {format_}: choose text, json, slack, teams or html; csv, xlsx, pdf or pptx with --out.")
    if out is None and format_ in {"csv", "xlsx", "pdf", "pptx"}:
        usage(f"--format {format_} makes a file: say where with --out FOLDER.")
    settings = configured()
    if role and not demo:
        usage("--role works with --demo alone: real rights come from SOC_BOT_ACCESS.")
    if not demo and not settings.any_backend:
        fail("No backend is configured. Set one (see the README's settings), or add --demo for the simulated SOC.")
    from bot.asking import Question  # noqa: PLC0415
    from bot.asking import ask as answer  # noqa: PLC0415
    from bot.demo import Demo  # noqa: PLC0415

    scene = Demo(now=instant(now), cases=cases) if demo else None
    said = run(answer(settings, Question(" ".join(line), format_, role, scene, out)))
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
        usage("--role works with --demo alone: real rights come from SOC_BOT_ACCESS.")
    if new_token:
        print(command.new_token(new_token))
        return
    scene = (instant(now), cases) if demo else None
    run(command.run(configured(), (host, port) if http else None, scene, role))


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
        usage(f"manifest: choose {' or '.join(MANIFESTS)}.")
    try:
        made = MANIFESTS[platform](configured(), url, version)
    except Unfit as error:
        fail(str(error))
    if out is None and not made.text:
        usage("manifest teams makes a package: say where with --out FOLDER.")
    if out is None:
        print(made.text)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / made.name).write_bytes(made.content)
    except OSError as error:
        fail(f"{out / made.name} cannot be written: {error.strerror}.")
    print(out / made.name)


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to; made when missing.")]) -> None:
    """Templates of every file an organisation keeps, of the access file and of `.env`; overwrites nothing."""
    from bot.starting import InTheWay  # noqa: PLC0415
    from bot.starting import init as start  # noqa: PLC0415

    try:
        written = start(folder)
    except InTheWay as taken:
        fail(str(taken))
    except OSError as error:
        fail(f"{folder} cannot be written: {error.strerror}.")
    print(f"{len(written)} files in {folder}: read {folder / 'README.md'} first, then run soc-bot doctor there.")


@app.command()
def doctor() -> None:
    """What is configured, what answers, and the exact line to fix what does not."""
    from bot.doctor import examine  # noqa: PLC0415

    findings = run(examine(configured()))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.sentence}")
        if finding.fix and not finding.ok:
            print(f"     fix: {finding.fix}")
    if any(not finding.ok for finding in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
