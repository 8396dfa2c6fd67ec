"""A crisis in a test: the real pipeline and commands, state in memory, organisation files as shipped."""

from __future__ import annotations

from typing import Any

from connectors.clock import FixedClock
from connectors.memory import MemoryState
from connectors.organisation.files import YamlOrganisation
from handlers.core.access import Access, AccessFile
from handlers.core.audit import Auditor
from handlers.core.call import NOWHERE, SELF, Address, Call, Door, Identity
from handlers.core.parcel import Parcel
from handlers.core.pipeline import Answer, Pipeline
from handlers.core.registry import discover
from handlers.crisis.state import Crisis
from handlers.crisis.store import CrisisStore
from messages.document import Actions, Document
from tests.handlers.commands.desk import NOW, fake_soc

TENANT = "T1"
PERSONS = {
    "lead": ("lead", "U1"),
    "manager": ("manager", "U2"),
    "analyst": ("analyst", "U3"),
    "counsel": ("counsel", "U4"),
    "ciso": ("executive", "U5"),
    "press": ("communications", "U6"),
    "outsider": ("auditor", "U7"),
}
"""Person id → role and Slack user id."""


def access() -> Access:
    """Everybody of PERSONS, and a channel of crisis 1 that may see everything."""
    persons = [
        {"id": name, "name": name.capitalize(), "roles": [role],
         "identities": [{"platform": "slack", "tenant": TENANT, "user": user}]}
        for name, (role, user) in PERSONS.items()
    ]  # fmt: skip
    channels = [{"platform": "slack", "tenant": TENANT, "channel": "CROOM", "tlp": "red"}]
    return Access(AccessFile.model_validate({"persons": persons, "channels": channels}))


class Room:
    """Types calls as persons; `sent` is what the outbox got, in order."""

    def __init__(self, **parts: Any) -> None:
        self.clock = FixedClock(NOW)
        self.state = parts.pop("state", None) or MemoryState(self.clock)
        self.access = access()
        self.store = CrisisStore(self.state.crises, b"key of a test", self.clock)
        self.soc = fake_soc(
            organisation=parts.pop("organisation", None) or YamlOrganisation(None, self.clock),
            crises=self.store, store=self.state.store, access=self.access, registry=discover(), clock=self.clock,
            **parts,
        )  # fmt: skip
        self.pipeline = Pipeline(self.soc, Auditor(self.state.audit, b"key of a test", self.clock))
        self.serial = 0

    async def say(self, who: str, text: str, *, channel: str = "CROOM", door: Door = "slash", attempt: int = 1,
                  call_id: str = "") -> Answer:  # fmt: skip
        """What a person types in the room, answered."""
        self.serial += 1
        user = PERSONS[who][1]
        at = Address(platform="slack", tenant=TENANT, channel=channel, user=user)
        call = Call(id=call_id or f"call-{self.serial}", text=text, address=at, at=self.clock.now(), door=door,
                    who=Identity(platform="slack", tenant=TENANT, user=user))  # fmt: skip
        return await self.pipeline.answer(call, attempt)

    async def do(self, who: str, text: str) -> Answer:
        """Typed and, where it asks for it, confirmed."""
        answer = await self.say(who, text)
        if answer.outcome != "preview":
            return answer
        return await self.say(who, confirm(answer.document), door="button")

    async def system(self, text: str, call_id: str = "") -> Answer:
        """What the house tells itself."""
        self.serial += 1
        call = Call(id=call_id or f"call-{self.serial}", text=text, who=SELF, address=NOWHERE, at=self.clock.now(),
                    door="system")  # fmt: skip
        return await self.pipeline.answer(call)

    async def declared(self, title: str = "Ransomware on file servers", severity: int = 1) -> Crisis:
        """Crisis 1, declared by the lead, with its Slack room CROOM."""
        answer = await self.do("lead", f'crisis declare "{title}" --severity {severity}')
        assert answer.outcome == "applied", text_of(answer.document)
        await self.system(
            f"crisis room 1 --platform slack --tenant {TENANT} --result sent --channel CROOM --message m1"
        )
        return await self.crisis()

    async def crisis(self, crisis: str = "1") -> Crisis:
        return await self.store.get(crisis)

    async def sent(self) -> list[Parcel]:
        """Everything in the outbox, in the order of the commits."""
        outbox = self.state.outbox
        found = [one for partition in range(outbox.partitions) for one in await outbox.pending(partition, "", 10_000)]
        return [Parcel.model_validate_json(one.payload) for one in sorted(found, key=lambda t: int(t.entry[:-2]))]


def confirm(document: Document) -> str:
    """The line of the confirm button."""
    buttons = [b for block in document.blocks if isinstance(block, Actions) for b in block.buttons]
    return next(b.line for b in buttons if b.line.startswith("confirm "))


def text_of(document: Document) -> str:
    """Everything a document says, as text."""
    from messages.text import render

    return render(document)
