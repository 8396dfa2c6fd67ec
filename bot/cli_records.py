"""`soc-bot audit`, `digest` and `crisis`: what the bot keeps, read from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli_shared import DemoFlag, configured, of_demo, run, said, tell

audit_app = typer.Typer(no_args_is_help=True, help="The hash-chained audit log.")
digest_app = typer.Typer(no_args_is_help=True, help="Scheduled digests.")
crisis_app = typer.Typer(no_args_is_help=True, help="Major incidents.")


@audit_app.command()
def verify(
    demo: DemoFlag = False,
    head: Annotated[str, typer.Option(help="A head that was noted earlier: shows a chain that was cut.")] = "",
) -> None:
    """Walk the hash chains from the first entry to the last: the audit log's, and that of every crisis."""
    from bot.auditing import verified  # noqa: PLC0415

    said(*run(verified(of_demo(configured(), demo), head.strip().lower())))


@audit_app.command()
def export(demo: DemoFlag = False) -> None:
    """Every entry with its hash, one JSON object a line."""
    from bot.auditing import exported  # noqa: PLC0415

    run(exported(of_demo(configured(), demo), tell))


@digest_app.command(name="list")
def digests(demo: DemoFlag = False) -> None:
    """Every digest and live board of the organisation, by when it comes next."""
    from bot.digests import listed  # noqa: PLC0415

    for line in run(listed(of_demo(configured(), demo))):
        tell(line)


@crisis_app.command(name="list")
def crises(demo: DemoFlag = False) -> None:
    """Every crisis and drill that is kept, the newest first."""
    from bot.crises import listed  # noqa: PLC0415

    for line in run(listed(of_demo(configured(), demo))):
        tell(line)


@crisis_app.command(name="export")
def pack(
    crisis: Annotated[str, typer.Argument(metavar="ID", help="The crisis, as in `soc-bot crisis list`.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")] = Path(),
    demo: DemoFlag = False,
) -> None:
    """The after-action pack as a zip: timeline, decisions, approvals, clocks, figures, review, hash chain."""
    from bot.crises import packed  # noqa: PLC0415

    said(*run(packed(of_demo(configured(), demo), crisis, out)))
