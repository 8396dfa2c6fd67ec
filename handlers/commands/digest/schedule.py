"""`digest schedule WHEN --run LINE`: a digest is made or edited, after a preview of when it will come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.errors import BackendError
from connectors.models.organisation import Calendar
from handlers.core import cells
from handlers.core.access import Permission
from handlers.core.call import Address, Authorised
from handlers.core.command import Args, Command, flag, option, word
from handlers.core.errors import BadFlag, Conflict, UserError
from handlers.core.problems import calm
from handlers.core.soc import Soc
from handlers.digest.making import readable, theirs
from handlers.digest.model import MISSED, Held, Schedule, fresh_id, write
from handlers.digest.when import check, read_country, read_quiet, read_when, split_zone, zone_of
from messages.document import Actions, Block, Button, Context, Document, Fact, Facts, Moment, Mono, Notice, Span, spans

SEEN_SECONDS = 16 * 60
"""A little longer than the confirm button lives."""
CHATS = ("slack", "teams", "console")


class ScheduleArgs(Args):
    when: str = word('Cron ("0 8 * * 1-5"), days and a time ("weekdays 08:00"), or one date ("2026-12-24 09:00")')
    at: str = word("The time, when the days were not quoted with it", default="")
    run: str = option(..., "the line to run, in quotes: a read you may run yourself", example="monitor operations")
    zone: str = option("", "IANA time zone; left out: the team's", example="Europe/Berlin")
    quiet: str = option("", "hours without a digest, in that zone", example="22:00-07:00")
    holidays: str = option("", "leave out public holidays: org (those of the calendar file) or a country", example="DE")
    delta: bool = flag("only what changed since this channel's last digest")
    silent: bool = flag("with --delta: post nothing when nothing changed")
    missed: Literal["latest-within-grace", "skip", "all"] = option(
        "latest-within-grace", "what becomes of firings that were missed while I was away", MISSED
    )
    grace: Annotated[int, Field(ge=1, le=10_080)] = option(60, "minutes after which a late digest is not worth posting")
    until: str = option("", "the last day, YYYY-MM-DD", example="2026-12-31")
    id: str = option("", "the digest to change instead of making one")


async def read(args: ScheduleArgs, call: Authorised, soc: Soc) -> Schedule:
    """The schedule that these words mean. Raises UserError; BackendError when holidays of the files are asked for."""
    when, named = split_zone(f"{args.when} {args.at}".strip())
    if named and args.zone and named != args.zone:
        raise BadFlag("--zone", f"Two zones are named: {named[:40]} and {args.zone[:40]}.")
    zone = zone_of(args.zone or named or soc.zone.key)
    cron, once = read_when(when, zone)
    if args.silent and not args.delta:
        raise BadFlag("--silent", "--silent means nothing without --delta.")
    line = readable(args.run, soc.registry, call.principal).line
    return Schedule(
        id=args.id or fresh_id(call.id),
        line=line,
        when=when,
        cron=cron,
        once=once,
        until=_until(args.until, zone),
        zone=zone.key,
        owner=call.who,
        place=place(call.address),
        missed=args.missed,
        grace=args.grace * 60,
        quiet=read_quiet(args.quiet),
        country=await _country(args.holidays, soc),
        delta=args.delta,
        silent=args.silent,
        made_by=call.id,
        made_at=call.at,
    )


def place(at: Address) -> Address:
    """Where a digest made at this address goes: for all in the channel, or the direct conversation it was made in."""
    if at.channel and at.visibility != "direct":
        return Address(platform=at.platform, tenant=at.tenant, channel=at.channel, user=at.user, visibility="channel")
    return at.model_copy(update={"response_url": "", "update": "", "visibility": "direct"})


def closed_place(at: Address, soc: Soc) -> str:
    """Why nothing can be posted there; "" when something can."""
    if at.platform not in CHATS:
        return "This is no chat: nothing could be posted here. Schedule it in the channel that is to read it."
    if at.visibility == "channel" and soc.access.ceiling(at.platform, at.tenant, at.channel) is None:
        return "This channel is not in the access file: nothing may be posted here for all to see."
    return ""


def _until(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadFlag("--until", f"“{text[:40]}” is no day.", ("2026-12-31",)) from None


async def _country(said: str, soc: Soc) -> str:
    if said.lower() != "org":
        return read_country(said)
    try:
        calendars = (await soc.organisation.read(Calendar)).items
    except BackendError as error:
        raise UserError(f"The organisation's holidays cannot be read: {calm(error)}", "Name a country.") from None
    countries = sorted({one.holiday_country for one in calendars if one.holiday_country})
    if len(countries) != 1:
        listed = ", ".join(countries) or "none"
        raise BadFlag("--holidays", f"The calendar file names not one country but {listed}: name one.", countries)
    return read_country(countries[0])


async def _before(args: ScheduleArgs, call: Authorised, soc: Soc) -> Held | None:
    if not args.id:
        return None
    found = await theirs(args.id, call, soc)
    if found.schedule.kind == "board":
        raise UserError(f"{args.id} is a live board.", "`digest board` starts one, `digest remove` ends it.")
    return found


def seen_key(call: Authorised, schedule_id: str) -> str:
    """Where the version that this person's preview was made on is kept."""
    return f"seen:{call.principal.person}:digest:{schedule_id}"


async def preview(args: ScheduleArgs, call: Authorised, soc: Soc) -> Document:
    """What would be scheduled and when it would come. Raises UserError for whatever cannot be."""
    before = await _before(args, call, soc)
    made = await read(args, call, soc)
    coming = check(made, soc.clock.now())
    closed = closed_place(made.place, soc)
    if closed and made.place.platform in CHATS:
        raise UserError(closed, "Whoever keeps the bot's access file can list the channel.")
    blocks: list[Block] = [Notice(level="warning", text=spans(closed))] if closed else []
    if before is not None:
        await soc.store.put(seen_key(call, args.id), str(before.version), SEEN_SECONDS)
        was = f"Changes digest {args.id}, until now “{before.schedule.when}” running “{before.schedule.line[:200]}”."
        blocks.append(Notice(level="info", text=spans(f"{was} From then on it runs with your rights.")))
    blocks += [Facts(facts=facts(made)), _coming(coming, made)]
    return Document(title="Change the digest?" if before else "Schedule this digest?", blocks=tuple(blocks))


def _coming(coming: Sequence[datetime], made: Schedule) -> Context:
    zone = ZoneInfo(made.zone)
    local = ", ".join(f"{at.astimezone(zone):%a %d %b %Y %H:%M}" for at in coming)
    return Context(text=spans(f"Next: {local} ({made.zone})."))


def facts(made: Schedule) -> tuple[Fact, ...]:
    """A schedule in words."""
    after = f", late by up to {made.grace // 60} min" if made.missed == "latest-within-grace" else ""
    what = "Only what changed" if made.delta else "All of it"
    what += ", silent when nothing did" if made.silent else ""
    direct = made.place.visibility == "direct"
    where = "The direct conversation it was made in" if direct else f"Channel {made.place.channel}"
    rows: list[tuple[str, str | Span]] = [
        ("When", made.when),
        ("Zone", made.zone),
        ("Runs", Mono(text=cells.shorten(made.line, 300))),
        ("Posts", what),
        ("Where", where),
        ("Rights of", made.owner.name or made.owner.user),
        ("Quiet hours", str(made.quiet or "none")),
        ("Holidays left out", made.country or "none"),
        ("Missed firings", made.missed + after),
    ]
    rows += [("Until", Moment(at=made.until))] if made.until else []
    return tuple(Fact(label=label, text=spans(said)) for label, said in rows)


async def apply(args: ScheduleArgs, call: Authorised, soc: Soc) -> Document:
    """Write it once. Conflict when the digest was changed since the preview, or is gone."""
    made = await read(args, call, soc)
    now = soc.clock.now()
    coming = check(made, now)
    if closed := closed_place(made.place, soc):
        raise UserError(closed)
    expect = 0
    if args.id:
        seen = await soc.store.get(seen_key(call, args.id))
        if seen is None:
            raise Conflict("What the preview showed is no longer known. Nothing was changed.", "Type it again.")
        expect = int(seen)
    await write(soc.schedules, made, coming[0], expect)
    said = Notice(level="info", text=spans(f"Digest {made.id} comes next ", Moment(at=coming[0]), "."))
    buttons = (
        Button(label="Post it now", line=f"digest now {made.id}"),
        Button(label="Pause", line=f"digest pause {made.id}"),
        Button(label="All digests here", line="digest list"),
    )
    return Document(title="Digest scheduled", blocks=(said, Facts(facts=facts(made)), Actions(buttons=buttons)))


COMMAND = Command(
    name="digest schedule",
    summary="Post an answer regularly in this channel, after a preview",
    args=ScheduleArgs,
    needs=Permission.SCHEDULE,
    run=preview,
    apply=apply,
    example='digest schedule "0 8 * * 1-5" --zone Europe/Berlin --run "monitor operations --soc-dashboard"',
    notes=(
        "A digest runs with the rights its owner has at that moment; without them it stops and the owner is told.",
        "A time that the spring change skips comes right after it; one that the autumn change repeats comes once.",
    ),
)
