"""A crisis with messages in a test: an organisation that names approvers, owners and channels with ceilings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import yaml

from connectors.clock import FixedClock
from connectors.organisation.files import SHIPPED, YamlOrganisation
from handlers.core.access import Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.parcel import Parcel
from handlers.core.pipeline import Answer, Pipeline
from handlers.crisis.letters import Letter
from messages.document import Bullets, Document, Paragraph, Strong, Text
from tests.handlers.commands.desk import NOW
from tests.handlers.crisis.room import PERSONS, TENANT, Room

APPROVERS = {
    "CISO": ["ciso", "manager"],
    "Legal counsel": ["counsel"],
    "Communications": ["press"],
    "Executive": ["ciso"],
}
STAKEHOLDERS: list[dict[str, object]] = [
    {"id": "e", "audience": "executive", "name": "Executives", "channel": "#exec", "approvers": ["CISO"],
     "contact": "CISO office", "every_minutes": 60, "persons": ["ciso"]},
    {"id": "c", "audience": "customers", "name": "Clients", "channel": "portal",
     "approvers": ["Legal counsel", "Communications"], "contact": "support desk"},
    {"id": "m", "audience": "media", "name": "Press", "channel": "press office",
     "approvers": ["Communications", "Legal counsel", "Executive"], "contact": "press office", "every_minutes": 240},
    {"id": "t", "audience": "technical-team", "name": "SOC", "channel": "#soc", "contact": "Shift lead"},
]  # fmt: skip
CEILINGS = {"CROOM": "red", "CEXEC": "amber+strict", "CGREEN": "green"}
TEXT = "We are aware of a security incident ¶ - Our team is at work on it ¶ Next update: 2026-11-22 10:00 UTC"


def organisation(folder: Path, **policy: object) -> YamlOrganisation:
    """A folder with the product's crisis.yaml and what this organisation adds."""
    shipped = yaml.safe_load((SHIPPED / "crisis.yaml").read_text(encoding="utf-8"))
    shipped |= {
        "approvers": APPROVERS,
        "groups": {"owners": ["lead", "analyst", "ciso"]},
        "spokesperson": "Head of press",
    }
    (folder / "crisis.yaml").write_text(json.dumps(shipped | policy), encoding="utf-8")
    (folder / "stakeholders.yaml").write_text(json.dumps(STAKEHOLDERS), encoding="utf-8")
    return YamlOrganisation(folder, FixedClock(NOW))


def access() -> Access:
    """Everybody of PERSONS, the manager with a second account, and channels by ceiling."""
    persons = [
        {"id": name, "name": name.capitalize(), "roles": [role],
         "identities": [{"platform": "slack", "tenant": TENANT, "user": user}]}
        for name, (role, user) in PERSONS.items()
    ]  # fmt: skip
    channels = [{"platform": "slack", "tenant": TENANT, "channel": name, "tlp": tlp} for name, tlp in CEILINGS.items()]
    return Access(
        AccessFile.model_validate({"persons": persons, "channels": channels}), unlisted={"slack": ("manager",)}
    )


async def letterbox(folder: Path, *, severity: int = 1, **policy: object) -> Room:
    """A room with a declared crisis. Whoever is not in the access file is a manager nobody listed."""
    room = Room(organisation=organisation(folder, **policy))
    room.access = access()
    room.soc = replace(room.soc, access=room.access)
    room.pipeline = Pipeline(room.soc, Auditor(room.state.audit, b"key of a test", room.clock))
    crisis = await room.declared(severity=severity)
    assert crisis.policy.groups, "crisis.yaml could not be read"
    return room


async def hash_of(room: Room, name: str = "M1") -> str:
    return (await room.crisis()).letter(name).text_hash


async def approve(room: Room, who: str, name: str = "M1") -> Answer:
    """By somebody who has read the text as it is now."""
    return await room.say(who, f"crisis approve {name} --hash {await hash_of(room, name)}")


async def approved(
    room: Room, audience: str = "executive", text: str = TEXT, by: tuple[str, ...] = ("ciso",)
) -> Letter:
    """M1 to an audience, written by the analyst, with all its approvals."""
    assert (await room.say("analyst", f'crisis draft {audience} --text "{text}"')).outcome == "answered"
    for who in by:
        assert (await approve(room, who)).outcome == "answered"
    letter = (await room.crisis()).letter("M1")
    assert letter.missing == ()
    return letter


async def outward(room: Room) -> list[Parcel]:
    """The parcels that carry a message to its readers."""
    return [one for one in await room.sent() if one.report.startswith("crisis receipt ")]


def words_of(document: Document) -> str:
    """The text of a message from its posted blocks: what readers get, line for line."""
    lines: list[str] = []
    for block in document.blocks:
        if isinstance(block, Bullets):
            lines += [f"- {_plain(item)}" for item in block.items]
        elif isinstance(block, Paragraph):
            strong = len(block.text) == 1 and isinstance(block.text[0], Strong)
            lines.append(f"# {_plain(block.text)}" if strong else _plain(block.text))
    return "\n".join(lines)


def _plain(text: Text) -> str:
    return "".join(getattr(span, "text", "") for span in text)
