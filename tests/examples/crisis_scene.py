"""What must have happened before each crisis command's example makes sense: lines, and who types them."""

from __future__ import annotations

DECLARED = ('lead: crisis declare "Ransomware on file servers" --severity 1 --aware 2026-11-22T08:10Z',)
ROOM = ("house: crisis room 1 --platform slack --tenant T1 --result sent --channel CROOM --message m1",)
WORK = (
    "lead: crisis take scribe",
    "lead: crisis role communications @other",
    "other: crisis accept communications",
    "lead: crisis task Isolate the two file servers --owner @other --due 30m",
    "lead: crisis fact Two servers encrypt --source EDR",
    "lead: crisis assume The way in was the VPN",
    "lead: crisis unknown Whether customer data left",
    'lead: crisis decide Cut the VPN --options "cut all; cut one group" --because "the way in is not known"',
    "lead: crisis note A third host encrypts --at 08:40",
    'other: crisis draft executive --text "File services are down. Next update at 11:00 UTC."',
    'lead: crisis ask "Is your service free of the indicator?" --to @reader --due 4h',
    'lead: crisis evidence Disk image of the first file server --place "safe 2"',
    'lead: crisis media question "Are customers affected?" --asker "a news agency"',
)
BASE = (*DECLARED, *ROOM, *WORK)
MOVES = ("mobilise", "contain", "eradicate", "recover", "close --anyway an example", "review")


def moved(count: int) -> tuple[str, ...]:
    """The first moves of the course."""
    return tuple(f"lead: crisis {verb}" for verb in MOVES[:count])


MET = tuple(f"lead: crisis exit met {number} seen and written down" for number in range(1, 7))
STARTED = (*BASE, 'lead: crisis clock start aware --at 08:10 --said "Shift lead"')
DROPPED = (*BASE, 'lead: crisis clock drop gdpr "data subjects" counsel: no high risk to persons')
SCENES: dict[str, tuple[str, ...]] = {
    "accept": (
        *BASE,
        "lead: crisis take commander",
        'lead: crisis role commander @reader --brief "Two servers encrypt, legal waits"',
    ),
    "admit": (
        *BASE,
        "house: crisis guest 1 --platform slack --tenant T1 --channel CROOM --user U0123456789 --name Guest",
    ),
    "answer": BASE,
    "cancel": DECLARED,
    "clock confirm": BASE,
    "clock filed": STARTED,
    "clock restore": DROPPED,
    "clock propose": DECLARED,
    "close": (*BASE, *moved(4), *MET),
    "contain": (*BASE, *moved(1)),
    "declare": (),
    "decline": (*BASE, "lead: crisis release scribe end of shift", "lead: crisis role scribe @reader"),
    "draft": DECLARED,
    "drill": (),
    "drill score": ("lead: crisis drill ransomware --speed 10", "lead: crisis mobilise"),
    "eradicate": (*BASE, *moved(2)),
    "exit open": (*BASE, "lead: crisis exit met 2 owners said so"),
    "list": BASE,
    "mobilise": DECLARED,
    "recover": (*BASE, *moved(3)),
    "release": (*BASE, "lead: crisis release scribe end of shift", "reader: crisis take scribe"),
    "reopen": (*BASE, *moved(5)),
    "review": (*BASE, *moved(5)),
    "send": (*BASE, "lead: crisis approve M1 --hash HASH"),
    "severity": ('lead: crisis declare "A compromised account" --severity 2',),
    "role": (*BASE, "lead: crisis release scribe end of shift"),
    "room new": DECLARED,
}
"""By the words after `crisis`; all others need BASE."""
