"""A crisis of an organisation to which named rules apply: the shipped rules, a profile of the test's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from connectors.clock import FixedClock
from connectors.models.organisation.clocks import ClockRule, RegulatorProfile, Scope
from connectors.models.organisation.crisis import CrisisPolicy
from connectors.organisation.files import YamlOrganisation
from handlers.crisis.duties import Duty
from tests.handlers.commands.desk import NOW, FakeOrganisation
from tests.handlers.crisis.room import Room, text_of


async def shipped(kind: type[ClockRule] | type[CrisisPolicy]) -> tuple[ClockRule | CrisisPolicy, ...]:
    """Records of a file that comes with the product."""
    return tuple((await YamlOrganisation(None, FixedClock(NOW)).read(kind)).items)


def profile(*rules: str, **more: tuple[str, ...]) -> RegulatorProfile:
    """All jurisdictions are ours; these rules were decided to apply, all others not to."""
    scopes = [
        Scope(rule=rule, applies=True, decided_by="Legal counsel", decided_on=date(2026, 3, 1), files="Legal", **more)  # type: ignore[arg-type]
        for rule in rules
    ]
    return RegulatorProfile(
        jurisdictions=("EU", "US"), owner="Legal counsel", checked=date(2026, 9, 1), scopes=tuple(scopes)
    )


async def clock_room(*rules: str, now: datetime = NOW, zone: str = "Europe/Berlin", **more: tuple[str, ...]) -> Room:
    """A declared SEV1 crisis at that instant; `rules` apply, rules not named are of no interest."""
    known = [one for one in await shipped(ClockRule) if isinstance(one, ClockRule)]
    wanted = [one for one in known if one.id in rules or one.status != "in force"]
    organisation = FakeOrganisation(*wanted, profile(*rules, **more), *await shipped(CrisisPolicy))
    room = Room(organisation=organisation, zone=ZoneInfo(zone))
    room.clock.at = now
    await room.declared()
    return room


async def confirmed(room: Room, trigger: str, at: str, *more: str) -> str:
    """A trigger confirmed by counsel; the answer's words."""
    answer = await room.do("counsel", f'crisis clock start {trigger} --at {at} --said "Data officer" {" ".join(more)}')
    assert answer.outcome == "applied", text_of(answer.document)
    return text_of(answer.document)


async def filed(room: Room, rule: str, stage: str, reference: str, at: str = "") -> None:
    line = f'crisis clock filed {rule} "{stage}" --reference {reference}' + (f" --at {at}" if at else "")
    answer = await room.do("counsel", line)
    assert answer.outcome == "applied", text_of(answer.document)


async def clock(room: Room, rule: str, stage: str) -> Duty:
    """One clock of the board, as it stands now."""
    board = (await room.crisis()).duties.at(room.clock.now()).board
    return next(one for one in board if (one.rule, one.stage) == (rule, stage))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
