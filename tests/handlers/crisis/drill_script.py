"""A ransomware drill of 200 events, typed line by line by a team: the script of the golden timeline."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.handlers.crisis.clock_room import profile
from tests.handlers.crisis.letterbox import approve, organisation
from tests.handlers.crisis.room import TENANT, Room, text_of

EVENTS = 200
OPENING = (
    (10, "lead", "crisis take commander"),
    (10, "lead", "crisis role operations @manager"),
    (20, "manager", "crisis accept operations"),
    (10, "analyst", "crisis take scribe"),
    (10, "press", "crisis take communications"),
    (30, "lead", "crisis mobilise the runbook is open"),
    (60, "analyst", "crisis fact Two file servers encrypt --source EDR"),
    (20, "analyst", "crisis unknown Whether customer data left"),
    (20, "analyst", "crisis assume The way in was the VPN"),
    (30, "lead", "crisis task Isolate the two file servers --owner @manager --due 30m"),
    (30, "lead", "crisis task Check last night's backups --due 45m"),
    (120, "lead", 'crisis decide Cut the file servers off --because "it spreads"'),
    (60, "manager", "crisis task done T1"),
    (200, "analyst", 'crisis note =HYPERLINK("http://evil.example") stood in the ransom note'),
    (300, "analyst", "crisis correct #9 It was three servers, not two --reason miscounted"),
    (300, "counsel", 'crisis clock start aware --at 09:05 --said "the duty officer"'),
    (60, "lead", "crisis decide Nobody pays"),
    (300, "press", 'crisis draft executive --text "A drill ¶ - We are at work on it"'),
)
AT_WORK = (
    ("manager", "crisis task Look at host fs-{n:03} --owner @analyst"),
    ("analyst", "crisis note Host fs-{n:03} is off the network"),
    ("analyst", "crisis task done T{task}"),
    ("analyst", "crisis fact Host fs-{n:03} has no sign of the attacker --source EDR"),
    ("lead", "crisis sitrep --post"),
)
CLOSING = (
    (600, "lead", "crisis contain the last host is off the network"),
    (60, "lead", "crisis reverse D1 the servers are needed for the restore"),
    (60, "counsel", "crisis clock filed gdpr supervisory --reference BF-2026-1187"),
    (900, "analyst", "crisis settle S3 fact --source vpnlog"),
    (900, "lead", "crisis eradicate persistence removed"),
    (900, "lead", "crisis recover restored from the off-site copy"),
    *((30, "lead", f"crisis exit met {number} said so by its owner") for number in range(1, 7)),
    (60, "lead", "crisis close the list is done"),
    (60, "lead", "crisis review talked about with everybody"),
)


async def played(folder: Path) -> Room:
    """The drill from its first line to its review, with what the clock brings in between."""
    ours = yaml.safe_dump(profile("gdpr").model_dump(mode="json", exclude_none=True))
    (folder / "regulator_profile.yaml").write_text(ours, encoding="utf-8")
    room = Room(organisation=organisation(folder))
    assert (await room.do("lead", "crisis drill ransomware")).outcome == "applied"
    await room.system(f"crisis room 1 --platform slack --tenant {TENANT} --result sent --channel CROOM --message m1")
    for seconds, who, line in OPENING:
        await say(room, seconds, who, line)
    await approve(room, "ciso")
    await say(room, 60, "ciso", 'crisis send M1 --by-hand mail --reference "ticket 4711"')
    number, tasks = 0, len((await room.crisis()).tasks)
    while (await room.crisis()).version < EVENTS - len(CLOSING) - 12:
        number, tasks = number + 1, tasks + 1
        for who, line in AT_WORK:
            await say(room, 45, who, line.format(n=number, task=tasks))
    for seconds, who, line in CLOSING:
        await say(room, seconds, who, line)
    while (await room.crisis()).version < EVENTS:
        await say(room, 10, "analyst", "crisis note Remembered later")
    return room


async def say(room: Room, seconds: int, who: str, line: str) -> None:
    """So many seconds later, after whatever the clock brought until then."""
    room.clock.advance(seconds)
    if await room.state.crises.due(room.clock.now().timestamp(), 1):
        await room.system("crisis tick 1")
    answer = await room.do(who, line)
    assert answer.outcome in {"answered", "applied"}, f"{line}\n{text_of(answer.document)}"
